"""What every benchmark stands on: where things are, processes measured whole, results kept for the summary."""
import ctypes
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
RESULTS = os.path.join(ROOT, ".build", "benchmarks")
PEER_PYTHON = os.path.join(HERE, ".venv", "bin", "python")


def stop(message):
    sys.exit(f"benchmark: {message}")


def assay():
    path = os.environ.get("ASSAY_PROGRAM") or os.path.join(ROOT, ".build", "release", "assay")
    if not os.access(path, os.X_OK):
        stop(f"{path} is not there; run: swift build -c release")
    return path


def engine_library():
    named = os.environ.get("ASSAY_ONNXRUNTIME")
    if named:
        return named
    folder = os.path.join(ROOT, ".engines", "onnxruntime")
    names = sorted(name for name in (os.listdir(folder) if os.path.isdir(folder) else []) if ".so" in name)
    if not names:
        stop("libonnxruntime.so is not there; run scripts/setup or set ASSAY_ONNXRUNTIME")
    return os.path.join(folder, names[-1])


def model(name):
    return os.path.join(ROOT, "suites", "models", name + ".onnx")


def data(*parts):
    """A file of ASSAY_DATA, or None when it is not set or not there."""
    path = os.path.join(os.environ.get("ASSAY_DATA", ""), *parts)
    return path if os.environ.get("ASSAY_DATA") and os.path.exists(path) else None


def cpus():
    """CPU for the measured processes and CPU for this one; the same where only one is allowed."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[-1], allowed[0]


def dies_with_parent(cpu=None):
    """For preexec_fn: the child is killed when this process ends, however it ends, and runs on that CPU."""
    def prepare():
        if cpu is not None:
            os.sched_setaffinity(0, {cpu})
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    return prepare


def pinned_to(cpu):
    return None if cpu is None else lambda: os.sched_setaffinity(0, {cpu})


class Whole:
    """A finished process: wall time in seconds, high-water mark of its resident memory in MB, output."""

    def __init__(self, command, environment=None, cpu=None, cwd=None):
        with tempfile.TemporaryFile() as output:
            begin = time.perf_counter()
            process = subprocess.Popen(
                command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment,
                cwd=cwd, preexec_fn=pinned_to(cpu))
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds = time.perf_counter() - begin
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            self.output = output.read().decode(errors="replace")
        self.status = process.returncode
        # The kernel counts what the forked child held before exec: this process, which imports nothing large.
        self.peak_MB = usage.ru_maxrss * 1024 / 1e6
        self.cpu_seconds = usage.ru_utime + usage.ru_stime

    def expect_success(self, command):
        if self.status != 0:
            stop(f"{' '.join(command)} ended with {self.status}:\n{self.output}")
        return self


def run(command, **options):
    return Whole(command, **options).expect_success(command)


class Busy:
    """A process that does nothing but keep a CPU busy."""

    def __init__(self, cpu):
        self.process = subprocess.Popen([sys.executable, "-c", "while True: pass"], preexec_fn=dies_with_parent(cpu))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def median(values):
    return statistics.median(values)


def median_interval(values):
    """Order statistics around the median that hold it in at least 95 % of samples; the extremes when there are few."""
    from math import comb

    ordered, count = sorted(values), len(values)
    below = 0
    while below + 1 < (count + 1) // 2:
        tail = sum(comb(count, i) for i in range(below + 2)) / 2 ** count
        if tail > 0.025:
            break
        below += 1
    return ordered[below], ordered[count - 1 - below]


class Results:
    """Rows of one benchmark; printed as they come and kept for `run-all`."""

    def __init__(self, name):
        self.name, self.rows = name, []
        self.load_before = os.getloadavg()[0]
        print(f"\n{name} (load average {self.load_before:.2f}, {os.cpu_count()} CPUs)", flush=True)

    def add(self, what, value, target=None, met=None, detail=""):
        """`value` and `target` are finished text; `met` is None where there is no target."""
        self.rows.append({"what": what, "value": value, "target": target or "", "met": met, "detail": detail})
        mark = {True: "  ok", False: "  MISSED", None: ""}[met]
        print(f"  {what}: {value}{f'  (target {target})' if target else ''}{mark}{f'  {detail}' if detail else ''}", flush=True)

    def save(self):
        os.makedirs(RESULTS, exist_ok=True)
        path = os.path.join(RESULTS, self.name + ".json")
        loads = [self.load_before, os.getloadavg()[0]]
        with open(path, "w") as file:
            json.dump({"benchmark": self.name, "load_before_after": loads, "rows": self.rows}, file, indent=1)
