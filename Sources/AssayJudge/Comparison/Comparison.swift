public import AssayCore
public import AssayMeasure

/// What a run, or a pair of runs, comes to: a verdict for every metric of every trial, and what became of the gates.
///
/// A finished value: writers and the terminal only draw it.
public struct Comparison: Sendable, Hashable {
  /// What the rows are held against.
  public enum Scope: String, Sendable, Hashable {
    /// Each variant against the baseline variant of its group, measured together.
    case withinRun
    /// Each trial against the same trial of an earlier run.
    case acrossRuns
  }

  public var scope: Scope
  /// The earlier run; nil within one run.
  public var base: RunReference?
  public var candidate: RunReference
  /// Worst first: by verdict, then gated before not gated, then by size of the change.
  public var rows: [ComparisonRow]
  /// One entry for each gate and trial it applies to, failed ones first.
  public var gates: [GateOutcome]
  /// What a reader should know before believing a row: too few launches, a contaminated run, different engines.
  public var warnings: [String]
  /// Trials that look worse and count, and that no second measurement has looked at yet, in the order of the record.
  public var needsConfirmation: [Trial]
  /// Groups of rows that count and that the control kernel speaks against, not measured again yet: once is allowed, for the
  /// kernel knows nothing of what the members measured.
  public var contaminated: [ComparisonGroup]

  public init(
    scope: Scope, base: RunReference?, candidate: RunReference, rows: [ComparisonRow], gates: [GateOutcome],
    warnings: [String], needsConfirmation: [Trial] = [], contaminated: [ComparisonGroup] = []
  ) {
    self.scope = scope
    self.base = base
    self.candidate = candidate
    self.rows = rows
    self.gates = gates
    self.warnings = warnings
    self.needsConfirmation = needsConfirmation
    self.contaminated = contaminated
  }
}

/// A run as a comparison names it.
public struct RunReference: Sendable, Hashable {
  /// Name of the suite.
  public var suite: String
  /// UTC, ISO 8601.
  public var startedAt: String
  public var host: String
  public var cpuModel: String

  public init(_ record: RunRecord) {
    suite = record.suite
    startedAt = record.startedAt
    host = record.environment.host
    cpuModel = record.environment.cpuModel
  }
}

/// One metric of one trial against its reference.
public struct ComparisonRow: Sendable, Hashable {
  public var trial: Trial
  public var metric: Metric
  /// In the metric's unit; nil where there is none.
  public var base: Double?
  public var candidate: Double?
  /// Candidate against base, with its interval.
  public var change: Change?
  /// Half the interval's width in the terms of the change: changes below it cannot be told from none.
  public var resolution: Double?
  /// One-sided p that the candidate is worse; nil for counted metrics.
  public var p: Double?
  /// The same after Holm's correction over all gated rows; nil for a row that is not gated.
  public var adjustedP: Double?
  /// Two-sided p after Benjamini and Hochberg's correction over all rows that are not gated, for exploring: of the rows with
  /// a q of at most 5 %, an expected 5 % or less are false finds. Nil for gated rows and for what is counted.
  public var q: Double?
  public var verdict: Verdict
  /// Why this verdict, in a sentence.
  public var reason: String

  public init(
    trial: Trial, metric: Metric, base: Double?, candidate: Double?, change: Change?, resolution: Double? = nil,
    p: Double? = nil, adjustedP: Double? = nil, q: Double? = nil, verdict: Verdict, reason: String
  ) {
    self.trial = trial
    self.metric = metric
    self.base = base
    self.candidate = candidate
    self.change = change
    self.resolution = resolution
    self.p = p
    self.adjustedP = adjustedP
    self.q = q
    self.verdict = verdict
    self.reason = reason
  }
}

/// What became of one gate for one trial.
public struct GateOutcome: Sendable, Hashable {
  public enum Result: String, Sendable, Hashable, CaseIterable {
    /// CI must fail.
    case failed
    /// The point estimate fails or the interval crosses the limit, but it is not shown: a warning.
    case notProven
    /// There is nothing to judge: no earlier run, a failed trial, too few launches or samples.
    case notJudged
    case passed
  }

  public var gate: Gate
  public var trial: Trial
  /// The value that was held against the limit, in the gate's terms.
  public var value: Double?
  public var interval: ConfidenceInterval?
  public var result: Result
  /// What was found, in a sentence: `+12.4 % (95 % CI +9.8 to +14.9), limit 5 %`.
  public var reason: String

  public init(
    gate: Gate, trial: Trial, value: Double?, interval: ConfidenceInterval? = nil, result: Result, reason: String
  ) {
    self.gate = gate
    self.trial = trial
    self.value = value
    self.interval = interval
    self.result = result
    self.reason = reason
  }
}

extension Comparison {
  /// 1 when a gate failed, or across runs when a row regressed; otherwise 2 when a trial failed; otherwise 0.
  public var exitStatus: ExitStatus {
    let hasFailedGate = gates.contains { $0.result == .failed }
    let hasRegression = scope == .acrossRuns && rows.contains { $0.verdict == .regressed }
    if hasFailedGate || hasRegression { return .regression }
    return rows.contains { $0.verdict == .failed } ? .trialFailed : .success
  }
}
