/// What `assay selftest` measured: a model against itself, and against itself slowed down on purpose, many times.
public struct SelftestRecord: Sendable, Hashable, Codable {
  public var programVersion: String
  /// UTC, ISO 8601.
  public var startedAt: String
  public var environment: Environment
  /// Path of the model; nil for the one that Assay makes itself.
  public var model: String?
  public var engine: String
  public var threads: Int
  /// CPUs that the workers were pinned to; empty where pinning was not granted.
  public var workerCPUs: [Int]
  public var parentCPU: Int?
  /// CPU on which another process worked every other second; nil without noise.
  public var noiseCPU: Int?
  public var settings: MeasureSettings
  /// Comparisons asked for; fewer are in the record when it was interrupted.
  public var plannedComparisons: Int
  /// What a reader should know of the conditions.
  public var remarks: [String]
  public var comparisons: [SelftestComparison]

  public init(
    programVersion: String, startedAt: String, environment: Environment, model: String?, engine: String, threads: Int,
    workerCPUs: [Int], parentCPU: Int?, noiseCPU: Int?, settings: MeasureSettings, plannedComparisons: Int,
    remarks: [String] = [], comparisons: [SelftestComparison] = []
  ) {
    self.programVersion = programVersion
    self.startedAt = startedAt
    self.environment = environment
    self.model = model
    self.engine = engine
    self.threads = threads
    self.workerCPUs = workerCPUs
    self.parentCPU = parentCPU
    self.noiseCPU = noiseCPU
    self.settings = settings
    self.plannedComparisons = plannedComparisons
    self.remarks = remarks
    self.comparisons = comparisons
  }
}

/// One group of launches: the model, the model again, and the model with each slowdown, alive together.
public struct SelftestComparison: Sendable, Hashable, Codable {
  /// The model again first, then the slowdowns.
  public var subjects: [SelftestSubject]
  /// Wall time of the first measurement of all subjects, in seconds.
  public var measured_s: Double
  /// The same without what the slowed subjects worked: not less than the model and its copy alone would take, in seconds.
  public var pair_s: Double
  /// Wall time of the second measurement, in seconds; nil when nothing called for one.
  public var confirmation_s: Double?

  public init(subjects: [SelftestSubject], measured_s: Double, pair_s: Double, confirmation_s: Double? = nil) {
    self.subjects = subjects
    self.measured_s = measured_s
    self.pair_s = pair_s
    self.confirmation_s = confirmation_s
  }
}

/// What was held against the model in one comparison.
public struct SelftestSubject: Sendable, Hashable, Codable {
  /// Injected slowdown, 0.1 for 10 %; nil for the model as it is.
  public var slowdown: Double?
  /// For each metric, by its name: ln(subject / model) of every launch. Positive is more of the metric, not worse.
  public var scores: [String: [Double]]
  /// The launch scores of `latency.p50` in the second measurement; nil when nothing called for one.
  public var confirmation: [Double]?

  public init(slowdown: Double?, scores: [String: [Double]], confirmation: [Double]? = nil) {
    self.slowdown = slowdown
    self.scores = scores
    self.confirmation = confirmation
  }
}
