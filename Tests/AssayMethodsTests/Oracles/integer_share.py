"""Which products ONNX Runtime leaves in float: python3 integer_share.py MODEL...

Loads each model with all optimizations, reads the optimized graph back, and prints the operators that multiply. The
static int8 form of every shipped model must show no Conv, Gemm or MatMul (onnxruntime 1.31.1, x86-64, one thread).
"""
import collections
import os
import sys
import tempfile

import onnx
import onnxruntime

INTEGER = {"QLinearConv", "QGemm", "QLinearMatMul", "MatMulIntegerToFloat", "DynamicQuantizeMatMul", "ConvInteger"}
FLOAT = {"Conv", "FusedConv", "Gemm", "FusedGemm", "MatMul", "FusedMatMul"}

for path in sys.argv[1:]:
    onnx.checker.check_model(path, full_check=True)
    with tempfile.TemporaryDirectory() as folder:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.optimized_model_filepath = os.path.join(folder, "optimized.onnx")
        onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        nodes = onnx.load(options.optimized_model_filepath).graph.node
    counts = collections.Counter(node.op_type for node in nodes)
    integer = {name: counts[name] for name in sorted(INTEGER) if counts[name]}
    left = {name: counts[name] for name in sorted(FLOAT) if counts[name]}
    print(f"{os.path.basename(path)}: integer {integer}, float {left}")
