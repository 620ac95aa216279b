import AssayCore
import AssayJudge
import AssayMeasure

/// What a group shows, in sentences; nothing is called faster or more accurate that the interval does not show to be.
func findingSentences(_ group: ReportGroup) -> [String] {
  let place = "\(group.group.baseline), \(counted(group.group.threads, "thread")), batch \(group.group.batch)"
  let variants = group.rows.filter { !$0.isBaseline }
  let measured = variants.filter { $0.outcome == .measured }
  guard group.rows.contains(where: { $0.isBaseline && $0.outcome == .measured }) else {
    return ["\(place): the baseline was not measured, so nothing can be compared with it."]
  }
  guard !variants.isEmpty else { return ["\(place): only the baseline was measured."] }
  var sentences: [String] = []
  if let fastest = measured.min(by: { ratio($0, MetricCatalog.latencyP50) < ratio($1, MetricCatalog.latencyP50) }),
    let figure = fastest[MetricCatalog.latencyP50], let change = figure.change, let value = change.value
  {
    if figure.showsChange, value < 1 {
      sentences.append(
        "\(place): \(fastest.variant) is the fastest, \(QuantityText.ratio(1 / value))x as fast as the baseline"
          + speedInterval(change.interval) + accuracyWords(fastest) + ".")
    } else {
      sentences.append("\(place): no variant is shown to be faster than the baseline.")
    }
  }
  if let smallest = measured.min(by: { ratio($0, MetricCatalog.fileSize) < ratio($1, MetricCatalog.fileSize) }),
    let figure = smallest[MetricCatalog.fileSize], let bytes = figure.value, let value = figure.change?.value, value < 1
  {
    sentences.append(
      "\(place): \(smallest.variant) is the smallest file, \(QuantityText.bytes(bytes)), "
        + "\(QuantityText.ratio(value))x the baseline's" + accuracyWords(smallest) + ".")
  }
  let front = group.front.map(\.variant)
  if !front.isEmpty { sentences.append("\(place): on the front of accuracy and latency: \(listed(front)).") }
  let failed = variants.filter { if case .failed = $0.outcome { true } else { false } }
  let skipped = variants.filter { if case .skipped = $0.outcome { true } else { false } }
  if !failed.isEmpty { sentences.append("\(place): failed: \(listed(failed.map(\.variant))).") }
  if !skipped.isEmpty { sentences.append("\(place): skipped: \(listed(skipped.map(\.variant))).") }
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
