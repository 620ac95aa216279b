import AssayCore
import AssayEngines
import AssayONNX
import AssayRuntime
import AssayTestSupport
import Testing

/// A graph of one operator.
struct OperatorCase: Sendable, CustomTestStringConvertible {
  var name: String
  var model: Model
  var inputs: [String: Tensor]

  var testDescription: String { name }

  /// - Parameters:
  ///   - shapes: Shapes of the inputs.
  ///   - constants: Initializers, as inputs after those.
  init(
    _ type: String, _ name: String, _ shapes: [[Int]], constants: [Tensor] = [], _ attributes: [Attribute] = [],
    opset: Int = 17
  ) {
    self.name = name.isEmpty ? type : "\(type) \(name)"
    var generator = SeededGenerator(seed: UInt64(self.name.utf8.reduce(7) { ($0 * 31 + Int($1)) % 1_000_003 }))
    let named = shapes.enumerated().map { (name: "x\($0)", shape: $1) }
    inputs = [:]
    for (name, shape) in named { inputs[name] = generator.tensor(shape, in: -2...2) }
    model = Model.ofOneOperator(type, inputs: named, constants: constants, attributes: attributes, opset: opset)
  }

  init(_ type: String, _ shapes: [[Int]], constants: [Tensor] = [], _ attributes: [Attribute] = []) {
    self.init(type, "", shapes, constants: constants, attributes)
  }
}

private func weights(_ shape: [Int], seed: UInt64) -> Tensor {
  var generator = SeededGenerator(seed: seed)
  return generator.tensor(shape)
}

private func ints(_ values: [Int64]) -> Tensor { Tensor(values, shape: [values.count]) }

extension OperatorCase {
  static let all: [OperatorCase] = convolutions + products + pools + elementwise + shapes

  private static let convolutions: [OperatorCase] = [
    OperatorCase(
      "Conv", "plain", [[1, 2, 6, 5]], constants: [weights([3, 2, 3, 3], seed: 1), weights([3], seed: 2)]),
    OperatorCase(
      "Conv", "padded", [[2, 2, 5, 5]], constants: [weights([3, 2, 3, 3], seed: 3)],
      [Attribute("pads", ints: [1, 1, 1, 1])]),
    OperatorCase(
      "Conv", "one-sided pads, strides", [[1, 2, 7, 6]], constants: [weights([2, 2, 3, 2], seed: 4)],
      [Attribute("pads", ints: [0, 1, 2, 0]), Attribute("strides", ints: [2, 3])]),
    OperatorCase(
      "Conv", "depthwise", [[1, 4, 5, 5]], constants: [weights([4, 1, 3, 3], seed: 5)],
      [Attribute("group", int: 4), Attribute("pads", ints: [1, 1, 1, 1])]),
    OperatorCase(
      "Conv", "dilated", [[1, 1, 7, 7]], constants: [weights([2, 1, 3, 3], seed: 6)],
      [Attribute("dilations", ints: [2, 2])]),
    OperatorCase(
      "Conv", "same upper", [[1, 2, 5, 6]], constants: [weights([2, 2, 2, 3], seed: 7)],
      [Attribute("auto_pad", string: "SAME_UPPER"), Attribute("strides", ints: [2, 2])]),
    OperatorCase("Conv", "one axis", [[2, 3, 8]], constants: [weights([4, 3, 3], seed: 8)]),
    OperatorCase(
      "ConvTranspose", "strides", [[1, 3, 4, 4]], constants: [weights([3, 2, 3, 3], seed: 9)],
      [Attribute("strides", ints: [2, 2])]),
  ]

  private static let products: [OperatorCase] = [
    OperatorCase("Gemm", "plain", [[3, 4]], constants: [weights([4, 5], seed: 10), weights([5], seed: 11)]),
    OperatorCase(
      "Gemm", "transposed", [[4, 3]], constants: [weights([5, 4], seed: 12), weights([3, 5], seed: 13)],
      [
        Attribute("transA", int: 1), Attribute("transB", int: 1), Attribute("alpha", float: 0.5),
        Attribute("beta", float: 2),
      ]),
    OperatorCase("MatMul", "matrices", [[3, 4], [4, 2]]),
    OperatorCase("MatMul", "batches", [[2, 3, 4], [1, 4, 2]]),
    OperatorCase("MatMul", "vector", [[4], [4, 3]]),
  ]

  private static let pools: [OperatorCase] = [
    OperatorCase(
      "MaxPool", "padded", [[1, 2, 6, 6]],
      [
        Attribute("kernel_shape", ints: [3, 3]), Attribute("strides", ints: [2, 2]),
        Attribute("pads", ints: [1, 1, 1, 1]),
      ]),
    OperatorCase(
      "AveragePool", "padded", [[1, 2, 5, 5]],
      [Attribute("kernel_shape", ints: [2, 2]), Attribute("pads", ints: [1, 0, 1, 0])]),
    OperatorCase(
      "AveragePool", "pads counted", [[1, 2, 5, 5]],
      [
        Attribute("kernel_shape", ints: [3, 3]), Attribute("pads", ints: [1, 1, 1, 1]),
        Attribute("count_include_pad", int: 1),
      ]),
    OperatorCase("GlobalAveragePool", [[2, 3, 4, 5]]),
    OperatorCase("GlobalMaxPool", [[2, 3, 4, 5]]),
  ]

  private static let elementwise: [OperatorCase] = [
    OperatorCase("Relu", [[3, 5]]), OperatorCase("Sigmoid", [[3, 5]]), OperatorCase("Tanh", [[3, 5]]),
    OperatorCase("LeakyRelu", [[3, 5]], [Attribute("alpha", float: 0.2)]),
    OperatorCase("Clip", [[3, 5]], constants: [Tensor(scalar: Float(-0.5)), Tensor(scalar: Float(1))]),
    OperatorCase("Add", "broadcast", [[2, 3, 4], [3, 1]]), OperatorCase("Sub", [[2, 3], [2, 3]]),
    OperatorCase("Mul", "broadcast", [[2, 3], [1]]),
    OperatorCase("Div", [[2, 3]], constants: [Tensor(scalar: Float(3))]),
    OperatorCase("Softmax", "last axis", [[3, 5]], [Attribute("axis", int: -1)]),
    OperatorCase("Softmax", "opset 11", [[2, 3, 4]], [Attribute("axis", int: 1)], opset: 11),
    OperatorCase("Softmax", "inner axis", [[2, 3, 4]], [Attribute("axis", int: 1)]),
    OperatorCase("LogSoftmax", [[3, 5]]),
    OperatorCase(
      "BatchNormalization", [[2, 3, 4]],
      constants: [
        weights([3], seed: 20), weights([3], seed: 21), weights([3], seed: 22),
        Tensor([0.5, 1, 2] as [Float], shape: [3]),
      ]),
  ]

  private static let shapes: [OperatorCase] = [
    OperatorCase("Flatten", [[2, 3, 4]]), OperatorCase("Flatten", "axis 2", [[2, 3, 4]], [Attribute("axis", int: 2)]),
    OperatorCase("Reshape", [[2, 6]], constants: [ints([0, -1, 2])]),
    OperatorCase("Transpose", [[2, 3, 4]], [Attribute("perm", ints: [2, 0, 1])]),
    OperatorCase("Concat", [[2, 3], [2, 1]], [Attribute("axis", int: 1)]),
    OperatorCase("Squeeze", [[2, 1, 3]], constants: [ints([1])]),
    OperatorCase("Unsqueeze", [[2, 3]], constants: [ints([0, 3])]),
    OperatorCase("Slice", [[4, 5]], constants: [ints([1, 4]), ints([4, 0]), ints([0, 1]), ints([2, -1])]),
    OperatorCase("Gather", [[4, 3]], constants: [ints([2, 0])]),
    OperatorCase("Pad", [[2, 3]], constants: [ints([0, 1, 1, 2]), Tensor(scalar: Float(7))]),
    OperatorCase("ReduceMean", [[2, 3, 4]], [Attribute("axes", ints: [1, 2]), Attribute("keepdims", int: 0)]),
    OperatorCase("ReduceSum", [[2, 3, 4]], constants: [ints([1])]), OperatorCase("Identity", [[2, 3]]),
  ]
}

struct EngineContractTests {
  @Test("Every engine is under contract or answers nothing, and is documented")
  func coverage() {
    let names = EngineCatalog.engines.map(\.name)
    #expect(Set(names) == ["onnxruntime", "libtorch", "reference", "null"])
    #expect(answerlessEngines.isSubset(of: names) && Set(names).count == names.count)
    for engine in EngineCatalog.engines {
      #expect(!engine.summary.isEmpty, "\(engine.name)")
      if case .missing(let reason, let remedy) = engine.probe() {
        #expect(!reason.isEmpty && !remedy.isEmpty, "\(engine.name)")
      }
    }
  }

  @Test(
    "Every engine agrees with the reference on one operator",
    .enabled(if: !foundEngines.isEmpty, Comment(rawValue: noEngineIsHere)), arguments: OperatorCase.all)
  func agreement(item: OperatorCase) throws {
    let expected = try ReferenceSession(item.model).run(item.inputs)
    for engine in foundEngines {
      let actual = try answers(item.model, engine, item.inputs)
      #expect(actual.count == expected.count)
      for (a, e) in zip(actual, expected) {
        let found = difference(a, e, absolute: 2e-6 * scale(expected, least: 1), relative: 1e-5)
        #expect(found == nil, "\(engine.name): \(found ?? "")")
      }
    }
  }

  @Test(
    "Every engine quantizes as the reference does",
    .enabled(if: !foundEngines.isEmpty, Comment(rawValue: noEngineIsHere)), arguments: [true, false], [true, false])
  func quantization(isSigned: Bool, isPerChannel: Bool) throws {
    var generator = SeededGenerator(seed: 31)
    var graph = GraphBuilder()
    let x = graph.input("x", [4, 6])
    let count = isPerChannel ? 4 : 1
    let shape = isPerChannel ? [4] : []
    let scales = graph.constant(Tensor([0.01, 0.02, 0.005, 0.5].prefix(count).map { Float($0) }, shape: shape))
    let zeros =
      isSigned
      ? Tensor([Int8](repeating: -3, count: count), shape: shape)
      : Tensor([UInt8](repeating: 130, count: count), shape: shape)
    let zero = graph.constant(zeros)
    let axis = [Attribute("axis", int: 0)]
    let quantized = graph.node("QuantizeLinear", [x, scales, zero], axis)
    let y = graph.node("DequantizeLinear", [quantized, scales, zero], axis, output: "y")
    let model = graph.model(outputs: [y])
    // Values in the middle between two levels are rounded to even, and those out of range are cut.
    let input = Tensor(generator.floats(20, in: -3...3) + [0.005, 0.015, -0.025, 100], shape: [4, 6])
    let expected = try ReferenceSession(model).run(["x": input])
    for engine in foundEngines {
      let found = difference(try answers(model, engine, ["x": input])[0], expected[0], absolute: 1e-6)
      #expect(found == nil, "\(engine.name): \(found ?? "")")
    }
  }
}
