"""Writes Fixtures/optimized-*.onnx: small.onnx as ONNX Runtime 1.31.1 optimizes it, float and quantized in two ways.

Run by hand: python3 make_optimized_models.py ../Fixtures
"""
import sys
import tempfile

import numpy as np
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_dynamic, quantize_static

folder = sys.argv[1]
small = folder + "/small.onnx"


class Rows(CalibrationDataReader):
    def __init__(self):
        self.rows = iter([{"x": np.random.default_rng(i).normal(size=(1, 2, 4, 4)).astype(np.float32)} for i in range(4)])

    def get_next(self):
        return next(self.rows, None)


def optimized(source, name):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.optimized_model_filepath = f"{folder}/optimized-{name}.onnx"
    onnxruntime.InferenceSession(source, options)


with tempfile.TemporaryDirectory() as temporary:
    optimized(small, "float")
    quantize_static(small, temporary + "/qdq.onnx", Rows(), activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
    optimized(temporary + "/qdq.onnx", "qdq")
    quantize_dynamic(small, temporary + "/dynamic.onnx")
    optimized(temporary + "/dynamic.onnx", "dynamic")
