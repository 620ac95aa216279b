import AssayCore
import AssayMethods
import AssayONNX
import AssayTestSupport
import Foundation
import Testing

@testable import AssayTraining

private typealias Saved = SavedTensors<[String: Int]>

private func sample(seed: UInt64) -> Saved {
  var generator = SeededGenerator(seed: seed)
  let shapes: [[Int]] = [[3, 2], [], [5], [0], [1, 1, 2]]
  return Saved(fingerprint: 7, facts: ["epoch": 3], tensors: shapes.map { generator.tensor($0) })
}

@Test func savedTensorsAreReadBackBitForBit() throws {
  try withTemporaryFolder { folder in
    let path = "\(folder)/state"
    for seed in UInt64(1)...5 {
      let saved = sample(seed: seed)
      try saved.write(to: path)
      let read = try #require(Saved(contentsOf: path, fingerprint: 7))
      #expect(read.facts == saved.facts && read.tensors == saved.tensors)
      #expect(Saved(contentsOf: path, fingerprint: 8) == nil)
    }
    #expect(Saved(contentsOf: "\(folder)/none", fingerprint: 7) == nil)
  }
}

@Test func damagedStatesAreNotTakenOver() throws {
  try withTemporaryFolder { folder in
    let path = "\(folder)/state"
    try sample(seed: 1).write(to: path)
    let whole = try Data(contentsOf: URL(filePath: path))
    for length in 0..<whole.count {
      try whole.prefix(length).write(to: URL(filePath: path))
      #expect(Saved(contentsOf: path, fingerprint: 7) == nil, "\(length) bytes")
    }
    for seed in UInt64(1)...200 {
      var generator = SeededGenerator(seed: seed)
      var bytes = whole
      bytes[generator.index(below: bytes.count)] ^= UInt8(1 + generator.index(below: 255))
      try bytes.write(to: URL(filePath: path))
      #expect(Saved(contentsOf: path, fingerprint: 7) == nil, "seed \(seed)")
    }
    try (whole + Data([0])).write(to: URL(filePath: path))
    #expect(Saved(contentsOf: path, fingerprint: 7) == nil)
  }
}

@Test func batchesCoverTheRowsOnce() {
  for (count, size) in [(10, 3), (10, 10), (10, 20), (9, 4), (1, 4), (5, 1), (129, 128), (257, 128)] {
    let batches = RowStore.batches(count, of: size)
    #expect(batches.flatMap { Array($0) } == Array(0..<count))
    // A batch of one has no statistics.
    if size > 1, count > 1 {
      #expect(batches.allSatisfy { $0.count > 1 && $0.count <= size + 1 }, "\(count) by \(size)")
    }
  }
}

@Test func everythingThatMattersChangesTheFingerprint() throws {
  func print(_ change: (inout Model) -> Void = { _ in }) throws -> UInt64 {
    var model = try ArchitectureCatalog.model(
      "mlp", ArchitectureOptions(hidden: [3]), example: [4], outputs: 2, seed: 1)
    change(&model)
    var print = Fingerprint()
    print.combine(model)
    return print.value
  }
  let plain = try print()
  #expect(try print() == plain)
  #expect(try print { $0.graph.nodes[0].name = "other" } == plain)
  #expect(try print { $0.graph.nodes[1].opType = "Tanh" } != plain)
  #expect(try print { $0.graph.nodes[0].set(Attribute("alpha", float: 0.5)) } != plain)
  #expect(
    try print { model in
      var values = model.graph.constant("fc1.weight")?.elements(Float.self) ?? []
      values[11] = values[11].nextUp
      model.graph.setInitializer("fc1.weight", Tensor(values, shape: [3, 4]))
    } != plain)
  #expect(try print { $0.graph.setInitializer("fc1.bias", Tensor([Float(0), 0, 0], shape: [3, 1])) } != plain)
}

// MARK: - The graph in training

private func graph(_ model: Model, _ settings: TrainingSettings = TrainingSettings()) throws -> TrainingGraph {
  try TrainingGraph(TrainingRequest(model: model, settings: settings))
}

private func network(_ name: String, _ example: [Int], _ options: ArchitectureOptions = .init()) throws -> Model {
  try ArchitectureCatalog.model(name, options, example: example, outputs: 3, seed: 1)
}

@Test func whatIsTrainedIsFoundInTheGraph() throws {
  let mlp = try graph(try network("mlp", [4], ArchitectureOptions(hidden: [5], activation: .swish)))
  #expect(mlp.parameters == ["fc1.weight", "fc1.bias", "swish1.beta", "fc2.weight", "fc2.bias"])
  let gelu = try graph(try network("mlp", [4], ArchitectureOptions(hidden: [5], activation: .gelu)))
  #expect(gelu.parameters == ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"])
  let normalized = try graph(try network("mlp", [4], ArchitectureOptions(hidden: [5], normalizes: true)))
  #expect(normalized.parameters == ["fc1.weight", "bn1.weight", "bn1.bias", "fc2.weight", "fc2.bias"])
  let lstm = try graph(try network("lstm", [4, 2]))
  #expect(lstm.parameters == ["lstm1.weight", "lstm1.recurrence", "lstm1.bias", "fc1.weight", "fc1.bias"])
  let transformer = try graph(try network("transformer", [4, 2]))
  #expect(transformer.parameters.contains("positions") && !transformer.parameters.contains("attention.factor"))
}

@Test func thePreparationOfInputsIsNotTrained() throws {
  var builder = GraphBuilder()
  let x = builder.input("x", [1, 2])
  let centred = builder.node("Sub", [x, builder.constant(Tensor([Float(1), 2], shape: [2]), name: "mean")])
  let product = builder.node(
    "MatMul", [centred, builder.constant(Tensor([Float(1), 2, 3, 4], shape: [2, 2]), name: "w")])
  let sum = builder.node("Add", [builder.constant(Tensor([Float(1), 2], shape: [2]), name: "b"), product])
  let y = builder.node("Softmax", [sum], output: "y")
  let found = try graph(builder.model(outputs: [y], shape: [.fixed(1), .fixed(2)]))
  #expect(found.parameters == ["w", "b"])
  // Logits come before the softmax, and any batch goes in.
  #expect(found.logits == sum && found.model.graph.outputs.map(\.name) == [sum])
  #expect(found.model.graph.inputs[0].tensorType?.shape?[0].value == nil && found.example == [2])
}

@Test func dropoutGoesBeforeHiddenProducts() throws {
  let model = try network("lenet-300-100", [1, 4, 4])
  #expect(try !graph(model).isRandom)
  let found = try graph(model, TrainingSettings(dropout: 0.5))
  #expect(found.isRandom)
  #expect(throws: Never.self) { try found.model.check() }
  let dropouts = found.model.graph.nodes.filter { $0.opType == "Dropout" }
  // Not before the first: its inputs are the pixels.
  #expect(dropouts.count == 2)
  #expect(found.parameters == (try graph(model)).parameters)
}

@Test func modelsWithoutAnythingToTrainAreRefused() throws {
  var builder = GraphBuilder()
  let x = builder.input("x", [1, 2])
  let y = builder.node("Relu", [x])
  let error = #expect(throws: MethodError.self) { try graph(builder.model(outputs: [y])) }
  #expect(error?.code == .training)
  let model = try network("mlp", [4], ArchitectureOptions(hidden: [5]))
  let all = Set(model.graph.initializers.map(\.name))
  #expect(throws: MethodError.self) {
    try TrainingGraph(TrainingRequest(model: model, settings: TrainingSettings(), frozen: all))
  }
}
