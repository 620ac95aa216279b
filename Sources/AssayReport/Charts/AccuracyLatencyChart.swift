import AssayCore
import AssayJudge
import AssayMeasure

/// Accuracy against latency of one group, with intervals both ways and the Pareto front as a stepped line.
///
/// Up and to the left is better. Up to twelve points carry their names; more carry numbers, explained at the side.
struct AccuracyLatencyChart {
  private struct Point {
    var row: ReportRow
    /// In the axis' units, value and interval.
    var x: (value: Double, low: Double, high: Double)
    var y: (value: Double, low: Double, high: Double)
    var label: String
  }

  private static let namedPoints = 12
  private static let labelSize = 12.0

  private let group: ReportGroup
  private let unit: AxisUnit
  private let points: [Point]
  private let isNumbered: Bool
  private let frame: ChartFrame
  private let xAxis: ChartAxis
  private let yAxis: ChartAxis

  /// Nil when no row has both accuracy and latency.
  init?(_ group: ReportGroup) {
    let rows = group.rows.filter {
      $0[ReportMetric.accuracy]?.value != nil && $0[MetricCatalog.latencyP50]?.value != nil
    }
    let largest = rows.compactMap { $0[MetricCatalog.latencyP50]?.value }.max() ?? 0
    let unit = AxisUnit.duration(upTo: largest)
    let isNumbered = rows.count > Self.namedPoints
    var points: [Point] = []
    for (index, row) in rows.enumerated() {
      guard let x = Self.span(row[MetricCatalog.latencyP50], factor: 1 / unit.factor),
        let y = Self.span(row[ReportMetric.accuracy], factor: 100)
      else { return nil }
      let name = shortened(visibleLine(row.variant), toWidth: 30)
      points.append(Point(row: row, x: x, y: y, label: isNumbered ? "\(index + 1)" : name))
    }
    let xs = points.flatMap { [$0.x.low, $0.x.high] }
    let isWide = (xs.max() ?? 1) > 6 * (xs.min() ?? 1)
    guard let xAxis = ChartAxis(xs, margin: 0.13, least: (xs.max() ?? 1) * 0.1, isLogarithmic: isWide),
      let yAxis = ChartAxis(points.flatMap { [$0.y.low, $0.y.high] }, margin: 0.08, least: 0.5)
    else { return nil }
    let legendWidth = isNumbered ? Self.legendWidth(points) : 0
    frame = ChartFrame(
      width: 900 + Int(legendWidth), height: max(560, isNumbered ? 150 + 19 * points.count : 0), left: 80,
      right: 24 + legendWidth, top: 84, bottom: 94)
    (self.group, self.unit, self.points, self.isNumbered) = (group, unit, points, isNumbered)
    (self.xAxis, self.yAxis) = (xAxis, yAxis)
  }

  func chart(named name: String) -> Chart {
    let title = "Accuracy against latency: \(visibleLine(group.group.baseline))"
    let blocks = self.blocks
    var script = frame.preamble(title: title, subtitle: visibleLine(group.conditions))
    script += xAxis.script("x", tics: 8) + yAxis.script("y", tics: 7)
    script += [
      "set xlabel \(quoted("median latency of one inference, \(unit.name)"))",
      "set ylabel \(quoted("top-1 accuracy, %")) offset 0.5,0",
    ]
    script += labels() + numbers() + missing()
    script += frame.legend(blocks.map { ($0.kind.sign, $0.kind.colour, $0.kind.text) }, y: 16)
    script.append("plot " + plots(blocks.map(\.kind)).joined(separator: ", "))
    return Chart(
      group: group.group, name: name, title: title, width: frame.width, height: frame.height,
      tables: [
        ChartTable(
          name: "points",
          columns: [
            "p50_\(unit.name == "µs" ? "us" : unit.name)", "p50_low", "p50_high", "accuracy_percent", "accuracy_low",
            "accuracy_high",
          ], blocks: blocks.map(\.rows))
      ], script: script)
  }

  // MARK: What is drawn

  private enum Kind {
    case front, baseline, onFront, other

    var sign: ChartFrame.Sign {
      switch self {
      case .front: .dashes
      case .baseline: .mark(13, size: 1)
      case .onFront: .mark(7, size: 0.9)
      case .other: .mark(6, size: 0.9)
      }
    }

    var colour: String {
      switch self {
      case .front: Palette.bluishGreen
      case .baseline: Palette.black
      case .onFront: Palette.blue
      case .other: Palette.vermillion
      }
    }

    var text: String {
      switch self {
      case .front: "Pareto front"
      case .baseline: "baseline"
      case .onFront: "on the front"
      case .other: "others (all bars: 95 % intervals)"
      }
    }
  }

  private var blocks: [(kind: Kind, rows: [ChartTable.Row])] {
    let front = points.filter(\.row.isOnFront).sorted { $0.x.value < $1.x.value }
    var steps = front.map { ChartTable.Row(name: nil, values: Self.values($0.x, $0.y)) }
    if let first = front.first, let last = front.last {
      // From below the first point to beyond the last one, so that the region that is beaten is closed.
      let floor = yAxis.range.lowerBound
      let edge = xAxis.range.upperBound
      steps.insert(ChartTable.Row(name: "front", values: [first.x.value, .nan, .nan, floor, .nan, .nan]), at: 0)
      steps.append(ChartTable.Row(name: nil, values: [edge, .nan, .nan, last.y.value, .nan, .nan]))
    }
    func rows(_ keep: (Point) -> Bool) -> [ChartTable.Row] {
      points.filter(keep).map { ChartTable.Row(name: $0.row.variant, values: Self.values($0.x, $0.y)) }
    }
    let all: [(Kind, [ChartTable.Row])] = [
      (.front, steps), (.baseline, rows(\.row.isBaseline)), (.onFront, rows { !$0.row.isBaseline && $0.row.isOnFront }),
      (.other, rows { !$0.row.isBaseline && !$0.row.isOnFront }),
    ]
    return all.filter { !$0.1.isEmpty }.map { (kind: $0.0, rows: $0.1) }
  }

  private func plots(_ kinds: [Kind]) -> [String] {
    kinds.enumerated().flatMap { block, kind -> [String] in
      let source = "points every :::\(block)::\(block)"
      switch kind.sign {
      case .dashes:
        return ["\(source) using 1:4 with steps linewidth 1.6 dashtype 2 linecolor rgb '\(kind.colour)'"]
      case .mark(let type, let size):
        return [
          "\(source) using 1:4:2:3:5:6 with xyerrorbars pointtype -1 linewidth 1.2 linecolor rgb '\(kind.colour)'",
          "\(source) using 1:4 with points pointtype \(type) pointsize \(size) linecolor rgb '\(kind.colour)'",
        ]
      }
    }
  }

  /// The points' names or numbers, placed so that they cover nothing.
  private func labels() -> [String] {
    let plot = frame.plot
    let places = points.map {
      LabelPlacement.Point(
        x: xAxis.place($0.x.value, start: plot.x, length: plot.width),
        y: yAxis.place($0.y.value, start: plot.y, length: plot.height))
    }
    var obstacles: [PixelBox] = []
    for (point, place) in zip(points, places) {
      obstacles.append(PixelBox(x: place.x - 6, y: place.y - 6, width: 12, height: 12))
      let left = xAxis.place(point.x.low, start: plot.x, length: plot.width)
      let right = xAxis.place(point.x.high, start: plot.x, length: plot.width)
      let low = yAxis.place(point.y.low, start: plot.y, length: plot.height)
      let high = yAxis.place(point.y.high, start: plot.y, length: plot.height)
      obstacles.append(PixelBox(x: left, y: place.y - 1, width: right - left, height: 2))
      obstacles.append(PixelBox(x: place.x - 1, y: low, width: 2, height: high - low))
    }
    obstacles += frontBoxes(places)
    let sizes = points.map {
      (width: TextExtent.width($0.label, size: Self.labelSize) + 4, height: Self.labelSize + 4)
    }
    let placed = LabelPlacement(bounds: plot.grown(-2), obstacles: obstacles).place(places, sizes: sizes)
    return zip(points, zip(places, placed)).flatMap { point, geometry -> [String] in
      let (place, label) = geometry
      let box = label.box
      var lines = [
        frame.label(
          point.label, x: box.x + box.width / 2, y: box.y + box.height / 2, size: Int(Self.labelSize), align: .center)
      ]
      if label.needsLeader {
        let end = label.anchor(for: place)
        lines.append(frame.line(from: (place.x, place.y), to: (end.x, end.y), colour: Palette.grey))
      }
      return lines
    }
  }

  /// The pieces of the stepped line, as things that labels keep off.
  private func frontBoxes(_ places: [LabelPlacement.Point]) -> [PixelBox] {
    let front = zip(points, places).filter { $0.0.row.isOnFront }.map(\.1).sorted { $0.x < $1.x }
    var boxes: [PixelBox] = []
    for (a, b) in zip(front, front.dropFirst()) {
      boxes.append(PixelBox(x: a.x, y: a.y - 1, width: b.x - a.x, height: 2))
      boxes.append(PixelBox(x: b.x - 1, y: min(a.y, b.y), width: 2, height: abs(b.y - a.y)))
    }
    if let last = front.last {
      boxes.append(PixelBox(x: last.x, y: last.y - 1, width: frame.plot.x + frame.plot.width - last.x, height: 2))
    }
    return boxes
  }

  private func numbers() -> [String] {
    guard isNumbered else { return [] }
    let x = frame.plot.x + frame.plot.width + 18
    return points.enumerated().flatMap { index, point -> [String] in
      let y = Double(frame.height) - frame.top - 10 - 19 * Double(index)
      return [
        frame.label("\(index + 1)", x: x + 18, y: y, size: 11, colour: Palette.darkGrey, align: .right),
        frame.label(shortened(visibleLine(point.row.variant), toWidth: 34), x: x + 26, y: y, size: 11),
      ]
    }
  }

  /// Who is not in the picture.
  private func missing() -> [String] {
    let names = group.rows.filter { row in !points.contains { $0.row.variant == row.variant } }.map(\.variant)
    guard !names.isEmpty else { return [] }
    let text = "not measured: " + names.map(visibleLine).joined(separator: ", ")
    let room = Int(Double(frame.width - 40) / 6.8)
    return [
      frame.label(
        truncated(text, toWidth: room), x: 16, y: Double(frame.height) - 63, size: 10, colour: Palette.darkGrey)
    ]
  }

  private static func legendWidth(_ points: [Point]) -> Double {
    let widest = points.map { TextExtent.width(shortened(visibleLine($0.row.variant), toWidth: 34), size: 11) }.max()
    return 50 + (widest ?? 0)
  }

  private static func span(_ figure: Figure?, factor: Double) -> (value: Double, low: Double, high: Double)? {
    guard let figure, let value = figure.value else { return nil }
    return (value * factor, (figure.interval?.low ?? value) * factor, (figure.interval?.high ?? value) * factor)
  }

  private static func values(
    _ x: (value: Double, low: Double, high: Double), _ y: (value: Double, low: Double, high: Double)
  ) -> [Double] { [x.value, x.low, x.high, y.value, y.low, y.high] }
}
