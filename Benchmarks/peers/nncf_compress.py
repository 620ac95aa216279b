"""nncf_compress.py HOW MODEL ROWS OUTPUT: NNCF. HOW is ptq (8 bits, calibrated), int8-weights or int4-weights."""
import sys

import nncf
import numpy
import onnx

how, path, rows_path, output = sys.argv[1:5]
model = onnx.load(path)
name = model.graph.input[0].name
if how == "ptq":
    rows = numpy.load(rows_path)
    data = nncf.Dataset([rows[i : i + 1] for i in range(len(rows))], lambda row: {name: row})
    result = nncf.quantize(model, data, subset_size=len(rows))
elif how == "int8-weights":
    result = nncf.compress_weights(model, mode=nncf.CompressWeightsMode.INT8_ASYM)
else:
    result = nncf.compress_weights(
        model, mode=nncf.CompressWeightsMode.INT4_SYM, ratio=1.0, group_size=-1, all_layers=True)
onnx.save(result, output)
