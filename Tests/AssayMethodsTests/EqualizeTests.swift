import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

/// Channels of very different size: each slice of the first axis times a power of four.
private func uneven(_ tensor: Tensor, axis: Int, seed: UInt64) -> Tensor {
  var generator = SeededGenerator(seed: seed)
  let factors = (0..<tensor.shape[axis]).map { _ in
    Float(sign: .plus, exponent: 2 * generator.integer(in: -3...3), significand: 1)
  }
  return tensor.scaled(along: axis, by: factors)
}

/// Convolution, depthwise convolution, convolution, products; every operator that factors pass.
private func chain(seed: UInt64, clamp: String = "Relu") -> Model {
  var generator = SeededGenerator(seed: seed)
  var graph = GraphBuilder()
  let x = graph.input("x", dimensions: [.symbolic("N"), .fixed(3), .fixed(8), .fixed(8)])
  func conv(_ input: String, _ shape: [Int], groups: Int, name: String) -> String {
    graph.node(
      "Conv",
      [
        input, graph.constant(uneven(generator.tensor(shape), axis: 0, seed: seed), name: "\(name).weight"),
        graph.constant(generator.tensor([shape[0]]), name: "\(name).bias"),
      ], [Attribute("pads", ints: [1, 1, 1, 1]), Attribute("group", int: groups)], name: name)
  }
  let first = graph.node("Relu", [conv(x, [6, 3, 3, 3], groups: 1, name: "c1")])
  let clamped = graph.node(clamp, [conv(first, [12, 1, 3, 3], groups: 6, name: "depthwise")])
  let pooled = graph.node(
    "AveragePool", [clamped], [Attribute("kernel_shape", ints: [2, 2]), Attribute("strides", ints: [2, 2])])
  let second = conv(pooled, [5, 12, 3, 3], groups: 1, name: "c2")
  let leaky = graph.node("LeakyRelu", [second], [Attribute("alpha", float: 0.2)])
  let small = graph.node(
    "MaxPool", [leaky], [Attribute("kernel_shape", ints: [2, 2]), Attribute("strides", ints: [2, 2])])
  let flat = graph.node("Flatten", [small])
  let gemm = graph.node(
    "Gemm",
    [
      flat, graph.constant(uneven(generator.tensor([7, 20]), axis: 0, seed: seed), name: "g.weight"),
      graph.constant(generator.tensor([7]), name: "g.bias"),
    ], [Attribute("transB", int: 1)], name: "g")
  let slope = graph.constant(generator.tensor([7], in: 0...1))
  let y = graph.node(
    "MatMul", [graph.node("PRelu", [gemm, slope]), graph.constant(generator.tensor([7, 4]), name: "m.weight")],
    name: "m", output: "y")
  return graph.model(outputs: [y])
}

private func inputs(seed: UInt64) -> [String: Tensor] { ["x": SeededTensors.tensor([2, 3, 8, 8], seed: seed)] }

private func relativeError(_ a: Model, _ b: Model, _ batch: [String: Tensor]) throws -> Double {
  let (x, y) = (try run(a, batch)[0].elements(Float.self), try run(b, batch)[0].elements(Float.self))
  let largest = Double(y.map(\.magnitude).max() ?? 1)
  return zip(x, y).reduce(0) { max($0, abs(Double($1.0) - Double($1.1))) } / largest
}

@Test func equalizingKeepsTheFunctionAndMakesRangesEqual() throws {
  for seed in UInt64(1)...6 {
    let model = chain(seed: seed)
    let result = try apply("equalize", to: model)
    #expect(result.report.changes.map(\.node) == ["depthwise", "c2", "g", "m"], "seed \(seed)")
    #expect(result.report.skips.map(\.node) == ["c1"])
    #expect(try relativeError(result.model, model, inputs(seed: seed)) < 1e-5, "seed \(seed)")
    let graph = result.model.graph
    let largest = { (name: String, axis: Int) in
      graph.constant(name).map { $0.largestMagnitudes(along: axis) } ?? []
    }
    // Range of each output channel against that of the inputs it goes to.
    #expect(
      difference(
        largest("c1.weight", 0).map { Double($0) }, pairwise(largest("depthwise.weight", 0), 2), relative: 0.005) == nil
    )
    #expect(
      difference(largest("c2.weight", 0).map { Double($0) }, pairwise(largest("g.weight", 1), 4), relative: 0.005)
        == nil)
    #expect(
      difference(largest("g.weight", 0).map { Double($0) }, pairwise(largest("m.weight", 0), 1), relative: 0.005) == nil
    )
    #expect(result.report.notes.contains { $0.hasPrefix("even after") })
    // Once more changes nothing that matters.
    let again = try apply("equalize", to: result.model)
    #expect(try relativeError(again.model, model, inputs(seed: seed)) < 1e-5)
  }
}

/// The largest of every `count` numbers.
private func pairwise(_ values: [Float], _ count: Int) -> [Double] {
  stride(from: 0, to: values.count, by: count).map { start in Double(values[start..<(start + count)].max() ?? 0) }
}

@Test func equalizingHelpsOneScaleForATensor() throws {
  var (plain, equalized) = (0.0, 0.0)
  for seed in UInt64(1)...4 {
    let model = chain(seed: seed)
    let source = ReferenceActivations(batches: [inputs(seed: 7), inputs(seed: 8)])
    let options: [String: OptionValue] = ["granularity": .text("tensor")]
    let before = try apply("quantize", options, to: model, calibration: source).model
    let even = try apply("equalize", to: model).model
    let after = try apply("quantize", options, to: even, calibration: source).model
    plain += try relativeError(before, model, inputs(seed: 7))
    equalized += try relativeError(after, model, inputs(seed: 7))
  }
  #expect(equalized < plain * 0.7)
}

@Test func whatIsNotHomogeneousEndsThePair() throws {
  for clamp in ["Sigmoid", "Tanh", "Softplus", "Elu"] {
    let model = chain(seed: 1, clamp: clamp)
    let result = try apply("equalize", to: model)
    let skip = result.report.skips.first { $0.node == "c2" }
    #expect(skip?.text.contains("(\(clamp)) lies between") == true)
    #expect(try relativeError(result.model, model, inputs(seed: 1)) < 1e-5)
  }
  var graph = GraphBuilder()
  let x = graph.input("x", [1, 2])
  let six = graph.constant(Tensor(scalar: Float(6)))
  let zero = graph.constant(Tensor(scalar: Float(0)))
  let first = graph.node("MatMul", [x, graph.constant(SeededTensors.tensor([2, 2], seed: 1))], name: "a")
  let y = graph.node(
    "MatMul",
    [graph.node("Clip", [first, zero, six], name: "relu6"), graph.constant(SeededTensors.tensor([2, 2], seed: 2))],
    name: "b")
  let result = try apply("equalize", to: graph.model(outputs: [y]))
  #expect(result.report.changes.isEmpty)
  #expect(result.report.skips.contains { $0.node == "b" && $0.text.contains("'relu6' (Clip)") })
}

@Test func transposesAroundConvolutionsArePassed() throws {
  for seed in UInt64(1)...3 {
    var generator = SeededGenerator(seed: seed)
    var graph = GraphBuilder()
    let x = graph.input("x", [1, 3, 5, 4])
    let first = graph.node(
      "Conv", [x, graph.constant(uneven(generator.tensor([4, 3, 1, 1]), axis: 0, seed: seed))], name: "first")
    let last = graph.node("Transpose", [first], [Attribute("perm", ints: [0, 2, 3, 1])])
    let sum = graph.node("Relu", [graph.node("Add", [last, graph.constant(generator.tensor([4]))])])
    let back = graph.node("Transpose", [sum], [Attribute("perm", ints: [0, 3, 1, 2])])
    let second = graph.node("Conv", [back, graph.constant(generator.tensor([2, 4, 3, 3]))], name: "second")
    // Flattened with channels last, the columns of a channel do not stand together.
    let flat = graph.node("Flatten", [graph.node("Transpose", [second], [Attribute("perm", ints: [0, 2, 3, 1])])])
    let y = graph.node("MatMul", [flat, graph.constant(generator.tensor([12, 2]))], name: "product")
    let model = graph.model(outputs: [y])
    let result = try apply("equalize", to: model)
    #expect(result.report.changes.map(\.node) == ["second"] && result.report.skips.map(\.node) == ["first", "product"])
    #expect(try relativeError(result.model, model, ["x": generator.tensor([1, 3, 5, 4])]) < 1e-5, "seed \(seed)")
  }
}

@Test func aValueWithOtherUsersIsLeftAlone() throws {
  let model = residualNetwork(seed: 1)
  let result = try apply("equalize", to: model)
  #expect(result.report.skips.contains { $0.node == "c2" && $0.text.contains("used elsewhere") })
  for batch in residualInputs(seed: 3) { #expect(try relativeError(result.model, model, batch) < 1e-5) }
}

@Test func aConstantOfSeveralNodesIsCopied() throws {
  var graph = GraphBuilder()
  let x = graph.input("x", [2, 3])
  let weight = graph.constant(uneven(SeededTensors.tensor([3, 3], seed: 1), axis: 1, seed: 2), name: "w")
  let bias = graph.constant(SeededTensors.tensor([3], seed: 4), name: "b")
  let first = graph.node("Relu", [graph.node("Gemm", [x, weight, bias], name: "one")])
  let second = graph.node("Gemm", [first, weight, bias], name: "two")
  let other = graph.node("Add", [x, bias])
  let model = graph.model(outputs: [second, other])
  let result = try apply("equalize", to: model)
  #expect(result.report.changes.map(\.node) == ["two"])
  let batch = ["x": SeededTensors.tensor([2, 3], seed: 5)]
  for (a, b) in zip(try run(result.model, batch), try run(model, batch)) {
    #expect(difference(a, b, absolute: 1e-5, relative: 1e-5) == nil)
  }
}

@Test func emptyChannelsAndExtremeOnesStayFinite() throws {
  var graph = GraphBuilder()
  let x = graph.input("x", [1, 2])
  let first = graph.constant(Tensor([Float(0), 1e-30, 1e30, 0, 0, 0, 1, 1e-12], shape: [2, 4]))
  let second = graph.constant(Tensor([Float(1), 1, 1e-30, 0], shape: [4, 1]))
  let y = graph.node("MatMul", [graph.node("MatMul", [x, first]), second])
  let model = graph.model(outputs: [y])
  let result = try apply("equalize", to: model)
  let batch = ["x": Tensor([Float(1), 2], shape: [1, 2])]
  #expect(difference(try run(result.model, batch)[0], try run(model, batch)[0], relative: 1e-5) == nil)
}

@Test func badInputOfEqualizeIsRefused() throws {
  var model = chain(seed: 1)
  let named = #expect(throws: MethodError.self) { try apply("equalize", ["exclude": .text("depthwse")], to: model) }
  #expect(named?.remedy == "did you mean 'depthwise'?")
  let excluded = try apply("equalize", ["exclude": .text("depthwise")], to: model)
  #expect(excluded.report.changes.map(\.node) == ["g", "m"])
  model.graph.setInitializer("g.weight", Tensor([Float](repeating: .infinity, count: 140), shape: [7, 20]))
  let infinite = #expect(throws: MethodError.self) { try apply("equalize", to: model) }
  #expect(infinite?.code == .notFinite)
  let single = try apply("equalize", to: .ofOneOperator("Relu", inputs: [("x", [2])]))
  #expect(single.report.changes.isEmpty && single.report.notes.contains("changed nothing"))
}
