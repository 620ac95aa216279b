import AssayCore
import AssayTestSupport
import Testing

@testable import AssayMethods

private func settings(
  _ options: [String: OptionValue], rowCount: Int = 60_000
) throws(MethodError) -> TrainingSettings {
  let step = Step(method: "train", options: options)
  return try TrainingSettings(
    try StepOptions(step, TrainingSettings.options(epochs: 7)), seed: 5, rowCount: rowCount)
}

@Test func trainingSettingsHaveDefaults() throws {
  let plain = try settings([:])
  #expect(plain.epochs == 7 && plain.batch == 128 && plain.seed == 5 && plain.device == "cpu")
  #expect(plain.optimizer == OptimizerSettings(.adam) && plain.optimizer.rate == 0.001)
  #expect(plain.schedule.kind == .cosine && plain.validation == 0 && plain.patience == nil)
  #expect(try settings(["rate": .number(0.5)]).optimizer.rate == 0.5)
}

@Test func fewRowsGoInSmallBatches() throws {
  let expected = [(60_000, 128), (25_600, 128), (25_599, 64), (10_000, 32), (3823, 16), (40, 16), (1, 16)]
  for (rowCount, batch) in expected { #expect(try settings([:], rowCount: rowCount).batch == batch) }
  #expect(try settings(["batch": .integer(100)], rowCount: 1000).batch == 100)
}

@Test(arguments: OptimizerSettings.Kind.allCases)
func everyOptimizerTakesItsNumbers(kind: OptimizerSettings.Kind) throws {
  let found = try settings([
    "optimizer": .text(kind.rawValue), "rate": .number(0.25), "momentum": .number(0.5), "beta1": .number(0.6),
    "beta2": .number(0.7), "epsilon": .number(0.001), "weight-decay": .number(0.3),
  ]).optimizer
  let expected = OptimizerSettings(
    kind, rate: 0.25, momentum: 0.5, beta1: 0.6, beta2: 0.7, epsilon: 0.001, weightDecay: 0.3)
  #expect(found == expected)
  #expect(try settings(["optimizer": .text(kind.rawValue)]).optimizer.rate == OptimizerSettings.defaultRate(kind))
}

@Test func schedulesTakeTheirNumbers() throws {
  let found = try settings([
    "schedule": .text("one-cycle"), "warmup": .number(0.5), "every": .integer(3), "factor": .number(0.2),
    "decay": .number(0.4),
  ]).schedule
  #expect(found == ScheduleSettings(.oneCycle, warmup_epochs: 0.5, every_epochs: 3, factor: 0.2, decay: 0.4))
}

@Test func patienceHoldsRowsOut() throws {
  #expect(try settings(["patience": .integer(2)]).validation == 0.1)
  #expect(try settings(["patience": .integer(2), "validation": .number(0.25)]).validation == 0.25)
  let error = #expect(throws: MethodError.self) {
    try settings(["patience": .integer(2), "validation": .number(0)])
  }
  #expect(error?.code == .badOption)
}

@Test(arguments: [
  ("epochs", OptionValue.integer(0)), ("batch", .integer(-1)), ("rate", .number(0)), ("rate", .number(.nan)),
  ("dropout", .number(1)), ("optimizer", .text("adamm")), ("schedule", .text("cosin")), ("label-smoothing", .number(1)),
  ("clip", .number(0)), ("threads", .integer(0)), ("device", .text("tpu")), ("device", .text("cuda:x")),
  ("beta1", .number(1)), ("jitter", .integer(-2)), ("flip", .text("yes")), ("patience", .number(1.5)),
])
func impossibleSettingsAreRefused(name: String, value: OptionValue) {
  let error = #expect(throws: MethodError.self) { try settings([name: value]) }
  #expect(error?.code == .badOption && error?.message.contains(name) == true)
}

@Test func learningStepsSayWhatIsMissing() throws {
  let model = perceptron(seed: 1)
  let step = Step(method: "finetune")
  let none = #expect(throws: MethodError.self) {
    try MethodCatalog.apply(step, to: model, in: MethodContext(cpu: modernCPU))
  }
  #expect(none?.code == .trainer && none?.remedy?.contains("scripts/setup") == true)
  #expect(none?.exitStatus == .engineMissing)
  let rows = #expect(throws: MethodError.self) {
    try MethodCatalog.apply(step, to: model, in: MethodContext(cpu: modernCPU, trainer: StubTrainer()))
  }
  #expect(rows?.code == .training && rows?.message.contains("data.train") == true)
}

@Test func preparedTrainingDataAreChecked() throws {
  var generator = SeededGenerator(seed: 3)
  let rows = generator.tensor([4, 2, 3])
  let data = try PreparedTrainingData(rows: rows, targets: .values([1, 2, 3, 4]), identity: "a")
  #expect(data.rowCount == 4 && data.exampleShape == [2, 3] && data.targets.classCount == nil)
  let part = try data.examples(1..<3)
  #expect(part.shape == [2, 2, 3])
  #expect(part.elements(Float.self) == Array(rows.elements(Float.self)[6..<18]))
  #expect(throws: MethodError.self) { try data.examples(3..<5) }
  #expect(throws: MethodError.self) {
    try PreparedTrainingData(rows: rows, targets: .values([1]), identity: "a")
  }
  #expect(throws: MethodError.self) {
    try PreparedTrainingData(rows: rows, targets: .classes([0, 1, 2, 3], count: 3), identity: "a")
  }
}
