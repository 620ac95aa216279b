import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

private func quantized(
  _ model: Model, _ options: [String: OptionValue], seed: UInt64 = 2, cpu: CPUFeatures = modernCPU
) throws -> Rewrite {
  try apply(
    "quantize", options, to: model, calibration: ReferenceActivations(batches: residualInputs(seed: seed)), cpu: cpu)
}

/// Largest difference between the answers of two models, over the calibration rows.
private func largestError(_ a: Model, _ b: Model, seed: UInt64 = 2) throws -> Double {
  var largest = 0.0
  for batch in residualInputs(seed: seed) {
    for (x, y) in zip(try run(a, batch)[0].elements(Float.self), try run(b, batch)[0].elements(Float.self)) {
      largest = max(largest, abs(Double(x) - Double(y)))
    }
  }
  return largest
}

/// Scales and zero points of all pairs and weights, by name of the scale.
private func grid(_ graph: Graph) -> [(scale: Tensor, zeroPoint: Tensor?)] {
  graph.nodes.filter { ["QuantizeLinear", "DequantizeLinear"].contains($0.opType) }.compactMap { node in
    graph.constant(node.inputs[1]).map { ($0, node.input(2).flatMap(graph.constant)) }
  }
}

@Test(
  arguments: [
    // Range, scheme, scale·steps and zero point by the formulas of `AffineParameters`, worked out by hand.
    (-1, 3, ActivationScheme(type: .uint8), Float(4) / 255, 64),
    (-1, 3, ActivationScheme(type: .int8), Float(4) / 255, -64),
    (-1, 3, ActivationScheme(type: .int8, isSymmetric: true), Float(3) / 127, 0),
    (-1, 3, ActivationScheme(type: .uint8, isSymmetric: true), Float(3) / 127, 128),
    (0, 3, ActivationScheme(type: .uint8, isSymmetric: true), Float(3) / 255, 0),
    (-1, 3, ActivationScheme(type: .uint16), Float(4) / 65535, 16384),
    (-2, 1, ActivationScheme(type: .int16, isSymmetric: true), Float(2) / 32767, 0),
    (0, 3, ActivationScheme(type: .uint8, isPowerOfTwo: true), 1 / 64, 0),
    (0, 255.0 / 64, ActivationScheme(type: .uint8, isPowerOfTwo: true), 1 / 64, 0),
    (0, 0, ActivationScheme(type: .int16, isSymmetric: true, isPowerOfTwo: true), 1, 0),
  ] as [(Float, Float, ActivationScheme, Float, Int)])
func scalesAndZeroPointsFollowTheScheme(
  low: Float, high: Float, scheme: ActivationScheme, scale: Float, zeroPoint: Int
) {
  let parameters = AffineParameters(ActivationRange(lowest: low, highest: high), scheme)
  #expect(abs(parameters.scale / scale - 1) < 1e-6 && parameters.zeroPoint == zeroPoint)
  #expect(parameters.zeroPointTensor.elementType == scheme.type.elementType)
}

@Test func everyValueOfTheRangeIsOffByHalfAStep() {
  for seed in UInt64(1)...40 {
    var generator = SeededGenerator(seed: seed)
    let (low, high) = (Float.random(in: -5...0, using: &generator), Float.random(in: 0...5, using: &generator))
    let types: [ActivationType] = [.uint8, .int8, .uint16, .int16]
    let scheme = ActivationScheme(
      type: types[generator.integer(in: 0...3)], isSymmetric: seed % 2 == 0, isPowerOfTwo: seed % 3 == 0)
    let parameters = AffineParameters(ActivationRange(lowest: low, highest: high), scheme)
    let values = generator.floats(200, in: low...high) + [low, high, 0]
    var rounded = [Float](repeating: 0, count: values.count)
    values.withUnsafeBufferPointer { values in
      rounded.withUnsafeMutableBufferPointer { parameters.rounded(values, into: $0) }
    }
    for (value, result) in zip(values, rounded) {
      // At an end the rounded zero point may cost another half step.
      #expect(abs(value - result) <= parameters.scale * 1.001, "seed \(seed), \(scheme)")
    }
    #expect(rounded.last == 0)
  }
}

@Test func sixteenBitsAreHundredTimesFinerAndStandInPairsOfONNXRuntime() throws {
  for seed in UInt64(1)...3 {
    let model = residualNetwork(seed: seed)
    let eight = try quantized(model, ["bits": .integer(8)])
    let wide = try quantized(model, ["bits": .integer(16), "weight-bits": .integer(16)])
    #expect(try largestError(wide.model, model) * 50 < largestError(eight.model, model), "seed \(seed)")
    let graph = wide.model.graph
    // Only biases, of 32 bits, come through ONNX's own operator.
    for node in graph.nodes where node.opType.hasSuffix("uantizeLinear") {
      let isBias = graph.constant(node.inputs[0])?.elementType == .int32
      #expect(node.domain == (isBias ? "" : "com.microsoft"), "'\(node.name)'")
    }
    #expect(wide.model.opsets["com.microsoft"] == 1)
    #expect(graph.constant("c1.weight_quantized")?.elementType == .int16)
    #expect(wide.report.notes.contains { $0.contains("computes in float") })
    #expect(wide.forms.values.allSatisfy { $0 is AffineQuantizedForm })
    let mixed = try quantized(model, ["activations": .text("int16")])
    #expect(mixed.model.graph.constant("c1.weight_quantized")?.elementType == .int8)
    #expect(grid(mixed.model.graph).contains { $0.zeroPoint?.elementType == .int16 })
  }
}

@Test func pairsOfSixteenBitsAreONNXsOwnFromOpset21() throws {
  var model = residualNetwork(seed: 1)
  model.opsets[""] = 21
  let result = try quantized(model, ["bits": .integer(16)])
  #expect(result.model.graph.nodes.allSatisfy { $0.domain.isEmpty })
}

@Test(arguments: ["min-max", "percentile", "mse"], ["uint8", "int16"])
func powersOfTwoAreAllThereIs(calibration: String, type: String) throws {
  let result = try quantized(
    residualNetwork(seed: 4),
    ["scale": .text("power-of-two"), "calibration": .text(calibration), "activations": .text(type)])
  let scales = grid(result.model.graph).flatMap { $0.scale.elements(Float.self) }
  #expect(scales.count > 10 && scales.allSatisfy { $0.significand == 1 && $0 > 0 })
  #expect(try largestError(result.model, residualNetwork(seed: 4)) < 0.5)
}

@Test func symmetricActivationsHaveNoZeroPoint() throws {
  for (type, middle) in [("int8", 0), ("uint8", 128), ("int16", 0), ("uint16", 32_768)] {
    let result = try quantized(
      residualNetwork(seed: 1), ["symmetry": .text("symmetric"), "activations": .text(type)])
    let points = grid(result.model.graph).compactMap { $0.zeroPoint?.intValues() }.flatMap { $0 }
    #expect(points.allSatisfy { [0, middle].contains($0) } && points.contains(middle), "\(type)")
  }
}

@Test(arguments: [
  ["bits": OptionValue.integer(16), "activations": .text("uint8")],
  ["bits": .integer(8), "activations": .text("int16")],
  ["bits": .integer(16), "mode": .text("dynamic")],
  ["weight-bits": .integer(16), "mode": .text("dynamic")],
  ["bits": .integer(16), "calibration": .text("entropy")],
  ["rounding": .text("adaround"), "mode": .text("dynamic")],
  ["bias-correction": .bool(true), "mode": .text("dynamic")],
  ["rounding": .text("up")], ["weight-bits": .integer(4)],
])
func widthsThatContradictEachOtherAreRefused(options: [String: OptionValue]) {
  let error = #expect(throws: MethodError.self) {
    try MethodCatalog.method(for: Step(method: "quantize", options: options))
  }
  #expect(error?.code == .badOption)
}

@Test func biasCorrectionTakesTheMeanErrorOut() throws {
  for seed in UInt64(1)...4 {
    let model = residualNetwork(seed: seed)
    let plain = try quantized(model, ["bias-correction": .bool(false)], seed: seed)
    let corrected = try quantized(model, ["bias-correction": .bool(true)], seed: seed)
    func meanErrors(_ other: Model) throws -> [Double] {
      var sums = [Double](repeating: 0, count: 3)
      for batch in residualInputs(seed: seed) {
        let pairs = zip(try run(other, batch)[0].elements(Float.self), try run(model, batch)[0].elements(Float.self))
        for (index, pair) in pairs.enumerated() { sums[index % 3] += Double(pair.0) - Double(pair.1) }
      }
      return sums.map { abs($0) / 6 }
    }
    // What is left is half a step of the 32-bit bias.
    #expect(try meanErrors(corrected.model).allSatisfy { $0 < 1e-4 }, "seed \(seed)")
    #expect(try meanErrors(plain.model).contains { $0 > 1e-4 }, "seed \(seed)")
    #expect(corrected.report.notes.contains { $0.hasPrefix("bias correction on 6 rows: 3 layers") })
  }
}

@Test func aLayerWithoutABiasGetsOneToCorrectAndAMatMulDoesNot() throws {
  var graph = GraphBuilder()
  let x = graph.input("x", [2, 4])
  let gemm = graph.node("Gemm", [x, graph.constant(SeededTensors.tensor([4, 4], seed: 1))], name: "gemm")
  let y = graph.node("MatMul", [gemm, graph.constant(SeededTensors.tensor([4, 3], seed: 2))], name: "matmul")
  let source = ReferenceActivations(batches: [["x": SeededTensors.tensor([2, 4], seed: 3)]])
  for bits in [8, 16] {
    let result = try apply(
      "quantize", ["bias-correction": .bool(true), "bits": .integer(bits)], to: graph.model(outputs: [y]),
      calibration: source)
    #expect(result.model.graph.nodes.first { $0.name == "gemm" }?.inputs.count == 3)
    #expect(result.report.notes.contains("bias correction: 'matmul' adds no bias that could be corrected"))
    #expect(throws: Never.self) { try result.model.check() }
  }
}

@Test func calibrationThatDoesNotFitIsRefused() throws {
  let refinements: [[String: OptionValue]] = [
    ["bias-correction": .bool(true)], ["rounding": .text("adaround")], ["rounding": .text("nearest")],
  ]
  for options in refinements {
    for source in [FixedActivations(values: []), FixedActivations(values: [SeededTensors.tensor([8], seed: 1)])] {
      if source.rowCount > 0, options["rounding"] == .text("nearest") { continue }
      let error = #expect(throws: MethodError.self) {
        try apply("quantize", options, to: residualNetwork(seed: 1), calibration: source)
      }
      #expect(error?.code == .calibration, "\(options)")
    }
    let bad = FixedActivations(values: [Tensor([Float](repeating: .nan, count: 8), shape: [8])])
    let error = #expect(throws: MethodError.self) {
      try apply("quantize", options, to: residualNetwork(seed: 1), calibration: bad)
    }
    #expect(error?.code == .notFinite)
  }
}

@Test func aWeightOfSixteenBitsIsReadBackFromItsBytes() throws {
  let integers = Tensor([Int16(-32_767), 5, 300, -1, 0, 32_767], shape: [2, 3])
  for axis in [nil, 1] as [Int?] {
    let form = AffineQuantizedForm(
      integers: integers, scales: axis == nil ? [0.5] : [0.5, 0.25, 2], axis: axis)
    var bytes: [UInt8] = []
    form.encode(into: &bytes)
    var reader = FormReader(bytes)
    let again = try AffineQuantizedForm(decoding: &reader)
    #expect(again.integers == integers && again.dense() == form.dense() && reader.remaining == 0)
    for length in 0..<bytes.count {
      var reader = FormReader(Array(bytes.prefix(length)))
      #expect(throws: MethodError.self) { try AffineQuantizedForm(decoding: &reader) }
    }
  }
}
