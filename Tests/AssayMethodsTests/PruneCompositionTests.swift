import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

private let pruned = Step(method: "prune", options: ["sparsity": .number(0.75)])
private let dynamic = Step(method: "quantize", options: ["mode": .text("dynamic")])

/// Applies steps in order and returns the last rewrite.
private func applied(_ steps: [Step], to model: Model) throws -> Rewrite {
  let context = MethodContext(cpu: modernCPU)
  var rewrite = Rewrite(model: model, report: StepReport(step: ""))
  for step in steps { rewrite = try MethodCatalog.apply(step, to: rewrite.model, in: context) }
  return rewrite
}

@Test func symmetricQuantizationKeepsTheZerosOfAMaskAndSaysSo() throws {
  let result = try applied([pruned, dynamic], to: perceptron(seed: 3))
  // Three quarters of 30 + 15 weights.
  #expect(result.report.notes.contains("zeros of the mask stay zero: 34 of 45 weights in 2 tensors"))
  #expect(!result.report.notes.contains { $0.hasPrefix("warning: the sparsity") })
}

@Test func halfPrecisionKeepsTheZerosOfAMask() throws {
  let result = try applied([pruned, Step(method: "float16")], to: perceptron(seed: 3))
  #expect(result.report.notes.contains { $0.hasPrefix("zeros of the mask stay zero: 34 of 45") })
}

@Test func zerosThatAStepLosesAreWarnedOf() throws {
  let sparse = try applied([pruned], to: perceptron(seed: 3)).model
  let ledger = SparsityLedger(sparse)
  var rewrite = Rewrite(model: sparse, report: StepReport(step: "shift"))
  #expect(ledger.notes(after: rewrite).isEmpty)
  // Integers with a zero point that zeros do not fall on.
  let weight = try #require(sparse.graph.constant("w1"))
  rewrite.model.graph.setInitializer(
    "w1", Tensor(weight.elements(Float.self).map { $0 + 0.01 }, shape: weight.shape))
  let notes = ledger.notes(after: rewrite)
  #expect(notes.count == 1)
  #expect(notes.first?.hasPrefix("warning: the sparsity of 'w1' fell from ") == true)
  #expect(notes.first?.contains(" to 0.0 %") == true)
}

@Test func denseWeightsAreNotWorthAWord() throws {
  let result = try applied([dynamic], to: perceptron(seed: 3))
  #expect(!result.report.notes.contains { $0.contains("zeros of the mask") || $0.hasPrefix("warning: the sparsity") })
}

@Test func foldingScalesWhatIsLeftAndKeepsTheZeros() throws {
  var generator = SeededGenerator(seed: 2)
  var graph = GraphBuilder()
  let x = graph.input("x", [1, 2, 6, 6])
  let conv = graph.node("Conv", [x, graph.constant(generator.tensor([4, 2, 3, 3]), name: "w")], name: "conv")
  let parameters = (0..<4).map { _ in graph.constant(generator.tensor([4], in: 0.5...1)) }
  let y = graph.node("BatchNormalization", [conv] + parameters)
  let result = try applied([pruned, Step(method: "fold")], to: graph.model(outputs: [y]))
  #expect(result.report.notes.contains("zeros of the mask stay zero: 54 of 72 weights in 1 tensors"))
}

@Test func quantizingTwiceAndPruningIntegersAreReportedSkips() throws {
  for second in [dynamic, pruned] {
    let result = try applied([dynamic, second], to: perceptron(seed: 3))
    #expect(result.report.changes.isEmpty && result.report.notes.contains("changed nothing"))
    #expect(result.report.skips.count == 2)
    #expect(result.report.skips.allSatisfy { $0.text.contains("already quantized") })
  }
}

@Test func foldingAfterQuantizingChangesNoAnswer() throws {
  let batch = ["x": SeededTensors.tensor([4, 6], seed: 10)]
  let quantized = try applied([dynamic], to: perceptron(seed: 3)).model
  for later in ["fold", "float16"] {
    let result = try applied([dynamic, Step(method: later)], to: perceptron(seed: 3)).model
    #expect(throws: Never.self) { try result.check() }
    let (expected, actual) = (try run(quantized, batch)[0], try run(result, batch)[0])
    #expect(difference(actual, expected, absolute: later == "fold" ? 0 : 0.01) == nil, "\(later)")
  }
}

@Test(arguments: [
  (["prune", "quantize"], [Int]()), (["quantize", "prune"], [1]), (["quantize", "quantize"], [1]),
  (["fold", "prune", "fold"], []), (["prune", "quantize", "fold"], [2]), (["quantize", "float16"], [1]),
  (["float16", "prune", "quantize"], [1, 2]), (["prune", "prune"], [1]), ([], []),
  (["prune", "cluster"], []), (["cluster", "prune"], [1]), (["prune", "hash"], [1]), (["hash", "quantize"], [1]),
  (["quantize", "cluster"], [1]), (["cluster", "quantize-weights"], [1]), (["float16", "hash"], [1]),
])
func listsThatUndoThemselvesAreWarnedOf(methods: [String], warned: [Int]) {
  let warnings = Composition.check(methods.map { Step(method: $0) })
  #expect(warnings.map(\.step) == warned)
  for warning in warnings { #expect(warning.text.contains("step ")) }
}

@Test func pruningFurtherIsNoConflict() {
  let further = Step(method: "prune", options: ["sparsity": .number(0.9)])
  #expect(Composition.check([pruned, further]).isEmpty)
}

@Test func shapesThatAreComputedFromFixedExtentsBecomeConstants() throws {
  var graph = GraphBuilder()
  let x = graph.input("x", [2, 3, 4])
  let shape = graph.node("Shape", [x])
  let first = graph.node("Gather", [shape, graph.constant(Tensor(scalar: Int64(0)))], [Attribute("axis", int: 0)])
  let row = graph.node("Unsqueeze", [first, graph.constant(ints: [0])])
  let target = graph.node("Concat", [row, graph.constant(ints: [-1])], [Attribute("axis", int: 0)])
  let y = graph.node("Relu", [graph.node("Reshape", [x, target])])
  let model = graph.model(outputs: [y])
  let folded = try apply("fold", to: model)
  #expect(folded.model.graph.nodes.map(\.opType) == ["Reshape", "Relu"])
  let input = ["x": SeededTensors.tensor([2, 3, 4], seed: 1)]
  #expect(try run(folded.model, input) == run(model, input))
  // With an open batch the shape is not known.
  var open = model
  open.graph.inputs[0] = ValueInfo(name: "x", elementType: .float, shape: [.symbolic("N"), .fixed(3), .fixed(4)])
  #expect(try apply("fold", to: open).model.graph.nodes.contains { $0.opType == "Shape" })
}
