"""Writes the small models of these tests with the `onnx` package (1.19): python3 make.py.

Each is the least graph that shows one thing; `expected` values in the tests are worked out by hand.
"""
import os

import numpy as np
import onnx
from onnx import TensorProto as T, helper as h, numpy_helper

here = os.path.dirname(os.path.abspath(__file__))


def save(name, nodes, inputs, outputs, initializers=(), opset=17, ir=8, **kwargs):
    graph = h.make_graph(nodes, name, inputs, outputs, list(initializers))
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", opset)], ir_version=ir, producer_name="")
    for key, value in kwargs.items():
        setattr(model, key, value)
    onnx.save(model, os.path.join(here, name + ".onnx"))
    return model


def value(name, kind, shape):
    return h.make_tensor_value_info(name, kind, shape)


def constant(name, array):
    return numpy_helper.from_array(np.asarray(array), name)


# One value of every element type that ONNX Runtime's Identity takes.
types = dict(float=T.FLOAT, uint8=T.UINT8, int8=T.INT8, uint16=T.UINT16, int16=T.INT16, int32=T.INT32, int64=T.INT64,
             string=T.STRING, bool=T.BOOL, float16=T.FLOAT16, double=T.DOUBLE, uint32=T.UINT32, uint64=T.UINT64,
             bfloat16=T.BFLOAT16)
save("identity", [h.make_node("Identity", ["x"], ["y"])], [value("x", T.FLOAT, ["N", 4])],
     [value("y", T.FLOAT, ["N", 4])])
save("every-type", [h.make_node("Identity", ["in_" + n], ["out_" + n]) for n in types],
     [value("in_" + n, t, ["N"]) for n, t in types.items()], [value("out_" + n, t, ["N"]) for n, t in types.items()])
# The number of rows of the output is the number of nonzero elements: it depends on the data.
save("nonzero", [h.make_node("NonZero", ["x"], ["y"])], [value("x", T.FLOAT, [4])], [value("y", T.INT64, [1, "count"])])
# The output has an axis that the file does not name, yet the input's shape settles it.
save("flatten", [h.make_node("Reshape", ["x", "s"], ["y"])], [value("x", T.FLOAT, ["N", 2, 3])],
     [value("y", T.FLOAT, None)], [constant("s", np.array([-1], np.int64))])
save("add", [h.make_node("Add", ["a", "b"], ["c"])], [value("a", T.FLOAT, [2]), value("b", T.FLOAT, [2])],
     [value("c", T.FLOAT, [2])])
save("halve", [h.make_node("Mul", ["x", "half"], ["y"])], [value("x", T.FLOAT, [1])], [value("y", T.FLOAT, [1])],
     [constant("half", np.array([0.5], np.float32))])
save("divide", [h.make_node("Div", ["a", "b"], ["c"])], [value("a", T.INT32, [1]), value("b", T.INT32, [1])],
     [value("c", T.INT32, [1])])
save("gather", [h.make_node("Gather", ["x", "i"], ["y"])], [value("x", T.FLOAT, [4]), value("i", T.INT64, [1])],
     [value("y", T.FLOAT, [1])])
save("newer-opset", [h.make_node("Identity", ["x"], ["y"])], [value("x", T.FLOAT, [1])], [value("y", T.FLOAT, [1])],
     opset=999)
save("newer-ir", [h.make_node("Identity", ["x"], ["y"])], [value("x", T.FLOAT, [1])], [value("y", T.FLOAT, [1])],
     ir=99)
save("unknown-operator", [h.make_node("Frobnicate", ["x"], ["y"], name="frob")], [value("x", T.FLOAT, [1])],
     [value("y", T.FLOAT, [1])])
save("sequence", [h.make_node("SequenceConstruct", ["x"], ["y"])], [value("x", T.FLOAT, [1])],
     [h.make_tensor_sequence_value_info("y", T.FLOAT, [1])])

# Weights in a file that is not there.
outside = h.make_tensor("w", T.FLOAT, [2], np.zeros(2, np.float32).tobytes(), raw=True)
outside.ClearField("raw_data")
outside.data_location = T.EXTERNAL
outside.external_data.add(key="location", value="not-there.bin")
save("missing-external", [h.make_node("Add", ["x", "w"], ["y"])], [value("x", T.FLOAT, [2])],
     [value("y", T.FLOAT, [2])], [outside])

# 8-bit and floating point multiply-accumulates in one graph: 4*6 = 24 in MatMulInteger, 6*2 = 12 in MatMul.
rng = np.random.default_rng(1)
save("half-int8",
     [h.make_node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"]),
      h.make_node("MatMulInteger", ["q", "w", "z"], ["i"], name="first"),
      h.make_node("Cast", ["i"], ["f"], to=T.FLOAT),
      h.make_node("Mul", ["f", "s"], ["g"]),
      h.make_node("MatMul", ["g", "v"], ["y"], name="second")],
     [value("x", T.FLOAT, ["N", 4])], [value("y", T.FLOAT, ["N", 2])],
     [constant("w", rng.integers(-9, 9, (4, 6)).astype(np.int8)), constant("v", rng.normal(size=(6, 2)).astype(np.float32))])

# A convolution with quantize/dequantize pairs on every side, as static quantization writes it: all of it runs in int8.
def pair(source, scale, zero, target):
    return [h.make_node("QuantizeLinear", [source, scale, zero], [target + "_q"]),
            h.make_node("DequantizeLinear", [target + "_q", scale, zero], [target])]

save("qdq-conv",
     pair("x", "s", "z", "xd") + [h.make_node("DequantizeLinear", ["w", "ws", "wz"], ["wd"]),
     h.make_node("Conv", ["xd", "wd"], ["c"], name="conv", kernel_shape=[3, 3], pads=[1, 1, 1, 1])] + pair("c", "s", "z", "y"),
     [value("x", T.FLOAT, ["N", 2, 4, 4])], [value("y", T.FLOAT, ["N", 3, 4, 4])],
     [constant("s", np.float32(0.1)), constant("z", np.uint8(128)), constant("ws", np.float32(0.05)), constant("wz", np.int8(0)),
      constant("w", rng.integers(-9, 9, (3, 2, 3, 3)).astype(np.int8))])
save("float-conv",
     [h.make_node("Conv", ["x", "w"], ["c"], name="conv", kernel_shape=[3, 3], pads=[1, 1, 1, 1]), h.make_node("Relu", ["c"], ["y"])],
     [value("x", T.FLOAT, ["N", 3, 4, 4])], [value("y", T.FLOAT, ["N", 12, 4, 4])],
     [constant("w", rng.normal(size=(12, 3, 3, 3)).astype(np.float32))])
# Both: 3*2*3*3*16 = 864 in int8, 12*3*3*3*16 = 5184 in float, whose 12 channels a blocked layout pads to 16.
save("mixed-conv",
     pair("x", "s", "z", "xd") + [h.make_node("DequantizeLinear", ["w", "ws", "wz"], ["wd"]),
     h.make_node("Conv", ["xd", "wd"], ["c"], name="quantized", kernel_shape=[3, 3], pads=[1, 1, 1, 1])] + pair("c", "s", "z", "d") +
     [h.make_node("Conv", ["d", "v"], ["y"], name="floating", kernel_shape=[3, 3], pads=[1, 1, 1, 1])],
     [value("x", T.FLOAT, ["N", 2, 4, 4])], [value("y", T.FLOAT, ["N", 12, 4, 4])],
     [constant("s", np.float32(0.1)), constant("z", np.uint8(128)), constant("ws", np.float32(0.05)), constant("wz", np.int8(0)),
      constant("w", rng.integers(-9, 9, (3, 2, 3, 3)).astype(np.int8)),
      constant("v", rng.normal(size=(12, 3, 3, 3)).astype(np.float32))])
# The same convolution with a uint8 input and an int8 output, for which there is no kernel in int8.
save("qdq-two-types",
     pair("x", "s", "z", "xd") + [h.make_node("DequantizeLinear", ["w", "ws", "wz"], ["wd"]),
     h.make_node("Conv", ["xd", "wd"], ["c"], name="conv", kernel_shape=[3, 3], pads=[1, 1, 1, 1])] + pair("c", "s", "wz", "y"),
     [value("x", T.FLOAT, ["N", 2, 4, 4])], [value("y", T.FLOAT, ["N", 3, 4, 4])],
     [constant("s", np.float32(0.1)), constant("z", np.uint8(128)), constant("ws", np.float32(0.05)), constant("wz", np.int8(0)),
      constant("w", rng.integers(-9, 9, (3, 2, 3, 3)).astype(np.int8))])

# A residual block on 17 channels, whose last convolution gives an output of the model too. ONNX Runtime 1.31 adds the sum and Relu to
# that convolution all the same, and then does not find the output.
ones = lambda name, *shape: constant(name, np.full(shape, 0.01, np.float32))
pads = dict(pads=[1, 1, 1, 1])
save("inner-sum",
     [h.make_node("Conv", ["x", "w0", "b0"], ["x0"], **pads), h.make_node("Relu", ["x0"], ["x1"]),
      h.make_node("Conv", ["x1", "w1", "b0"], ["c"], strides=[2, 2], **pads), h.make_node("Relu", ["c"], ["r"]),
      h.make_node("Conv", ["r", "w2", "b1"], ["inner"], **pads), h.make_node("Conv", ["x1", "w3", "b1"], ["b"], strides=[2, 2]),
      h.make_node("Add", ["inner", "b"], ["sum"]), h.make_node("Relu", ["sum"], ["y"])],
     [value("x", T.FLOAT, ["N", 3, 4, 4])], [value("y", T.FLOAT, ["N", 5, 2, 2]), value("inner", T.FLOAT, ["N", 5, 2, 2])],
     [ones("w0", 17, 3, 3, 3), ones("b0", 17), ones("w1", 17, 17, 3, 3), ones("w2", 5, 17, 3, 3), ones("b1", 5),
      ones("w3", 5, 17, 1, 1)])
