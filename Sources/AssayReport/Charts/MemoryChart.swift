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
    var pieces: [BarPicture.Piece] = []
    for (place, stage) in stages.enumerated() {
      // From zero each: what is smaller is drawn over what is larger.
      if let value = row[stage]?.value {
        pieces.append(BarPicture.Piece(series: place, from: 0, to: value / unit.factor))
      }
    }
    var words = row.reason ?? "not known"
    if let peak = row[MetricCatalog.peakMemory], let value = peak.value {
      words = QuantityText.bytes(value) + (peak.change?.value.map { "  (\(QuantityText.ratio($0))x)" } ?? "")
      alternative += " \(visibleLine(row.variant)): peak \(QuantityText.bytes(value))"
      alternative +=
        (row[MetricCatalog.loadedMemory]?.value.map { ", \(QuantityText.bytes($0)) after loading" } ?? "") + "."
    }
    rows.append(BarPicture.Row(name: row.variant, pieces: pieces, words: words))
  }
  let picture = BarPicture(
    title: title, subtitle: visibleLine(group.conditions),
    axis: "resident size above that before the load, \(unit.name)", unit: unit.name,
    series: [
      BarPicture.Series(name: "peak", colour: Palette.paleBlue),
      BarPicture.Series(name: "after the first inference", colour: Palette.skyBlue),
      BarPicture.Series(name: "after loading", colour: Palette.blue),
    ], rows: rows)
  return .drawn([picture.chart(named: subject.fileName, group: group.group, alternative: alternative)])
}
