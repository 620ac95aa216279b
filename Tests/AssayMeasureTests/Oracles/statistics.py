"""Writes statistics.csv, the expected values of StatisticsOracleTests, with SciPy and NumPy.

Each line: function, then its arguments (lists with blanks between the numbers), then the value. mpmath is not needed:
SciPy's incomplete beta (Boost) and normal quantile are good to 1e-14.
Run: python3 statistics.py > statistics.csv
"""
import itertools
import math
import sys

import numpy as np
import scipy
from scipy import special, stats

rng = np.random.default_rng(20261121)


def number(x):
    return repr(float(x))


def numbers(xs):
    return " ".join(number(x) for x in xs)


def row(*cells):
    print(",".join(str(c) for c in cells))


print(f"# scipy {scipy.__version__}, numpy {np.__version__}; made by statistics.py")

for n, k, p in [(10, 3, 0.5), (10, 0, 0.1), (64, 1, 0.1), (662, 1, 0.01), (6636, 1, 0.001), (2010, 10, 0.01),
                (1000, 480, 0.5), (1000, 520, 0.5), (100000, 50100, 0.5), (100000, 90, 0.001), (7, 7, 0.3),
                (5, -1, 0.3), (20, 12, 0.999), (1000000, 500500, 0.5), (3, 1, 0.75)]:
    row("binomialLowerTail", k, n, p, number(stats.binom.cdf(k, n, p)))
    row("binomialUpperTail", k, n, p, number(stats.binom.sf(k - 1, n, p)))
    row("binomialProbability", k, n, p, number(stats.binom.pmf(k, n, p)))

for a, b, x in [(0.5, 0.5, 0.3), (1, 1, 0.7), (2.5, 4, 0.1), (50, 60, 0.45), (1e4, 2e4, 0.334), (0.01, 3, 0.2),
                (300, 2, 0.99), (1e5, 1e5, 0.501), (3, 700, 0.001)]:
    row("incompleteBeta", a, b, x, number(special.betainc(a, b, x)))

for p in [1e-300, 1e-20, 1e-5, 0.005, 0.025, 0.3, 0.4999, 0.5, 0.77, 0.975, 0.99, 1 - 1e-9]:
    row("normalQuantile", repr(p), number(special.ndtri(p)))

for s, n, c in [(0, 10, 0.95), (10, 10, 0.95), (1732, 1797, 0.95), (1784, 1797, 0.99), (9850, 10000, 0.95), (1, 2, 0.8),
                (50, 100, 0.95)]:
    ci = stats.binomtest(s, n).proportion_ci(confidence_level=c, method="wilson")
    row("wilsonLow", s, n, c, number(ci.low))
    row("wilsonHigh", s, n, c, number(ci.high))

for b, c in [(0, 0), (5, 5), (1, 9), (9, 1), (40, 25), (0, 7), (130, 170), (1000, 1100)]:
    n = b + c
    exact = stats.binomtest(min(b, c), n, 0.5).pvalue if n else 1.0
    mid = 1.0 if b == c else 2 * stats.binom.cdf(min(b, c), n, 0.5) - stats.binom.pmf(min(b, c), n, 0.5)
    row("mcNemarExact", b, c, number(exact))
    row("mcNemarMid", b, c, number(mid))
    row("mcNemarWorse", b, c, number(stats.binom.sf(b - 1, n, 0.5) if n else 1.0))

for size in [1, 2, 5, 6, 11, 40]:
    xs = rng.lognormal(size=size)
    for q in [0, 0.01, 0.1, 0.5, 0.9, 0.975, 1]:
        row("quantile", numbers(xs), q, number(np.quantile(xs, q)))
        row("nearestRank", numbers(xs), q, number(np.quantile(xs, q, method="inverted_cdf")))

for size in [2, 5, 6, 10, 15, 20, 61]:
    xs = np.sort(rng.normal(size=size))
    ci = stats.quantile_test(xs, q=0, p=0.5).confidence_interval(0.95) if size >= 6 else None
    if ci is not None:
        row("medianLow", numbers(rng.permutation(xs)), 0.95, number(ci.low))
        row("medianHigh", numbers(xs), 0.95, number(ci.high))
    k = max([1] + [k for k in range(1, size // 2 + 1) if 1 - 2 * stats.binom.cdf(k - 1, size, 0.5) >= 0.95])
    row("medianCoverage", numbers(xs), 0.95, number(1 - 2 * stats.binom.cdf(k - 1, size, 0.5)))

for size, shift, threshold in [(1, 0.1, 0), (2, -0.5, 0), (5, 0.8, 0), (7, 0.3, 0.1), (10, 0.5, 0.2), (12, 0.1, 0)]:
    xs = rng.normal(size=size) + shift
    def total(x, axis=-1):
        return np.sum(x, axis=axis)
    if size == 1:
        p = 1.0 if xs[0] - threshold <= 0 else 0.5
    else:
        p = stats.permutation_test((xs - threshold,), total, permutation_type="samples", vectorized=True,
                                   n_resamples=np.inf, alternative="greater").pvalue
    row("signFlip", numbers(xs), threshold, number(p))

for m in [1, 2, 5, 9]:
    ps = np.round(rng.uniform(size=m) ** 3, 6)
    # Holm from its definition, over all orders of ranks: max over j <= i of (m - j + 1) p_(j)
    order = np.argsort(ps, kind="stable")
    adjusted = np.empty(m)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(ps[order] * (m - np.arange(m))))
    for i in range(m):
        row("holm", numbers(ps), i, number(adjusted[i]))
