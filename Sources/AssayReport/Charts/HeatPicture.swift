import AssayCore

/// A table of coloured cells: rows by columns, with a number in each where there is room.
struct HeatPicture {
  struct Cell: Sendable, Hashable {
    var row: Int
    var column: Int
    var value: Double
    /// 0 is the palest, 1 the fullest.
    var strength: Double
    var hue: Hue
    var words: String
  }

  /// Both ends are told apart with any colour vision.
  enum Hue: Sendable, Hashable {
    case blue, orange

    /// Mixed with white, and never so full that `ink` could not be read on it.
    func colour(_ strength: Double) -> (red: Int, green: Int, blue: Int) {
      let full: (Double, Double, Double) = self == .blue ? (0, 114, 178) : (213, 94, 0)
      let share = 0.1 + 0.74 * min(1, max(0, strength))
      func mixed(_ value: Double) -> Int { Int((255 + (value - 255) * share).rounded()) }
      return (mixed(full.0), mixed(full.1), mixed(full.2))
    }
  }

  var title: String
  var subtitle: String
  var rowNames: [String]
  var columnNames: [String]
  var columnAxis: String
  var rowAxis: String
  /// Cells that are not listed stay empty.
  var cells: [Cell]
  var legend: [(sign: ChartFrame.Sign, colour: String, text: String)]
  /// Column name of the values in the data file.
  var quantity: String
  var format = ChartFormat.wide
  /// Colour of the numbers; not the palette's black, which a dark page would turn to white.
  static let ink = "#111111"
  /// With more cells their numbers could not be read.
  private static let mostLabelledCells = 500

  func chart(named name: String, group: ComparisonGroup, alternative: String) -> Chart {
    let isNarrow = format == .narrow
    let rowNames = rowNames.map { isNarrow ? shortened($0, toWidth: 14) : $0 }
    var names = 0.0
    for row in rowNames { names = max(names, TextExtent.width(row, size: 11)) }
    var words = 0.0
    var isLabelled = cells.count <= Self.mostLabelledCells
    if isLabelled { for cell in cells { words = max(words, TextExtent.width(cell.words, size: 10)) } }
    let columns = Double(max(1, columnNames.count))
    let cellHeight = rowNames.count > 24 ? 18.0 : 25
    var left: Double = rowAxis.isEmpty ? 40 : 64
    if isNarrow { left = 14 }
    left += names
    var cellWidth = min(56, max(words + 8, 640 / columns, 14))
    if isNarrow { cellWidth = (Double(ChartFormat.narrowWidth) - left - ChartFormat.narrowEdge) / columns }
    // Numbers that do not fit their cells would run into each other.
    if isNarrow, words + 2 > cellWidth { isLabelled = false }
    let width = isNarrow ? ChartFormat.narrowWidth : max(520, Int(left + cellWidth * columns + 24))
    var top: Double = 76
    var bottom: Double = 96
    if isNarrow {
      top = rowAxis.isEmpty ? 32 : 48
      bottom = ChartFrame.narrowBottom(legend: legend.map(\.text))
    }
    let cellsHeight: Double = cellHeight * Double(rowNames.count)
    let right: Double = Double(width) - left - cellWidth * columns
    let frame = ChartFrame(
      width: width, height: Int(top + bottom + cellsHeight), left: left, right: right, top: top, bottom: bottom)
    let plot = frame.plot
    var script = frame.preamble(title: title, subtitle: subtitle)
    var rowTics: [String] = []
    for (index, row) in rowNames.enumerated() { rowTics.append("\(quotedTic(row)) \(-index)") }
    var columnTics: [String] = []
    var stride = max(1, (columnNames.count + 39) / 40)
    if isNarrow { stride = max(stride, Int((22 / cellWidth).rounded(.up))) }
    for (index, column) in columnNames.enumerated() where index % stride == 0 {
      columnTics.append("\(quotedTic(column)) \(index)")
    }
    let rotates = columnNames.contains { TextExtent.width($0, size: 11) > cellWidth * Double(stride) }
    script += [
      "set xrange [-0.5:\(columns - 0.5)] noextend",
      "set yrange [\(-Double(rowNames.count) + 0.5):0.5] noextend",
      "set xtics (\(columnTics.joined(separator: ", "))) scale 0 font ',11'\(rotates ? " rotate by 90 right" : "")",
      "set ytics (\(rowTics.joined(separator: ", "))) scale 0 font ',11'",
      "unset grid",
    ]
    if isNarrow {
      script += frame.acrossTitle(columnAxis) + (rowAxis.isEmpty ? [] : frame.upTitle(rowAxis))
    } else {
      script += [
        "set xlabel \(quoted(columnAxis)) font ',11'",
        rowAxis.isEmpty ? "unset ylabel" : "set ylabel \(quoted(rowAxis)) offset -1,0 font ',11'",
      ]
    }
    if isLabelled {
      for cell in cells where !cell.words.isEmpty {
        script.append(
          frame.label(
            cell.words, x: plot.x + (Double(cell.column) + 0.5) * cellWidth,
            y: plot.y + plot.height - (Double(cell.row) + 0.5) * cellHeight, size: 10, colour: Self.ink, align: .center)
        )
      }
    }
    script += frame.legend(legend, y: 16)
    script.append(
      "plot cells using 1:2:($1-0.48):($1+0.48):($2-0.46):($2+0.46):3 with boxxyerror fillstyle solid 1 noborder "
        + "linecolor rgb variable")
    return Chart(
      group: group, name: name, title: title, alternative: alternative, width: frame.width, height: frame.height,
      tables: [ChartTable(name: "cells", columns: ["column", "place", "colour", quantity], blocks: [rows])],
      script: script)
  }

  private var rows: [ChartTable.Row] {
    var rows: [ChartTable.Row] = []
    for cell in cells {
      let (red, green, blue) = cell.hue.colour(cell.strength)
      rows.append(
        ChartTable.Row(
          name: "\(rowNames[cell.row]): \(columnNames[cell.column])",
          values: [Double(cell.column), -Double(cell.row), Double(red << 16 | green << 8 | blue), cell.value]))
    }
    return rows
  }
}
