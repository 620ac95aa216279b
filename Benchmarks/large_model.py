#!/usr/bin/env python3
"""Peak memory and speed of pruning a model of 500 MB."""
import os
import tempfile

import ground

MEGABYTES = float(os.environ.get("MEGABYTES", 500))
REPEATS = int(os.environ.get("REPEATS", 3))


def main():
    results = ground.Results("large-model")
    with tempfile.TemporaryDirectory(dir=os.environ.get("ASSAY_SCRATCH")) as folder:
        source, target = os.path.join(folder, "large.onnx"), os.path.join(folder, "pruned.onnx")
        ground.run([ground.PEER_PYTHON, os.path.join(ground.HERE, "peers", "make_large.py"), str(MEGABYTES), source])
        size_MB = os.path.getsize(source) / 1e6
        for scope in ("global", "layer"):
            command = [ground.assay(), "optimize", source, f"prune:sparsity=0.9,scope={scope}", "-o", target, "--quiet"]
            runs = [ground.run(command) for _ in range(REPEATS)]
            peak = max(run.peak_MB for run in runs) / size_MB
            results.add(
                f"pruning {size_MB:.0f} MB, scope {scope}: peak memory / size", f"{peak:.2f}x", "under 2.5x", peak < 2.5)
            seconds = ground.median([run.seconds for run in runs])
            results.add(
                f"pruning {size_MB:.0f} MB, scope {scope}: speed", f"{size_MB / seconds:.0f} MB/s",
                detail=f"{seconds:.2f} s, read and written, file in the page cache")
    results.save()


main()
