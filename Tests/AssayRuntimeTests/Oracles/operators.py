"""Writes ../Fixtures/operators.txt: small models of one operator each, with ONNX Runtime's answers.

They cover what the ONNX project's node tests leave open: groups, per-channel parameters, older operator versions, other
directions, and operators of com.microsoft. A case is the model (hexadecimal protobuf), its inputs and its outputs; a
tensor is its name, type, shape and values. Integer weights stay within +-63, because on processors without VNNI ONNX
Runtime's uint8 x int8 products saturate beyond.
Made with onnxruntime 1.31.1, graph optimizations off, one thread, numpy's generator seeded with the case's name.
"""

import os
import zlib
import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

CASES = []


def case(name, op, inputs, outputs=("y",), opset=17, domain="", initializers=(), kinds=None, **attributes):
    """inputs: list of (array or None); initializers: indices of inputs that are constants."""
    CASES.append((name, op, inputs, outputs, opset, domain, initializers, kinds, attributes))


class Random:
    def __init__(self, name):
        self.g = np.random.default_rng(zlib.crc32(name.encode()))

    def f(self, *shape):
        return self.g.normal(size=shape).astype(np.float32)

    def i(self, low, high, dtype, *shape):
        return self.g.integers(low, high + 1, size=shape).astype(dtype)


def f32(*values):
    return np.array(values if len(values) > 1 else values[0], dtype=np.float32)


def i64(*values):
    return np.array(values, dtype=np.int64)


def scalar(value, dtype):
    return np.array(value, dtype=dtype)


r = Random("float")
case("conv group 2 dilation 2", "Conv", [r.f(2, 4, 7, 6), r.f(6, 2, 3, 2), r.f(6)], group=2, dilations=[2, 1],
     pads=[1, 0, 2, 1], strides=[1, 2])
case("conv depthwise same_lower", "Conv", [r.f(1, 3, 5, 8), r.f(3, 1, 2, 3)], group=3, auto_pad="SAME_LOWER",
     strides=[2, 3])
case("conv 1-D valid", "Conv", [r.f(2, 3, 9), r.f(4, 3, 3)], auto_pad="VALID", strides=[2])
case("conv 3-D", "Conv", [r.f(1, 2, 3, 4, 5), r.f(2, 2, 2, 2, 3)], pads=[1, 0, 1, 0, 1, 1])
case("transposed conv group 2", "ConvTranspose", [r.f(1, 4, 3, 3), r.f(4, 3, 3, 2), r.f(6)], group=2, strides=[2, 1],
     pads=[1, 0, 0, 1], output_padding=[1, 0])
case("max pool rounded up", "MaxPool", [r.f(1, 2, 6, 7)], kernel_shape=[3, 2], strides=[2, 3], ceil_mode=1,
     pads=[1, 0, 1, 1], outputs=("y", "places"), kinds={"places": TensorProto.INT64})
case("average pool with pads", "AveragePool", [r.f(1, 2, 6, 7)], kernel_shape=[3, 2], strides=[2, 2],
     pads=[1, 0, 1, 1], count_include_pad=1)
case("gemm transposed", "Gemm", [r.f(4, 3), r.f(5, 4), r.f(3, 1)], transA=1, transB=1, alpha=0.5, beta=2.0)
case("matmul broadcast", "MatMul", [r.f(2, 1, 3, 4), r.f(5, 4, 2)])
case("matmul vector", "MatMul", [r.f(4), r.f(3, 4, 2)])
case("softmax of opset 11", "Softmax", [r.f(2, 3, 4)], opset=11, axis=1)
case("log softmax of opset 11", "LogSoftmax", [r.f(2, 3, 4)], opset=11)
case("batch normalization", "BatchNormalization", [r.f(2, 3, 4), r.f(3), r.f(3), r.f(3), np.abs(r.f(3))], epsilon=1e-3)
case("clip of opset 6", "Clip", [r.f(3, 4)], opset=6, min=-0.5, max=0.25)
case("pad of opset 2", "Pad", [r.f(2, 3)], opset=2, pads=[1, 0, 0, 2], value=1.5)
case("pad reflect", "Pad", [r.f(4, 3), i64(2, 1, 3, 2)], mode="reflect")
case("slice of opset 9", "Slice", [r.f(4, 5)], opset=9, starts=[1, -3], ends=[9, -1], axes=[0, 1])
case("split of opset 11", "Split", [r.f(2, 5)], opset=11, outputs=("y", "z"), split=[2, 3], axis=1)
case("squeeze of opset 11", "Squeeze", [r.f(1, 3, 1)], opset=11, axes=[-1])
case("reduce mean of opset 13", "ReduceMean", [r.f(2, 3, 4)], axes=[0, -1], keepdims=0)
case("reduce max of opset 18", "ReduceMax", [r.f(2, 3, 4), i64(1)], opset=18, keepdims=0)
case("top k of opset 9", "TopK", [r.f(3, 6)], opset=9, outputs=("y", "places"), kinds={"places": TensorProto.INT64},
     k=2, axis=1)
case("resize linear", "Resize", [r.f(1, 2, 3, 4), None, f32(1.0, 1.0, 1.5, 2.0)], mode="linear",
     coordinate_transformation_mode="half_pixel")
case("resize nearest of opset 10", "Resize", [r.f(1, 1, 3, 4), f32(1.0, 1.0, 2.0, 1.5)], opset=10, mode="nearest")
case("layer normalization", "LayerNormalization", [r.f(2, 3, 4), r.f(3, 4), r.f(3, 4)], axis=1)
case("gelu", "Gelu", [r.f(3, 4)], opset=20)
case("gelu tanh", "Gelu", [r.f(3, 4)], opset=20, approximate="tanh")

r = Random("recurrent")
case("lstm both directions", "LSTM",
     [r.f(3, 2, 4), r.f(2, 20, 4), r.f(2, 20, 5), r.f(2, 40), np.array([3, 2], np.int32), r.f(2, 2, 5), r.f(2, 2, 5),
      r.f(2, 15)], outputs=("y", "h", "c"), direction="bidirectional", hidden_size=5)
case("lstm clipped and coupled", "LSTM", [r.f(3, 2, 4), r.f(1, 20, 4), r.f(1, 20, 5), r.f(1, 40)],
     outputs=("y", "h", "c"), direction="reverse", hidden_size=5, clip=0.7, input_forget=1)
case("gru linear before reset", "GRU", [r.f(3, 2, 4), r.f(1, 15, 4), r.f(1, 15, 5), r.f(1, 30)], outputs=("y", "h"),
     direction="reverse", hidden_size=5, linear_before_reset=1)
case("rnn with activations", "RNN", [r.f(3, 2, 4), r.f(2, 5, 4), r.f(2, 5, 5), r.f(2, 10)], outputs=("y", "h"),
     direction="bidirectional", hidden_size=5, activations=["LeakyRelu", "Affine"], activation_alpha=[0.1, 0.5],
     activation_beta=[0.25])

r = Random("integers")
case("integer division", "Div", [r.i(-9, 9, np.int32, 8), np.array([2, -2, 3, -3, 4, 5, -7, 1], np.int32)])
case("integer wrap", "Mul", [np.array([2**31 - 1, -2**31, 7], np.int32), np.array([3, 5, 7], np.int32)])
case("unsigned 64 bits", "Max", [np.array([2**63 + 5, 1], np.uint64), np.array([3, 2], np.uint64)])
case("float16 sum", "Add", [r.f(3, 4).astype(np.float16), r.f(4).astype(np.float16)],
     kinds={"y": TensorProto.FLOAT16})
case("float16 gemm", "Gemm", [r.f(3, 8).astype(np.float16), r.f(8, 2).astype(np.float16)],
     kinds={"y": TensorProto.FLOAT16})
case("cast towards zero", "Cast", [f32(-2.7, -0.5, 0.5, 1.5, 2.5, 100.9)], to=TensorProto.INT8,
     kinds={"y": TensorProto.INT8})

r = Random("quantized")
u8, s8 = np.uint8, np.int8
x8 = r.i(0, 255, u8, 2, 4, 6, 5)
w8 = r.i(-63, 63, s8, 6, 2, 3, 3)
case("quantize ties", "QuantizeLinear", [f32(-3.0, -1.0, 1.0, 3.0, 5.0, 7.0, 300.0, 1e9), f32(2.0), scalar(3, u8)],
     kinds={"y": TensorProto.UINT8})
case("quantize int8 per axis", "QuantizeLinear", [r.f(2, 3, 4), f32(0.02, 0.01, 0.03), r.i(-9, 9, s8, 3)], axis=1,
     kinds={"y": TensorProto.INT8})
case("quantize uint16", "QuantizeLinear", [r.f(3, 4), f32(0.0001), scalar(30000, np.uint16)], opset=21,
     kinds={"y": TensorProto.UINT16})
case("quantize int4 blocked", "QuantizeLinear", [r.f(4, 6), np.abs(r.f(4, 2)) + f32(0.1)], opset=21, block_size=3,
     axis=1, output_dtype=TensorProto.INT4, kinds={"y": TensorProto.INT4})
case("dequantize int4 blocked", "DequantizeLinear",
     [("int4", r.i(-8, 7, s8, 4, 6)), np.abs(r.f(2, 6)), ("int4", r.i(-8, 7, s8, 2, 6))], opset=21, block_size=2,
     axis=0, initializers=(0, 2))
case("dequantize uint4", "DequantizeLinear", [("uint4", r.i(0, 15, u8, 3, 5)), f32(0.25), ("uint4", scalar(7, u8))],
     opset=21, initializers=(0, 2))
case("dequantize int32 per axis", "DequantizeLinear", [r.i(-2**30, 2**30, np.int32, 3, 4), np.abs(r.f(4))], axis=1)
case("dynamic quantize", "DynamicQuantizeLinear", [r.f(3, 7)], outputs=("y", "scale", "zero"),
     kinds={"y": TensorProto.UINT8, "zero": TensorProto.UINT8})
case("qlinear conv per channel", "QLinearConv",
     [x8, f32(0.03), scalar(120, u8), w8, np.abs(r.f(6)) * f32(0.02), np.zeros(6, s8), f32(0.4), scalar(99, u8),
      r.i(-3000, 3000, np.int32, 6)], group=2, pads=[1, 0, 1, 2], strides=[1, 2], kinds={"y": TensorProto.UINT8})
case("qlinear conv int8", "QLinearConv",
     [r.i(-128, 127, s8, 1, 2, 5, 5), f32(0.03), scalar(-5, s8), r.i(-63, 63, s8, 3, 2, 3, 3), f32(0.02),
      scalar(0, s8), f32(0.1), scalar(7, s8)], dilations=[2, 1], kinds={"y": TensorProto.INT8})
case("conv integer with zero points", "ConvInteger",
     [x8, r.i(0, 63, u8, 6, 2, 3, 3), scalar(120, u8), scalar(31, u8)], group=2, pads=[1, 1, 1, 1],
     kinds={"y": TensorProto.INT32})
case("matmul integer per column", "MatMulInteger",
     [r.i(0, 255, u8, 2, 3, 4), r.i(-63, 63, s8, 4, 5), scalar(128, u8), r.i(-9, 9, s8, 5)],
     kinds={"y": TensorProto.INT32})
case("qlinear matmul per column", "QLinearMatMul",
     [r.i(0, 255, u8, 3, 4), f32(0.03), scalar(120, u8), r.i(-63, 63, s8, 4, 5), np.abs(r.f(5)) * f32(0.02),
      np.zeros(5, s8), f32(0.05), scalar(128, u8)], kinds={"y": TensorProto.UINT8}, initializers=(3, 4, 5))

r = Random("contrib")
ms = "com.microsoft"
case("qgemm to uint8", "QGemm",
     [r.i(0, 255, u8, 3, 4), f32(0.03), scalar(120, u8), r.i(-63, 63, s8, 5, 4), np.abs(r.f(5)) * f32(0.02),
      np.zeros(5, s8), r.i(-900, 900, np.int32, 5), f32(0.05), scalar(128, u8)], domain=ms, transB=1, alpha=1.0,
     kinds={"y": TensorProto.UINT8})
case("qgemm to float", "QGemm",
     [r.i(0, 255, u8, 3, 4), f32(0.03), scalar(120, u8), r.i(-63, 63, s8, 4, 5), f32(0.02), scalar(0, s8),
      r.i(-900, 900, np.int32, 5)], domain=ms, alpha=1.0)
q = [r.i(0, 255, u8, 3, 4), f32(0.03), scalar(120, u8), r.i(0, 255, u8, 4), f32(0.02), scalar(100, u8), f32(0.045),
     scalar(90, u8)]
case("qlinear add", "QLinearAdd", q, domain=ms, kinds={"y": TensorProto.UINT8})
case("qlinear mul", "QLinearMul", q, domain=ms, kinds={"y": TensorProto.UINT8})
case("matmul integer to float", "MatMulIntegerToFloat",
     [r.i(0, 255, u8, 3, 4), r.i(-63, 63, s8, 4, 5), f32(0.03), np.abs(r.f(5)), scalar(120, u8), np.zeros(5, s8),
      r.f(5)], domain=ms)
case("dynamic quantize matmul", "DynamicQuantizeMatMul",
     [r.f(3, 4), r.i(-63, 63, s8, 4, 5), np.abs(r.f(5)), np.zeros(5, s8), r.f(5)], domain=ms)
case("matmul 4 bits", "MatMulNBits",
     [r.f(3, 40), r.i(0, 255, u8, 5, 3, 8), np.abs(r.f(5, 3)), r.i(0, 255, u8, 5, 2)], domain=ms, initializers=(1, 2, 3),
     K=40, N=5, bits=4, block_size=16)
case("matmul 4 bits symmetric", "MatMulNBits",
     [r.f(3, 32), r.i(0, 255, u8, 5, 2, 8), np.abs(r.f(5, 2))], domain=ms, initializers=(1, 2), K=32, N=5, bits=4,
     block_size=16)
case("fused conv", "FusedConv", [r.f(1, 2, 5, 5), r.f(3, 2, 3, 3), r.f(3)], domain=ms, activation="LeakyRelu",
     activation_params=[0.2])
case("fused gemm", "FusedGemm", [r.f(3, 4), r.f(4, 5), r.f(5)], domain=ms, activation="Relu")
case("fused matmul", "FusedMatMul", [r.f(2, 4, 3), r.f(2, 4, 5)], domain=ms, transA=1, alpha=0.5)
case("gelu of microsoft", "Gelu", [r.f(3, 4)], domain=ms)
x = r.i(0, 255, u8, 2, 3, 5, 4)
u = {"y": TensorProto.UINT8}
case("qlinear global average pool", "QLinearGlobalAveragePool", [x, f32(0.03), scalar(120, u8), f32(0.011),
     scalar(99, u8)], domain=ms, kinds=u)
case("qlinear global average pool, channels last", "QLinearGlobalAveragePool", [x, f32(0.03), scalar(120, u8),
     f32(0.011), scalar(99, u8)], domain=ms, channels_last=1, kinds=u)
case("qlinear average pool", "QLinearAveragePool", [x, f32(0.03), scalar(120, u8), f32(0.017), scalar(99, u8)],
     domain=ms, kernel_shape=[3, 2], pads=[1, 0, 1, 1], strides=[2, 1], kinds=u)
case("qlinear leaky relu", "QLinearLeakyRelu", [x, f32(0.03), scalar(120, u8), f32(0.017), scalar(30, u8)], domain=ms,
     alpha=0.1, kinds=u)
case("qlinear sigmoid", "QLinearSigmoid", [x, f32(0.03), scalar(120, u8), f32(1 / 256), scalar(0, u8)], domain=ms,
     kinds=u)
case("qlinear concat", "QLinearConcat", [f32(0.05), scalar(100, u8), r.i(0, 255, u8, 2, 3), f32(0.03), scalar(120, u8),
     r.i(0, 255, u8, 2, 4), f32(0.07), scalar(90, u8)], domain=ms, axis=1, kinds=u,
     initializers=(0, 1, 3, 4, 6, 7))


def tensor_proto(name, value):
    if isinstance(value, tuple):
        kind, array = value
        data_type = TensorProto.INT4 if kind == "int4" else TensorProto.UINT4
        return helper.make_tensor(name, data_type, array.shape, array.ravel().tolist())
    return numpy_helper.from_array(value, name)


TYPE_NAMES = {TensorProto.FLOAT: "float", TensorProto.FLOAT16: "float16", TensorProto.INT4: "int4",
              TensorProto.UINT4: "uint4"}


def write(out, role, name, array, data_type):
    type_name = TYPE_NAMES.get(data_type, str(array.dtype))
    if array.dtype.kind == "f":
        values = " ".join(f"{v:.9g}" for v in array.ravel())
    else:
        values = " ".join(str(int(v)) for v in array.ravel())
    out.write(f"{role} {name} {type_name} {'x'.join(map(str, array.shape)) or '-'} {values}\n")


options = ort.SessionOptions()
options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
options.intra_op_num_threads = 1
options.log_severity_level = 4
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "..", "Fixtures", "operators.txt"), "w") as out:
    out.write("# case, model, inputs, outputs; made by Oracles/operators.py\n")
    for name, op, inputs, outputs, opset, domain, constants, kinds, attributes in CASES:
        names = [f"x{i}" if value is not None else "" for i, value in enumerate(inputs)]
        node = helper.make_node(op, names, list(outputs), name="it", domain=domain, **attributes)
        infos, feeds, initializers = [], {}, []
        for index, (n, value) in enumerate(zip(names, inputs)):
            if value is None:
                continue
            if index in constants:
                initializers.append(tensor_proto(n, value))
            else:
                data_type = helper.np_dtype_to_tensor_dtype(value.dtype)
                infos.append(helper.make_tensor_value_info(n, data_type, value.shape))
                feeds[n] = value
        default = TensorProto.FLOAT
        if op in ("Div", "Mul"):
            default = TensorProto.INT32
        if op == "Max":
            default = TensorProto.UINT64
        result_types = [(kinds or {}).get(n, default) for n in outputs]
        results = [helper.make_tensor_value_info(n, t, None) for n, t in zip(outputs, result_types)]
        graph = helper.make_graph([node], "case", infos, results, initializers)
        imports = [helper.make_opsetid("", opset)] + ([helper.make_opsetid(domain, 1)] if domain else [])
        model = helper.make_model(graph, opset_imports=imports, ir_version=10 if opset > 17 else 8)
        data = model.SerializeToString()
        try:
            if TensorProto.INT4 in result_types:
                # numpy has no int4: a Cast to int8 behind the node makes the values readable.
                tail = helper.make_node("Cast", ["y"], ["wide"], to=TensorProto.INT8)
                wide = helper.make_tensor_value_info("wide", TensorProto.INT8, None)
                graph = helper.make_graph([node, tail], "case", infos, [wide], initializers)
                run = helper.make_model(graph, opset_imports=imports, ir_version=10).SerializeToString()
            else:
                run = data
            session = ort.InferenceSession(run, options, providers=["CPUExecutionProvider"])
            values = session.run(None, feeds)
        except Exception as error:
            raise SystemExit(f"{name}: {error}")
        out.write(f"case {name}\nmodel {data.hex()}\n")
        for n, value in feeds.items():
            write(out, "input", n, value, helper.np_dtype_to_tensor_dtype(value.dtype))
        for n, value, t in zip(outputs, values, result_types):
            write(out, "output", n, np.asarray(value), t)
