"""Writes seeds.csv, the expected values of MeanDifferenceTests, with SciPy.

Each line: function, base, candidate (lists with blanks), threshold, then the value.
Run: python3 -P seeds.py > seeds.csv
"""
import numpy as np
import scipy
from scipy import stats

rng = np.random.default_rng(5)


def number(x):
    return repr(float(x))


def numbers(xs):
    return " ".join(number(x) for x in xs)


def row(*cells):
    print(",".join(str(c) for c in cells))


print(f"# scipy {scipy.__version__}, numpy {np.__version__}; made by seeds.py")


def case(name, base, candidate, threshold, difference, test):
    above = test("greater", threshold)
    both = test("two-sided", 0.0)
    interval = both.confidence_interval(0.95)
    arguments = [numbers(base), numbers(candidate), number(threshold)]
    row(name, *arguments, number(difference))
    row(name + "P", *arguments, number(above.pvalue))
    row(name + "Low", *arguments, number(interval.low))
    row(name + "High", *arguments, number(interval.high))
    row(name + "Degrees", *arguments, number(both.df))


for m, n, spread in [(3, 3, 1.0), (2, 5, 3.0), (5, 2, 0.2), (3, 10, 10.0), (8, 8, 0.01)]:
    base = 0.97 + 0.002 * rng.standard_normal(m)
    candidate = 0.968 + 0.002 * spread * rng.standard_normal(n)
    threshold = float(0.001 * rng.standard_normal())
    case("welch", base, candidate, threshold, candidate.mean() - base.mean(),
         lambda side, t: stats.ttest_ind(candidate - t, base, equal_var=False, alternative=side))
    case("against", base[:1], candidate, threshold, candidate.mean() - base[0],
         lambda side, t: stats.ttest_1samp(candidate - base[0] - t, 0.0, alternative=side))
    pairs = base[0] + 0.002 * rng.standard_normal(n)
    case("paired", pairs, candidate, threshold, (candidate - pairs).mean(),
         lambda side, t: stats.ttest_rel(candidate - t, pairs, alternative=side))
