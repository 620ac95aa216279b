"""prepare_rows.py KIND SOURCE COUNT OUTPUT [--scale S] [--mean A,B,C] [--std A,B,C] [--nhwc]: the first COUNT rows of a file,
prepared as a model reads them, as float32 NPY: (value · scale − mean)/std.

KIND is idx (MNIST, gzip or not), cifar10 (binary records) or csv (a header, integers, the class last).
"""
import argparse
import gzip

import numpy


def stored_rows(kind, source, count):
    if kind == "idx":
        with (gzip.open if source.endswith(".gz") else open)(source, "rb") as file:
            file.read(16)
            return numpy.frombuffer(file.read(count * 784), numpy.uint8).reshape(-1, 1, 28, 28)
    if kind == "cifar10":
        return numpy.fromfile(source, numpy.uint8, count * 3073).reshape(-1, 3073)[:, 1:].reshape(-1, 3, 32, 32)
    return numpy.loadtxt(source, numpy.float32, delimiter=",", skiprows=1, max_rows=count)[:, :-1]


def numbers(text):
    return numpy.float32([float(part) for part in text.split(",")])


def add_options(parser):
    """How rows are prepared, as options of a command line."""
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--mean", type=numbers, default=numbers("0"))
    parser.add_argument("--std", type=numbers, default=numbers("1"))
    parser.add_argument("--nhwc", action="store_true")


def prepared_rows(kind, source, count, options):
    """The first `count` rows; no more of the file is read than these."""
    rows = stored_rows(kind, source, count).astype(numpy.float32)
    channels = [1, -1] + [1] * (rows.ndim - 2)
    rows = (rows * numpy.float32(options.scale) - options.mean.reshape(channels)) / options.std.reshape(channels)
    return numpy.ascontiguousarray(rows.transpose(0, 2, 3, 1) if options.nhwc else rows, numpy.float32)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("kind", "source", "count", "output"):
        parser.add_argument(name)
    add_options(parser)
    arguments = parser.parse_args()
    numpy.save(arguments.output, prepared_rows(arguments.kind, arguments.source, int(arguments.count), arguments))
