import AssayCore
import AssayJudge

/// The bytes of each packed file by what they are for: values, indices, codebooks, header.
///
/// Whatever metrics there are whose names begin with `size.packed.` are its parts.
func packedSizeChart(_ subject: ChartSubject) -> ChartDrawing {
  let group = subject.group
  var names: [String] = []
  var largest = 0.0
  for row in group.rows {
    for figure in row.figures where figure.metric.name.hasPrefix(ReportMetric.packedPart) && figure.value != nil {
      let name = String(figure.metric.name.dropFirst(ReportMetric.packedPart.count))
      if !names.contains(name) { names.append(name) }
    }
    largest = max(largest, row[MetricCatalog.packedSize]?.value ?? 0)
  }
  guard !names.isEmpty, group.isAnyPacked else {
    return .absent("no variant is smaller packed than it runs, so there is nothing to break down")
  }
  let unit = AxisUnit.bytes(upTo: largest)
  let colours = [
    Palette.blue, Palette.orange, Palette.bluishGreen, Palette.skyBlue, Palette.vermillion, Palette.grey,
  ]
  var series: [BarPicture.Series] = []
  for (index, name) in names.enumerated() {
    series.append(BarPicture.Series(name: visibleLine(name), colour: colours[min(index, colours.count - 1)]))
  }
  let title = "Packed file: \(visibleLine(group.group.baseline))"
  var alternative = "\(title)."
  var rows: [BarPicture.Row] = []
  for row in group.rows {
    var pieces: [BarPicture.Piece] = []
    var total = 0.0
    var words: [String] = []
    for (index, name) in names.enumerated() {
      let value = row.figures.first { $0.metric.name == ReportMetric.packedPart + name }?.value ?? 0
      guard value > 0 else { continue }
      pieces.append(
        BarPicture.Piece(series: index, from: total / unit.factor, to: (total + value) / unit.factor))
      total += value
      words.append("\(QuantityText.bytes(value)) \(visibleLine(name))")
    }
    guard !pieces.isEmpty else { continue }
    rows.append(BarPicture.Row(name: row.variant, pieces: pieces, words: QuantityText.bytes(total)))
    alternative += " \(visibleLine(row.variant)): \(listed(words))."
  }
  let picture = BarPicture(
    title: title, subtitle: "each weight stored in its form, decoded again and compared before its bytes count",
    axis: "packed file, \(unit.name)", unit: unit.name, series: series, rows: rows, format: subject.format)
  return .drawn([picture.chart(named: subject.fileName, group: group.group, alternative: alternative)])
}
