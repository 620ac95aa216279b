public import AssayCore
import AssayMeasure

/// All figures of a run, found from its record alone: what every report draws.
///
/// A pure function; equal records give equal summaries. A trial that failed keeps its row, with the reason in place of
/// what it has not measured.
public struct RunSummary: Sendable, Hashable {
  /// One entry a trial, in the record's order.
  public let variants: [VariantSummary]

  /// Summarizes a run, each trial against the baseline's trial of the same group.
  ///
  /// - Parameters:
  ///   - record: The run.
  ///   - confidence: Of all intervals, as far as the number of launches allows; each says what it achieves.
  /// - Complexity: O(n log n) for n samples.
  public init(_ record: RunRecord, confidence: Double = 0.95) {
    let table = EvidenceTable(record)
    variants = table.trials.map { table.summary($0, confidence: confidence) }
  }

  /// Names of the baselines, in the order of their first trial.
  public var baselines: [String] {
    var seen: Set<String> = []
    return variants.map(\.trial.group.baseline).filter { seen.insert($0).inserted }
  }

  /// The groups of one baseline, in the order of their first trial.
  public func groups(for baseline: String) -> [ComparisonGroup] {
    var seen: Set<ComparisonGroup> = []
    return rows(for: baseline).map(\.trial.group).filter { seen.insert($0).inserted }
  }

  /// The trials of one baseline and its variants, in the record's order.
  public func rows(for baseline: String) -> [VariantSummary] {
    variants.filter { $0.trial.group.baseline == baseline }
  }

  /// The trials of one group: what may be compared with each other.
  public func rows(in group: ComparisonGroup) -> [VariantSummary] { variants.filter { $0.trial.group == group } }

  /// Names of the variants of a group that no other beats in both accuracy and latency, the fastest first.
  ///
  /// The front of the point values of top-1 accuracy and median latency (offline: time for a row), without those that
  /// stand on it by a latency that cannot be told from that of a variant shown to be more accurate. (The other way round
  /// a variant stays: an accuracy that cannot be told apart may still be higher.) Variants that lack a value take no part.
  public func paretoFront(in group: ComparisonGroup) -> [String] {
    var rows: [VariantSummary] = []
    var points: [ParetoPoint] = []
    for row in self.rows(in: group) {
      guard let cost = row.cost?.value, let accuracy = row.value("accuracy.top1") else { continue }
      rows.append(row)
      points.append(ParetoPoint(cost: cost, benefit: accuracy))
    }
    // Loops, because the release optimizer of Swift 6.3.1 fails on the same in closures.
    var front: [String] = []
    for index in AssayJudge.paretoFront(points) {
      let row = rows[index]
      if !rows.contains(where: { $0.isShownToDominate(row) }) { front.append(row.trial.variant) }
    }
    return front
  }
}

/// All figures of one trial.
public struct VariantSummary: Sendable, Hashable {
  /// What became of the trial.
  public enum Status: Sendable, Hashable {
    case completed
    /// With the message of the failure.
    case failed(String)
    /// With the reason it was not tried.
    case skipped(String)
  }

  public var trial: Trial
  /// What was done to the baseline; empty for the baseline itself.
  public var steps: [Step]
  public var status: Status
  /// One figure a metric, in the order of `MetricCatalog.all`; accuracy metrics only where the trial has them.
  public var figures: [Figure]

  public init(trial: Trial, steps: [Step], status: Status, figures: [Figure]) {
    self.trial = trial
    self.steps = steps
    self.status = status
    self.figures = figures
  }

  /// Whether this is the variant that the others of its group are compared with.
  public var isBaseline: Bool { trial.variant == Trial.baselineVariant }

  /// The figure of a metric; nil where the summary has none.
  public subscript(_ metric: Metric) -> Figure? { figure(metric.name) }

  /// The figure of a metric by name; nil where the summary has none.
  public func figure(_ name: String) -> Figure? { figures.first { $0.metric.name == name } }

  /// The value of a metric by name; nil where there is none.
  public func value(_ name: String) -> Double? { figure(name)?.value }
}

extension VariantSummary {
  /// The time that a variant is chosen by, with its interval.
  fileprivate struct Cost {
    var value: Double
    var interval: ConfidenceInterval?
  }

  fileprivate var cost: Cost? {
    guard trial.group.scenario == .offline else {
      guard let figure = figure("latency.p50"), let value = figure.value else { return nil }
      return Cost(value: value, interval: figure.interval)
    }
    guard let rate = figure("throughput"), let value = rate.value, value > 0 else { return nil }
    var inverse: ConfidenceInterval?
    if let interval = rate.interval {
      inverse = ConfidenceInterval(low: 1 / interval.high, high: 1 / interval.low, coverage: interval.coverage)
    }
    return Cost(value: 1 / value, interval: inverse)
  }

  /// Whether this trial is shown to be more accurate than `other` (the intervals lie apart) and not shown to be slower.
  fileprivate func isShownToDominate(_ other: VariantSummary) -> Bool {
    guard let latency = cost?.interval, let otherLatency = other.cost?.interval,
      let accuracy = figure("accuracy.top1")?.interval, let otherAccuracy = other.figure("accuracy.top1")?.interval
    else { return false }
    return accuracy.low > otherAccuracy.high && latency.low <= otherLatency.high
  }
}
