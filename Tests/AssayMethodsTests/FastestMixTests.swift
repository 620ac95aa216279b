import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

/// Tells latencies by a price list, as if measured to half a percent.
private struct PricedLatencies: LatencySource {
  /// What a layer costs in float and with integers.
  var layers: [String: (float: Double, integer: Double)]
  /// What any other node costs, by operator.
  var others: [String: Double] = ["QuantizeLinear": 0.5, "DynamicQuantizeLinear": 1, "MatMulInteger": 3]
  /// Half the width of the intervals.
  var doubt = 0.005
  var fails = false

  var conditions: String { "a price list" }

  func price(_ model: Model) -> Double {
    let integers = Set(
      model.graph.nodes.filter { $0.opType == "DequantizeLinear" }.compactMap { $0.output(0) })
    return model.graph.nodes.reduce(0) { sum, node in
      guard let price = layers[node.label] else { return sum + (others[node.opType] ?? 0) }
      return sum + (integers.contains(node.inputs[0]) ? price.integer : price.float)
    }
  }

  func latencies(of models: [Model], against reference: Model) throws(MethodError) -> [LatencyRatio] {
    if fails { throw MethodError(.underlying, "the engine is gone") }
    return models.map { model in
      let ratio = price(model) / price(reference)
      return LatencyRatio(ratio: ratio, low: ratio * (1 - doubt), high: ratio * (1 + doubt))
    }
  }
}

private func fastest(
  _ model: Model, _ latencies: PricedLatencies, _ options: [String: OptionValue] = [:],
  _ batches: [[String: Tensor]]? = nil
) throws(MethodError) -> Rewrite {
  try MethodCatalog.apply(
    Step(method: "quantize-mixed", options: options), to: model,
    in: MethodContext(
      cpu: modernCPU, calibration: ReferenceActivations(batches: batches ?? residualInputs(seed: 2)),
      latencies: latencies))
}

private let generous: [String: OptionValue] = ["budget": .integer(100)]

@Test func aLayerThatIsSlowWithIntegersStaysFloat() throws {
  let prices = PricedLatencies(layers: ["c1": (10, 14), "c2": (10, 4), "fc": (1, 0.9)])
  let result = try fastest(residualNetwork(seed: 1), prices, generous)
  #expect(Set(result.report.changes.map(\.node)).isSuperset(of: ["c2"]))
  #expect(result.report.skips.map(\.node).contains("c1"))
  #expect(result.report.sensitivities?.first { $0.node == "c1" }?.isLeftAlone == true)
  let note = try #require(result.report.notes.first { $0.hasPrefix("the fastest mix is chosen") })
  #expect(note.contains("a price list") && note.contains("float 1.") && note.contains("one scale a weight tensor 1."))
}

@Test func neighboursThatAreFasterOnlyTogetherAreFound() throws {
  // Each layer alone in float costs a conversion more than it saves.
  let prices = PricedLatencies(
    layers: ["c1": (10, 11), "c2": (10, 11), "fc": (10, 2)], others: ["QuantizeLinear": 1.2, "MatMulInteger": 9])
  let result = try fastest(residualNetwork(seed: 1), prices, generous)
  #expect(result.report.changes.map(\.node) == ["fc"])
}

@Test func noUniformChoiceIsFasterThanWhatIsFound() throws {
  for seed in UInt64(1)...12 {
    var generator = SeededGenerator(seed: seed)
    let drawn = generator.floats(6, in: 1...10).map { Double($0) }
    let prices = PricedLatencies(
      layers: ["c1": (drawn[0], drawn[1]), "c2": (drawn[2], drawn[3]), "fc": (drawn[4], drawn[5])])
    let model = residualNetwork(seed: seed)
    let result = try fastest(model, prices, generous)
    let source = ReferenceActivations(batches: residualInputs(seed: 2))
    let found = prices.price(result.model) * 0.98
    #expect(found <= prices.price(model), "seed \(seed), float")
    for left in [[], ["c1"], ["c2"], ["fc"], ["c1", "c2"], ["c2", "fc"]] as [[String]] {
      let options: [String: OptionValue] = [
        "granularity": .text("tensor"), "exclude": .list(left.map { .text($0) }),
      ]
      let other = try apply("quantize", options, to: model, calibration: source)
      #expect(found <= prices.price(other.model), "seed \(seed), \(left)")
    }
    for mode in ["static", "dynamic"] {
      let other = try apply("quantize", ["mode": .text(mode)], to: model, calibration: source)
      #expect(found <= prices.price(other.model), "seed \(seed), \(mode)")
    }
  }
}

@Test func whereNothingIsFasterTheModelStaysFloat() throws {
  let prices = PricedLatencies(layers: ["c1": (1, 2), "c2": (1, 2), "fc": (1, 2)])
  let model = residualNetwork(seed: 1)
  let result = try fastest(model, prices, generous)
  #expect(try result.model.serialized() == model.serialized())
  #expect(result.report.changes.isEmpty && result.report.skips.count == 3 && result.forms.isEmpty)
  #expect(result.report.notes.contains { $0.hasPrefix("float is fastest, measured on a price list") })
}

@Test func whatIsNotToldFasterDoesNotReplaceIntegers() throws {
  // Three percent may be noise here: integers make the file small, so they stay.
  let prices = PricedLatencies(
    layers: ["c1": (1, 1.03), "c2": (1, 1.03), "fc": (1, 1.03)], others: ["MatMulInteger": 1.03], doubt: 0.05)
  let result = try fastest(residualNetwork(seed: 1), prices, generous)
  #expect(result.report.changes.count == 3 && result.report.skips.isEmpty)
}

@Test func speedBuysNoAccuracy() throws {
  let prices = PricedLatencies(layers: ["c1": (100, 1), "c2": (100, 1), "fc": (100, 1)])
  let model = residualNetwork(seed: 1)
  let batches = residualInputs(seed: 2)
  for floor in [30, 40, 50, 200] {
    let options: [String: OptionValue] = ["measure": .text("sqnr"), "budget": .integer(floor)]
    let result = try fastest(model, prices, options)
    let judge = try OutputJudge(model, ReferenceActivations(batches: batches))
    #expect(try judge.damage(of: result.model).sqnr_dB >= Double(floor), "\(floor) dB")
  }
}

@Test func integersAreHadWhateverTheyTake() throws {
  let prices = PricedLatencies(layers: ["c1": (1, 9), "c2": (1, 9), "fc": (1, 9)], fails: true)
  let model = residualNetwork(seed: 1)
  let result = try fastest(model, prices, generous.merging(["prefer": .text("integers")]) { $1 })
  #expect(result.report.changes.count == 3)
  let error = #expect(throws: MethodError.self) { try fastest(model, prices, generous) }
  #expect(error?.code == .underlying)
  #expect(try MethodCatalog.timesModels(Step(method: "quantize-mixed")))
  #expect(try !MethodCatalog.timesModels(Step(method: "quantize-mixed", options: ["prefer": .text("integers")])))
  #expect(try !MethodCatalog.timesModels(Step(method: "quantize")))
}

@Test func withoutAClockIntegersArePreferred() throws {
  let result = try apply(
    "quantize-mixed", generous, to: residualNetwork(seed: 1),
    calibration: ReferenceActivations(batches: residualInputs(seed: 2)))
  #expect(result.report.changes.count == 3)
  #expect(result.report.notes.contains { $0.hasPrefix("nothing here can time models") })
}
