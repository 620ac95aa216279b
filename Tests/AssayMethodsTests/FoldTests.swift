import AssayCore
import AssayMethods
import AssayONNX
import AssayTestSupport
import Testing

/// Adds a normalization of `channels` with random parameters.
private func normalize(
  _ value: String, channels: Int, _ graph: inout GraphBuilder, _ generator: inout SeededGenerator
) -> String {
  let names = ["gamma", "beta", "mean", "variance"].map { part in
    graph.constant(
      generator.tensor([channels], in: part == "variance" ? 0.1...2 : -1...1), name: "\(value).\(part)")
  }
  return graph.node("BatchNormalization", [value] + names, [Attribute("epsilon", float: 1e-3)])
}

@Test(arguments: ["Conv", "ConvWithBias", "Gemm", "GemmTransposed", "MatMul"])
func normalizationFoldsIntoTheNodeBefore(kind: String) throws {
  for seed in UInt64(1)...5 {
    var generator = SeededGenerator(seed: seed)
    var graph = GraphBuilder()
    let isConvolution = kind.hasPrefix("Conv")
    let shape = isConvolution ? [2, 3, 5, 5] : [4, 6]
    let x = graph.input("x", shape)
    let value: String
    switch kind {
    case "Conv": value = graph.node("Conv", [x, graph.constant(generator.tensor([4, 3, 3, 3]))])
    case "ConvWithBias":
      value = graph.node(
        "Conv", [x, graph.constant(generator.tensor([4, 3, 3, 3])), graph.constant(generator.tensor([4]))])
    case "Gemm":
      value = graph.node(
        "Gemm", [x, graph.constant(generator.tensor([6, 4])), graph.constant(generator.tensor([1, 4]))],
        [Attribute("alpha", float: 0.5), Attribute("beta", float: 2)])
    case "GemmTransposed":
      value = graph.node("Gemm", [x, graph.constant(generator.tensor([4, 6]))], [Attribute("transB", int: 1)])
    default: value = graph.node("MatMul", [x, graph.constant(generator.tensor([6, 4]))])
    }
    let output = normalize(value, channels: 4, &graph, &generator)
    let model = graph.model(outputs: [output])
    let folded = try apply("fold", to: model)
    #expect(folded.model.graph.nodes.count == 1, "seed \(seed)")
    #expect(folded.report.changes.contains { $0.text.hasPrefix("folded into") })
    let input = ["x": generator.tensor(shape)]
    let (expected, actual) = (try run(model, input)[0], try run(folded.model, input)[0])
    #expect(difference(actual, expected, absolute: 1e-5, relative: 1e-5) == nil, "\(kind), seed \(seed)")
  }
}

@Test func normalizationThatCannotFoldSaysWhy() throws {
  var generator = SeededGenerator(seed: 3)
  var graph = GraphBuilder()
  let x = graph.input("x", [1, 3, 4, 4])
  let onInput = normalize(x, channels: 3, &graph, &generator)
  let relu = graph.node("Relu", [onInput], name: "act")
  let afterRelu = normalize(relu, channels: 3, &graph, &generator)
  let conv = graph.node("Conv", [afterRelu, graph.constant(generator.tensor([3, 3, 1, 1]))], name: "conv")
  let shared = normalize(conv, channels: 3, &graph, &generator)
  let sum = graph.node("Add", [shared, conv])
  let report = try apply("fold", to: graph.model(outputs: [sum])).report
  let reasons = report.skips.map(\.text)
  #expect(
    reasons == [
      "not folded: its input is an input of the model",
      "not folded: its input comes from Relu 'act', not from Conv, Gemm or MatMul",
      "not folded: the result of 'conv' is used elsewhere too",
    ])
}

@Test func aNormalizationOfOddVarianceStays() throws {
  var graph = GraphBuilder()
  let x = graph.input("x", [1, 1, 2, 2])
  let conv = graph.node("Conv", [x, graph.constant(Tensor([Float(1)], shape: [1, 1, 1, 1]))])
  let parameters = [Float(1), 0, 0, -1].map { graph.constant(Tensor([$0], shape: [1])) }
  let output = graph.node("BatchNormalization", [conv] + parameters)
  let model = graph.model(outputs: [output])
  let report = try apply("fold", to: model).report
  #expect(report.skips.map(\.text) == ["not folded: its parameters give numbers that are not finite"])
}

@Test func constantsIdentitiesAndDeadNodesGo() throws {
  var graph = GraphBuilder()
  let x = graph.input("x", [2, 3])
  let half = graph.node(
    "Constant", [], [Attribute("value", .tensor(StoredTensor(name: "", tensor: Tensor(scalar: Float(0.5)))))])
  let two = graph.node("Constant", [], [Attribute("value_float", float: 2)])
  let product = graph.node("Mul", [graph.node("Identity", [x]), half])
  let dropped = graph.node("Dropout", [product], outputCount: 2)[0]
  _ = graph.node("Relu", [product], name: "unused")
  _ = graph.constant(Tensor(scalar: Float(9)), name: "nobody")
  let sum = graph.node("Add", [dropped, two])
  let y = graph.node("Identity", [sum], output: "y")
  let model = graph.model(outputs: [y])
  let folded = try apply("fold", to: model)
  #expect(folded.model.graph.operatorCounts == ["Mul": 1, "Add": 1])
  #expect(folded.model.graph.outputs.map(\.name) == ["y"])
  #expect(folded.model.graph.initializers.count == 2)
  #expect(folded.report.changes.contains { $0.node == "unused" && $0.text.hasPrefix("removed") })
  #expect(folded.report.changes.contains { $0.node == "nobody" && $0.text.hasPrefix("removed") })
  let input = ["x": Tensor([Float(1), 2, 3, 4, 5, 6], shape: [2, 3])]
  #expect(try run(folded.model, input) == run(model, input))
}

@Test func aModelThatIsOnlyAnIdentityStaysWhole() throws {
  var graph = GraphBuilder()
  let x = graph.input("x", [2])
  let output = graph.node("Identity", [x], name: "only", output: "y")
  let model = graph.model(outputs: [output])
  let folded = try apply("fold", to: model)
  #expect(folded.model.graph.nodes.count == 1)
  #expect(folded.report.skips.map(\.node) == ["only"])
  #expect(folded.report.notes.contains("changed nothing"))
}

@Test func aRepeatedNumberBecomesWeightsAndFolds() throws {
  var graph = GraphBuilder()
  let x = graph.input("x", [1, 2, 3, 3])
  let fill = [Attribute("value", .tensor(StoredTensor(name: "", tensor: Tensor([Float(0.25)], shape: [1]))))]
  let weight = graph.node("ConstantOfShape", [graph.constant(ints: [2, 2, 1, 1])], fill)
  let parameters = (0..<4).map { _ in graph.node("ConstantOfShape", [graph.constant(ints: [2])], fill) }
  let normalized = graph.node("BatchNormalization", [graph.node("Conv", [x, weight])] + parameters)
  let model = graph.model(outputs: [normalized])
  let folded = try apply("fold", to: model)
  #expect(folded.model.graph.operatorCounts == ["Conv": 1])
  let input = ["x": SeededTensors.tensor([1, 2, 3, 3], seed: 8)]
  #expect(difference(try run(folded.model, input)[0], try run(model, input)[0], absolute: 1e-6) == nil)
}

enum SeededTensors {
  static func tensor(_ shape: [Int], seed: UInt64) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return generator.tensor(shape)
  }
}

@Test func anAddedConstantBecomesTheBiasOfTheConvolution() throws {
  var generator = SeededGenerator(seed: 4)
  var graph = GraphBuilder()
  let x = graph.input("x", [1, 2, 4, 4])
  let conv = graph.node("Conv", [x, graph.constant(generator.tensor([3, 2, 3, 3]))])
  let sum = graph.node("Add", [graph.constant(generator.tensor([3, 1, 1])), conv])
  let plane = graph.node(
    "Add",
    [
      graph.node("Conv", [sum, graph.constant(generator.tensor([1, 3, 1, 1]))]),
      graph.constant(generator.tensor([2, 2])),
    ])
  let model = graph.model(outputs: [plane])
  let folded = try apply("fold", to: model)
  #expect(folded.model.graph.operatorCounts == ["Conv": 2, "Add": 1])
  #expect(folded.report.skips.count == 1)
  let input = ["x": generator.tensor([1, 2, 4, 4])]
  #expect(difference(try run(folded.model, input)[0], try run(model, input)[0], absolute: 1e-5) == nil)
}

@Test func matrixProductsBecomeGemm() throws {
  let model = perceptron(seed: 5)
  let result = try apply("canonicalize", to: model)
  #expect(result.model.graph.operatorCounts == ["Gemm": 2, "Relu": 1])
  let input = ["x": SeededTensors.tensor([4, 6], seed: 6)]
  #expect(difference(try run(result.model, input)[0], try run(model, input)[0], absolute: 1e-5) == nil)
}

@Test func aProductOfRankThreeStaysAndSaysWhy() throws {
  var graph = GraphBuilder()
  let x = graph.input("x", [2, 3, 4])
  let product = graph.node("MatMul", [x, graph.constant(SeededTensors.tensor([4, 5], seed: 1))], name: "product")
  let output = graph.node("Add", [product, graph.constant(SeededTensors.tensor([5], seed: 2))])
  let model = graph.model(outputs: [output])
  let result = try apply("canonicalize", to: model)
  #expect(result.model.graph.operatorCounts == ["MatMul": 1, "Add": 1])
  #expect(result.report.skips.map(\.node) == ["product"])
}

@Test func transposesJoinAndLayoutsOfConstantsAreComputed() throws {
  var graph = GraphBuilder()
  let x = graph.input("x", [2, 3, 4, 5])
  let there = graph.node("Transpose", [x], [Attribute("perm", ints: [0, 2, 3, 1])])
  let back = graph.node("Transpose", [there], [Attribute("perm", ints: [0, 3, 1, 2])])
  let other = graph.node("Transpose", [there], [Attribute("perm", ints: [3, 0, 1, 2])])
  let weight = graph.constant(SeededTensors.tensor([5, 2, 3], seed: 1), name: "w")
  let moved = graph.node(
    "Transpose", [graph.node("Reshape", [weight, graph.constant(ints: [5, -1])])], [Attribute("perm", ints: [1, 0])])
  let product = graph.node(
    "MatMul", [graph.node("Relu", [back]), graph.node("Transpose", [moved], [Attribute("perm", ints: [1, 0])])])
  let model = graph.model(outputs: [product, other])
  let result = try apply("canonicalize", to: model)
  #expect(result.model.graph.operatorCounts == ["Relu": 1, "MatMul": 1, "Transpose": 1])
  let input = ["x": SeededTensors.tensor([2, 3, 4, 5], seed: 2)]
  #expect(try run(result.model, input) == run(model, input))
}

@Test func factorsOfGemmGoIntoItsConstants() throws {
  var graph = GraphBuilder()
  let x = graph.input("x", [2, 3])
  let y = graph.node(
    "Gemm",
    [x, graph.constant(SeededTensors.tensor([3, 4], seed: 1)), graph.constant(SeededTensors.tensor([4], seed: 2))],
    [Attribute("alpha", float: 0.5), Attribute("beta", float: 3)])
  let model = graph.model(outputs: [y])
  let result = try apply("canonicalize", to: model)
  #expect(result.model.graph.nodes[0].float("alpha") == nil && result.model.graph.nodes[0].float("beta") == nil)
  let input = ["x": SeededTensors.tensor([2, 3], seed: 3)]
  #expect(difference(try run(result.model, input)[0], try run(model, input)[0], absolute: 1e-6) == nil)
}
