import AssayCore

/// Horizontal bars, one row a variant, each made of pieces, with words at its end.
struct BarPicture {
  struct Piece: Sendable, Hashable {
    /// Place in `series`.
    var series: Int
    var from: Double
    var to: Double
  }

  struct Row: Sendable, Hashable {
    var name: String
    var pieces: [Piece]
    /// At the end of the bar, or in its place.
    var words: String
  }

  struct Series: Sendable, Hashable {
    var name: String
    var colour: String
  }

  var title: String
  var subtitle: String
  var axis: String
  /// Unit of the pieces, for the names of the columns.
  var unit: String
  var series: [Series]
  var rows: [Row]

  var format = ChartFormat.wide

  private static let crowd = 16

  func chart(named name: String, group: ComparisonGroup, alternative: String) -> Chart {
    let rowHeight = rows.count > Self.crowd ? 21.0 : 30
    var names = 0.0
    var longestWords = 0.0
    var maximum = 0.0
    for row in rows {
      names = max(names, TextExtent.width(self.name(row), size: 12))
      longestWords = max(longestWords, TextExtent.width(row.words, size: 11))
      for piece in row.pieces { maximum = max(maximum, piece.to) }
    }
    if maximum <= 0 { maximum = 1 }
    let frame = frame(names: names, rowsHeight: rowHeight * Double(rows.count))
    let plot = frame.plot
    // Room for the words at the end of the longest bar.
    let end = maximum * plot.width / max(plot.width - longestWords - 16, plot.width / 4)
    var script = frame.preamble(title: title, subtitle: subtitle)
    var tics: [String] = []
    for tic in AxisTics.linear(0...maximum, count: format == .wide ? 6 : 3) { tics.append("\(tic)") }
    var rowTics: [String] = []
    for (index, row) in rows.enumerated() { rowTics.append("\(quotedTic(self.name(row))) \(-index)") }
    script += [
      "set xrange [0:\(end)] noextend",
      "set xtics (\(tics.joined(separator: ", ")))",
      "set yrange [\(-Double(rows.count) + 0.5):0.5] noextend",
      "set ytics (\(rowTics.joined(separator: ", "))) scale 0",
      "set grid noytics",
    ]
    script += frame.acrossTitle(axis)
    for (index, row) in rows.enumerated() where !row.words.isEmpty {
      var last = 0.0
      for piece in row.pieces { last = max(last, piece.to) }
      let room = Int((plot.x + plot.width - plot.x - plot.width * last / end) / 6.4)
      script.append(
        frame.label(
          truncated(visibleLine(row.words), toWidth: room), x: plot.x + plot.width * last / end + 7,
          y: plot.y + plot.height - (Double(index) + 0.5) * rowHeight, size: 11, colour: Palette.darkGrey))
    }
    var legend: [(sign: ChartFrame.Sign, colour: String, text: String)] = []
    for one in series { legend.append((.mark(5, size: 1), one.colour, one.name)) }
    script += frame.legend(legend, y: 16)
    let blocks = self.blocks
    var plots: [String] = []
    for (place, block) in blocks.enumerated() {
      plots.append(
        "bars every :::\(place)::\(place) using (0):1:2:3:($1-0.32):($1+0.32) with boxxyerror "
          + "linecolor rgb '\(series[block.series].colour)' fillstyle solid 1 noborder")
    }
    script.append("plot " + plots.joined(separator: ", "))
    return Chart(
      group: group, name: name, title: title, alternative: alternative, width: frame.width, height: frame.height,
      tables: [
        ChartTable(name: "bars", columns: ["place", "from_\(unit)", "to_\(unit)"], blocks: blocks.map(\.rows))
      ], script: script)
  }

  private struct Block {
    var series: Int
    var rows: [ChartTable.Row]
  }

  /// The pieces by series, in the order of the series: a later one is drawn over an earlier one.
  private var blocks: [Block] {
    var blocks: [Block] = []
    for place in series.indices {
      var lines: [ChartTable.Row] = []
      for (index, row) in rows.enumerated() {
        for piece in row.pieces where piece.series == place {
          lines.append(
            ChartTable.Row(
              name: "\(row.name): \(series[place].name)", values: [-Double(index), piece.from, piece.to]))
        }
      }
      if !lines.isEmpty { blocks.append(Block(series: place, rows: lines)) }
    }
    return blocks
  }

  private func name(_ row: Row) -> String { shortened(visibleLine(row.name), toWidth: format.nameLength()) }

  private func frame(names: Double, rowsHeight: Double) -> ChartFrame {
    guard format == .narrow else {
      return ChartFrame(
        width: 900, height: Int(76 + 90 + rowsHeight), left: 24 + names, right: 24, top: 76, bottom: 90)
    }
    let bottom = ChartFrame.narrowBottom(legend: series.map(\.name))
    return ChartFrame(
      width: ChartFormat.narrowWidth, height: Int(32 + bottom + rowsHeight), left: 14 + names, right: 8, top: 32,
      bottom: bottom)
  }
}
