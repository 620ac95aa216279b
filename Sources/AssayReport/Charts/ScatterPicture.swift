import AssayCore
import AssayMeasure

/// Points with intervals both ways, each with its name or number, and a line that means something: a front, a diagonal.
///
/// Up to twelve points carry their names; more carry numbers, explained at the side.
struct ScatterPicture {
  /// A value with its interval, in the axis' unit.
  struct Span: Sendable, Hashable {
    var value: Double
    var low: Double
    var high: Double

    init(_ value: Double, low: Double? = nil, high: Double? = nil) {
      (self.value, self.low, self.high) = (value, low ?? value, high ?? value)
    }

    /// The value and its interval times `factor`; the value twice where there is no interval.
    init(_ value: Double, _ interval: ConfidenceInterval?, factor: Double) {
      self.init(value * factor, low: interval.map { $0.low * factor }, high: interval.map { $0.high * factor })
    }
  }

  enum Kind: Sendable, Hashable { case baseline, marked, other }

  struct Point: Sendable, Hashable {
    var name: String
    var kind: Kind
    var x: Span
    var y: Span
  }

  enum Line: Sendable, Hashable {
    case none
    /// Steps through the marked points and the baseline where it is one of the front, by rising x.
    case front(Set<String>)
    /// Where x and y are equal.
    case diagonal
  }

  /// The words of a picture.
  struct Words: Sendable {
    var title: String
    var subtitle: String
    var x: String
    var y: String
    /// What the line is, and what its marked points and the others are.
    var line: String
    var marked: String
    var other: String
    /// Who is not in the picture, with the reason before the names: `not measured: a, b`; empty without.
    var missing: String
    /// Column names of the data file.
    var columns: [String]
  }

  private static let namedPoints = 12
  private static let labelSize = 12.0

  private let words: Words
  private let line: Line
  private let points: [Point]
  private let labels: [String]
  private let isNumbered: Bool
  private let format: ChartFormat
  private let frame: ChartFrame
  private let xAxis: ChartAxis
  private let yAxis: ChartAxis

  /// Nil without points.
  init?(
    _ points: [Point], line: Line, words: Words, leastX: Double? = nil, leastY: Double = 0.5,
    format: ChartFormat = .wide
  ) {
    isNumbered = points.count > (format == .wide ? Self.namedPoints : Self.namedPoints / 2)
    var labels: [String] = []
    var xs: [Double] = []
    var ys: [Double] = []
    for (index, point) in points.enumerated() {
      labels.append(isNumbered ? "\(index + 1)" : shortened(visibleLine(point.name), toWidth: 30))
      xs += [point.x.low, point.x.high]
      ys += [point.y.low, point.y.high]
    }
    if line == .diagonal {
      // Both axes hold 1, where nothing is gained and nothing lost.
      xs.append(1)
      ys.append(1)
    }
    var isWide = (xs.max() ?? 1) > 6 * (xs.min() ?? 1)
    // A diagonal is straight only where both axes are of one kind.
    if line == .diagonal { isWide = isWide || (ys.max() ?? 1) > 6 * (ys.min() ?? 1) }
    let isHigh = line == .diagonal && isWide
    guard
      let xAxis = ChartAxis(xs, margin: 0.13, least: leastX ?? (xs.max() ?? 1) * 0.1, isLogarithmic: isWide),
      let yAxis = ChartAxis(ys, margin: 0.08, least: leastY, isLogarithmic: isHigh)
    else { return nil }
    if format == .wide {
      let legendWidth = isNumbered ? Self.legendWidth(points) : 0
      frame = ChartFrame(
        width: 900 + Int(legendWidth), height: max(560, isNumbered ? 150 + 19 * points.count : 0), left: 80,
        right: 24 + legendWidth, top: 84, bottom: 94)
    } else {
      let bottom =
        ChartFrame.narrowBottom(legend: [words.line, "baseline", words.marked, words.other])
        + (isNumbered ? 8 + Self.numberHeight * Double((points.count + 1) / 2) : 0)
      frame = ChartFrame(
        width: ChartFormat.narrowWidth, height: Int(50 + 290 + bottom), left: 46, right: 10, top: 50, bottom: bottom)
    }
    self.format = format
    (self.words, self.line, self.points, self.labels) = (words, line, points, labels)
    (self.xAxis, self.yAxis) = (xAxis, yAxis)
  }

  func chart(named name: String, group: ComparisonGroup, alternative: String) -> Chart {
    let blocks = self.blocks
    var script = frame.preamble(title: words.title, subtitle: words.subtitle)
    script += xAxis.script("x", tics: format == .wide ? 8 : 4) + yAxis.script("y", tics: format == .wide ? 7 : 5)
    script += frame.acrossTitle(words.x + (xAxis.isLogarithmic ? " (logarithmic)" : ""))
    script += frame.upTitle(words.y + (yAxis.isLogarithmic ? " (logarithmic)" : ""))
    script += labelLines() + numbers() + missing()
    var legend: [(sign: ChartFrame.Sign, colour: String, text: String)] = []
    for block in blocks { legend.append((sign(block.kind), colour(block.kind), text(block.kind))) }
    script += frame.legend(legend, y: 16)
    script.append("plot " + plots(blocks).joined(separator: ", "))
    return Chart(
      group: group, name: name, title: words.title, alternative: alternative, width: frame.width, height: frame.height,
      tables: [ChartTable(name: "points", columns: words.columns, blocks: blocks.map(\.rows))], script: script)
  }

  // MARK: What is drawn

  private enum BlockKind { case line, baseline, marked, other }

  private struct Block {
    var kind: BlockKind
    var rows: [ChartTable.Row]
  }

  private func sign(_ kind: BlockKind) -> ChartFrame.Sign {
    switch kind {
    case .line: .dashes
    case .baseline: .mark(13, size: 1)
    case .marked: .mark(7, size: 0.9)
    case .other: .mark(6, size: 0.9)
    }
  }

  private func colour(_ kind: BlockKind) -> String {
    switch kind {
    case .line: Palette.bluishGreen
    case .baseline: Palette.black
    case .marked: Palette.blue
    case .other: Palette.vermillion
    }
  }

  private func text(_ kind: BlockKind) -> String {
    switch kind {
    case .line: words.line
    case .baseline: "baseline"
    case .marked: words.marked
    case .other: words.other
    }
  }

  private var blocks: [Block] {
    var blocks: [Block] = []
    if !lineRows.isEmpty { blocks.append(Block(kind: .line, rows: lineRows)) }
    for (kind, own) in [(BlockKind.baseline, Kind.baseline), (.marked, .marked), (.other, .other)] {
      var rows: [ChartTable.Row] = []
      for point in points where point.kind == own {
        rows.append(ChartTable.Row(name: point.name, values: Self.values(point)))
      }
      if !rows.isEmpty { blocks.append(Block(kind: kind, rows: rows)) }
    }
    return blocks
  }

  private var front: [Point] {
    guard case .front(let names) = line else { return [] }
    return points.filter { names.contains($0.name) }.sorted { $0.x.value < $1.x.value }
  }

  private var lineRows: [ChartTable.Row] {
    func place(_ x: Double, _ y: Double, _ name: String? = nil) -> ChartTable.Row {
      ChartTable.Row(name: name, values: [x, .nan, .nan, y, .nan, .nan])
    }
    switch line {
    case .none: return []
    case .diagonal:
      let low = max(xAxis.range.lowerBound, yAxis.range.lowerBound)
      let high = min(xAxis.range.upperBound, yAxis.range.upperBound)
      guard low < high else { return [] }
      return [place(low, low, "diagonal"), place(high, high)]
    case .front:
      guard let first = front.first, let last = front.last else { return [] }
      // From below the first point to beyond the last one, so that the region that is beaten is closed.
      var rows = [place(first.x.value, yAxis.range.lowerBound, "front")]
      for point in front { rows.append(ChartTable.Row(name: nil, values: Self.values(point))) }
      rows.append(place(xAxis.range.upperBound, last.y.value))
      return rows
    }
  }

  private func plots(_ blocks: [Block]) -> [String] {
    var plots: [String] = []
    for (index, block) in blocks.enumerated() {
      let source = "points every :::\(index)::\(index)"
      let colour = colour(block.kind)
      switch sign(block.kind) {
      case .dashes:
        let style = line == .diagonal ? "lines" : "steps"
        plots.append("\(source) using 1:4 with \(style) linewidth 1.6 dashtype 2 linecolor rgb '\(colour)'")
      case .mark(let type, let size):
        plots.append(
          "\(source) using 1:4:2:3:5:6 with xyerrorbars pointtype -1 linewidth 1.2 linecolor rgb '\(colour)'")
        plots.append("\(source) using 1:4 with points pointtype \(type) pointsize \(size) linecolor rgb '\(colour)'")
      }
    }
    return plots
  }

  /// The points' names or numbers, placed so that they cover nothing.
  private func labelLines() -> [String] {
    let plot = frame.plot
    var places: [LabelPlacement.Point] = []
    var obstacles: [PixelBox] = []
    var sizes: [(width: Double, height: Double)] = []
    for (index, point) in points.enumerated() {
      let x = xAxis.place(point.x.value, start: plot.x, length: plot.width)
      let y = yAxis.place(point.y.value, start: plot.y, length: plot.height)
      places.append(LabelPlacement.Point(x: x, y: y))
      sizes.append((TextExtent.width(labels[index], size: Self.labelSize) + 4, Self.labelSize + 4))
      obstacles.append(PixelBox(x: x - 6, y: y - 6, width: 12, height: 12))
      let left = xAxis.place(point.x.low, start: plot.x, length: plot.width)
      let right = xAxis.place(point.x.high, start: plot.x, length: plot.width)
      let low = yAxis.place(point.y.low, start: plot.y, length: plot.height)
      let high = yAxis.place(point.y.high, start: plot.y, length: plot.height)
      obstacles.append(PixelBox(x: left, y: y - 1, width: right - left, height: 2))
      obstacles.append(PixelBox(x: x - 1, y: low, width: 2, height: high - low))
    }
    obstacles += frontBoxes(places)
    let placed = LabelPlacement(bounds: plot.grown(-2), obstacles: obstacles).place(places, sizes: sizes)
    var lines: [String] = []
    for (index, label) in placed.enumerated() {
      let box = label.box
      lines.append(
        frame.label(
          labels[index], x: box.x + box.width / 2, y: box.y + box.height / 2, size: Int(Self.labelSize), align: .center)
      )
      guard label.needsLeader else { continue }
      let end = label.anchor(for: places[index])
      lines.append(
        frame.line(from: (places[index].x, places[index].y), to: (end.x, end.y), colour: Palette.grey))
    }
    return lines
  }

  /// The pieces of the stepped line, as things that labels keep off.
  private func frontBoxes(_ places: [LabelPlacement.Point]) -> [PixelBox] {
    guard case .front(let names) = line else { return [] }
    var front: [LabelPlacement.Point] = []
    for (point, place) in zip(points, places) where names.contains(point.name) { front.append(place) }
    front.sort { $0.x < $1.x }
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
    if format == .narrow { return narrowNumbers() }
    let x = frame.plot.x + frame.plot.width + 18
    var lines: [String] = []
    for (index, point) in points.enumerated() {
      let y = Double(frame.height) - frame.top - 10 - 19 * Double(index)
      lines.append(frame.label("\(index + 1)", x: x + 18, y: y, size: 11, colour: Palette.darkGrey, align: .right))
      lines.append(frame.label(shortened(visibleLine(point.name), toWidth: 34), x: x + 26, y: y, size: 11))
    }
    return lines
  }

  private static let numberHeight = 15.0

  /// Two columns below the plot, read downwards.
  private func narrowNumbers() -> [String] {
    let rows = (points.count + 1) / 2
    let column = (Double(frame.width) - 2 * ChartFormat.narrowEdge) / 2
    var lines: [String] = []
    for (index, point) in points.enumerated() {
      let x = ChartFormat.narrowEdge + column * Double(index / rows)
      let y = frame.bottom - 60 - Self.numberHeight * Double(index % rows)
      lines.append(frame.label("\(index + 1)", x: x + 18, y: y, size: 10, colour: Palette.darkGrey, align: .right))
      lines.append(frame.label(shortened(visibleLine(point.name), toWidth: 24), x: x + 24, y: y, size: 10))
    }
    return lines
  }

  /// Who is not in the picture.
  private func missing() -> [String] {
    guard !words.missing.isEmpty, format == .wide else { return [] }
    let room = Int(Double(frame.width - 40) / 6.8)
    return [
      frame.label(
        truncated(words.missing, toWidth: room), x: 16, y: Double(frame.height) - 63, size: 10,
        colour: Palette.darkGrey)
    ]
  }

  private static func legendWidth(_ points: [Point]) -> Double {
    var widest = 0.0
    for point in points {
      widest = max(widest, TextExtent.width(shortened(visibleLine(point.name), toWidth: 34), size: 11))
    }
    return 50 + widest
  }

  private static func values(_ point: Point) -> [Double] {
    [point.x.value, point.x.low, point.x.high, point.y.value, point.y.low, point.y.high]
  }
}
