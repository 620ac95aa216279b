#!/usr/bin/env python3
"""Whole processes: `assay optimize` against onnxruntime.quantization and NumPy, in turn, wall time and peak memory."""
import os
import tempfile

import ground

REPEATS = int(os.environ.get("REPEATS", 7))

preparation = {
    "lenet300": "scale=1/255,mean=0.1307,std=0.3081,shape=1x28x28",
    "resnet8": "scale=1/255,mean=0.4914+0.4822+0.4465,std=0.2470+0.2435+0.2616,shape=3x32x32",
}
# The same for the peer.
peer_preparation = {
    "lenet300": ["--scale", repr(1 / 255), "--mean", "0.1307", "--std", "0.3081"],
    "resnet8": ["--scale", repr(1 / 255), "--mean", "0.4914,0.4822,0.4465", "--std", "0.2470,0.2435,0.2616"],
}
sources = {
    "lenet300": ("idx", ("mnist", "train-images-idx3-ubyte.gz"), ("mnist", "train")),
    "resnet8": ("cifar10", ("cifar10", "data_batch_1.bin"), ("cifar10", "data_batch_1.bin")),
}

# Calibration methods, ours and the peer's name. Min-max is the default of both.
methods = {"min-max": "MinMax", "percentile": "Percentile", "entropy": "Entropy"}


class Sides:
    """Both sides of one comparison, run in turn."""

    def __init__(self, own, peer):
        self.own, self.peer = own, peer
        environment = dict(os.environ, ASSAY_ONNXRUNTIME=ground.engine_library())
        # Each side once unmeasured: files come from the page cache for both.
        for command in (own, peer):
            ground.run(command, environment=environment)
        self.runs = [
            (ground.run(own, environment=environment), ground.run(peer, environment=environment))
            for _ in range(REPEATS)
        ]

    def median(self, side, field):
        return ground.median([getattr(pair[side], field) for pair in self.runs])

    def ratio(self, field):
        """Median of the ratios of neighbours in time."""
        ratios = [getattr(own, field) / getattr(peer, field) for own, peer in self.runs]
        return ground.median(ratios), min(ratios), max(ratios)


def compare(results, what, sides, is_static):
    time, low, high = sides.ratio("seconds")
    own_s, peer_s = sides.median(0, "seconds"), sides.median(1, "seconds")
    results.add(
        f"{what}, time against the peer", f"{time:.3f}x [{low:.3f}, {high:.3f}]",
        "at most 0.1x" if is_static else None, time <= 0.1 if is_static else None,
        f"median {own_s * 1e3:.0f} ms and {peer_s * 1e3:.0f} ms")
    memory, low, high = sides.ratio("peak_MB")
    results.add(
        f"{what}, peak memory against the peer", f"{memory:.3f}x [{low:.3f}, {high:.3f}]",
        "at most 0.333x" if is_static else None, memory <= 1 / 3 if is_static else None,
        f"median {sides.median(0, 'peak_MB'):.0f} MB and {sides.median(1, 'peak_MB'):.0f} MB")
    if not is_static:
        fastest = min(own.seconds for own, _ in sides.runs)
        results.add(
            f"{what}, whole process", f"{own_s * 1e3:.1f} ms", "under 50 ms", own_s < 0.05,
            f"fastest {fastest * 1e3:.1f} ms")


def main():
    results = ground.Results("quantizers")
    peer = lambda name: [ground.PEER_PYTHON, os.path.join(ground.HERE, "peers", name)]
    with tempfile.TemporaryDirectory() as folder:
        output = lambda side: os.path.join(folder, side + ".onnx")
        own = lambda name, step, *more: [
            ground.assay(), "optimize", ground.model(name), step, "-o", output("own"), "--quiet", *more]
        for name, (kind, images, stem) in sources.items():
            if not ground.data(*images):
                results.add(f"{name}, static int8", "left out: ASSAY_DATA does not hold " + "/".join(images))
                continue
            rows = os.path.join(folder, name + ".npy")
            ground.run(peer("prepare_rows.py") + [kind, ground.data(*images), "300", rows] + peer_preparation[name])
            calibration = f"{kind}={os.path.join(os.environ['ASSAY_DATA'], *stem)},{preparation[name]},count=300"
            for step, method in methods.items():
                other = peer("static_int8.py") + [method, ground.model(name), rows, output("peer")]
                step_own = own(name, f"quantize:mode=static,calibration={step}", "--calibration", calibration)
                compare(results, f"{name}, static int8 {step}", Sides(step_own, other), True)
                if step == "min-max":
                    from_file = peer("static_int8.py") + [
                        method, ground.model(name), f"{kind}={ground.data(*images)}=300", output("peer")
                    ] + peer_preparation[name]
                    what = f"{name}, static int8 {step}, peer reads the data set's file too"
                    compare(results, what, Sides(step_own, from_file), True)
                    what = f"{name}, static int8 {step}, peer reads the data set's file and pre-processes"
                    compare(results, what, Sides(step_own, from_file + ["--pre-process"]), True)
                    what = f"{name}, static int8 {step}, peer with its pre-processing"
                    compare(results, what, Sides(step_own, other + ["--pre-process"]), True)
        name = "lenet300"
        compare(
            results, f"{name}, dynamic int8",
            Sides(own(name, "quantize:mode=dynamic"), peer("dynamic_int8.py") + [ground.model(name), output("peer")]), False)
        compare(
            results, f"{name}, pruning 90 %",
            Sides(own(name, "prune:sparsity=0.9"), peer("prune.py") + [ground.model(name), output("peer")]), False)
    results.save()


main()
