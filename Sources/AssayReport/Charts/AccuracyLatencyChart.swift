import AssayCore
import AssayJudge
import AssayMeasure

/// Accuracy against latency of one group, with intervals both ways and the Pareto front as a stepped line.
///
/// Up and to the left is better.
func accuracyLatencyChart(_ subject: ChartSubject) -> ChartDrawing {
  let group = subject.group
  guard group.group.scenario != .offline else {
    return .absent("the offline scenario is judged by throughput and has no latency")
  }
  let front = Set(group.rows.filter(\.isOnFront).map(\.variant))
  return accuracyChart(
    subject, against: MetricCatalog.latencyP50, unit: AxisUnit.duration, axis: "median latency of one inference",
    title: "Accuracy against latency", column: "p50", front: front, subtitle: group.conditions)
}

/// Accuracy against the size of the runnable file of one baseline and its variants, with the Pareto front of the two.
func accuracySizeChart(_ subject: ChartSubject) -> ChartDrawing {
  var rows: [ReportRow] = []
  var points: [ParetoPoint] = []
  for row in subject.group.rows {
    guard let size = row[MetricCatalog.fileSize]?.value, let accuracy = row[ReportMetric.accuracy]?.value else {
      continue
    }
    rows.append(row)
    points.append(ParetoPoint(cost: size, benefit: accuracy))
  }
  let front = Set(paretoFront(points).map { rows[$0].variant })
  return accuracyChart(
    subject, against: MetricCatalog.fileSize, unit: AxisUnit.bytes, axis: "runnable ONNX file",
    title: "Accuracy against size", column: "file", front: front,
    subtitle: "bytes of the runnable ONNX file; accuracy as answered by \(subject.group.conditions)")
}

/// Top-1 accuracy over a metric that is better when it is lower.
private func accuracyChart(
  _ subject: ChartSubject, against metric: Metric, unit choose: (Double) -> AxisUnit, axis: String, title: String,
  column: String, front: Set<String>, subtitle: String
) -> ChartDrawing {
  let group = subject.group
  var largest = 0.0
  for row in group.rows { largest = max(largest, row[metric]?.value ?? 0) }
  let unit = choose(largest)
  let unitName = unit.name == "µs" ? "us" : unit.name
  var points: [ScatterPicture.Point] = []
  var missing: [String] = []
  for row in group.rows {
    guard let cost = row[metric], let accuracy = row[ReportMetric.accuracy], let x = cost.value, let y = accuracy.value
    else {
      missing.append(visibleLine(row.variant))
      continue
    }
    points.append(
      ScatterPicture.Point(
        name: row.variant, kind: row.isBaseline ? .baseline : front.contains(row.variant) ? .marked : .other,
        x: ScatterPicture.Span(x, cost.interval, factor: 1 / unit.factor),
        y: ScatterPicture.Span(y, accuracy.interval, factor: 100)))
  }
  // What lost far more than most would press them into a line, so it is named instead.
  let best = points.map(\.y.value).max() ?? 0
  var below: [String] = []
  if 2 * points.count(where: { $0.y.value >= best - nearPoints }) >= points.count {
    for point in points where isFarBelow(point, best) {
      below.append("\(visibleLine(point.name)) (\(QuantityText.fixed(point.y.value, decimals: 1)) %)")
    }
    points.removeAll { isFarBelow($0, best) }
  }
  let fullTitle = "\(title): \(visibleLine(group.group.baseline))"
  let words = ScatterPicture.Words(
    title: fullTitle, subtitle: visibleLine(subtitle), x: "\(axis), \(unit.name)", y: "top-1 accuracy, %",
    line: "Pareto front", marked: "on the front", other: "others (all bars: 95 % intervals)",
    missing: [
      missing.isEmpty ? "" : "not measured: " + missing.joined(separator: ", "),
      below.isEmpty ? "" : "below the picture: " + below.joined(separator: ", "),
    ].filter { !$0.isEmpty }.joined(separator: "; "),
    columns: [
      "\(column)_\(unitName)", "\(column)_low", "\(column)_high", "accuracy_percent", "accuracy_low", "accuracy_high",
    ])
  guard let picture = ScatterPicture(points, line: .front(front), words: words, format: subject.format) else {
    return .absent(
      "no variant has both a top-1 accuracy and \(metric == MetricCatalog.fileSize ? "a file" : "a latency")")
  }
  return .drawn([
    picture.chart(
      named: subject.fileName, group: group.group,
      alternative: alternative(points, front: front, metric: metric, unit: unit, title: fullTitle)
        + (below.isEmpty ? "" : " Below the picture: \(listed(below))."))
  ])
}

/// Points of accuracy within which most variants lie where others are left out, and beyond which those lie.
private let nearPoints = 5.0
private let farPoints = 15.0

private func isFarBelow(_ point: ScatterPicture.Point, _ best: Double) -> Bool {
  point.kind != .baseline && point.y.value < best - farPoints
}

/// What the picture shows, for who cannot see it.
private func alternative(
  _ points: [ScatterPicture.Point], front: Set<String>, metric: Metric, unit: AxisUnit, title: String
) -> String {
  func words(_ point: ScatterPicture.Point) -> String {
    "\(visibleLine(point.name)) (\(ChangeText.value(point.x.value * unit.factor, metric)), "
      + "\(QuantityText.fixed(point.y.value, decimals: 2)) %)"
  }
  var text = "\(title). \(counted(points.count, "point"))."
  if let baseline = points.first(where: { $0.kind == .baseline }) { text += " Baseline: \(words(baseline))." }
  var names: [String] = []
  for point in points.sorted(by: { $0.x.value < $1.x.value }) where front.contains(point.name) {
    names.append(point.kind == .baseline ? "the baseline" : words(point))
  }
  if !names.isEmpty { text += " On the Pareto front: \(listed(names))." }
  return text
}
