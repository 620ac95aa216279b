public import AssayCore
import AssayMeasure
import Glibc

/// How one metric of one trial went over the runs of a history: points, levels and steps. For reading, never a gate.
public struct Trend: Sendable, Hashable {
  /// In which terms the points are.
  public enum Terms: String, Sendable, Hashable, CaseIterable {
    /// Times and memory of a variant: its value / the baseline's of the same run.
    case ratioToBaseline = "ratio to baseline"
    /// Times of the baseline itself: its value / the control kernel's of the same run.
    case ratioToControl = "ratio to control kernel"
    /// Counts and qualities, and the baseline's memory: the value in the metric's unit.
    case value
  }

  /// One run in which the trial has the metric.
  public struct Point: Sendable, Hashable {
    /// Place in `TrendReport.runs`.
    public var run: Int
    /// In the trend's terms; nil where the run has the metric but not its ratio.
    public var level: HistoryValue?
    /// In the metric's unit.
    public var measured: HistoryValue
    public var verdict: Verdict?
  }

  /// A stretch of runs of one machine between two steps, all of one level.
  public struct Segment: Sendable, Hashable {
    /// Place in `TrendReport.machines`.
    public var machine: Int
    /// Runs from the first to the last, as places in `TrendReport.runs`; runs of other machines may lie between them.
    public var runs: [Int]
    /// Median of the points.
    public var level: Double
  }

  /// A change from one segment to the next on the same machine.
  public struct Step: Sendable, Hashable {
    /// The first run of the new level, as place in `TrendReport.runs`.
    public var run: Int
    public var before: Double
    public var after: Double
    /// (after − before) / |before|; nil where that is no number.
    public var change: Double?
    /// Whether suite or options changed too, so that the step may be no more than another way of measuring.
    public var planChanged: Bool
  }

  public var suite: String
  public var trial: Trial
  public var metric: Metric
  public var terms: Terms
  /// In the order of the runs.
  public var points: [Point]
  /// In the order of their first runs.
  public var segments: [Segment]
  /// In the order of their runs.
  public var steps: [Step]
}

/// The trends of a history, with the runs that their points name.
public struct TrendReport: Sendable, Hashable {
  /// A run without its figures.
  public struct Run: Sendable, Hashable {
    public var startedAt: String
    public var suite: String
    public var planHash: String
    public var programVersion: String
    public var commit: String?
    /// Place in `TrendReport.machines`.
    public var machine: Int
  }

  /// A machine by its fingerprint, with the name of the host that its first run was made on.
  public struct Machine: Sendable, Hashable {
    public var fingerprint: MachineFingerprint
    public var host: String
    public var cpuModel: String
  }

  /// What of a history is asked for; nil and empty ask for all.
  public struct Selection: Sendable, Hashable {
    public var baselines: [String] = []
    public var variants: [String] = []
    public var metrics: [String] = []

    public init(baselines: [String] = [], variants: [String] = [], metrics: [String] = []) {
      self.baselines = baselines
      self.variants = variants
      self.metrics = metrics
    }

    func admits(_ trial: Trial) -> Bool {
      (baselines.isEmpty || baselines.contains(trial.group.baseline))
        && (variants.isEmpty || variants.contains(trial.variant))
    }
  }

  /// Oldest first.
  public var runs: [Run]
  /// In the order of their first runs.
  public var machines: [Machine]
  /// Grouped by suite and comparison group; in them the trials, and of each the metrics, as the newest run orders them.
  public var trends: [Trend]

  /// Finds the trends in a history; the same for every order of `runs`.
  ///
  /// - Complexity: O(n log n) for n figures, and that of step detection for each trend.
  public init(_ runs: [HistoryRun], _ selection: Selection = Selection()) {
    let runs = runs.sorted { $0.precedes($1) }
    machines = []
    self.runs = []
    for run in runs {
      self.runs.append(
        Run(
          startedAt: run.startedAt, suite: run.suite, planHash: run.planHash, programVersion: run.programVersion,
          commit: run.commit, machine: Self.place(of: run.environment, in: &machines)))
    }
    var points: [TrendKey: [Trend.Point]] = [:]
    for (place, run) in runs.enumerated() {
      for trial in run.trials where selection.admits(trial.trial) {
        for figure in trial.figures
        where selection.metrics.isEmpty || selection.metrics.contains(figure.metric.name) {
          let key = TrendKey(suite: run.suite, trial: trial.trial, metric: figure.metric)
          points[key, default: []].append(figure.point(run: place, terms: key.terms))
        }
      }
    }
    let order = Self.order(runs)
    let identities = self.runs
    trends = points.sorted { a, b in order.precedes(a.key, b.key) }.map { key, points in
      Trend(key, points, identities)
    }
  }

  /// Runs of a trend that were made on another machine than the one before them, as places in `runs`.
  public func machineChanges(in trend: Trend) -> [Int] {
    zip(trend.points, trend.points.dropFirst()).compactMap { before, after in
      runs[before.run].machine == runs[after.run].machine ? nil : after.run
    }
  }

  /// The machine that `environment` does not differ from; a new one where there is none.
  private static func place(of environment: Environment, in machines: inout [Machine]) -> Int {
    let fingerprint = MachineFingerprint(environment)
    if let place = machines.firstIndex(where: { fingerprint.differences(from: $0.fingerprint).isEmpty }) {
      return place
    }
    machines.append(Machine(fingerprint: fingerprint, host: environment.host, cpuModel: environment.cpuModel))
    return machines.count - 1
  }

  /// Places of trials and groups, the newest run's first.
  private static func order(_ runs: [HistoryRun]) -> TrendOrder {
    var order = TrendOrder()
    for run in runs.reversed() {
      for trial in run.trials { order.add(suite: run.suite, trial.trial) }
    }
    return order
  }
}

private struct TrendKey: Hashable {
  var suite: String
  var trial: Trial
  var metric: Metric

  var terms: Trend.Terms {
    switch metric.kind {
    case .exact, .quality: .value
    case .timed: trial.variant == Trial.baselineVariant ? .ratioToControl : .ratioToBaseline
    case .memory: trial.variant == Trial.baselineVariant ? .value : .ratioToBaseline
    }
  }
}

/// An order of trends that does not depend on the order in which runs were added.
private struct TrendOrder {
  private struct GroupKey: Hashable {
    var suite: String
    var group: ComparisonGroup
  }
  private struct TrialKey: Hashable {
    var suite: String
    var trial: Trial
  }

  private var groups: [GroupKey: Int] = [:]
  private var trials: [TrialKey: Int] = [:]
  private let metrics = Dictionary(
    MetricCatalog.all.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { first, _ in first })

  mutating func add(suite: String, _ trial: Trial) {
    let group = GroupKey(suite: suite, group: trial.group)
    groups[group] = groups[group] ?? groups.count
    let key = TrialKey(suite: suite, trial: trial)
    trials[key] = trials[key] ?? trials.count
  }

  func precedes(_ a: TrendKey, _ b: TrendKey) -> Bool {
    let (left, right) = (place(a), place(b))
    if left != right { return left.lexicographicallyPrecedes(right) }
    return (a.metric.name, a.metric.unit) < (b.metric.name, b.metric.unit)
  }

  private func place(_ key: TrendKey) -> [Int] {
    [
      groups[GroupKey(suite: key.suite, group: key.trial.group)] ?? .max,
      trials[TrialKey(suite: key.suite, trial: key.trial)] ?? .max, metrics[key.metric.name] ?? .max,
    ]
  }
}

extension HistoryFigure {
  fileprivate func point(run: Int, terms: Trend.Terms) -> Trend.Point {
    let level: HistoryValue? =
      switch terms {
      case .value: measured
      case .ratioToControl: control
      case .ratioToBaseline: changeKind == .ratio ? change : nil
      }
    return Trend.Point(run: run, level: level, measured: measured, verdict: verdict)
  }
}

extension Trend {
  /// - Parameter runs: All runs of the report, oldest first.
  fileprivate init(_ key: TrendKey, _ points: [Point], _ runs: [TrendReport.Run]) {
    (suite, trial, metric, terms) = (key.suite, key.trial, key.metric, key.terms)
    self.points = points
    segments = []
    steps = []
    // Each machine is a series of its own, so that a change of machine is never a step.
    let known = points.filter { $0.level != nil }
    for machine in Set(known.map { runs[$0.run].machine }).sorted() {
      let own = known.filter { runs[$0.run].machine == machine }
      let levels = own.compactMap { $0.level?.value }
      let starts = Self.starts(levels, of: metric, in: terms)
      let pieces = zip(starts, starts.dropFirst() + [levels.count]).map { start, end in
        Segment(
          machine: machine, runs: own[start..<end].map(\.run), level: median(Array(levels[start..<end])) ?? .nan)
      }
      segments += pieces
      for (before, after) in zip(pieces, pieces.dropFirst()) {
        guard let last = before.runs.last, let first = after.runs.first else { continue }
        let change = (after.level - before.level) / abs(before.level)
        steps.append(
          Step(
            run: first, before: before.level, after: after.level, change: change.isFinite ? change : nil,
            planChanged: runs[last].planHash != runs[first].planHash))
      }
    }
    segments.sort { ($0.runs.first ?? 0) < ($1.runs.first ?? 0) }
    steps.sort { $0.run < $1.run }
  }

  /// Where segments begin, 0 among them.
  ///
  /// What is counted has no noise: each change is a step. Measured values by `steps(in:)`, ratios as logarithms.
  private static func starts(_ levels: [Double], of metric: Metric, in terms: Terms) -> [Int] {
    if metric.kind == .exact { return levels.indices.filter { $0 == 0 || levels[$0] != levels[$0 - 1] } }
    let isRatio = terms != .value && levels.allSatisfy { $0 > 0 }
    return AssayMeasure.steps(in: isRatio ? levels.map { log($0) } : levels).map(\.range.lowerBound)
  }
}
