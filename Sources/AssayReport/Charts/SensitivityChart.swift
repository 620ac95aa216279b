import AssayCore
import Glibc

/// What changing each layer alone costs, one chart for each step that asked.
func sensitivityCharts(_ subject: ChartSubject) -> ChartDrawing {
  var charts: [Chart] = []
  for variant in subject.variants {
    for report in variant.reports {
      guard let layers = report.sensitivities, !layers.isEmpty else { continue }
      if let chart = sensitivityChart(layers, of: variant, step: report.step, subject: subject) { charts.append(chart) }
    }
  }
  return charts.isEmpty ? .absent("no step of these variants asked how sensitive the layers are") : .drawn(charts)
}

/// More would be lines of print; the most sensitive are what matters.
private let mostLayers = 40

private func sensitivityChart(
  _ layers: [LayerSensitivity], of variant: ReportVariant, step: String, subject: ChartSubject
) -> Chart? {
  // A noise of zero has no decibels: the layer costs nothing, which the left edge says.
  var shown: [LayerSensitivity] = []
  for layer in layers.sorted(by: { $0.noise > $1.noise }).prefix(mostLayers) where layer.noise.isFinite {
    shown.append(layer)
  }
  var levels: [Double] = []
  for layer in shown where layer.noise > 0 { levels.append(decibels(layer.noise)) }
  guard !shown.isEmpty, let axis = ChartAxis(levels.isEmpty ? [-60, 0] : levels, margin: 0.08, least: 10) else {
    return nil
  }
  var names = 0.0
  let format = subject.format
  for layer in shown { names = max(names, TextExtent.width(name(layer, format), size: 11)) }
  let rowHeight = shown.count > 16 ? 17.0 : 24
  let legend: [(sign: ChartFrame.Sign, colour: String, text: String)] = [
    (.mark(7, size: 0.9), Palette.blue, "changed"), (.mark(6, size: 0.9), Palette.vermillion, "left as it was"),
  ]
  let rowsHeight = rowHeight * Double(shown.count)
  let bottom = format == .wide ? 90 : ChartFrame.narrowBottom(legend: legend.map(\.text))
  let frame =
    format == .wide
    ? ChartFrame(width: 900, height: Int(76 + 90 + rowsHeight), left: 24 + names, right: 110, top: 76, bottom: bottom)
    : ChartFrame(
      width: ChartFormat.narrowWidth, height: Int(48 + bottom + rowsHeight), left: 14 + names, right: 54, top: 48,
      bottom: bottom)
  let edge = Double(frame.width) - 14
  let title = "Sensitivity of layers: \(visibleLine(variant.name))"
  let hidden = layers.count - shown.count
  var script = frame.preamble(
    title: title,
    subtitle: truncated(visibleLine(step), toWidth: 90)
      + (hidden > 0 ? "; \(counted(hidden, "less sensitive layer")) not drawn" : ""))
  script += axis.script("x", tics: format == .wide ? 6 : 4)
  var tics: [String] = []
  var kept: [ChartTable.Row] = []
  var changed: [ChartTable.Row] = []
  let plot = frame.plot
  for (index, layer) in shown.enumerated() {
    tics.append("\(quotedTic(name(layer, format))) \(-index)")
    let level = layer.noise > 0 ? decibels(layer.noise) : axis.range.lowerBound
    let row = ChartTable.Row(
      name: layer.node, values: [level, -Double(index), axis.range.lowerBound, layer.changedAnswers ?? .nan])
    if layer.isLeftAlone { kept.append(row) } else { changed.append(row) }
    guard let share = layer.changedAnswers else { continue }
    script.append(
      frame.label(
        QuantityText.share(share), x: edge,
        y: plot.y + plot.height - (Double(index) + 0.5) * rowHeight,
        size: 10, colour: Palette.darkGrey, align: .right))
  }
  if shown.contains(where: { $0.changedAnswers != nil }) {
    script.append(
      frame.label(
        "answers changed", x: edge, y: plot.y + plot.height + 10, size: 10,
        colour: Palette.darkGrey, align: .right))
  }
  script += [
    "set yrange [\(-Double(shown.count) + 0.5):0.5] noextend",
    "set ytics (\(tics.joined(separator: ", "))) scale 0 font ',11'",
    "set grid noytics",
  ]
  script += frame.acrossTitle("noise at the outputs, dB (right is worse)")
  script += frame.legend(legend, y: 16)
  var plots: [String] = []
  var blocks: [[ChartTable.Row]] = []
  for (rows, type, colour) in [(changed, 7, Palette.blue), (kept, 6, Palette.vermillion)] where !rows.isEmpty {
    let source = "layers every :::\(blocks.count)::\(blocks.count)"
    plots.append(
      "\(source) using 3:2:($1-$3):(0) with vectors nohead linewidth 1 linecolor rgb '\(Palette.lightGrey)'")
    plots.append("\(source) using 1:2 with points pointtype \(type) pointsize 0.8 linecolor rgb '\(colour)'")
    blocks.append(rows)
  }
  script.append("plot " + plots.joined(separator: ", "))
  return Chart(
    group: subject.group.group, name: "\(subject.fileName)-\(fileNames(for: [variant.name])[0])", title: title,
    alternative: alternative(title, shown), width: frame.width, height: frame.height,
    tables: [
      ChartTable(name: "layers", columns: ["noise_dB", "place", "left_edge", "changed_answers"], blocks: blocks)
    ], script: script)
}

private func alternative(_ title: String, _ layers: [LayerSensitivity]) -> String {
  var text = "\(title). Noise at the outputs when one layer alone is changed."
  for layer in layers.prefix(5) {
    text +=
      " \(visibleLine(layer.node)): \(layer.noise > 0 ? QuantityText.fixed(decibels(layer.noise), decimals: 1) : "none")"
    text += "\(layer.noise > 0 ? " dB" : "")\(layer.isLeftAlone ? ", left as it was" : "")."
  }
  let kept = layers.count { $0.isLeftAlone }
  return text + " \(counted(kept, "layer")) of \(layers.count) left as they were."
}

private func decibels(_ power: Double) -> Double { 10 * log10(power) }

private func name(_ layer: LayerSensitivity, _ format: ChartFormat) -> String {
  shortened(visibleLine(layer.node), toWidth: format.nameLength(36))
}
