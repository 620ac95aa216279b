public import AssayCore
public import AssayJudge
import AssayMeasure

/// Draws trends into one picture, with data and script beside it: `name.svg` or `name.png`, `name.gp`, `name-*.dat`.
///
/// - Parameters:
///   - name: File name of the picture, with `.svg` or `.png`.
/// - Throws: `badName` for another name; `drawingFailed` also when there is nothing to draw; `gnuplotMissing`.
public func historyChartFiles(
  _ report: TrendReport, name: String, gnuplot: String = "gnuplot"
) throws(ReportError) -> [OutputFile] {
  guard let dot = name.lastIndex(of: "."), dot > name.startIndex, [".svg", ".png"].contains(String(name[dot...])),
    // The name stands between quotes in the script.
    name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0 != "'" && $0 != "\\" && $0 != "/" && $0.value != 0x7F })
  else {
    throw ReportError(
      .badName, "'\(visibleLine(name))' is no name of a picture", remedy: "give a name that ends with .svg or .png")
  }
  guard let chart = HistoryChart(report)?.chart(named: String(name[..<dot])) else {
    throw ReportError(
      .nothingToDraw, "the history has nothing to draw", remedy: "add runs, or choose other variants or metrics")
  }
  return chart.sources + (try chart.pictures(program: gnuplot).filter { $0.name == name })
}

/// Trends over the runs, one panel each: points with intervals, levels, steps and changes of machine.
struct HistoryChart {
  private static let panelHeight = 124.0
  private static let panelGap = 40.0
  private static let mostPanels = 8
  /// With more runs intervals and marks would cover each other.
  private static let runsWithIntervals = 60
  private static let mostMarkedChanges = 12
  private static let colours = [
    Palette.blue, Palette.orange, Palette.bluishGreen, Palette.skyBlue, Palette.vermillion, Palette.black,
  ]

  private struct Panel {
    var trend: Trend
    var unit: AxisUnit
    var axis: ChartAxis
  }

  private let report: TrendReport
  private let panels: [Panel]
  private let leftOut: Int
  /// Places in `report.runs` of the runs that are drawn, in order.
  private let runs: [Int]
  private let frame: ChartFrame

  /// Nil when no trend has a level.
  init?(_ report: TrendReport, _ format: ChartFormat = .wide) {
    // What moved is what a reader looks for.
    let all = report.trends.compactMap(Self.panel)
    let drawable = all.filter { !$0.trend.steps.isEmpty } + all.filter { $0.trend.steps.isEmpty }
    let panels = Array(drawable.prefix(format == .wide ? Self.mostPanels : Self.mostPanels / 2))
    guard !panels.isEmpty else { return nil }
    self.panels = panels
    leftOut = drawable.count - panels.count
    self.report = report
    runs = Set(panels.flatMap { $0.trend.points.map(\.run) }).sorted()
    let panelsHeight = Double(panels.count) * (Self.panelHeight + Self.panelGap)
    let machines = Set(runs.map { report.runs[$0].machine }).count
    // A line each, and one for what dashes are.
    let bottom = 52 + 17 * Double(min(machines, 5) + 1)
    frame =
      format == .wide
      ? ChartFrame(width: 960, height: Int(96 + panelsHeight + 84), left: 84, right: 28, top: 96, bottom: 84)
      : ChartFrame(
        width: ChartFormat.narrowWidth, height: Int(58 + panelsHeight + bottom - Self.panelGap), left: 50, right: 12,
        top: 58, bottom: bottom)
  }

  private static func panel(_ trend: Trend) -> Panel? {
    let levels = trend.points.compactMap(\.level)
    guard let largest = levels.map({ abs($0.value) }).max() else { return nil }
    let unit = unit(of: trend, upTo: largest)
    let ends = levels.flatMap { [$0.value, $0.interval?.low ?? $0.value, $0.interval?.high ?? $0.value] }
    // Noise of a per cent should look small.
    guard
      let axis = ChartAxis(ends.map { $0 / unit.factor }, margin: 0.2, least: max(largest / unit.factor * 0.06, 1e-9))
    else { return nil }
    return Panel(trend: trend, unit: unit, axis: axis)
  }

  private static func unit(of trend: Trend, upTo largest: Double) -> AxisUnit {
    guard trend.terms == .value else { return AxisUnit(name: trend.terms.rawValue, factor: 1) }
    switch trend.metric.unit {
    case "ns": return AxisUnit.duration(upTo: largest)
    case "B": return AxisUnit.bytes(upTo: largest)
    case "fraction": return AxisUnit(name: "%", factor: 0.01)
    case "count": return AxisUnit.count(upTo: largest)
    default: return AxisUnit(name: visibleLine(trend.metric.unit), factor: 1)
    }
  }

  func chart(named name: String) -> Chart {
    let suites = Set(panels.map(\.trend.suite))
    let title = "History" + (suites.count == 1 ? ": \(visibleLine(panels[0].trend.suite))" : "")
    var script = frame.preamble(title: title, subtitle: subtitle)
    script += frame.legend(legend, y: 18)
    script.append("set multiplot")
    for (index, panel) in panels.enumerated() {
      if index > 0 { script += ["unset label", "unset arrow"] }
      script += self.script(panel, at: index)
    }
    script.append("unset multiplot")
    return Chart(
      group: panels[0].trend.trial.group, name: name, title: title, width: frame.width, height: frame.height,
      tables: panels.enumerated().flatMap { tables($1, at: $0) }, script: script)
  }

  private var subtitle: String {
    let range = runs.first.flatMap { first in runs.last.map { (first, $0) } }.map { first, last in
      first == last
        ? TrendWords.time(report.runs[first].startedAt)
        : "\(TrendWords.time(report.runs[first].startedAt)) to \(TrendWords.time(report.runs[last].startedAt)) UTC"
    }
    return counted(runs.count, "run") + (range.map { ", \($0)" } ?? "")
      + (leftOut > 0
        ? "; \(counted(leftOut, "more trend is", "more trends are")) not drawn: assay history --variant or --metric shows them"
        : "")
  }

  private func colour(ofMachine machine: Int) -> String {
    machine < Self.colours.count ? Self.colours[machine] : Palette.grey
  }

  /// Machines where there are several, and what the lines mean where there are any.
  private var legend: [(sign: ChartFrame.Sign, colour: String, text: String)] {
    let machines = Set(runs.map { report.runs[$0].machine }).sorted()
    var entries: [(sign: ChartFrame.Sign, colour: String, text: String)] = []
    for machine in machines.prefix(4) {
      let name = visibleLine("\(report.machines[machine].host), \(report.machines[machine].cpuModel)")
      entries.append(
        (.mark(7, size: 0.8), colour(ofMachine: machine), shortened(name, toWidth: machines.count > 2 ? 20 : 34)))
    }
    if machines.count > 4 { entries.append((.mark(7, size: 0.8), Palette.grey, "\(machines.count - 4) more")) }
    if panels.contains(where: { !$0.trend.steps.isEmpty }) { entries.append((.dashes, Palette.darkGrey, "step")) }
    return entries
  }

  // MARK: One panel

  private func script(_ panel: Panel, at index: Int) -> [String] {
    let bottom =
      Double(frame.height) - frame.top - Double(index) * (Self.panelHeight + Self.panelGap)
      - Self.panelHeight
    let isLast = index == panels.count - 1
    let count = Double(runs.count)
    var lines = [
      "set bmargin at screen \(frame.up(bottom)); set tmargin at screen \(frame.up(bottom + Self.panelHeight))",
      "set xrange [0.4:\(count + 0.6)] noextend",
      "set xtics (\(xTics(labelled: isLast).joined(separator: ", ")))",
      frame.isNarrow ? "unset ylabel" : "set ylabel \(quoted(panel.unit.name)) offset 0.5,0 font ',11'",
    ]
    lines += isLast ? frame.acrossTitle("runs, oldest first, by their date (UTC)") : ["unset xlabel"]
    lines += panel.axis.script("y", tics: 4)
    lines.append(
      frame.isNarrow
        ? frame.label(
          shortened("\(heading(panel)), \(panel.unit.name)", toWidth: 60), x: ChartFormat.narrowEdge,
          y: bottom + Self.panelHeight + 13, size: 10)
        : frame.label(heading(panel), x: frame.left, y: bottom + Self.panelHeight + 13, size: 12))
    lines += machineLines(panel) + stepLines(panel)
    lines.append("plot " + plots(panel, at: index).joined(separator: ", "))
    return lines
  }

  /// `int8-static: latency.p50` and, where the panels differ in it, baseline and conditions.
  private func heading(_ panel: Panel) -> String {
    let trend = panel.trend
    var text = "\(shortened(visibleLine(trend.trial.variant), toWidth: 40)): \(visibleLine(trend.metric.name))"
    if Set(panels.map(\.trend.suite)).count > 1 { text += ", \(shortened(visibleLine(trend.suite), toWidth: 24))" }
    if Set(panels.map(\.trend.trial.group)).count > 1 {
      text +=
        " (\(shortened(visibleLine(trend.trial.group.baseline), toWidth: 24)), "
        + "\(TrendWords.conditions(trend.trial.group)))"
    }
    return text
  }

  /// At most eight runs (on a phone three) carry their date; all of one day their time.
  private func xTics(labelled: Bool) -> [String] {
    let times = runs.map { TrendWords.time(report.runs[$0].startedAt) }
    let isOneDay = Set(times.map { $0.prefix(10) }).count == 1
    let most = frame.isNarrow ? 3 : 8
    let stride = max(1, (runs.count + most - 1) / most)
    return times.indices.filter { $0 % stride == 0 }.map { index in
      let text = isOneDay ? times[index] : String(times[index].prefix(10))
      return "\(labelled ? quotedTic(text) : "''") \(index + 1)"
    }
  }

  private func x(_ run: Int) -> Double { Double((runs.firstIndex(of: run) ?? 0) + 1) }

  private func machineLines(_ panel: Panel) -> [String] {
    let changes = report.machineChanges(in: panel.trend)
    guard changes.count <= Self.mostMarkedChanges else { return [] }
    return changes.flatMap { run -> [String] in
      let place = "first \(x(run) - 0.5)"
      return [
        "set arrow from \(place), graph 0 to \(place), graph 1 nohead back linewidth 3 linecolor rgb '\(Palette.lightGrey)'",
        "set label 'other machine' at \(place), graph 0.07 left offset 0.4,0 front font ',9' "
          + "textcolor rgb '\(Palette.darkGrey)'",
      ]
    }
  }

  private func stepLines(_ panel: Panel) -> [String] {
    panel.trend.steps.flatMap { step -> [String] in
      let colour =
        switch TrendWords.direction(step, in: panel.trend) {
        case "worse": Palette.vermillion
        case "better": Palette.bluishGreen
        default: Palette.darkGrey
        }
      let place = "first \(x(step.run) - 0.5)"
      // Beyond two thirds of the picture the words go to the left of the line.
      let isRight = x(step.run) > Double(runs.count) * 0.85
      return [
        "set arrow from \(place), graph 0 to \(place), graph 1 nohead front dashtype 2 linewidth 1.4 "
          + "linecolor rgb '\(colour)'",
        "set label \(quoted(TrendWords.change(step) ?? "step")) at \(place), graph 0.91 \(isRight ? "right" : "left") "
          + "offset \(isRight ? "-0.5" : "0.5"),0 front font ',11' textcolor rgb '\(colour)'",
      ]
    }
  }

  private func plots(_ panel: Panel, at index: Int) -> [String] {
    let levels = "levels\(index + 1) using 1:2 with lines linewidth 2.4 linecolor rgb '\(Palette.grey)'"
    let hasIntervals = runs.count <= Self.runsWithIntervals
    let size = hasIntervals ? 0.7 : 0.4
    return [levels]
      + machines(panel).enumerated().flatMap { block, machine -> [String] in
        let source = "points\(index + 1) every :::\(block)::\(block)"
        let colour = "linecolor rgb '\(colour(ofMachine: machine))'"
        let bars = "\(source) using 1:2:3:4 with yerrorbars pointtype -1 linewidth 1.1 \(colour)"
        return (hasIntervals ? [bars] : []) + [
          "\(source) using 1:2 with points pointtype 7 pointsize \(size) \(colour)"
        ]
      }
  }

  private func machines(_ panel: Panel) -> [Int] {
    Set(panel.trend.points.filter { $0.level != nil }.map { report.runs[$0.run].machine }).sorted()
  }

  /// Points by machine, levels by segment.
  private func tables(_ panel: Panel, at index: Int) -> [ChartTable] {
    let trend = panel.trend
    let unit = panel.unit.factor
    let points = machines(panel).map { machine in
      trend.points.compactMap { point -> ChartTable.Row? in
        guard let level = point.level, report.runs[point.run].machine == machine else { return nil }
        let (low, high) = (level.interval?.low ?? level.value, level.interval?.high ?? level.value)
        return ChartTable.Row(
          name: report.runs[point.run].startedAt, values: [x(point.run), level.value / unit, low / unit, high / unit])
      }
    }
    let levels = trend.segments.map { segment -> [ChartTable.Row] in
      let places = segment.runs.map(x)
      let level = segment.level / unit
      return [
        ChartTable.Row(name: nil, values: [(places.first ?? 0) - 0.4, level]),
        ChartTable.Row(name: nil, values: [(places.last ?? 0) + 0.4, level]),
      ]
    }
    return [
      ChartTable(name: "points\(index + 1)", columns: ["run", "level", "low", "high"], blocks: points),
      ChartTable(name: "levels\(index + 1)", columns: ["run", "level"], blocks: levels),
    ]
  }
}
