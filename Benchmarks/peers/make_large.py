"""make_large.py MEGABYTES OUTPUT: a chain of matrix products with random weights, about that large."""
import sys

import numpy
import onnx
from onnx import TensorProto, helper

width = 4096
layers = -(-int(float(sys.argv[1]) * 1e6) // (4 * width * width))
generator = numpy.random.default_rng(1)
nodes, weights, value = [], [], "x"
for layer in range(layers):
    values = generator.standard_normal((width, width), numpy.float32)
    tensor = TensorProto(name=f"w{layer}", data_type=TensorProto.FLOAT, dims=values.shape, raw_data=values.tobytes())
    weights.append(tensor)
    nodes.append(helper.make_node("MatMul", [value, f"w{layer}"], [f"y{layer}"], name=f"product{layer}"))
    value = f"y{layer}"
ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", width]) for name in ("x", value)]
graph = helper.make_graph(nodes, "large", ends[:1], ends[1:], weights)
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), sys.argv[2])
