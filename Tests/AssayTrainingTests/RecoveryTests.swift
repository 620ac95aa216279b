import AssayCore
import AssayMethods
import AssayONNX
import AssayRuntime
import AssayTestSupport
import AssayTorch
import Testing

@testable import AssayTraining

/// Shows methods the values that the reference engine computes.
private struct Activations: ActivationSource {
  let rows: Tensor
  var rowCount: Int { rows.shape[0] }

  func observe(
    _ model: Model, values: [String], consume: (_ batch: [Tensor]) throws(MethodError) -> Void
  ) throws(MethodError) {
    let input = model.graph.requiredInputs.map(\.name)
    var exposed = model
    let made = values.filter { !input.contains($0) }
    exposed.graph.outputs = made.map { ValueInfo(name: $0, elementType: .float, shape: nil) }
    do {
      var found = [input[0]: rows]
      for (name, tensor) in zip(made, try ReferenceSession(exposed).run([input[0]: rows])) { found[name] = tensor }
      try consume(values.compactMap { found[$0] })
    } catch let error as MethodError {
      throw error
    } catch {
      throw MethodError(.underlying, "the reference engine failed", cause: error)
    }
  }
}

/// A trained perceptron of the digits, once for all tests.
private struct Trained {
  let digits: Digits
  /// Before the training and after it.
  let start: Model
  let model: Model

  static let shared = Result { try Trained() }

  init() throws {
    digits = try Digits()
    start = try ArchitectureCatalog.model(
      "mlp", ArchitectureOptions(hidden: [48, 32]), example: [64], outputs: 10, seed: 1)
    let settings = TrainingSettings(
      epochs: 8, batch: 64, optimizer: OptimizerSettings(.adam, rate: 0.004), threads: 1)
    model = try TorchTrainer().train(TrainingRequest(model: start, settings: settings), data: digits.training) { _ in }
      .model
  }

  func applied(_ steps: [Step], models: (any ModelSource)? = nil) throws -> Rewrite {
    var context = MethodContext(
      cpu: CPUFeatures(flags: ["avx2", "avx512_vnni"]),
      calibration: Activations(rows: try digits.training.examples(0..<100)), trainer: TorchTrainer(),
      training: digits.training)
    context.models = models
    var rewrite = Rewrite(model: model, report: StepReport(step: "none"))
    for step in steps {
      rewrite = try MethodCatalog.apply(step, to: rewrite.model, in: context)
      context.forms = rewrite.accumulated
    }
    return rewrite
  }
}

/// Models by their names.
private struct NamedModels: ModelSource {
  let models: [String: Model]

  func model(named name: String) throws(MethodError) -> Model {
    guard let model = models[name] else { throw MethodError(.training, "there is no model '\(name)'") }
    return model
  }
}

/// What a user writes who leaves everything to the defaults; one thread, so that every machine finds the same.
private let finetune = Step(method: "finetune", options: ["epochs": .integer(5), "threads": .integer(1)])

/// Every way of storing weights, with the least accuracy after training.
private let recoveries: [(step: Step, least: Double)] = [
  (Step(method: "prune", options: ["sparsity": .number(0.9)]), 0.86),
  (
    Step(
      method: "prune",
      options: ["sparsity": .number(0.8), "criterion": .text("movement"), "scope": .text("layer")]), 0.5
  ),
  (Step(method: "prune", options: ["pattern": .text("1:4")]), 0.9),
  (Step(method: "cluster", options: ["count": .integer(4)]), 0.92),
  (Step(method: "hash", options: ["ratio": .number(0.25)]), 0.9),
  (Step(method: "quantize"), 0.93),
  (Step(method: "quantize-weights", options: ["bits": .integer(2), "compute": .text("float")]), 0.92),
  (Step(method: "quantize-weights", options: ["bits": .integer(3)]), 0.93),
  (Step(method: "quantize-weights", options: ["levels": .text("binary")]), 0.9),
  (Step(method: "quantize-weights", options: ["levels": .text("ternary")]), 0.91),
]

@Suite(.enabled(if: torch != nil, torchIsMissing))
struct RecoveryTests {
  @Test(arguments: recoveries)
  func trainingRecoversWhatAStepCost(item: (step: Step, least: Double)) throws {
    let trained = try Trained.shared.get()
    let before = try trained.applied([item.step])
    let after = try trained.applied([item.step, finetune])
    let (damaged, recovered) = (
      try trained.digits.accuracy(of: before.model), try trained.digits.accuracy(of: after.model)
    )
    #expect(recovered >= item.least, "\(item.step): \(damaged) → \(recovered)")
    #expect(recovered >= damaged - 0.01, "\(item.step): \(damaged) → \(recovered)")
    #expect(Set(after.forms.keys) == Set(before.forms.keys))
    #expect(after.report.epochs?.count == 5)
    // As small as before: what is stored is what was stored, with other numbers.
    for (name, form) in after.forms {
      var (old, new) = ([UInt8](), [UInt8]())
      before.forms[name]?.encode(into: &old)
      form.encode(into: &new)
      #expect(new.count <= old.count + old.count / 50 + 8, "\(name): \(old.count) → \(new.count) bytes")
    }
  }

  @Test(arguments: recoveries)
  func theFileAnswersAsLibtorchDoes(item: (step: Step, least: Double)) throws {
    let trained = try Trained.shared.get()
    var step = finetune
    step.options["epochs"] = .integer(1)
    let model = try Model(serialized: trained.applied([item.step, step]).model.serialized())
    let rows = try trained.digits.training.examples(0..<40)
    let input = model.graph.requiredInputs[0].name
    let expected = try ReferenceSession(model).run([input: rows])[0]
    let library = try #require(torch)
    let run = try TorchGraph(model, library: library).run([input: TorchTensor(rows, library: library)])
    let scale = expected.elements(Float.self).reduce(0) { max($0, Double($1.magnitude)) }
    let found = difference(try run.outputs[0].values(), expected, absolute: 1e-4 * scale)
    #expect(found == nil, "\(item.step): \(found ?? "")")
  }

  @Test func aScheduleOfPruningAndTrainingReachesFurther() throws {
    let trained = try Trained.shared.get()
    let steps = [0.6, 0.85, 0.95].flatMap { [Step(method: "prune", options: ["sparsity": .number($0)]), finetune] }
    let slow = try trained.applied(steps)
    let zeros = slow.model.graph.initializers.reduce(0) { sum, initializer in
      guard let tensor = initializer.tensor, tensor.elementType == .float, tensor.shape.count == 2 else { return sum }
      return sum + tensor.elements(Float.self).count { $0 == 0 }
    }
    let weights = 64 * 48 + 48 * 32 + 32 * 10
    #expect(abs(Double(zeros) / Double(weights) - 0.95) < 0.002)
    let atOnce = try trained.applied([Step(method: "prune", options: ["sparsity": .number(0.95)]), finetune])
    let accuracies = (
      slow: try trained.digits.accuracy(of: slow.model), atOnce: try trained.digits.accuracy(of: atOnce.model)
    )
    #expect(accuracies.slow > accuracies.atOnce + 0.05, "\(accuracies)")
  }

  /// A lottery ticket: the mask of the trained network over the values that it began with.
  @Test func aTicketBeginsWhereItsNetworkBegan() throws {
    let trained = try Trained.shared.get()
    let models = NamedModels(models: ["start": trained.start])
    let prune = Step(method: "prune", options: ["sparsity": .number(0.8), "scope": .text("layer")])
    var rewind = finetune
    rewind.options["rewind"] = .text("start")
    var still = rewind
    // A rate that moves no weight by as much as its last digit.
    still.options["rate"] = .number(1e-12)
    still.options["epochs"] = .integer(1)
    let mask = try trained.applied([prune]).model
    let begun = try trained.applied([prune, still], models: models).model
    let ticket = try trained.applied([prune, rewind], models: models).model
    for name in ["fc1.weight", "fc2.weight", "fc3.weight"] {
      let kept = try #require(mask.graph.constant(name)).elements(Float.self)
      let first = try #require(trained.start.graph.constant(name)).elements(Float.self)
      let (begun, last) = (
        try #require(begun.graph.constant(name)).elements(Float.self),
        try #require(ticket.graph.constant(name)).elements(Float.self)
      )
      for index in kept.indices {
        #expect((kept[index] == 0) == (last[index] == 0), "\(name) \(index)")
        #expect(abs(begun[index] - (kept[index] == 0 ? 0 : first[index])) < 1e-6, "\(name) \(index)")
      }
      #expect(begun != last)
    }
    let accuracies = (
      begun: try trained.digits.accuracy(of: begun), ticket: try trained.digits.accuracy(of: ticket)
    )
    #expect(accuracies.begun < 0.5 && accuracies.ticket > 0.85, "\(accuracies)")
    rewind.options["rewind"] = .text("another")
    #expect(throws: MethodError.self) { try trained.applied([prune, rewind], models: models) }
  }

  @Test func distillationTrainsAShallowStudent() throws {
    let digits = try Digits(count: 640, shape: [1, 8, 8])
    let start = try ArchitectureCatalog.model(
      "resnet-8", ArchitectureOptions(width: 0.5), example: [1, 8, 8], outputs: 10, seed: 1)
    let settings = TrainingSettings(
      epochs: 6, batch: 32, optimizer: OptimizerSettings(.adam, rate: 0.005), threads: 1)
    let teacher = try TorchTrainer().train(
      TrainingRequest(model: start, settings: settings), data: digits.training
    ) { _ in }.model
    let context = MethodContext(
      cpu: CPUFeatures(flags: ["avx2"]), calibration: Activations(rows: try digits.training.examples(0..<16)),
      trainer: TorchTrainer(), training: digits.training)
    let step = Step(
      method: "distill", options: ["depth": .number(0.5), "epochs": .integer(3), "threads": .integer(1)])
    let result = try MethodCatalog.apply(step, to: teacher, in: context)
    func convolutions(_ model: Model) -> Int { model.graph.nodes.count { $0.isONNX("Conv") } }
    // The block of 16 channels goes; the two others change shape and have to stay.
    #expect(convolutions(result.model) == convolutions(teacher) - 2)
    #expect(result.report.changes.contains { $0.text.contains("block removed") }, "\(result.report.changes)")
    let (before, after) = (
      try digits.accuracy(of: teacher, first: 200), try digits.accuracy(of: result.model, first: 200)
    )
    #expect(after > 0.8 && after > before - 0.1, "\(before) → \(after)")
  }

  @Test func distillationTrainsANarrowStudent() throws {
    let trained = try Trained.shared.get()
    let step = Step(
      method: "distill",
      options: [
        "architecture": .text("mlp"), "hidden": .integer(12), "epochs": .integer(8), "batch": .integer(64),
        "rate": .number(0.005), "threads": .integer(1),
      ])
    let result = try trained.applied([step])
    #expect(try trained.digits.accuracy(of: result.model) > 0.85)
    #expect(result.model.graph.requiredInputs.map(\.name) == trained.model.graph.requiredInputs.map(\.name))
  }
}
