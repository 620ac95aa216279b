"""Writes one-operator models of old operator sets, one for each rewrite that upgrading knows.

Run by hand: python3 make_old_models.py /tmp/old, then
ASSAY_MODELS=/tmp/old ASSAY_KEEP_UPGRADED=/tmp/old-upgraded swift test --filter theSharedModelsAreUpgraded, then
python3 compare_upgraded.py /tmp/old /tmp/old-upgraded
"""
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CASES = [
    ("batchnorm", 7, "BatchNormalization", [2, 3, 4], [np.ones(3), np.zeros(3), np.ones(3), np.ones(3) * 2], {"momentum": 0.8}),
    ("clip", 7, "Clip", [3, 4], [], {"min": -0.5, "max": 0.25}),
    ("clip-max", 9, "Clip", [3, 4], [], {"max": 0.25}),
    ("dropout", 7, "Dropout", [3, 4], [], {"ratio": 0.4}),
    ("softmax-4d", 8, "Softmax", [2, 3, 4, 5], [], {"axis": 1}),
    ("softmax-last", 11, "Softmax", [2, 3, 4], [], {"axis": 2}),
    ("logsoftmax", 9, "LogSoftmax", [2, 3, 4], [], {}),
    ("pad", 9, "Pad", [2, 3], [], {"pads": [0, 1, 2, 0], "value": 1.5}),
    ("pad-reflect", 10, "Pad", [1, 1, 4, 5], [], {"pads": [0, 0, 1, 1, 0, 0, 1, 1], "mode": "reflect"}),
    ("reducesum", 11, "ReduceSum", [2, 3, 4], [], {"axes": [1], "keepdims": 0}),
    ("slice", 9, "Slice", [5, 6], [], {"starts": [1], "ends": [-1], "axes": [1]}),
    ("split", 9, "Split", [6, 2], [], {"split": [2, 4], "axis": 0}),
    ("squeeze", 9, "Squeeze", [1, 3, 1], [], {"axes": [0]}),
    ("squeeze-all", 9, "Squeeze", [1, 3, 1], [], {}),
    ("topk", 9, "TopK", [3, 5], [], {"k": 2}),
    ("unsqueeze", 11, "Unsqueeze", [3], [], {"axes": [0, 2]}),
    ("upsample-7", 7, "Upsample", [1, 2, 3, 3], [], {"scales": [1.0, 1.0, 2.0, 2.0], "mode": "nearest"}),
    ("upsample-linear", 9, "Upsample", [1, 2, 3, 3], [np.array([1, 1, 2, 3], np.float32)], {"mode": "linear"}),
    ("resize-10", 10, "Resize", [1, 2, 4, 4], [np.array([1, 1, 1.5, 2.5], np.float32)], {"mode": "nearest"}),
    ("resize-10-linear", 10, "Resize", [1, 2, 4, 4], [np.array([1, 1, 0.5, 2.5], np.float32)], {"mode": "linear"}),
    ("scatter", 9, "Scatter", [3, 3], [np.array([[0, 2, 1]], np.int64), np.ones((1, 3), np.float32)], {"axis": 0}),
]
OUTPUTS = {"Split": 2, "TopK": 2}
for name, opset, op, shape, constants, attributes in CASES:
    stored = [numpy_helper.from_array(c if c.dtype == np.int64 else c.astype(np.float32), f"c{i}") for i, c in enumerate(constants)]
    outputs = [f"y{i}" for i in range(OUTPUTS.get(op, 1))]
    node = helper.make_node(op, ["x"] + [t.name for t in stored], outputs, **attributes)
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)]
    if opset < 9:
        inputs += [helper.make_tensor_value_info(t.name, t.data_type, list(t.dims)) for t in stored]
    graph = helper.make_graph([node], name, inputs, [onnx.ValueInfoProto(name=o) for o in outputs], stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=3 if opset < 9 else 4)
    inferred = onnx.shape_inference.infer_shapes(model)
    with open(f"{sys.argv[1]}/{name}.onnx", "wb") as file:
        # The checker wants typed outputs.
        del model.graph.output[:]
        model.graph.output.extend(
            v if v.type.WhichOneof("value") else helper.make_tensor_value_info(v.name, TensorProto.FLOAT, None)
            for v in inferred.graph.output)
        file.write(model.SerializeToString())
