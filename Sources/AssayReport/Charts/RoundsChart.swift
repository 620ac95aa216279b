import AssayCore

/// Every block of the control kernel, the baseline and a few variants against their own medians, in the order measured.
func roundsChart(_ subject: ChartSubject) -> ChartDrawing {
  guard let chart = RoundsChart(subject.group, subject.format)?.chart(named: subject.fileName) else {
    return .absent("there are no blocks")
  }
  return .drawn([chart])
}

private struct RoundsChart {
  private static let panelHeight = 76.0
  private static let panelGap = 22.0
  /// Beside the control kernel.
  private static let mostMembers = 6

  private let group: ReportGroup
  private let members: [RoundSeries]
  private let leftOut: Int
  /// Per cent of the median, the same for all panels.
  private let limit: Double
  private let frame: ChartFrame

  /// Nil without blocks.
  init?(_ group: ReportGroup, _ format: ChartFormat) {
    var control: [RoundSeries] = []
    var baseline: [RoundSeries] = []
    var front: [RoundSeries] = []
    var others: [RoundSeries] = []
    for series in group.rounds {
      guard let variant = series.variant else {
        control.append(series)
        continue
      }
      let row = group.rows.first { $0.variant == variant }
      if row?.isBaseline == true {
        baseline.append(series)
      } else if row?.isOnFront == true {
        front.append(series)
      } else {
        others.append(series)
      }
    }
    let members = baseline + front + others
    guard !members.isEmpty else { return nil }
    self.group = group
    let most = format == .wide ? Self.mostMembers : Self.mostMembers / 2
    self.members = control + members.prefix(most)
    leftOut = members.count - min(members.count, most)
    // The central 98 % of all blocks, but at least a per cent: noise of a thousandth should look like none.
    var deviations: [Double] = []
    for series in self.members {
      let typical = series.typical_ns
      for launch in series.launches {
        for value in launch where typical > 0 { deviations.append(abs(value / typical - 1) * 100) }
      }
    }
    deviations.sort()
    let wide = deviations.isEmpty ? 1 : deviations[min(deviations.count - 1, deviations.count * 98 / 100)]
    limit = max(1, wide * 1.25)
    let panels = Double(self.members.count) * (Self.panelHeight + Self.panelGap)
    frame =
      format == .wide
      ? ChartFrame(width: 900, height: Int(84 + panels + 44), left: 70, right: 24, top: 84, bottom: 44)
      : ChartFrame(
        width: ChartFormat.narrowWidth, height: Int(54 + panels + 30), left: 44, right: 10, top: 54, bottom: 30)
  }

  func chart(named name: String) -> Chart {
    let title = "Block rounds: \(visibleLine(group.group.baseline))"
    var script = frame.preamble(title: title, subtitle: subtitle)
    script.append("set multiplot")
    for (index, series) in members.enumerated() {
      if index > 0 { script += ["unset label", "unset arrow"] }
      script += panel(series, at: index)
    }
    script.append("unset multiplot")
    return Chart(
      group: group.group, name: name, title: title, alternative: alternative(title), width: frame.width,
      height: frame.height, tables: tables, script: script)
  }

  private var subtitle: String {
    "median of each block, in % of the member's own; a gap parts launches"
      + (leftOut > 0 ? "; \(counted(leftOut, "more variant is", "more variants are")) not drawn" : "")
  }

  private func title(_ series: RoundSeries) -> String {
    guard let variant = series.variant else { return "control kernel" }
    return shortened(visibleLine(variant), toWidth: frame.isNarrow ? 24 : 50)
  }

  private func panel(_ series: RoundSeries, at index: Int) -> [String] {
    let bottom =
      Double(frame.height) - frame.top - Double(index) * (Self.panelHeight + Self.panelGap) - Self.panelHeight
    let isLast = index == members.count - 1
    let colour = series.variant == nil ? Palette.vermillion : Palette.blue
    var rounds = 0
    for launch in series.launches { rounds += launch.count + 1 }
    return [
      "set lmargin at screen \(frame.across(frame.left)); set rmargin at screen "
        + "\(frame.across(Double(frame.width) - frame.right))",
      "set bmargin at screen \(frame.up(bottom)); set tmargin at screen \(frame.up(bottom + Self.panelHeight))",
      "set xrange [0:\(max(rounds, 2))] noextend",
      "unset xtics",
      isLast ? "set xlabel 'block rounds, launch after launch' offset 0,0.5" : "unset xlabel",
      "set yrange [\(-limit):\(limit)] noextend",
      "set ytics ('−\(Self.tic(limit / 1.25))' \(-limit / 1.25), '0' 0, '+\(Self.tic(limit / 1.25))' \(limit / 1.25))",
      "set grid noxtics ytics",
      frame.label(title(series), x: frame.left, y: bottom + Self.panelHeight + 9, size: 11),
      frame.label(
        "scatter \(Self.tic(series.scatter * 100)) %" + (frame.isNarrow ? "" : ", slowest block \(series.worstWords)"),
        x: Double(frame.width) - frame.right, y: bottom + Self.panelHeight + 9, size: 10, colour: Palette.darkGrey,
        align: .right),
      "plot rounds\(index + 1) using 1:2 with lines linewidth 1 linecolor rgb '\(colour)'",
    ]
  }

  private static func tic(_ value: Double) -> String { QuantityText.significant(value, digits: 2) }

  private var tables: [ChartTable] {
    var tables: [ChartTable] = []
    for (index, series) in members.enumerated() {
      var blocks: [[ChartTable.Row]] = []
      let typical = series.typical_ns
      var place = 1
      for launch in series.launches {
        var rows: [ChartTable.Row] = []
        for value in launch {
          // Beyond the edge a line would be cut without a sign of how far it goes; the data keep the number.
          rows.append(
            ChartTable.Row(
              name: rows.isEmpty ? title(series) : nil, values: [Double(place), (value / typical - 1) * 100, value]))
          place += 1
        }
        blocks.append(rows)
        place += 1
      }
      tables.append(
        ChartTable(name: "rounds\(index + 1)", columns: ["round", "off_percent", "block_ns"], blocks: blocks))
    }
    return tables
  }

  private func alternative(_ title: String) -> String {
    var text = "\(title)."
    for series in members {
      text += " \(self.title(series)): scatter \(Self.tic(series.scatter * 100)) %, slowest block "
      text += "\(series.worstWords)."
    }
    return text
  }

}
