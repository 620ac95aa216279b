import AssayCore
import AssayJudge
import AssayMeasure

/// Rows a second over the batch, one line a variant, of the conditions that were measured with most batches.
func throughputChart(_ subject: ChartSubject) -> ChartDrawing {
  guard let chart = ThroughputChart(subject.siblings, subject.format)?.chart(named: subject.fileName) else {
    return .absent("it takes two batch sizes under otherwise equal conditions")
  }
  return .drawn([chart])
}

private struct ThroughputChart {
  private struct Line {
    var variant: String
    /// Batch and rows a second, with the interval, by rising batch.
    var points: [[Double]]
    var isBaseline: Bool
  }

  /// So many lines carry a colour of their own; the others stand back.
  private static let coloured = 6
  private static let colours = [
    Palette.black, Palette.blue, Palette.vermillion, Palette.bluishGreen, Palette.orange, Palette.skyBlue,
  ]

  private let group: ComparisonGroup
  private let subtitle: String
  private let lines: [Line]
  private let xAxis: ChartAxis
  private let yAxis: ChartAxis
  private let unit: AxisUnit
  private let frame: ChartFrame
  private let format: ChartFormat

  init?(_ siblings: [ReportGroup], _ format: ChartFormat) {
    guard let family = Self.family(siblings), let first = family.first else { return nil }
    group = first.group
    let key = first.group
    subtitle = visibleLine(
      "\(key.engine), \(key.device), \(counted(key.threads, "thread")), \(key.scenario.rawValue)")
    var lines: [Line] = []
    var largest = 0.0
    for row in first.rows {
      var line = Line(variant: row.variant, points: [], isBaseline: row.isBaseline)
      for group in family {
        let own = group.rows.first { $0.variant == row.variant }
        guard let figure = own?[MetricCatalog.throughput], let value = figure.value, value > 0 else { continue }
        line.points.append(
          [Double(group.group.batch), value, figure.interval?.low ?? value, figure.interval?.high ?? value])
        largest = max(largest, value)
      }
      if line.points.count > 1 { lines.append(line) }
    }
    guard !lines.isEmpty else { return nil }
    // The baseline first, then what is fastest at its largest batch.
    lines.sort { a, b in
      if a.isBaseline != b.isBaseline { return a.isBaseline }
      return (a.points.last?[1] ?? 0) > (b.points.last?[1] ?? 0)
    }
    self.lines = lines
    unit = AxisUnit.count(upTo: largest)
    var xs: [Double] = []
    var ys: [Double] = []
    for line in lines {
      for point in line.points {
        xs.append(point[0])
        ys += [point[2] / unit.factor, point[3] / unit.factor]
      }
    }
    guard let xAxis = ChartAxis(xs, margin: 0.06, isLogarithmic: true),
      let yAxis = ChartAxis(ys, margin: 0.08, isLogarithmic: (ys.max() ?? 1) > 4 * (ys.min() ?? 1))
    else { return nil }
    (self.xAxis, self.yAxis) = (xAxis, yAxis)
    var names = 0.0
    for line in lines { names = max(names, TextExtent.width(Self.name(line.variant, format), size: 11)) }
    frame =
      format == .wide
      ? ChartFrame(
        width: 900, height: max(480, 120 + 16 * lines.count), left: 84, right: 52 + names, top: 76, bottom: 64)
      : ChartFrame(
        width: ChartFormat.narrowWidth, height: max(360, 110 + 16 * lines.count), left: 46, right: 34 + names, top: 52,
        bottom: 52)
    self.format = format
  }

  /// The groups that differ in their batch only, where there are most of them, by rising batch; nil with one batch everywhere.
  private static func family(_ siblings: [ReportGroup]) -> [ReportGroup]? {
    var best: [ReportGroup] = []
    for group in siblings {
      var key = group.group
      var own: [ReportGroup] = []
      for other in siblings {
        key.batch = other.group.batch
        if key == other.group { own.append(other) }
      }
      if own.count > best.count { best = own }
    }
    return best.count > 1 ? best.sorted { $0.group.batch < $1.group.batch } : nil
  }

  func chart(named name: String) -> Chart {
    let title = "Throughput against batch: \(visibleLine(group.baseline))"
    var script = frame.preamble(title: title, subtitle: subtitle)
    var sizes: Set<Int> = []
    for line in lines {
      for point in line.points { sizes.insert(Int(point[0])) }
    }
    var batches: [String] = []
    for batch in sizes.sorted() { batches.append("'\(batch)' \(batch)") }
    script += xAxis.script("x", tics: 6) + yAxis.script("y", tics: 6)
    script += [
      "set xtics (\(batches.joined(separator: ", ")))"
    ]
    script += frame.acrossTitle("rows in a batch (logarithmic)") + frame.upTitle(yTitle) + nameLabels()
    var plots: [String] = []
    // Those that stand back are drawn first.
    for index in lines.indices.reversed() {
      let source = "lines every :::\(index)::\(index)"
      let (colour, width) = look(index)
      plots.append("\(source) using 1:2 with lines linewidth \(width) linecolor rgb '\(colour)'")
      plots.append("\(source) using 1:2:3:4 with yerrorbars pointtype 7 pointsize 0.5 linecolor rgb '\(colour)'")
    }
    script.append("plot " + plots.joined(separator: ", "))
    var blocks: [[ChartTable.Row]] = []
    for line in lines {
      var rows: [ChartTable.Row] = []
      for (index, point) in line.points.enumerated() {
        rows.append(
          ChartTable.Row(
            name: index == 0 ? line.variant : nil,
            values: [point[0], point[1] / unit.factor, point[2] / unit.factor, point[3] / unit.factor]))
      }
      blocks.append(rows)
    }
    let column = "rows_per_s" + (unit.name.isEmpty ? "" : "_\(unit.name)")
    return Chart(
      group: group, name: name, title: title, alternative: alternative(title), width: frame.width,
      height: frame.height,
      tables: [ChartTable(name: "lines", columns: ["batch", column, "low", "high"], blocks: blocks)], script: script)
  }

  private var yTitle: String {
    (unit.name.isEmpty ? "" : "\(unit.name) of ") + "rows a second" + (yAxis.isLogarithmic ? " (logarithmic)" : "")
  }

  private func look(_ index: Int) -> (colour: String, width: Double) {
    if index < Self.coloured { return (Self.colours[index], lines[index].isBaseline ? 2.4 : 1.8) }
    return (Palette.grey, 1)
  }

  /// The names at the ends of the lines, moved apart where they would cover each other.
  private func nameLabels() -> [String] {
    let plot = frame.plot
    struct Label {
      var index: Int
      var y: Double
    }
    var labels: [Label] = []
    for (index, line) in lines.enumerated() {
      guard let last = line.points.last else { continue }
      labels.append(
        Label(index: index, y: yAxis.place(last[1] / unit.factor, start: plot.y, length: plot.height)))
    }
    labels.sort { $0.y > $1.y }
    let gap = 15.0
    // From the top downwards, then pushed up again from the bottom.
    for place in labels.indices.dropFirst() { labels[place].y = min(labels[place].y, labels[place - 1].y - gap) }
    var floor = 20.0
    for place in labels.indices.reversed() {
      labels[place].y = max(labels[place].y, floor)
      floor = labels[place].y + gap
    }
    var script: [String] = []
    for label in labels {
      let (colour, _) = look(label.index)
      script.append(
        frame.label(
          Self.name(lines[label.index].variant, format), x: plot.x + plot.width + (frame.isNarrow ? 20 : 26),
          y: label.y,
          size: 11))
      // The colour is on a mark: as text not every one could be read.
      script.append(
        "set label '' at screen \(frame.across(plot.x + plot.width + (frame.isNarrow ? 10 : 14))), screen \(frame.up(label.y)) front "
          + "point pointtype 7 pointsize 0.7 linecolor rgb '\(colour)'")
    }
    return script
  }

  private func alternative(_ title: String) -> String {
    var text = "\(title), \(subtitle)."
    for line in lines {
      guard let first = line.points.first, let last = line.points.last else { continue }
      text += " \(visibleLine(line.variant)): \(QuantityText.rate(first[1])) at batch \(Int(first[0])), "
      text += "\(QuantityText.rate(last[1])) at batch \(Int(last[0]))."
    }
    return text
  }

  private static func name(_ variant: String, _ format: ChartFormat) -> String {
    shortened(visibleLine(variant), toWidth: format.nameLength())
  }
}
