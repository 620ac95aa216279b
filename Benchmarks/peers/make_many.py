"""make_many.py NODES OUTPUT: a deep network of small layers with everything that fold removes, about that many nodes."""
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

channels, wanted = 8, int(sys.argv[1])
generator = numpy.random.default_rng(1)
nodes, weights = [], []


def weight(name, values):
    weights.append(numpy_helper.from_array(values.astype(numpy.float32), name))
    return name


def node(kind, inputs, output, **attributes):
    nodes.append(helper.make_node(kind, inputs, [output], name=f"{kind}_{len(nodes)}", **attributes))
    return output


value, layer = "x", 0
while len(nodes) < wanted // 2:
    kernel = weight(f"kernel{layer}", generator.standard_normal((channels, channels, 3, 3)) / 9)
    conv = node("Conv", [value, kernel], f"conv{layer}", pads=[1, 1, 1, 1])
    parameters = [weight(f"{part}{layer}", generator.uniform(0.5, 1, channels)) for part in ("g", "b", "m", "v")]
    normal = node("BatchNormalization", [conv, *parameters], f"normal{layer}")
    relu = node("Relu", [normal], f"relu{layer}")
    same = node("Identity", [relu], f"same{layer}")
    half = numpy_helper.from_array(numpy.array(0.5, numpy.float32))
    node("Constant", [], f"half{layer}", value=half)
    scaled = node("Mul", [same, f"half{layer}"], f"scaled{layer}")
    node("Exp", [scaled], f"dead{layer}")
    value = node("Add", [scaled, value], f"sum{layer}")
    layer += 1
value = node("Flatten", [node("GlobalAveragePool", [value], "mean")], "flat")
while len(nodes) < wanted:
    matrix = weight(f"matrix{layer}", generator.standard_normal((channels, channels)) / 8)
    product = node("MatMul", [value, matrix], f"product{layer}")
    total = node("Add", [product, weight(f"bias{layer}", generator.standard_normal(channels))], f"total{layer}")
    value = node("Relu", [node("Dropout", [total], f"kept{layer}")], f"active{layer}")
    layer += 1
inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", channels, 4, 4])]
outputs = [helper.make_tensor_value_info(value, TensorProto.FLOAT, ["N", channels])]
graph = helper.make_graph(nodes, "many", inputs, outputs, weights)
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), sys.argv[2])
