#!/usr/bin/env python3
"""Seconds per epoch of `train:` in a suite against the same network in Python PyTorch, in turn, from the lines both print."""
import os
import re
import select
import signal
import subprocess
import tempfile
import time

import ground

ROUNDS = int(os.environ.get("ROUNDS", 3))
EPOCHS = int(os.environ.get("EPOCHS", 3))
THREADS = 2
TORCH_PYTHON = os.path.join(ground.HERE, ".venv-torch", "bin", "python")

MNIST = """
  root: "{data}"
  test:  {{ idx: mnist/t10k, scale: 1/255, mean: 0.1307, std: 0.3081, shape: [1, 28, 28] }}
  train: {{ idx: mnist/train, scale: 1/255, mean: 0.1307, std: 0.3081, shape: [1, 28, 28] }}"""
CIFAR10 = """
  root: "{data}"
  test:  {{ cifar10: cifar10/data_batch_1.bin, scale: 1/255, mean: [0.4914, 0.4822, 0.4465], std: [0.2470, 0.2435, 0.2616], shape: [3, 32, 32] }}
  train: {{ cifar10: cifar10/data_batch_1.bin, scale: 1/255, mean: [0.4914, 0.4822, 0.4465], std: [0.2470, 0.2435, 0.2616], shape: [3, 32, 32] }}"""
SUITE = """suite: training
baseline:
  name: {name}
  train: {{ {network}, epochs: {epochs}, batch: 128, optimizer: adam, rate: 0.001, threads: {threads} }}
data:{data}
{variants}engines: [onnxruntime]
"""

# Name, the network in a suite, rounds for each that is asked for (a slow network has few).
networks = [
    ("lenet300", "architecture: lenet-300-100", 1),
    ("mlp1000", "architecture: mlp, hidden: [1000]", 1),
    ("lenet5", "architecture: lenet-5", 1),
    ("resnet8", "architecture: resnet-8", 1 / 3),
]


def data_of(name):
    return (CIFAR10 if name == "resnet8" else MNIST).format(data=os.environ["ASSAY_DATA"])


def epochs(command, label, environment):
    """Seconds between the lines of neighbouring epochs; the process ends with the last line that is wanted."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment,
        preexec_fn=ground.dies_with_parent(), start_new_session=True)
    pattern = re.compile(label.encode() + rb"epoch (\d+) of (\d+)")
    arrivals, rest, everything = [], b"", b""
    while True:
        select.select([process.stdout], [], [])
        part = os.read(process.stdout.fileno(), 65536)
        now = time.perf_counter()
        if not part:
            break
        everything += part
        *lines, rest = (rest + part).split(b"\n")
        found = [match for match in map(pattern.search, lines) if match]
        arrivals += [now] * len(found)
        if found and found[-1].group(1) == found[-1].group(2):
            break
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    if len(arrivals) < 2:
        ground.stop(f"{' '.join(command)} printed no epochs:\n{everything.decode(errors='replace')}")
    return [later - earlier for earlier, later in zip(arrivals, arrivals[1:])]


def own(folder, name, network, variants="", label="/baseline[^:]*: "):
    suite = os.path.join(folder, "suite.yaml")
    with open(suite, "w") as file:
        file.write(SUITE.format(
            name=name, network=network, epochs=EPOCHS, threads=THREADS, data=data_of(name), variants=variants))
    with tempfile.TemporaryDirectory(dir=folder) as cache:
        environment = dict(os.environ, ASSAY_CACHE=cache)
        command = [ground.assay(), "run", suite, "--quick", "-o", os.path.join(cache, "run")]
        return epochs(command, label, environment)


def peer(name, *more):
    script = os.path.join(ground.HERE, "peers", "train_torch.py")
    command = [TORCH_PYTHON, script, name, os.environ["ASSAY_DATA"], str(EPOCHS), str(THREADS), *more]
    return epochs(command, "", dict(os.environ))


def install_torch():
    """PyTorch, into a folder of its own: the other peers do not need it."""
    wanted = os.path.join(ground.HERE, "peers", "requirements-torch.txt")
    folder = os.path.dirname(os.path.dirname(TORCH_PYTHON))
    installed = os.path.join(folder, "installed.txt")
    if os.path.exists(installed) and open(installed).read() == open(wanted).read():
        return
    print("  installing PyTorch into Benchmarks/.venv-torch", flush=True)
    ground.run(["python3", "-m", "venv", folder])
    ground.run([TORCH_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", wanted])
    with open(wanted) as source, open(installed, "w") as target:
        target.write(source.read())


def compare(results, folder, name, network, rounds):
    ours, theirs, fused = [], [], []
    for _ in range(rounds):
        ours.append(ground.median(own(folder, name, network)))
        theirs.append(ground.median(peer(name)))
        fused.append(ground.median(peer(name, "fused")))
    ratios = [a / b for a, b in zip(ours, theirs)]
    ratio = ground.median(ratios)
    results.add(
        f"{name}, an epoch against PyTorch", f"{ratio:.2f}x [{min(ratios):.2f}, {max(ratios):.2f}]", "at most 1.0x",
        ratio <= 1, f"{ground.median(ours):.2f} s and {ground.median(theirs):.2f} s")
    ratio = ground.median([a / b for a, b in zip(ours, fused)])
    results.add(
        f"{name}, an epoch against PyTorch with Adam(fused=True)", f"{ratio:.2f}x", None, None,
        f"{ground.median(fused):.2f} s")


def hashed(results, folder, rounds):
    """Hashed layers against dense ones of the same shape, both ours."""
    learning = f"epochs: {EPOCHS}, batch: 128, optimizer: adam, threads: {THREADS}"
    variants = f"variants:\n  hashed: [hash: {{ ratio: 1/64 }}, finetune: {{ {learning} }}]\n"
    network = "architecture: mlp, hidden: [1000]"
    ratios = []
    for _ in range(rounds):
        dense = ground.median(own(folder, "mlp1000", network))
        ratios.append(ground.median(own(folder, "mlp1000", network, variants, "/hashed[^:]*: ")) / dense)
    ratio = ground.median(ratios)
    results.add(
        "mlp1000 hashed to 1/64, an epoch against dense", f"{ratio:.2f}x [{min(ratios):.2f}, {max(ratios):.2f}]",
        "at most 2x", ratio <= 2)


def main():
    results = ground.Results("training")
    if not ground.data("mnist"):
        print("  left out: ASSAY_DATA names no folder with mnist", flush=True)
        return results.save()
    install_torch()
    wanted = os.environ.get("NETWORKS", "").split() or [name for name, _, _ in networks] + ["hashed"]
    with tempfile.TemporaryDirectory() as folder:
        for name, network, share in networks:
            if name in wanted and (name != "resnet8" or ground.data("cifar10", "data_batch_1.bin")):
                compare(results, folder, name, network, max(1, round(ROUNDS * share)))
        if "hashed" in wanted:
            hashed(results, folder, ROUNDS)
    results.save()


main()
