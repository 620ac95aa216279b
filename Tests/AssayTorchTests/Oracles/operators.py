"""Writes operators.txt: small models with PyTorch's own answers, gradients and running statistics.

Each case is an ONNX model (hexadecimal protobuf), the values of its inputs, and what PyTorch gives for the same function
written by hand with torch.nn.functional, all in double precision: the outputs, the gradient of the sum of all outputs
times given weights by each floating point input, and in training the new running statistics. A tensor is its name, type,
shape and values.
Made with torch 2.13.0+cpu and onnx 1.19, one thread: python operators.py
"""

import os
import zlib

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper

torch.set_num_threads(1)
LINES = ["# case, model, mode, inputs, outputs, weights, gradients, statistics; made by operators.py"]


class Random:
    def __init__(self, name):
        self.g = np.random.default_rng(zlib.crc32(name.encode()))

    def f(self, *shape):
        return self.g.normal(size=shape).astype(np.float32).astype(np.float64)

    def u(self, low, high, *shape):
        return self.g.uniform(low, high, size=shape).astype(np.float32).astype(np.float64)


def text(name, array):
    kind = "double" if array.dtype == np.float64 else "int64"
    shape = "x".join(str(n) for n in array.shape) or "-"
    values = " ".join(repr(v) for v in array.reshape(-1).tolist())
    return f"{name} {kind} {shape} {values}"


def case(name, nodes, inputs, function, outputs=("y",), opset=17, training=False):
    """function: a dict of tensors -> the outputs, and a dict of new statistics."""
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info(n, TensorProto.INT64 if a.dtype == np.int64 else TensorProto.FLOAT, a.shape)
         for n, a in inputs.items()],
        [helper.make_empty_tensor_value_info(n) for n in outputs])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], producer_name="")
    tensors = {n: torch.tensor(a, requires_grad=a.dtype == np.float64) for n, a in inputs.items()}
    result = function(tensors)
    results, statistics = result if isinstance(result, tuple) and isinstance(result[1], dict) else (result, {})
    results = list(results) if isinstance(results, (list, tuple)) else [results]
    random = Random(name + " weights")
    weights = [random.f(*r.shape) for r in results]
    total = sum((r * torch.tensor(w)).sum() for r, w in zip(results, weights))
    total.backward()
    LINES.append(f"case {name}")
    LINES.append("model " + model.SerializeToString().hex())
    LINES.append("mode " + ("training" if training else "evaluation"))
    LINES.extend("input " + text(n, a) for n, a in inputs.items())
    for index, (r, w) in enumerate(zip(results, weights)):
        LINES.append("output " + text(str(index), r.detach().numpy()))
        LINES.append("weight " + text(str(index), w))
    LINES.extend("gradient " + text(n, t.grad.numpy()) for n, t in tensors.items() if t.grad is not None)
    LINES.extend("statistic " + text(n, t.detach().numpy()) for n, t in statistics.items())


def node(op, inputs, outputs=("y",), **attributes):
    return helper.make_node(op, inputs, outputs, **attributes)


def one(name, op, inputs, function, outputs=("y",), opset=17, training=False, **attributes):
    nodes = [node(op, list(inputs), list(outputs), **attributes)]
    case(name, nodes, inputs, lambda t: function(*t.values()), outputs, opset, training)


def selu(x):
    """ONNX's constants are those of single precision."""
    return float(np.float32(1.0507009873554805)) * F.elu(x, float(np.float32(1.6732632423543772)))


r = Random("activations")
for op, f, opset in [("Mish", F.mish, 18), ("Gelu", F.gelu, 20), ("HardSwish", F.hardswish, 17), ("Softplus", F.softplus, 17),
                     ("Selu", selu, 17), ("Sigmoid", torch.sigmoid, 17), ("Softsign", F.softsign, 17)]:
    one(op.lower(), op, {"x": r.f(3, 4)}, f, opset=opset)
one("gelu tanh", "Gelu", {"x": r.f(3, 4)}, lambda x: F.gelu(x, approximate="tanh"), opset=20, approximate="tanh")
one("swish", "Swish", {"x": r.f(3, 4)}, F.silu, opset=24)
one("swish alpha", "Swish", {"x": r.f(3, 4)}, lambda x: x * torch.sigmoid(1.5 * x), opset=24, alpha=1.5)
one("elu", "Elu", {"x": r.f(3, 4)}, lambda x: F.elu(x, 0.5), alpha=0.5)
one("softmax", "Softmax", {"x": r.f(2, 3, 4)}, lambda x: torch.softmax(x, 1), axis=1)
one("log softmax", "LogSoftmax", {"x": r.f(3, 4)}, lambda x: torch.log_softmax(x, -1))

r = Random("windows")
one("conv", "Conv", {"x": r.f(2, 4, 6, 5), "w": r.f(6, 2, 3, 3), "b": r.f(6)},
    lambda x, w, b: F.conv2d(x, w, b, stride=(2, 1), padding=1, groups=2), group=2, pads=[1, 1, 1, 1], strides=[2, 1])
one("conv one-sided", "Conv", {"x": r.f(1, 2, 5, 5), "w": r.f(3, 2, 2, 2)},
    lambda x, w: F.conv2d(F.pad(x, (0, 1, 1, 0)), w), pads=[1, 0, 0, 1])
one("conv one axis", "Conv", {"x": r.f(2, 3, 8), "w": r.f(4, 3, 3)}, lambda x, w: F.conv1d(x, w, dilation=2), dilations=[2])
one("transposed conv", "ConvTranspose", {"x": r.f(1, 2, 3, 4), "w": r.f(2, 3, 3, 3), "b": r.f(3)},
    lambda x, w, b: F.conv_transpose2d(x, w, b, stride=2, padding=1, output_padding=1), strides=[2, 2], pads=[1, 1, 1, 1],
    output_padding=[1, 1])
one("max pool", "MaxPool", {"x": r.f(1, 2, 7, 6)},
    lambda x: F.max_pool2d(x, 3, stride=2, padding=1, ceil_mode=True), kernel_shape=[3, 3], strides=[2, 2],
    pads=[1, 1, 1, 1], ceil_mode=1)
one("average pool", "AveragePool", {"x": r.f(1, 2, 7, 6)},
    lambda x: F.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False), kernel_shape=[3, 3], strides=[2, 2],
    pads=[1, 1, 1, 1])

r = Random("normalizations")
one("group normalization of groups", "GroupNormalization", {"x": r.f(2, 4, 3), "s": r.f(2), "b": r.f(2)},
    lambda x, s, b: F.group_norm(x, 2, s.repeat_interleave(2), b.repeat_interleave(2), 1e-5), opset=18, num_groups=2)
one("group normalization of channels", "GroupNormalization", {"x": r.f(2, 4, 3, 2), "s": r.f(4), "b": r.f(4)},
    lambda x, s, b: F.group_norm(x, 2, s, b, float(np.float32(1e-3))), opset=21, num_groups=2, epsilon=1e-3)
one("root mean square normalization", "RMSNormalization", {"x": r.f(2, 3, 4), "s": r.f(4)},
    lambda x, s: F.rms_norm(x, (4,), s, float(np.float32(1e-5))), opset=23)
one("layer normalization", "LayerNormalization", {"x": r.f(2, 3, 4), "s": r.f(3, 4), "b": r.f(3, 4)},
    lambda x, s, b: F.layer_norm(x, (3, 4), s, b, float(np.float32(1e-5))), axis=1)
one("instance normalization", "InstanceNormalization", {"x": r.f(2, 3, 4), "s": r.f(3), "b": r.f(3)},
    lambda x, s, b: F.instance_norm(x, weight=s, bias=b, eps=float(np.float32(1e-5))))


def batch_norm(x, s, b, m, v, momentum):
    mean, variance = m.detach().clone(), v.detach().clone()
    y = F.batch_norm(x, mean, variance, s, b, True, 1 - float(np.float32(momentum)), float(np.float32(1e-5)))
    return y, {"m": mean, "v": variance}


one("batch normalization in training", "BatchNormalization",
    {"x": r.f(4, 3, 2), "s": r.f(3), "b": r.f(3), "m": r.f(3), "v": r.u(0.5, 2, 3)},
    lambda *t: batch_norm(*t, 0.8), training=True, momentum=0.8)
one("batch normalization in evaluation", "BatchNormalization",
    {"x": r.f(4, 3, 2), "s": r.f(3), "b": r.f(3), "m": r.f(3), "v": r.u(0.5, 2, 3)},
    lambda x, s, b, m, v: F.batch_norm(x, m.detach(), v.detach(), s, b, False, 0.1, float(np.float32(1e-5))))

r = Random("products")
one("gemm", "Gemm", {"a": r.f(3, 4), "b": r.f(5, 4), "c": r.f(5)}, lambda a, b, c: F.linear(a, b, c), transB=1)
one("einsum", "Einsum", {"a": r.f(2, 3, 4), "b": r.f(2, 4, 5)}, lambda a, b: torch.einsum("bij,bjk->bik", a, b),
    equation="bij,bjk->bik")
one("embedding", "Gather", {"w": r.f(6, 3), "i": np.array([[0, 5], [2, 2]], np.int64)}, lambda w, i: F.embedding(i, w))


def torch_cell(kind, reverse, bidirectional):
    """W, R, B of ONNX put in torch's order of gates, run by torch's own module."""
    gates = {"lstm": [0, 2, 3, 1], "gru": [1, 0, 2], "rnn_tanh": [0]}[kind]

    def run(x, w, rec, b):
        hidden = rec.shape[2]
        order = lambda t: torch.cat([t[g * hidden:(g + 1) * hidden] for g in gates])
        weights = []
        for d in range(w.shape[0]):
            half = len(gates) * hidden
            weights += [order(w[d]), order(rec[d]), order(b[d][:half]), order(b[d][half:])]
        zeros = torch.zeros(w.shape[0], x.shape[1], hidden, dtype=torch.float64)
        state = (zeros, zeros) if kind == "lstm" else zeros
        source = x.flip(0) if reverse else x
        out = getattr(torch, kind)(source, state, weights, True, 1, 0.0, False, bidirectional, False)
        y = out[0].flip(0) if reverse else out[0]
        y = y.reshape(x.shape[0], x.shape[1], w.shape[0], hidden).transpose(1, 2)
        return [y, *out[1:]]

    return run


r = Random("recurrent")
for kind, op, gates, extra in [("lstm", "LSTM", 4, {}), ("gru", "GRU", 3, {"linear_before_reset": 1}), ("rnn_tanh", "RNN", 1, {})]:
    for direction, d in [("forward", 1), ("reverse", 1), ("bidirectional", 2)]:
        names = ("y", "h", "c")[: 3 if kind == "lstm" else 2]
        one(f"{op} {direction}", op,
            {"x": r.f(4, 2, 3), "w": r.f(d, gates * 3, 3), "r": r.f(d, gates * 3, 3), "b": r.f(d, 2 * gates * 3)},
            torch_cell(kind, direction == "reverse", d == 2), outputs=names, direction=direction, hidden_size=3, **extra)


def learned_step(x, s, low, high):
    """Learned step size quantization (Esser et al. 2020), with the gradients of its equations 2 and 3 written out."""

    class Step(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, s):
            ctx.save_for_backward(x, s)
            return torch.clamp(torch.round(x / s), low, high) * s

        @staticmethod
        def backward(ctx, g):
            x, s = ctx.saved_tensors
            v = x / s
            inside = (v > low) & (v < high)
            by_s = torch.where(inside, torch.round(v) - v, torch.clamp(torch.round(v), low, high))
            return g * inside, (g * by_s).sum()

    return Step.apply(x, s)


r = Random("quantized")
zero = helper.make_node("Constant", [], ["z"], value=helper.make_tensor("z", TensorProto.INT8, [], [0]))
case("learned step size", [zero, node("QuantizeLinear", ["x", "s", "z"], ["q"]), node("DequantizeLinear", ["q", "s", "z"])],
     {"x": r.u(-3, 3, 4, 5), "s": np.array(0.015625)}, lambda t: learned_step(t["x"], t["s"], -128, 127))

r = Random("networks")
lenet = {"x": r.f(4, 1, 8, 8), "w1": r.f(3, 1, 3, 3), "s": r.f(3), "b": r.f(3), "m": r.f(3), "v": r.u(0.5, 2, 3),
         "w2": r.f(5, 27), "b2": r.f(5)}


def network(t):
    x = F.conv2d(t["x"], t["w1"])
    mean, variance = t["m"].detach().clone(), t["v"].detach().clone()
    x = F.batch_norm(x, mean, variance, t["s"], t["b"], True, 1 - float(np.float32(0.9)), float(np.float32(1e-5)))
    x = F.max_pool2d(F.relu(x), 2)
    return F.linear(x.flatten(1), t["w2"], t["b2"]), {"m": mean, "v": variance}


case("convolutional network in training",
     [node("Conv", ["x", "w1"], ["a"]), node("BatchNormalization", ["a", "s", "b", "m", "v"], ["n"]),
      node("Relu", ["n"], ["p"]), node("MaxPool", ["p"], ["q"], kernel_shape=[2, 2], strides=[2, 2]),
      node("Flatten", ["q"], ["f"]), node("Gemm", ["f", "w2", "b2"], transB=1)], lenet, network, training=True)

attention = {"x": r.f(2, 5, 6), "q": r.f(6, 6), "k": r.f(6, 6), "v": r.f(6, 6), "s": r.f(6), "b": r.f(6), "scale": np.array(0.5)}


def encoder(t):
    split = lambda x: x.reshape(2, 5, 2, 3).transpose(1, 2)
    q, k, v = (split(t["x"] @ t[n]) for n in "qkv")
    y = torch.softmax(q @ k.transpose(2, 3) * t["scale"], -1) @ v
    y = y.transpose(1, 2).reshape(2, 5, 6) + t["x"]
    return F.gelu(F.layer_norm(y, (6,), t["s"], t["b"], float(np.float32(1e-5))))


def heads(name, permutation):
    return [node("MatMul", ["x", name], [name + "1"]),
            node("Reshape", [name + "1", "split"], [name + "2"]),
            node("Transpose", [name + "2"], [name + "3"], perm=permutation)]


constants = [helper.make_node("Constant", [], ["split"], value_ints=[0, 0, 2, 3]),
             helper.make_node("Constant", [], ["join"], value_ints=[0, 0, -1])]
case("transformer encoder",
     constants + heads("q", [0, 2, 1, 3]) + heads("k", [0, 2, 3, 1]) + heads("v", [0, 2, 1, 3])
     + [node("MatMul", ["q3", "k3"], ["s1"]), node("Mul", ["s1", "scale"], ["s2"]), node("Softmax", ["s2"], ["s3"]),
        node("MatMul", ["s3", "v3"], ["o1"]), node("Transpose", ["o1"], ["o2"], perm=[0, 2, 1, 3]),
        node("Reshape", ["o2", "join"], ["o3"]), node("Add", ["o3", "x"], ["o4"]),
        node("LayerNormalization", ["o4", "s", "b"], ["o5"]), node("Gelu", ["o5"])],
     attention, encoder, opset=20)

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "operators.txt"), "w") as file:
    file.write("\n".join(LINES) + "\n")
print(sum(line.startswith("case") for line in LINES), "cases")
