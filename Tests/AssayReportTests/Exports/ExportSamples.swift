import AssayCore
import AssayJudge
import AssayMeasure

@testable import AssayReport

/// Runs and comparisons for the exports.
enum ExportSamples {
  /// What every format must carry without breaking.
  static let hostile =
    "a/b%2F \"q\" 'p' <&>]]> |pipe| `tick`, x=1: \\n\n::error::gotcha\r\n\t\u{1B}[31m\u{0}\u{7F}\u{2028}π漢字👩‍💻 @me -8"

  /// Two groups of `SampleRun`, two launches each: small enough to read as a golden.
  static func record() -> RunRecord {
    var record = SampleRun.record()
    let variants: Set<String> = ["baseline", "int8-static", "float16", "half-width", "too-old", SampleRun.strange]
    record.trials = record.trials.filter { trial in
      trial.trial.group.baseline == "digits-mlp" && variants.contains(trial.trial.variant)
    }
    record.variants = record.variants.filter { $0.baseline == "digits-mlp" && variants.contains($0.name) }
    record.groups = record.groups.filter { $0.group.baseline == "digits-mlp" }
    for index in record.trials.indices {
      guard case .completed(var data) = record.trials[index].result else { continue }
      data.launches = Array(data.launches.prefix(2))
      record.trials[index].result = .completed(data)
    }
    return record
  }

  /// The same with hostile names everywhere.
  static func hostileRecord() -> RunRecord {
    var record = record()
    record.suite = hostile
    record.environment.cpuModel = hostile
    record.environment.host = hostile
    for index in record.trials.indices {
      record.trials[index].trial.group.baseline = hostile
      if record.trials[index].trial.variant == "int8-static" { record.trials[index].trial.variant = hostile }
    }
    for index in record.variants.indices {
      record.variants[index].baseline = hostile
      if record.variants[index].name == "int8-static" { record.variants[index].name = hostile }
    }
    for index in record.groups.indices { record.groups[index].group.baseline = hostile }
    return record
  }

  /// One row for each verdict, a gate for each result, a warning.
  static func comparison(of record: RunRecord, _ scope: Comparison.Scope, reason: String = "limit 5 %") -> Comparison {
    let variants = record.trials.map(\.trial).filter { $0.variant != Trial.baselineVariant }
    let metrics = [MetricCatalog.latencyP50, MetricCatalog.fileSize, ReportMetric.accuracy]
    let rows = Verdict.allCases.enumerated().map { index, verdict -> ComparisonRow in
      let metric = metrics[index % metrics.count]
      let isQuality = metric.kind == .quality
      let interval = ConfidenceInterval(
        low: isQuality ? -0.011 : 1.098, high: isQuality ? -0.002 : 1.149, coverage: 0.978)
      let change = Change(isQuality ? .difference : .ratio, .value(isQuality ? -0.0066 : 1.124), interval: interval)
      let hasValues = verdict != .new && verdict != .missing && verdict != .failed
      return ComparisonRow(
        trial: variants[index % variants.count], metric: metric,
        base: verdict == .new ? nil : isQuality ? 0.96 : 24_100,
        candidate: verdict == .missing ? nil : isQuality ? 0.9534 : 27_088, change: hasValues ? change : nil,
        p: metric.kind == .timed ? 0.00098 : nil, adjustedP: metric.kind == .timed ? 0.0195 : nil, verdict: verdict,
        reason: hasValues ? reason : "the trial has no value")
    }
    let gates = GateOutcome.Result.allCases.enumerated().map { index, result in
      GateOutcome(
        gate: Gate(
          text: "latency.p50 regression <= 5 %", metric: "latency.p50", reference: .earlierRun, terms: .relative,
          limit: 0.05, place: index == 0 ? Place(file: "suites/a,b:c.yaml", line: 12) : nil),
        trial: variants[index % variants.count], value: 0.124,
        interval: ConfidenceInterval(low: 0.098, high: 0.149, coverage: 0.978), result: result,
        reason: "+12.4 % (95 % CI +9.8 to +14.9), limit 5 %\(reason == "limit 5 %" ? "" : reason)")
    }
    return Comparison(
      scope: scope, base: scope == .acrossRuns ? RunReference(record) : nil, candidate: RunReference(record),
      rows: rows, gates: gates, warnings: ["5 launches are too few for 40 gated rows: \(reason)"])
  }

  static func input(_ scope: Comparison.Scope = .acrossRuns) -> ExportInput {
    let record = record()
    return ExportInput(record, comparison: comparison(of: record, scope))
  }

  static let hostileInput: ExportInput = {
    let record = hostileRecord()
    return ExportInput(record, comparison: comparison(of: record, .acrossRuns, reason: hostile))
  }()
}
