public import AssayCore
public import AssayMeasure
import Glibc

/// A run as a history keeps it: who measured what, when and where, and the figures, without the raw samples.
public struct HistoryRun: Sendable, Hashable {
  public var planHash: String
  /// UTC, ISO 8601.
  public var startedAt: String
  public var suite: String
  public var programVersion: String
  /// Commit of the folder the run was made in; nil without a repository.
  public var commit: String?
  /// Where it was made; figures of different machines (`MachineFingerprint`) are never held against each other.
  public var environment: Environment
  public var trials: [HistoryTrial]

  public init(
    planHash: String, startedAt: String, suite: String, programVersion: String, commit: String?,
    environment: Environment, trials: [HistoryTrial]
  ) {
    self.planHash = planHash
    self.startedAt = startedAt
    self.suite = suite
    self.programVersion = programVersion
    self.commit = commit
    self.environment = environment
    self.trials = trials
  }
}

extension HistoryRun {
  /// Whether it comes before `other` in a history: by time; of the same second by suite, plan and machine.
  func precedes(_ other: HistoryRun) -> Bool {
    func key(_ run: HistoryRun) -> [String] {
      [run.startedAt, run.suite, run.planHash, run.environment.host, run.environment.cpuModel]
    }
    return key(self).lexicographicallyPrecedes(key(other))
  }
}

/// What a history keeps of one trial.
public struct HistoryTrial: Sendable, Hashable {
  public enum Outcome: String, Sendable, Hashable, CaseIterable { case completed, failed, skipped }

  public var trial: Trial
  public var engineVersion: String?
  public var outcome: Outcome
  /// Figures that have a value, one a metric.
  public var figures: [HistoryFigure]

  public init(trial: Trial, engineVersion: String?, outcome: Outcome, figures: [HistoryFigure]) {
    self.trial = trial
    self.engineVersion = engineVersion
    self.outcome = outcome
    self.figures = figures
  }
}

/// A value with its interval.
public struct HistoryValue: Sendable, Hashable {
  public var value: Double
  public var interval: ConfidenceInterval?

  public init(_ value: Double, _ interval: ConfidenceInterval? = nil) {
    self.value = value
    self.interval = interval
  }
}

/// One metric of one trial of one run.
public struct HistoryFigure: Sendable, Hashable {
  public var metric: Metric
  /// In the metric's unit.
  public var measured: HistoryValue
  /// What the value was found from, as `Figure.count`.
  public var count: Int
  /// In which terms `change` is; nil for the baseline itself.
  public var changeKind: Change.Kind?
  /// Against the baseline of the same group and run.
  public var change: HistoryValue?
  /// Against the control kernel of the same group and run, for times and rates: what outlives a change of clock speed.
  public var control: HistoryValue?
  public var verdict: Verdict?

  public init(
    metric: Metric, measured: HistoryValue, count: Int, changeKind: Change.Kind? = nil, change: HistoryValue? = nil,
    control: HistoryValue? = nil, verdict: Verdict? = nil
  ) {
    self.metric = metric
    self.measured = measured
    self.count = count
    self.changeKind = changeKind
    self.change = change
    self.control = control
    self.verdict = verdict
  }
}

extension HistoryRun {
  /// Takes from a run what a history keeps.
  ///
  /// - Parameters:
  ///   - record: The run, ended or not.
  ///   - commit: Of the folder it was made in.
  ///   - comparison: Whose verdicts are kept beside the figures.
  public init(_ record: RunRecord, commit: String?, comparison: Comparison? = nil) {
    let verdicts = Dictionary(
      (comparison?.rows ?? []).map { (VerdictKey(trial: $0.trial, metric: $0.metric.name), $0.verdict) },
      uniquingKeysWith: { min($0, $1) })
    let results = Dictionary(record.trials.map { ($0.trial, $0.result) }, uniquingKeysWith: { $1 })
    let controls = Dictionary(record.groups.map { ($0.group, ControlKernelRatio($0)) }, uniquingKeysWith: { $1 })
    let trials = RunSummary(record).variants.map { summary -> HistoryTrial in
      let control = controls[summary.trial.group]
      let launches = results[summary.trial]?.data?.launches ?? []
      return HistoryTrial(
        trial: summary.trial,
        engineVersion: record.environment.engines.first { $0.name == summary.trial.group.engine }?.version,
        outcome: HistoryTrial.Outcome(summary.status),
        figures: summary.figures.compactMap { figure in
          HistoryFigure(
            figure, control: control?.ratio(of: figure, launches: launches),
            verdict: verdicts[VerdictKey(trial: summary.trial, metric: figure.metric.name)])
        })
    }
    self.init(
      planHash: record.planHash, startedAt: record.startedAt, suite: record.suite,
      programVersion: record.programVersion, commit: commit, environment: record.environment, trials: trials)
  }
}

private struct VerdictKey: Hashable {
  var trial: Trial
  var metric: String
}

extension HistoryTrial.Outcome {
  init(_ status: VariantSummary.Status) {
    self =
      switch status {
      case .completed: .completed
      case .failed: .failed
      case .skipped: .skipped
      }
  }
}

extension HistoryFigure {
  /// Nil for a figure without a finite value.
  init?(_ figure: Figure, control: HistoryValue?, verdict: Verdict?) {
    guard let value = figure.value, value.isFinite else { return nil }
    let change = figure.change?.value.flatMap { $0.isFinite ? HistoryValue($0, figure.change?.interval) : nil }
    self.init(
      metric: figure.metric, measured: HistoryValue(value, figure.interval), count: figure.count,
      changeKind: change == nil ? nil : figure.change?.kind, change: change, control: control, verdict: verdict)
  }
}

/// Figures of a group's members in units of the group's control kernel, which is the same program everywhere.
private struct ControlKernelRatio {
  private let scores: [Int: [BlockScore]]
  /// Median over launches of the kernel's median time; nil where it was not measured.
  private let time_ns: Double?

  init(_ group: GroupRecord) {
    scores = Dictionary(
      group.launches.map { ($0.launch, $0.control.compactMap(\.medianScore)) }, uniquingKeysWith: { $1 })
    time_ns = median(group.launches.compactMap { median($0.control.compactMap { $0.medianScore?.value }) })
  }

  /// Median latency by block rounds, as `RatioEstimate`; other times and rates by the kernel's median time.
  func ratio(of figure: Figure, launches: [LaunchRecord]) -> HistoryValue? {
    guard figure.metric.kind == .timed else { return nil }
    if figure.metric == MetricCatalog.latencyP50 {
      let ratios = launches.map {
        roundLogRatios(of: $0.blocks.compactMap(\.medianScore), to: scores[$0.launch] ?? [])
      }
      return RatioEstimate(roundLogRatios: ratios).map { HistoryValue($0.ratio, $0.interval) }
    }
    guard let value = figure.value, let time_ns, time_ns > 0 else { return nil }
    let factor: Double
    switch figure.metric.unit {
    case "ns": factor = 1 / time_ns
    case "1/s": factor = time_ns / 1e9
    default: return nil
    }
    guard (value * factor).isFinite else { return nil }
    return HistoryValue(value * factor, figure.interval?.mapped { $0 * factor })
  }
}
