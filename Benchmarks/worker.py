"""`assay worker` driven over its line protocol (Sources/AssayPipeline/Worker/WorkerProtocol.swift)."""
import array
import base64
import json
import os
import subprocess

import ground


def npy_of_zeros(path, rows, features):
    """Writes float32 zeros in NPY 1.0, without NumPy."""
    shape = ", ".join(map(str, [rows] + features))
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape},), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    count = rows
    for extent in features:
        count *= extent
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode())
        file.write(array.array("f", bytes(4 * count)).tobytes())


def latencies_ns(text):
    """Samples: base64 of LEB128 varints."""
    values, value, shift = [], 0, 0
    for byte in base64.b64decode(text):
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            values.append(value)
            value = shift = 0
    return values


class Child:
    """A process that answers lines."""

    def __init__(self, command, cpu, environment=None):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, preexec_fn=ground.pinned_to(cpu))

    def tell(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def hear(self):
        line = self.process.stdout.readline()
        if not line:
            ground.stop(f"{self.process.args} ended with {self.process.wait()}")
        return line

    def end(self):
        self.process.stdin.close()
        self.process.wait()


class Worker(Child):
    """A model in `assay worker`, warm."""

    def __init__(self, path, rows_path, cpu, batch=1, engine="onnxruntime"):
        environment = dict(os.environ, ASSAY_ONNXRUNTIME=ground.engine_library())
        super().__init__([ground.assay(), "worker"], cpu, environment)
        self.expect(self.answer(), "ready")
        settings = {"device": "cpu", "threads": 1, "optimizesGraph": True, "flushesDenormals": False}
        model = {
            "path": path, "engine": engine, "settings": settings, "rowsPath": rows_path, "batch": batch,
            "hotInput": True,
        }
        self.expect(self.ask({"open": {"_0": {"model": {"_0": model}}}}), "opened")
        self.expect(self.ask({"warmUp": {}}), "warm")

    def answer(self):
        return json.loads(self.hear())

    def ask(self, request):
        self.tell(json.dumps(request))
        return self.answer()

    def expect(self, reply, key):
        if key not in reply:
            ground.stop(f"the worker answered {str(reply)[:300]} instead of '{key}'")
        return reply[key]

    def whole_block(self, seconds):
        """The block as the worker tells it."""
        return self.expect(self.ask({"block": {"length_ns": int(seconds * 1e9)}}), "block")["_0"]

    def block(self, seconds):
        """Median latency of a block, in nanoseconds."""
        samples = sorted(latencies_ns(self.whole_block(seconds)["samples"]))
        return samples[(len(samples) - 1) // 2]


class BareLoop(Child):
    """The bare C loop over the same library."""

    def __init__(self, program, path, cpu, binding):
        super().__init__([program, ground.engine_library(), path, "--serve"] + (["--binding"] if binding else []), cpu)
        self.hear()
        self.block(0.05)

    def block(self, seconds):
        self.tell(f"{seconds:.6f}")
        return json.loads(self.hear())["p50_ns"]
