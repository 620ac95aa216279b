"""Trains one of Assay's built-in networks with PyTorch; prints a line at the end of every epoch.

train_torch.py NETWORK FOLDER EPOCHS THREADS [fused]

The rows lie in memory, prepared, as one tensor; a batch is an index into it. No data loader, no copies: what is timed is the
training itself. Adam as torch.optim makes it, or its fused form.
"""
import gzip
import os
import sys

import numpy
import torch
from torch import nn
from torch.nn import functional

BATCH = 128


class Residual(nn.Module):
    """Two 3x3 convolutions with batch normalization beside a shortcut, 1x1 where the shape changes."""

    def __init__(self, inputs, channels, stride):
        super().__init__()
        self.first = nn.Conv2d(inputs, channels, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(channels)
        self.second = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(channels)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != channels:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        inner = functional.relu(self.first_norm(self.first(x)))
        return functional.relu(self.second_norm(self.second(inner)) + self.shortcut(x))


def network(name):
    if name == "lenet300":
        return nn.Sequential(
            nn.Flatten(), nn.Linear(784, 300), nn.ReLU(), nn.Linear(300, 100), nn.ReLU(), nn.Linear(100, 10))
    if name == "mlp1000":
        return nn.Sequential(nn.Flatten(), nn.Linear(784, 1000), nn.ReLU(), nn.Linear(1000, 10))
    if name == "lenet5":
        return nn.Sequential(
            nn.Conv2d(1, 20, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(20, 50, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(800, 500), nn.ReLU(), nn.Linear(500, 10))
    if name == "resnet8":
        return nn.Sequential(
            nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
            Residual(16, 16, 1), Residual(16, 32, 2), Residual(32, 64, 2),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
    sys.exit(f"train_torch: no network '{name}'")


def mnist(folder):
    def read(name):
        path = os.path.join(folder, "mnist", name)
        with (gzip.open(path + ".gz") if os.path.exists(path + ".gz") else open(path, "rb")) as file:
            return file.read()

    images = numpy.frombuffer(read("train-images-idx3-ubyte"), numpy.uint8, offset=16).reshape(-1, 1, 28, 28)
    labels = numpy.frombuffer(read("train-labels-idx1-ubyte"), numpy.uint8, offset=8)
    return (images.astype(numpy.float32) / 255 - 0.1307) / 0.3081, labels.astype(numpy.int64)


def cifar10(folder):
    records = numpy.fromfile(os.path.join(folder, "cifar10", "data_batch_1.bin"), numpy.uint8).reshape(-1, 3073)
    mean = numpy.array([0.4914, 0.4822, 0.4465], numpy.float32).reshape(1, 3, 1, 1)
    deviation = numpy.array([0.2470, 0.2435, 0.2616], numpy.float32).reshape(1, 3, 1, 1)
    images = records[:, 1:].reshape(-1, 3, 32, 32).astype(numpy.float32) / 255
    return (images - mean) / deviation, records[:, 0].astype(numpy.int64)


def main():
    name, folder, epochs, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    images, labels = (cifar10 if name == "resnet8" else mnist)(folder)
    rows, answers = torch.from_numpy(images), torch.from_numpy(labels)
    model = network(name).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True if "fused" in sys.argv else None)
    for epoch in range(1, epochs + 1):
        order = torch.randperm(len(rows))
        total, right = 0.0, 0
        for positions in order.split(BATCH):
            batch, wanted = rows[positions], answers[positions]
            optimizer.zero_grad()
            logits = model(batch)
            loss = functional.cross_entropy(logits, wanted)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(positions)
            right += (logits.argmax(1) == wanted).sum().item()
        print(f"epoch {epoch} of {epochs}, loss {total / len(rows):.4f}, accuracy {right / len(rows):.4f}, rows {len(rows)}", flush=True)


main()
