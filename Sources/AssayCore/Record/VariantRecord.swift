/// A variant as it was built: what was done, what was left alone, and what it counts.
public struct VariantRecord: Sendable, Hashable, Codable {
  /// Name of the baseline it was made from.
  public var baseline: String
  /// Name of the variant; `Trial.baselineVariant` for the baseline itself.
  public var name: String
  public var steps: [Step]
  /// What is measured; of a variant with several seeds the representative one.
  public var build: BuildResult
  /// Every seed's model; nil for a variant that is built once.
  public var seeds: SeedMembers?

  public init(baseline: String, name: String, steps: [Step], build: BuildResult, seeds: SeedMembers? = nil) {
    self.baseline = baseline
    self.name = name
    self.steps = steps
    self.build = build
    self.seeds = seeds
  }
}

/// The end of building a variant.
public enum BuildResult: Sendable, Hashable, Codable {
  case built(BuiltVariant)
  case failed(message: String)

  /// The built variant, when there is one.
  public var built: BuiltVariant? { if case .built(let variant) = self { variant } else { nil } }
}

/// A runnable model file and its exact figures.
public struct BuiltVariant: Sendable, Hashable, Codable {
  /// Path of the runnable ONNX file.
  public var path: String
  /// SHA-256 of the file, hexadecimal.
  public var sha256: String
  public var figures: ModelFigures
  public var reports: [StepReport]
  /// Wall time of building, in nanoseconds; nil when the file came from the cache.
  public var build_ns: UInt64?

  public init(path: String, sha256: String, figures: ModelFigures, reports: [StepReport], build_ns: UInt64?) {
    self.path = path
    self.sha256 = sha256
    self.figures = figures
    self.reports = reports
    self.build_ns = build_ns
  }
}

/// Exact counts of a model; nil where an operator is not known, never a guess.
public struct ModelFigures: Sendable, Hashable, Codable {
  /// Bytes of the runnable file with its external data.
  public var file_B: Int
  /// Elements of all weights (initializers and constants that compute nodes multiply or add with).
  public var parameters: Int?
  /// Weight elements that are not zero.
  public var nonzeros: Int?
  /// Multiply-accumulates of one inference at batch 1.
  public var macs: Int?
  /// Multiply-accumulates whose weight is not zero.
  public var effectiveMacs: Int?
  /// Bytes of the packed file; nil in records from before it was counted.
  public var packed: PackedFigures?
  /// Names of operators the counters do not know.
  public var unknownOperators: [String]

  public init(
    file_B: Int, parameters: Int?, nonzeros: Int?, macs: Int?, effectiveMacs: Int?, packed: PackedFigures? = nil,
    unknownOperators: [String] = []
  ) {
    self.file_B = file_B
    self.parameters = parameters
    self.nonzeros = nonzeros
    self.macs = macs
    self.effectiveMacs = effectiveMacs
    self.packed = packed
    self.unknownOperators = unknownOperators
  }
}

/// What one step did to the graph.
public struct StepReport: Sendable, Hashable, Codable {
  /// One node, weight or value that a step touched or left alone.
  public struct Entry: Sendable, Hashable, Codable {
    public var node: String
    public var text: String

    public init(node: String, text: String) {
      self.node = node
      self.text = text
    }
  }

  /// The note of a step that left the model as it was.
  public static let nothingChanged = "changed nothing"
  /// How a note begins that a reader should see before anything is measured.
  public static let warning = "warning: "
  /// The notes that are warnings.
  public var warnings: [String] { notes.filter { $0.hasPrefix(Self.warning) } }

  /// The step as `Step.description`, or the name of an automatic preparation.
  public var step: String
  /// Whether Assay added the step itself (batch-norm folding, canonicalisation).
  public var isAutomatic: Bool
  public var changes: [Entry]
  /// What could have been changed and was not, each with its reason.
  public var skips: [Entry]
  /// Choices made and why: "7-bit weights: no int8 dot product on this CPU".
  public var notes: [String]
  /// What each layer alone costs and what was decided about it, most sensitive first; nil for steps that do not ask.
  public var sensitivities: [LayerSensitivity]?
  /// The learning curve; nil for steps that do not train.
  public var epochs: [TrainedEpoch]?

  public init(
    step: String, isAutomatic: Bool = false, changes: [Entry] = [], skips: [Entry] = [], notes: [String] = [],
    sensitivities: [LayerSensitivity]? = nil, epochs: [TrainedEpoch]? = nil
  ) {
    self.step = step
    self.isAutomatic = isAutomatic
    self.changes = changes
    self.skips = skips
    self.notes = notes
    self.sensitivities = sensitivities
    self.epochs = epochs
  }
}

/// What changing one layer, and nothing else, does to the outputs of the model on the calibration data.
public struct LayerSensitivity: Sendable, Hashable, Codable {
  public var node: String
  /// Multiply-accumulates of one inference at batch 1; nil where unknown.
  public var macs: Int?
  /// Power of the difference at the outputs over the power of the outputs, the worst output; 0.01 is 20 dB.
  public var noise: Double
  /// Mean Kullback–Leibler divergence of the class probabilities from the unchanged model's, in nats; nil without
  /// classes.
  public var divergence: Double?
  /// Share of the rows whose most likely class changes; nil without classes.
  public var changedAnswers: Double?
  /// Loss of accuracy that the unchanged model's own probabilities expect, a fraction; nil without classes.
  public var expectedLoss: Double?
  /// Whether the layer was left as it was.
  public var isLeftAlone: Bool

  public init(
    node: String, macs: Int?, noise: Double, divergence: Double? = nil, changedAnswers: Double? = nil,
    expectedLoss: Double? = nil, isLeftAlone: Bool
  ) {
    self.node = node
    self.macs = macs
    self.noise = noise
    self.divergence = divergence
    self.changedAnswers = changedAnswers
    self.expectedLoss = expectedLoss
    self.isLeftAlone = isLeftAlone
  }
}
