"""weights_int4.py MODEL OUTPUT: onnxruntime.quantization, weights of matrix products in 4 bits, blocks of 32.

The tool passes Gemm over without a word, so each Gemm with constant weights is first written as MatMul and Add.
"""
import sys

import onnx
from onnx import helper, numpy_helper
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

model = onnx.load(sys.argv[1])
graph = model.graph
weights = {tensor.name: tensor for tensor in graph.initializer}
nodes = []
for node in graph.node:
    settings = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    is_plain = settings.get("alpha", 1) == 1 and settings.get("beta", 1) == 1 and not settings.get("transA", 0)
    if node.op_type != "Gemm" or not is_plain or node.input[1] not in weights:
        nodes.append(node)
        continue
    matrix = numpy_helper.to_array(weights[node.input[1]])
    name = node.input[1] + "_by_column"
    graph.initializer.append(numpy_helper.from_array(matrix.T.copy() if settings.get("transB", 0) else matrix, name))
    product = node.output[0] + "_product" if len(node.input) > 2 else node.output[0]
    nodes.append(helper.make_node("MatMul", [node.input[0], name], [product], (node.name or product) + "_MatMul"))
    if len(node.input) > 2:
        nodes.append(helper.make_node("Add", [product, node.input[2]], [node.output[0]], (node.name or product) + "_Add"))
del graph.node[:]
graph.node.extend(nodes)
used = {name for node in nodes for name in node.input}
kept = [tensor for tensor in graph.initializer if tensor.name in used]
del graph.initializer[:]
graph.initializer.extend(kept)

quantizer = MatMulNBitsQuantizer(model, bits=4, block_size=32, is_symmetric=True)
quantizer.process()
quantizer.model.save_model_to_file(sys.argv[2])
