/// Colours that people with any colour vision tell apart (M. Okabe, K. Ito, "Color Universal Design", 2008).
enum Palette {
  static let black = "#000000"
  static let orange = "#E69F00"
  static let skyBlue = "#56B4E9"
  static let bluishGreen = "#009E73"
  static let blue = "#0072B2"
  /// `blue` mixed with white.
  static let paleBlue = "#CCE3F0"
  static let vermillion = "#D55E00"
  /// For what stands back: grid, notes, the baseline's bars.
  static let grey = "#999999"
  static let darkGrey = "#555555"
  static let lightGrey = "#E4E4E4"
}

/// How much room a text takes in DejaVu Sans, estimated from the font's mean advance widths by kind of letter.
enum TextExtent {
  /// Width in pixels at `size` pixels to the em.
  static func width(_ text: String, size: Double) -> Double {
    var ems = 0.0
    for character in text {
      switch character {
      case "i", "j", "l", "I", ".", ",", ":", ";", "'", "|", "!", " ", "(", ")", "[", "]", "f", "t", "-": ems += 0.37
      case "m", "w", "M", "W", "%", "@", "…": ems += 0.97
      case "A"..."Z": ems += 0.7
      case "a"..."z", "0"..."9", "_", "/": ems += 0.62
      default: ems += displayWidth(String(character)) == 2 ? 1.05 : displayWidth(String(character)) == 0 ? 0 : 0.75
      }
    }
    return ems * size
  }
}

/// Round numbers for an axis.
enum AxisTics {
  /// 1, 2 and 5 times powers of ten within `range`; with 3 and 7 where that leaves fewer than three.
  ///
  /// - Precondition: 0 < `range.lowerBound`.
  static func logarithmic(_ range: ClosedRange<Double>) -> [Double] {
    let coarse = multiples([1, 2, 5], in: range)
    if coarse.count >= 3 { return coarse.count > 9 ? multiples([1], in: range) : coarse }
    let fine = multiples([1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9], in: range)
    return fine.count >= 3 ? fine : linear(range, count: 5)
  }

  /// About `count` steps of 1, 2 or 5 times a power of ten.
  static func linear(_ range: ClosedRange<Double>, count: Int) -> [Double] {
    let span = range.upperBound - range.lowerBound
    guard span > 0, span.isFinite else { return [range.lowerBound] }
    var step = powerOfTen(below: span / Double(max(1, count)))
    for factor in [1.0, 2, 5, 10] where step * factor >= span / Double(max(1, count)) * 0.8 {
      step *= factor
      break
    }
    var tics: [Double] = []
    var index = (range.lowerBound / step).rounded(.up)
    while index * step <= range.upperBound + step * 1e-9, tics.count < 50 {
      tics.append(index * step)
      index += 1
    }
    return tics
  }

  private static func multiples(_ factors: [Double], in range: ClosedRange<Double>) -> [Double] {
    var tics: [Double] = []
    var power = powerOfTen(below: range.lowerBound)
    while power <= range.upperBound, tics.count < 200 {
      tics += factors.map { $0 * power }.filter(range.contains)
      power *= 10
    }
    return tics
  }

  private static func powerOfTen(below value: Double) -> Double {
    var power = 1.0
    while power > value, power > 1e-300 { power /= 10 }
    while power * 10 <= value, power < 1e300 { power *= 10 }
    return power
  }
}

/// A unit for an axis, fitting its largest number.
struct AxisUnit: Sendable {
  var name: String
  /// Divide by this.
  var factor: Double

  static func duration(upTo nanoseconds: Double) -> AxisUnit {
    choose(nanoseconds, [("ns", 1), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)])
  }

  static func bytes(upTo bytes: Double) -> AxisUnit {
    choose(bytes, [("B", 1), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9)])
  }

  /// `name` is empty, `thousands` or `millions`.
  static func count(upTo count: Double) -> AxisUnit {
    choose(count, [("", 1), ("thousands", 1e3), ("millions", 1e6), ("billions", 1e9)])
  }

  private static func choose(_ largest: Double, _ units: [(String, Double)]) -> AxisUnit {
    let unit = units.last { largest >= $0.1 } ?? units[0]
    return AxisUnit(name: unit.0, factor: unit.1)
  }
}
