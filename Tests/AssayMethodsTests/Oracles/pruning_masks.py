"""Masks that NumPy finds for the weight and input of PruneCriterionTests: 1 stays, 0 goes, a row for each output."""
import numpy

rows, columns = 6, 10
weight = numpy.array([(i * i * 353 + i * 7919 + 13) % 1009 - 504 for i in range(rows * columns)], dtype=float).reshape(rows, columns)
inputs = numpy.array([(i * i * 17 + i * 6007 + 5) % 211 for i in range(5 * columns)], dtype=float).reshape(5, columns)


def least(scores, count):
    """The positions of the least scores, the earlier of equal ones."""
    return numpy.argsort(scores, kind="stable")[:count]


def show(name, mask):
    print(name, " ".join("".join("1" if kept else "0" for kept in row) for row in mask))


wanda = numpy.abs(weight) * numpy.linalg.norm(inputs, axis=0)
mask = numpy.ones_like(weight, dtype=bool)
for row in range(rows):
    mask[row, least(wanda[row], 5)] = False
show("wanda, half of each row:", mask)

mask = numpy.ones(weight.size, dtype=bool)
mask[least(wanda.ravel(), 24)] = False
show("wanda, 40 % of all:", mask.reshape(weight.shape))

for kept, group, scores, name in ((2, 4, numpy.abs(weight), "magnitude"), (1, 3, wanda, "wanda")):
    mask = numpy.ones_like(weight, dtype=bool)
    for row in range(rows):
        for start in range(0, columns, group):
            part = scores[row, start : start + group]
            mask[row, start + least(part, max(0, len(part) - kept))] = False
    show(f"{kept}:{group}, {name}:", mask)

for height, width, order in ((2, 3, 1), (4, 4, 2)):
    norms, places = [], []
    for top in range(0, rows, height):
        for left in range(0, columns, width):
            block = numpy.abs(weight[top : top + height, left : left + width])
            norms.append((block**order).mean() ** (1 / order))
            places.append((slice(top, top + height), slice(left, left + width)))
    mask = numpy.ones_like(weight, dtype=bool)
    for block in least(numpy.array(norms), round(len(norms) / 2)):
        mask[places[block]] = False
    show(f"half of the {height}x{width} blocks, L{order}:", mask)
