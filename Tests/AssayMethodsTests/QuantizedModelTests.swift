import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

/// Models as other tools write them, with all weights of their products in integers.
private enum Foreign: String, CaseIterable, CustomTestStringConvertible {
  /// Pairs with int8 weights: onnxruntime.quantization, NNCF.
  case pairs
  /// The weight is dequantized and then transposed, as exporters of PyTorch write it.
  case transposedPairs
  /// Weights in float before a pair that rounds them: exports of quantization-aware training.
  case roundedFloats
  /// Pairs of 16-bit integers in ONNX Runtime's own domain.
  case widePairs
  case operators
  case dynamic
  /// MatMulNBits of ONNX Runtime.
  case blocks
  /// Eight bits of floating point, cast to float.
  case smallFloats

  var testDescription: String { rawValue }

  /// x [N, 8] through two products of 8 × 8.
  var model: Model {
    var graph = GraphBuilder()
    let x = graph.input("x", dimensions: [.symbolic("N"), .fixed(8)])
    let hidden = product(x, "first", &graph)
    let y = product(graph.node("Relu", [hidden]), "second", &graph)
    return graph.model(
      outputs: [y], shape: [.symbolic("N"), .fixed(8)], opset: 21, domains: ["com.microsoft": 1])
  }

  private func product(_ input: String, _ name: String, _ graph: inout GraphBuilder) -> String {
    let integers = Tensor((0..<64).map { Int8($0 - 32) }, shape: [8, 8])
    let scale = graph.constant(Tensor(scalar: Float(0.1)), name: "\(name).scale")
    let zero = graph.constant(Tensor(scalar: Int8(0)), name: "\(name).zero")
    let unsigned = graph.constant(Tensor(scalar: UInt8(128)), name: "\(name).unsigned")
    func activation() -> String {
      let quantized = graph.node("QuantizeLinear", [input, scale, unsigned])
      return graph.node("DequantizeLinear", [quantized, scale, unsigned])
    }
    func dequantized(_ weight: String) -> String { graph.node("DequantizeLinear", [weight, scale, zero]) }
    switch self {
    case .pairs:
      let weight = dequantized(graph.constant(integers, name: "\(name).w"))
      return graph.node("Gemm", [activation(), weight], name: name)
    case .transposedPairs:
      let weight = dequantized(graph.constant(integers, name: "\(name).w"))
      return graph.node("MatMul", [activation(), graph.node("Transpose", [weight])], name: name)
    case .roundedFloats:
      let weight = graph.constant(SeededTensors.tensor([8, 8], seed: 1), name: "\(name).w")
      return graph.node(
        "Gemm", [activation(), dequantized(graph.node("QuantizeLinear", [weight, scale, zero]))], name: name)
    case .widePairs:
      let wide = graph.constant(Tensor((0..<64).map { Int16($0) }, shape: [8, 8]), name: "\(name).w")
      let weight = graph.node("DequantizeLinear", [wide, scale], domain: "com.microsoft")
      return graph.node("MatMul", [input, weight], name: name)
    case .operators:
      let weight = graph.constant(integers, name: "\(name).w")
      let quantized = graph.node("QuantizeLinear", [input, scale, unsigned])
      let result = graph.node(
        "QLinearMatMul", [quantized, scale, unsigned, weight, scale, zero, scale, unsigned], name: name)
      return graph.node("DequantizeLinear", [result, scale, unsigned])
    case .dynamic:
      let weight = graph.constant(integers, name: "\(name).w")
      return graph.node("DynamicQuantizeMatMul", [input, weight, scale, zero], name: name, domain: "com.microsoft")
    case .blocks:
      let packed = graph.constant(Tensor([UInt8](repeating: 0x71, count: 64), shape: [8, 1, 8]), name: "\(name).w")
      let scales = graph.constant(Tensor([Float](repeating: 0.1, count: 8), shape: [8]))
      let attributes = [("K", 8), ("N", 8), ("bits", 4), ("block_size", 16)].map { Attribute($0, int: $1) }
      return graph.node("MatMulNBits", [input, packed, scales], attributes, name: name, domain: "com.microsoft")
    case .smallFloats:
      let bytes = Bytes(copying: (0..<64).map { UInt8($0) })
      guard let small = Tensor(.float8e4m3fn, shape: [8, 8], bytes: bytes) else { return input }
      let weight = graph.node(
        "Cast", [graph.constant(small, name: "\(name).w")], [Attribute("to", int: 1)])
      return graph.node("MatMul", [input, weight], name: name)
    }
  }
}

private let steps: [Step] = [
  Step(method: "prune", options: ["sparsity": .number(0.5)]),
  Step(method: "prune", options: ["pattern": .text("2:4")]),
  Step(method: "prune", options: ["target": .text("unit"), "ratio": .number(0.5)]),
  Step(method: "equalize"),
  Step(method: "smooth-quant"),
  Step(method: "quantize", options: ["mode": .text("static")]),
  Step(method: "quantize", options: ["mode": .text("dynamic")]),
  Step(method: "quantize-weights"),
  Step(method: "quantize-weights", options: ["algorithm": .text("gptq")]),
]

@Suite("Models that another tool quantized")
struct QuantizedModelTests {
  @Test("Every product is reported as quantized already, and nothing changes", arguments: Foreign.allCases, steps)
  fileprivate func skipped(foreign: Foreign, step: Step) throws {
    let model = foreign.model
    try model.check()
    let source = FixedActivations(values: [SeededTensors.tensor([2, 8], seed: 1)])
    let result = try MethodCatalog.apply(step, to: model, in: MethodContext(cpu: modernCPU, calibration: source))
    #expect(result.report.changes.isEmpty)
    for name in ["first", "second"] {
      let texts = result.report.skips.filter { $0.node == name }.map(\.text)
      #expect(texts.contains { $0.contains("already quantized") }, "\(result.report.skips)")
    }
    #expect(result.report.notes.contains(StepReport.nothingChanged))
    #expect(try result.model.serialized() == model.serialized())
  }

  @Test("Names of quantized products may be left out without an error", arguments: steps)
  func excluded(step: Step) throws {
    var step = step
    step.options["exclude"] = .text("first")
    let source = FixedActivations(values: [SeededTensors.tensor([2, 8], seed: 1)])
    let result = try MethodCatalog.apply(
      step, to: Foreign.blocks.model, in: MethodContext(cpu: modernCPU, calibration: source))
    #expect(result.report.changes.isEmpty)
  }

  @Test("A product of two activations is not called quantized, though both pass pairs")
  func activations() throws {
    var graph = GraphBuilder()
    let x = graph.input("x", [1, 4, 4])
    let scale = graph.constant(Tensor(scalar: Float(0.1)))
    let zero = graph.constant(Tensor(scalar: UInt8(0)))
    let pair = graph.node("DequantizeLinear", [graph.node("QuantizeLinear", [x, scale, zero]), scale, zero])
    let scores = graph.node("MatMul", [pair, pair], name: "scores")
    let y = graph.node("MatMul", [scores, graph.constant(SeededTensors.tensor([4, 4], seed: 1), name: "w")])
    let result = try apply("prune", ["sparsity": .number(0.5)], to: graph.model(outputs: [y]))
    #expect(
      result.report.skips == [StepReport.Entry(node: "scores", text: "its weights are computed, not constant")])
    #expect(result.report.changes.count == 1)
  }
}
