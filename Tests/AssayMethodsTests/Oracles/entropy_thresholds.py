"""Thresholds of least KL divergence, computed bin by bin with numpy; the expected values in CalibrationTests.swift.

The definition is that of `leastDivergenceThreshold`: P is the first i bins with the outliers added to the last, Q the
same bins put into 128 levels (level l covers bins l*i//128 to (l+1)*i//128) and spread evenly over the bins that P
fills. No prefix sums here: everything is done literally.
"""
import numpy as np

LEVELS = 128


def least_divergence(bins):
    bins = np.trim_zeros(np.asarray(bins, dtype=np.float64), "b")
    best = (np.inf, len(bins))
    for kept in range(LEVELS, len(bins) + 1):
        sliced = bins[:kept]
        p = sliced.copy()
        p[-1] += bins[kept:].sum()
        if sliced[-1] == 0:
            continue
        q = np.zeros(kept)
        for level in range(LEVELS):
            a, b = level * kept // LEVELS, (level + 1) * kept // LEVELS
            filled = p[a:b] > 0
            if filled.any():
                q[a:b][filled] = sliced[a:b].sum() / filled.sum()
        p, q = p / p.sum(), q / q.sum()
        where = p > 0
        divergence = float(np.sum(p[where] * np.log(p[where] / q[where])))
        if divergence < best[0]:
            best = (divergence, kept)
    return best


def bins(count, decay, wobble):
    """Integers only, so that every language makes the same ones."""
    return [(4_000_000 >> j // decay) + (1 if j * 7919 % wobble == 0 else 0) for j in range(count)]


if __name__ == "__main__":
    for count, decay, wobble in [(2048, 40, 13), (2000, 25, 3), (1500, 90, 101), (300, 10, 7), (2048, 100, 1)]:
        divergence, kept = least_divergence(bins(count, decay, wobble))
        print(f"({count}, {decay}, {wobble}, {kept}),  // divergence {divergence:.9g}")
