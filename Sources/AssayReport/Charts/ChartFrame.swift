import Glibc

/// The page that a picture is laid out for.
enum ChartFormat: Sendable, Hashable {
  /// A desktop page, paper, and a picture in a file.
  case wide
  /// A phone: letters as large as on a desktop, on a third of the width.
  case narrow

  static let narrowWidth = 400
  /// Between edge and letters.
  static let narrowEdge = 10.0

  /// Letters that names of rows may have.
  func nameLength(_ wide: Int = 30) -> Int { self == .wide ? wide : 16 }
}

/// Where on a picture the plot lies, and the script lines that put things there. Pixels, y upwards.
struct ChartFrame: Sendable {
  var width: Int
  var height: Int
  /// Margins in pixels.
  var left: Double
  var right: Double
  var top: Double
  var bottom: Double

  var plot: PixelBox {
    PixelBox(x: left, y: bottom, width: Double(width) - left - right, height: Double(height) - top - bottom)
  }

  /// Whether it is laid out for a phone.
  var isNarrow: Bool { width <= ChartFormat.narrowWidth }

  /// Colours, margins, title and subtitle; every chart's script begins with them.
  ///
  /// A narrow picture has no subtitle: the page says it around it.
  func preamble(title: String, subtitle: String) -> [String] {
    let lines = [
      "reset",
      margins,
      "set border 3 linecolor rgb '\(Palette.darkGrey)'",
      "set tics nomirror out scale 0.6 textcolor rgb '\(Palette.black)'",
      "set grid linetype 1 linecolor rgb '\(Palette.lightGrey)' linewidth 1",
      "unset key",
    ]
    guard isNarrow else {
      return lines + [
        label(title, x: 16, y: Double(height) - 22, size: 15),
        label(subtitle, x: 16, y: Double(height) - 44, size: 11, colour: Palette.darkGrey),
      ]
    }
    let room = Int((Double(width) - 2 * ChartFormat.narrowEdge) / 7.4)
    return lines + [label(shortened(title, toWidth: room), x: ChartFormat.narrowEdge, y: Double(height) - 16, size: 13)]
  }

  /// The title of the horizontal axis; in a narrow picture in the middle of it, however far to the right the plot begins.
  func acrossTitle(_ text: String) -> [String] {
    guard isNarrow else { return ["set xlabel \(quoted(text))"] }
    let room = Int((Double(width) - 2 * ChartFormat.narrowEdge) / 6.2)
    return [
      "unset xlabel",
      label(shortened(text, toWidth: room), x: Double(width) / 2, y: bottom - 40, size: 10, align: .center),
    ]
  }

  /// The title of the vertical axis; in a narrow picture above it.
  func upTitle(_ text: String) -> [String] {
    guard isNarrow else { return ["set ylabel \(quoted(text)) offset -0.5,0"] }
    return [
      "unset ylabel",
      label(text, x: ChartFormat.narrowEdge, y: Double(height) - top + 12, size: 10, colour: Palette.darkGrey),
    ]
  }

  var margins: String {
    "set lmargin at screen \(across(left)); set rmargin at screen \(across(Double(width) - right)); "
      + "set bmargin at screen \(up(bottom)); set tmargin at screen \(up(Double(height) - top))"
  }

  enum Alignment: String { case left, center, right }

  /// A text with its vertical middle at `y`.
  func label(
    _ text: String, x: Double, y: Double, size: Int = 12, colour: String = Palette.black, align: Alignment = .left
  ) -> String {
    "set label \(quoted(text)) at screen \(across(x)), screen \(up(y)) \(align.rawValue) front font ',\(size)' "
      + "textcolor rgb '\(colour)'"
  }

  /// What a legend explains, and how it looks.
  enum Sign {
    /// Number of gnuplot's point type, and its size.
    case mark(Int, size: Double)
    case dashes
  }

  /// How the entries of a narrow legend stand in lines.
  static func narrowLegend(_ texts: [String]) -> [[Int]] {
    var lines: [[Int]] = []
    var used = 0.0
    for (index, text) in texts.enumerated() {
      let width = TextExtent.width(text, size: 11) + 40
      if lines.isEmpty || used + width > Double(ChartFormat.narrowWidth) - 2 * ChartFormat.narrowEdge {
        lines.append([])
        used = 0
      }
      lines[lines.count - 1].append(index)
      used += width
    }
    return lines
  }

  /// Pixels below a narrow plot: tics, the axis' title, the lines of a legend.
  static func narrowBottom(legend texts: [String]) -> Double { 52 + 17 * Double(narrowLegend(texts).count) }

  /// A legend in one line, its middle at the middle of the plot and `y`; in a narrow picture in as many lines as it takes.
  func legend(_ entries: [(sign: Sign, colour: String, text: String)], y: Double) -> [String] {
    guard isNarrow else { return legendLine(entries, y: y) }
    var script: [String] = []
    let lines = Self.narrowLegend(entries.map(\.text))
    for (place, line) in lines.enumerated() {
      script += legendLine(line.map { entries[$0] }, y: 10 + 17 * Double(lines.count - 1 - place))
    }
    return script
  }

  private func legendLine(_ entries: [(sign: Sign, colour: String, text: String)], y: Double) -> [String] {
    let widths = entries.map { TextExtent.width($0.text, size: 11) + 26 }
    let gap = isNarrow ? 14.0 : 24
    let middle = isNarrow ? Double(width) / 2 : plot.x + plot.width / 2
    var x = middle - (widths.reduce(0, +) + gap * Double(max(0, entries.count - 1))) / 2
    var lines: [String] = []
    for (entry, width) in zip(entries, widths) {
      switch entry.sign {
      case .mark(let type, let size):
        lines.append(
          "set label '' at screen \(across(x + 8)), screen \(up(y)) front point pointtype \(type) pointsize \(size) "
            + "linecolor rgb '\(entry.colour)'")
      case .dashes:
        lines.append(
          "set arrow from screen \(across(x - 18)), screen \(up(y)) to screen \(across(x + 18)), screen \(up(y)) nohead "
            + "front dashtype 2 linewidth 1.6 linecolor rgb '\(entry.colour)'")
      }
      lines.append(label(entry.text, x: x + 24, y: y, size: 11))
      x += width + gap
    }
    return lines
  }

  /// A thin line between two places.
  func line(from start: (x: Double, y: Double), to end: (x: Double, y: Double), colour: String) -> String {
    "set arrow from screen \(across(start.x)), screen \(up(start.y)) to screen \(across(end.x)), screen \(up(end.y)) "
      + "nohead front linewidth 0.7 linecolor rgb '\(colour)'"
  }

  func across(_ x: Double) -> Double { rounded(x / Double(width)) }
  func up(_ y: Double) -> Double { rounded(y / Double(height)) }

  private func rounded(_ share: Double) -> Double { (share * 100_000).rounded() / 100_000 }
}

/// An axis from data to pixels, linear or logarithmic.
struct ChartAxis: Sendable {
  var range: ClosedRange<Double>
  var isLogarithmic: Bool

  /// A range that holds `values` with a margin of a share of its length; logarithmic when asked for and possible.
  init?(_ values: [Double], margin: Double, least: Double = 0, isLogarithmic: Bool = false) {
    let finite = values.filter(\.isFinite)
    guard var low = finite.min(), var high = finite.max() else { return nil }
    self.isLogarithmic = isLogarithmic && low > 0
    if self.isLogarithmic {
      let factor = pow(max(high / low, 1.2), margin)
      low /= factor
      high *= factor
    } else {
      let span = max(high - low, least)
      let middle = (low + high) / 2
      low = min(low, middle - span / 2) - span * margin
      high = max(high, middle + span / 2) + span * margin
    }
    guard low < high else { return nil }
    range = low...high
  }

  /// Pixels of `value` when the range covers `start` ..< `start + length`.
  func place(_ value: Double, start: Double, length: Double) -> Double {
    let share =
      isLogarithmic
      ? log(value / range.lowerBound) / log(range.upperBound / range.lowerBound)
      : (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    return start + share * length
  }

  /// Script lines for the axis named `name` (`x` or `y`), with round tics.
  func script(_ name: String, tics count: Int) -> [String] {
    let tics = isLogarithmic ? AxisTics.logarithmic(range) : AxisTics.linear(range, count: count)
    let step = tics.count > 1 ? tics[1] - tics[0] : abs(tics.first ?? 1)
    let words = tics.map { tic -> String in
      let text = isLogarithmic ? QuantityText.significant(tic, digits: 2) : decimal(tic, step: step)
      return "\(quotedTic(text)) \(tic)"
    }
    return [
      "set \(name)range [\(range.lowerBound):\(range.upperBound)] noextend",
      isLogarithmic ? "set logscale \(name)" : "unset logscale \(name)",
      "set \(name)tics (\(words.joined(separator: ", ")))",
    ]
  }

  private func decimal(_ value: Double, step: Double) -> String {
    var decimals = 0
    var unit = 1.0
    while step < unit * 0.999, decimals < 9 {
      unit /= 10
      decimals += 1
    }
    return QuantityText.fixed(value, decimals: decimals)
  }
}
