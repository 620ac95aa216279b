import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

private func cut(
  _ target: String, ratio: Double, _ options: [String: OptionValue] = [:], of model: Model,
  calibration: (any ActivationSource)? = nil
) throws(MethodError) -> Rewrite {
  let all = options.merging(["target": .text(target), "ratio": .number(ratio)]) { first, _ in first }
  return try apply("prune", all, to: model, calibration: calibration)
}

extension Rewrite {
  fileprivate func shape(_ name: String) -> [Int]? { model.graph.constant(name)?.shape }
}

/// Gemm of four neurons with the given rows, then one of two.
private func twoLayers(_ rows: [[Float]], readout: [Float]? = nil) -> Model {
  var graph = GraphBuilder()
  let (count, width) = (rows.count, rows[0].count)
  let x = graph.input("x", dimensions: [.symbolic("N"), .fixed(width)])
  let weights = graph.constant(Tensor(rows.flatMap { $0 }, shape: [count, width]), name: "w1")
  let hidden = graph.node("Gemm", [x, weights], [Attribute("transB", int: 1)], name: "first")
  let relu = graph.node("Relu", [hidden])
  let last = readout ?? [Float](repeating: 1, count: count)
  let second = graph.constant(Tensor(last, shape: [count, 1]), name: "w2")
  let y = graph.node("Gemm", [relu, second], name: "second", output: "y")
  return graph.model(outputs: [y], shape: [.symbolic("N"), .fixed(1)])
}

// MARK: What is cut

@Test func theLeastNeuronsGoAndTheInterfaceStays() throws {
  let model = twoLayers([[3, 0], [0, -1], [2, 2], [0.5, 0.1]])
  let step = try cut("neuron", ratio: 0.5, of: model)
  #expect(step.model.graph.constant("w1")?.elements(Float.self) == [3, 0, 2, 2])
  #expect(step.shape("w2") == [2, 1])
  #expect(
    step.report.changes.map(\.text) == ["'w1' [4, 2] → [2, 2]", "'w2' [4, 1] → [2, 1]"])
  #expect(step.report.skips.map(\.text) == ["1 of its 1 outputs stay: they reach the output 'y' of the model"])
  #expect(step.report.notes.contains("multiply-accumulates 12 → 6"))
  #expect(step.report.notes.contains("'first': 2 of 4 neurons"))
}

@Test func aResidualSumTiesItsOperands() throws {
  let step = try cut("channel", ratio: 0.5, of: residualNetwork(seed: 3))
  #expect(step.shape("c1.weight") == [2, 2, 3, 3])
  #expect(step.shape("c2.weight") == [2, 2, 3, 3])
  #expect(step.shape("c2.bias") == [2] && step.shape("fc.weight") == [3, 2])
  #expect(step.report.notes.contains("'c1 (tied with c2)': 2 of 4 channels"))
}

@Test func aFlattenedChannelIsARunOfFeatures() throws {
  var graph = GraphBuilder()
  let x = graph.input("x", [1, 1, 2, 2])
  let weights = graph.constant(Tensor([5, 1, 4] as [Float], shape: [3, 1, 1, 1]), name: "w1")
  let flat = graph.node("Flatten", [graph.node("Conv", [x, weights], name: "conv")])
  let dense = graph.constant(Tensor((0..<12).map { Float($0) }, shape: [12, 1]), name: "w2")
  let y = graph.node("MatMul", [flat, dense])
  let step = try cut("channel", ratio: 0.34, of: graph.model(outputs: [y]))
  #expect(step.model.graph.constant("w2")?.elements(Float.self) == [0, 1, 2, 3, 8, 9, 10, 11])
}

@Test func channelsThatComeLastAreEveryThirdFeature() throws {
  var graph = GraphBuilder()
  let x = graph.input("x", [1, 1, 2, 2])
  let weights = graph.constant(Tensor([5, 1, 4] as [Float], shape: [3, 1, 1, 1]), name: "w1")
  let last = graph.node(
    "Transpose", [graph.node("Conv", [x, weights])], [Attribute("perm", ints: [0, 2, 3, 1])])
  let flat = graph.node("Reshape", [last, graph.constant(ints: [-1, 12])], output: "flat")
  let dense = graph.constant(Tensor((0..<12).map { Float($0) }, shape: [12, 1]), name: "w2")
  let y = graph.node("MatMul", [flat, dense])
  let step = try cut("channel", ratio: 0.34, of: graph.model(outputs: [y]))
  #expect(step.model.graph.constant("w2")?.elements(Float.self) == [0, 2, 3, 5, 6, 8, 9, 11])
  #expect(step.model.graph.constant("flat_cut_shape")?.elements(Int64.self) == [1, 8])
}

@Test func aGroupOfAConvolutionGoesAsAWhole() throws {
  var generator = SeededGenerator(seed: 2)
  var graph = GraphBuilder()
  let x = graph.input("x", [1, 2, 4, 4])
  let first = graph.node("Conv", [x, graph.constant(generator.tensor([6, 2, 1, 1]), name: "w1")], name: "first")
  let grouped = graph.node(
    "Conv", [first, graph.constant(generator.tensor([9, 2, 3, 3]), name: "w2")], [Attribute("group", int: 3)],
    name: "grouped")
  let last = graph.node("Conv", [grouped, graph.constant(generator.tensor([2, 9, 1, 1]), name: "w3")], name: "last")
  let step = try cut("channel", ratio: 0.34, of: graph.model(outputs: [last]))
  #expect(
    step.shape("w1") == [4, 2, 1, 1] && step.shape("w2") == [6, 2, 3, 3] && step.shape("w3") == [2, 6, 1, 1])
  #expect(step.model.graph.nodes[1].int("group") == 2)
  #expect(step.report.notes.contains("'first (tied with grouped)': 1 of 3 channels"))
}

@Test func aShapeThatIsComputedKeepsWhatItDependsOn() throws {
  // The number of channels multiplies the result, so it must not change.
  var generator = SeededGenerator(seed: 2)
  var graph = GraphBuilder()
  let x = graph.input("x", [1, 2, 4, 4])
  let first = graph.node("Conv", [x, graph.constant(generator.tensor([4, 2, 1, 1]), name: "w1")], name: "first")
  let shape = graph.node("Shape", [first], [Attribute("start", int: 1), Attribute("end", int: 2)])
  let table = graph.node("ConstantOfShape", [shape])
  let sum = graph.node(
    "Concat", [table, graph.constant(Tensor([1, 2] as [Float], shape: [2]))], [Attribute("axis", int: 0)])
  let second = graph.node("Conv", [first, graph.constant(generator.tensor([3, 4, 1, 1]), name: "w2")], name: "second")
  let third = graph.node("Conv", [second, graph.constant(generator.tensor([1, 3, 1, 1]))], name: "third")
  var model = graph.model(outputs: [third])
  model.graph.outputs.append(ValueInfo(name: sum, elementType: .float, shape: nil))
  let step = try cut("channel", ratio: 0.5, of: model)
  #expect(step.shape("w1") == [4, 2, 1, 1] && step.shape("w2") == [1, 4, 1, 1])
  #expect(step.report.skips.contains { $0.node == "first" && $0.text.contains("(Shape)") })
}

@Test func aShapeThatOthersNeedAsItIsStays() throws {
  var graph = GraphBuilder()
  let (x, z) = (graph.input("x", [1, 2, 4, 4]), graph.input("z", [1, 64]))
  let first = graph.node(
    "Conv", [x, graph.constant(SeededTensors.tensor([4, 2, 1, 1], seed: 1), name: "w1")], name: "first")
  let second = graph.node(
    "Conv", [first, graph.constant(SeededTensors.tensor([4, 4, 1, 1], seed: 2), name: "w2")], name: "second")
  let third = graph.node("Conv", [second, graph.constant(SeededTensors.tensor([1, 4, 1, 1], seed: 3))], name: "third")
  let shaped = graph.node("Reshape", [z, graph.node("Shape", [first])])
  let model = graph.model(outputs: [third, shaped])
  #expect(try ChannelAnalysis(model, followsShapes: true).groups.count == 2)
  let step = try cut("channel", ratio: 0.5, of: model)
  #expect(step.shape("w1") == [4, 2, 1, 1] && step.shape("w2") == [2, 4, 1, 1])
  #expect(step.report.skips.contains { $0.node == "first" && $0.text.contains("(Shape)") })
}

@Test func aNumberOfChannelsThatIsPartOfTheResultStays() throws {
  for isNumber in [true, false] {
    var graph = GraphBuilder()
    let x = graph.input("x", [1, 2, 4, 4])
    let first = graph.node("Conv", [x, graph.constant(SeededTensors.tensor([4, 2, 1, 1], seed: 1), name: "w1")])
    let shape = graph.node("Shape", [first])
    var value = graph.node("Reshape", [graph.node("Relu", [first]), graph.node("Identity", [shape])])
    if isNumber {
      let channels = graph.node("Gather", [shape, graph.constant(Tensor(scalar: Int64(1)))])
      value = graph.node("Div", [value, graph.node("Cast", [channels], [Attribute("to", int: 1)])])
    }
    let y = graph.node("Conv", [value, graph.constant(SeededTensors.tensor([1, 4, 1, 1], seed: 2))])
    let analysis = try ChannelAnalysis(graph.model(outputs: [y]), followsShapes: true)
    #expect(analysis.groups.map(\.roots.count) == (isNumber ? [] : [4]))
  }
}

@Test func normalizedAndQuantizedChannelsStayWithTheReason() throws {
  let step = try cut("unit", ratio: 0.5, of: transformer(seed: 2))
  #expect(step.shape("up.w") == [8, 6] && step.shape("down.w") == [6, 8] && step.shape("o.w") == [8, 8])
  let text = "8 of its 8 outputs stay: they belong to the input 'x' of the model"
  #expect(step.report.skips.contains { $0.node == "down" && $0.text == text })
  var graph = GraphBuilder()
  let x = graph.input("x", [1, 6])
  let first = graph.node("MatMul", [x, graph.constant(SeededTensors.tensor([6, 4], seed: 1))], name: "first")
  let normed = graph.node(
    "LayerNormalization", [first, graph.constant(SeededTensors.tensor([4], seed: 1))], name: "norm")
  let y = graph.node("MatMul", [normed, graph.constant(SeededTensors.tensor([4, 2], seed: 1))])
  let kept = try cut("unit", ratio: 0.5, of: graph.model(outputs: [y]))
  #expect(kept.report.changes.isEmpty)
  #expect(
    kept.report.skips.first
      == StepReport.Entry(
        node: "first", text: "4 of its 4 outputs stay: 'norm' (LayerNormalization) does not work on each of them alone")
  )
  let quantized = try apply("quantize", ["mode": .text("dynamic")], to: perceptron(seed: 1)).model
  let nothing = try cut("unit", ratio: 0.5, of: quantized)
  #expect(nothing.report.changes.isEmpty)
  #expect(nothing.report.skips.count == 2 && nothing.report.skips.allSatisfy { $0.text.contains("already quantized") })
}

@Test func headsGoWithTheirQueriesKeysAndValues() throws {
  let step = try cut("head", ratio: 0.5, of: transformer(seed: 2))
  for name in ["q", "k", "v"] { #expect(step.shape("\(name).w") == [8, 4] && step.shape("\(name).b") == [4]) }
  #expect(step.shape("o.w") == [4, 8] && step.shape("up.w") == [8, 12])
  #expect(step.report.notes.contains("'q (tied with k, v)': 2 of 4 heads"))
}

@Test func headsOfOneOperatorGoToo() throws {
  var generator = SeededGenerator(seed: 4)
  var graph = GraphBuilder()
  let x = graph.input("x", [1, 5, 8])
  let attention = graph.node(
    "Attention",
    [x, graph.constant(generator.tensor([8, 24]), name: "w"), graph.constant(generator.tensor([24]), name: "b")],
    [Attribute("num_heads", int: 4)], name: "attention", domain: "com.microsoft")
  let y = graph.node("MatMul", [attention, graph.constant(generator.tensor([8, 8]), name: "o")], name: "out")
  let model = graph.model(outputs: [y], domains: ["com.microsoft": 1])
  let step = try cut("head", ratio: 0.5, of: model)
  #expect(step.shape("w") == [8, 12] && step.shape("b") == [12] && step.shape("o") == [4, 8])
  #expect(step.model.graph.nodes[0].int("num_heads") == 2)
}

// MARK: Which are cut

@Test func theScopeAndTheMinimumDecideHowManyGo() throws {
  let small = twoLayers([[1, 0], [1, 0.1], [1, 0.2], [9, 9]])
  #expect(try cut("neuron", ratio: 1, of: small).shape("w1") == [1, 2])
  #expect(try cut("neuron", ratio: 1, ["minimum": .integer(3)], of: small).shape("w1") == [3, 2])
  #expect(try cut("neuron", ratio: 0, of: small).report.changes.isEmpty)
  #expect(try cut("neuron", ratio: 0.75, ["multiple": .integer(2)], of: small).shape("w1") == [2, 2])
  #expect(try cut("neuron", ratio: 0.5, ["multiple": .integer(8)], of: small).report.changes.isEmpty)
  let global: [String: OptionValue] = ["multiple": .integer(3), "scope": .text("global")]
  #expect(try cut("neuron", ratio: 0.5, global, of: small).shape("w1") == [3, 2])
  for seed in UInt64(1)...5 {
    let model = RandomNetwork.model(seed: seed, keepsZero: true)
    let (layer, global) = (
      try cut("unit", ratio: 0.5, of: model), try cut("unit", ratio: 0.5, ["scope": .text("global")], of: model)
    )
    let share = { (note: String) in note.split(separator: " ").compactMap { Int($0) } }
    let (a, b) = (share(layer.report.notes[0]), share(global.report.notes[0]))
    #expect(b[0] <= (b[1] + 1) / 2 && a[1] == b[1], "seed \(seed)")
    for note in layer.report.notes where note.hasPrefix("'") {
      let counts = note.suffix(while: { $0 != ":" }).split(separator: " ").compactMap { Int($0) }
      #expect(counts[0] <= (counts[1] + 1) / 2, "seed \(seed): \(note)")
    }
  }
}

extension String {
  fileprivate func suffix(while condition: (Character) -> Bool) -> String {
    String(reversed().prefix(while: condition).reversed())
  }
}

@Test func criteriaJudgeByTheirOwnMeasure() throws {
  // Row norms: l1 2, 1.8, 3; l2 1.41, 1.8, 2.1.
  let model = twoLayers([[1, 1], [1.8, 0], [1.5, 1.5]])
  func kept(_ criterion: String, _ source: (any ActivationSource)? = nil) throws -> [Float]? {
    let step = try cut("neuron", ratio: 0.34, ["criterion": .text(criterion)], of: model, calibration: source)
    return step.model.graph.constant("w1")?.elements(Float.self)
  }
  #expect(try kept("l1") == [1, 1, 1.5, 1.5])
  #expect(try kept("l2") == [1.8, 0, 1.5, 1.5])
  #expect(try kept("random") == kept("random"))
  // Neuron 0 is large but always the same, neuron 1 varies most, neuron 2 is mostly silent.
  let values = Tensor([9, 1, 0, 9, 3, 0, 9, 5, 0.5, 9, 7, 0] as [Float], shape: [4, 3])
  #expect(try kept("entropy", FixedActivations(values: [values])) == [1.8, 0, 1.5, 1.5])
  #expect(try kept("activation", FixedActivations(values: [values])) == [1, 1, 1.8, 0])
}

@Test func entropyIsThatOfTheHistogram() throws {
  // Values 0, 1, 1, 1: H = −(1/4·ln 1/4 + 3/4·ln 3/4); the second unit never varies.
  let member = UnitGroup.Member(node: "n", tensor: "v", axis: 1, indices: [[0], [1]])
  let values = Tensor([0, 0.5, 1, 0.5, 1, 0.5, 1, 0.5] as [Float], shape: [4, 2])
  let statistics = try UnitStatistics([member], in: perceptron(seed: 1), from: FixedActivations(values: [values]))
  let entropies = statistics.entropies(0)
  #expect(abs(entropies[0] - 0.5623351446188083) < 1e-12 && entropies[1] == 0)  // scipy.stats.entropy([1, 3])
  #expect(statistics.meanMagnitudes(0) == [0.75, 0.5])
}

@Test func batchNormalizationJudgesByItsFactors() throws {
  var generator = SeededGenerator(seed: 2)
  var graph = GraphBuilder()
  let x = graph.input("x", [1, 2, 4, 4])
  let first = graph.node("Conv", [x, graph.constant(generator.tensor([3, 2, 1, 1]), name: "w1")], name: "first")
  let relu = graph.node("Relu", [first])
  let one = graph.constant(Tensor([1, 1, 1] as [Float], shape: [3]), name: "variance")
  let normed = graph.node(
    "BatchNormalization",
    [relu, graph.constant(Tensor([2, -0.1, 1] as [Float], shape: [3]), name: "gamma"), one, one, one])
  let last = graph.node("Conv", [normed, graph.constant(generator.tensor([1, 3, 1, 1]))], name: "last")
  let model = graph.model(outputs: [last])
  let step = try cut("channel", ratio: 0.34, ["criterion": .text("batch-norm")], of: model)
  #expect(step.model.graph.constant("gamma")?.elements(Float.self) == [2, 1])
  let folded = try cut("channel", ratio: 0.5, ["criterion": .text("batch-norm")], of: residualNetwork(seed: 1))
  #expect(
    folded.report.changes.isEmpty && folded.report.skips.contains { $0.text.contains("fold wrote it into the weights") }
  )
}

@Test func excludedNamesKeepWhatTheyAreTiedTo() throws {
  let model = residualNetwork(seed: 3)
  let kept = try cut("channel", ratio: 0.5, ["exclude": .text("c2")], of: model)
  #expect(kept.report.changes.isEmpty && kept.report.skips.contains { $0.text == "excluded by 'c2'" })
  let error = #expect(throws: MethodError.self) {
    try cut("channel", ratio: 0.5, ["include": .text("c7")], of: model)
  }
  #expect(error?.code == .badOption && error?.message.contains("'c7' matches no node") == true)
}

// MARK: Bad input

@Test(arguments: [
  ["target": OptionValue.text("channel")],
  ["target": .text("channel"), "ratio": .number(1.5)], ["target": .text("channel"), "ratio": .number(-0.1)],
  ["target": .text("channels"), "ratio": .number(0.5)],
  ["target": .text("channel"), "ratio": .number(0.5), "sparsity": .number(0.5)],
  ["target": .text("layer"), "ratio": .number(0.5), "criterion": .text("l1")],
  ["target": .text("unit"), "ratio": .number(0.5), "minimum": .integer(0)],
  ["ratio": .number(0.5), "sparsity": .number(0.5)], ["sparsity": .number(0.5), "reconstruct": .bool(true)], [:],
])
func optionsThatHaveNoMeaningAreRefused(options: [String: OptionValue]) {
  let error = #expect(throws: MethodError.self) { try apply("prune", options, to: perceptron(seed: 1)) }
  #expect(error?.code == .badOption)
}

@Test(arguments: [
  ["reconstruct": OptionValue.bool(true)], ["criterion": .text("entropy")], ["criterion": .text("activation")],
])
func calibrationThatIsMissingOrEmptyIsTold(options: [String: OptionValue]) throws {
  for source in [nil, ReferenceActivations(batches: [])] as [ReferenceActivations?] {
    let error = #expect(throws: MethodError.self) {
      try cut("neuron", ratio: 0.5, options, of: perceptron(seed: 1), calibration: source)
    }
    #expect(error?.code == .calibration)
  }
  let step = Step(
    method: "prune",
    options: options.merging(["target": .text("neuron"), "ratio": .number(0.5)]) { first, _ in first })
  #expect(try MethodCatalog.calibrationUse(step) == .required)
  #expect(try MethodCatalog.calibrationUse(Step(method: "prune", options: ["sparsity": .number(0.5)])) == .none)
}

@Test func aWeightThatIsNoNumberIsNamedBeforeUnitsAreJudged() {
  let error = #expect(throws: MethodError.self) { try cut("neuron", ratio: 0.5, of: twoLayers([[1, 2], [.nan, 1]])) }
  #expect(error?.code == .notFinite && error?.place?.node == "w1")
}
