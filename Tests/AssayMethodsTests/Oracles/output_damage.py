"""Divergence, changed answers, expected loss and noise of two outputs, by SciPy: the numbers of MixedPrecisionTests."""
import numpy
from scipy.special import rel_entr, softmax

before = numpy.float32([[2, 1, 0.5], [0.25, 0.75, 0.5], [-1, 4, 3.5], [0, 0, 0]])
after = numpy.float32([[1.5, 1, 1], [0.75, 0.5, 0.25], [-1, 3, 3.5], [0.5, 0, 0]])


def show(p, q):
    changed = p.argmax(1) != q.argmax(1)
    rows = numpy.arange(len(p))
    loss = p[rows, p.argmax(1)] - p[rows, q.argmax(1)]
    print(repr(rel_entr(p, q).sum(1).mean()), changed.mean(), repr(loss.mean()))


show(softmax(before.astype(float), 1), softmax(after.astype(float), 1))
print(((before - after) ** 2).sum() / (before ** 2).sum())
show(numpy.array([[0.5, 0.25, 0.25], [0, 0.75, 0.25]]), numpy.array([[0.25, 0.5, 0.25], [0.25, 0.5, 0.25]]))
