public import AssayCore

/// The options of everything that trains: `train`, `finetune`, `distill`.
extension TrainingSettings {
  /// - Parameter epochs: The default of the step.
  public static func options(epochs: Int) -> [OptionDescription] {
    let defaults = TrainingSettings()
    let kinds = OptimizerSettings.Kind.allCases
    let rates = kinds.map { "\($0.rawValue) \(OptimizerSettings.defaultRate($0))" }.joined(separator: ", ")
    return [
      OptionDescription("epochs", .integer(1...100_000), default: .integer(epochs), "passes over the training rows"),
      OptionDescription(
        "batch", .integer(1...1_000_000),
        "rows in a step; \(defaults.batch) unless said, fewer (\(leastBatch) at least) where an epoch would have less than "
          + "\(leastSteps) steps"),
      OptionDescription(
        "optimizer", .choice(kinds.map(\.rawValue)), default: .text(defaults.optimizer.kind.rawValue), "the update rule"
      ),
      OptionDescription("rate", .number(1e-12...1000), "learning rate; by optimizer: \(rates)"),
      OptionDescription(
        "momentum", .number(0...0.9999), "of momentum and nesterov (0.9 unless said) and rmsprop (0 unless said)"),
      OptionDescription(
        "beta1", .number(0...0.9999), default: .number(0.9), "decay of the mean gradient (adam, adamw)"),
      OptionDescription(
        "beta2", .number(0...0.999_999),
        "decay of the mean squared gradient (adam, adamw: 0.999 unless said; rmsprop: 0.9)"),
      OptionDescription("epsilon", .number(1e-16...1), "added to the root (1e-8 unless said; adagrad: 1e-10)"),
      OptionDescription(
        "weight-decay", .number(0...10), default: .number(0.01), "decoupled decay of adamw; other rules use l2"),
      OptionDescription(
        "schedule", .choice(ScheduleSettings.Kind.allCases.map(\.rawValue)),
        default: .text(ScheduleSettings.Kind.cosine.rawValue),
        "how the learning rate changes; cosine ends near zero, so that the last values are settled ones"),
      OptionDescription(
        "warmup", .number(0...1000), default: .number(0), "epochs over which the rate first rises from zero"),
      OptionDescription(
        "every", .integer(1...100_000), default: .integer(10), "epochs between two falls of the schedule 'step'"),
      OptionDescription(
        "factor", .number(0...1), default: .number(0.1), "what the schedule 'step' multiplies the rate with"),
      OptionDescription(
        "decay", .number(0...100), default: .number(0.1), "k of the schedule 'exponential', lr₀·e^(−kt), t in epochs"),
      OptionDescription("l1", .number(0...10), default: .number(0), "λ of λ·Σ|w|"),
      OptionDescription("l2", .number(0...10), default: .number(0), "λ of λ/2·Σw²"),
      OptionDescription(
        "dropout", .number(0...0.95), default: .number(0),
        "probability that an input of a hidden layer is left out in a step"),
      OptionDescription(
        "label-smoothing", .number(0...0.9), default: .number(0), "share of the target that all classes divide"),
      OptionDescription(
        "validation", .number(0...0.5), "share of the rows held out (0; 0.1 with patience)"),
      OptionDescription(
        "patience", .integer(1...100_000), "epochs without a better held-out loss after which training stops"),
      OptionDescription("clip", .number(1e-9...1e9), "largest norm of all gradients together"),
      OptionDescription(
        "jitter", .integer(0...64), default: .integer(0), "pixels by which images are shifted at random"),
      OptionDescription("flip", .bool, default: .bool(false), "whether images are mirrored at random"),
      OptionDescription("threads", .integer(1...1024), default: .integer(defaults.threads), "threads that train"),
      OptionDescription("device", .form("cpu, cuda or cuda:N"), default: .text("cpu"), "where it trains"),
    ]
  }

  private static let leastBatch = 16
  /// Adam moves a weight by about its rate in a step: a training of few steps ends where it began.
  private static let leastSteps = 200

  /// Rows in a step where none are given: the largest power of two up to 128 that leaves an epoch 200 steps, 16 at least.
  static func batch(rowCount: Int) -> Int {
    var batch = TrainingSettings().batch
    while batch > leastBatch, rowCount / batch < leastSteps { batch /= 2 }
    return batch
  }

  /// - Parameters:
  ///   - options: Of a description with `options(epochs:)`.
  ///   - rowCount: Training rows, by which a batch is chosen where none is given.
  /// - Throws: `badOption` for a device that is none, and for patience without held-out rows.
  public init(_ options: StepOptions, seed: UInt64, rowCount: Int) throws(MethodError) {
    self.init()
    let kind = options.text("optimizer").flatMap(OptimizerSettings.Kind.init(rawValue:)) ?? optimizer.kind
    optimizer = OptimizerSettings(
      kind, rate: options.number("rate") ?? OptimizerSettings.defaultRate(kind),
      momentum: options.number("momentum"), beta1: options.number("beta1"), beta2: options.number("beta2"),
      epsilon: options.number("epsilon"), weightDecay: options.number("weight-decay"))
    schedule = ScheduleSettings(
      options.text("schedule").flatMap(ScheduleSettings.Kind.init(rawValue:)) ?? .constant,
      warmup_epochs: options.number("warmup") ?? 0, every_epochs: options.integer("every") ?? 10,
      factor: options.number("factor") ?? 0.1, decay: options.number("decay") ?? 0.1)
    epochs = options.integer("epochs") ?? epochs
    batch = options.integer("batch") ?? Self.batch(rowCount: rowCount)
    l1 = options.number("l1") ?? 0
    l2 = options.number("l2") ?? 0
    dropout = options.number("dropout") ?? 0
    labelSmoothing = options.number("label-smoothing") ?? 0
    patience = options.integer("patience")
    validation = options.number("validation") ?? (patience == nil ? 0 : 0.1)
    gradientNorm = options.number("clip")
    jitter = options.integer("jitter") ?? 0
    flips = options.bool("flip") ?? false
    threads = options.integer("threads") ?? threads
    device = options.text("device") ?? device
    self.seed = seed
    guard Self.isDevice(device) else {
      throw MethodError(.badOption, "device is '\(device)', but takes cpu, cuda or cuda:N")
    }
    guard patience == nil || validation > 0 else {
      throw MethodError(
        .badOption, "patience needs held-out rows, and validation is 0", remedy: "give validation: 0.1, or leave it out"
      )
    }
  }

  private static func isDevice(_ name: String) -> Bool {
    if name == "cpu" || name == "cuda" { return true }
    guard name.hasPrefix("cuda:") else { return false }
    return UInt8(name.dropFirst(5)) != nil
  }
}
