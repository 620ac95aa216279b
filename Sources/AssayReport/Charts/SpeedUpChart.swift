import AssayCore
import AssayJudge
import AssayMeasure

/// What the counted multiply-accumulates promise against what was measured: below the diagonal the promise was not kept.
///
/// Across: the baseline's multiply-accumulates divided by those of the variant whose weight is not zero (all of them where
/// zeros are not counted). Up: the baseline's median latency, offline its time for a row, divided by the variant's.
func speedUpChart(_ subject: ChartSubject) -> ChartDrawing {
  let group = subject.group
  let isOffline = group.group.scenario == .offline
  guard let baseline = group.rows.first(where: \.isBaseline), let baselineMacs = effectiveMacs(baseline) else {
    return .absent("the multiply-accumulates of the baseline are not counted")
  }
  var points: [ScatterPicture.Point] = []
  var missing: [String] = []
  for row in group.rows {
    if row.isBaseline {
      let one = ScatterPicture.Span(1)
      points.append(ScatterPicture.Point(name: row.variant, kind: .baseline, x: one, y: one))
      continue
    }
    let figure = row[isOffline ? MetricCatalog.throughput : MetricCatalog.latencyP50]
    guard let macs = effectiveMacs(row), let change = figure?.change, let ratio = change.value, ratio > 0 else {
      missing.append(visibleLine(row.variant))
      continue
    }
    points.append(
      ScatterPicture.Point(
        name: row.variant, kind: figure?.showsChange == true ? .marked : .other,
        x: ScatterPicture.Span(baselineMacs / macs), y: speed(ratio, change.interval, isOffline: isOffline)))
  }
  guard points.contains(where: { $0.kind != .baseline }) else {
    return .absent("no variant has both counted multiply-accumulates and a speed against the baseline")
  }
  let title = "Counted against measured speed-up: \(visibleLine(group.group.baseline))"
  let words = ScatterPicture.Words(
    title: title, subtitle: visibleLine(group.conditions),
    x: "baseline's multiply-accumulates / variant's (weights that are not zero)",
    y: isOffline ? "measured throughput / baseline's" : "baseline's median latency / variant's",
    line: "as fast as counted", marked: "change shown", other: "not told from no change",
    missing: missing.isEmpty ? "" : "not in the picture: " + missing.joined(separator: ", "),
    columns: ["counted_x", "counted_low", "counted_high", "measured_x", "measured_low", "measured_high"])
  guard
    let picture = ScatterPicture(
      points, line: .diagonal, words: words, leastX: 0.4, leastY: 0.4, format: subject.format)
  else {
    return .absent("the speeds are no numbers")
  }
  var sentences = ["\(title). \(counted(points.count - 1, "variant"))."]
  if let best = points.max(by: { $0.y.value < $1.y.value }), best.kind != .baseline {
    sentences.append(
      "Fastest: \(visibleLine(best.name)), counted \(QuantityText.ratio(best.x.value))x, "
        + "measured \(QuantityText.ratio(best.y.value))x.")
  }
  let below = points.count { $0.kind != .baseline && $0.y.high < $0.x.value }
  sentences.append("\(counted(below, "variant")) below the diagonal: slower than counted.")
  return .drawn([
    picture.chart(named: subject.fileName, group: group.group, alternative: sentences.joined(separator: " "))
  ])
}

/// Multiply-accumulates whose weight is not zero, or all where zeros are not counted; nil where unknown or none.
private func effectiveMacs(_ row: ReportRow) -> Double? {
  let macs = row[MetricCatalog.effectiveMacs]?.value ?? row[MetricCatalog.macs]?.value
  return macs.flatMap { $0 > 0 ? $0 : nil }
}

/// A speed-up from a ratio of times, or of throughputs.
private func speed(_ ratio: Double, _ interval: ConfidenceInterval?, isOffline: Bool) -> ScatterPicture.Span {
  if isOffline { return ScatterPicture.Span(ratio, interval, factor: 1) }
  guard let interval, interval.low > 0 else { return ScatterPicture.Span(1 / ratio) }
  return ScatterPicture.Span(1 / ratio, low: 1 / interval.high, high: 1 / interval.low)
}
