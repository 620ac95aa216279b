import AssayCore
import AssayMethods
import AssayONNX
import AssayTorch

/// Steps, epochs, held-out rows, checkpoints: a training from its first step to its outcome.
final class TrainingLoop {
  private let request: TrainingRequest
  private let settings: TrainingSettings
  let library: TorchLibrary
  let trainee: Trainee
  private let store: RowStore
  private let objective: Objective
  private let teacher: Teacher?
  private let hints: Hints?
  private let optimizer: any Optimizer
  private let shaping: GradientShaping
  private let contiguous: TorchOperator
  private let parameters: [TorchTensor]
  private let batches: [Range<Int>]
  private let rates: LearningRate
  private let checkpoint: Checkpoint
  private var meter: ProgressMeter
  private var facts = Checkpoint.Facts()
  private var notes: [String] = []
  /// The state after the best epoch, where patience asks for it, and after the last one.
  private var best: [Tensor]?
  private var lastGood: [Tensor]?
  /// Called with parameters and gradients of every step, before these are shaped.
  var observer: (([TorchTensor], [TorchTensor]) throws(TorchError) -> Void)?
  /// Whether steps change anything.
  var isLearning = true

  private static let evaluationBatch = 1024

  init(
    _ request: TrainingRequest, data: any TrainingData, device: TorchDevice, library: TorchLibrary,
    saveInterval_s: Double, progress: @escaping (TrainingProgress) -> Void
  ) throws {
    (self.request, self.settings, self.library) = (request, request.settings, library)
    trainee = try Trainee(request, device: device, library)
    store = try RowStore(data, example: trainee.prepared.example, settings: settings, device: device, library)
    objective = try Objective(
      settings, request.distillation, isClassification: store.classCount != nil, library)
    batches = RowStore.batches(store.trainingRows.count, of: settings.batch)
    rates = LearningRate(settings, stepsPerEpoch: batches.count, steps: batches.count * settings.epochs)
    meter = ProgressMeter(settings, stepsPerEpoch: batches.count, progress)
    let isClassification = store.classCount != nil
    teacher = try request.distillation.map {
      try Teacher($0, isClassification: isClassification, device: device, library)
    }
    hints = try Self.hints(request, trainee, store, teacher, device, library)
    parameters = trainee.parameters + (hints?.parameters ?? [])
    optimizer = try OptimizerCatalog.make(settings.optimizer, parameters, library)
    shaping = try GradientShaping(settings, parameters, penalized: trainee.penalized, library)
    contiguous = try library.operator("aten::contiguous")
    checkpoint = Checkpoint(request, data, libraryVersion: library.version, interval_s: saveInterval_s)
    try check()
    try askTeacher(data, device)
  }

  /// That the logits answer the question.
  private func check() throws {
    let run = try library.withoutGradients { () throws(TorchError) in
      try trainee.run(try store.batch(store.trainingRows.prefix(2)).rows, isTraining: false)
    }
    let count = min(2, store.trainingRows.count)
    let shape = run.outputs.first?.shape ?? []
    guard shape.first == count else {
      throw MethodError(
        .training, "the model gives \(shape) for \(count) rows, but not one answer a row",
        remedy: "its batch axis must be open and stay the first")
    }
    let answers = shape.dropFirst().reduce(1, *)
    if let classes = store.classCount, answers < classes {
      throw MethodError(
        .training, "the data have \(classes) classes, but the model has \(answers) logits",
        remedy: "train a model with an output for each class")
    }
    if store.classCount == nil, answers != 1 {
      throw MethodError(.training, "the data have one value a row, but the model gives \(answers)")
    }
  }

  private static func hints(
    _ request: TrainingRequest, _ trainee: Trainee, _ store: RowStore, _ teacher: Teacher?, _ device: TorchDevice,
    _ library: TorchLibrary
  ) throws -> Hints? {
    guard let teacher, let hints = request.distillation?.hints, !hints.isEmpty else { return nil }
    let rows = try store.batch(store.trainingRows.prefix(2)).rows
    let student = try trainee.run(rows, isTraining: false, fetching: hints.map(\.student)).values
    return try Hints(
      hints, student: student, teacher: try teacher.values(hints.map(\.teacher), of: rows),
      seed: request.settings.seed, device: device, library)
  }

  private func askTeacher(_ data: any TrainingData, _ device: TorchDevice) throws {
    guard let teacher, settings.jitter == 0, !settings.flips else { return }
    let wereKept = try teacher.computeAll(store, data: data, device: device) { [self] rows in
      meter.softTargets(rows, of: store.rowCount)
    }
    notes.append(wereKept ? "soft targets were there already" : "soft targets of \(store.rowCount) rows computed once")
  }

  // MARK: the whole

  /// Goes on where a killed training stopped, and trains to the end of an epoch.
  func run(until last: Int) throws {
    resume()
    while facts.epochs.count < last, !isOver {
      try runEpoch(facts.epochs.count + 1)
      try save()
    }
  }

  /// Trains to the end.
  func run() throws -> TrainingOutcome {
    try run(until: settings.epochs)
    let last = try lastGood ?? hostState(trainee.state)
    let final = best ?? last
    guard final.allSatisfy(\.isFinite) else { throw try diverged(step: facts.epochs.count * batches.count) }
    if let best {
      try trainee.restore(best[...])
      let epoch = (facts.bestEpoch ?? 0)
      notes.append(
        isOver
          ? "stopped early after epoch \(facts.epochs.count): the held-out loss was best after epoch \(epoch), whose values "
            + "are taken" : "the values after epoch \(epoch) are taken, whose held-out loss was best")
    }
    let (model, forms) = try trainee.outcome(request.model, final)
    checkpoint.remove()
    return TrainingOutcome(model: model, parameters: forms, epochs: facts.epochs, notes: notes)
  }

  /// Whether patience has ended.
  private var isOver: Bool {
    guard let patience = settings.patience, let best = facts.bestEpoch else { return false }
    return facts.epochs.count - best >= patience
  }

  private func runEpoch(_ number: Int) throws {
    let rows = try store.epoch(number)
    if trainee.prepared.isRandom {
      var generator = SeededGenerator(seed: settings.seed, stream: RowStore.orderStream + UInt64(number))
      // The order of the rows takes other numbers of this stream.
      try library.seed(generator.next() ^ 0xd509_0047)
    }
    var sums = EpochSums()
    for (index, range) in batches.enumerated() {
      let step = (number - 1) * batches.count + index
      let rate = rates[step]
      let result = try self.step(try store.batch(range, of: rows), rate: rate)
      guard result.loss.isFinite else { throw try diverged(step: step + 1) }
      sums.add(result, rows: range.count)
      meter.stepDone(epoch: number, step: step + 1, result, rows: range.count, rate: rate)
    }
    var epoch = TrainedEpoch(
      epoch: number, loss: sums.loss, accuracy: sums.accuracy, rate: rates[number * batches.count - 1])
    if !store.validationRows.isEmpty { try validate(&epoch) }
    facts.epochs.append(epoch)
    if let loss = epoch.validationLoss, settings.patience != nil, loss < facts.bestLoss ?? .infinity {
      facts.bestLoss = loss
      facts.bestEpoch = number
      best = try hostState(trainee.state)
    }
  }

  // MARK: one step

  private func step(_ batch: RowBatch, rate: Double) throws(TorchError) -> StepResult {
    let run = try trainee.run(batch.rows, isTraining: true, fetching: hints?.studentNames ?? [])
    let rowCount = batch.answers.count
    guard let output = run.outputs.first else { throw TorchError(.graph, "the model gives no answer") }
    let outputs = try objective.flat(output, rows: rowCount)
    var pairs: [(TorchTensor, TorchTensor)] = []
    if let hints, let teacher {
      pairs = try hints.pairs(
        student: run.values, teacher: try teacher.values(hints.teacherNames, of: batch.rows))
    }
    let loss = try objective.loss(
      outputs, batch.answers, soft: try teacher?.targets(of: batch), hints: pairs)
    let found = try library.derivatives(of: [loss], by: parameters)
    return try library.withoutGradients { () throws(TorchError) in
      let value = try loss.number()
      // A step along gradients that are no numbers would spoil the last good values.
      guard value.isFinite else { return StepResult(loss: value, right: nil) }
      let gradients = try filled(found)
      try observer?(parameters, gradients)
      if isLearning {
        try shaping.apply(to: gradients)
        try optimizer.step(gradients, rate: rate)
        try trainee.parametersChanged()
      }
      return StepResult(loss: value, right: try objective.rightAnswers(outputs, batch.answers))
    }
  }

  /// Gradients laid out as their parameters, which fused update rules take for granted; zeros for parameters that the
  /// loss does not depend on.
  private func filled(_ gradients: [TorchTensor?]) throws(TorchError) -> [TorchTensor] {
    var result: [TorchTensor] = []
    for (gradient, parameter) in zip(gradients, parameters) {
      if let gradient {
        result.append(try contiguous(.tensor(gradient)))
      } else {
        result.append(try TorchTensor(zeros: parameter.shape, on: parameter.device, library: library))
      }
    }
    return result
  }

  private func validate(_ epoch: inout TrainedEpoch) throws(TorchError) {
    try library.withoutGradients { () throws(TorchError) in
      var (loss, right, isClassification) = (0.0, 0.0, false)
      let rows = store.validationRows
      for start in stride(from: 0, to: rows.count, by: Self.evaluationBatch) {
        let positions = rows[start..<min(start + Self.evaluationBatch, rows.count)]
        let batch = try store.batch(positions)
        guard let output = try trainee.run(batch.rows, isTraining: false).outputs.first else { continue }
        let outputs = try objective.flat(output, rows: positions.count)
        loss += try objective.hardLoss(outputs, batch.answers).number() * Double(positions.count)
        if let found = try objective.rightAnswers(outputs, batch.answers) {
          right += found
          isClassification = true
        }
      }
      epoch.validationLoss = loss / Double(rows.count)
      epoch.validationAccuracy = isClassification ? right / Double(rows.count) : nil
      meter.validationAccuracy = epoch.validationAccuracy
    }
  }

  // MARK: states

  private func hostState(_ tensors: [TorchTensor]) throws(TorchError) -> [Tensor] {
    var result: [Tensor] = []
    for tensor in tensors { result.append(try tensor.values()) }
    return result
  }

  /// Where a killed training goes on.
  private func resume() {
    guard let saved = checkpoint.read() else { return }
    let hintCount = hints?.parameters.count ?? 0
    let counts = [trainee.state.count, hintCount, optimizer.state.count]
    let total = counts.reduce(0, +)
    let bestCount = saved.facts.bestEpoch == nil ? 0 : counts[0]
    guard saved.tensors.count == total + bestCount else { return }
    do {
      try trainee.restore(saved.tensors[..<counts[0]])
      try library.withoutGradients {
        for (target, tensor) in zip((hints?.parameters ?? []) + optimizer.state, saved.tensors[counts[0]...]) {
          try target.write(tensor)
        }
      }
    } catch {
      notes.append("the checkpoint could not be taken over: \(error)")
      return
    }
    facts = saved.facts
    if bestCount > 0 { best = Array(saved.tensors[total...]) }
    lastGood = Array(saved.tensors[..<counts[0]])
    meter.start(atStep: facts.epochs.count * batches.count)
    notes.append("went on after epoch \(facts.epochs.count), from a checkpoint")
  }

  private func save() throws {
    guard checkpoint.isKept else {
      lastGood = nil
      return
    }
    lastGood = try hostState(trainee.state)
    if checkpoint.isDue || isOver { try write() }
  }

  private func write() throws {
    guard let lastGood else { return }
    let others = try hostState((hints?.parameters ?? []) + optimizer.state)
    try checkpoint.write(facts, lastGood + others + (best ?? []))
  }

  /// The error of a loss that is no number; the state after the last whole epoch is kept.
  private func diverged(step: Int) throws -> MethodError {
    let epoch = (step - 1) / max(1, batches.count) + 1
    var kept = ""
    if checkpoint.isKept, !facts.epochs.isEmpty, lastGood != nil {
      // The optimizer's numbers are spoilt already where the last step was the bad one; only the values are of use.
      kept = try checkpoint.keepValues(facts, lastGood ?? [])
    }
    var remedies = ["lower rate (\(settings.optimizer.rate) now)"]
    if settings.gradientNorm == nil { remedies.append("bound the gradients with clip: 1") }
    if settings.schedule.warmup_epochs == 0 { remedies.append("begin with warmup: 1") }
    return MethodError(
      .diverged,
      "the loss is no number any more at step \(step) of \(batches.count * settings.epochs), in epoch \(epoch)"
        + kept, remedy: remedies.joined(separator: ", or "))
  }
}

/// What one step gave.
struct StepResult {
  var loss: Double
  /// Rows answered right; nil for values.
  var right: Double?
}

/// Sums over an epoch, weighted by rows.
struct EpochSums {
  private var lossSum = 0.0
  private var rightSum: Double?
  private var rows = 0

  mutating func add(_ result: StepResult, rows count: Int) {
    lossSum += result.loss * Double(count)
    if let right = result.right { rightSum = (rightSum ?? 0) + right }
    rows += count
  }

  var loss: Double { lossSum / Double(max(1, rows)) }
  var accuracy: Double? { rightSum.map { $0 / Double(max(1, rows)) } }
}

extension Tensor {
  fileprivate var isFinite: Bool { withElements(Float.self) { $0.allSatisfy(\.isFinite) } }
}
