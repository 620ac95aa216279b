#!/usr/bin/env python3
"""Prints the Poisson arrivals of seed 1 at 1,000/s within 12 ms, from SplitMix64 as its paper gives it."""
import math

MASK = (1 << 64) - 1
state, time_ns, offsets = 1, 0.0, []
while True:
    state = (state + 0x9E3779B97F4A7C15) & MASK
    z = state
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    unit = ((z ^ (z >> 31)) >> 11) * 2.0 ** -53
    time_ns += -math.log1p(-unit) / 1000 * 1e9
    if time_ns >= 12e6:
        break
    offsets.append(int(time_ns))
print(offsets)
