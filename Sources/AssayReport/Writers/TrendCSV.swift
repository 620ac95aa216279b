import AssayCore
public import AssayJudge
import AssayMeasure

/// A history as tidy CSV: one row per run, trial and metric, oldest first within each trend.
///
/// `level` is what the trend is about (`terms`); `step` is its change against the level before, at the first run of a new one.
public func trendCSV(_ report: TrendReport) -> OutputFile {
  var csv = CSVText()
  csv.append([
    "suite", "baseline", "variant", "engine", "device", "threads", "batch", "scenario", "metric", "started_at",
    "commit",
    "version", "machine", "host", "cpu", "plan", "value", "unit", "low", "high", "terms", "level", "level_low",
    "level_high", "verdict", "step_before", "step_after", "step_change",
  ])
  for trend in report.trends {
    let group = trend.trial.group
    let steps = Dictionary(trend.steps.map { ($0.run, $0) }, uniquingKeysWith: { first, _ in first })
    for point in trend.points {
      let run = report.runs[point.run]
      let machine = report.machines[run.machine]
      let step = steps[point.run]
      csv.append([
        trend.suite, group.baseline, trend.trial.variant, group.engine, group.device, "\(group.threads)",
        "\(group.batch)", group.scenario.rawValue, trend.metric.name, run.startedAt, run.commit ?? "",
        run.programVersion, "\(run.machine + 1)", machine.host, machine.cpuModel, run.planHash,
        CSVText.number(point.measured.value), trend.metric.unit, CSVText.number(point.measured.interval?.low),
        CSVText.number(point.measured.interval?.high), trend.terms.rawValue, CSVText.number(point.level?.value),
        CSVText.number(point.level?.interval?.low), CSVText.number(point.level?.interval?.high),
        point.verdict?.rawValue ?? "", CSVText.number(step?.before), CSVText.number(step?.after),
        CSVText.number(step?.change),
      ])
    }
  }
  return OutputFile(name: "history.csv", bytes: csv.bytes)
}
