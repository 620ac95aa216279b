import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

/// Every method in the ways it is used.
private let steps: [Step] = [
  Step(method: "fold"), Step(method: "canonicalize"),
  Step(method: "prune", options: ["sparsity": .number(0.5)]),
  Step(method: "prune", options: ["sparsity": .number(0.9), "scope": .text("layer")]),
  Step(method: "prune", options: ["target": .text("unit"), "ratio": .number(0.5)]),
  Step(method: "prune", options: ["target": .text("unit"), "ratio": .number(0.4), "reconstruct": .bool(true)]),
  Step(
    method: "prune",
    options: [
      "target": .text("unit"), "ratio": .number(0.4), "scope": .text("global"), "criterion": .text("entropy"),
    ]),
  Step(method: "prune", options: ["target": .text("channel"), "ratio": .number(0.4), "criterion": .text("random")]),
  Step(method: "prune", options: ["target": .text("head"), "ratio": .number(0.5)]),
  Step(method: "prune", options: ["target": .text("layer"), "ratio": .integer(1)]),
  Step(method: "prune", options: ["sparsity": .number(0.5), "criterion": .text("wanda")]),
  Step(method: "prune", options: ["sparsity": .number(0.5), "criterion": .text("random"), "scope": .text("row")]),
  Step(method: "prune", options: ["sparsity": .number(0.5), "criterion": .text("movement")]),
  Step(
    method: "prune", options: ["sparsity": .number(0.5), "criterion": .text("taylor"), "block": .text("2x2")]),
  Step(method: "prune", options: ["pattern": .text("2:4")]),
  Step(method: "prune", options: ["pattern": .text("1:3"), "criterion": .text("wanda")]),
  Step(method: "prune", options: ["sparsity": .number(0.5), "block": .text("2x2"), "criterion": .text("l2")]),
  Step(method: "cluster"),
  Step(method: "cluster", options: ["bits": .integer(1), "start": .text("random")]),
  Step(method: "hash", options: ["ratio": .text("1/8")]),
  Step(method: "hash", options: ["ratio": .number(0.5), "convolutions": .bool(true), "start": .text("random")]),
  Step(method: "hash", options: ["ratio": .number(0.25), "biases": .bool(false)]),
  Step(method: "quantize", options: ["mode": .text("dynamic")]),
  Step(method: "quantize", options: ["mode": .text("dynamic"), "convolutions": .bool(true)]),
  Step(method: "quantize", options: ["mode": .text("static")]),
  Step(method: "quantize", options: ["calibration": .text("entropy"), "granularity": .text("tensor")]),
  Step(method: "quantize", options: ["calibration": .text("mse"), "activations": .text("int8")]),
  Step(
    method: "quantize", options: ["bits": .integer(16), "weight-bits": .integer(16), "symmetry": .text("symmetric")]),
  Step(method: "quantize", options: ["scale": .text("power-of-two"), "bias-correction": .bool(true)]),
  Step(method: "quantize", options: ["rounding": .text("adaround"), "granularity": .text("tensor")]),
  Step(method: "quantize", options: ["mode": .text("static"), "only-gains": .bool(true)]),
  Step(method: "equalize"),
  Step(method: "smooth-quant"),
  Step(method: "quantize-mixed", options: ["calibration": .text("min-max")]),
  Step(method: "quantize-mixed", options: ["measure": .text("sqnr"), "budget": .integer(35)]),
  Step(method: "float16"),
  Step(method: "bfloat16"),
  Step(method: "quantize-weights"),
  Step(method: "quantize-weights", options: ["bits": .integer(3), "symmetry": .text("asymmetric")]),
  Step(method: "quantize-weights", options: ["bits": .integer(8), "scale": .text("power-of-two")]),
  Step(method: "quantize-weights", options: ["levels": .text("ternary")]),
  Step(method: "quantize-weights", options: ["algorithm": .text("gptq"), "act-order": .bool(true)]),
  Step(method: "finetune"),
  Step(method: "distill", options: ["width": .number(0.5)]),
  Step(method: "distill", options: ["width": .number(0.5), "start": .text("fresh")]),
]

private func checkContract(_ step: Step, _ model: Model, _ batches: [[String: Tensor]]) throws {
  let context = MethodContext(
    cpu: modernCPU, calibration: ReferenceActivations(batches: batches), trainer: StubTrainer(),
    training: try trainingData(Array(batches[0].values.first?.shape.dropFirst() ?? [])))
  let prepared = try MethodCatalog.prepare(model, in: context).model
  let before = try prepared.serialized()
  let first = try MethodCatalog.apply(step, to: prepared, in: context)
  let second = try MethodCatalog.apply(step, to: prepared, in: context)
  #expect(try first.model.serialized() == second.model.serialized(), "\(step) is not deterministic")
  #expect(first.report == second.report)
  #expect(try prepared.serialized() == before, "\(step) changed its input")
  #expect(first.report.step == step.description)
  let graph = first.model.graph
  #expect(graph.requiredInputs.map(\.name) == prepared.graph.requiredInputs.map(\.name))
  #expect(graph.requiredInputs.map(\.tensorType) == prepared.graph.requiredInputs.map(\.tensorType))
  #expect(graph.outputs.map(\.name) == prepared.graph.outputs.map(\.name))
  #expect(graph.outputs.map(\.tensorType) == prepared.graph.outputs.map(\.tensorType))
  #expect(throws: Never.self) { try first.model.check() }
  // What changed is accounted for; what is not accounted for did not change.
  if try first.model.serialized() != before { #expect(!first.report.changes.isEmpty, "\(step) changed silently") }
  if first.report.changes.isEmpty { #expect(first.report.notes.contains("changed nothing")) }
  for (name, form) in first.forms {
    let stored = try #require(graph.constant(name), "'\(name)' has a form, but is not there")
    #expect(form.dense().shape == form.shape)
    // Packed codes have a shape of their own.
    if stored.elementType == .float { #expect(form.shape == stored.shape) }
    // The graph holds what the form says that it lowers to.
    switch type(of: form).lowering {
    case .dense: #expect(stored == form.dense(), "\(step): '\(name)'")
    case .integers, .blockProducts, .unpackedAtLoad: #expect(!stored.elementType.isFloatingPoint, "\(step): '\(name)'")
    }
  }
  let again = try Model(serialized: first.model.serialized())
  for batch in batches.prefix(1) {
    let (expected, actual) = (try run(prepared, batch), try run(again, batch))
    for (e, a) in zip(expected, actual) {
      #expect(a.shape == e.shape && a.elementType == e.elementType)
      #expect(a.elements(Float.self).allSatisfy { $0.isFinite }, "\(step)")
    }
  }
}

@Test(arguments: steps)
func everyMethodKeepsItsContractOnAResidualNetwork(step: Step) throws {
  try checkContract(step, residualNetwork(seed: 9), residualInputs(seed: 10))
}

@Test(arguments: steps)
func everyMethodKeepsItsContractOnAPerceptron(step: Step) throws {
  try checkContract(step, perceptron(seed: 9), [["x": SeededTensors.tensor([4, 6], seed: 10)]])
}

@Test func everyMethodIsUnderContract() {
  #expect(Set(steps.map(\.method)) == Set(MethodCatalog.methods.map { $0.description.name }))
}

private let modelNames = [
  "digits-mlp", "digits-cnn", "lenet300", "ort_mnist", "mnist-net_256x4", "resnet_2b", "cifar_deep_kw", "cifar10_small",
]

/// Real models from several exporters and opsets 8 to 17; the calibration rows are random.
@Test(
  .enabled(if: TestEnvironment.models != nil, Comment(rawValue: TestEnvironment.modelsAreMissing)),
  arguments: modelNames)
func everyProductOfARealModelBecomesInteger(name: String) throws {
  let path = try #require(TestEnvironment.model("\(name).onnx"))
  let model = try Model(contentsOf: path)
  let input = try #require(model.graph.requiredInputs.first)
  let shape = try #require(input.tensorType?.shape).map { $0.value ?? 1 }
  let batches = [[input.name: SeededTensors.tensor(shape, seed: 1)]]
  let context = MethodContext(cpu: modernCPU, calibration: ReferenceActivations(batches: batches))
  let prepared = try MethodCatalog.prepare(model, in: context).model
  let products = prepared.graph.nodes.count { ["Conv", "Gemm", "MatMul"].contains($0.opType) }
  let rewrite = try MethodCatalog.apply(Step(method: "quantize"), to: prepared, in: context)
  #expect(rewrite.report.changes.count == products && rewrite.report.skips.isEmpty)
  #expect(throws: Never.self) { try rewrite.model.check() }
  // Preparing changes results by rounding only.
  let (expected, actual) = (try run(model, batches[0])[0], try run(prepared, batches[0])[0])
  #expect(difference(actual, expected, absolute: 1e-3, relative: 1e-4) == nil)
}

@Test func damagedGraphsAreAnsweredOrRefusedButNeverCrash() throws {
  for seed in UInt64(1)...150 {
    var generator = SeededGenerator(seed: seed)
    var model = seed % 2 == 0 ? residualNetwork(seed: 1) : perceptron(seed: 1)
    for _ in 0..<generator.integer(in: 1...3) {
      let index = generator.integer(in: 0...(model.graph.nodes.count - 1))
      switch generator.integer(in: 0...6) {
      case 0: model.graph.nodes[index].inputs = Array(model.graph.nodes[index].inputs.dropLast())
      case 1: model.graph.nodes[index].outputs = []
      case 2: model.graph.nodes[index].opType = ["Relu", "Conv", "Gemm", "Transpose", "Concat", "Sum"][Int(seed % 6)]
      case 3: model.graph.nodes[index].inputs = model.graph.nodes[index].inputs.reversed()
      case 4: model.graph.nodes[index].attributes = [Attribute("axis", int: -7), Attribute("perm", ints: [3, 3])]
      case 5: model.graph.nodes[index].inputs = model.graph.nodes[index].inputs.map { _ in "" }
      default:
        let name = model.graph.initializers[generator.integer(in: 0...(model.graph.initializers.count - 1))].name
        model.graph.setInitializer(name, generator.tensor([[], [0], [1], [2, 0], [1, 1, 1, 1]][Int(seed % 5)]))
      }
    }
    let source = FixedActivations(values: [generator.tensor([8])])
    for step in steps {
      do {
        let context = MethodContext(
          cpu: modernCPU, calibration: source, trainer: StubTrainer(), training: try trainingData([6]))
        let prepared = try MethodCatalog.prepare(model, in: context).model
        _ = try MethodCatalog.apply(step, to: prepared, in: context)
        _ = try MethodCatalog.apply(step, to: model, in: context)
      } catch {
        #expect(!error.message.isEmpty, "seed \(seed)")
      }
    }
  }
}
