import AssayCore
import AssayONNX
import AssayTestSupport

extension OperatorCase {
  static let quantized: [OperatorCase] = [
    OperatorCase(
      "QuantizeLinear", "uint8", [[3, 4]], constants: [scalar(0.02), Tensor(scalar: UInt8(130))], differentiable: false),
    OperatorCase(
      "QuantizeLinear", "int8 per axis", [[2, 3, 4]],
      constants: [floats(0.02, 0.01, 0.03), Tensor([-9, 3, 0] as [Int8], shape: [3])],
      [.int("axis", 1)], differentiable: false),
    OperatorCase(
      "QuantizeLinear", "ties", [],
      constants: [floats(-3, -1, 1, 3, 5, 7, 300, 1e9), scalar(2), Tensor(scalar: UInt8(3))],
      differentiable: false),
    OperatorCase("QuantizeLinear", "no zero point", [[3, 4]], constants: [scalar(0.02)], differentiable: false),
    OperatorCase(
      "DequantizeLinear", "int8 per axis", [],
      constants: [
        Tensor((0..<12).map { Int8($0 * 20 - 120) }, shape: [3, 4]), floats(0.1, 0.2, 0.3, 0.4),
        Tensor([1, -2, 3, 0] as [Int8], shape: [4]),
      ],
      [.int("axis", 1)]),
    OperatorCase(
      "DequantizeLinear", "int32", [],
      constants: [Tensor([1 << 30, -(1 << 30) + 1, 77, 123_456_789] as [Int32], shape: [4]), scalar(0.001)]),
    OperatorCase(
      "DequantizeLinear", "blocks", [],
      constants: [
        Tensor((0..<12).map { Int8($0 - 6) }, shape: [2, 6]), weights([2, 2], seed: 61, in: 0.1...0.5),
        Tensor([1, 0, -1, 2] as [Int8], shape: [2, 2]),
      ], [.int("axis", 1), .int("block_size", 3)], opset: 21),
    OperatorCase("DynamicQuantizeLinear", "", [[3, 7]], outputs: 3, differentiable: false),
    OperatorCase(
      "MatMulInteger", "", [],
      constants: [bytes([3, 4], 1), signedBytes([4, 5], 2), Tensor(scalar: UInt8(128)), signedBytes([5], 3)],
      differentiable: false),
    OperatorCase(
      "ConvInteger", "", [],
      constants: [
        bytes([1, 2, 5, 5], 4), bytes([3, 2, 3, 3], 5), Tensor(scalar: UInt8(120)), Tensor(scalar: UInt8(31)),
      ],
      [.ints("pads", 1, 1, 1, 1)], differentiable: false),
    OperatorCase(
      "QLinearConv", "per channel", [],
      constants: [
        bytes([2, 4, 6, 5], 6), scalar(0.03), Tensor(scalar: UInt8(120)), signedBytes([6, 2, 3, 3], 7),
        weights([6], seed: 62, in: 0.005...0.02), Tensor([Int8](repeating: 0, count: 6), shape: [6]), scalar(0.4),
        Tensor(scalar: UInt8(99)), Tensor([100, -2000, 0, 3, 700, -5] as [Int32], shape: [6]),
      ], [.int("group", 2), .ints("pads", 1, 0, 1, 2), .ints("strides", 1, 2)], differentiable: false),
    OperatorCase(
      "QLinearMatMul", "", [],
      constants: [
        bytes([3, 4], 8), scalar(0.03), Tensor(scalar: UInt8(120)), signedBytes([4, 5], 9),
        weights([5], seed: 63, in: 0.005...0.02),
        Tensor([Int8](repeating: 0, count: 5), shape: [5]), scalar(0.05), Tensor(scalar: UInt8(128)),
      ], differentiable: false),
    OperatorCase(
      "MatMulNBits", "4 bits", [[3, 40]],
      constants: [bytes([5, 3, 8], 10), weights([15], seed: 64, in: 0.01...0.1)],
      [.int("K", 40), .int("N", 5), .int("bits", 4), .int("block_size", 16)], domain: "com.microsoft"),
    OperatorCase(
      "MatMulNBits", "4 bits, zero points", [[3, 40]],
      constants: [bytes([5, 3, 8], 11), weights([15], seed: 65, in: 0.01...0.1), bytes([10], 12)],
      [.int("K", 40), .int("N", 5), .int("bits", 4), .int("block_size", 16)], domain: "com.microsoft"),
    OperatorCase(
      "MatMulNBits", "8 bits", [[2, 16]], constants: [bytes([3, 1, 16], 13), weights([3], seed: 66, in: 0.01...0.1)],
      [.int("K", 16), .int("N", 3), .int("bits", 8), .int("block_size", 16)], domain: "com.microsoft"),
  ]

  private static func bytes(_ shape: [Int], _ seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor((0..<shape.reduce(1, *)).map { _ in UInt8(generator.index(below: 256)) }, shape: shape)
  }

  private static func signedBytes(_ shape: [Int], _ seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor((0..<shape.reduce(1, *)).map { _ in Int8(generator.index(below: 127) - 63) }, shape: shape)
  }
}
