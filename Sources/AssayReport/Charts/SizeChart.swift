import AssayCore
import AssayJudge

/// The sizes of one baseline and its variants.
func sizeChart(_ subject: ChartSubject) -> ChartDrawing {
  guard let chart = SizeChart(subject.group, subject.format)?.chart(named: subject.fileName) else {
    return .absent("no variant was built, so there is no file")
  }
  return .drawn([chart])
}

/// Bytes of the runnable file and nonzero parameters of every variant of one baseline, as bars in suite order.
struct SizeChart {
  private static let rowHeight = 30.0
  /// Below a panel of a narrow picture.
  private static let narrowGap = 54.0

  private let group: ComparisonGroup
  private let rows: [ReportRow]
  private let frame: ChartFrame
  private let format: ChartFormat

  /// Nil when no row knows its file size. The sizes are the same under all conditions: one group stands for them.
  init?(_ group: ReportGroup, _ format: ChartFormat = .wide) {
    guard group.rows.contains(where: { $0[MetricCatalog.fileSize]?.value != nil }) else { return nil }
    let names = group.rows.map { TextExtent.width(Self.name($0, format), size: 12) }.max() ?? 0
    let rowsHeight = Self.rowHeight * Double(group.rows.count)
    frame =
      format == .wide
      ? ChartFrame(
        width: 980, height: Int(76 + 64 + rowsHeight), left: 24 + names, right: 24, top: 76, bottom: 64)
      // One panel below the other.
      : ChartFrame(
        width: ChartFormat.narrowWidth, height: Int(32 + 2 * rowsHeight + 2 * Self.narrowGap), left: 14 + names,
        right: 8, top: 32, bottom: Self.narrowGap)
    self.format = format
    (self.group, rows) = (group.group, group.rows)
  }

  func chart(named name: String) -> Chart {
    let title = "Size: \(visibleLine(self.group.baseline))"
    let fileUnit = AxisUnit.bytes(upTo: largest { $0[MetricCatalog.fileSize]?.value })
    let countUnit = AxisUnit.count(upTo: largest { $0[MetricCatalog.parameters]?.value })
    let gap = 56.0
    let half = (frame.plot.width - gap) / 2
    var left = frame
    var right = frame
    if format == .wide {
      left.right = frame.right + half + gap
      right.left = frame.left + half + gap
    } else {
      left.bottom = frame.bottom + Self.narrowGap + Self.rowHeight * Double(rows.count)
      right.top = Double(frame.height) - left.bottom + Self.narrowGap
    }
    var script = frame.preamble(
      title: title,
      subtitle: "bytes of the runnable ONNX file; parameters (pale) and those that are not zero (full)")
    script.append("set multiplot")
    script += panel(
      left, maximum: largest { $0[MetricCatalog.fileSize]?.value } / fileUnit.factor,
      title: "runnable file, \(fileUnit.name)",
      names: true, labels: rows.map { $0[MetricCatalog.fileSize].flatMap(Self.fileWords) }, columns: [2], values: 2)
    // What was set for the whole picture must not be drawn twice.
    script += ["unset label", "unset arrow"]
    script += panel(
      right, maximum: largest { $0[MetricCatalog.parameters]?.value } / countUnit.factor,
      title: "parameters" + (countUnit.name.isEmpty ? "" : ", \(countUnit.name)"), names: format == .narrow,
      labels: rows.map(Self.parameterWords), columns: [3, 4], values: 3)
    script.append("unset multiplot")
    let values = rows.enumerated().map { index, row in
      let parameters = row[MetricCatalog.parameters]?.value
      let nonzeros = row[MetricCatalog.nonzeros]?.value
      return ChartTable.Row(
        name: row.variant,
        values: [
          Double(-index), (row[MetricCatalog.fileSize]?.value ?? .nan) / fileUnit.factor,
          (parameters ?? .nan) / countUnit.factor, (nonzeros ?? .nan) / countUnit.factor,
        ])
    }
    return Chart(
      group: group, name: name, title: title, alternative: alternative(title), width: frame.width,
      height: frame.height,
      tables: [
        ChartTable(
          name: "sizes",
          columns: [
            "place", "file_\(fileUnit.name)", countUnit.name.isEmpty ? "parameters" : "parameters_\(countUnit.name)",
            "nonzeros",
          ], blocks: [values])
      ], script: script)
  }

  private func alternative(_ title: String) -> String {
    var text = "\(title)."
    for row in rows {
      guard let file = row[MetricCatalog.fileSize]?.value else { continue }
      text += " \(visibleLine(row.variant)): \(QuantityText.bytes(file))"
      text += (Self.parameterWords(row).map { ", \($0) parameters" } ?? "") + "."
    }
    return text
  }

  private func panel(
    _ frame: ChartFrame, maximum: Double, title: String, names: Bool, labels: [String?], columns: [Int], values: Int
  ) -> [String] {
    let plot = frame.plot
    let maximum = maximum > 0 ? maximum : 1
    // Room for the words at the end of the longest bar.
    let words = labels.map { TextExtent.width($0 ?? "", size: 11) }.max() ?? 0
    let end = maximum * plot.width / max(plot.width - words - 16, plot.width / 4)
    var lines = [
      frame.margins,
      "set xrange [0:\(end)] noextend",
      "set xtics ("
        + AxisTics.linear(0...maximum, count: format == .wide ? 4 : 3).map { "\($0)" }
        .joined(separator: ", ") + ")",
      "set yrange [\(-Double(rows.count) + 0.5):0.5] noextend",
      names
        ? "set ytics ("
          + rows.enumerated().map { "\(quotedTic(Self.name($0.element, format))) \(-$0.offset)" }
          .joined(separator: ", ") + ") scale 0" : "unset ytics",
      "set grid noytics",
    ]
    lines += frame.acrossTitle(title)
    for (index, label) in labels.enumerated() {
      let row = rows[index]
      let text =
        label
        ?? (names && values == 2
          ? truncated(visibleLine(row.reason ?? "not known"), toWidth: format == .wide ? 40 : 30) : "")
      guard !text.isEmpty else { continue }
      let metric = values == 2 ? MetricCatalog.fileSize : MetricCatalog.parameters
      let share = (row[metric]?.value ?? 0) / largest { $0[metric]?.value }
      let x = plot.x + plot.width * maximum / end * (share.isFinite ? share : 0) + 7
      let y = plot.y + plot.height - (Double(index) + 0.5) * Self.rowHeight
      lines.append(frame.label(text, x: x, y: y, size: 11, colour: Palette.darkGrey))
    }
    var plots: [String] = []
    for column in columns {
      // All parameters lie, pale, behind those that are not zero. The baseline is the first row; its bars stand back.
      let isPale = columns.count > 1 && column == columns[0]
      let colours = isPale ? (Palette.lightGrey, Palette.paleBlue) : (Palette.grey, Palette.blue)
      for (rows, colour) in [("every ::0::0", colours.0), ("every ::1", colours.1)] {
        plots.append(
          "sizes \(rows) using (0):1:(0):\(column):($1-0.32):($1+0.32) with boxxyerror linecolor rgb '\(colour)' "
            + "fillstyle solid \(isPale ? 1 : 0.75) noborder")
      }
    }
    lines.append("plot " + plots.joined(separator: ", "))
    return lines
  }

  private func largest(_ value: (ReportRow) -> Double?) -> Double { rows.compactMap(value).max() ?? 0 }

  private static func fileWords(_ figure: Figure) -> String? {
    guard let value = figure.value else { return nil }
    return QuantityText.bytes(value) + (figure.change?.value.map { "  (\(QuantityText.ratio($0))x)" } ?? "")
  }

  private static func parameterWords(_ row: ReportRow) -> String? {
    guard let count = row[MetricCatalog.parameters]?.value else { return nil }
    guard let nonzeros = row[MetricCatalog.nonzeros]?.value, nonzeros != count else { return QuantityText.count(count) }
    return "\(QuantityText.count(nonzeros)) of \(QuantityText.count(count))"
  }

  private static func name(_ row: ReportRow, _ format: ChartFormat) -> String {
    shortened(visibleLine(row.variant), toWidth: format.nameLength())
  }
}
