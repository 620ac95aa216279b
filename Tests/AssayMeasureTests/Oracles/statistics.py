"""Writes statistics.csv, the expected values of StatisticsOracleTests, with SciPy, statsmodels, scikit-learn and NumPy.

Each line: function, then its arguments (lists with blanks between the numbers), then the value. mpmath is not needed:
SciPy's incomplete beta (Boost) and normal quantile are good to 1e-14.
"Own" marks what no library offers: an enumeration or a definition written out in the plainest way.
Run: python3 -P statistics.py > statistics.csv
"""
import itertools
import math
import sys

import numpy as np
import scipy
import sklearn
import statsmodels
from scipy import special, stats
from sklearn import metrics
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

rng = np.random.default_rng(20261121)


def number(x):
    return repr(float(x))


def numbers(xs):
    return " ".join(number(x) for x in xs)


def row(*cells):
    print(",".join(str(c) for c in cells))


print(f"# scipy {scipy.__version__}, statsmodels {statsmodels.__version__}, scikit-learn {sklearn.__version__}, "
      f"numpy {np.__version__}; made by statistics.py")

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

# Clopper-Pearson: statsmodels.
for k, n, c in [(0, 40, 0.95), (1, 40, 0.95), (40, 40, 0.95), (3, 100, 0.99), (20, 40, 0.9), (999, 1000, 0.95),
                (5000, 100000, 0.95), (1, 1, 0.95), (41, 85, 0.5)]:
    low, high = proportion_confint(k, n, alpha=1 - c, method="beta")
    row("clopperLow", k, n, c, number(0.0 if k == 0 else low))
    row("clopperHigh", k, n, c, number(1.0 if k == n else high))

# Student's t: SciPy.
for t, df in [(0, 3), (0.01, 9), (1, 1), (2.262, 9), (-1.7, 4), (12, 2), (40, 30), (1e6, 1), (0.5, 1000), (3, 2.5)]:
    row("tTail", number(t), df, number(stats.t.sf(t, df)))
for p, df in [(0.975, 1), (0.975, 2), (0.975, 4), (0.975, 9), (0.95, 19), (0.3, 5), (0.5, 5), (0.9999, 3), (1e-6, 7),
              (0.51, 9), (0.975, 1e6), (0.995, 2.5)]:
    row("tQuantile", number(p), df, number(stats.t.ppf(p, df)))
for size, c in [(2, 0.95), (3, 0.95), (5, 0.9), (10, 0.99)]:
    xs = rng.normal(size=size) * 0.3 + 97
    low, high = stats.t.interval(c, size - 1, loc=xs.mean(), scale=stats.sem(xs))
    row("meanLow", numbers(xs), c, number(low))
    row("meanHigh", numbers(xs), c, number(high))
    row("meanDeviation", numbers(xs), c, number(xs.std(ddof=1)))

# Corrections: statsmodels.
for ps in [[0.04], [0.01, 0.01, 0.01], [1.0, 0.5, 1e-9], list(np.round(rng.uniform(size=12) ** 4, 8)),
           list(np.round(rng.uniform(size=20) ** 2, 3))]:
    for i in range(len(ps)):
        row("holm", numbers(ps), i, number(multipletests(ps, method="holm")[1][i]))
        row("benjaminiHochberg", numbers(ps), i, number(multipletests(ps, method="fdr_bh")[1][i]))

# McNemar: statsmodels.
for b, c in [(3, 4), (12, 2), (0, 1), (77, 50), (400, 470)]:
    row("mcNemarExact", b, c, number(mcnemar([[100, b], [c, 50]], exact=True).pvalue))

# MLPerf's early stopping: the least h by own search with SciPy's incomplete beta.
for p, t, c in [(0.9, 0, 0.99), (0.9, 1, 0.99), (0.9, 10, 0.99), (0.95, 3, 0.99), (0.97, 1, 0.99), (0.99, 0, 0.99),
                (0.99, 1, 0.99), (0.99, 10, 0.99), (0.999, 1, 0.99), (0.9, 5, 0.95), (0.5, 2, 0.99)]:
    h = 1
    while special.betainc(h, t + 1, p) > 1 - c:
        h += 1
    row("samplesWithinBound", p, t, c, h)
for n, p in [(64, 0.9), (130, 0.9), (197, 0.9), (700, 0.99), (300, 0.95)]:
    xs = np.round(rng.lognormal(size=n), 4)
    t = max(t for t in range(1, n) if stats.binom.cdf(t, n, 1 - p) <= 0.01)
    row("percentileUpperBound", numbers(xs), p, number(np.sort(xs)[n - t]))

# Two independent runs: SciPy's permutation and Mann-Whitney tests; the interval by own enumeration of the rank sums.
for m, n, shift, threshold in [(5, 5, 0.5, 0), (5, 7, 1.0, 0.2), (2, 4, 0.3, 0), (8, 8, 0.8, 0.1), (3, 2, -1, 0)]:
    xs, ys = rng.normal(size=m), rng.normal(size=n) + shift

    def difference(candidate, base, axis=-1):
        return np.mean(candidate, axis=axis) - np.mean(base, axis=axis)

    p = stats.permutation_test((ys - threshold, xs), difference, permutation_type="independent", vectorized=True,
                               n_resamples=np.inf, alternative="greater").pvalue
    row("permutation", numbers(xs), numbers(ys), threshold, number(p))
    u = stats.mannwhitneyu(xs, ys).statistic
    row("rankSumTail", m, n, int(u), number(stats.mannwhitneyu(xs, ys, method="exact", alternative="less").pvalue))
    if m > 1 and n > 1:
        sums = [sum(c) - m * (m - 1) // 2 for c in itertools.combinations(range(m + n), m)]
        cdf = np.cumsum(np.bincount(sums, minlength=m * n + 1)) / len(sums)
        k = max([1] + [k for k in range(1, (m * n) // 2 + 1) if 1 - 2 * cdf[k - 1] >= 0.95])
        d = np.sort((ys[:, None] - xs[None, :]).ravel())
        row("shift", numbers(xs), numbers(ys), number(np.median(d)))
        row("shiftLow", numbers(xs), numbers(ys), number(d[k - 1]))
        row("shiftHigh", numbers(xs), numbers(ys), number(d[m * n - k]))
        row("shiftCoverage", numbers(xs), numbers(ys), number(1 - 2 * cdf[k - 1]))

# Steps: own search over all ways to cut; the criterion is written out again.
def cuts(n, shortest):
    if n >= shortest:
        yield [n]
    for first in range(shortest, n - shortest + 1):
        for rest in cuts(n - first, shortest):
            yield [first] + rest


for levels in [[1] * 8, [1] * 6 + [1.05] * 6, [3, 3, 3, 4, 4, 4, 2, 2, 2, 2, 2], [100] * 5, [5, 5, 9, 9], [7], [1, 2, 3],
               [1] * 5 + [0.97] * 4 + [1.01] * 5]:
    xs = np.array(levels, float) * np.exp(rng.normal(size=len(levels)) * (0.004 if len(levels) > 5 else 0))
    xs = np.round(xs, 5)
    n = len(xs)
    floor = 1e-6 * np.abs(xs).max()
    best = {}
    for cut in cuts(n, min(2, n)):
        parts = np.split(xs, np.cumsum(cut)[:-1])
        error = sum(np.abs(part - np.median(part)).sum() for part in parts)
        if len(cut) not in best or error < best[len(cut)][0] - 1e-12:
            best[len(cut)] = (error, cut)
    k = min(best, key=lambda k: np.log(max(best[k][0] / n + floor, 1e-300)) + 3 * k * np.log(n) / n)
    ends = np.cumsum(best[k][1])
    row("stepCount", numbers(xs), k)
    for i in range(k):
        row("stepEnd", numbers(xs), i, int(ends[i]))
        row("stepLevel", numbers(xs), i, number(np.median(xs[ends[i] - best[k][1][i]:ends[i]])))

for size in [9, 20, 60]:
    xs = np.round(np.exp(rng.normal(size=size) * 0.01) * 24, 4)
    changes = np.abs(xs[1:] / xs[:-1] - 1)[-30:]
    q1, q3 = np.quantile(changes, [0.25, 0.75])
    row("changeFence", numbers(xs), number(q3 + 3 * (q3 - q1)))

# The paired bootstrap, with Assay's generator written again from its paper (SplitMix64, Lemire's bounded integers), the
# figures from scikit-learn and the quantiles from NumPy.
MASK = (1 << 64) - 1


class SplitMix:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, bound):
        product = self.next() * bound
        if product & MASK < bound:
            while product & MASK < (-bound & MASK) % bound:
                product = self.next() * bound
        return product >> 64


FIGURES = {
    "top1": metrics.accuracy_score,
    "macroF1": lambda y, p: metrics.f1_score(y, p, average="macro", zero_division=0),
    "microF1": lambda y, p: metrics.f1_score(y, p, average="micro", zero_division=0),
    "macroRecall": lambda y, p: metrics.recall_score(y, p, average="macro", zero_division=0,
                                                     labels=sorted(set(y) | set(p))),
}
for size, classes, seed in [(25, 3, 1), (40, 5, 77)]:
    y = rng.integers(0, classes, size=size)
    a = np.where(rng.uniform(size=size) < 0.8, y, rng.integers(0, classes, size=size))
    b = np.where(rng.uniform(size=size) < 0.7, y, rng.integers(0, classes, size=size))
    for name, figure in FIGURES.items():
        generator = SplitMix(seed)
        found = []
        for _ in range(100):
            drawn = [generator.below(size) for _ in range(size)]
            found.append(figure(y[drawn], b[drawn]) - figure(y[drawn], a[drawn]))
        cells = [name, " ".join(map(str, y)), " ".join(map(str, a)), " ".join(map(str, b)), seed]
        row("pairedDifference", *cells, number(figure(y, b) - figure(y, a)))
        row("pairedLow", *cells, number(np.quantile(found, 0.025)))
        row("pairedHigh", *cells, number(np.quantile(found, 0.975)))
