import Glibc

/// Numbers as people read them: three significant digits and a fitting decimal prefix (1 MB is 10⁶ bytes).
enum QuantityText {
  /// `24.1 µs` from nanoseconds.
  static func duration(_ nanoseconds: Double) -> String {
    scaled(nanoseconds, [(1, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s")])
  }

  /// `1.07 MB`; whole numbers below 1 kB.
  static func bytes(_ bytes: Double) -> String {
    scaled(bytes, [(1, "B"), (1e3, "kB"), (1e6, "MB"), (1e9, "GB"), (1e12, "TB")])
  }

  /// `266 k`, `1.2 M`: a count without a unit of its own.
  static func count(_ count: Double) -> String {
    scaled(count, [(1, ""), (1e3, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T")])
  }

  /// `41.5 k/s`.
  static func rate(_ perSecond: Double) -> String {
    let text = scaled(perSecond, [(1, ""), (1e3, "k"), (1e6, "M"), (1e9, "G")])
    return text.hasSuffix("k") || text.hasSuffix("M") || text.hasSuffix("G") ? text + "/s" : text + " /s"
  }

  /// `96.38 %` from a fraction.
  static func percent(_ fraction: Double, decimals: Int = 2) -> String {
    fixed(fraction * 100, decimals: decimals) + " %"
  }

  /// A share of something countable: `0 %` and `100 %` only when it is exactly that, `<0.1 %` and `>99.9 %` close to it.
  static func share(_ fraction: Double) -> String {
    if fraction == 0 { return "0 %" }
    if fraction == 1 { return "100 %" }
    if fraction > 0, fraction < 0.001 { return "<0.1 %" }
    if fraction < 1, fraction > 0.999 { return ">99.9 %" }
    return fixed(fraction * 100, decimals: 1) + " %"
  }

  /// A difference of two fractions in percentage points, always with its sign: `−0.17`, `+0.06`, `0.00`.
  static func points(_ fraction: Double) -> String { signed(fraction * 100, decimals: 2) }

  /// `1.42`, `0.29`, `12.3`: three significant digits, at most two decimals.
  static func ratio(_ ratio: Double) -> String {
    guard ratio.isFinite else { return "n/a" }
    let magnitude = abs(ratio)
    if magnitude > 0, magnitude < 0.095 { return significant(ratio, digits: 2) }
    return fixed(ratio, decimals: magnitude < 9.995 ? 2 : magnitude < 99.95 ? 1 : 0)
  }

  /// Three significant digits with the largest prefix that leaves a number of at least one.
  static func scaled(_ value: Double, _ prefixes: [(factor: Double, name: String)]) -> String {
    guard value.isFinite, let first = prefixes.first else { return "n/a" }
    var chosen = first
    // 999.95 and more would be rounded to 1000.
    for prefix in prefixes where abs(value) >= prefix.factor * 0.9995 && abs(value) >= 0.9995 { chosen = prefix }
    let number = value / chosen.factor
    let isWhole = chosen.factor == 1 && value == value.rounded()
    let text = isWhole ? fixed(number, decimals: 0) : significant(number, digits: 3)
    return chosen.name.isEmpty ? text : "\(text) \(chosen.name)"
  }

  /// `digits` significant digits without an exponent; more digits where the number has them before the point.
  static func significant(_ value: Double, digits: Int) -> String {
    guard value.isFinite else { return "n/a" }
    guard value != 0 else { return "0" }
    let exponent = Int(floor(log10(abs(value))))
    let decimals = min(12, max(0, digits - 1 - exponent))
    let text = fixed(value, decimals: decimals)
    // 9.995 rounds up into the next power of ten and would show one digit too many.
    let magnitude = abs(Double(text) ?? value)
    let grew = magnitude > 0 && Int(floor(log10(magnitude) + 1e-12)) > exponent
    return grew && decimals > 0 ? fixed(value, decimals: decimals - 1) : text
  }

  /// A sign (true minus, plus), and no sign for what is shown as zero.
  static func signed(_ value: Double, decimals: Int) -> String {
    let magnitude = fixed(abs(value), decimals: decimals)
    guard magnitude.contains(where: { $0 != "0" && $0 != "." }) else { return magnitude }
    return (value < 0 ? "−" : "+") + magnitude
  }

  /// `decimals` digits after the point, rounded to nearest, independent of the locale.
  static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return "n/a" }
    // Outside what an Int holds three digits do not matter.
    let scale = pow(10, Double(decimals))
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 9e15 else { return "\(value)" }
    let whole = Int(scaled)
    let sign = value < 0 && whole != 0 ? "-" : ""
    guard decimals > 0 else { return sign + String(whole) }
    let digits = String(whole)
    let filled = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    return sign + filled.dropLast(decimals) + "." + filled.suffix(decimals)
  }
}
