import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

/// The parts of static quantization that rounding needs.
private struct Prepared {
  let model: Model
  let targets: [QuantizationTarget]
  let plan: ActivationPlan
  let parameters: [AffineParameters]
  let rounding: AdaptiveRounding
  let source: ReferenceActivations

  init(_ model: Model, _ batches: [[String: Tensor]]) throws {
    self.model = model
    source = ReferenceActivations(batches: batches)
    targets = try QuantizationTargets(
      model.graph, NameFilter(try StepOptions(Step(method: "quantize"), [])), skipsConvolutions: nil
    ).targets
    plan = ActivationPlan(model.graph, targets: targets)
    var means: InputMeans?
    parameters = try calibratedRanges(
      of: plan.scales, in: model, from: source, by: .minMax, scheme: .uint8, means: &means
    ).map { AffineParameters($0, .uint8) }
    rounding = try AdaptiveRounding(targets, in: model, plan, parameters, from: source)
  }

  /// Σ‖(W − Ŵ)x̂‖² of a target, computed by running its node with the difference of the weights.
  func outputError(_ target: QuantizationTarget, _ weight: Tensor, _ rounded: Tensor) throws -> Double {
    var node = model.graph.nodes[target.position]
    node.inputs = ["input", "difference"]
    node.outputs = ["result"]
    let (w, r) = (weight.elements(Float.self), rounded.elements(Float.self))
    var total = 0.0
    try source.observe(model, values: [target.input]) { batch throws(MethodError) in
      guard let scale = plan.scaleOfValue[target.input] else { return }
      let seen = batch[0].withElements(Float.self) { values in
        Tensor.floats(shape: batch[0].shape) { parameters[scale].rounded(values, into: $0) }
      }
      var graph = Graph(
        nodes: [node], inputs: [ValueInfo(name: "input", elementType: .float, shape: nil)],
        outputs: [ValueInfo(name: "result", elementType: .float, shape: nil)])
      graph.setInitializer("difference", Tensor(zip(w, r).map { $0 - $1 }, shape: weight.shape))
      do {
        let result = try run(Model(graph: graph), ["input": seen])[0].elements(Float.self)
        total += result.reduce(0) { $0 + Double($1) * Double($1) }
      } catch {
        throw MethodError(.underlying, "the reference engine failed", cause: error)
      }
    }
    return total
  }
}

/// Convolutions of several kinds with at most as many places as are looked at, and products.
private func layers(seed: UInt64) -> (Model, [[String: Tensor]]) {
  var generator = SeededGenerator(seed: seed)
  var graph = GraphBuilder()
  let x = graph.input("x", dimensions: [.symbolic("N"), .fixed(4), .fixed(7), .fixed(7)])
  let dense = graph.node(
    "Conv", [x, graph.constant(generator.tensor([6, 4, 3, 3]))],
    [Attribute("pads", ints: [1, 0, 1, 2]), Attribute("strides", ints: [2, 1])], name: "dense")
  let depthwise = graph.node(
    "Conv", [graph.node("Relu", [dense]), graph.constant(generator.tensor([12, 1, 2, 2]))],
    [Attribute("group", int: 6)], name: "depthwise")
  let flat = graph.node("Flatten", [graph.node("GlobalAveragePool", [depthwise])])
  let gemm = graph.node(
    "Gemm", [flat, graph.constant(generator.tensor([5, 12]))], [Attribute("transB", int: 1)], name: "gemm")
  let y = graph.node("MatMul", [gemm, graph.constant(generator.tensor([5, 3]))], name: "matmul")
  return (graph.model(outputs: [y]), (0..<4).map { _ in ["x": generator.tensor([2, 4, 7, 7])] })
}

@Test func noLayersOutputErrorGrowsAndItIsWhatTheLayerSays() throws {
  for seed in UInt64(1)...3 {
    let (model, batches) = layers(seed: seed)
    let prepared = try Prepared(model, batches)
    #expect(prepared.targets.count == 4 && prepared.rounding.reasons.isEmpty)
    for isPerChannel in [true, false] {
      let weights = WeightQuantization(limit: 7, granularity: isPerChannel ? .channel : .tensor)
      var moved = 0
      for target in prepared.targets {
        let weight = try #require(model.graph.constant(target.weight))
        let scales = weights.scales(of: weight, axis: target.channelAxis)
        let nearest = weights.integers(of: weight, axis: target.channelAxis, scales: scales)
        let result = try #require(
          prepared.rounding.rounded(target, weight, nearest: nearest, scales: scales, limit: weights.limit))
        func dense(_ integers: Tensor) -> Tensor {
          AffineQuantizedForm(integers: integers, scales: scales, axis: isPerChannel ? target.channelAxis : nil).dense()
        }
        let before = try prepared.outputError(target, weight, dense(nearest))
        let after = try prepared.outputError(target, weight, dense(result.integers))
        let label = "seed \(seed), '\(target.weight)'"
        #expect(after <= before * 1.00001, "\(label)")
        #expect(
          abs(result.errorBefore - before) < before * 1e-4 && abs(result.errorAfter - after) < before * 1e-4, "\(label)"
        )
        // Up or down, nothing else.
        for (a, b) in zip(nearest.elements(Int8.self), result.integers.elements(Int8.self)) {
          #expect(abs(Int(a) - Int(b)) <= 1 && abs(b) <= 7, "\(label)")
        }
        moved += result.moved
      }
      #expect(moved > 0, "seed \(seed)")
    }
  }
}

@Test func theChoicesOfASmallLayerAreNearlyTheBestThereAre() throws {
  var found = (nearest: 0.0, descent: 0.0, best: 0.0)
  for seed in UInt64(1)...12 {
    var generator = SeededGenerator(seed: seed)
    var graph = GraphBuilder()
    let x = graph.input("x", [6, 8])
    let y = graph.node("MatMul", [x, graph.constant(generator.tensor([8, 1]), name: "w")])
    let model = graph.model(outputs: [y])
    let prepared = try Prepared(model, [["x": generator.tensor([6, 8], in: 0...1)]])
    let target = prepared.targets[0]
    let weight = try #require(model.graph.constant("w"))
    let weights = WeightQuantization(limit: 3, granularity: .tensor)
    let scales = weights.scales(of: weight, axis: 1)
    let nearest = weights.integers(of: weight, axis: 1, scales: scales)
    let result = try #require(
      prepared.rounding.rounded(target, weight, nearest: nearest, scales: scales, limit: 3))
    // All 256 ways to round up or down.
    var best = Double.infinity
    for choice in 0..<256 {
      let values = weight.elements(Float.self).enumerated().map { index, value -> Float in
        let down = (value / scales[0]).rounded(.down)
        return min(3, down + Float(choice >> index & 1)) * scales[0]
      }
      best = min(best, try prepared.outputError(target, weight, Tensor(values, shape: [8, 1])))
    }
    #expect(result.errorAfter >= best * 0.9999, "seed \(seed)")
    found = (found.nearest + result.errorBefore, found.descent + result.errorAfter, found.best + best)
  }
  // One coordinate at a time ends in local minima; most of the way is gone all the same.
  #expect(found.descent - found.best < (found.nearest - found.best) * 0.5)
}

@Test func adaptiveRoundingIsReportedByNode() throws {
  let (model, batches) = layers(seed: 5)
  let result = try apply(
    "quantize", ["rounding": .text("adaround"), "bias-correction": .bool(true)], to: model,
    calibration: ReferenceActivations(batches: batches))
  #expect(result.report.changes.count == 4)
  #expect(result.report.changes.contains { $0.text.contains("not rounded to nearest") })
  #expect(result.report.notes.contains { $0.contains("coordinate descent") })
  for batch in batches {
    let expected = try run(model, batch)[0]
    let range = expected.elements(Float.self).map(\.magnitude).max() ?? 1
    #expect(difference(try run(result.model, batch)[0], expected, absolute: Double(range) * 0.1) == nil)
  }
}

@Test func aSharedWeightKeepsTheNearestIntegers() throws {
  var graph = GraphBuilder()
  let x = graph.input("x", [2, 4])
  let weight = graph.constant(SeededTensors.tensor([4, 4], seed: 1), name: "shared")
  let y = graph.node("MatMul", [graph.node("MatMul", [x, weight]), weight])
  let source = ReferenceActivations(batches: [["x": SeededTensors.tensor([2, 4], seed: 2)]])
  let result = try apply(
    "quantize", ["rounding": .text("adaround")], to: graph.model(outputs: [y]), calibration: source)
  #expect(result.report.changes.allSatisfy { $0.text.hasSuffix("its weights are used by other nodes too") })
}
