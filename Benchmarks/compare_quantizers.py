#!/usr/bin/env python3
"""Assay's quantization against onnxruntime.quantization and NNCF: time and memory to make a model, and what it is worth.

Every side makes its file in a process of its own; then one `assay run` a model measures all files in interleaved blocks.
"""
import csv
import json
import math
import os
import subprocess
import sys
import tempfile

import ground

REPEATS = int(os.environ.get("REPEATS", 3))
LAUNCHES = int(os.environ.get("LAUNCHES", 10))
ROWS = 300
NNCF_FOLDER = os.path.join(ground.HERE, ".venv-nncf")
NNCF_PYTHON = os.path.join(NNCF_FOLDER, "bin", "python")
# Two latencies of one run cannot be told apart below this ratio.
RESOLUTION = 1.01
MEAN, STD = ["0.4914", "0.4822", "0.4465"], ["0.2470", "0.2435", "0.2616"]


class Subject:
    """A model with its data: format, calibration file, test file, and the preparation of the pixels."""

    def __init__(self, name, input_name, kind, scale, mean=(), std=(), shape="", is_ours=True, fully_connected=False):
        self.name, self.input, self.kind, self.scale = name, input_name, kind, scale
        self.mean, self.std, self.shape = list(mean), list(std), shape
        self.is_ours, self.is_fully_connected = is_ours, fully_connected

    @property
    def path(self):
        folder = os.environ.get("ASSAY_MODELS", "")
        return ground.model(self.name) if self.is_ours else os.path.join(folder, self.name + ".onnx")

    @property
    def files(self):
        """Calibration and test set as Assay names them, and the calibration file for the peers; None when they are missing."""
        if self.kind == "csv":
            digits = os.path.join(ground.ROOT, "suites", "data", "digits", "optdigits.")
            return digits + "tra", digits + "tes", digits + "tra"
        if self.kind == "idx":
            images = ground.data("mnist", "train-images-idx3-ubyte.gz")
            folder = os.path.join(os.environ.get("ASSAY_DATA", ""), "mnist")
            return images and (os.path.join(folder, "train"), os.path.join(folder, "t10k"), images)
        train, test = ground.data("cifar10", "data_batch_1.bin"), ground.data("cifar10", "test_batch_first1000.bin")
        return train and test and (train, test, train)

    @property
    def is_nhwc(self):
        return self.shape.endswith("x3")

    @property
    def peer_preparation(self):
        """The same as options of the peers' scripts."""
        numerator, denominator = self.scale.split("/")
        options = ["--scale", repr(float(numerator) / float(denominator))]
        for key, values in (("--mean", self.mean), ("--std", self.std)):
            options += [key, ",".join(values)] if values else []
        return options + (["--nhwc"] if self.is_nhwc else [])

    def preparation(self, list_mark, pair_mark):
        """`scale=1/255,mean=a+b` with the marks of a command line, `scale: 1/255, mean: [a, b]` of a suite."""
        pairs = [("scale", self.scale)]
        for key, values in (("mean", self.mean), ("std", self.std)):
            if values:
                pairs.append((key, list_mark(values)))
        if self.is_nhwc:
            pairs.append(("layout", "nhwc"))
        if self.shape:
            extents = self.shape.split("x")
            pairs.append(("shape", self.shape if pair_mark == "=" else f"[{', '.join(extents)}]"))
        return [f"{key}{pair_mark}{value}" for key, value in pairs]


subjects = [
    Subject("lenet300", "x", "idx", "1/255", ["0.1307"], ["0.3081"], "1x28x28", fully_connected=True),
    Subject("lenet5", "x", "idx", "1/255", ["0.1307"], ["0.3081"], "1x28x28"),
    Subject("resnet8", "x", "cifar10", "1/255", MEAN, STD, "3x32x32"),
    Subject("resnet_2b", "input.1", "cifar10", "1/255", MEAN, ["0.2471"] + STD[1:], "3x32x32", is_ours=False),
    Subject("cifar10_small", "x:0", "cifar10", "1/255", shape="32x32x3", is_ours=False),
    Subject("digits-cnn", "image", "csv", "1/16"),
]


class Side:
    """A way to quantize. `bits` is 8 for calibrated int8, which the targets are about, 4 for 4-bit weights, None for others."""

    def __init__(self, name, bits, command, is_peer, has_float_convolutions=True):
        self.name, self.bits, self.command, self.is_peer = name, bits, command, is_peer
        self.has_float_convolutions = has_float_convolutions


def peer(script):
    return [ground.PEER_PYTHON, os.path.join(ground.HERE, "peers", script)]


def sides(subject, folder, methods, has_nncf):
    """All sides that are here; `methods` are those that this build of Assay knows."""
    model, rows = os.path.join(folder, "upgraded.onnx"), os.path.join(folder, "rows.npy")
    output = lambda name: os.path.join(folder, name + ".onnx")
    train = subject.files[0]
    calibration = ",".join(
        [f"{subject.kind}={train}"] + subject.preparation("+".join, "=") + [f"count={ROWS}"])

    def own(name, bits, step, **more):
        command = [ground.assay(), "optimize", subject.path, step, "-o", output(name), "--quiet"]
        return Side(name, bits, command + ["--calibration", calibration], False, **more)

    def ort(name, bits, script, *arguments):
        return Side(name, bits, peer(script) + [*arguments], True)

    static = ["MinMax", model, rows]
    result = [
        own("assay-int8", 8, "quantize:mode=static"),
        own("assay-dynamic", None, "quantize:mode=dynamic"),
        ort("ort-static", 8, "static_int8.py", *static, output("ort-static"), "--input", subject.input),
        # The task that Assay is given: the data set's own file, and what the peer's documentation recommends to do first.
        ort(
            "ort-static-whole-task", 8, "static_int8.py", "MinMax", model, f"{subject.kind}={subject.files[2]}={ROWS}",
            output("ort-static-whole-task"), "--input", subject.input, "--pre-process", *subject.peer_preparation),
        ort(
            "ort-static-reduced", 8, "static_int8.py", *static, output("ort-static-reduced"), "--input", subject.input,
            "--reduce-range"),
        ort("ort-dynamic", None, "dynamic_int8.py", model, output("ort-dynamic")),
        ort("ort-int4-weights", 4, "weights_int4.py", model, output("ort-int4-weights")),
    ]
    if "quantize-mixed" in methods:
        result.insert(1, own("assay-mixed", None, "quantize-mixed"))
    if "quantize-weights" in methods:
        step = os.environ.get("INT4_STEP", "quantize-weights:bits=4,convolutions=false")
        result.insert(2, own("assay-int4-weights", 4, step))
        step = os.environ.get("INT4_ALL_STEP", "quantize-weights:bits=4")
        result.insert(3, own("assay-int4-all", 4, step, has_float_convolutions=False))
    if has_nncf:
        script = [NNCF_PYTHON, os.path.join(ground.HERE, "peers", "nncf_compress.py")]
        for name, bits, how in [
            ("nncf-ptq", 8, "ptq"), ("nncf-int8-weights", None, "int8-weights"), ("nncf-int4-weights", 4, "int4-weights")
        ]:
            result.append(Side(name, bits, script + [how, model, rows, output(name)], True))
    return result


def install_nncf(results):
    """Whether NNCF is there; it is large, so it has an environment of its own, and may be missing."""
    wanted = os.path.join(ground.HERE, "peers", "requirements-nncf.txt")
    stamp = os.path.join(NNCF_FOLDER, "installed.txt")
    with open(wanted) as file:
        text = file.read()
    if os.path.exists(stamp) and open(stamp).read() == text:
        return True
    if os.environ.get("WITHOUT_NNCF"):
        results.add("NNCF", "left out: WITHOUT_NNCF is set")
        return False
    print("  installing NNCF into Benchmarks/.venv-nncf", flush=True)
    commands = [
        [sys.executable, "-m", "venv", NNCF_FOLDER],
        [NNCF_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", wanted],
        [NNCF_PYTHON, "-c", "import nncf, onnx, onnxruntime"],
    ]
    for command in commands:
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if run.returncode != 0:
            last = (run.stdout.strip().splitlines() or ["no word"])[-1]
            results.add("NNCF", f"left out: it cannot be installed here: {last}")
            return False
    with open(stamp, "w") as file:
        file.write(text)
    return True


def make(all_sides):
    """Runs the sides in turn, once unmeasured; by name the runs, or the reason why there are none."""
    environment = dict(os.environ, ASSAY_ONNXRUNTIME=ground.engine_library())
    runs, failures = {}, {}
    for side in all_sides:
        first = ground.Whole(side.command, environment=environment)
        if first.status != 0:
            failures[side.name] = (first.output.strip().splitlines() or [f"ended with {first.status}"])[-1][:200]
    for _ in range(REPEATS):
        for side in all_sides:
            if side.name not in failures:
                runs.setdefault(side.name, []).append(ground.Whole(side.command, environment=environment))
    return runs, failures


SUITE = """suite: compare quantizers, {name}
baseline: {{ model: "{model}", name: "{name}" }}
data: {{ test: {{ {kind}: "{test}", {preparation} }} }}
variants:
{variants}
engines: [ onnxruntime ]
measure: {{ threads: 1, batch: 1, launches: {launches} }}
"""


def measure(subject, folder, names):
    """What one run says of each file, by side and metric: the value and the change against the float model."""
    preparation = ", ".join(subject.preparation(lambda values: f"[{', '.join(values)}]", ": "))
    suite, output = os.path.join(folder, "suite.yaml"), os.path.join(folder, "run")
    with open(suite, "w") as file:
        file.write(SUITE.format(
            name=subject.name, model=subject.path, kind=subject.kind, test=subject.files[1], preparation=preparation,
            variants="\n".join(f'  {name}: {{ model: "{folder}/{name}.onnx" }}' for name in names), launches=LAUNCHES))
    environment = dict(
        os.environ, ASSAY_ONNXRUNTIME=ground.engine_library(), ASSAY_CACHE=os.path.join(folder, "cache"))
    run = ground.Whole([ground.assay(), "run", suite, "--quiet", "-o", output], environment=environment)
    # 2: a file of a peer is invalid or does not run, which the table then says.
    if run.status not in (0, 2):
        ground.stop(f"assay run ended with {run.status}:\n{run.output}")
    figures = {}
    with open(os.path.join(output, "results.csv"), newline="") as file:
        for row in csv.DictReader(file):
            number = lambda key: float(row[key]) if row[key] else math.nan
            entry = figures.setdefault(row["variant"], {})
            entry[row["metric"]] = row["note"] if row["metric"] == "status" else (number("value"), number("change"))
    return figures


class Finished:
    """A side's file with all that is known of it."""

    def __init__(self, side, runs, figures):
        self.side = side
        self.seconds = ground.median([run.seconds for run in runs])
        self.peak_MB = ground.median([run.peak_MB for run in runs])
        self.failure = figures.get("status")
        value = lambda metric: figures.get(metric, (math.nan, math.nan))
        self.bytes = value("size.file")[0]
        self.accuracy = 100 * value("accuracy.top1")[0]
        self.latency_ns, self.speed = value("latency.p50")
        self.int8 = value("compute.int8")[0]
        if math.isnan(self.accuracy) and not self.failure:
            self.failure = "not measured"

    def __str__(self):
        if self.failure:
            return f"does not run: {self.failure[:150]}"
        share = "not told" if math.isnan(self.int8) else f"{100 * self.int8:.0f} %"
        return (
            f"{self.accuracy:.2f} %, {self.latency_ns / 1e3:.1f} µs ({self.speed:.3f}x float), int8 {share}, "
            f"{self.bytes:,.0f} B")

    @property
    def cost(self):
        return f"{self.seconds:.2f} s, {self.peak_MB:.0f} MB"


def judge_8_bits(results, subject, finished):
    """The targets for calibrated 8 bits."""
    peers = [one for one in finished if one.side.is_peer and one.side.bits == 8 and not one.failure]
    own = next((one for one in finished if one.side.name == "assay-int8" and not one.failure), None)
    if not own or not peers:
        results.add(f"{subject.name}, 8 bits", "not comparable: a side is missing")
        return
    best = max(one.accuracy for one in peers)
    fastest = min((one for one in peers if one.accuracy >= best - 0.1001), key=lambda one: one.speed)
    results.add(
        f"{subject.name}, {own.side.name}: accuracy against the best peer", f"{own.accuracy - best:+.2f} pp", "at least -0.10 pp",
        own.accuracy >= best - 0.1001)
    ratio = own.speed / fastest.speed
    results.add(
        f"{subject.name}, {own.side.name}: latency against the fastest accurate peer", f"{ratio:.3f}x",
        f"at most 1x (±{RESOLUTION - 1:.0%})", ratio <= RESOLUTION, fastest.side.name)
    results.add(f"{subject.name}, assay-int8: share of int8", f"{own.int8:.1%}", "100 %", own.int8 > 0.9999)
    judge_wall_time(results, subject, own, peers)


def judge_wall_time(results, subject, own, peers):
    """Against the peer that is given the same task, and, for orientation, against those whose rows were prepared beforehand."""
    for one in peers:
        is_same_task = one.side.name == "ort-static-whole-task"
        ratio = own.seconds / one.seconds
        results.add(
            f"{subject.name}, assay-int8: wall time against {one.side.name}", f"{ratio:.3f}x",
            "at most 0.1x" if is_same_task else None, ratio <= 0.1 if is_same_task else None,
            f"{own.seconds * 1e3:.0f} ms and {one.seconds * 1e3:.0f} ms")


def judge_mixed(results, subject, finished, baseline_accuracy):
    """Mixed precision: accuracy near float's, and no uniform choice of equal accuracy, float among them, is faster."""
    mixed = next((one for one in finished if one.side.name == "assay-mixed" and not one.failure), None)
    if mixed is None:
        return
    lost = baseline_accuracy - mixed.accuracy
    results.add(f"{subject.name}, assay-mixed: accuracy lost", f"{lost:+.2f} pp", "at most 0.20 pp", lost <= 0.2001)
    choices = [("float", baseline_accuracy, 1.0)]
    choices += [(one.side.name, one.accuracy, one.speed) for one in finished if one is not mixed and not one.failure]
    equal = [choice for choice in choices if choice[1] >= mixed.accuracy - 0.1001]
    if equal:
        name, _, speed = min(equal, key=lambda choice: choice[2])
        ratio = mixed.speed / speed
        results.add(
            f"{subject.name}, assay-mixed: latency against the fastest uniform choice of equal accuracy", f"{ratio:.3f}x",
            f"at most 1x (±{RESOLUTION - 1:.0%})", ratio <= RESOLUTION, name)


def judge_4_bits(results, subject, finished, baseline_accuracy):
    peers = [one for one in finished if one.side.is_peer and one.side.bits == 4 and not one.failure]
    own = [one for one in finished if not one.side.is_peer and one.side.bits == 4 and not one.failure]
    for one in own:
        if not one.side.has_float_convolutions:
            results.add(
                f"{subject.name}, {one.side.name}: accuracy against float", f"{one.accuracy - baseline_accuracy:+.2f} pp",
                "at least -1 pp", one.accuracy >= baseline_accuracy - 1.0001)
        elif peers and subject.is_fully_connected:
            best = max(peer.accuracy for peer in peers)
            results.add(
                f"{subject.name}, {one.side.name}: accuracy against the best peer", f"{one.accuracy - best:+.2f} pp",
                "at least 0", one.accuracy >= best - 1e-4)
    if not own:
        results.add(f"{subject.name}, 4-bit weights", "left out: this build has no method quantize-weights")


def prepare(subject, source, count, output):
    ground.run(peer("prepare_rows.py") + [subject.kind, source, str(count), output] + subject.peer_preparation)


def chance(gained, lost):
    """McNemar's exact test: how likely at least so uneven a split of the answers that changed is if neither side is better."""
    count, least = gained + lost, min(gained, lost)
    if count == 0:
        return 1.0
    return min(1.0, 2 * sum(math.comb(count, k) for k in range(least + 1)) / 2**count)


def answers(subject, folder, source, skip, count, paths):
    """What answers.py says of each file on the rows of `source` after the first `skip`."""
    rows = os.path.join(folder, "all.npy")
    prepare(subject, source, count, rows)
    command = peer("answers.py") + [source, str(skip), rows, os.path.join(folder, "upgraded.onnx")]
    found = json.loads(ground.run(command + paths).output.strip().splitlines()[-1])
    os.remove(rows)
    return found


def judge_more_rows(results, subject, folder, finished):
    """Where the test set has 1,000 rows, an answer is worth 0.1 points: the other training rows tell damage from luck."""
    if subject.kind != "cifar10":
        return
    path = lambda one: os.path.join(folder, one.side.name + ".onnx")
    # Ours first: the others are compared with it row by row.
    sides = [one for one in finished if not one.failure and (one.side.bits == 8 or one.side.name == "assay-mixed")]
    sides.sort(key=lambda one: ("assay-int8", "assay-mixed").index(one.side.name) if not one.side.is_peer else 2)
    paths = [path(one) for one in sides]
    train = answers(subject, folder, subject.files[2], ROWS, 10_000, paths)
    test = answers(subject, folder, subject.files[1], 0, 1_000, paths)
    known = [one for one in sides if train[path(one)] and test[path(one)]]
    share = lambda one, key: 100 * train[path(one)][key] / train[path(one)]["rows"]
    for one in known:
        row = train[path(one)]
        results.add(
            f"{subject.name}, {one.side.name}: {row['rows']:,} other training rows",
            f"{share(one, 'right'):.2f} % right, {share(one, 'alike'):.2f} % as in float",
            detail=f"{row['gained']} became right, {row['lost']} wrong")
    mixed = next((one for one in known if one.side.name == "assay-mixed"), None)
    if mixed is not None:
        float_path = os.path.join(folder, "upgraded.onnx")
        lost = 100 * (train[float_path]["right"] - train[path(mixed)]["right"]) / train[float_path]["rows"]
        results.add(
            f"{subject.name}, assay-mixed: accuracy lost on other training rows", f"{lost:+.2f} pp", "at most 0.20 pp",
            lost <= 0.2001)
    own = next((one for one in known if one.side.name == "assay-int8"), None)
    rivals = [one for one in known if one.side.is_peer]
    if own is None or not rivals:
        return
    best = max(share(one, "right") for one in rivals)
    difference = share(own, "right") - best
    results.add(
        f"{subject.name}, assay-int8: accuracy on other training rows against the best peer", f"{difference:+.2f} pp",
        "at least -0.10 pp", difference >= -0.1001)
    for one in rivals:
        both = [train[path(one)], test[path(one)]]
        ours, theirs = sum(row["not"] for row in both), sum(row["only"] for row in both)
        count, p = sum(row["rows"] for row in both), chance(ours, theirs)
        results.add(
            f"{subject.name}, assay-int8 against {one.side.name} on these and the test rows, row by row",
            f"{100 * (ours - theirs) / count:+.2f} pp, p = {p:.2g}", "not worse (p of 0.05, three peers)",
            ours >= theirs or 3 * p >= 0.05, f"{ours} rows right here only, {theirs} there only, of {count:,}")


def compare(results, subject, folder, methods, has_nncf):
    ground.run(peer("upgrade_model.py") + [subject.path, os.path.join(folder, "upgraded.onnx")])
    prepare(subject, subject.files[2], ROWS, os.path.join(folder, "rows.npy"))
    all_sides = sides(subject, folder, methods, has_nncf)
    runs, failures = make(all_sides)
    for name, reason in failures.items():
        results.add(f"{subject.name}, {name}", f"made nothing: {reason}")
    made = [side for side in all_sides if side.name not in failures]
    figures = measure(subject, folder, [side.name for side in made])
    baseline = figures["baseline"]
    results.add(
        f"{subject.name}, float",
        f"{100 * baseline['accuracy.top1'][0]:.2f} %, {baseline['latency.p50'][0] / 1e3:.1f} µs, {baseline['size.file'][0]:,.0f} B")
    finished = [Finished(side, runs[side.name], figures.get(side.name, {})) for side in made]
    for one in finished:
        results.add(f"{subject.name}, {one.side.name}", str(one), detail=one.cost)
    judge_8_bits(results, subject, finished)
    judge_mixed(results, subject, finished, 100 * baseline["accuracy.top1"][0])
    judge_more_rows(results, subject, folder, finished)
    judge_4_bits(results, subject, finished, 100 * baseline["accuracy.top1"][0])


def main():
    results = ground.Results("compare-quantizers")
    chosen = os.environ.get("MODELS", "").split() or [subject.name for subject in subjects]
    listed = ground.run([ground.assay(), "list", "methods"]).output
    # Names stand at the beginning of a line, options are indented.
    methods = {name for name in ("quantize-mixed", "quantize-weights") if f"\n{name}" in "\n" + listed}
    has_nncf = install_nncf(results)
    for subject in subjects:
        if subject.name not in chosen:
            continue
        if not os.path.exists(subject.path):
            results.add(subject.name, f"left out: ASSAY_MODELS does not hold {subject.name}.onnx")
        elif not subject.files:
            results.add(subject.name, f"left out: ASSAY_DATA does not hold its data ({subject.kind})")
        else:
            with tempfile.TemporaryDirectory() as folder:
                compare(results, subject, folder, methods, has_nncf)
    results.save()


main()
