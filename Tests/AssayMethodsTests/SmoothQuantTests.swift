import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

/// A layer normalization whose channel 1 is large, two products that read it, and a product after a sum with a constant.
private func attentionLike(seed: UInt64) -> Model {
  var generator = SeededGenerator(seed: seed)
  var graph = GraphBuilder()
  let x = graph.input("x", dimensions: [.symbolic("N"), .fixed(3), .fixed(6)])
  var gains = generator.floats(6, in: 0.5...1.5)
  gains[1] = 80
  let normalized = graph.node(
    "LayerNormalization",
    [x, graph.constant(Tensor(gains, shape: [6]), name: "gain"), graph.constant(generator.tensor([6]), name: "shift")],
    [Attribute("axis", int: -1)], name: "norm")
  let query = graph.node("MatMul", [normalized, graph.constant(generator.tensor([6, 6]), name: "wq")], name: "query")
  let key = graph.node("MatMul", [normalized, graph.constant(generator.tensor([6, 6]), name: "wk")], name: "key")
  let shifted = graph.node("Add", [key, graph.constant(generator.tensor([6]), name: "bk")])
  let next = graph.node(
    "MatMul", [graph.node("Relu", [shifted]), graph.constant(generator.tensor([6, 6]), name: "wn")], name: "next")
  let scaled = graph.node(
    "Mul", [query, graph.constant(generator.tensor([6], in: 1...9), name: "factor")], name: "mul")
  let last = graph.node("MatMul", [scaled, graph.constant(generator.tensor([6, 6]), name: "wl")], name: "last")
  let y = graph.node("Add", [next, last], output: "y")
  return graph.model(outputs: [y])
}

private func batches(seed: UInt64) -> [[String: Tensor]] {
  (0..<3).map { ["x": SeededTensors.tensor([2, 3, 6], seed: seed + $0)] }
}

private func smoothed(_ model: Model, _ options: [String: OptionValue] = [:], seed: UInt64 = 1) throws -> Rewrite {
  try apply("smooth-quant", options, to: model, calibration: ReferenceActivations(batches: batches(seed: seed)))
}

private func errors(_ a: Model, _ b: Model, seed: UInt64) throws -> Double {
  var (error, size) = (0.0, 0.0)
  for batch in batches(seed: seed) {
    let pairs = zip(try run(a, batch)[0].elements(Float.self), try run(b, batch)[0].elements(Float.self))
    for (x, y) in pairs {
      error += Double((x - y) * (x - y))
      size += Double(y * y)
    }
  }
  return (error / size).squareRoot()
}

@Test(arguments: [0, 0.25, 0.5, 0.75, 1])
func smoothingKeepsTheFunction(alpha: Double) throws {
  for seed in UInt64(1)...4 {
    let model = attentionLike(seed: seed)
    let result = try smoothed(model, ["alpha": .number(alpha)], seed: seed)
    #expect(Set(result.report.changes.map(\.node)) == ["query", "key", "next", "last"])
    #expect(try errors(result.model, model, seed: seed) < 1e-5, "seed \(seed)")
  }
}

@Test func aHalfMakesInputsAndWeightsAlikeInRange() throws {
  let model = attentionLike(seed: 1)
  // Without the later products, which scale the columns of these weights.
  let result = try smoothed(model, ["include": .list([.text("query"), .text("key")])])
  // s_j = √(max|X_j| / max|W_j|): afterwards both have the same largest magnitude, √(max|X_j|·max|W_j|).
  var largest = [Float](repeating: 0, count: 6)
  var normalized = result.model
  normalized.graph.outputs = [ValueInfo(name: result.model.graph.nodes[0].outputs[0], elementType: .float, shape: nil)]
  for batch in batches(seed: 1) {
    let columns = try run(normalized, batch)[0].largestMagnitudes(along: 2)
    largest = zip(largest, columns).map { max($0, $1) }
  }
  let weights = ["wq", "wk"].map {
    (result.model.graph.constant($0) ?? Tensor(scalar: Float(0))).largestMagnitudes(along: 0)
  }
  let both = zip(weights[0], weights[1]).map { Double(max($0, $1)) }
  #expect(difference(largest.map { Double($0) }, both, relative: 1e-4) == nil)
}

@Test func smoothingHelpsQuantizingOutliers() throws {
  var (plain, smooth) = (0.0, 0.0)
  for seed in UInt64(1)...4 {
    let model = attentionLike(seed: seed)
    let source = ReferenceActivations(batches: batches(seed: seed))
    let options: [String: OptionValue] = ["granularity": .text("tensor")]
    let before = try apply("quantize", options, to: model, calibration: source).model
    let after = try apply("quantize", options, to: try smoothed(model, seed: seed).model, calibration: source).model
    plain += try errors(before, model, seed: seed)
    smooth += try errors(after, model, seed: seed)
  }
  #expect(smooth < plain)
}

@Test func aProductBehindLayersIsSmoothedThroughFlatten() throws {
  let model = residualNetwork(seed: 3)
  let source = ReferenceActivations(batches: residualInputs(seed: 1))
  let result = try apply("smooth-quant", to: model, calibration: source)
  // Its input is a mean of a sum of two values, which nothing alone could scale.
  #expect(result.report.skips.map(\.node) == ["fc"])
  let perceptron = try MethodCatalog.prepare(perceptron(seed: 2), in: MethodContext(cpu: modernCPU)).model
  let inputs = ["x": SeededTensors.tensor([4, 6], seed: 1)]
  let smoothed = try apply("smooth-quant", to: perceptron, calibration: ReferenceActivations(batches: [inputs]))
  #expect(smoothed.report.changes.map(\.node) == ["last"] && smoothed.report.skips.map(\.node) == ["hidden"])
  #expect(
    difference(try run(smoothed.model, inputs)[0], try run(perceptron, inputs)[0], absolute: 1e-5, relative: 1e-5)
      == nil)
}

@Test func badInputOfSmoothQuantIsRefused() throws {
  let model = attentionLike(seed: 1)
  func code(_ source: (any ActivationSource)?, _ options: [String: OptionValue] = [:]) -> MethodErrorCode? {
    let error = #expect(throws: MethodError.self) {
      try apply("smooth-quant", options, to: model, calibration: source)
    }
    return error?.code
  }
  #expect(code(nil) == .calibration)
  #expect(code(FixedActivations(values: [])) == .calibration)
  #expect(code(FixedActivations(values: [SeededTensors.tensor([5], seed: 1)])) == .calibration)
  #expect(code(FixedActivations(values: [Tensor([Float](repeating: .nan, count: 6), shape: [6])])) == .notFinite)
  #expect(code(FixedActivations(values: []), ["alpha": .number(1.5)]) == .badOption)
  #expect(code(FixedActivations(values: []), ["exclude": .text("nothing")]) == .badOption)
  var broken = model
  broken.graph.setInitializer("wq", Tensor([Float](repeating: .nan, count: 36), shape: [6, 6]))
  let error = #expect(throws: MethodError.self) { try smoothed(broken) }
  #expect(error?.code == .notFinite)
}
