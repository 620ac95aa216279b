"""answers.py SOURCE SKIP ROWS FLOAT FILE...: right answers on the rows of a CIFAR-10 file after the first SKIP, as JSON.

ROWS is the NPY file of all prepared rows of SOURCE (prepare_rows.py). For each FILE: how many answers are right and how many like
the float model's, how many became right and wrong, and on how many rows only it or only the first FILE is right; what ONNX Runtime
refuses is null.
"""
import json
import sys

import numpy
import onnxruntime


def answers(path, rows):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    value = session.get_inputs()[0]
    batch = value.shape[0] if isinstance(value.shape[0], int) else 50
    found = []
    for start in range(0, len(rows) - batch + 1, batch):
        output = session.run(None, {value.name: rows[start : start + batch]})[0]
        found.append(output.reshape(batch, -1).argmax(1))
    return numpy.concatenate(found)


source, skip, rows_path, float_path = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
rows = numpy.load(rows_path, mmap_mode="r")[skip:]
labels = numpy.fromfile(source, numpy.uint8).reshape(-1, 3073)[skip : skip + len(rows), 0]
original = answers(float_path, rows)
labels = labels[: len(original)]
result, first = {}, None
for path in [float_path] + sys.argv[5:]:
    try:
        found = answers(path, rows)
    except Exception:
        result[path] = None
        continue
    right = found == labels
    if first is None and path != float_path:
        first = right
    count = lambda rows: int(numpy.sum(rows))
    result[path] = {
        "rows": len(found), "right": count(right), "alike": count(found == original),
        "gained": count(right & (original != labels)), "lost": count(~right & (original == labels)),
        "only": 0 if first is None else count(right & ~first), "not": 0 if first is None else count(first & ~right),
    }
print(json.dumps(result))
