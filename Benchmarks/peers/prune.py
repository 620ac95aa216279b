"""prune.py MODEL OUTPUT: the smallest 90 % of all weights of two or more axes become zero, with NumPy."""
import sys

import numpy
import onnx
from onnx import numpy_helper

model = onnx.load(sys.argv[1])
weights = [tensor for tensor in model.graph.initializer if len(tensor.dims) > 1]
arrays = [numpy_helper.to_array(tensor).copy() for tensor in weights]
magnitudes = numpy.abs(numpy.concatenate([array.ravel() for array in arrays]))
threshold = numpy.partition(magnitudes, int(0.9 * magnitudes.size))[int(0.9 * magnitudes.size)]
for tensor, array in zip(weights, arrays):
    array[numpy.abs(array) < threshold] = 0
    tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))
onnx.save(model, sys.argv[2])
