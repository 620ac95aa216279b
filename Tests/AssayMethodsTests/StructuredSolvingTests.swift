import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

/// `value` with every channel of a convolution twice, the second time scaled: half of them can go without loss.
private func redundantNetwork(seed: UInt64, kind: Int) -> Model {
  var generator = SeededGenerator(seed: seed)
  var graph = GraphBuilder()
  let x = graph.input("x", dimensions: [.symbolic("N"), .fixed(2), .fixed(6), .fixed(6)])
  let half = generator.floats(3 * 2 * 9)
  let weights = graph.constant(Tensor(half + half.map { $0 * 0.5 }, shape: [6, 2, 3, 3]), name: "w1")
  var value = graph.node("Relu", [graph.node("Conv", [x, weights], name: "first")])
  switch kind {
  case 0:
    value = graph.node(
      "Conv",
      [value, graph.constant(generator.tensor([4, 6, 3, 3]), name: "w2"), graph.constant(generator.tensor([4]))],
      [Attribute("pads", ints: [1, 0, 2, 1]), Attribute("strides", ints: [2, 1])], name: "second")
  case 1:
    value = graph.node(
      "Conv", [value, graph.constant(generator.tensor([4, 6, 2, 2]), name: "w2")],
      [Attribute("auto_pad", string: "SAME_UPPER"), Attribute("dilations", ints: [1, 2])], name: "second")
  case 2:
    value = graph.node("Flatten", [value])
    value = graph.node(
      "Gemm",
      [value, graph.constant(generator.tensor([4, 96]), name: "w2"), graph.constant(generator.tensor([1, 4]))],
      [Attribute("transB", int: 1)], name: "second")
  default:
    let last = graph.node("Transpose", [value], [Attribute("perm", ints: [0, 2, 3, 1])])
    value = graph.node("MatMul", [last, graph.constant(generator.tensor([6, 4]), name: "w2")], name: "second")
  }
  return graph.model(outputs: [value])
}

private func batches(_ count: Int, seed: UInt64) -> [[String: Tensor]] {
  var generator = SeededGenerator(seed: seed)
  return (0..<count).map { _ in ["x": generator.tensor([4, 2, 6, 6])] }
}

private func squaredError(_ a: [Tensor], _ b: [Tensor]) -> Double {
  zip(a, b).reduce(0.0) { sum, pair in
    zip(pair.0.elements(Float.self), pair.1.elements(Float.self)).reduce(sum) {
      $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1))
    }
  }
}

@Test(arguments: 0...3)
func whatWasRedundantIsSolvedBack(kind: Int) throws {
  let model = redundantNetwork(seed: 3, kind: kind)
  let source = ReferenceActivations(batches: batches(10, seed: 4))
  let options: [String: OptionValue] = ["target": .text("channel"), "ratio": .number(0.5)]
  let plain = try apply("prune", options, to: model)
  let solved = try apply(
    "prune", options.merging(["reconstruct": .bool(true)]) { first, _ in first }, to: model, calibration: source)
  #expect(throws: Never.self) { try solved.model.check() }
  let fresh = batches(1, seed: 9)[0]
  let expected = try run(model, fresh)
  let (before, after) = (
    squaredError(try run(plain.model, fresh), expected), squaredError(try run(solved.model, fresh), expected)
  )
  // The ridge leaves a little; with as many rows as unknowns a little more.
  #expect(after < before * (kind == 2 ? 0.2 : 1e-3), "\(before) → \(after)")
  #expect(solved.report.changes.contains { $0.node == "second" && $0.text.contains("weights solved on") })
}

@Test func everyReaderOfAResidualStreamIsSolvedAndTheErrorFalls() throws {
  for seed in UInt64(1)...3 {
    let model = residualNetwork(seed: seed)
    let source = ReferenceActivations(batches: residualInputs(seed: seed, batches: 30))
    let options: [String: OptionValue] = ["target": .text("channel"), "ratio": .number(0.25)]
    let plain = try apply("prune", options, to: model)
    let solved = try apply(
      "prune", options.merging(["reconstruct": .bool(true)]) { first, _ in first }, to: model, calibration: source)
    #expect(
      Set(solved.report.changes.filter { $0.text.contains("solved") }.map(\.node)) == ["c2", "fc"], "seed \(seed)")
    let fresh = residualInputs(seed: seed + 100, batches: 5)
    let expected = try fresh.map { try run(model, $0)[0] }
    let before = squaredError(try fresh.map { try run(plain.model, $0)[0] }, expected)
    let after = squaredError(try fresh.map { try run(solved.model, $0)[0] }, expected)
    #expect(after < before / 2, "seed \(seed): \(before) → \(after)")
  }
}

// Oracle: numpy, Oracles/ridge.py.
@Test func theNormalEquationsAreSolvedAsNumpyDoes() throws {
  let z: [Double] = [1, 2, 1, 0, 1, 1, 3, -1, 1, 2, 0.5, 1, -1, 1.5, 1]
  let y: [Double] = [1, 0, 2, 1, -1, 3, 0.5, 0.5, 2, -2]
  var equations = NormalEquations(features: 2, outputs: 2, hasBias: true)
  z.withUnsafeBufferPointer { z in y.withUnsafeBufferPointer { equations.add(z, $0, samples: 5) } }
  let prior = [0.5, -0.5, 0.25, 1, 9, 9]
  let found = try #require(equations.solution(ridge: 0.1, prior: prior))
  let expected = [
    -0.4172071898238169, 0.6422973594763479, 0.4091290279488813, -0.315423092336693, 0.9899039674647119,
    0.11004111439300665,
  ]
  #expect(difference(found, expected, absolute: 1e-12) == nil)
  #expect(abs(equations.squaredError(of: found) - 4.061819823354894) < 1e-12)
}

// MARK: Blocks

/// Three residual blocks; the second adds next to nothing, the last has a shortcut with weights.
private func blocks() -> Model {
  var generator = SeededGenerator(seed: 5)
  var graph = GraphBuilder()
  var value = graph.input("x", dimensions: [.symbolic("N"), .fixed(2), .fixed(6), .fixed(6)])
  func conv(_ input: String, _ from: Int, _ to: Int, scale: Float) -> String {
    graph.node(
      "Conv", [input, graph.constant(generator.tensor([to, from, 3, 3], in: -scale...scale))],
      [Attribute("pads", ints: [1, 1, 1, 1])])
  }
  value = conv(value, 2, 3, scale: 1)
  for (index, scale) in [Float(0.5), 0.001, 0.6].enumerated() {
    let branch = conv(graph.node("Relu", [conv(value, 3, 3, scale: scale)]), 3, 3, scale: scale)
    let shortcut = index == 2 ? conv(value, 3, 3, scale: 1) : value
    value = graph.node(
      "Relu", [graph.node("Add", index == 0 ? [value, branch] : [branch, shortcut], name: "sum\(index)")])
  }
  let y = graph.node("GlobalAveragePool", [value], output: "y")
  return graph.model(outputs: [y])
}

@Test func theBlockThatIsLeastMissedIsRemoved() throws {
  let source = ReferenceActivations(batches: batches(2, seed: 7))
  let options: [String: OptionValue] = ["target": .text("layer"), "ratio": .number(0.5)]
  let step = try apply("prune", options, to: blocks(), calibration: source)
  #expect(step.report.changes.map(\.node) == ["sum1"])
  #expect(step.report.skips.map(\.node) == ["sum2"])
  #expect(step.model.graph.operatorCounts["Conv"] == 6 && step.model.graph.operatorCounts["Add"] == 2)
  #expect(throws: Never.self) { try step.model.check() }
  let input = batches(1, seed: 8)[0]
  let (expected, actual) = (try run(blocks(), input)[0], try run(step.model, input)[0])
  #expect(difference(actual, expected, absolute: 1e-2) == nil && difference(actual, expected) != nil)
  let all = try apply(
    "prune", ["target": .text("layer"), "ratio": .integer(1), "exclude": .text("sum1")], to: blocks(),
    calibration: source)
  #expect(all.report.changes.map(\.node) == ["sum0"])
}

@Test func aModelWithoutBlocksSaysSo() throws {
  let source = ReferenceActivations(batches: [["x": SeededTensors.tensor([4, 6], seed: 1)]])
  let step = try apply(
    "prune", ["target": .text("layer"), "ratio": .number(0.5)], to: perceptron(seed: 1), calibration: source)
  #expect(step.report.changes.isEmpty && step.report.notes[0].contains("no residual block"))
  let error = #expect(throws: MethodError.self) {
    try apply("prune", ["target": .text("layer"), "ratio": .number(0.5)], to: perceptron(seed: 1))
  }
  #expect(error?.code == .calibration)
}
