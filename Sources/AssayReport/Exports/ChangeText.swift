import AssayCore
import AssayJudge
import AssayMeasure

/// Values and changes of a comparison in words.
enum ChangeText {
  /// `24.1 µs`, `1.07 MB`, `41.5 k/s`, `96.38 %`; a dash without a value.
  static func value(_ value: Double?, _ metric: Metric) -> String {
    guard let value, value.isFinite else { return "–" }
    switch metric.unit {
    case "ns": return QuantityText.duration(value)
    case "B": return QuantityText.bytes(value)
    case "1/s": return QuantityText.rate(value)
    case "fraction": return QuantityText.percent(value)
    case "count": return QuantityText.count(value)
    default: return QuantityText.significant(value, digits: 4) + (metric.unit.isEmpty ? "" : " \(metric.unit)")
    }
  }

  /// `+12.4 % (95 % CI +9.8 to +14.9)`, `−0.50 pp`; the reason where there is no number.
  static func change(_ change: Change?, _ metric: Metric) -> String {
    guard let change else { return "–" }
    guard let value = change.value, value.isFinite else { return change.reading.reason ?? "–" }
    let (scale, decimals, unit): (Double, Int, String) =
      switch (change.kind, metric.unit) {
      case (.ratio, _): (100, 1, "%")
      case (.difference, "fraction"): (100, 2, "pp")
      case (.difference, "ns"): (1e-3, 2, "µs")
      case (.difference, _): (1, 2, metric.unit)
      }
    func number(_ value: Double) -> String {
      let shift = change.kind == .ratio ? value - 1 : value
      return QuantityText.signed(shift * scale, decimals: decimals)
    }
    let text = number(value) + (unit.isEmpty ? "" : " \(unit)")
    guard let interval = change.interval, interval.low.isFinite, interval.high.isFinite else { return text }
    return "\(text) (\(coverage(interval)) % CI \(number(interval.low)) to \(number(interval.high)))"
  }

  /// `0.0012`, `<0.0001`; a dash without one.
  static func p(_ p: Double?) -> String {
    guard let p, p.isFinite else { return "–" }
    return p < 0.0001 ? "<0.0001" : QuantityText.significant(p, digits: 2)
  }

  /// Per cent: `95`, `93.8`. What is achieved beyond what was asked for is said to be 95, as verdicts say it.
  static func coverage(_ interval: ConfidenceInterval) -> String {
    if interval.coverage >= 0.9495 { return "95" }
    let text = QuantityText.fixed(interval.coverage * 100, decimals: 1)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
