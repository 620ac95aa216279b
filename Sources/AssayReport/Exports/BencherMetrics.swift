import AssayCore
import AssayJudge
import AssayMeasure

/// Bencher Metric Format: name → measure → value with its bounds (https://bencher.dev/docs/reference/bencher-metric-format).
///
/// Measures are Bencher's built-in `latency` (median, nanoseconds) and `throughput` (rows a second), `file-size` (bytes),
/// `accuracy` (top-1, 0...1), and else the metric's name with `-` for `.`: `latency-p90`. Bounds are the interval's ends.
func bencherMetrics(_ input: ExportInput) -> OutputFile {
  var benchmarks: [(String, JSONText)] = []
  for trial in input.trials {
    let measures = trial.row.figures.compactMap { figure -> (String, JSONText)? in
      guard let value = figure.value, value.isFinite else { return nil }
      var fields: [(String, JSONText)] = [("value", .number(value))]
      if let interval = figure.interval, interval.low.isFinite, interval.high.isFinite {
        fields += [("lower_value", .number(interval.low)), ("upper_value", .number(interval.high))]
      }
      return (measure(figure.metric), .object(fields))
    }
    if !measures.isEmpty {
      benchmarks.append((ExportName.trial(trial.trial, suite: input.record.suite), .object(measures)))
    }
  }
  return OutputFile(name: "bencher.json", text: JSONText.object(benchmarks).document)
}

private func measure(_ metric: Metric) -> String {
  switch metric.name {
  case MetricCatalog.latencyP50.name: "latency"
  case MetricCatalog.fileSize.name: "file-size"
  case ReportMetric.accuracy.name: "accuracy"
  default: metric.name.replacing(".", with: "-")
  }
}
