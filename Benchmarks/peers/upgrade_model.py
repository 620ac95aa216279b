"""upgrade_model.py MODEL OUTPUT: the model in opset 13 where it is older, with initializers that are not inputs too.

onnxruntime.quantization writes invalid files for older opsets, and leaves weights float that could be overridden.
"""
import sys

import onnx
from onnx import version_converter

model = onnx.load(sys.argv[1])
if model.opset_import[0].version < 13:
    model = version_converter.convert_version(model, 13)
constant = {tensor.name for tensor in model.graph.initializer}
inputs = [value for value in model.graph.input if value.name not in constant]
del model.graph.input[:]
model.graph.input.extend(inputs)
model.ir_version = max(model.ir_version, 8)
onnx.save(model, sys.argv[2])
