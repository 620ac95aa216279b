#!/usr/bin/env python3
"""Wall time of `assay run suites/digits.yaml --quick`, from an empty cache: what learns is trained too."""
import os
import tempfile

import ground


def main():
    results = ground.Results("demo-time")
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(
            os.environ, ASSAY_ONNXRUNTIME=ground.engine_library(), ASSAY_CACHE=os.path.join(folder, "cache"))
        suite = os.path.join(ground.ROOT, "suites", "digits.yaml")
        command = [ground.assay(), "run", suite, "--quick", "--quiet", "-o", os.path.join(folder, "run")]
        run = ground.run(command, environment=environment)
    results.add(
        "assay run suites/digits.yaml --quick", f"{run.seconds:.1f} s", "under 120 s", run.seconds < 120,
        f"{run.cpu_seconds:.0f} s of CPU time in all processes")
    results.save()


main()
