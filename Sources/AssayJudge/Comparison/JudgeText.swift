import AssayCore
import AssayMeasure
import Glibc

/// The numbers in the sentences that explain a verdict.
enum JudgeText {
  /// `+12.4 %`, with a true minus; three decimals below a tenth of a per cent.
  static func signedPercent(_ share: Double) -> String { signed(share * 100) + " %" }

  /// `2 %`, `0.35 %`.
  static func percent(_ share: Double) -> String { plain(share * 100) + " %" }

  /// A difference with its sign, in the unit: percentage points for shares.
  static func difference(_ value: Double, _ unit: String) -> String {
    if unit == "fraction" { return signed(value * 100) + " pp" }
    let text = quantity(abs(value), unit)
    return value == 0 ? text : (value < 0 ? "−" : "+") + text
  }

  /// A value with its unit: `24.1 µs`, `61 kB`, `98.31 %`.
  static func quantity(_ value: Double, _ unit: String) -> String {
    switch unit {
    case "ns": scaled(value, [(1, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s")])
    case "B": scaled(value, [(1, "B"), (1e3, "kB"), (1e6, "MB"), (1e9, "GB")])
    case "1/s": scaled(value, [(1, "/s"), (1e3, "k/s"), (1e6, "M/s"), (1e9, "G/s")])
    case "fraction": plain(value * 100, digits: 4) + " %"
    case "count": plain(value, digits: 6)
    default: plain(value) + " " + unit
    }
  }

  /// A tolerance in the metric's unit: `0.5 pp`, `10 kB`.
  static func tolerance(_ value: Double, _ unit: String) -> String {
    unit == "fraction" ? plain(value * 100) + " pp" : quantity(value, unit)
  }

  /// `+9.8 to +14.9`, in per cent.
  static func percents(_ interval: ConfidenceInterval) -> String {
    "\(coverage(interval)) % CI \(signed(interval.low * 100)) to \(signed(interval.high * 100))"
  }

  /// The coverage in per cent: `95`, `93.8`.
  static func coverage(_ interval: ConfidenceInterval) -> String {
    // What is achieved beside what was asked for: more than 95 is said to be 95.
    interval.coverage >= 0.9495 ? "95" : plain(interval.coverage * 100)
  }

  /// `p 0.001`, `p < 0.0001`.
  static func p(_ value: Double) -> String { value < 0.0001 ? "p < 0.0001" : "p " + plain(value, digits: 2) }

  private static func signed(_ value: Double) -> String {
    let text = plain(abs(value))
    return text == "0" ? text : (value < 0 ? "−" : "+") + text
  }

  /// At most `digits` significant digits, at most four decimals, without zeros at the end.
  static func plain(_ value: Double, digits: Int = 3) -> String {
    guard value.isFinite else { return value.isNaN ? "nothing" : value < 0 ? "−∞" : "∞" }
    guard value != 0 else { return "0" }
    let exponent = Int(floor(log10(abs(value))))
    let decimals = min(4, max(0, digits - 1 - exponent))
    let scale = pow(10, Double(decimals))
    let whole = (abs(value) * scale).rounded()
    guard whole < 9e15 else { return "\(value)" }
    var text = String(Int(whole))
    if decimals > 0 {
      text = String(repeating: "0", count: max(0, decimals + 1 - text.count)) + text
      text = text.dropLast(decimals) + "." + text.suffix(decimals)
      while text.last == "0" { text.removeLast() }
      if text.last == "." { text.removeLast() }
    }
    return (value < 0 && text != "0" ? "−" : "") + text
  }

  private static func scaled(_ value: Double, _ prefixes: [(factor: Double, name: String)]) -> String {
    let chosen = prefixes.last { abs(value) >= $0.factor * 0.9995 } ?? prefixes[0]
    return "\(plain(value / chosen.factor)) \(chosen.name)"
  }
}
