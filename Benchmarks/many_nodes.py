#!/usr/bin/env python3
"""Time of optimizing a graph of 20,000 nodes: what grows faster than the graph shows here."""
import os
import tempfile

import ground

NODES = int(os.environ.get("NODES", 20_000))
REPEATS = int(os.environ.get("REPEATS", 3))

# fold and canonicalize come first by themselves.
LISTS = {
    "fold and canonicalize": ["fold"],
    "prune": ["prune:sparsity=0.9"],
    "prune per layer": ["prune:sparsity=0.9,scope=layer"],
    "prune, then dynamic int8": ["prune:sparsity=0.5", "quantize:mode=dynamic,convolutions=true"],
    "prune to 2:4, then float16": ["prune:pattern=2:4", "float16"],
}


def main():
    results = ground.Results("many-nodes")
    with tempfile.TemporaryDirectory(dir=os.environ.get("ASSAY_SCRATCH")) as folder:
        sizes = {NODES: os.path.join(folder, "many.onnx"), NODES // 4: os.path.join(folder, "quarter.onnx")}
        for nodes, path in sizes.items():
            ground.run([ground.PEER_PYTHON, os.path.join(ground.HERE, "peers", "make_many.py"), str(nodes), path])
        for name, steps in LISTS.items():
            seconds = {}
            for nodes, path in sizes.items():
                command = [ground.assay(), "optimize", path, *steps, "-o", os.path.join(folder, "out.onnx")]
                seconds[nodes] = ground.median([ground.run(command).seconds for _ in range(REPEATS)])
            whole = seconds[NODES]
            growth = whole / seconds[NODES // 4]
            results.add(
                f"{NODES} nodes: {name}", f"{whole:.2f} s", "under 5 s", whole < 5,
                f"{growth:.1f} times as long as for a quarter of the nodes")
    results.save()


main()
