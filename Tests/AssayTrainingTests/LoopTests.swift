import AssayCore
import AssayMethods
import AssayONNX
import AssayRuntime
import AssayTestSupport
import AssayTorch
import Foundation
import Synchronization
import Testing

@testable import AssayTraining

private func network(
  _ name: String = "mlp", _ example: [Int] = [64], _ options: ArchitectureOptions = ArchitectureOptions(hidden: [32]),
  seed: UInt64 = 1
) throws -> Model {
  try ArchitectureCatalog.model(name, options, example: example, outputs: 10, seed: seed)
}

private func settings(
  epochs: Int = 2, batch: Int = 64, _ optimizer: OptimizerSettings = OptimizerSettings(.adam, rate: 0.005)
) -> TrainingSettings {
  TrainingSettings(epochs: epochs, batch: batch, optimizer: optimizer, threads: 1)
}

private func train(_ request: TrainingRequest, _ data: any TrainingData) throws -> TrainingOutcome {
  guard request.settings.dropout > 0 else {
    return try TorchTrainer(saveInterval_s: 0).train(request, data: data) { _ in }
  }
  return try LibraryRandomNumbers.alone {
    try TorchTrainer(saveInterval_s: 0).train(request, data: data) { _ in }
  }
}

/// Everything here needs libtorch; the digits are the repository's own.
@Suite(.enabled(if: torch != nil, torchIsMissing))
struct LoopTests {
  @Test func digitsAreLearntInSeconds() throws {
    let digits = try Digits()
    let outcome = try train(TrainingRequest(model: try network(), settings: settings(epochs: 6)), digits.training)
    #expect(outcome.epochs.map(\.epoch) == Array(1...6))
    #expect(outcome.epochs[5].loss < outcome.epochs[0].loss / 4)
    #expect((outcome.epochs[5].accuracy ?? 0) > 0.95)
    #expect(try digits.accuracy(of: outcome.model) > 0.93)
  }

  /// Each in a size that takes a second or two.
  @Test(arguments: [
    ("lenet-5", [1, 8, 8], 0), ("resnet-8", [1, 8, 8], 1), ("depthwise-separable", [1, 8, 8], 1), ("lstm", [8, 8], 1),
    ("transformer", [8, 8], 1), ("lenet-300-100", [64], 1),
  ])
  func everyArchitectureLearns(name: String, shape: [Int], isPossible: Int) throws {
    let digits = try Digits(count: 640, shape: shape)
    guard isPossible == 1 else {
      // LeNet-5 needs larger images, and says so.
      #expect(throws: MethodError.self) { try network(name, shape) }
      return
    }
    let model = try network(name, shape, ArchitectureOptions(width: 0.5))
    let outcome = try train(TrainingRequest(model: model, settings: settings(epochs: 4, batch: 32)), digits.training)
    #expect(outcome.epochs[3].loss < outcome.epochs[0].loss * 0.8, "\(outcome.epochs.map(\.loss))")
    #expect(throws: Never.self) { try outcome.model.check() }
    // Running statistics and all: the file answers as what was trained.
    #expect(try digits.accuracy(of: outcome.model, first: 100) > 0.3)
  }

  /// Images of several channels make libtorch lay gradients out otherwise than the weights. Adam's first step moves every
  /// number by the rate against the sign of its gradient.
  @Test func everyWeightFollowsItsOwnGradient() throws {
    let library = try #require(torch)
    let digits = try Digits(count: 64, shape: [4, 4, 4])
    let model = try network("resnet-8", [4, 4, 4], ArchitectureOptions(width: 0.5))
    let rate = 0.001
    let request = TrainingRequest(
      model: model, settings: settings(epochs: 1, batch: 64, OptimizerSettings(.adam, rate: rate)))
    let loop = try TrainingLoop(
      request, data: digits.training, device: .cpu, library: library, saveInterval_s: 1000, progress: { _ in })
    var slopes: [Tensor] = []
    loop.observer = { (_, gradients) throws(TorchError) in
      for gradient in gradients { slopes.append(try gradient.values()) }
    }
    let outcome = try loop.run()
    #expect(slopes.count == loop.trainee.names.count)
    for (name, slope) in zip(loop.trainee.names, slopes) {
      let before = try #require(model.graph.constant(name)).elements(Float.self)
      let after = try #require(outcome.model.graph.constant(name)).elements(Float.self)
      let steps = zip(before, after).map { Double($1 - $0) }
      // The smallest gradients meet ε.
      let wrong = zip(steps, slope.elements(Float.self)).count { step, slope in
        abs(slope) > 1e-5 && abs(step + (slope > 0 ? rate : -rate)) > 0.01 * rate
      }
      #expect(wrong == 0, "\(name): \(wrong) of \(steps.count)")
    }
  }

  @Test(arguments: Activation.allCases)
  func everyActivationLearns(activation: Activation) throws {
    let digits = try Digits(count: 640)
    let model = try network("mlp", [64], ArchitectureOptions(hidden: [32], activation: activation))
    let outcome = try train(TrainingRequest(model: model, settings: settings(epochs: 3)), digits.training)
    #expect(outcome.epochs[2].loss < outcome.epochs[0].loss)
    if activation == .swish {
      let slope = try #require(outcome.model.graph.constant("swish1.beta")).elements(Float.self)
      #expect(slope[0] != 1 && slope[0].isFinite)
    }
  }

  @Test(arguments: OptimizerSettings.Kind.allCases)
  func everyOptimizerLearns(kind: OptimizerSettings.Kind) throws {
    let digits = try Digits(count: 640)
    let outcome = try train(
      TrainingRequest(model: try network(), settings: settings(epochs: 3, OptimizerSettings(kind))), digits.training)
    #expect(outcome.epochs[2].loss < outcome.epochs[0].loss)
  }

  @Test func equalTrainingsGiveEqualBits() throws {
    let digits = try Digits(count: 640)
    var settings = settings()
    settings.dropout = 0.2
    settings.labelSmoothing = 0.1
    let request = TrainingRequest(model: try network(), settings: settings)
    let first = try train(request, digits.training)
    #expect(try train(request, digits.training).model.serialized() == first.model.serialized())
    settings.seed = 2
    let other = try train(TrainingRequest(model: request.model, settings: settings), digits.training)
    #expect(try other.model.serialized() != first.model.serialized())
  }

  /// Stopped after each epoch by a progress report that the process would not have outlived.
  @Test(arguments: [OptimizerSettings.Kind.adam, .nesterov, .rmsprop], [true, false])
  func aKilledTrainingGoesOnAsIfNothingHadHappened(kind: OptimizerSettings.Kind, hasMore: Bool) throws {
    let digits = try Digits(count: 320, shape: [1, 8, 8])
    var settings = settings(epochs: 3, OptimizerSettings(kind))
    settings.schedule = ScheduleSettings(.cosine)
    if hasMore {
      settings.dropout = 0.3
      settings.jitter = 1
      settings.flips = true
      settings.patience = 2
      settings.validation = 0.2
    }
    let model = try network("lenet-300-100", [1, 8, 8], ArchitectureOptions(width: 0.1, normalizes: true))
    let whole = try train(TrainingRequest(model: model, settings: settings), digits.training)
    try withTemporaryFolder { folder in
      let path = "\(folder)/checkpoint"
      let request = TrainingRequest(model: model, settings: settings, checkpoint: path)
      for epoch in 1...2 {
        try Self.trainPartly(request, digits.training, untilEpoch: epoch)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
      }
      let resumed = try train(request, digits.training)
      #expect(try resumed.model.serialized() == whole.model.serialized())
      #expect(resumed.epochs == whole.epochs)
      #expect(resumed.notes.contains { $0.contains("went on after epoch 2") }, "\(resumed.notes)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
      // Another training does not take the file over.
      try Self.trainPartly(request, digits.training, untilEpoch: 1)
      var other = request
      other.settings.l2 = 0.001
      #expect(try !train(other, digits.training).notes.contains { $0.contains("went on") })
    }
  }

  /// Trains some epochs, and leaves the checkpoint as a kill would.
  private static func trainPartly(_ request: TrainingRequest, _ data: any TrainingData, untilEpoch last: Int) throws {
    let library = try TorchLibrary.load()
    library.setThreads(request.settings.threads)
    let loop = try TrainingLoop(
      request, data: data, device: .cpu, library: library, saveInterval_s: 0, progress: { _ in })
    try LibraryRandomNumbers.alone { try loop.run(until: last) }
  }

  @Test func aLossThatIsNoNumberStopsWithAdvice() throws {
    let digits = try Digits(count: 320)
    try withTemporaryFolder { folder in
      let request = TrainingRequest(
        model: try network(), settings: settings(epochs: 5, OptimizerSettings(.sgd, rate: 1e19)),
        checkpoint: "\(folder)/checkpoint")
      let error = #expect(throws: MethodError.self) { try train(request, digits.training) }
      #expect(error?.code == .diverged)
      #expect(
        error?.message.contains("at step") == true && error?.remedy?.contains("lower rate") == true, "\(error as Any)")
    }
  }

  /// 2⁴⁶ numbers a row are more than a process can address, whatever the machine has.
  @Test func memoryThatDoesNotSufficeIsToldWithAdvice() throws {
    let digits = try Digits(count: 64)
    var model = try network("mlp", [64], ArchitectureOptions(hidden: [1]))
    let output = model.graph.outputs[0].name
    model.graph.setInitializer("extents", Tensor([Int64(1), 1 << 46], shape: [2]))
    model.graph.setInitializer("one", Tensor([Float(1)], shape: [1]))
    let first = try #require(model.graph.nodes.firstIndex { $0.opType == "Relu" })
    let hidden = try #require(model.graph.nodes[first].output(0))
    model.graph.nodes[first].outputs[0] = "narrow"
    model.graph.nodes.insert(
      contentsOf: [
        Node("Expand", name: "widen", inputs: ["narrow", "extents"], outputs: ["wide"]),
        Node("Exp", name: "fill", inputs: ["wide"], outputs: ["filled"]),
        Node("ReduceMean", name: "shrink", inputs: ["filled"], outputs: [hidden]),
      ], at: first + 1)
    #expect(model.graph.outputs[0].name == output)
    try withTemporaryFolder { folder in
      let error = #expect(throws: MethodError.self) {
        try train(
          TrainingRequest(model: model, settings: settings(batch: 32), checkpoint: "\(folder)/checkpoint"),
          digits.training)
      }
      #expect(error?.code == .memory && error?.exitStatus == .trialFailed, "\(error as Any)")
      #expect(error?.place?.node == "fill", "\(error as Any)")
      #expect(error?.remedy?.contains("lower batch (32 now)") == true, "\(error as Any)")
    }
    // And the library goes on to work.
    let after = try train(TrainingRequest(model: try network(), settings: settings(epochs: 1)), digits.training)
    #expect(after.epochs.count == 1)
  }

  @Test func masksStayAndFrozenWeightsStay() throws {
    let digits = try Digits(count: 320)
    let model = try network()
    var generator = SeededGenerator(seed: 5)
    let weight = try #require(model.graph.constant("fc1.weight"))
    let pruned = Tensor(
      weight.elements(Float.self).map { generator.index(below: 2) == 0 ? 0 : $0 }, shape: weight.shape)
    var start = model
    start.graph.setInitializer("fc1.weight", pruned)
    let outcome = try train(
      TrainingRequest(
        model: start, settings: settings(), weights: ["fc1.weight": MaskedForm(pruned).trainable()],
        frozen: ["fc2.bias"]), digits.training)
    let trained = try #require(outcome.model.graph.constant("fc1.weight")).elements(Float.self)
    for (before, after) in zip(pruned.elements(Float.self), trained) { #expect((before == 0) == (after == 0)) }
    #expect(trained != pruned.elements(Float.self))
    #expect(outcome.model.graph.constant("fc2.bias") == model.graph.constant("fc2.bias"))
    #expect(outcome.model.graph.constant("fc1.bias") != model.graph.constant("fc1.bias"))
  }

  @Test func patienceTakesTheBestValues() throws {
    let digits = try Digits(count: 320)
    var settings = settings(epochs: 60, OptimizerSettings(.adam, rate: 0.02))
    settings.patience = 2
    settings.validation = 0.3
    let outcome = try train(TrainingRequest(model: try network(), settings: settings), digits.training)
    let losses = outcome.epochs.compactMap(\.validationLoss)
    #expect(losses.count == outcome.epochs.count && outcome.epochs.allSatisfy { $0.validationAccuracy != nil })
    let best = try #require(losses.indices.min { losses[$0] < losses[$1] })
    #expect(outcome.epochs.count == min(60, best + 1 + 2))
    #expect(outcome.notes.contains { $0.contains("after epoch \(best + 1)") }, "\(outcome.notes)")
  }

  @Test func aStudentLearnsFromItsTeacherAndTargetsAreKept() throws {
    let digits = try Digits(count: 960)
    let teacher = try train(TrainingRequest(model: try network(), settings: settings(epochs: 8)), digits.training).model
    let student = try network("mlp", [64], ArchitectureOptions(hidden: [8]), seed: 3)
    try withTemporaryFolder { folder in
      var request = TrainingRequest(model: student, settings: settings(epochs: 6))
      request.distillation = Distillation(
        teachers: [teacher, teacher], temperature: 4, alpha: 0.9, cacheFolder: folder)
      let first = try train(request, digits.training)
      #expect(first.notes.contains("soft targets of 960 rows computed once"))
      let second = try train(request, digits.training)
      #expect(second.notes.contains("soft targets were there already"))
      #expect(try second.model.serialized() == first.model.serialized())
      #expect(first.epochs[5].loss < first.epochs[0].loss * 0.7)
      request.distillation?.hints = [.init(teacher: "relu1.out", student: "relu1.out")]
      let hinted = try train(request, digits.training)
      #expect(try hinted.model.serialized() != first.model.serialized())
      request.distillation?.hints = [.init(teacher: "relu1.out", student: "nothing")]
      #expect(throws: MethodError.self) { try train(request, digits.training) }
    }
  }

  @Test func valuesAreLearntToo() throws {
    var generator = SeededGenerator(seed: 8)
    let rows = generator.tensor([256, 3])
    let values = rows.elements(Float.self)
    let answers = (0..<256).map { row -> Float in
      let (first, second) = (values[3 * row], values[3 * row + 1])
      return 2 * first - second + 0.5
    }
    let data = try PreparedTrainingData(rows: rows, targets: .values(answers), identity: "plane")
    let model = try ArchitectureCatalog.model(
      "mlp", ArchitectureOptions(hidden: [16]), example: [3], outputs: 1, seed: 1)
    let outcome = try train(TrainingRequest(model: model, settings: settings(epochs: 150)), data)
    #expect(outcome.epochs.last.map { $0.loss < 0.1 && $0.accuracy == nil } == true)
  }

  @Test func whatDoesNotFitIsTold() throws {
    let digits = try Digits(count: 64)
    let wide = try network("mlp", [65])
    let shape = #expect(throws: MethodError.self) {
      try train(TrainingRequest(model: wide, settings: settings()), digits.training)
    }
    #expect(shape?.code == .training && shape?.message.contains("[65]") == true)
    let few = try ArchitectureCatalog.model(
      "mlp", ArchitectureOptions(hidden: [4]), example: [64], outputs: 5, seed: 1)
    let classes = #expect(throws: MethodError.self) {
      try train(TrainingRequest(model: few, settings: settings()), digits.training)
    }
    #expect(classes?.code == .training && classes?.message.contains("10 classes") == true)
    var elsewhere = settings()
    elsewhere.device = "cuda:77"
    let device = #expect(throws: MethodError.self) {
      try train(TrainingRequest(model: try network(), settings: elsewhere), digits.training)
    }
    #expect(device?.code == .training)
    var moved = settings()
    moved.jitter = 1
    #expect(throws: MethodError.self) {
      try train(TrainingRequest(model: try network(), settings: moved), digits.training)
    }
  }

  @Test func progressTellsEverything() throws {
    let digits = try Digits(count: 640)
    let reports = Mutex<[TrainingProgress]>([])
    _ = try TorchTrainer().train(
      TrainingRequest(model: try network(), settings: settings()), data: digits.training
    ) { report in reports.withLock { $0.append(report) } }
    let last = try #require(reports.withLock { $0.last })
    #expect(last.step == 20 && last.steps == 20 && last.epoch == 2 && last.secondsLeft == 0)
    #expect(last.loss > 0 && last.accuracy != nil && last.rate == 0.005 && (last.rowsPerSecond ?? 0) > 0)
  }

  @Test func sensitivitiesAreThoseOfTheirFormulas() throws {
    let digits = try Digits(count: 64)
    let model = try network()
    let settings = settings(epochs: 1, batch: 64, OptimizerSettings(.sgd, rate: 1))
    let names = ["fc1.weight", "fc2.weight"]
    let taylor = try TorchTrainer().sensitivities(
      of: model, weights: names, criterion: .taylor, settings: settings, data: digits.training)
    let movement = try TorchTrainer().sensitivities(
      of: model, weights: names, criterion: .movement, settings: settings, data: digits.training)
    // One batch of everything: the difference of a step of rate 1 is the gradient.
    let stepped = try train(TrainingRequest(model: model, settings: settings), digits.training).model
    for name in names {
      let before = try #require(model.graph.constant(name)).elements(Float.self)
      let after = try #require(stepped.graph.constant(name)).elements(Float.self)
      let products = zip(before, after).map { Double($0 * ($0 - $1)) }
      let found = try #require(movement[name]?.doubleValues)
      #expect(difference(found, products.map { -$0 }, absolute: 1e-5) == nil)
      let squares = try #require(taylor[name]?.doubleValues)
      #expect(difference(squares, products.map { $0 * $0 }, absolute: 1e-5) == nil)
    }
  }

  @Test func imagesMoveByWholePixels() throws {
    let library = try #require(torch)
    var generator = SeededGenerator(seed: 4)
    let shift = try ImageShift(shape: [2, 3, 4], device: .cpu, library)
    let images = generator.tensor([5, 2, 3, 4])
    let moves = try shift.moves(7, jitter: 1, flips: true, &generator)
    let moved = try shift.moved(try TorchTensor(images, library: library), by: moves, 1..<6).values()
    let (right, down) = (try moves.right.values().elements(Int64.self), try moves.down.values().elements(Int64.self))
    let mirrored = try #require(try moves.isMirrored?.values()).elements(Int64.self)
    let (source, result) = (images.elements(Float.self), moved.elements(Float.self))
    for row in 0..<5 {
      for plane in 0..<2 {
        for y in 0..<3 {
          for x in 0..<4 {
            let place = mirrored[row + 1] == 1 ? 3 - x : x
            let (fromX, fromY) = (place + Int(right[row + 1]) - 1, y + Int(down[row + 1]) - 1)
            let isInside = (0..<4).contains(fromX) && (0..<3).contains(fromY)
            let expected = isInside ? source[((row * 2 + plane) * 3 + fromY) * 4 + fromX] : 0
            #expect(result[((row * 2 + plane) * 3 + y) * 4 + x] == expected)
          }
        }
      }
    }
  }
}
