#!/usr/bin/env python3
"""Writes leak_slope.csv: memory against inferences with scipy.stats.theilslopes as the oracle of LeakSlope."""
import random

import scipy
from scipy.stats import theilslopes

generator = random.Random(7)


def case(name, x, y):
    slope = theilslopes(y, x).slope
    print(f"{name},{' '.join(map(repr, x))},{' '.join(map(repr, y))},{float(slope)!r}")


print(f"# name,inferences,memory_B,slope; scipy.stats.theilslopes of SciPy {scipy.__version__} (leak_slope.py)")
case("two", [10.0, 30.0], [4096.0, 8192.0])
case("line", [float(i * 100) for i in range(15)], [float(4096 * i) for i in range(15)])
case("flat", [float(i * 100) for i in range(15)], [81920.0] * 15)
case("early step", [float(i * 100) for i in range(15)], [0.0] * 2 + [1048576.0] * 13)
case("falling", [1.0, 2.0, 5.0, 9.0], [50.0, 40.0, 30.0, 0.0])
for number in range(6):
    count = generator.randint(3, 30)
    x, total = [], 0.0
    for _ in range(count):
        total += float(generator.randint(50, 500))
        x.append(total)
    y = [float(4096 * round((2.5 * a + generator.gauss(0, 8000)) / 4096)) for a in x]
    case(f"noisy {number}", x, y)
