/// How a training goes: everything that a suite can vary.
///
/// Options outside these ranges never get here: `init(_:StepOptions)` takes checked options.
public struct TrainingSettings: Sendable, Hashable {
  /// Passes over the rows, 1 or more.
  public var epochs: Int
  /// Rows in a step; the last step of an epoch has what is left.
  public var batch: Int
  public var optimizer: OptimizerSettings
  public var schedule: ScheduleSettings
  /// λ of λ·Σ|w| added to the loss; over weights of two or more axes.
  public var l1: Double
  /// λ of λ/2·Σw² added to the loss; over weights of two or more axes.
  public var l2: Double
  /// Probability that an input of a hidden layer's product is zero in a step; 0 leaves the graph's own Dropout nodes.
  public var dropout: Double
  /// ε: the target is 1−ε for the right class and ε/K for all K (Szegedy and others, CVPR 2016, section 7).
  public var labelSmoothing: Double
  /// Share of the rows held out to see how it goes, 0 for none.
  public var validation: Double
  /// Epochs without a better held-out loss after which training stops, and the best values are taken; nil goes to the end.
  public var patience: Int?
  /// Largest Euclidean norm of all gradients together; nil leaves them (Pascanu, Mikolov, Bengio, ICML 2013).
  public var gradientNorm: Double?
  /// Pixels by which images are shifted at random in each direction; zeros come in.
  public var jitter: Int
  /// Whether images are mirrored left to right half of the time.
  public var flips: Bool
  public var seed: UInt64
  /// Threads of the library that trains; results depend on their number.
  public var threads: Int
  /// `cpu`, `cuda` or `cuda:1`.
  public var device: String

  public init(
    epochs: Int = 10, batch: Int = 128, optimizer: OptimizerSettings = OptimizerSettings(.adam),
    schedule: ScheduleSettings = ScheduleSettings(.constant), l1: Double = 0, l2: Double = 0, dropout: Double = 0,
    labelSmoothing: Double = 0, validation: Double = 0, patience: Int? = nil, gradientNorm: Double? = nil,
    jitter: Int = 0, flips: Bool = false, seed: UInt64 = 1, threads: Int = 2, device: String = "cpu"
  ) {
    self.epochs = epochs
    self.batch = batch
    self.optimizer = optimizer
    self.schedule = schedule
    self.l1 = l1
    self.l2 = l2
    self.dropout = dropout
    self.labelSmoothing = labelSmoothing
    self.validation = validation
    self.patience = patience
    self.gradientNorm = gradientNorm
    self.jitter = jitter
    self.flips = flips
    self.seed = seed
    self.threads = threads
    self.device = device
  }
}

/// An update rule and its numbers; those that the rule does not use are ignored.
public struct OptimizerSettings: Sendable, Hashable {
  /// The update rules, in the order of the documentation.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw
  }

  public var kind: Kind
  /// The learning rate that the schedule scales, α or η in the papers.
  public var rate: Double
  /// Of `momentum`, `nesterov` and `rmsprop`, 0..<1.
  public var momentum: Double
  /// Decay of the mean of gradients (`adam`, `adamw`), 0..<1.
  public var beta1: Double
  /// Decay of the mean of squared gradients (`adam`, `adamw`; `rmsprop`, where it is called ρ), 0..<1.
  public var beta2: Double
  public var epsilon: Double
  /// Decoupled decay of `adamw`: w ← w − rate·decay·w. The others use `TrainingSettings.l2`.
  public var weightDecay: Double

  /// - Parameters: nil takes the default of the kind, as `defaults` has it.
  public init(
    _ kind: Kind, rate: Double? = nil, momentum: Double? = nil, beta1: Double? = nil, beta2: Double? = nil,
    epsilon: Double? = nil, weightDecay: Double? = nil
  ) {
    self.kind = kind
    self.rate = rate ?? Self.defaultRate(kind)
    self.momentum = momentum ?? (kind == .rmsprop ? 0 : 0.9)
    self.beta1 = beta1 ?? 0.9
    self.beta2 = beta2 ?? (kind == .rmsprop ? 0.9 : 0.999)
    self.epsilon = epsilon ?? (kind == .adagrad ? 1e-10 : 1e-8)
    self.weightDecay = weightDecay ?? 0.01
  }

  /// The rate of a kind when none is given.
  public static func defaultRate(_ kind: Kind) -> Double {
    switch kind {
    case .sgd: 0.1
    case .momentum, .nesterov: 0.02
    case .adagrad: 0.01
    case .rmsprop, .adam, .adamw: 0.001
    }
  }
}

/// How the learning rate changes over the steps.
public struct ScheduleSettings: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case constant, step, exponential, cosine
    case oneCycle = "one-cycle"
  }

  public var kind: Kind
  /// Epochs over which the rate first rises linearly from zero; may be a fraction.
  public var warmup_epochs: Double
  /// Epochs between two falls of `step`.
  public var every_epochs: Int
  /// What the rate is multiplied with at each fall of `step`.
  public var factor: Double
  /// k of lr₀·e^(−kt), t in epochs.
  public var decay: Double

  public init(
    _ kind: Kind, warmup_epochs: Double = 0, every_epochs: Int = 10, factor: Double = 0.1, decay: Double = 0.1
  ) {
    self.kind = kind
    self.warmup_epochs = warmup_epochs
    self.every_epochs = every_epochs
    self.factor = factor
    self.decay = decay
  }
}
