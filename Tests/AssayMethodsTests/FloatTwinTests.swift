import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

/// Steps that store weights otherwise, with how far the twin may be from the model: it does not round what the model
/// rounds at run time.
private let steps: [(step: Step, bound: Double)] = [
  (Step(method: "prune", options: ["sparsity": .number(0.7)]), 1e-6),
  (Step(method: "prune", options: ["pattern": .text("2:4")]), 1e-6),
  (Step(method: "quantize"), 1e-5),
  (Step(method: "quantize", options: ["granularity": .text("tensor"), "activations": .text("int8")]), 1e-5),
  (Step(method: "quantize-weights", options: ["compute": .text("float")]), 1e-5),
  (Step(method: "quantize-weights", options: ["bits": .integer(3), "symmetry": .text("asymmetric")]), 1e-5),
  (Step(method: "quantize-weights", options: ["bits": .integer(8), "granularity": .text("channel")]), 1e-5),
  (Step(method: "quantize-weights", options: ["levels": .text("binary")]), 1e-5),
  (Step(method: "quantize-weights", options: ["levels": .text("ternary")]), 1e-5),
]

private func rewritten(_ step: Step, _ model: Model, _ batches: [[String: Tensor]]) throws -> Rewrite {
  let context = MethodContext(cpu: modernCPU, calibration: ReferenceActivations(batches: batches))
  let prepared = try MethodCatalog.prepare(model, in: context).model
  return try MethodCatalog.apply(step, to: prepared, in: context)
}

private func samples() -> [(model: Model, batches: [[String: Tensor]])] {
  [
    (residualNetwork(seed: 9), residualInputs(seed: 10)),
    (perceptron(seed: 9), [["x": SeededTensors.tensor([4, 6], seed: 10)]]),
  ]
}

@Test(arguments: steps)
func aTwinComputesWhatTheModelComputes(item: (step: Step, bound: Double)) throws {
  for sample in samples() {
    let rewrite = try rewritten(item.step, sample.model, sample.batches)
    let twin = try FloatTwin(rewrite.model, forms: rewrite.accumulated)
    #expect(!twin.sites.isEmpty && twin.sites.count == rewrite.forms.count, "\(item.step)")
    #expect(throws: Never.self) { try twin.model.check() }
    for (name, weight) in twin.weights {
      let tensor = try #require(twin.model.graph.constant(name))
      #expect(tensor.elementType == .float)
      let found = difference(try weight.evaluated(weight.parameters), tensor, absolute: 1e-6, relative: 1e-6)
      #expect(found == nil, "\(item.step) \(name): \(found ?? "")")
    }
    for batch in sample.batches.prefix(1) {
      let (expected, actual) = (try run(rewrite.model, batch)[0], try run(twin.model, batch)[0])
      let scale = expected.elements(Float.self).reduce(0) { max($0, Double($1.magnitude)) }
      let found = difference(actual, expected, absolute: item.bound * scale)
      #expect(found == nil, "\(item.step): \(found ?? "")")
    }
  }
}

@Test(arguments: steps)
func aTwinThatLearntNothingIsWrittenBackAsItWas(item: (step: Step, bound: Double)) throws {
  for sample in samples() {
    let rewrite = try rewritten(item.step, sample.model, sample.batches)
    let twin = try FloatTwin(rewrite.model, forms: rewrite.accumulated)
    let outcome = TrainingOutcome(
      model: twin.model, parameters: twin.weights.mapValues(\.parameters), epochs: [], notes: [])
    let (model, forms) = try twin.written(outcome)
    #expect(throws: Never.self) { try model.check() }
    #expect(model.graph.nodes.count == rewrite.model.graph.nodes.count)
    #expect(Set(forms.keys) == Set(rewrite.forms.keys))
    for initializer in rewrite.model.graph.initializers {
      let (old, new) = (initializer.tensor, model.graph.constant(initializer.name))
      guard let old, let new else { continue }
      let found = difference(new, old, absolute: 1e-7, relative: 1e-6)
      #expect(found == nil, "\(item.step) \(initializer.name): \(found ?? "")")
    }
  }
}

/// After a training that moved every number, file and forms still say the same.
@Test(arguments: steps)
func whatWasLearntIsInTheFile(item: (step: Step, bound: Double)) throws {
  for sample in samples() {
    let rewrite = try rewritten(item.step, sample.model, sample.batches)
    var context = MethodContext(cpu: modernCPU, trainer: StubTrainer(factor: 1.2))
    let shape = try #require(sample.batches.first?.values.first?.shape)
    context.training = try trainingData(Array(shape.dropFirst()))
    context.forms = rewrite.accumulated
    let tuned = try MethodCatalog.apply(Step(method: "finetune"), to: rewrite.model, in: context)
    #expect(throws: Never.self) { try tuned.model.check() }
    #expect(Set(tuned.forms.keys) == Set(rewrite.forms.keys))
    #expect(tuned.report.epochs?.count == 3)
    let again = try FloatTwin(tuned.model, forms: tuned.accumulated)
    for batch in sample.batches.prefix(1) {
      let (expected, actual) = (try run(again.model, batch)[0], try run(tuned.model, batch)[0])
      let scale = expected.elements(Float.self).reduce(0) { max($0, Double($1.magnitude)) }
      let found = difference(actual, expected, absolute: item.bound * scale)
      #expect(found == nil, "\(item.step): \(found ?? "")")
      let before = try run(rewrite.model, batch)[0]
      #expect(difference(actual, before, relative: 1e-6) != nil, "\(item.step): nothing moved")
    }
  }
}

@Test func masksStayThroughFinetuning() throws {
  let model = perceptron(seed: 2)
  let pruned = try apply("prune", ["sparsity": .number(0.6)], to: model)
  let context = MethodContext(
    cpu: modernCPU, trainer: StubTrainer(), training: try trainingData([6]))
  // Without the forms of the step before: the zeros themselves tell.
  let tuned = try MethodCatalog.apply(Step(method: "finetune"), to: pruned.model, in: context)
  var zeros = 0
  for weight in pruned.model.graph.weights().found {
    let (before, after) = (weight.tensor.elements(Float.self), try #require(tuned.model.graph.constant(weight.name)))
    for (b, a) in zip(before, after.elements(Float.self)) {
      #expect((b == 0) == (a == 0))
      zeros += b == 0 ? 1 : 0
    }
  }
  #expect(zeros > 0)
  let freed = try MethodCatalog.apply(
    Step(method: "finetune", options: ["keep-zeros": .bool(false)]), to: pruned.model, in: context)
  #expect(freed.forms.isEmpty)
}

private struct NamedModels: ModelSource {
  var models: [String: Model]

  func model(named name: String) throws(MethodError) -> Model {
    guard let model = models[name] else { throw MethodError(.training, "there is no model '\(name)'") }
    return model
  }
}

@Test func rewindingTakesEarlierValuesUnderTheMask() throws {
  let (early, late) = (perceptron(seed: 1), perceptron(seed: 2))
  let pruned = try apply("prune", ["sparsity": .number(0.5)], to: late)
  var context = MethodContext(
    cpu: modernCPU, trainer: StubTrainer(factor: 1), training: try trainingData([6]),
    models: NamedModels(models: ["early": early]))
  context.forms = pruned.accumulated
  let step = Step(method: "finetune", options: ["rewind": .text("early")])
  let result = try MethodCatalog.apply(step, to: pruned.model, in: context)
  for weight in pruned.model.graph.weights().found {
    let old = try #require(early.graph.constant(weight.name)).elements(Float.self)
    let new = try #require(result.model.graph.constant(weight.name)).elements(Float.self)
    for ((mask, old), new) in zip(zip(weight.tensor.elements(Float.self), old), new) {
      #expect(new == (mask == 0 ? 0 : old))
    }
  }
  context.models = NamedModels(models: ["early": residualNetwork(seed: 1)])
  #expect(throws: MethodError.self) { try MethodCatalog.apply(step, to: pruned.model, in: context) }
}

// MARK: - Distill

private func context(
  _ example: [Int], observe: @escaping @Sendable (TrainingRequest) -> Void = { _ in }
) throws -> MethodContext {
  MethodContext(
    cpu: modernCPU, trainer: StubTrainer(observe: observe), training: try trainingData(example),
    models: NamedModels(models: ["other": perceptron(seed: 4)]))
}

@Test func aNarrowerStudentKeepsTheInterface() throws {
  let model = perceptron(seed: 3)
  for start in ["fresh", "kept"] {
    let result = try MethodCatalog.apply(
      Step(method: "distill", options: ["width": .number(0.5), "start": .text(start)]), to: model,
      in: try context([6]) { request in
        #expect(request.distillation?.teachers.count == 1 && request.distillation?.alpha == 0.9)
      })
    #expect(throws: Never.self) { try result.model.check() }
    #expect(result.model.graph.outputs.map(\.name) == model.graph.outputs.map(\.name))
    let count = { (model: Model) in model.graph.weights().found.reduce(0) { $0 + $1.tensor.count } }
    #expect(count(result.model) < count(model))
  }
}

@Test func studentsAreModelsOrArchitectures() throws {
  let model = perceptron(seed: 3)
  for options: [String: OptionValue] in [
    ["student": .text("other")], ["architecture": .text("mlp"), "hidden": .integer(3)],
    ["teacher": .list([.text("other"), .text("other")])],
  ] {
    let result = try MethodCatalog.apply(Step(method: "distill", options: options), to: model, in: try context([6]))
    #expect(throws: Never.self) { try result.model.check() }
    #expect(result.model.graph.requiredInputs.map(\.name) == model.graph.requiredInputs.map(\.name))
    #expect(result.model.graph.outputs.map(\.name) == model.graph.outputs.map(\.name))
    #expect(try run(result.model, ["x": SeededTensors.tensor([2, 6], seed: 1)])[0].shape == [2, 3])
  }
}

@Test(
  arguments: [
    [:], ["student": .text("a"), "architecture": .text("mlp")], ["student": .text("a"), "width": .number(0.5)],
    ["width": .number(2)], ["hints": .text("a"), "teacher": .text("b")], ["hints": .text("=a"), "teacher": .text("b")],
    ["architecture": .text("mlp"), "depth": .number(0.5)], ["temperature": .number(0), "width": .number(0.5)],
  ] as [[String: OptionValue]])
func contradictionsOfADistillationAreRefused(options: [String: OptionValue]) {
  let error = #expect(throws: MethodError.self) {
    try MethodCatalog.method(for: Step(method: "distill", options: options))
  }
  #expect(error?.code == .badOption)
}
