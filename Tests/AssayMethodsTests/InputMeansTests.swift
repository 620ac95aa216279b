import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

/// A layer, its weights and batches of its input.
private struct LayerCase: CustomTestStringConvertible {
  var type: String
  var weight: [Int]
  var inputs: [[Int]]
  var attributes: [Attribute] = []

  var testDescription: String { "\(type) \(weight) \(attributes.map(\.name))" }
}

private let layers: [LayerCase] = [
  LayerCase(type: "MatMul", weight: [5, 3], inputs: [[4, 5], [2, 5]]),
  LayerCase(type: "MatMul", weight: [5, 3], inputs: [[2, 7, 5], [1, 4, 5]]),
  LayerCase(type: "Gemm", weight: [5, 3], inputs: [[4, 5]]),
  LayerCase(type: "Gemm", weight: [3, 5], inputs: [[4, 5], [3, 5]], attributes: [Attribute("transB", int: 1)]),
  LayerCase(
    type: "Conv", weight: [4, 3, 3, 3], inputs: [[2, 3, 6, 5], [1, 3, 6, 5]],
    attributes: [Attribute("pads", ints: [1, 0, 2, 1])]),
  LayerCase(
    type: "Conv", weight: [6, 2, 3, 2], inputs: [[2, 4, 9, 8]],
    attributes: [
      Attribute("group", int: 2), Attribute("strides", ints: [2, 3]), Attribute("dilations", ints: [2, 1]),
      Attribute("pads", ints: [2, 1, 1, 0]),
    ]),
  LayerCase(
    type: "Conv", weight: [4, 1, 3, 3], inputs: [[3, 4, 5, 5]],
    attributes: [
      Attribute("group", int: 4), Attribute("strides", ints: [2, 2]), Attribute("auto_pad", string: "SAME_UPPER"),
    ]),
  LayerCase(type: "Conv", weight: [4, 2, 3], inputs: [[3, 2, 8]], attributes: [Attribute("pads", ints: [1, 1])]),
]

@Test("What rounding shifts on average is what a run with the rounding errors as weights says", arguments: layers)
private func shiftsAreMeanOutputs(item: LayerCase) throws {
  for (seed, granularity) in [(UInt64(1), WeightQuantization.Granularity.channel), (2, .tensor)] {
    let weight = SeededTensors.tensor(item.weight, seed: seed)
    let batches = item.inputs.enumerated().map { SeededTensors.tensor($1, seed: 10 * seed + UInt64($0)) }
    func model(_ weight: Tensor) -> Model {
      var graph = GraphBuilder()
      let x = graph.input("x", dimensions: item.inputs[0].map { _ in .unknown })
      let y = graph.node(item.type, [x, graph.constant(weight, name: "w")], item.attributes, output: "y")
      return graph.model(outputs: [y])
    }
    let graph = model(weight).graph
    let axis = item.type == "Conv" || graph.nodes[0].int("transB") == 1 ? 0 : 1
    let target = QuantizationTarget(position: 0, input: "x", weight: "w", bias: nil, channelAxis: axis)
    var means = InputMeans(of: [target], in: graph)
    #expect(means.values == ["x"])
    for batch in batches { means.add([batch]) }
    // Few levels, so that errors are large.
    let quantization = WeightQuantization(limit: 3, granularity: granularity)
    let scales = quantization.scales(of: weight, axis: axis)
    let integers = quantization.integers(of: weight, axis: axis, scales: scales)
    let rounded = AffineQuantizedForm(integers: integers, scales: scales, axis: scales.count > 1 ? axis : nil).dense()
    let errors = zip(weight.elements(Float.self), rounded.elements(Float.self)).map { $0 - $1 }
    let shifts = try #require(
      means.shifts(target, graph.nodes[0], weight, integers: integers, scales: scales))

    let channels = item.weight[axis]
    var (sums, count) = ([Double](repeating: 0, count: channels), 0)
    for batch in batches {
      let output = try run(model(Tensor(errors, shape: item.weight)), ["x": batch])[0]
      let inner = item.type == "Conv" ? output.shape[2...].reduce(1, *) : 1
      for (index, value) in output.elements(Float.self).enumerated() { sums[index / inner % channels] += Double(value) }
      count += output.count / channels
    }
    let wanted = sums.map { $0 / Double(count) }
    #expect(wanted.contains { abs($0) > 1e-3 })
    for (found, mean) in zip(shifts, wanted) { #expect(abs(Double(found) - mean) < 1e-5, "seed \(seed)") }
  }
}

@Test func meansOfImagesOfSeveralSizesAreUnknown() throws {
  let graph = residualNetwork(seed: 1).graph
  let targets = try QuantizationTargets(
    graph, NameFilter(try StepOptions(Step(method: "quantize"), [])), skipsConvolutions: nil
  ).targets
  var means = InputMeans(of: targets, in: graph)
  means.add([SeededTensors.tensor([1, 2, 8, 8], seed: 1)])
  means.add([SeededTensors.tensor([1, 2, 8, 9], seed: 1)])
  let weight = try #require(graph.constant("c1.weight"))
  let quantization = WeightQuantization(limit: 3, granularity: .channel)
  let scales = quantization.scales(of: weight, axis: 0)
  let integers = quantization.integers(of: weight, axis: 0, scales: scales)
  #expect(
    means.shifts(targets[0], graph.nodes[targets[0].position], weight, integers: integers, scales: scales) == nil)
  // Nothing was seen of the second.
  #expect(
    means.shifts(targets[1], graph.nodes[targets[1].position], weight, integers: integers, scales: scales) == nil)
}

@Test func biasesTakeBackWhatRoundingTheWeightsShifts() throws {
  var (corrected, plain) = (0.0, 0.0)
  for seed in UInt64(1)...8 {
    let model = residualNetwork(seed: seed)
    func meanError(_ correction: OptionValue?) throws -> Double {
      var options: [String: OptionValue] = ["mode": .text("static"), "bits": .integer(16)]
      if let correction { options["bias-correction"] = correction }
      let source = ReferenceActivations(batches: residualInputs(seed: seed))
      let quantized = try apply("quantize", options, to: model, calibration: source).model
      var sums = [Double](repeating: 0, count: 3)
      for batch in residualInputs(seed: seed) {
        let pairs = zip(
          try run(quantized, batch)[0].elements(Float.self), try run(model, batch)[0].elements(Float.self))
        for (index, pair) in pairs.enumerated() { sums[index % 3] += Double(pair.0) - Double(pair.1) }
      }
      return sums.reduce(0) { $0 + abs($1) }
    }
    corrected += try meanError(nil)
    plain += try meanError(.bool(false))
  }
  // Activations of 16 bits add next to nothing; behind a Relu the rest is not linear.
  #expect(corrected < 0.4 * plain, "seeds 1 to 8: \(corrected) of \(plain)")
}

@Test func matricesGetOneScaleWhereItRoundsThemFinely() throws {
  let quantization = WeightQuantization(limit: 127, granularity: .automatic)
  let even = SeededTensors.tensor([40, 30], seed: 1)
  #expect(quantization.scales(of: even, axis: 1).count == 1)
  // A column 100 times as large leaves the others a few levels.
  var values = even.elements(Float.self)
  for row in 0..<40 { values[row * 30] *= 100 }
  values[0] = 3000
  #expect(quantization.scales(of: Tensor(values, shape: [40, 30]), axis: 1).count == 30)
  #expect(quantization.scales(of: SeededTensors.tensor([8, 4, 3, 3], seed: 2), axis: 0).count == 8)
  let (found, wanted) = (even.sumOfSquares(), even.elements(Float.self).reduce(0) { $0 + Double($1) * Double($1) })
  #expect(abs(found - wanted) < 1e-5 * wanted)
  let dynamic = try apply("quantize", ["mode": .text("dynamic")], to: perceptron(seed: 1))
  #expect(dynamic.report.changes.allSatisfy { $0.text.contains("by channel") })
}
