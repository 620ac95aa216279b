#!/usr/bin/env python3
"""How often a model compared with itself is called slower, and how often a known slowdown is found.

Assay: `assay selftest` beside a neighbour that is busy every other second. The peer, in the same run and beside the same
neighbour: a fresh process for each side in each round, one after another, not pinned, judged by the Mann-Whitney test.
"""
import functools
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

import ground
from against_itself import interleaved, prepare, subjects

COMPARISONS = int(os.environ.get("COMPARISONS", 40))
LAUNCHES = int(os.environ.get("LAUNCHES", 10))
PEER_COMPARISONS = int(os.environ.get("PEER_COMPARISONS", COMPARISONS))
# Reports of `assay selftest --json` made before, one NAME.json for each model: they are read instead of measured again.
REPORTS = os.environ.get("REPORTS")
SUBJECTS = ["lenet300", "resnet8", "digits-mlp"]
PEER_ROUNDS, PEER_BLOCK_S, PEER_SLOWDOWN, LEVEL = 10, 0.2, 0.1, 0.05

NEIGHBOUR = """
import time
while True:
    end = time.monotonic() + 1
    while time.monotonic() < end: pass
    time.sleep(1)
"""


class Neighbour:
    """A process that keeps a CPU busy every other second."""

    def __init__(self, cpu):
        self.process = subprocess.Popen([sys.executable, "-c", NEIGHBOUR], preexec_fn=ground.dies_with_parent(cpu))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def selftest(folder, name, seed):
    """What `assay selftest` writes about a model."""
    if REPORTS and os.path.exists(os.path.join(REPORTS, name + ".json")):
        with open(os.path.join(REPORTS, name + ".json")) as file:
            return json.load(file)
    path = os.path.join(folder, name + ".json")
    environment = dict(os.environ, ASSAY_ONNXRUNTIME=ground.engine_library())
    ground.run(
        [ground.assay(), "selftest", "--model", ground.model(name), "--aa", str(COMPARISONS), "--launches", str(LAUNCHES),
         "--inject", "3%", "--inject", "5%", "--noise", "--seed", str(seed), "--json", path, "--quiet"],
        environment=environment)
    with open(path) as file:
        return json.load(file)


def seconds_of_a_pair(name):
    """Wall time of one whole `assay run` that compares the model with a copy of its file, 10 launches."""
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder, name, dict(subjects)[name])
        begin = time.monotonic()
        interleaved(folder, name, 1)
        return time.monotonic() - begin


@functools.lru_cache(None)
def ways(slower, faster):
    """Number of orders of two samples with each count of pairs in which the first sample's value is the larger one."""
    if slower == 0 or faster == 0:
        return [1]
    counts = [0] * (slower * faster + 1)
    for u, count in enumerate(ways(slower - 1, faster)):
        counts[u + faster] += count
    for u, count in enumerate(ways(slower, faster - 1)):
        counts[u] += count
    return counts


def mann_whitney(slower, faster):
    """One-sided exact p that values of `slower` tend to be larger (Mann and Whitney, 1947); ties count as not larger."""
    u = sum(a > b for a in slower for b in faster)
    counts = ways(len(slower), len(faster))
    return sum(counts[u:]) / sum(counts)


def fresh_processes(bare, name, generator):
    """Round medians of the model, the model again and the slowed model: one process for each in every round."""
    library, path = ground.engine_library(), ground.model(name)
    sides = {"base": [], "again": [], "slowed": []}
    for _ in range(PEER_ROUNDS):
        for side in generator.sample(list(sides), len(sides)):
            command = [bare, library, path, str(PEER_BLOCK_S), "--binding"]
            command += ["--slowdown", str(PEER_SLOWDOWN)] if side == "slowed" else []
            sides[side].append(json.loads(ground.run(command).output)["p50_ns"])
    return sides


def peer(results, bare, name, generator):
    found, alarms, worst, seconds = 0, 0, 0.0, []
    for _ in range(PEER_COMPARISONS):
        begin = time.monotonic()
        sides = fresh_processes(bare, name, generator)
        seconds.append((time.monotonic() - begin) * 2 / 3)
        found += mann_whitney(sides["slowed"], sides["base"]) < LEVEL
        alarms += mann_whitney(sides["again"], sides["base"]) < LEVEL
        worst = max(worst, abs(ground.median(sides["again"]) / ground.median(sides["base"]) - 1))
    results.add(
        f"{name}, fresh processes: {PEER_SLOWDOWN:.0%} found", f"{found} of {PEER_COMPARISONS}",
        detail=f"false alarms {alarms} of {PEER_COMPARISONS}, estimates off by up to {100 * worst:.2f} %, "
               f"{ground.median(seconds):.1f} s a pair")
    return found


def count(outcomes, word):
    return sum(verdict == word for outcome in outcomes for verdict in outcome["verdicts"])


def summarize(results, reports):
    itself = [report["itself"] for report in reports]
    total = sum(len(outcome["verdicts"]) for outcome in itself)
    regressed, unconfirmed = count(itself, "regressed"), count(itself, "unconfirmed")
    results.add("a model against itself: regressed", f"{regressed} of {total}", "none", regressed == 0)
    results.add(
        "a model against itself: unconfirmed", f"{unconfirmed} of {total}", "at most 1 in 100",
        unconfirmed <= total / 100)
    worst = 100 * max(abs(value) for outcome in itself for value in outcome["estimates"])
    results.add("a model against itself: worst estimate", f"{worst:.2f} %", "within 1 %", worst <= 1)
    for slowdown, share in ((0.03, 0.95), (0.05, 1)):
        slowed = [o for report in reports for o in report["slowdowns"] if abs(o["slowdown"] - slowdown) < 1e-9]
        found = count(slowed, "regressed")
        results.add(
            f"{slowdown:.0%} slower: found", f"{found} of {total}",
            "all" if share == 1 else f"at least {share:.0%}", found >= share * total)
    longest = max(seconds_of_a_pair(name) for name in SUBJECTS)
    results.add("a comparison of a pair, longest of the three", f"{longest:.1f} s", "at most 10 s", longest <= 10)


def describe(results, name, report):
    itself = report["itself"]
    spread = [f["spread"] for f in report["noise"] if f["metric"] == "latency.p50"][0]
    found = [
        f"{o['slowdown']:.0%} found {count([o], 'regressed')} of {len(o['verdicts'])}" for o in report["slowdowns"]]
    results.add(
        name, f"{count([itself], 'regressed')} regressed, {count([itself], 'unconfirmed')} unconfirmed",
        detail=f"estimates {100 * min(itself['estimates']):+.2f} to {100 * max(itself['estimates']):+.2f} %"
               + (f" (sd {100 * spread:.2f} %), " if spread is not None else ", ")
               + ", ".join(found) + f"")


def main():
    results = ground.Results("false-alarms")
    bare = subprocess.check_output([os.path.join(ground.HERE, "bare-c", "build")], text=True).strip()
    _, other_cpu = ground.cpus()
    generator = random.Random(1)
    reports, found = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for seed, name in enumerate(SUBJECTS, 1):
            reports.append(selftest(folder, name, seed))
            describe(results, name, reports[-1])
            with Neighbour(other_cpu):
                found += peer(results, bare, name, generator)
    summarize(results, reports)
    results.add("fresh processes: 10% found", f"{found} of {PEER_COMPARISONS * len(SUBJECTS)}")
    results.save()


if __name__ == "__main__":
    main()
