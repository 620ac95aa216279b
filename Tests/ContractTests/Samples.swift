import AssayCore
import AssayEngines
import AssayONNX
import AssayRuntime
import AssayTestSupport
import Testing

/// Models that every method is applied to: drawn here, and some of those that suites use.
struct SampleModel: Sendable, CustomTestStringConvertible {
  var name: String
  var make: @Sendable () throws -> Model
  /// Shape of a batch of inputs.
  var inputShape: [Int]

  var testDescription: String { name }

  static let all: [SampleModel] = [
    SampleModel(name: "perceptron as Keras writes it", make: { perceptron() }, inputShape: [4, 6]),
    SampleModel(name: "residual network", make: { residualNetwork() }, inputShape: [2, 2, 6, 6]),
    committed("digits-mlp", [3, 64]),
    committed("digits-cnn", [2, 64]),
    committed("lenet300", [1, 1, 28, 28]),
  ]

  private static func committed(_ name: String, _ shape: [Int]) -> SampleModel {
    SampleModel(
      name: name, make: { try Model(contentsOf: "\(Repository.root)/suites/models/\(name).onnx") }, inputShape: shape)
  }

  /// Inputs of the model's own shape where that is fixed, filled with values from 0 to 1.
  func inputs(_ model: Model, seed: UInt64) throws -> [String: Tensor] {
    var generator = SeededGenerator(seed: seed)
    guard let input = model.graph.requiredInputs.first else { return [:] }
    let count = inputShape.dropFirst().reduce(1, *)
    let tail = input.tensorType?.shape?.dropFirst().compactMap(\.value) ?? []
    let features = tail.reduce(1, *) == count ? tail : Array(inputShape.dropFirst())
    return [input.name: generator.tensor([inputShape[0]] + features, in: 0...1)]
  }
}

/// MatMul and Add, with a symbolic batch.
private func perceptron() -> Model {
  var generator = SeededGenerator(seed: 3)
  var graph = GraphBuilder()
  let x = graph.input("x", dimensions: [.symbolic("N"), .fixed(6)])
  let product = graph.node("MatMul", [x, graph.constant(generator.tensor([6, 5]), name: "w1")], name: "hidden")
  let sum = graph.node("Add", [product, graph.constant(generator.tensor([5]), name: "b1")])
  let relu = graph.node("Relu", [sum])
  let last = graph.node("MatMul", [relu, graph.constant(generator.tensor([5, 3]), name: "w2")], name: "last")
  let y = graph.node("Add", [last, graph.constant(generator.tensor([3]), name: "b2")], output: "y")
  return graph.model(outputs: [y], shape: [.symbolic("N"), .fixed(3)])
}

/// A convolution with batch normalization, one with a residual sum, pooling and a Gemm.
private func residualNetwork() -> Model {
  var generator = SeededGenerator(seed: 4)
  var graph = GraphBuilder()
  let x = graph.input("x", dimensions: [.symbolic("N"), .fixed(2), .fixed(6), .fixed(6)])
  let padded = [Attribute("pads", ints: [1, 1, 1, 1]), Attribute("kernel_shape", ints: [3, 3])]
  let first = graph.node(
    "Conv", [x, graph.constant(generator.tensor([4, 2, 3, 3]), name: "c1.weight")], padded, name: "c1")
  let normalized = graph.node(
    "BatchNormalization",
    [
      first, graph.constant(generator.tensor([4], in: 0.5...1.5)), graph.constant(generator.tensor([4])),
      graph.constant(generator.tensor([4])), graph.constant(generator.tensor([4], in: 0.5...2)),
    ], name: "bn")
  let relu = graph.node("Relu", [normalized])
  let second = graph.node(
    "Conv",
    [
      relu, graph.constant(generator.tensor([4, 4, 3, 3]), name: "c2.weight"),
      graph.constant(generator.tensor([4]), name: "c2.bias"),
    ], padded, name: "c2")
  let sum = graph.node("Relu", [graph.node("Add", [second, relu])])
  let pooled = graph.node(
    "MaxPool", [sum], [Attribute("kernel_shape", ints: [2, 2]), Attribute("strides", ints: [2, 2])])
  let flat = graph.node("Flatten", [graph.node("GlobalAveragePool", [pooled])])
  let y = graph.node(
    "Gemm",
    [flat, graph.constant(generator.tensor([3, 4]), name: "fc.weight"), graph.constant(generator.tensor([3]))],
    [Attribute("transB", int: 1)], name: "fc", output: "y")
  return graph.model(outputs: [y], shape: [.symbolic("N"), .fixed(3)])
}

/// Engines that answer nothing, so that there is nothing to compare.
let answerlessEngines: Set<String> = ["null"]

/// The real engines that are here: found, and neither the oracle nor one that answers nothing.
let foundEngines: [any Engine] = EngineCatalog.engines.filter { engine in
  guard engine.name != "reference", !answerlessEngines.contains(engine.name) else { return false }
  if case .found = engine.probe() { return true }
  return false
}

let noEngineIsHere = "no engine but the reference is here; run scripts/setup"

/// Runs `model` in an engine, through a file as it is used.
func answers(_ model: Model, _ engine: any Engine, _ inputs: [String: Tensor]) throws -> [Tensor] {
  try withTemporaryFolder { folder in
    try model.write(to: "\(folder)/model.onnx")
    return try engine.open(path: "\(folder)/model.onnx", settings: SessionSettings()).run(inputs)
  }
}

/// The largest magnitude in the tensors, at least `least`.
func scale(_ tensors: [Tensor], least: Double = 1e-3) -> Double {
  tensors.reduce(least) { largest, tensor in
    (tensor.doubleValues ?? []).reduce(largest) { $1.isFinite ? max($0, abs($1)) : $0 }
  }
}
