"""Counts parameters and multiply-accumulates of model files independently of Assay, for Fixtures/model-costs.txt.

Oracle: onnxruntime runs the model and tells the shape of every value; the counting is written apart from the Swift code.
Run by hand: python3 model_costs.py ../Fixtures/model-shapes.txt MODEL.onnx ... > ../Fixtures/model-costs.txt
Lines: file name, parameters, nonzeros, macs, effective macs; a first axis without an extent counts as 1.
"""
import os
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

ARITHMETIC = {"Add", "Sub", "Mul", "Div", "Sum", "PRelu", "BatchNormalization", "Conv", "Gemm", "MatMul"}


def run_shapes(model):
    """The shapes of all values in a real run at batch 1."""
    names = {t.name for t in model.graph.initializer}
    feeds = {}
    for value in model.graph.input:
        if value.name not in names:
            extents = [d.dim_value or 1 for d in value.type.tensor_type.shape.dim]
            feeds[value.name] = np.zeros(extents, onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type))
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    del copy.graph.output[:]
    values = [name for node in copy.graph.node for name in node.output if name]
    copy.graph.output.extend(onnx.ValueInfoProto(name=name) for name in values)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(copy.SerializeToString(), options)
    shapes = {name: list(np.shape(result)) for name, result in zip(values, session.run(values, feeds))}
    shapes.update({name: list(value.shape) for name, value in feeds.items()})
    return shapes


def counts(path):
    model = onnx.load(path)
    shapes = run_shapes(model)
    constants = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    origin = {name: name for name in constants}
    for node in model.graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type == "Constant":
            constants[node.output[0]] = numpy_helper.to_array(attributes["value"])
            origin[node.output[0]] = node.output[0]
        elif node.op_type == "ConstantOfShape" and node.input[0] in constants:
            fill = numpy_helper.to_array(attributes["value"]) if "value" in attributes else np.zeros(1, np.float32)
            constants[node.output[0]] = np.full(constants[node.input[0]], fill[0])
            origin[node.output[0]] = node.output[0]
        elif node.op_type in ("Reshape", "Identity", "Transpose", "Unsqueeze") and node.input[0] in constants:
            constants[node.output[0]] = constants[node.input[0]]
            origin[node.output[0]] = origin[node.input[0]]
    for name, value in constants.items():
        shapes.setdefault(name, list(value.shape))
    for name, shape in sorted(shapes.items()):
        print(os.path.basename(path), name.replace(" ", "_"), *shape, file=shape_file)
    used, macs, effective = {}, 0, 0
    for node in model.graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type in ARITHMETIC:
            for name in node.input:
                if name in constants and constants[name].dtype == np.float32 and len(shapes[name]) > 0:
                    used[origin[name]] = constants[name]
        work = 0
        if node.op_type == "Conv":
            n, m, *space = shapes[node.output[0]]
            _, per_group, *kernel = shapes[node.input[1]]
            work = n * m * int(np.prod(space)) * per_group * int(np.prod(kernel))
        elif node.op_type == "Gemm":
            inner = shapes[node.input[0]][0 if attributes.get("transA") else 1]
            work = int(np.prod(shapes[node.output[0]])) * inner
        elif node.op_type == "MatMul":
            work = int(np.prod(shapes[node.output[0]])) * shapes[node.input[0]][-1]
        macs += work
        if work:
            weight = constants[node.input[1]]
            effective += work * int(np.count_nonzero(weight)) // weight.size
    parameters = sum(v.size for v in used.values())
    nonzeros = sum(int(np.count_nonzero(v)) for v in used.values())
    return parameters, nonzeros, macs, effective


shape_file = open(sys.argv[1], "w")
for path in sys.argv[2:]:
    print(os.path.basename(path), *counts(path))
