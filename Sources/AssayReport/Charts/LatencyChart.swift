import AssayCore
import AssayJudge
import Glibc

/// How the latencies of each variant of a group are distributed.
func latencyChart(_ subject: ChartSubject) -> ChartDrawing {
  guard let chart = LatencyChart(subject.group, subject.format)?.chart(named: subject.fileName) else {
    return .absent(
      subject.group.group.scenario == .offline
        ? "the offline scenario is judged by throughput and has no latency" : "no variant has latencies")
  }
  return .drawn([chart])
}

/// The distribution of steady-state latencies of each row of a group: density, quartiles, percentiles.
///
/// The control kernel is not among them: it is no model. What lies beyond the right edge is counted beside the row.
struct LatencyChart {
  /// From so many rows on they are lower, and their outlines coarser.
  private static let crowd = 16

  private let rowHeight: Double
  private let densitySteps: Int
  private let group: ReportGroup
  private let unit: AxisUnit
  private let axis: ChartAxis
  private let frame: ChartFrame
  private let format: ChartFormat

  /// Nil when no row has samples.
  init?(_ group: ReportGroup, _ format: ChartFormat = .wide) {
    let distributions = group.rows.compactMap(\.distribution)
    guard let largest = distributions.map({ $0.quantile_ns(0.5) }).max() else { return nil }
    let unit = AxisUnit.duration(upTo: largest)
    // A single interruption can be a thousand times the median: the axis ends where all but 1 % have been.
    let ends = distributions.flatMap { [$0.quantile_ns(0), $0.quantile_ns(0.99)] }.map { max($0, 1) / unit.factor }
    let isWide = (ends.max() ?? 1) > 6 * (ends.min() ?? 1)
    guard let axis = ChartAxis(ends, margin: 0.04, isLogarithmic: isWide) else { return nil }
    let isCrowded = group.rows.count > Self.crowd
    (rowHeight, densitySteps) = isCrowded ? (26, 90) : (40, format == .wide ? 160 : 80)
    let names = group.rows.map { TextExtent.width(Self.name($0, format), size: 12) }.max() ?? 0
    frame =
      format == .wide
      ? ChartFrame(
        width: 960, height: Int(84 + 64 + rowHeight * Double(group.rows.count)), left: 24 + names, right: 236,
        top: 84, bottom: 64)
      : ChartFrame(
        width: ChartFormat.narrowWidth, height: Int(66 + 52 + rowHeight * Double(group.rows.count)), left: 14 + names,
        right: 66, top: 66, bottom: 52)
    self.format = format
    (self.group, self.unit, self.axis) = (group, unit, axis)
  }

  func chart(named name: String) -> Chart {
    let title = "Latency of one inference: \(visibleLine(group.group.baseline))"
    let drawn = group.rows.enumerated().filter { $0.element.distribution != nil }
    var script = frame.preamble(
      title: title,
      subtitle: visibleLine(group.conditions))
    script += reading
    script += axis.script("x", tics: format == .wide ? 8 : 4)
    script += frame.acrossTitle("latency, \(unit.name)" + (axis.isLogarithmic ? " (logarithmic)" : ""))
    script += [
      "set yrange [\(-Double(group.rows.count) + 0.5):0.5] noextend",
      "set ytics ("
        + group.rows.enumerated().map { "\(quotedTic(Self.name($0.element, format))) \(-$0.offset)" }
        .joined(separator: ", ") + ") scale 0",
      "set grid noytics",
    ]
    script += remarks()
    var plots: [String] = []
    for (block, item) in drawn.enumerated() {
      let colour = item.element.isBaseline ? Palette.grey : Palette.skyBlue
      plots.append(
        "density every :::\(block)::\(block) using 1:2:3 with filledcurves linecolor rgb '\(colour)' "
          + "fillstyle solid 0.55 noborder")
    }
    plots += [
      "summary using 3:1:2:6 with xerrorbars pointtype -1 linewidth 1.2 linecolor rgb '\(Palette.darkGrey)'",
      "summary using 4:1:3:5:($1-0.12):($1+0.12) with boxxyerror linecolor rgb '\(Palette.darkGrey)' "
        + "fillstyle solid 1 noborder",
      "summary using 4:1 with points pointtype 7 pointsize 0.4 linecolor rgb '#ffffff'",
      "summary using 7:1 with points pointtype 2 pointsize 0.7 linewidth 1.4 linecolor rgb '\(Palette.vermillion)'",
    ]
    script.append("plot " + plots.joined(separator: ", "))
    return Chart(
      group: group.group, name: name, title: title, alternative: alternative(title), width: frame.width,
      height: frame.height, tables: tables(drawn), script: script)
  }

  /// What the marks are.
  private var reading: [String] {
    let height = Double(frame.height)
    guard format == .narrow else {
      return [
        frame.label(
          "all steady-state samples; box: quartiles, point: median, whiskers: 10 % and 90 %, cross: 99 %", x: 16,
          y: height - 64, size: 10, colour: Palette.darkGrey)
      ]
    }
    let edge = ChartFormat.narrowEdge
    return [
      frame.label(
        "box: quartiles, point: median, whiskers: 10 and", x: edge, y: height - 36, size: 10, colour: Palette.darkGrey),
      frame.label(
        "90 %, cross: 99 %; at the right the median", x: edge, y: height - 50, size: 10, colour: Palette.darkGrey),
    ]
  }

  private func alternative(_ title: String) -> String {
    var text = "\(title); medians with the middle half of all samples."
    for row in group.rows {
      guard let distribution = row.distribution else { continue }
      let ends = (distribution.quantile_ns(0.25), distribution.quantile_ns(0.75))
      text += " \(visibleLine(row.variant)): \(QuantityText.duration(distribution.quantile_ns(0.5)))"
      text += " (\(QuantityText.duration(ends.0)) to \(QuantityText.duration(ends.1)))."
    }
    return text
  }

  private func tables(_ drawn: [(offset: Int, element: ReportRow)]) -> [ChartTable] {
    let unitName = unit.name == "µs" ? "us" : unit.name
    var density = ChartTable(name: "density", columns: ["latency_\(unitName)", "lower", "upper"], blocks: [])
    var summary: [ChartTable.Row] = []
    var quantiles = ChartTable(name: "quantiles", columns: ["probability", "latency_ns"], blocks: [])
    for (place, row) in drawn {
      guard let distribution = row.distribution else { continue }
      density.blocks.append(self.density(distribution, place: Double(-place), name: row.variant))
      summary.append(summaryRow(row, distribution, place: Double(-place)))
      quantiles.blocks.append(quantileRows(row, distribution))
    }
    let columns = ["place", "p10_\(unitName)", "p25", "p50", "p75", "p90", "p99"]
    return [density, ChartTable(name: "summary", columns: columns, blocks: [summary]), quantiles]
  }

  /// Place, quantiles, and the 99th percentile only where samples suffice to speak of it.
  private func summaryRow(
    _ row: ReportRow, _ distribution: LatencyDistribution, place: Double
  ) -> ChartTable.Row {
    var values = [place]
    for probability in [0.1, 0.25, 0.5, 0.75, 0.9] {
      values.append(distribution.quantile_ns(probability) / unit.factor)
    }
    if let p99 = row[MetricCatalog.latencyP99]?.value {
      values.append(p99 / unit.factor)
    } else {
      values.append(.nan)
    }
    return ChartTable.Row(name: row.variant, values: values)
  }

  private func quantileRows(_ row: ReportRow, _ distribution: LatencyDistribution) -> [ChartTable.Row] {
    let last = Double(distribution.quantiles_ns.count - 1)
    var rows: [ChartTable.Row] = []
    for (index, value) in distribution.quantiles_ns.enumerated() {
      rows.append(ChartTable.Row(name: index == 0 ? row.variant : nil, values: [Double(index) / last, value]))
    }
    return rows
  }

  /// The outline of the density over the axis, its greatest half width 0.42 of a row.
  ///
  /// A Gaussian kernel on the axis' own scale over the quantiles, each the same mass; Silverman's bandwidth with the
  /// smaller of deviation and quartile distance / 1.34 (B. W. Silverman, Density Estimation, 1986, 3.31).
  private func density(_ distribution: LatencyDistribution, place: Double, name: String) -> [ChartTable.Row] {
    let quantiles = distribution.quantiles_ns.map { max($0, 1) / unit.factor }
    let points = axis.isLogarithmic ? quantiles.map { log($0) } : quantiles
    let bounds = axis.isLogarithmic ? log(axis.range.lowerBound)...log(axis.range.upperBound) : axis.range
    let mean = points.reduce(0, +) / Double(points.count)
    let deviation = (points.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(points.count)).squareRoot()
    let quartiles = (points[points.count * 3 / 4] - points[points.count / 4]) / 1.34
    let spread = quartiles > 0 ? min(deviation, quartiles) : deviation
    let step = (bounds.upperBound - bounds.lowerBound) / Double(densitySteps)
    // Narrower than a pixel would be drawn as nothing.
    let width = max(0.9 * spread * pow(Double(min(distribution.count, points.count)), -0.2), step * 0.6)
    let grid = (0...densitySteps).map { bounds.lowerBound + Double($0) * step }
    let heights = grid.map { x in
      points.reduce(0) { sum, point in
        let distance = (x - point) / width
        return abs(distance) > 6 ? sum : sum + exp(-distance * distance / 2)
      }
    }
    let highest = max(heights.max() ?? 1, .leastNormalMagnitude)
    let visible = zip(grid, heights).filter { $0.1 > highest * 0.002 }
    return visible.enumerated().map { index, point in
      let half = point.1 / highest * 0.42
      let x = axis.isLogarithmic ? exp(point.0) : point.0
      return ChartTable.Row(name: index == 0 ? name : nil, values: [x, place - half, place + half])
    }
  }

  /// To the right of each row: its median and what is not in the picture; in place of a row without samples: why.
  private func remarks() -> [String] {
    let plot = frame.plot
    return group.rows.enumerated().map { index, row -> String in
      let y = plot.y + plot.height - (Double(index) + 0.5) * rowHeight
      guard let distribution = row.distribution else {
        let text = row.reason ?? "no samples"
        let room = Int((Double(frame.width) - plot.x - 20) / 7.2)
        return frame.label(
          truncated(visibleLine(text), toWidth: room), x: plot.x + 8, y: y, size: 11, colour: Palette.darkGrey)
      }
      let median = QuantityText.duration(distribution.quantile_ns(0.5))
      guard format == .wide else {
        return frame.label(median, x: plot.x + plot.width + 6, y: y, size: 11, colour: Palette.darkGrey)
      }
      var text = "median \(median)"
      let limit = axis.range.upperBound * unit.factor
      let longest = distribution.quantiles_ns.last ?? 0
      if longest > limit { text += ", longest \(QuantityText.duration(longest))" }
      return frame.label(text, x: plot.x + plot.width + 12, y: y, size: 11, colour: Palette.darkGrey)
    }
  }

  private static func name(_ row: ReportRow, _ format: ChartFormat) -> String {
    shortened(visibleLine(row.variant), toWidth: format.nameLength())
  }
}
