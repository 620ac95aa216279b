public import AssayCore
public import AssayJudge
import AssayMeasure

/// What an export is made from: a run, what is computed from it, and its verdicts where they were asked for.
public struct ExportInput: Sendable {
  public let record: RunRecord
  public let report: ReportModel
  /// Nil leaves out verdicts and gates; values and failures are exported all the same.
  public let comparison: Comparison?
  /// In the order of the report; a variant that could not be built is a failed trial of every group of its baseline.
  let trials: [ExportTrial]
  /// What of the conditions a reader must be told with each trial.
  let variedConditions: VariedConditions

  /// - Complexity: O(n log n) for n samples.
  public init(_ record: RunRecord, comparison: Comparison? = nil) {
    self.record = record
    self.comparison = comparison
    report = ReportModel(record)
    variedConditions = VariedConditions(
      report.groups.map(\.group) + (comparison?.rows ?? []).map(\.trial.group)
        + (comparison?.gates ?? []).map(\.trial.group))
    let measured = Dictionary(record.trials.map { ($0.trial, $0.result.data) }, uniquingKeysWith: { $1 })
    trials = report.groups.flatMap { group in
      group.rows.map { row in
        let trial = Trial(variant: row.variant, group: group.group)
        let launches = (measured[trial].flatMap(\.self)?.launches ?? []).sorted { $0.launch < $1.launch }
        return ExportTrial(
          trial: trial, row: row, launches: launches.compactMap { ExportLaunch($0, batch: group.group.batch) })
      }
    }
  }

  /// How many trials have no measurement and so no place in formats that only know values.
  public var trialsWithoutMeasurement: Int { trials.count { $0.launches.isEmpty } }
}

/// What is not the same in all groups.
struct VariedConditions: OptionSet, Sendable {
  var rawValue: Int
  static let baseline = VariedConditions(rawValue: 1)
  static let engine = VariedConditions(rawValue: 2)
  static let device = VariedConditions(rawValue: 4)
  static let threads = VariedConditions(rawValue: 8)
  static let batch = VariedConditions(rawValue: 16)
  static let scenario = VariedConditions(rawValue: 32)

  init(rawValue: Int) { self.rawValue = rawValue }

  init(_ groups: [ComparisonGroup]) {
    self = []
    if Set(groups.map(\.baseline)).count > 1 { insert(.baseline) }
    if Set(groups.map(\.engine)).count > 1 { insert(.engine) }
    if Set(groups.map(\.device)).count > 1 { insert(.device) }
    if Set(groups.map(\.threads)).count > 1 { insert(.threads) }
    if Set(groups.map(\.batch)).count > 1 { insert(.batch) }
    if Set(groups.map(\.scenario)).count > 1 { insert(.scenario) }
  }
}

/// A trial as exports see it.
struct ExportTrial: Sendable {
  var trial: Trial
  var row: ReportRow
  /// Those that reached the steady state, in order.
  var launches: [ExportLaunch]

  var failure: String? { if case .failed(let reason) = row.outcome { reason } else { nil } }
  var skip: String? { if case .skipped(let reason) = row.outcome { reason } else { nil } }
}

/// One launch as one sample: the launch is the unit of replication, so formats that want raw samples get its median.
///
/// Single latencies of one process are not independent; given as samples they would make any reader's test too sure.
struct ExportLaunch: Sendable {
  /// Steady-state inferences.
  var inferences: Int
  /// Median latency.
  var median_ns: Double
  var rowsPerSecond: Double?
  /// High-water mark of the resident size of the whole worker.
  var peak_B: Int?
  /// The same above what was resident before the load.
  var peakAboveStart_B: Int?
  /// Time spent in blocks.
  var elapsed_s: Double

  /// Nil for a launch without samples.
  init?(_ record: LaunchRecord, batch: Int) {
    guard let sorted = SortedValues(record.blocks.flatMap(\.samples.nanoseconds)) else { return nil }
    inferences = sorted.count
    median_ns = sorted.median
    elapsed_s = record.blocks.reduce(0) { $0 + Double($1.elapsed_ns) } / 1e9
    rowsPerSecond = elapsed_s > 0 ? Double(sorted.count) * Double(batch) / elapsed_s : nil
    peak_B = record.memory.peak_B
    if let peak = record.memory.peak_B, let before = record.memory.beforeLoad_B, peak >= 0, before >= 0 {
      peakAboveStart_B = max(0, peak - before)
    }
  }
}
