"""Writes Fixtures/small-floats.txt: values of every 8-bit and 4-bit pattern, and conversions of chosen numbers.

Oracle: numpy and ml_dtypes (the types onnx itself uses). Run by hand: python3 small_floats.py > ../Fixtures/small-floats.txt
Lines: "decode TYPE PATTERN FLOAT32BITS" and "encode TYPE FLOAT32BITS PATTERN", all numbers hexadecimal.
Encoding of float8 and float4 saturates (ONNX Cast, saturate = 1), which ml_dtypes does not: values are clamped first.
"""
import ml_dtypes
import numpy as np

TYPES = {
    "float16": np.float16, "bfloat16": ml_dtypes.bfloat16, "float8e4m3fn": ml_dtypes.float8_e4m3fn,
    "float8e4m3fnuz": ml_dtypes.float8_e4m3fnuz, "float8e5m2": ml_dtypes.float8_e5m2,
    "float8e5m2fnuz": ml_dtypes.float8_e5m2fnuz, "float4e2m1": ml_dtypes.float4_e2m1fn,
}


def bits(value):
    return int(np.float32(value).view(np.uint32))


rng = np.random.default_rng(1)
numbers = np.concatenate([
    [0.0, -0.0, 1.0, -1.0, 0.5, 2.5, 3.5, 6.0, 7.0, 448.0, 464.0, 465.0, 57344.0, 61440.0, 65504.0, 65519.0, 65520.0, 1e6,
     np.inf, -np.inf, 2.0**-24, 2.0**-25, 1.5 * 2.0**-25, 2.0**-14, 2.0**-9, 2.0**-10, 3 * 2.0**-11, 2.0**-17, 240.0, 248.0],
    rng.normal(size=60) * 10.0 ** rng.integers(-8, 6, size=60),
]).astype(np.float32)
for name, dtype in TYPES.items():
    wide = np.dtype(dtype).itemsize == 2
    patterns = (rng.integers(0, 1 << 16, size=100) if wide else range(16 if name == "float4e2m1" else 256))
    for pattern in patterns:
        value = np.array([pattern], dtype=np.uint16 if wide else np.uint8).view(dtype).astype(np.float32)[0]
        print("decode", name, format(int(pattern), "x"), "nan" if np.isnan(value) else format(bits(value), "x"))
    for value in numbers:
        given = value
        if not wide:
            largest = np.float32(ml_dtypes.finfo(dtype).max)
            given = np.clip(value, -largest, largest)
        with np.errstate(over="ignore"):
            coded = np.array([given], dtype=np.float32).astype(dtype).view(np.uint16 if wide else np.uint8)[0]
        print("encode", name, format(bits(value), "x"), format(int(coded), "x"))
