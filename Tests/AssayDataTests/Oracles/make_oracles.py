"""Makes Oracles.swift: arrays written by numpy and gzip, and figures of the real data computed by numpy.

python3 Tests/AssayDataTests/Oracles/make_oracles.py DIGITS [DATA] > Tests/AssayDataTests/Oracles.swift
DIGITS is suites/data/digits; DATA holds mnist/ and cifar10/ (what ASSAY_DATA points to).
"""
import base64, gzip, io, os, struct, sys
import numpy as np

digits, data = sys.argv[1], sys.argv[2]
print("// Made by Oracles/make_oracles.py with numpy %s. Do not edit.\n" % np.__version__)
print("struct ArrayOracle: Sendable {\n  var name: String\n  var base64: String\n  var shape: [Int]\n  var values: [Float]\n}\n")


def encoded(raw):
    return base64.b64encode(raw).decode()


def npy(array, version=None):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version=version)
    return out.getvalue()


def oracle(name, array, version=None):
    values = ", ".join(repr(float(v)) for v in array.astype(np.float32).ravel(order="C"))
    print('    ArrayOracle(\n      name: "%s",\n      base64:\n        "%s",\n      shape: [%s],\n      values: [%s]),' % (
        name, encoded(npy(array, version)), ", ".join(map(str, array.shape)), values))


base = np.array([[0, 1, 2], [3, 100, 5]])
print("enum Oracles {\n  static let arrays: [ArrayOracle] = [")
for code in ["|b1", "|u1", "|i1", "<u2", ">u2", "<i2", ">i2", "<u4", ">u4", "<i4", ">i4", "<u8", ">u8", "<i8", ">i8",
             "<f2", ">f2", "<f4", ">f4", "<f8", ">f8"]:
    oracle(code, (base / (4 if "f" in code else 1)).astype(code))
for version in [(1, 0), (2, 0), (3, 0)]:
    oracle("version %d" % version[0], base.astype("<f4"), version)
cube = np.arange(24).reshape(2, 3, 4)
oracle("fortran", np.asfortranarray(cube.astype("<i2")))
oracle("fortran big-endian", np.asfortranarray(cube.astype(">f8")))
oracle("scalar", np.array(2.5, dtype="<f4"))
oracle("empty", np.zeros((0, 3), dtype="<f4"))
oracle("vector", np.array([1, -2, 3], dtype="<i4"))
print("  ]\n")

x = np.arange(2 * 2 * 2 * 3, dtype=np.uint8).reshape(2, 2, 2, 3)
for name, save in [("storedArchive", np.savez), ("deflatedArchive", np.savez_compressed)]:
    out = io.BytesIO()
    save(out, x_test=x, y_test=np.array([[1], [0]]))
    print('  /// x_test: 0..<24 as uint8 [2, 2, 2, 3]; y_test: [[1], [0]].\n  static let %s =\n    "%s"\n' % (name, encoded(out.getvalue())))
structured = np.zeros(2, dtype=[("a", "<i4"), ("b", "<f4")])
print('  static let structured =\n    "%s"\n' % encoded(npy(structured)))
print('  static let complexNumbers =\n    "%s"\n' % encoded(npy(np.zeros(2, dtype=np.complex64))))
images = struct.pack(">BBBBIII", 0, 0, 8, 3, 2, 2, 2) + bytes(range(8))
print('  /// IDX, uint8 [2, 2, 2], 0..<8.\n  static let gzippedImages =\n    "%s"\n' % encoded(gzip.compress(images, mtime=0)))


def checksum(values):
    """Position-weighted sum of the bit patterns, modulo 2^64."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32).ravel().astype(np.uint64)
    weights = np.arange(1, bits.size + 1, dtype=np.uint64)
    with np.errstate(over="ignore"):
        return int((bits * weights).sum(dtype=np.uint64))


def figures(name, raw, labels, prepared):
    print("  static let %s = (rows: %d, sum: %d, labelSum: %d, weightedLabels: %d, prepared: %d as UInt64)" % (
        name, len(labels), int(raw.sum()), int(labels.sum()), int((labels * np.arange(1, len(labels) + 1)).sum()),
        checksum(prepared)))


print("  // Rows, sums of the raw values and labels, and a checksum of the first prepared rows, bit by bit.")
for name, file in [("digitsTest", "optdigits.tes"), ("digitsTrain", "optdigits.tra")]:
    table = np.loadtxt(os.path.join(digits, file), delimiter=",", skiprows=1).astype(np.int64)
    figures(name, table[:, :-1], table[:, -1], table[:50, :-1].astype(np.float32) / np.float32(16))


def idx(path):
    raw = gzip.open(path).read()
    shape = struct.unpack(">%dI" % raw[3], raw[4:4 + 4 * raw[3]])
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


images = idx(os.path.join(data, "mnist/t10k-images-idx3-ubyte.gz"))
labels = idx(os.path.join(data, "mnist/t10k-labels-idx1-ubyte.gz")).astype(np.int64)
f32 = np.float32
figures("mnistTest", images.astype(np.int64), labels, (images[:50].astype(f32) / f32(255) - f32(.1307)) / f32(.3081))
records = np.fromfile(os.path.join(data, "cifar10/test_batch_first1000.bin"), np.uint8).reshape(-1, 3073)
planes = records[:, 1:].reshape(-1, 3, 32, 32)
mean = np.array([.4914, .4822, .4465], f32).reshape(1, 3, 1, 1)
std = np.array([.2471, .2435, .2616], f32).reshape(1, 3, 1, 1)
labels = records[:, 0].astype(np.int64)
figures("cifarTest", planes.astype(np.int64), labels, (planes[:20].astype(f32) / f32(255) - mean) / std)
figures("cifarTestNHWC", planes.astype(np.int64), labels, (planes[:20].astype(f32) / f32(255)).transpose(0, 2, 3, 1))

print("\n  /// (v/255 - 0.4822)/0.2435 in float32 for every byte, as bits.\n  static let normalisedBytes: [UInt32] = [")
table = ((np.arange(256).astype(f32) / f32(255) - f32(.4822)) / f32(.2435)).view(np.uint32)
for i in range(0, 256, 8):
    print("    " + ", ".join(str(v) for v in table[i:i + 8]) + ",")
print("  ]\n}")
