#!/usr/bin/env python3
"""Median latency in Assay's worker against the bare C loop over the same library, in alternating blocks."""
import math
import os
import random
import subprocess
import tempfile

import ground
from worker import BareLoop, Worker, npy_of_zeros

LAUNCHES = int(os.environ.get("LAUNCHES", 9))
ROUNDS = 25
BLOCK_S = 0.01

subjects = [("lenet300", [1, 28, 28]), ("digits-mlp", [64]), ("identity", [4])]


def launch(bare, path, rows, cpu, seed):
    """Round medians in nanoseconds of fresh processes that take turns in random order."""
    members = {
        "assay": Worker(path, rows, cpu),
        "bound": BareLoop(bare, path, cpu, binding=True),
        "run": BareLoop(bare, path, cpu, binding=False),
    }
    medians = {name: [] for name in members}
    generator = random.Random(seed)
    for _ in range(ROUNDS):
        for name in generator.sample(list(members), len(members)):
            medians[name].append(members[name].block(BLOCK_S))
    for member in members.values():
        member.end()
    return medians


def main():
    results = ground.Results("steady-state")
    bare = subprocess.check_output([os.path.join(ground.HERE, "bare-c", "build")], text=True).strip()
    cpu, own = ground.cpus()
    os.sched_setaffinity(0, {own})
    with tempfile.TemporaryDirectory() as folder:
        for name, features in subjects:
            path = ground.model(name)
            if name == "identity":
                path = os.path.join(folder, "identity.onnx")
                ground.run([ground.PEER_PYTHON, os.path.join(ground.HERE, "peers", "make_identity.py"), path])
            rows = os.path.join(folder, name + ".npy")
            npy_of_zeros(rows, 16, features)
            launches = [launch(bare, path, rows, cpu, seed) for seed in range(LAUNCHES)]
            report(results, name, launches)
    results.save()


def report(results, name, launches):
    own = ground.median([ground.median(one["assay"]) for one in launches])
    for side, call in (("bound", "RunWithBinding"), ("run", "Run")):
        bare = ground.median([ground.median(one[side]) for one in launches])
        scores = [ground.median([math.log(a / b) for a, b in zip(one["assay"], one[side])]) for one in launches]
        differences = [ground.median([a - b for a, b in zip(one["assay"], one[side])]) for one in launches]
        if name == "identity":
            value, interval = ground.median(differences), ground.median_interval(differences)
            text = f"{value:+.0f} ns [{interval[0]:+.0f}, {interval[1]:+.0f}]"
            target, met = "at most 200 ns above", value <= 200
        else:
            value, interval = math.exp(ground.median(scores)), [math.exp(x) for x in ground.median_interval(scores)]
            text = f"{value:.4f}x [{interval[0]:.4f}, {interval[1]:.4f}]"
            target, met = "at most 1.02x", value <= 1.02
        results.add(
            f"{name}, Assay against bare {call}", text, target, met, f"p50 {own / 1e3:.2f} and {bare / 1e3:.2f} us")


main()
