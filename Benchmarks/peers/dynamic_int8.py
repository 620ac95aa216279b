"""dynamic_int8.py MODEL OUTPUT: onnxruntime.quantization, MatMul and Gemm."""
import sys

from onnxruntime.quantization import QuantType, quantize_dynamic

quantize_dynamic(
    sys.argv[1], sys.argv[2], op_types_to_quantize=["MatMul", "Gemm"], per_channel=True, weight_type=QuantType.QInt8)
