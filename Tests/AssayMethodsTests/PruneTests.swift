import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

/// Positions that sorting by magnitude, then position, would prune.
private func sortedSelection(_ values: [Float], count: Int) -> Set<Int> {
  Set(values.indices.sorted { (values[$0].magnitude, $0) < (values[$1].magnitude, $1) }.prefix(count))
}

private func matrixModel(_ weights: [[Float]], biases: Bool = false) -> Model {
  var graph = GraphBuilder()
  var value = graph.input("x", [1, weights[0].count])
  for (index, weight) in weights.enumerated() {
    let tensor = Tensor(weight, shape: [weight.count, 1])
    var inputs = [value, graph.constant(tensor, name: "w\(index)")]
    if biases { inputs.append(graph.constant(Tensor([Float(1e-9)], shape: [1]), name: "b\(index)")) }
    value = graph.node("Gemm", inputs, name: "layer\(index)")
  }
  return graph.model(outputs: [value])
}

@Test(arguments: [0.0, 0.001, 0.3, 0.5, 0.9, 0.999, 1.0])
func exactlyTheLeastWeightsBecomeZero(sparsity: Double) throws {
  for seed in UInt64(1)...10 {
    var generator = SeededGenerator(seed: seed)
    // Few distinct values make many ties; the signs differ.
    let values = (0..<generator.integer(in: 1...2000)).map { _ in
      Float(generator.integer(in: -40...40)) / (seed % 2 == 0 ? 8 : 7)
    }
    let pruned = try apply("prune", ["sparsity": .number(sparsity)], to: matrixModel([values]))
    let result = pruned.model.graph.constant("w0")?.elements(Float.self) ?? []
    let selected = sortedSelection(values, count: Int((sparsity * Double(values.count)).rounded()))
    let expected = values.indices.map { selected.contains($0) ? 0 : values[$0] }
    #expect(result == expected, "seed \(seed)")
  }
}

@Test func magnitudesThatDifferInTheLastBitAreToldApart() throws {
  var value: Float = 1
  let values =
    (0..<1000).map { _ -> Float in
      value = value.nextUp
      return value
    }.reversed() as [Float]
  let pruned = try apply("prune", ["sparsity": .number(0.5)], to: matrixModel([values]))
  let result = pruned.model.graph.constant("w0")?.elements(Float.self) ?? []
  #expect(result == Array(values.prefix(500)) + [Float](repeating: 0, count: 500))
}

@Test func theScopeDecidesWhereTheShareHolds() throws {
  let (small, large) = ([Float](repeating: 0.1, count: 10), (1...10).map { Float($0) })
  let model = matrixModel([small, large], biases: true)
  func zeros(_ scope: String) throws -> [Int] {
    let result = try apply("prune", ["sparsity": .number(0.5), "scope": .text(scope)], to: model).model
    return ["w0", "w1", "b0", "b1"].map { name in
      result.graph.constant(name)?.elements(Float.self).count { $0 == 0 } ?? -1
    }
  }
  #expect(try zeros("global") == [10, 0, 0, 0])
  #expect(try zeros("layer") == [5, 5, 0, 0])
}

@Test func includedAndExcludedNamesAreKept() throws {
  let model = matrixModel([[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]])
  let step = try apply(
    "prune", ["sparsity": .number(0.5), "include": .list([.text("layer*")]), "exclude": .text("w1")], to: model)
  let zeros = ["w0", "w1", "w2"].map { name in
    step.model.graph.constant(name)?.elements(Float.self).count { $0 == 0 } ?? -1
  }
  #expect(zeros == [4, 0, 0])
  #expect(step.report.skips.map(\.text) == ["'w1' is excluded by 'w1'"])
  let error = #expect(throws: MethodError.self) {
    try apply("prune", ["sparsity": .number(0.5), "exclude": .text("layer7")], to: model)
  }
  #expect(error?.code == .badOption)
}

@Test(arguments: [Float.nan, -.nan, .infinity, -.infinity])
func aWeightThatIsNoNumberIsNamed(bad: Float) {
  let error = #expect(throws: MethodError.self) {
    try apply("prune", ["sparsity": .number(0.5)], to: matrixModel([[1, 2], [3, bad, 4]]))
  }
  #expect(error?.code == .notFinite)
  #expect(error?.place?.node == "w1")
  #expect(error?.message.contains("element 1") == true)
}

@Test func quantizedWeightsAreSkippedWithTheReason() throws {
  let quantized = try apply("quantize", ["mode": .text("dynamic")], to: perceptron(seed: 1)).model
  let step = try apply("prune", ["sparsity": .number(0.5)], to: quantized)
  #expect(step.report.changes.isEmpty)
  #expect(step.report.skips.count == 2 && step.report.skips.allSatisfy { $0.text.contains("already quantized") })
  #expect(step.report.notes.contains("changed nothing"))
}

@Test func zerosAlreadyThereCountAmongThePruned() throws {
  let values: [Float] = [0, -0.0, 3, 0, 1, 2]
  let step = try apply("prune", ["sparsity": .number(0.5)], to: matrixModel([values]))
  #expect(step.model.graph.constant("w0")?.elements(Float.self) == [0, 0, 3, 0, 1, 2])
  #expect(step.report.changes.map(\.text) == ["'w0': 3 of 6 weights are zero"])
}

@Test func aModelWithoutWeightsIsRefused() {
  var graph = GraphBuilder()
  let x = graph.input("x", [1])
  let output = graph.node("Relu", [x])
  let model = graph.model(outputs: [output])
  #expect(throws: MethodError.self) { try apply("prune", ["sparsity": .number(0.5)], to: model) }
}
