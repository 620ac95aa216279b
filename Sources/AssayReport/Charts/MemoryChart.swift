import AssayCore
import AssayJudge

/// What each model adds to the resident size of its process: loaded, after the first inference, at its peak.
func memoryChart(_ subject: ChartSubject) -> ChartDrawing {
  let stages = [MetricCatalog.peakMemory, MetricCatalog.memoryFirstInference, MetricCatalog.loadedMemory]
  let group = subject.group
  var largest = 0.0
  for row in group.rows {
    for stage in stages { largest = max(largest, row[stage]?.value ?? 0) }
  }
  guard largest > 0 else { return .absent("no variant's memory was read") }
  let unit = AxisUnit.bytes(upTo: largest)
  let title = "Memory: \(visibleLine(group.group.baseline))"
  var alternative = "\(title)."
  var rows: [BarPicture.Row] = []
  for row in group.rows {
    let pieces = memoryPieces(row, stages, factor: unit.factor)
    let words = memoryWords(row)
    alternative += memoryAlternative(row)
    rows.append(BarPicture.Row(name: row.variant, pieces: pieces, words: words))
  }
  let picture = BarPicture(
    title: title, subtitle: visibleLine(group.conditions),
    axis: "resident size above that before the load, \(unit.name)", unit: unit.name,
    series: [
      BarPicture.Series(name: "peak", colour: Palette.paleBlue),
      BarPicture.Series(name: "after the first inference", colour: Palette.skyBlue),
      BarPicture.Series(name: "after loading", colour: Palette.blue),
    ], rows: rows, format: subject.format)
  return .drawn([picture.chart(named: subject.fileName, group: group.group, alternative: alternative)])
}

/// From zero each: what is smaller is drawn over what is larger.
private func memoryPieces(_ row: ReportRow, _ stages: [Metric], factor: Double) -> [BarPicture.Piece] {
  var pieces: [BarPicture.Piece] = []
  for (place, stage) in stages.enumerated() {
    guard let value = row[stage]?.value else { continue }
    pieces.append(BarPicture.Piece(series: place, from: 0, to: value / factor))
  }
  return pieces
}

private func memoryWords(_ row: ReportRow) -> String {
  guard let peak = row[MetricCatalog.peakMemory], let value = peak.value else { return row.reason ?? "not known" }
  guard let ratio = peak.change?.value else { return QuantityText.bytes(value) }
  return "\(QuantityText.bytes(value))  (\(QuantityText.ratio(ratio))x)"
}

private func memoryAlternative(_ row: ReportRow) -> String {
  guard let peak = row[MetricCatalog.peakMemory]?.value else { return "" }
  let text = " \(visibleLine(row.variant)): peak \(QuantityText.bytes(peak))"
  guard let loaded = row[MetricCatalog.loadedMemory]?.value else { return text + "." }
  return text + ", \(QuantityText.bytes(loaded)) after loading."
}
