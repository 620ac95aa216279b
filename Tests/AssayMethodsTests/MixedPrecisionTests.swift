import AssayCore
import AssayONNX
import AssayTestSupport
import Glibc
import Testing

@testable import AssayMethods

private func mixed(
  _ model: Model, _ options: [String: OptionValue] = [:], _ batches: [[String: Tensor]]? = nil
) throws -> Rewrite {
  try apply(
    "quantize-mixed", options, to: model,
    calibration: ReferenceActivations(batches: batches ?? residualInputs(seed: 2)))
}

/// 10·log₁₀ of signal over noise at the output, computed apart from the method.
private func ratio_dB(_ model: Model, _ rewritten: Model, _ batches: [[String: Tensor]]) throws -> Double {
  var (signal, noise) = (0.0, 0.0)
  for batch in batches {
    let (before, after) = (
      try run(model, batch)[0].elements(Float.self), try run(rewritten, batch)[0].elements(Float.self)
    )
    for (b, a) in zip(before, after) {
      signal += Double(b) * Double(b)
      noise += (Double(b) - Double(a)) * (Double(b) - Double(a))
    }
  }
  return noise == 0 ? .infinity : 10 * log10(signal / noise)
}

/// Two layers, whose first has one output channel a thousand times as large as the others: with one scale for the whole
/// tensor the others are lost.
private func lopsidedPerceptron() -> Model {
  var generator = SeededGenerator(seed: 5)
  var graph = GraphBuilder()
  let x = graph.input("x", dimensions: [.symbolic("N"), .fixed(8)])
  var (w1, w2) = (generator.floats(8 * 8), generator.floats(8 * 4))
  for row in 0..<8 { w1[row * 8] *= 1000 }
  for column in 0..<4 { w2[column] *= 0.001 }
  let hidden = graph.node("MatMul", [x, graph.constant(Tensor(w1, shape: [8, 8]), name: "w1")], name: "lopsided")
  let last = graph.node(
    "MatMul", [graph.node("Tanh", [hidden]), graph.constant(Tensor(w2, shape: [8, 4]), name: "w2")], name: "even",
    output: "y")
  return graph.model(outputs: [last], shape: [.symbolic("N"), .fixed(4)])
}

@Test func theSensitiveLayerStaysFloat() throws {
  let batches = [["x": SeededTensors.tensor([16, 8], seed: 6)]]
  let model = lopsidedPerceptron()
  let result = try mixed(
    model, ["granularity": .text("tensor"), "measure": .text("sqnr"), "budget": .integer(25)], batches)
  #expect(result.report.changes.map(\.node) == ["even"])
  #expect(result.report.skips.map(\.node) == ["lopsided"])
  #expect(result.report.skips[0].text.hasPrefix("stays float: alone in int8: "))
  let layers = try #require(result.report.sensitivities)
  #expect(layers.map(\.node) == ["lopsided", "even"] && layers.map(\.isLeftAlone) == [true, false])
  #expect(layers[0].noise > 10 * layers[1].noise && layers[0].macs == 64 && layers[1].macs == 32)
  #expect(try ratio_dB(model, result.model, batches) >= 25)
  // With a scale for each channel nothing is lost, and both fit.
  let perChannel = try mixed(model, ["measure": .text("sqnr"), "budget": .integer(25)], batches)
  #expect(perChannel.report.skips.isEmpty)
  #expect(perChannel.report.notes.contains { $0.contains("one scale an output channel") })
  // What is coarse enough is kept coarse.
  let coarse = try mixed(residualNetwork(seed: 1), ["budget": .integer(100)])
  #expect(coarse.report.skips.isEmpty && coarse.report.notes.contains { $0.contains("one scale a weight tensor") })
}

@Test func aTighterBudgetLeavesMoreLayersFloat() throws {
  for seed in UInt64(1)...3 {
    let model = residualNetwork(seed: seed)
    let batches = residualInputs(seed: 2)
    var previous = 0
    for floor in [0, 15, 25, 30, 35, 40, 50, 200] {
      let result = try mixed(model, ["measure": .text("sqnr"), "budget": .integer(floor)])
      let layers = try #require(result.report.sensitivities)
      let left = layers.count(where: \.isLeftAlone)
      #expect(layers.count == 3 && left >= previous, "seed \(seed), \(floor) dB")
      #expect(Set(result.report.changes.map(\.node)) == Set(layers.filter { !$0.isLeftAlone }.map(\.node)))
      #expect(try ratio_dB(model, result.model, batches) >= Double(floor), "seed \(seed), \(floor) dB")
      previous = left
    }
    #expect(previous == 3)
  }
}

@Test func everythingFittingIsPlainQuantization() throws {
  let model = residualNetwork(seed: 1)
  let source = ReferenceActivations(batches: residualInputs(seed: 2))
  let options: [String: OptionValue] = ["calibration": .text("mse"), "granularity": .text("tensor")]
  let plain = try apply("quantize", options, to: model, calibration: source)
  let result = try mixed(model, options.merging(["budget": .integer(100)]) { $1 })
  #expect(try result.model.serialized() == plain.model.serialized())
  #expect(result.report.notes.contains { $0.hasPrefix("everything fits the budget") })
  #expect(result.report.skips.isEmpty && Set(result.forms.keys) == Set(plain.forms.keys))
}

@Test func nothingFittingLeavesTheModelAlone() throws {
  let model = residualNetwork(seed: 1)
  let result = try mixed(model, ["measure": .text("sqnr"), "budget": .integer(200)])
  #expect(try result.model.serialized() == model.serialized())
  #expect(result.report.changes.isEmpty && result.report.skips.count == 3 && result.forms.isEmpty)
  #expect(result.report.notes.suffix(3).starts(with: ["nothing fits the budget", "all 3 layers stay float"]))
}

@Test func theLeastCostlyCalibrationIsChosen() throws {
  let model = residualNetwork(seed: 3)
  let result = try mixed(model, ["budget": .integer(100), "granularity": .text("channel")])
  let note = try #require(result.report.notes.first { $0.contains(" calibration and one scale") })
  let chosen = String(note.prefix { $0 != " " })
  let judge = try OutputJudge(model, ReferenceActivations(batches: residualInputs(seed: 2)))
  func severity(_ calibration: String) throws -> Double {
    let source = ReferenceActivations(batches: residualInputs(seed: 2))
    let plain = try apply("quantize", ["calibration": .text(calibration)], to: model, calibration: source)
    return try judge.damage(of: plain.model).severity
  }
  let best = try severity(chosen)
  for other in ["min-max", "percentile", "entropy", "mse"] { #expect(try severity(other) >= best, "\(other)") }
}

@Test func optionsOfQuantizeArePassedOn() throws {
  let result = try mixed(residualNetwork(seed: 1), ["exclude": .text("c2"), "budget": .integer(100)])
  #expect(result.report.skips.map(\.node) == ["c2"] && result.report.skips[0].text == "excluded by 'c2'")
  #expect(result.report.sensitivities?.map(\.node).sorted() == ["c1", "fc"])
  let both = try mixed(
    residualNetwork(seed: 1),
    ["exclude": .text("c2"), "include": .list([.text("c*")]), "measure": .text("sqnr"), "budget": .integer(1)])
  #expect(both.report.changes.map(\.node) == ["c1"] && both.report.sensitivities?.count == 1)
  let names = Set(QuantizeMixed.description.options.map(\.name))
  #expect(names.isSuperset(of: ["granularity", "activations", "reduce-range", "include", "exclude", "percentile"]))
  #expect(names.count == QuantizeMixed.description.options.count)
}

@Test func probabilitiesAreJudgedAsTheyAre() throws {
  var graph = GraphBuilder()
  let x = graph.input("x", [4, 6])
  let product = graph.node("MatMul", [x, graph.constant(SeededTensors.tensor([6, 3], seed: 4))], name: "product")
  let y = graph.node("Softmax", [product], output: "y")
  let batches = [["x": SeededTensors.tensor([4, 6], seed: 8)]]
  let whole = try mixed(graph.model(outputs: [y]), ["calibration": .text("min-max")], batches)
  let logits = try mixed(graph.model(outputs: [product]), ["calibration": .text("min-max")], batches)
  let (a, b) = (try #require(whole.report.sensitivities?.first), try #require(logits.report.sensitivities?.first))
  // A softmax before or after the output makes no difference.
  #expect(abs((a.divergence ?? -1) - (b.divergence ?? 1)) <= 1e-5)
  #expect(a.changedAnswers == b.changedAnswers && a.divergence != nil)
}

@Test func outputsWithoutClassesAreJudgedByNoise() throws {
  var graph = GraphBuilder()
  let x = graph.input("x", [4, 6])
  let y = graph.node("MatMul", [x, graph.constant(SeededTensors.tensor([6, 1], seed: 4))], output: "y")
  let batches = [["x": SeededTensors.tensor([4, 6], seed: 8)]]
  let model = graph.model(outputs: [y])
  let result = try mixed(model, [:], batches)
  #expect(result.report.notes.contains { $0.contains("signal to noise of at least 20.0 dB") })
  #expect(result.report.sensitivities?.first?.divergence == nil)
  let error = #expect(throws: MethodError.self) { try mixed(model, ["measure": .text("changed-answers")], batches) }
  #expect(error?.code == .badOption && error?.remedy == "write measure: sqnr")
}

@Test func wrongUseOfMixedPrecisionIsExplained() throws {
  let model = residualNetwork(seed: 1)
  func code(_ options: [String: OptionValue], _ batches: [[String: Tensor]]? = nil) -> MethodErrorCode? {
    do { _ = try mixed(model, options, batches) } catch { return (error as? MethodError)?.code }
    return nil
  }
  #expect(throws: MethodError.self) { try apply("quantize-mixed", to: model) }
  #expect(code([:], []) == .calibration)
  #expect(code(["budget": .integer(-1)]) == .badOption)
  #expect(code(["budget": .integer(150), "measure": .text("changed-answers")]) == .badOption)
  #expect(code(["percentile": .number(99), "calibration": .text("mse")]) == .badOption)
  #expect(code(["mode": .text("dynamic")]) == .unknownOption)
  #expect(code(["exclude": .text("c3")]) == .badOption)
  let broken = [["x": Tensor([Float](repeating: .nan, count: 256), shape: [2, 2, 8, 8])]]
  #expect(code([:], broken) == .notFinite)
}

@Test func whatIsQuantizedAlreadyStaysAsItIs() throws {
  let once = try mixed(residualNetwork(seed: 1), ["budget": .integer(100)]).model
  let twice = try mixed(once)
  #expect(twice.report.changes.isEmpty && twice.report.skips.count == 3 && twice.report.sensitivities == nil)
  #expect(try twice.model.serialized() == once.serialized())
}
