"""Writes models.txt: ONNX Runtime's answers of models that take the reference engine minutes.

A line is the model's file, the index of an output, its number of elements, the largest magnitude, and 64 elements at equal
distances. Element i of every input is (7919·i + 17) mod 1009 / 1009; unknown extents are 1.
Made with onnxruntime 1.31.1, graph optimizations off, one thread: ASSAY_MODELS=folder python models.py
"""

import os

import numpy as np
import onnxruntime as ort

folder = os.path.dirname(os.path.abspath(__file__))
lines = ["# model, output, count, largest, every n-th element; made by models.py"]
for name in ["light_resnet50.onnx", "basic_pitch_nmp.onnx", "resnet_2b.onnx", "cifar_deep_kw.onnx"]:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(os.path.join(os.environ["ASSAY_MODELS"], name), options, ["CPUExecutionProvider"])
    inputs = {}
    for info in session.get_inputs():
        shape = [n if isinstance(n, int) and n > 0 else 1 for n in info.shape]
        places = np.arange(np.prod(shape), dtype=np.int64)
        values = ((7919 * places + 17) % 1009).astype(np.float32) / np.float32(1009)
        inputs[info.name] = values.reshape(shape)
    for index, output in enumerate(session.run(None, inputs)):
        flat = output.reshape(-1)
        step = max(1, flat.size // 64)
        values = " ".join(f"{v:.9g}" for v in flat[::step])
        lines.append(f"{name} {index} {flat.size} {np.abs(flat).max():.9g} {values}")
with open(os.path.join(folder, "models.txt"), "w") as file:
    file.write("\n".join(lines) + "\n")
