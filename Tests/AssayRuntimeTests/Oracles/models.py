"""Writes ../Fixtures/models.txt: what ONNX Runtime answers on three fixed rows for the models in ASSAY_MODELS.

Element i of row r is ((7919 * i + 101 * r + 17) mod 1009) / 1009, times 255 for ort_mnist.
Made with onnxruntime 1.31.1, graph optimizations off, one thread.
"""

import os
import numpy as np
import onnxruntime as ort

MODELS = ["digits-mlp", "digits-cnn", "lenet300", "lenet5", "resnet8", "cifar10_small", "ort_mnist"]


def row(count, r, factor):
    i = np.arange(count, dtype=np.int64)
    return ((7919 * i + 101 * r + 17) % 1009).astype(np.float32) / np.float32(1009) * np.float32(factor)


options = ort.SessionOptions()
options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
options.intra_op_num_threads = 1
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "..", "Fixtures", "models.txt"), "w") as out:
    out.write("# model, row, output values; made by Oracles/models.py\n")
    for name in MODELS:
        session = ort.InferenceSession(
            os.path.join(os.environ["ASSAY_MODELS"], name + ".onnx"), options, providers=["CPUExecutionProvider"])
        first = session.get_inputs()[0]
        shape = [1] + list(first.shape[1:])
        for r in range(3):
            x = row(int(np.prod(shape)), r, 255 if name == "ort_mnist" else 1).reshape(shape)
            y = session.run(None, {first.name: x})[0].ravel()
            out.write(f"{name} {r} " + " ".join(f"{v:.9g}" for v in y) + "\n")
