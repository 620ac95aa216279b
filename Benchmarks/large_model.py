#!/usr/bin/env python3
"""Peak memory and speed of pruning and quantizing a model of 500 MB."""
import os
import tempfile

import ground

MEGABYTES = float(os.environ.get("MEGABYTES", 500))
REPEATS = int(os.environ.get("REPEATS", 3))

STEPS = {
    "pruning, scope global": "prune:sparsity=0.9",
    "pruning, scope layer": "prune:sparsity=0.9,scope=layer",
    "pruning to 2:4": "prune:pattern=2:4",
    "8-bit weights, activations at run time": "quantize:mode=dynamic",
    "8-bit weights in blocks": "quantize-weights:bits=8",
}


def main():
    results = ground.Results("large-model")
    with tempfile.TemporaryDirectory(dir=os.environ.get("ASSAY_SCRATCH")) as folder:
        source, target = os.path.join(folder, "large.onnx"), os.path.join(folder, "smaller.onnx")
        ground.run([ground.PEER_PYTHON, os.path.join(ground.HERE, "peers", "make_large.py"), str(MEGABYTES), source])
        size_MB = os.path.getsize(source) / 1e6
        for name, step in STEPS.items():
            command = [ground.assay(), "optimize", source, step, "-o", target, "--quiet"]
            runs = [ground.run(command) for _ in range(REPEATS)]
            peak = max(run.peak_MB for run in runs) / size_MB
            results.add(f"{size_MB:.0f} MB, {name}: peak memory / size", f"{peak:.2f}x", "under 2.5x", peak < 2.5)
            seconds = ground.median([run.seconds for run in runs])
            cpu = ground.median([run.cpu_seconds for run in runs])
            results.add(
                f"{size_MB:.0f} MB, {name}: speed", f"{size_MB / seconds:.0f} MB/s", "over 500 MB/s",
                size_MB / seconds > 500,
                f"{seconds:.2f} s, of processors {cpu:.2f} s, file read from the page cache and written to it")
    results.save()


main()
