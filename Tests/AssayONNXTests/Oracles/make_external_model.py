"""Writes Fixtures/external.onnx, whose tensor `w` lies in a file beside it, and Fixtures/small.onnx, a small CNN of opset 11.

Made with the onnx package. Run by hand: python3 make_external_model.py ../Fixtures
"""
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

folder = sys.argv[1]
w = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[300, 1], data_location=TensorProto.EXTERNAL)
for key, value in (("location", "weights.bin"), ("offset", "0"), ("length", "1200")):
    entry = w.external_data.add()
    entry.key, entry.value = key, value
graph = helper.make_graph(
    [helper.make_node("MatMul", ["x", "w"], ["y"])], "external",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 300])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1])], [w])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
open(folder + "/external.onnx", "wb").write(model.SerializeToString())

rng = np.random.default_rng(1)


def constant(name, *shape):
    return numpy_helper.from_array(rng.normal(size=shape).astype(np.float32), name)


nodes = [
    helper.make_node("Conv", ["x", "k"], ["c"], "conv", pads=[1, 1, 1, 1], group=2),
    helper.make_node("BatchNormalization", ["c", "s", "b", "m", "v"], ["n"], "norm"),
    helper.make_node("Clip", ["n", "low"], ["r"], "clip"),
    helper.make_node("MaxPool", ["r"], ["p"], "pool", kernel_shape=[2, 2], strides=[2, 2]),
    helper.make_node("Shape", ["p"], ["shape"], "shape"),
    helper.make_node("Gather", ["shape", "zero"], ["batch"], "gather"),
    helper.make_node("Unsqueeze", ["batch"], ["row"], "unsqueeze", axes=[0]),
    helper.make_node("Concat", ["row", "rest"], ["target"], "concat", axis=0),
    helper.make_node("Reshape", ["p", "target"], ["flat"], "reshape"),
    helper.make_node("Gemm", ["flat", "w", "bias"], ["g"], "gemm", transB=1),
    helper.make_node("Softmax", ["g"], ["y"], "softmax", axis=1),
]
graph = helper.make_graph(
    nodes, "small", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 2, 4, 4])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 3])],
    [constant("k", 4, 1, 3, 3), constant("s", 4), constant("b", 4), constant("m", 4),
     numpy_helper.from_array(np.ones(4, np.float32), "v"), numpy_helper.from_array(np.float32(0), "low"),
     numpy_helper.from_array(np.int64(0), "zero"), numpy_helper.from_array(np.array([-1], np.int64), "rest"),
     constant("w", 3, 16), constant("bias", 3)])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6)
onnx.checker.check_model(model, full_check=True)
open(folder + "/small.onnx", "wb").write(model.SerializeToString())
