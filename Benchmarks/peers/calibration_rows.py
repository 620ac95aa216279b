"""calibration_rows.py KIND SOURCE COUNT OUTPUT: the first COUNT images of a file, prepared as the model reads them.

KIND is idx (MNIST, gzip or not) or cifar10 (binary records). Written as float32 NPY.
"""
import gzip
import sys

import numpy

kind, source, count, output = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
if kind == "idx":
    with (gzip.open if source.endswith(".gz") else open)(source, "rb") as file:
        file.read(16)
        pixels = numpy.frombuffer(file.read(count * 784), numpy.uint8).reshape(count, 1, 28, 28)
    mean, std = numpy.float32([0.1307]), numpy.float32([0.3081])
else:
    records = numpy.fromfile(source, numpy.uint8, count * 3073).reshape(count, 3073)
    pixels = records[:, 1:].reshape(count, 3, 32, 32)
    mean, std = numpy.float32([0.4914, 0.4822, 0.4465]), numpy.float32([0.2470, 0.2435, 0.2616])
rows = (pixels.astype(numpy.float32) / 255 - mean.reshape(1, -1, 1, 1)) / std.reshape(1, -1, 1, 1)
numpy.save(output, rows.astype(numpy.float32))
