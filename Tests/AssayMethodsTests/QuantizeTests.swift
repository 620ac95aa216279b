import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

private func quantizeStatically(
  _ model: Model, _ options: [String: OptionValue] = [:], seed: UInt64 = 2, cpu: CPUFeatures = modernCPU
) throws -> Rewrite {
  try apply(
    "quantize", options, to: model, calibration: ReferenceActivations(batches: residualInputs(seed: seed)), cpu: cpu)
}

@Test(arguments: [1, 3, 64, 127])
func aWeightIsOffByHalfAStepAtMost(inner: Int) {
  for seed in UInt64(1)...10 {
    var generator = SeededGenerator(seed: seed)
    let shape = [generator.integer(in: 1...9), inner, generator.integer(in: 1...5)]
    let weight = generator.tensor(shape)
    for (limit, isPerChannel) in [(127, true), (64, true), (127, false)] {
      let quantization = WeightQuantization(limit: limit, granularity: isPerChannel ? .channel : .tensor)
      for axis in 0..<3 {
        let scales = quantization.scales(of: weight, axis: axis)
        let integers = quantization.integers(of: weight, axis: axis, scales: scales)
        let again = AffineQuantizedForm(integers: integers, scales: scales, axis: isPerChannel ? axis : nil).dense()
        let (values, restored) = (weight.elements(Float.self), again.elements(Float.self))
        let stride = shape[(axis + 1)...].reduce(1, *)
        for index in values.indices {
          let scale = scales[isPerChannel ? index / stride % shape[axis] : 0]
          #expect(abs(values[index] - restored[index]) <= scale * 0.50001, "seed \(seed), axis \(axis)")
        }
        #expect(integers.elements(Int8.self).allSatisfy { abs(Int($0)) <= limit })
        #expect(integers.elements(Int8.self).contains { abs(Int($0)) == limit })
      }
    }
  }
}

@Test func halvesRoundToEven() {
  let weight = Tensor([Float(127), 0.5, 1.5, 2.5, -0.5, -1.5, 1.4999999], shape: [1, 7])
  let quantization = WeightQuantization(limit: 127, granularity: .tensor)
  let integers = quantization.integers(of: weight, axis: 0, scales: [1])
  #expect(integers.elements(Int8.self) == [127, 0, 2, 2, 0, -2, 1])
}

@Test func aBiasAlwaysFitsItsThirtyTwoBits() {
  let quantization = WeightQuantization(limit: 127, granularity: .channel)
  let (scales, raised) = quantization.guarded([1e-12, 0, 0.01, 0], bias: [5, 3, 1, 0], inputScale: 0.001)
  #expect(raised == 1 && scales[2] == 0.01 && scales[3] == 1)
  for (scale, bias) in zip(scales, [5.0, 3, 1, 0]) {
    #expect(bias / (Double(scale) * 0.001) <= Double(1 << 30) * 1.0001)
    // An empty slice still carries its bias finely.
    #expect(bias == 0 || Double(scale) * 0.001 < bias * 1e-4)
  }
}

@Test func pairsStandWhereEnginesNeedThem() throws {
  let result = try quantizeStatically(residualNetwork(seed: 1))
  let graph = result.model.graph
  let index = GraphIndex(graph)
  for node in graph.nodes where ["Conv", "Gemm", "Add", "GlobalAveragePool"].contains(node.opType) {
    for input in node.inputs {
      let maker = index.producer[input].map { graph.nodes[$0].opType }
      #expect(maker == "DequantizeLinear", "\(node.label) reads '\(input)'")
    }
  }
  // No pair between a convolution or sum and its Relu; one behind it.
  for node in graph.nodes where node.opType == "Relu" {
    #expect(["Conv", "Add"].contains(index.producer[node.inputs[0]].map { graph.nodes[$0].opType } ?? ""))
    let user = index.soleConsumer(of: node.outputs[0]).map { graph.nodes[$0] }
    #expect(user?.opType == "QuantizeLinear")
    #expect(user.flatMap { graph.constant($0.inputs[2]) } == Tensor(scalar: UInt8(0)))
  }
  // Pooling by maximum and reshaping keep the scale.
  for node in graph.nodes where ["MaxPool", "Flatten"].contains(node.opType) {
    let before = index.producer[node.inputs[0]].map { graph.nodes[$0].inputs[1] }
    let after = index.soleConsumer(of: node.outputs[0]).map { graph.nodes[$0].inputs[1] }
    #expect(before != nil && before == after)
  }
  // The last product stays float, and its name is the model's output.
  #expect(index.producer["y"].map { graph.nodes[$0].opType } == "Gemm")
  // One pair each for the input, the first Relu, the pooled value (which two nodes use), the second convolution, the
  // second Relu, the mean and its flat form.
  #expect(graph.operatorCounts["QuantizeLinear"] == 7)
  #expect(graph.initializers.allSatisfy { $0.tensor?.elementType != .float || $0.tensor?.shape.count ?? 0 <= 1 })
}

@Test(arguments: ["min-max", "percentile", "entropy", "mse"], ["tensor", "channel"])
func quantizedResultsStayClose(calibration: String, granularity: String) throws {
  for seed in UInt64(1)...3 {
    let model = residualNetwork(seed: seed)
    let result = try quantizeStatically(
      model, ["calibration": .text(calibration), "granularity": .text(granularity)], seed: seed)
    for batch in residualInputs(seed: seed, batches: 1) {
      let (expected, actual) = (try run(model, batch)[0], try run(result.model, batch)[0])
      let range = (expected.elements(Float.self).map(\.magnitude).max() ?? 1)
      #expect(difference(actual, expected, absolute: Double(range) * 0.1) == nil, "\(calibration), seed \(seed)")
    }
  }
}

@Test func moreBitsAndChannelsAreNeverWorse() throws {
  func error(_ options: [String: OptionValue]) throws -> Double {
    var total = 0.0
    for seed in UInt64(1)...4 {
      let model = residualNetwork(seed: seed)
      let result = try quantizeStatically(model, options, seed: seed)
      for batch in residualInputs(seed: seed) {
        let (a, b) = (
          try run(model, batch)[0].elements(Float.self), try run(result.model, batch)[0].elements(Float.self)
        )
        total += zip(a, b).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
      }
    }
    return total
  }
  let eight = try error(["reduce-range": .text("false")])
  #expect(try eight < error(["reduce-range": .text("true")]))
}

@Test func theWidthOfWeightsFollowsTheProcessor() throws {
  func largest(_ cpu: CPUFeatures, _ option: OptionValue) throws -> (Int, String) {
    let result = try quantizeStatically(residualNetwork(seed: 1), ["reduce-range": option], cpu: cpu)
    let magnitudes = result.model.graph.initializers.compactMap(\.tensor).filter { $0.elementType == .int8 }
      .flatMap { $0.elements(Int8.self) }.map { abs(Int($0)) }
    return (magnitudes.max() ?? 0, result.report.notes.first { $0.contains("-bit weights") } ?? "")
  }
  let (modern, modernNote) = try largest(modernCPU, .text("auto"))
  #expect(modern == 127 && modernNote.contains("avx512_vnni"))
  let (old, oldNote) = try largest(oldCPU, .text("auto"))
  #expect(old == 64 && oldNote.hasPrefix("7-bit weights: without int8 dot product"))
  let (forced, forcedNote) = try largest(oldCPU, .bool(false))
  #expect(forced == 127 && forcedNote.contains("may saturate"))
  #expect(try largest(modernCPU, .bool(true)).0 == 64)
}

@Test func anOldModelIsUpgradedAndSaysSo() throws {
  let result = try quantizeStatically(residualNetwork(seed: 1, opset: 9))
  #expect(result.model.opset == 13 && result.model.irVersion >= 7)
  #expect(result.report.notes.contains { $0.hasPrefix("opset 9 upgraded to 13") })
  var unknown = residualNetwork(seed: 1, opset: 9)
  unknown.graph.nodes.append(Node("FutureOperator", name: "odd", inputs: ["x"], outputs: ["z"]))
  unknown.graph.outputs.append(ValueInfo(name: "z", elementType: .float, shape: nil))
  let error = #expect(throws: MethodError.self) { try quantizeStatically(unknown) }
  #expect(error?.code == .model && error?.place?.node == "odd")
}

@Test func whatIsQuantizedAlreadyIsSkipped() throws {
  let once = try quantizeStatically(residualNetwork(seed: 1)).model
  let twice = try quantizeStatically(once)
  #expect(twice.report.changes.isEmpty)
  #expect(twice.report.skips.count == 3 && twice.report.skips.allSatisfy { $0.text.hasPrefix("already quantized") })
  #expect(try twice.model.serialized() == once.serialized())
}

@Test func namedNodesAreLeftOut() throws {
  let result = try quantizeStatically(residualNetwork(seed: 1), ["exclude": .text("c2")])
  #expect(result.report.skips.map(\.node) == ["c2"])
  #expect(result.report.changes.map(\.node) == ["c1", "fc"])
  #expect(result.model.graph.constant("c2.weight")?.elementType == .float)
}

@Test func convolutionsAreNotQuantizedDynamicallyUnasked() throws {
  let model = residualNetwork(seed: 1)
  let result = try apply("quantize", ["mode": .text("dynamic")], to: model)
  #expect(result.report.skips.map(\.node) == ["c1", "c2"])
  #expect(result.report.skips.allSatisfy { $0.text.contains("slower than float") })
  #expect(result.model.graph.operatorCounts["MatMulInteger"] == 1 && result.model.graph.operatorCounts["Conv"] == 2)
  let all = try apply("quantize", ["convolutions": .bool(true)], to: model)
  #expect(all.model.graph.operatorCounts["ConvInteger"] == 2 && all.report.skips.isEmpty)
  for quantized in [result.model, all.model] {
    for batch in residualInputs(seed: 4) {
      let expected = try run(model, batch)[0]
      let range = expected.elements(Float.self).map(\.magnitude).max() ?? 1
      #expect(difference(try run(quantized, batch)[0], expected, absolute: Double(range) * 0.1) == nil)
    }
  }
}

@Test func dynamicProductsReadOneQuantizedInput() throws {
  var graph = GraphBuilder()
  let x = graph.input("x", [2, 4])
  let outputs = (0..<2).map { index in
    graph.node("MatMul", [x, graph.constant(SeededTensors.tensor([4, 3], seed: UInt64(index)))])
  }
  let result = try apply("quantize", to: graph.model(outputs: outputs))
  #expect(result.model.graph.operatorCounts["DynamicQuantizeLinear"] == 1)
  #expect(result.model.graph.operatorCounts["MatMulInteger"] == 2)
}

@Test func aWeightOfTwoNodesIsStoredOnce() throws {
  var graph = GraphBuilder()
  let x = graph.input("x", [2, 4])
  let weight = graph.constant(SeededTensors.tensor([4, 4], seed: 1), name: "shared")
  let y = graph.node("MatMul", [graph.node("MatMul", [x, weight]), weight])
  let model = graph.model(outputs: [y])
  let source = ReferenceActivations(batches: [["x": SeededTensors.tensor([2, 4], seed: 2)]])
  for calibration in [nil, source] {
    let result = try apply("quantize", to: model, calibration: calibration)
    #expect(result.model.graph.initializers.count { $0.tensor?.elementType == .int8 && $0.shape.count == 2 } == 1)
  }
}

@Test func aModelOutputThatIsQuantizedKeepsItsName() throws {
  var graph = GraphBuilder()
  let x = graph.input("x", [1, 2, 4, 4])
  let inner = graph.node("Conv", [x, graph.constant(SeededTensors.tensor([2, 2, 1, 1], seed: 1))], output: "inner")
  let y = graph.node("Conv", [inner, graph.constant(SeededTensors.tensor([2, 2, 1, 1], seed: 2))], output: "y")
  let model = graph.model(outputs: [inner, y])
  let batch = ["x": SeededTensors.tensor([1, 2, 4, 4], seed: 3)]
  let result = try apply("quantize", to: model, calibration: ReferenceActivations(batches: [batch]))
  #expect(result.model.graph.outputs.map(\.name) == ["inner", "y"])
  for (actual, expected) in zip(try run(result.model, batch), try run(model, batch)) {
    #expect(difference(actual, expected, absolute: 0.05) == nil)
  }
}

@Test func otherUsersOfAnInputKeepTheFloatValue() throws {
  var graph = GraphBuilder()
  let x = graph.input("x", [2, 4])
  let product = graph.node("MatMul", [x, graph.constant(SeededTensors.tensor([4, 4], seed: 1))])
  let y = graph.node("Add", [product, graph.node("Tanh", [x], name: "float")])
  let batch = ["x": SeededTensors.tensor([2, 4], seed: 3)]
  let result = try apply("quantize", to: graph.model(outputs: [y]), calibration: ReferenceActivations(batches: [batch]))
  #expect(result.model.graph.nodes.first { $0.name == "float" }?.inputs == ["x"])
}
