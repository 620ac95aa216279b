import AssayCore
import AssayMethods
import AssayONNX
import AssayRuntime
import AssayTestSupport

/// Runs `model` with the reference engine.
func run(_ model: Model, _ inputs: [String: Tensor]) throws -> [Tensor] { try ReferenceSession(model).run(inputs) }

/// Shows methods the values that the reference engine computes from given inputs.
struct ReferenceActivations: ActivationSource {
  var batches: [[String: Tensor]]
  var rowCount: Int { batches.reduce(0) { $0 + ($1.values.first?.shape.first ?? 0) } }

  func observe(
    _ model: Model, values: [String], consume: (_ batch: [Tensor]) throws(MethodError) -> Void
  ) throws(MethodError) {
    let inputs = Set(model.graph.requiredInputs.map(\.name))
    var model = model
    let made = values.filter { !inputs.contains($0) }
    model.graph.outputs = made.map { ValueInfo(name: $0, elementType: .float, shape: nil) }
    for batch in batches {
      var found = batch
      do {
        for (name, tensor) in zip(made, try run(model, batch)) { found[name] = tensor }
      } catch {
        throw MethodError(.underlying, "the reference engine failed", cause: error)
      }
      try consume(values.compactMap { found[$0] })
    }
  }
}

/// Shows methods fixed values, whatever the model.
struct FixedActivations: ActivationSource {
  var values: [Tensor]
  var rowCount: Int { values.count }

  func observe(
    _ model: Model, values names: [String], consume: (_ batch: [Tensor]) throws(MethodError) -> Void
  ) throws(MethodError) {
    for value in values { try consume(names.map { _ in value }) }
  }
}

/// A processor with int8 dot product, and one without.
let modernCPU = CPUFeatures(flags: ["avx2", "avx512_vnni"])
let oldCPU = CPUFeatures(flags: ["avx2"])

/// Applies a step given as a name and options.
func apply(
  _ method: String, _ options: [String: OptionValue] = [:], to model: Model, calibration: (any ActivationSource)? = nil,
  cpu: CPUFeatures = modernCPU
) throws(MethodError) -> Rewrite {
  try MethodCatalog.apply(
    Step(method: method, options: options), to: model, in: MethodContext(cpu: cpu, calibration: calibration))
}

/// A small residual network: convolutions, pooling, a residual sum, mean pooling and a matrix product.
func residualNetwork(seed: UInt64, opset: Int = 17) -> Model {
  var generator = SeededGenerator(seed: seed)
  var graph = GraphBuilder()
  let x = graph.input("x", dimensions: [.symbolic("N"), .fixed(2), .fixed(8), .fixed(8)])
  func conv(_ input: String, _ from: Int, _ to: Int, name: String) -> String {
    graph.node(
      "Conv",
      [
        input, graph.constant(generator.tensor([to, from, 3, 3]), name: "\(name).weight"),
        graph.constant(generator.tensor([to]), name: "\(name).bias"),
      ], [Attribute("pads", ints: [1, 1, 1, 1]), Attribute("kernel_shape", ints: [3, 3])], name: name)
  }
  let first = graph.node("Relu", [conv(x, 2, 4, name: "c1")])
  let pooled = graph.node(
    "MaxPool", [first], [Attribute("kernel_shape", ints: [2, 2]), Attribute("strides", ints: [2, 2])])
  let sum = graph.node("Add", [conv(pooled, 4, 4, name: "c2"), pooled])
  let mean = graph.node("GlobalAveragePool", [graph.node("Relu", [sum])])
  let flat = graph.node("Flatten", [mean])
  let y = graph.node(
    "Gemm",
    [
      flat, graph.constant(generator.tensor([3, 4]), name: "fc.weight"),
      graph.constant(generator.tensor([3]), name: "fc.bias"),
    ], [Attribute("transB", int: 1)], name: "fc", output: "y")
  return graph.model(outputs: [y], shape: [.symbolic("N"), .fixed(3)], opset: opset)
}

/// Batches for `residualNetwork`.
func residualInputs(seed: UInt64, batches: Int = 3) -> [[String: Tensor]] {
  var generator = SeededGenerator(seed: seed)
  return (0..<batches).map { _ in ["x": generator.tensor([2, 2, 8, 8])] }
}

/// A perceptron as Keras exports it: MatMul and Add.
func perceptron(seed: UInt64) -> Model {
  var generator = SeededGenerator(seed: seed)
  var graph = GraphBuilder()
  let x = graph.input("x", dimensions: [.symbolic("N"), .fixed(6)])
  let product = graph.node("MatMul", [x, graph.constant(generator.tensor([6, 5]), name: "w1")], name: "hidden")
  let sum = graph.node("Add", [product, graph.constant(generator.tensor([5]), name: "b1")])
  let relu = graph.node("Relu", [sum])
  let last = graph.node("MatMul", [relu, graph.constant(generator.tensor([5, 3]), name: "w2")], name: "last")
  let y = graph.node("Add", [graph.constant(generator.tensor([1, 3]), name: "b2"), last], output: "y")
  return graph.model(outputs: [y], shape: [.symbolic("N"), .fixed(3)])
}

extension Graph {
  /// How often each operator occurs.
  var operatorCounts: [String: Int] { Dictionary(nodes.map { ($0.opType, 1) }, uniquingKeysWith: +) }
}
