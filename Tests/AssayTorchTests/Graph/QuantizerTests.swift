import AssayCore
import AssayONNX
import AssayTestSupport
import AssayTorch
import Testing

@Suite("Quantizers that are trained through", .enabled(if: TorchFixture.isThere, TorchFixture.isMissing))
struct QuantizerTests {
  /// x → QuantizeLinear → DequantizeLinear → y, with scale `s` and zero point `z`.
  private func model(_ scale: Tensor, _ zero: Tensor, shape: [Int], axis: Int = 1) -> Model {
    var builder = GraphBuilder()
    let x = builder.input("x", shape)
    let (s, z) = (builder.constant(scale, name: "s"), builder.constant(zero, name: "z"))
    let q = builder.node("QuantizeLinear", [x, s, z], [.int("axis", axis)], output: "q")
    builder.node("DequantizeLinear", [q, s, z], [.int("axis", axis)], output: "y")
    return builder.model(outputs: ["y"])
  }

  private static let cases: [(scale: Tensor, zero: Tensor)] = [
    (scalar(0.125), Tensor(scalar: UInt8(130))), (scalar(0.25), Tensor(scalar: Int8(-3))),
    (floats(0.1, 0.02, 0.5), Tensor([0, 7, -128] as [Int8], shape: [3])),
    (scalar(0.4), packed([1])), (floats(0.3, 0.1, 0.2), packed([-2, 0, 3])),
  ]

  /// Signed numbers of 4 bits.
  private static func packed(_ values: [Int]) -> Tensor {
    let shape = values.count == 1 ? [] : [values.count]
    return Tensor(converting: values.map { Float($0) }, to: .int4, shape: shape) ?? scalar(0)
  }

  @Test("Recorded or not, in one ATen operator or several, the numbers are the same", arguments: 0..<5)
  func sameValues(index: Int) throws {
    let (scale, zero) = Self.cases[index]
    let library = try TorchFixture.loaded()
    let graph = try TorchGraph(model(scale, zero, shape: [2, 3, 4]), library: library, gradients: .all)
    #expect(graph.operatorCounts == ["DequantizeLinear": 1], "the pair is one step")
    let x = weights([2, 3, 4], seed: 40 + UInt64(index), in: -8...8)
    let expected = try graph.run(["x": TorchTensor(x, library: library)]).outputs[0].values()
    let leaf = try TorchTensor(x, library: library)
    try leaf.setRequiresGradient(true)
    let fused = try graph.run(["x": leaf], mode: .evaluation).outputs[0]
    #expect(difference(try fused.values(), expected, absolute: 1e-6) == nil)
    let step = try TorchTensor(scale, library: library)
    try step.setRequiresGradient(true)
    let learned = try graph.run(["x": leaf], replacing: ["s": step], mode: .evaluation).outputs[0]
    #expect(difference(try learned.values(), expected, absolute: 1e-6) == nil)
    // The gradient by x is 1 inside the range and 0 outside, either way.
    let ones = try TorchTensor(Tensor([Float](repeating: 1, count: 24), shape: [2, 3, 4]), library: library)
    let direct = try #require(library.derivatives(of: [fused], by: [leaf], weights: [ones])[0]).values()
    let both = try library.derivatives(of: [learned], by: [leaf, step], weights: [ones])
    #expect(try #require(both[0]).values() == direct)
    let passed = zip(direct.elements(Float.self), zip(x.elements(Float.self), expected.elements(Float.self)))
    let steps = scale.elements(Float.self)
    for (index, (gradient, (x, y))) in passed.enumerated() {
      let size = steps[steps.count == 1 ? 0 : index / 4 % 3]
      #expect(gradient == (abs(x - y) <= size / 2 + 1e-5 ? 1 : 0), "\(x) became \(y)")
    }
    #expect(try #require(both[1]).shape == scale.shape)
  }

  @Test("Scale and zero point are replaced for one run")
  func replacing() throws {
    let library = try TorchFixture.loaded()
    let graph = try TorchGraph(model(scalar(1), Tensor(scalar: Int8(0)), shape: [3]), library: library)
    let x = try TorchTensor(floats(0.4, 1.6, -300), library: library)
    #expect(try graph.run(["x": x]).outputs[0].values() == floats(0, 2, -128))
    let half = try TorchTensor(scalar(0.5), library: library)
    #expect(try graph.run(["x": x], replacing: ["s": half]).outputs[0].values() == floats(0.5, 1.5, -64))
    let shift = try TorchTensor(scalar(100), library: library)
    #expect(try graph.run(["x": x], replacing: ["s": half, "z": shift]).outputs[0].values() == floats(0.5, 1.5, -114))
  }

  @Test("A quantizer that something else uses is no pair, and computes integers")
  func unpaired() throws {
    var builder = GraphBuilder()
    let x = builder.input("x", [2])
    let (s, z) = (builder.constant(scalar(0.5), name: "s"), builder.constant(Tensor(scalar: Int8(1)), name: "z"))
    let q = builder.node("QuantizeLinear", [x, s, z], output: "q")
    builder.node("DequantizeLinear", [q, s, z], output: "y")
    let model = builder.model(outputs: ["y", "q"])
    let library = try TorchFixture.loaded()
    let run = try TorchGraph(model, library: library).run(["x": TorchTensor(floats(0.6, 200), library: library)])
    #expect(try run.outputs[0].values() == floats(0.5, 63))
    #expect(try run.outputs[1].values() == Tensor([2, 127] as [Int8], shape: [2]))
    #expect(throws: TorchError.self) { try TorchGraph(model, library: library, gradients: .of(["s"])) }
  }
}
