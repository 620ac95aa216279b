"""Percentiles of a fixed sequence with numpy; the expected values in CalibrationTests.swift."""
import numpy as np

# A linear congruential sequence, the same in every language: integers, then an exact division.
state, values = 12345, []
for _ in range(20_000):
    state = (state * 1103515245 + 12345) % 2**31
    values.append((state // 2**15 % 4001 - 1000) / 256)
x = np.array(values, dtype=np.float32)
print("min, max", x.min(), x.max())
for p in (99.99, 99.0, 90.0):
    print(p, np.percentile(x, 100 - p), np.percentile(x, p))
