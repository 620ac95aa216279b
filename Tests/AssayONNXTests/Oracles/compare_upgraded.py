"""Compares models before and after an upgrade: onnx.checker accepts them, and onnxruntime gives the same outputs.

Run by hand: ASSAY_MODELS=... ASSAY_KEEP_UPGRADED=/tmp/upgraded swift test --filter OpsetUpgradeTests, then
python3 compare_upgraded.py FOLDER_OF_ORIGINALS /tmp/upgraded
"""
import os
import sys

import numpy as np
import onnx
import onnxruntime


def outputs(path):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(path, options)
    rng = np.random.default_rng(1)
    feeds = {i.name: rng.normal(size=[d if isinstance(d, int) else 1 for d in i.shape]).astype(np.float32)
             for i in session.get_inputs()}
    return session.run(None, feeds)


originals, upgraded = sys.argv[1:3]
for name in sorted(os.listdir(upgraded)):
    path = os.path.join(upgraded, name)
    onnx.checker.check_model(onnx.load(path), full_check=True)
    before = outputs(os.path.join(originals, name.split("-", 1)[1]))
    after = outputs(path)
    same = all(np.array_equal(a, b, equal_nan=True) for a, b in zip(before, after))
    close = all(np.allclose(a, b, rtol=1e-5, atol=1e-6, equal_nan=True) for a, b in zip(before, after))
    print("equal" if same else "close" if close else "DIFFERENT", name)
