import AssayCore

/// Loss and accuracy over the epochs, one chart for each step that trained.
func learningCharts(_ subject: ChartSubject) -> ChartDrawing {
  var charts: [Chart] = []
  for variant in subject.variants {
    for report in variant.reports {
      guard let epochs = report.epochs, !epochs.isEmpty else { continue }
      if let chart = learningChart(epochs, of: variant, step: report.step, subject: subject) { charts.append(chart) }
    }
  }
  return charts.isEmpty ? .absent("no step of these variants trained anything") : .drawn(charts)
}

/// One quantity over the epochs: training full, held out dashed.
private struct LearningPanel {
  var title: String
  var axis: ChartAxis
  /// Epoch and value.
  var training: [ChartTable.Row]
  var heldOut: [ChartTable.Row]

  init?(_ title: String, training: [(Int, Double)], heldOut: [(Int, Double)]) {
    var values: [Double] = []
    (self.training, self.heldOut) = ([], [])
    for (epoch, value) in training where value.isFinite {
      values.append(value)
      self.training.append(ChartTable.Row(name: nil, values: [Double(epoch), value]))
    }
    for (epoch, value) in heldOut where value.isFinite {
      values.append(value)
      self.heldOut.append(ChartTable.Row(name: nil, values: [Double(epoch), value]))
    }
    guard let axis = ChartAxis(values, margin: 0.1, least: (values.max() ?? 1) * 0.02 + 1e-9) else { return nil }
    self.title = title
    self.axis = axis
  }
}

private func learningChart(
  _ epochs: [TrainedEpoch], of variant: ReportVariant, step: String, subject: ChartSubject
) -> Chart? {
  var panels: [LearningPanel] = []
  var losses: [(Int, Double)] = []
  var heldOutLosses: [(Int, Double)] = []
  var accuracies: [(Int, Double)] = []
  var heldOutAccuracies: [(Int, Double)] = []
  for epoch in epochs {
    losses.append((epoch.epoch, epoch.loss))
    if let value = epoch.validationLoss { heldOutLosses.append((epoch.epoch, value)) }
    if let value = epoch.accuracy { accuracies.append((epoch.epoch, value * 100)) }
    if let value = epoch.validationAccuracy { heldOutAccuracies.append((epoch.epoch, value * 100)) }
  }
  if let panel = LearningPanel("loss", training: losses, heldOut: heldOutLosses) { panels.append(panel) }
  if let panel = LearningPanel("accuracy, %", training: accuracies, heldOut: heldOutAccuracies) { panels.append(panel) }
  guard !panels.isEmpty else { return nil }
  let panelHeight = 190.0
  let gap = 46.0
  let isNarrow = subject.format == .narrow
  let panelsHeight = Double(panels.count) * (panelHeight + gap)
  let frame =
    isNarrow
    ? ChartFrame(
      width: ChartFormat.narrowWidth, height: Int(52 + panelsHeight + 22), left: 54, right: 10, top: 52, bottom: 68)
    : ChartFrame(width: 900, height: Int(84 + panelsHeight + 40), left: 80, right: 24, top: 84, bottom: 86)
  let title = "Learning curve: \(visibleLine(variant.name))"
  var script = frame.preamble(title: title, subtitle: truncated(visibleLine(step), toWidth: 100))
  script += frame.legend(
    [
      (.mark(7, size: 0.8), Palette.blue, "while training"), (.mark(6, size: 0.8), Palette.vermillion, "held-out rows"),
    ],
    y: 16)
  script.append("set multiplot")
  let last = Double(epochs.map(\.epoch).max() ?? 1)
  var tables: [ChartTable] = []
  for (index, panel) in panels.enumerated() {
    if index > 0 { script += ["unset label", "unset arrow"] }
    let bottom = Double(frame.height) - frame.top - Double(index) * (panelHeight + gap) - panelHeight
    let name = "curve\(index + 1)"
    script += [
      "set lmargin at screen \(frame.across(frame.left)); set rmargin at screen "
        + "\(frame.across(Double(frame.width) - frame.right))",
      "set bmargin at screen \(frame.up(bottom)); set tmargin at screen \(frame.up(bottom + panelHeight))",
      "set xrange [\(0.5):\(last + 0.5)] noextend", "set xtics autofreq",
      index == panels.count - 1 ? "set xlabel 'epoch'" : "unset xlabel",
      isNarrow ? "unset ylabel" : "set ylabel \(quoted(panel.title)) offset 0.5,0",
    ]
    if isNarrow {
      script.append(
        frame.label(
          panel.title, x: ChartFormat.narrowEdge, y: bottom + panelHeight + 10, size: 10, colour: Palette.darkGrey))
    }
    script += panel.axis.script("y", tics: 5)
    var plots: [String] = []
    var blocks: [[ChartTable.Row]] = []
    for (rows, colour, type) in [
      (panel.training, Palette.blue, 7), (panel.heldOut, Palette.vermillion, 6),
    ] where !rows.isEmpty {
      plots.append(
        "\(name) every :::\(blocks.count)::\(blocks.count) using 1:2 with linespoints pointtype \(type) "
          + "pointsize \(epochs.count > 60 ? 0 : 0.6) linewidth 1.6 linecolor rgb '\(colour)'")
      blocks.append(rows)
    }
    script.append("plot " + plots.joined(separator: ", "))
    tables.append(
      ChartTable(name: name, columns: ["epoch", panel.title == "loss" ? "loss" : "accuracy_percent"], blocks: blocks))
  }
  script.append("unset multiplot")
  return Chart(
    group: subject.group.group, name: "\(subject.fileName)-\(fileNames(for: [variant.name])[0])", title: title,
    alternative: alternative(title, epochs), width: frame.width, height: frame.height, tables: tables, script: script)
}

private func alternative(_ title: String, _ epochs: [TrainedEpoch]) -> String {
  guard let first = epochs.first, let last = epochs.last else { return title }
  var text =
    "\(title). \(counted(epochs.count, "epoch")); loss from \(QuantityText.significant(first.loss, digits: 3)) "
  text += "to \(QuantityText.significant(last.loss, digits: 3))"
  if let accuracy = last.validationAccuracy ?? last.accuracy {
    text += ", accuracy at the end \(QuantityText.percent(accuracy))"
  }
  return text + "."
}
