/// Everything a run found out: the only stored truth, from which every report, comparison and choice is computed.
///
/// Written as `run.json` after every trial. Readers refuse a `schema` they do not know.
public struct RunRecord: Sendable, Hashable, Codable {
  /// Version of this format, raised when an old reader would misread a new record.
  public static let currentSchema = 1
  /// How the reason of a trial begins that a search did not come to; a resumed run measures it.
  public static let notTried = "not tried"

  public var schema: Int
  /// Version of Assay that made the run.
  public var programVersion: String
  public var suite: String
  /// Path of the suite file, as it was given.
  public var suitePath: String
  /// SHA-256 of the suite file and the options that change what is run; a run resumes only under the same plan.
  public var planHash: String
  /// UTC, ISO 8601.
  public var startedAt: String
  public var finishedAt: String?
  /// The command line, for "reproduce".
  public var command: [String]
  public var environment: Environment
  public var settings: MeasureSettings
  public var datasets: [DatasetRecord]
  public var variants: [VariantRecord]
  public var groups: [GroupRecord]
  public var trials: [TrialRecord]
  /// Cost of one inference of the null engine, the harness' own, in nanoseconds (median).
  public var harness_ns: Double?
  /// What the run had to meet; nil or empty when the suite names no gates.
  public var gates: [Gate]?
  /// Second measurements of what looked worse.
  public var confirmations: [ConfirmationRecord]?
  /// What selects the best variant; nil when the suite names no goal.
  public var goal: Goal?
  /// First measurements of groups that were measured again because the control kernel had moved; kept, never judged.
  public var setAside: [ConfirmationRecord]?

  public init(
    programVersion: String, suite: String, suitePath: String, planHash: String, startedAt: String, command: [String],
    environment: Environment, settings: MeasureSettings, datasets: [DatasetRecord] = [],
    variants: [VariantRecord] = [], groups: [GroupRecord] = [], trials: [TrialRecord] = [], harness_ns: Double? = nil,
    gates: [Gate]? = nil, confirmations: [ConfirmationRecord]? = nil, setAside: [ConfirmationRecord]? = nil
  ) {
    self.schema = Self.currentSchema
    self.programVersion = programVersion
    self.suite = suite
    self.suitePath = suitePath
    self.planHash = planHash
    self.startedAt = startedAt
    self.command = command
    self.environment = environment
    self.settings = settings
    self.datasets = datasets
    self.variants = variants
    self.groups = groups
    self.trials = trials
    self.harness_ns = harness_ns
    self.gates = gates
    self.confirmations = confirmations
    self.setAside = setAside
  }
}

/// How time was measured, fixed before the run.
public struct MeasureSettings: Sendable, Hashable, Codable {
  /// Launches (fresh processes) of each group.
  public var launches: Int
  /// Block rounds of each launch.
  public var rounds: Int
  /// Aimed length of a block, in nanoseconds.
  public var block_ns: UInt64
  public var seed: UInt64
  /// Rows of the test set judged for accuracy; nil for all of them.
  public var accuracyRows: Int?
  /// Whether the same input is used over and over instead of a pool larger than the cache.
  public var hotInput: Bool
  /// How requests come in the multi-stream and the server scenario; nil when the run has neither.
  public var requests: RequestSettings?

  public init(
    launches: Int = 10, rounds: Int = 30, block_ns: UInt64 = 5_000_000, seed: UInt64 = 1, accuracyRows: Int? = nil,
    hotInput: Bool = false, requests: RequestSettings? = nil
  ) {
    self.launches = launches
    self.rounds = rounds
    self.block_ns = block_ns
    self.seed = seed
    self.accuracyRows = accuracyRows
    self.hotInput = hotInput
    self.requests = requests
  }
}

/// How requests come in the scenarios that are more than one inference after the other.
public struct RequestSettings: Sendable, Hashable, Codable {
  /// Inferences of a multi-stream query.
  public var streams: Int
  /// Arrivals a second in the server scenario; nil: `load` of the baseline's capacity.
  public var rate_perSecond: Double?
  /// Arrivals as a share of the inferences a second that the baseline makes one after another, 0..<1.
  public var load: Double
  /// Aimed length of a block of the server scenario, in nanoseconds.
  public var serverBlock_ns: UInt64

  public init(
    streams: Int = 8, rate_perSecond: Double? = nil, load: Double = 0.7, serverBlock_ns: UInt64 = 200_000_000
  ) {
    self.streams = streams
    self.rate_perSecond = rate_perSecond
    self.load = load
    self.serverBlock_ns = serverBlock_ns
  }
}

/// The rows that accuracy was judged on.
public struct DatasetRecord: Sendable, Hashable, Codable {
  public var name: String
  /// Rows in the source.
  public var availableRows: Int
  /// Rows used; fewer than available is a subset and is labelled as one.
  public var rows: Int
  /// True class of each row used; empty for regression.
  public var labels: PackedIntegers
  /// Classes there are; nil for regression.
  public var classCount: Int?

  public init(name: String, availableRows: Int, rows: Int, labels: PackedIntegers, classCount: Int? = nil) {
    self.name = name
    self.availableRows = availableRows
    self.rows = rows
    self.labels = labels
    self.classCount = classCount
  }
}
