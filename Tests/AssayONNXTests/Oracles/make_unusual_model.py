"""Writes Fixtures/unusual.onnx: one model with every part of the format that ordinary models do not use.

Made with the onnx package. Run by hand: python3 make_unusual_model.py ../Fixtures/unusual.onnx
"""
import sys

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper

NAMES = {name.lower().replace("_", ""): value for name, value in TensorProto.DataType.items() if value != 0}
initializers = []
nodes = []
for name, number in NAMES.items():
    if name == "string":
        initializers.append(helper.make_tensor("typed_string", number, [2], [b"a\x00b", "ä".encode()]))
        continue
    values = [1, 0, 1] if name != "float8e8m0" else [1, 2, 4]
    tensor = helper.make_tensor("typed_" + name, number, [3], values)
    initializers.append(tensor)
    array = onnx.numpy_helper.to_array(tensor)
    initializers.append(onnx.numpy_helper.from_array(array, "raw_" + name))
x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3])
x.doc_string = "an input"
x.type.denotation = "TENSOR"
x.type.tensor_type.shape.dim[0].denotation = "DATA_BATCH"
condition = helper.make_tensor("condition", TensorProto.BOOL, [], [True])
initializers.append(condition)
branch = helper.make_graph(
    [helper.make_node("Relu", ["x"], ["inner"])], "branch", [], [onnx.ValueInfoProto(name="inner")],
    [helper.make_tensor("held", TensorProto.FLOAT, [2], [1, 2])], doc_string="a branch")
nodes.append(helper.make_node("If", ["condition"], ["chosen"], then_branch=branch, else_branch=branch))
soft = helper.make_node("Softmax", ["chosen"], ["soft"], name="", domain="ai.onnx", axis=1, doc_string="")
nodes.append(soft)
omitted = helper.make_node("Softmax", ["soft"], ["soft2"])
attribute = omitted.attribute.add()
attribute.name, attribute.type = "axis", onnx.AttributeProto.INT
nodes.append(omitted)
nodes.append(helper.make_node("Twice", ["soft2"], ["y"], domain="com.example.local"))
sparse = helper.make_sparse_tensor(
    helper.make_tensor("sparse_values", TensorProto.FLOAT, [2], [1, 2]),
    helper.make_tensor("sparse_indices", TensorProto.INT64, [2], [0, 3]), [2, 3])
graph = helper.make_graph(
    nodes, "unusual", [x], [onnx.ValueInfoProto(name="y")], initializers, doc_string="a graph", sparse_initializer=[sparse])
annotation = graph.quantization_annotation.add()
annotation.tensor_name = "x"
function = helper.make_function(
    "com.example.local", "Twice", ["a"], ["b"], [helper.make_node("Add", ["a", "a"], ["b"])],
    [helper.make_opsetid("", 17)])
model = helper.make_model(
    graph, functions=[function], producer_name="", doc_string="a model", ir_version=8, model_version=5,
    opset_imports=[helper.make_opsetid("ai.onnx.ml", 3), helper.make_opsetid("ai.onnx", 17),
                   helper.make_opsetid("com.example.local", 1)])
helper.set_model_props(model, {"author": "nobody", "note": "line\nline, \"ü\""})
training = model.training_info.add()
training.algorithm.name = "training"
content = model.SerializeToString()
# A field of a number that no version of ONNX uses yet: 500, length-delimited.
content += b"\xa2\x1f\x05later"
open(sys.argv[1], "wb").write(content)
