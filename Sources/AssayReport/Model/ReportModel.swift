public import AssayCore
public import AssayJudge

/// Everything a report says, as finished numbers and words: what all writers read, and nothing else.
public struct ReportModel: Sendable, Hashable {
  public var suite: String
  public var suitePath: String
  public var programVersion: String
  /// UTC, ISO 8601.
  public var startedAt: String
  /// Nil for a run that did not end.
  public var finishedAt: String?
  /// The command line, for "reproduce".
  public var command: String
  /// SHA-256 of the suite and the options that change what is run.
  public var planHash: String
  /// What to take, best purpose first; empty where no choice was made.
  public var recommendations: [ReportRecommendation] = []
  /// What concerns the run as a whole: what failed, whether it ended.
  public var findings: [String]
  public var groups: [ReportGroup]
  public var variants: [ReportVariant]
  /// Every model that was trained, and every seed.
  public var members: [ReportMember]
  /// How answers changed, one entry a variant and engine.
  public var answers: [AnswerChange]
  public var environment: [ReportFact]
  /// How it was measured, in sentences.
  public var method: [String]
  /// The verdicts, where they were asked for.
  public var comparison: Comparison?
  /// What could not be written of this report, in sentences; filled in while writing.
  public var problems: [String] = []
}

/// A name and what is said of it.
public struct ReportFact: Sendable, Hashable {
  public var name: String
  public var text: String

  public init(_ name: String, _ text: String) {
    self.name = name
    self.text = text
  }
}

/// All variants of one baseline under one set of conditions.
public struct ReportGroup: Sendable, Hashable {
  public var group: ComparisonGroup
  /// `onnxruntime, cpu, 1 thread, batch 1, single-stream`.
  public var conditions: String
  /// `1,797 test rows`, or `first 500 of 1,797 rows: a subset`; nil without answers.
  public var rowsJudged: String?
  /// What the group shows, in sentences: the fastest, the smallest.
  public var findings: [String] = []
  /// The baseline first, then in the order of the suite.
  public var rows: [ReportRow]
  /// The control kernel first, then the members that have blocks, in the order of the rows.
  public var rounds: [RoundSeries] = []

  /// The rows on the front of accuracy and latency, fastest first.
  public var front: [ReportRow] {
    rows.filter(\.isOnFront).sorted { a, b in
      (a[MetricCatalog.latencyP50]?.value ?? .infinity) < (b[MetricCatalog.latencyP50]?.value ?? .infinity)
    }
  }
}

/// One variant in one group: a line of the table.
public struct ReportRow: Sendable, Hashable {
  public enum Outcome: Sendable, Hashable {
    case measured
    /// With stage, message and remedy, as the user reads it.
    case failed(String)
    case skipped(String)
  }

  public var variant: String
  public var outcome: Outcome
  /// In a fixed order; also of a failed trial, as far as they are known (its file size).
  public var figures: [Figure]
  public var isOnFront: Bool
  public var distribution: LatencyDistribution?

  public var isBaseline: Bool { variant == Trial.baselineVariant }

  /// Whether there are measurements.
  public var isMeasured: Bool { outcome == .measured }

  /// The figure of that metric, when the trial has one.
  public subscript(_ metric: Metric) -> Figure? { figures.first { $0.metric.name == metric.name } }

  /// Why there are no measurements.
  public var reason: String? {
    switch outcome {
    case .measured: nil
    case .failed(let reason): "failed: \(reason)"
    case .skipped(let reason): "skipped: \(reason)"
    }
  }
}

/// A variant as it was built, with every step's account.
public struct ReportVariant: Sendable, Hashable {
  public var baseline: String
  public var name: String
  /// `prune sparsity=0.9`, in order.
  public var steps: [String]
  /// Nil when it was built.
  public var failure: String?
  public var reports: [StepReport]
  /// What a reader should know of the file: unknown operators, path and hash.
  public var facts: [ReportFact]
  /// How it ran, one entry a distinct way, with the conditions it belongs to.
  public var execution: [ReportExecution]
}

/// How an engine ran a variant.
public struct ReportExecution: Sendable, Hashable {
  /// The conditions (engine, threads, batch) under which it ran so.
  public var conditions: [String]
  /// 0...1; nil when the engine does not tell.
  public var int8Share: Double?
  public var floatNodes: [String]
  public var operators: [ReportFact]
  public var notes: [String]
}
