/// A trial and what became of it.
public struct TrialRecord: Sendable, Hashable, Codable {
  public var trial: Trial
  public var result: TrialResult

  public init(trial: Trial, result: TrialResult) {
    self.trial = trial
    self.result = result
  }
}

/// The end of a trial. A failure is data, shown in every report.
public enum TrialResult: Sendable, Hashable, Codable {
  case completed(TrialData)
  case failed(TrialFailure)
  /// Not tried, with the reason: a batch the model's fixed shape does not admit.
  case skipped(reason: String)

  /// The measurements of a completed trial.
  public var data: TrialData? { if case .completed(let data) = self { data } else { nil } }
}

/// Everything measured of a completed trial.
public struct TrialData: Sendable, Hashable, Codable {
  public var launches: [LaunchRecord]
  public var answers: Answers?
  /// Why there are no answers, when judging them failed; the times stand all the same.
  public var answersFailure: String?
  public var execution: ExecutionReport

  public init(
    launches: [LaunchRecord], answers: Answers?, answersFailure: String? = nil, execution: ExecutionReport
  ) {
    self.launches = launches
    self.answers = answers
    self.answersFailure = answersFailure
    self.execution = execution
  }
}

/// Why a trial failed.
public struct TrialFailure: Sendable, Hashable, Codable {
  public enum Stage: String, Sendable, Hashable, Codable { case build, start, load, inference, measure, accuracy }
  public var stage: Stage
  /// What failed and what to do, as the user reads it.
  public var message: String
  /// Signal that ended the worker, where one did.
  public var signal: Int32?
  /// What was measured in the launches before the one that failed; nil or empty when it failed in the first.
  public var launches: [LaunchRecord]?

  public init(stage: Stage, message: String, signal: Int32? = nil, launches: [LaunchRecord]? = nil) {
    self.stage = stage
    self.message = message
    self.signal = signal
    self.launches = launches
  }
}

/// The answers of a variant on the test rows, kept so that variants can be compared row by row.
public struct Answers: Sendable, Hashable, Codable {
  /// Name of the `DatasetRecord` they answer.
  public var dataset: String
  /// Predicted class of each row (index of the largest output; the lowest index wins a tie). Empty for regression.
  public var classes: PackedIntegers
  /// Metrics over all rows, by metric name, in the metric's stored unit.
  public var metrics: [String: Double]

  public init(dataset: String, classes: PackedIntegers, metrics: [String: Double]) {
    self.dataset = dataset
    self.classes = classes
    self.metrics = metrics
  }
}

/// How the engine really ran the model, read back from its optimized graph.
public struct ExecutionReport: Sendable, Hashable, Codable {
  /// Share of multiply-accumulates that run in int8, 0...1; nil when the engine does not tell.
  public var int8Share: Double?
  /// Operators of the optimized graph and how often each occurs.
  public var operators: [String: Int]
  /// Compute nodes left in floating point, by name, with the reason where known.
  public var floatNodes: [String]
  /// What a reader should know: fallbacks, other devices, chosen kernels.
  public var notes: [String]

  public init(int8Share: Double? = nil, operators: [String: Int] = [:], floatNodes: [String] = [], notes: [String] = [])
  {
    self.int8Share = int8Share
    self.operators = operators
    self.floatNodes = floatNodes
    self.notes = notes
  }
}
