import AssayCore
import AssayJudge
import AssayMeasure

/// What a group shows, in sentences; nothing is called fast that the interval does not show to be faster.
func findingSentences(_ group: ReportGroup) -> [String] {
  let variants = group.rows.filter { !$0.isBaseline }
  let measured = variants.filter { $0.outcome == .measured }
  guard group.rows.contains(where: { $0.isBaseline && $0.outcome == .measured }) else {
    return ["The baseline was not measured, so nothing can be compared with it."]
  }
  guard !measured.isEmpty else { return ["Only the baseline was measured."] }
  var sentences: [String] = []
  if let fastest = measured.min(by: { ratio($0, MetricCatalog.latencyP50) < ratio($1, MetricCatalog.latencyP50) }),
    let figure = fastest[MetricCatalog.latencyP50], let change = figure.change, let value = change.value
  {
    sentences.append(
      figure.showsChange && value < 1
        ? "Fastest: \(fastest.variant), \(QuantityText.ratio(1 / value))x as fast as the baseline"
          + speedInterval(change.interval) + accuracyWords(fastest) + "."
        : "No variant is shown to be faster than the baseline.")
  }
  if let smallest = measured.min(by: { ratio($0, MetricCatalog.fileSize) < ratio($1, MetricCatalog.fileSize) }),
    let figure = smallest[MetricCatalog.fileSize], let bytes = figure.value, let value = figure.change?.value
  {
    sentences.append(
      value < 1
        ? "Smallest file: \(smallest.variant), \(QuantityText.bytes(bytes)), \(QuantityText.ratio(value))x the baseline's"
          + accuracyWords(smallest) + "."
        : "No variant has a smaller file than the baseline.")
  }
  return sentences
}

/// What concerns the run as a whole: whether it ended, and what failed.
func runFindings(_ groups: [ReportGroup], isFinished: Bool) -> [String] {
  var sentences: [String] = []
  if !isFinished {
    sentences.append("The run did not end: this is what was measured until it stopped ('--resume' goes on).")
  }
  if groups.isEmpty { sentences.append("Nothing was measured.") }
  var failures: [(baseline: String, variants: [String])] = []
  for group in groups {
    for row in group.rows {
      guard case .failed = row.outcome else { continue }
      if let index = failures.firstIndex(where: { $0.baseline == group.group.baseline }) {
        if !failures[index].variants.contains(row.variant) { failures[index].variants.append(row.variant) }
      } else {
        failures.append((group.group.baseline, [row.variant]))
      }
    }
  }
  for failure in failures { sentences.append("Failed of \(failure.baseline): \(listed(failure.variants)).") }
  return sentences
}

/// The ratio to the baseline, infinite where there is none.
private func ratio(_ row: ReportRow, _ metric: Metric) -> Double { row[metric]?.change?.value ?? .infinity }

/// ` [1.40, 1.44]` from an interval of time ratios.
func speedInterval(_ interval: ConfidenceInterval?) -> String {
  guard let interval, interval.low > 0 else { return "" }
  return " [\(QuantityText.ratio(1 / interval.high)), \(QuantityText.ratio(1 / interval.low))]"
}

/// `, accuracy −0.17 points [−0.61, +0.28]: no change shown`.
private func accuracyWords(_ row: ReportRow) -> String {
  guard let figure = row[ReportMetric.accuracy], let change = figure.change, let value = change.value else { return "" }
  let interval = ReportColumn.interval(change.interval) { QuantityText.points($0) }
  return "; accuracy \(QuantityText.points(value)) points\(interval)"
    + (figure.showsChange ? "" : ", not told from no change")
}
