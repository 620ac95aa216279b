"""How many test rows models answer right after onnxruntime's own 4-bit weight quantizer.

Usage: peer_weight_only.py MODELS DATA  (the folders of ASSAY_MODELS and ASSAY_DATA)
Needs onnx, onnx_ir, numpy and onnxruntime 1.31.1. The quantizer takes MatMul only, so each Gemm is written as MatMul and
Add first. Its results stand in docs/methods/weight-only.md and in Tests/ContractTests/WeightOnlyAccuracyTests.swift.
"""
import gzip
import sys

import numpy as np
import onnx
import onnxruntime as ort
from onnx import helper, numpy_helper
from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

models, data = sys.argv[1:3]
ort.set_default_logger_severity(3)


def idx(name, offset):
    return np.frombuffer(gzip.open(f"{data}/mnist/{name}.gz").read(), np.uint8, offset=offset)


def digits():
    rows = np.genfromtxt(f"{data}/digits/optdigits.tes", delimiter=",", skip_header=1)
    return (rows[:, :64] / 16).astype(np.float32), rows[:, 64].astype(int)


def mnist(mean, deviation, shape):
    images = idx("t10k-images-idx3-ubyte", 16).reshape(10000, *shape)
    return ((images / 255 - mean) / deviation).astype(np.float32), idx("t10k-labels-idx1-ubyte", 8).astype(int)


def cifar():
    rows = np.frombuffer(open(f"{data}/cifar10/test_batch_first1000.bin", "rb").read(), np.uint8).reshape(-1, 3073)
    mean = np.array([0.4914, 0.4822, 0.4465]).reshape(1, 3, 1, 1)
    deviation = np.array([0.2470, 0.2435, 0.2616]).reshape(1, 3, 1, 1)
    pixels = rows[:, 1:].reshape(-1, 3, 32, 32)
    return ((pixels / 255 - mean) / deviation).astype(np.float32), rows[:, 0].astype(int)


def without_gemm(model):
    graph = model.graph
    weights = {i.name: i for i in graph.initializer}
    nodes = []
    for node in graph.node:
        if node.op_type != "Gemm":
            nodes.append(node)
            continue
        attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        assert attributes.get("transA", 0) == 0 and attributes.get("alpha", 1) == 1 and attributes.get("beta", 1) == 1
        name = node.input[1]
        if attributes.get("transB", 0):
            values = numpy_helper.to_array(weights[name]).T.copy()
            name += "_transposed"
            graph.initializer.append(numpy_helper.from_array(values, name))
        product = node.output[0] + "_product"
        nodes.append(helper.make_node("MatMul", [node.input[0], name], [product], name=product))
        nodes.append(helper.make_node("Add", [product, node.input[2]], [node.output[0]]))
    del graph.node[:]
    graph.node.extend(nodes)
    return model


def correct(model, x, y):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    source = session.get_inputs()[0]
    step = 1 if isinstance(source.shape[0], int) else 100
    return sum(
        int((session.run(None, {source.name: x[i:i + step]})[0].reshape(step if i + step <= len(x) else len(x) - i, -1)
             .argmax(1) == y[i:i + step]).sum()) for i in range(0, len(x), step))


cases = [
    ("lenet300", mnist(0.1307, 0.3081, (1, 28, 28))), ("digits-mlp", digits()),
    ("mnist-net_256x4", mnist(0, 1, (784, 1))), ("lenet5", mnist(0.1307, 0.3081, (1, 28, 28))),
    ("digits-cnn", digits()), ("resnet8", cifar()),
]
for name, (x, y) in cases:
    path = f"{models}/{name}.onnx"
    print(name, "float", correct(onnx.load(path), x, y), "of", len(y))
    for bits in (4, 8, 2):
        for symmetric in (True, False):
            for level in (None, 4):
                try:
                    config = DefaultWeightOnlyQuantConfig(
                        block_size=32, is_symmetric=symmetric, accuracy_level=level, bits=bits)
                    quantizer = MatMulNBitsQuantizer(without_gemm(onnx.load(path)), algo_config=config)
                    quantizer.process()
                    result = correct(quantizer.model.model, x, y)
                except Exception as error:  # not every width is there
                    result = f"failed: {str(error)[:80]}"
                print(" ", bits, "bits", "symmetric" if symmetric else "asymmetric", "accuracy_level", level, result)
