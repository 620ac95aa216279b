"""static_int8.py METHOD MODEL ROWS OUTPUT [--pre-process] [--reduce-range] [--input NAME] [--scale S] [--mean A,B,C] [--std A,B,C]
[--nhwc]: onnxruntime.quantization, QDQ, uint8 activations, int8 weights.

METHOD is MinMax, Percentile or Entropy. Weights have a scale for each channel. --pre-process does what the peer's
documentation recommends to do first: symbolic shape inference, graph optimization, shape inference. --reduce-range makes weights 7 bits
wide. The input is named x unless NAME says otherwise. ROWS is an NPY file of
prepared rows, or KIND=FILE=COUNT for the first rows of a data set's own file, prepared as the other options say (prepare_rows.py).
"""
import argparse

import numpy
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from prepare_rows import add_options, prepared_rows


class Rows(CalibrationDataReader):
    def __init__(self, rows, name):
        self.batches = iter([{name: rows[i : i + 1]} for i in range(len(rows))])

    def get_next(self):
        return next(self.batches, None)


parser = argparse.ArgumentParser()
for name in ("method", "model", "rows", "output"):
    parser.add_argument(name)
for flag in ("--pre-process", "--reduce-range"):
    parser.add_argument(flag, action="store_true")
parser.add_argument("--input", default="x")
add_options(parser)
options = parser.parse_args()

model = options.model
if options.pre_process:
    from onnxruntime.quantization.shape_inference import quant_pre_process

    model = options.output + ".prepared"
    try:
        quant_pre_process(options.model, model)
    except Exception:
        # As its documentation says for models on which symbolic shape inference fails.
        quant_pre_process(options.model, model, skip_symbolic_shape=True)
if "=" in options.rows:
    kind, source, count = options.rows.split("=")
    rows = prepared_rows(kind, source, int(count), options)
else:
    rows = numpy.load(options.rows)
quantize_static(
    model, options.output, Rows(rows, options.input), reduce_range=options.reduce_range, quant_format=QuantFormat.QDQ,
    per_channel=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
    calibrate_method=CalibrationMethod[options.method])
