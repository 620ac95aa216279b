import AssayCore
import AssayJudge
import AssayMeasure

/// A column of the wide table: its name with the unit, and its number.
private struct SummaryColumn: Sendable {
  var name: String
  var number: @Sendable (ReportRow) -> Double?

  init(_ name: String, _ number: @escaping @Sendable (ReportRow) -> Double?) {
    self.name = name
    self.number = number
  }

  /// `name`, `name_low` and `name_high`.
  static func withInterval(_ name: String, _ metric: Metric, unit: String = "") -> [SummaryColumn] {
    [
      SummaryColumn(name + unit) { $0[metric]?.value },
      SummaryColumn("\(name)_low\(unit)") { $0[metric]?.interval?.low },
      SummaryColumn("\(name)_high\(unit)") { $0[metric]?.interval?.high },
    ]
  }

  static let all: [SummaryColumn] =
    withInterval("top1_accuracy", ReportMetric.accuracy) + [
      SummaryColumn("top1_change_points") { $0[ReportMetric.accuracy]?.change?.value.map { $0 * 100 } },
      SummaryColumn("top1_change_low_points") { $0[ReportMetric.accuracy]?.change?.interval.map { $0.low * 100 } },
      SummaryColumn("top1_change_high_points") { $0[ReportMetric.accuracy]?.change?.interval.map { $0.high * 100 } },
      SummaryColumn("top1_mcnemar_p") { $0[ReportMetric.accuracy]?.change?.p },
    ] + withInterval("latency_p50", MetricCatalog.latencyP50, unit: "_ns") + [
      SummaryColumn("latency_p90_ns") { $0[MetricCatalog.latencyP90]?.value },
      SummaryColumn("latency_p99_ns") { $0[MetricCatalog.latencyP99]?.value },
      SummaryColumn("speed_x") { $0[MetricCatalog.latencyP50]?.change?.value.map { 1 / $0 } },
      SummaryColumn("speed_low_x") { $0[MetricCatalog.latencyP50]?.change?.interval.map { 1 / $0.high } },
      SummaryColumn("speed_high_x") { $0[MetricCatalog.latencyP50]?.change?.interval.map { 1 / $0.low } },
      SummaryColumn("throughput_rows_per_s") { $0[MetricCatalog.throughput]?.value },
      SummaryColumn("load_ns") { $0[MetricCatalog.load]?.value },
      SummaryColumn("first_inference_ns") { $0[MetricCatalog.firstInference]?.value },
      SummaryColumn("memory_loaded_B") { $0[MetricCatalog.loadedMemory]?.value },
      SummaryColumn("memory_peak_B") { $0[MetricCatalog.peakMemory]?.value },
      SummaryColumn("file_B") { $0[MetricCatalog.fileSize]?.value },
      SummaryColumn("file_ratio") { $0[MetricCatalog.fileSize]?.change?.value },
      SummaryColumn("packed_B") { $0[MetricCatalog.packedSize]?.value },
      SummaryColumn("packed_ratio") { $0[MetricCatalog.packedSize]?.change?.value },
      SummaryColumn("parameters") { $0[MetricCatalog.parameters]?.value },
      SummaryColumn("nonzeros") { $0[MetricCatalog.nonzeros]?.value },
      SummaryColumn("macs") { $0[MetricCatalog.macs]?.value },
      SummaryColumn("int8_share") { $0[MetricCatalog.int8Share]?.value },
      SummaryColumn("on_pareto_front") { $0.isOnFront ? 1 : 0 },
    ]

  /// Behind the others, in runs with several seeds only.
  static let ofSeeds = [
    SummaryColumn("seeds") { $0[ReportMetric.accuracy]?.seeds.map { Double($0.values.count) } },
    SummaryColumn("top1_standard_deviation") { $0[ReportMetric.accuracy]?.seeds?.standardDeviation },
  ]
}

/// One row per variant and group, for spreadsheets; an empty cell is a number that is not available.
func summaryCSV(_ model: ReportModel) -> OutputFile {
  var csv = CSVText()
  let hasSeeds = model.groups.contains { $0.rows.contains { $0[ReportMetric.accuracy]?.seeds != nil } }
  let columns = SummaryColumn.all + (hasSeeds ? SummaryColumn.ofSeeds : [])
  csv.append(
    ["baseline", "variant", "engine", "device", "threads", "batch", "scenario", "status"]
      + columns.map(\.name) + ["note"])
  for group in model.groups {
    for row in group.rows {
      let status =
        switch row.outcome {
        case .measured: "measured"
        case .failed: "failed"
        case .skipped: "skipped"
        }
      let note =
        switch row.outcome {
        case .measured: ""
        case .failed(let reason), .skipped(let reason): reason
        }
      csv.append(
        keyFields(group, row) + [status] + columns.map { CSVText.number($0.number(row)) } + [note])
    }
  }
  return OutputFile(name: "summary.csv", bytes: csv.bytes)
}
