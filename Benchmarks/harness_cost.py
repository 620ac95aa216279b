#!/usr/bin/env python3
"""What the harness itself costs: an inference of the engine that does nothing, and the parent while a worker measures."""
import json
import os
import tempfile

import ground
from worker import Worker, latencies_ns

LAUNCHES = int(os.environ.get("LAUNCHES", 9))
BLOCKS = 25


def null_inference(results, cpu):
    """Mean time of an inference in the steady state: the loop, the clock, the store, the call."""
    means, medians = [], []
    for _ in range(LAUNCHES):
        worker = Worker("", "", cpu, engine="null")
        blocks = [worker.whole_block(0.005) for _ in range(BLOCKS)]
        worker.end()
        samples = [latencies_ns(block["samples"]) for block in blocks]
        means.append(ground.median([block["elapsed_ns"] / len(one) for block, one in zip(blocks, samples)]))
        medians.append(ground.median([ground.median(one) for one in samples]))
    value, interval = ground.median(means), ground.median_interval(means)
    results.add(
        "null engine, an inference", f"{value:.1f} ns [{interval[0]:.1f}, {interval[1]:.1f}]", "under 100 ns",
        value < 100, f"median latency {ground.median(medians):.0f} ns, {LAUNCHES} workers")


def parent(results):
    """CPU time of `assay run` while it waits for the answer to a block, as the record keeps it for each launch."""
    with tempfile.TemporaryDirectory() as folder:
        suite = os.path.join(folder, "suite.yaml")
        model = os.path.join(ground.ROOT, "suites", "models", "digits-mlp.onnx")
        rows = os.path.join(ground.ROOT, "suites", "data", "digits", "optdigits.tes")
        with open(suite, "w") as file:
            file.write(
                f"suite: harness cost\nbaseline: {{ model: {model} }}\n"
                f"data: {{ test: {{ csv: {rows}, scale: 1/16 }} }}\n"
                f"variants: {{ copy: {{ model: {model} }} }}\nengines: onnxruntime\n"
                "measure: { launches: 5, block: 10 ms, accuracy-rows: 100 }\n")
        environment = dict(
            os.environ, ASSAY_ONNXRUNTIME=ground.engine_library(), ASSAY_CACHE=os.path.join(folder, "cache"))
        output = os.path.join(folder, "run")
        ground.run([ground.assay(), "run", suite, "--quiet", "-o", output], environment=environment)
        with open(os.path.join(output, "run.json")) as file:
            record = json.load(file)
    shares = [launch["parentShare"] for group in record["groups"] for launch in group["launches"]]
    value = max(shares)
    results.add(
        "parent while a worker measures, worst launch", f"{value:.3%} of a core", "under 1 %", value < 0.01,
        f"median {ground.median(shares):.3%} of {len(shares)} launches; harness_ns of the record {record['harness_ns']:.0f}")


def main():
    results = ground.Results("harness-cost")
    cpu, own = ground.cpus()
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {own})
    null_inference(results, cpu)
    os.sched_setaffinity(0, allowed)
    parent(results)
    results.save()


main()
