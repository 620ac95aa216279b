"""static_int8.py METHOD MODEL ROWS.npy OUTPUT: onnxruntime.quantization, QDQ, uint8 activations, int8 weights.

METHOD is MinMax, Percentile or Entropy. Weights have a scale for each channel.
"""
import sys

import numpy
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static


class Rows(CalibrationDataReader):
    def __init__(self, rows, name):
        self.batches = iter([{name: rows[i : i + 1]} for i in range(len(rows))])

    def get_next(self):
        return next(self.batches, None)


method, model, rows_path, output = sys.argv[1:]
rows = numpy.load(rows_path)
quantize_static(
    model, output, Rows(rows, "x"), quant_format=QuantFormat.QDQ, per_channel=True,
    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
    calibrate_method=CalibrationMethod[method])
