#!/usr/bin/env python3
"""A model against copies of its own file: how far from 1 does the estimated latency ratio come out?

The same question is put to the naive way: a fresh process for each measurement, one after another, not pinned.
"""
import csv
import os
import random
import shutil
import tempfile

import ground
from worker import Worker, npy_of_zeros

REPEATS = int(os.environ.get("REPEATS", 3))
LAUNCHES, ROUNDS, BLOCK_S = 10, 30, 0.005
LIMIT = 0.7  # percent
subjects = [("lenet300", [1, 28, 28]), ("resnet8", [3, 32, 32]), ("digits-mlp", [64])]

SUITE = """suite: against itself
baselines: {{ it: {{ model: {model} }} }}
data:
  test: {{ npy: rows.npy, labels: labels.npy, classes: 10 }}
variants: {{ itself: {{ model: {copy} }} }}
engines: [ onnxruntime ]
measure: {{ threads: 1, batch: 1, launches: {launches}, rounds: {rounds}, block: 5 ms, seed: {seed} }}
"""


def interleaved(folder, name, seed):
    """The change that `assay run` reports in percent, with its interval."""
    suite = os.path.join(folder, "suite.yaml")
    with open(suite, "w") as file:
        file.write(SUITE.format(model=name + ".onnx", copy=name + "-copy.onnx", launches=LAUNCHES, rounds=ROUNDS, seed=seed))
    environment = dict(
        os.environ, ASSAY_ONNXRUNTIME=ground.engine_library(), ASSAY_CACHE=os.path.join(folder, "cache"))
    run = os.path.join(folder, f"run-{seed}")
    ground.run([ground.assay(), "run", suite, "--quiet", "-o", run], environment=environment)
    with open(os.path.join(run, "results.csv"), newline="") as file:
        row = next(r for r in csv.DictReader(file) if r["variant"] == "itself" and r["metric"] == "latency.p50")
    return [100 * (float(row[key]) - 1) for key in ("change", "change_low", "change_high")]


def naive(folder, name, rows, generator):
    """The same number of blocks, each side's together, in processes that come one after another."""
    medians = {}
    for side in generator.sample([name, name + "-copy"], 2):
        values = []
        for _ in range(LAUNCHES):
            worker = Worker(os.path.join(folder, side + ".onnx"), rows, None)
            values.append(worker.block(ROUNDS * BLOCK_S))
            worker.end()
        medians[side] = ground.median(values)
    return 100 * (medians[name + "-copy"] / medians[name] - 1)


def labels_npy(path, rows):
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({rows},), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(rows))


def prepare(folder, name, features):
    """A model, its copy, and rows for them."""
    for copy in ("", "-copy"):
        shutil.copyfile(ground.model(name), os.path.join(folder, name + copy + ".onnx"))
    npy_of_zeros(os.path.join(folder, "rows.npy"), 64, features)
    labels_npy(os.path.join(folder, "labels.npy"), 64)


def measure(results, folder, circumstances, seed):
    worst = {"interleaved": 0.0, "naive": 0.0}
    generator = random.Random(seed)
    for name, features in subjects:
        prepare(folder, name, features)
        estimates, others = [], []
        for repeat in range(REPEATS):
            estimates.append(interleaved(folder, name, seed + repeat))
            others.append(naive(folder, name, os.path.join(folder, "rows.npy"), generator))
        for value in estimates:
            worst["interleaved"] = max(worst["interleaved"], abs(value[0]))
        worst["naive"] = max([worst["naive"]] + [abs(value) for value in others])
        results.add(
            f"{name}, {circumstances}", "  ".join(f"{v:+.2f} % [{low:+.2f}, {high:+.2f}]" for v, low, high in estimates),
            detail="naive: " + "  ".join(f"{value:+.2f} %" for value in others))
        seed += REPEATS
    results.add(
        f"worst estimate, {circumstances}", f"{worst['interleaved']:.2f} %", f"within {LIMIT} %",
        worst["interleaved"] <= LIMIT, f"naive: {worst['naive']:.2f} %")


def main():
    results = ground.Results("against-itself")
    _, other_cpu = ground.cpus()
    with tempfile.TemporaryDirectory() as folder:
        measure(results, folder, "nothing else asked for", 1)
        with ground.Busy(other_cpu):
            measure(results, folder, "a busy process on the parent's CPU", 1001)
    results.save()


if __name__ == "__main__":
    main()
