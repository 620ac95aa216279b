"""Compares models that Assay wrote back with the originals, by the onnx package.

Run by hand: ASSAY_KEEP_ROUND_TRIPS=/tmp/round swift test --filter LosslessTests, then
python3 compare_round_trip.py /usr/share/libonnx-testdata/data /tmp/round
Tensors are compared by value (their encoding may differ); everything else must be equal field by field.
"""
import glob
import os
import sys

import onnx
from google.protobuf.message import Message
from onnx import numpy_helper


def strip(message, tensors):
    """Takes the values out of every TensorProto below `message` and collects them."""
    if isinstance(message, onnx.TensorProto):
        if message.data_type != onnx.TensorProto.STRING:
            array = numpy_helper.to_array(message)
            tensors.append((array.dtype.str, array.shape, array.tobytes()))
            for field in ("raw_data", "float_data", "int32_data", "int64_data", "double_data", "uint64_data"):
                message.ClearField(field)
        return
    for field, value in message.ListFields():
        if field.type != field.TYPE_MESSAGE:
            continue
        # Functions, training information and sparse tensors are carried along as bytes: compared as they are.
        if field.name in ("functions", "training_info", "sparse_initializer"):
            continue
        for item in [value] if isinstance(value, Message) else value:
            strip(item, tensors)


root, kept = sys.argv[1:3]
same = different = 0
for path in sorted(glob.glob(root + "/**/*.onnx", recursive=True)):
    name = "+".join(path.split("/")[-3:])
    before, after = onnx.load(path, load_external_data=False), onnx.load(os.path.join(kept, name))
    left, right = [], []
    strip(before, left)
    strip(after, right)
    if before == after and left == right:
        same += 1
    else:
        different += 1
        print("DIFFERENT", path)
print(same, "models are the same,", different, "differ")
