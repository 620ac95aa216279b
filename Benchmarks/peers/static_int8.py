"""static_int8.py METHOD MODEL ROWS OUTPUT [--pre-process] [--reduce-range] [--input NAME]: onnxruntime.quantization, QDQ,
uint8 activations, int8 weights.

METHOD is MinMax, Percentile or Entropy. Weights have a scale for each channel. --pre-process does what the peer's
documentation recommends to do first: symbolic shape inference, graph optimization, shape inference. --reduce-range makes weights 7 bits
wide. The input is named x unless NAME says otherwise. ROWS is an NPY file of
prepared rows, or KIND=FILE=COUNT for the first rows of a data set's own file, which is then read whole (see calibration_rows.py).
"""
import sys

import numpy
from calibration_rows import prepared_rows
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
if "=" in rows_path:
    kind, source, count = rows_path.split("=")
    rows = prepared_rows(kind, source, int(count), True)
else:
    rows = numpy.load(rows_path)
name = sys.argv[sys.argv.index("--input") + 1] if "--input" in sys.argv else "x"
quantize_static(
    model, output, Rows(rows, name), reduce_range="--reduce-range" in sys.argv, quant_format=QuantFormat.QDQ, per_channel=True,
    activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
    calibrate_method=CalibrationMethod[method])
