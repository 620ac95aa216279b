"""calibration_rows.py KIND SOURCE COUNT OUTPUT: the first COUNT images of a file, prepared as the model reads them.

KIND is idx (MNIST, gzip or not) or cifar10 (binary records). Written as float32 NPY.
"""
import gzip
import sys

import numpy


def prepared_rows(kind, source, count, reads_whole_file):
    """The first `count` images, float32. With `reads_whole_file` all of the file is read and the first images are kept, as
    data set classes do; otherwise only as much is read as is needed."""
    if kind == "idx":
        with (gzip.open if source.endswith(".gz") else open)(source, "rb") as file:
            file.read(16)
            pixels = numpy.frombuffer(file.read() if reads_whole_file else file.read(count * 784), numpy.uint8)
        pixels = pixels.reshape(-1, 1, 28, 28)[:count]
        mean, std = numpy.float32([0.1307]), numpy.float32([0.3081])
    else:
        records = numpy.fromfile(source, numpy.uint8, -1 if reads_whole_file else count * 3073).reshape(-1, 3073)
        pixels = records[:count, 1:].reshape(count, 3, 32, 32)
        mean, std = numpy.float32([0.4914, 0.4822, 0.4465]), numpy.float32([0.2470, 0.2435, 0.2616])
    rows = (pixels.astype(numpy.float32) / 255 - mean.reshape(1, -1, 1, 1)) / std.reshape(1, -1, 1, 1)
    return rows.astype(numpy.float32)


if __name__ == "__main__":
    kind, source, count, output = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    numpy.save(output, prepared_rows(kind, source, count, False))
