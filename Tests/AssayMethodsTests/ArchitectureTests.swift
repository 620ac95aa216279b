import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

/// Examples that fit each architecture.
private let examples: [(name: String, example: [Int])] = [
  ("mlp", [7]), ("mlp", [1, 4, 4]), ("lenet-300-100", [1, 5, 5]), ("lenet-5", [1, 16, 16]), ("resnet-8", [3, 8, 8]),
  ("resnet-20", [3, 8, 8]), ("depthwise-separable", [1, 8, 8]), ("lstm", [5, 3]), ("lstm", [1, 6, 4]),
  ("lstm", [6]), ("transformer", [5, 3]), ("transformer", [1, 4, 6]), ("lenet-5", [16, 16]),
]

private func model(
  _ name: String, _ example: [Int], _ options: ArchitectureOptions = ArchitectureOptions(), outputs: Int = 4,
  seed: UInt64 = 1
) throws(MethodError) -> Model {
  try ArchitectureCatalog.model(name, options, example: example, outputs: outputs, seed: seed)
}

@Test func everyArchitectureIsTested() {
  #expect(Set(examples.map(\.name)) == Set(ArchitectureCatalog.architectures.map { $0.name }))
}

@Test(arguments: examples, [Activation.relu, .swish, .gelu])
func architecturesAreModelsThatRun(item: (name: String, example: [Int]), activation: Activation) throws {
  let options = ArchitectureOptions(width: 0.25, activation: activation)
  let model = try model(item.name, item.example, options)
  #expect(throws: Never.self) { try model.check() }
  let again = try Model(serialized: model.serialized())
  for rows in [1, 3] {
    let input = SeededTensors.tensor([rows] + item.example, seed: 2)
    let output = try #require(try run(again, ["input": input]).first)
    #expect(output.shape == [rows, 4])
    #expect(output.elements(Float.self).allSatisfy { $0.isFinite })
  }
}

@Test(arguments: examples)
func equalSeedsGiveEqualNetworks(item: (name: String, example: [Int])) throws {
  let options = ArchitectureOptions(width: 0.25)
  let bytes = try model(item.name, item.example, options).serialized()
  #expect(try model(item.name, item.example, options).serialized() == bytes)
  #expect(try model(item.name, item.example, options, seed: 2).serialized() != bytes)
}

/// Counts of the literature: LeNet-300-100 266,610 and LeNet-5 431,080 (Han and others 2015); ResNet-8 78,666 with its
/// normalizations' 4 numbers a channel, of which half are trained (MLPerf Tiny's reference model, Keras' count).
@Test(arguments: [
  ("lenet-300-100", [1, 28, 28], 266_610), ("lenet-5", [1, 28, 28], 431_080), ("mlp", [784], 795_010),
])
func parametersAreThoseOfTheLiterature(name: String, example: [Int], count: Int) throws {
  let model = try model(name, example, outputs: 10)
  let found = model.graph.initializers.reduce(0) { sum, initializer in
    initializer.tensor?.elementType == .float ? sum + (initializer.tensor?.count ?? 0) : sum
  }
  #expect(found == count)
}

@Test func residualNetworksHaveTheirLayers() throws {
  for (name, convolutions) in [("resnet-8", 9), ("resnet-20", 21)] {
    let graph = try model(name, [3, 32, 32], outputs: 10).graph
    #expect(graph.nodes.count { $0.opType == "Conv" } == convolutions)
    #expect(graph.nodes.count { $0.opType == "BatchNormalization" } == convolutions)
    #expect(graph.nodes.count { $0.opType == "Gemm" } == 1)
  }
}

@Test func widthsAreThoseAskedFor() throws {
  let graph = try model("mlp", [8], ArchitectureOptions(hidden: [20, 10], width: 0.5)).graph
  #expect(graph.constant("fc1.weight")?.shape == [10, 8])
  #expect(graph.constant("fc2.weight")?.shape == [5, 10])
  #expect(graph.constant("fc3.weight")?.shape == [4, 5])
  #expect(
    try model("mlp", [8], ArchitectureOptions(hidden: [3], width: 0.001)).graph.constant("fc1.weight")?.shape == [1, 8])
}

private func meanSquare(_ values: [Double]) -> Double {
  var sum = 0.0
  for value in values { sum += value * value }
  return sum / Double(values.count)
}

@Test func startValuesHaveTheVarianceOfTheirPapers() throws {
  // 200 × 400: the standard error of a variance is √(2/80000), half a percent.
  let he = try model("mlp", [400], ArchitectureOptions(hidden: [200])).graph.constant("fc1.weight")
  let heValues = try #require(he).elements(Float.self).map { Double($0) }
  #expect(abs(meanSquare(heValues) * 200 - 1) < 0.03)
  let glorot = try model("mlp", [400], ArchitectureOptions(hidden: [200], activation: .tanh)).graph.constant(
    "fc1.weight")
  let values = try #require(glorot).elements(Float.self).map { Double($0) }
  let bound = (6.0 / 600).squareRoot()
  #expect(values.allSatisfy { abs($0) <= bound * 1.000_001 })
  #expect(abs(meanSquare(values) / (bound * bound / 3) - 1) < 0.03)
}

@Test func hiddenLayersAreNormalizedWhereAsked() throws {
  let graph = try model("lenet-300-100", [6], ArchitectureOptions(normalizes: true)).graph
  #expect(graph.nodes.count { $0.opType == "BatchNormalization" } == 2)
  // A shift follows, so that a bias would be twice there.
  #expect(graph.constant("fc1.bias") == nil && graph.constant("fc3.bias") != nil)
}

@Test(arguments: [
  ("lenet-5", [784]), ("lenet-5", [1, 8, 8]), ("lstm", [3, 8, 8]), ("mlp", []), ("mlp", [0]),
  ("mlp", [1 << 40, 1 << 40]),
  ("resnet-8", [2, 3, 4, 5]), ("transformer", [3, 4, 4]), ("mlp", [1 << 27]),
])
func examplesThatDoNotFitAreRefused(name: String, example: [Int]) {
  let error = #expect(throws: MethodError.self) { try model(name, example) }
  #expect(error?.code == .training)
}

@Test func unknownArchitecturesAreToldWithTheNearest() {
  let error = #expect(throws: MethodError.self) { try model("lenet5", [784]) }
  #expect(error?.remedy == "did you mean 'lenet-5'?")
  for hidden in [OptionValue.integer(0), .list([]), .text("a"), .list([.integer(3), .text("x")]), .integer(1 << 20)] {
    let step = Step(method: "train", options: ["hidden": hidden])
    #expect(throws: MethodError.self) {
      try ArchitectureOptions(try StepOptions(step, ArchitectureOptions.options))
    }
  }
}
