"""static_int8.py METHOD MODEL ROWS.npy OUTPUT [--pre-process]: onnxruntime.quantization, QDQ, uint8 activations, int8
weights.

METHOD is MinMax, Percentile or Entropy. Weights have a scale for each channel. --pre-process does what the peer's
documentation recommends to do first: symbolic shape inference, graph optimization, shape inference.
"""
import sys

import numpy
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static


class Rows(CalibrationDataReader):
    def __init__(self, rows, name):
        self.batches = iter([{name: rows[i : i + 1]} for i in range(len(rows))])

    def get_next(self):
        return next(self.batches, None)


method, model, rows_path, output = sys.argv[1:5]
if "--pre-process" in sys.argv:
    from onnxruntime.quantization.shape_inference import quant_pre_process

    quant_pre_process(model, output + ".prepared")
    model = output + ".prepared"
rows = numpy.load(rows_path)
quantize_static(
    model, output, Rows(rows, "x"), quant_format=QuantFormat.QDQ, per_channel=True,
    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
    calibrate_method=CalibrationMethod[method])
