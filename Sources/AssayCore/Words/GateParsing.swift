/// What can be wrong with the text of a gate.
public enum GateErrorCode: String, FaultCode {
  /// Not of the form METRIC [drop | rise | regression] <= NUMBER UNIT.
  case malformed
  case unknownMetric
  /// The unit is not one of the metric's.
  case wrongUnit
  /// The bound or the change is the metric's good direction.
  case wrongDirection
  /// No model can meet it, or not in the place where it is asked for.
  case impossible
  /// Two limits exclude each other.
  case contradictory

  public var exitStatus: ExitStatus { .usage }
}

/// An error in the text of a gate.
public typealias GateError = Fault<GateErrorCode>

extension Gate {
  /// Reads a gate as people write it.
  ///
  /// `METRIC <= NUMBER UNIT` (or `>=`) is a limit; `METRIC drop <= …` and `METRIC rise <= …` hold a variant against the
  /// baseline variant; `METRIC regression <= …` holds it against the same variant in an earlier run. In a change `%` is a
  /// share of the reference's value and `pp` a difference of two shares.
  ///
  /// - Parameters:
  ///   - text: The gate; blanks around the bound and before the unit are free.
  ///   - metrics: The metrics there are.
  ///   - variants: Variants it applies to; empty for every one.
  ///   - place: Where it is written, for errors.
  /// - Throws: what is wrong and what to write instead.
  public init(
    parsing text: String, metrics: [Metric], variants: [String] = [], at place: Place? = nil
  ) throws(GateError) {
    do {
      self = try GateText(text, metrics: metrics).gate(variants: variants, at: place)
    } catch {
      throw place.map(error.located) ?? error
    }
  }
}

/// The parts of a gate's text.
private struct GateText {
  static let form = "write METRIC <= NUMBER UNIT, like latency.p90 <= 5 ms or accuracy.top1 drop <= 0.5 pp"
  static let changes = ["drop", "rise", "regression"]

  let text: String
  let metric: Metric
  /// `drop`, `rise`, `regression`; nil for a limit.
  let change: String?
  let bound: Gate.Bound
  let number: Double
  let unit: String

  init(_ written: String, metrics: [Metric]) throws(GateError) {
    let text = Self.trimmed(written)
    self.text = text
    let letters = Array(text)
    guard let place = letters.firstIndex(where: { "<>=≤≥".contains($0) }) else {
      throw GateError(.malformed, "the gate '\(text)' has no limit", remedy: Self.form)
    }
    let sign = String(letters[place...].prefix { "<>=≤≥".contains($0) })
    switch sign {
    case "<=", "≤": bound = .atMost
    case ">=", "≥": bound = .atLeast
    default:
      throw GateError(
        .malformed, "the gate '\(text)' has the bound '\(sign)'",
        remedy: sign.hasPrefix(">") ? "write >=" : "write <=, or >= for what must not be lower")
    }
    let words = Self.words(String(letters[..<place]))
    let limit = Self.trimmed(String(letters[(place + sign.count)...]))
    guard let name = words.first, words.count <= 2 else {
      throw GateError(
        .malformed, "the gate '\(text)' does not begin with a metric, or with a metric and a change", remedy: Self.form)
    }
    guard let metric = metrics.first(where: { $0.name == name }) else {
      throw GateError(
        .unknownMetric, "there is no metric '\(name)'",
        remedy: nearestName(to: name, among: metrics.map(\.name)).map { "did you mean '\($0)'?" }
          ?? "'assay list metrics' shows them")
    }
    self.metric = metric
    change = words.count == 2 ? words[1] : nil
    if let change, !Self.changes.contains(change) {
      throw GateError(
        .malformed, "the gate '\(text)' has the change '\(change)'",
        remedy: nearestName(to: change, among: Self.changes).map { "did you mean '\($0)'?" }
          ?? "write drop or rise (against the baseline), or regression (against an earlier run)")
    }
    let digits = limit.prefix { "0123456789+-.eE".contains($0) }
    guard let number = Double(String(digits)), number.isFinite else {
      throw GateError(.malformed, "the limit of '\(text)' is no number: '\(limit)'", remedy: Self.form)
    }
    self.number = number
    unit = Self.trimmed(String(limit.dropFirst(digits.count)))
  }

  func gate(variants: [String], at place: Place?) throws(GateError) -> Gate {
    guard let change else {
      if metric.direction != .neutral, (bound == .atMost) != (metric.direction == .lowerIsBetter) {
        let better = bound == .atMost ? "higher" : "lower"
        throw GateError(
          .wrongDirection,
          "\(metric.name) is better when it is \(better), so '\(bound.rawValue)' would forbid good values",
          remedy: "write \(metric.name) \(bound == .atMost ? ">=" : "<=") …")
      }
      return Gate(
        text: text, metric: metric.name, reference: .limit, bound: bound, terms: .absolute,
        limit: try scaled(GateUnits.ofValues(metric)), variants: variants, place: place)
    }
    guard bound == .atMost, number >= 0 else {
      throw GateError(
        .malformed, "the gate '\(text)' bounds a \(change) from below, or by less than nothing",
        remedy: "a change for the worse has an upper bound: write \(metric.name) \(change) <= \(abs(number)) …")
    }
    try checkDirection(of: change)
    let isRelative = unit == "%"
    return Gate(
      text: text, metric: metric.name, reference: change == "regression" ? .earlierRun : .baselineVariant,
      terms: isRelative ? .relative : .absolute,
      limit: isRelative ? number / 100 : try scaled(GateUnits.ofDifferences(metric)), variants: variants, place: place)
  }

  private func checkDirection(of change: String) throws(GateError) {
    guard metric.direction != .neutral else {
      throw GateError(
        .wrongDirection, "\(metric.name) is neither better higher nor lower, so it has no \(change) for the worse",
        remedy: "write a limit: \(metric.name) >= …")
    }
    guard change != "regression" else { return }
    let bad = metric.direction == .lowerIsBetter ? "rise" : "drop"
    guard change == bad else {
      throw GateError(
        .wrongDirection, "a \(change) of \(metric.name) is an improvement", remedy: "write \(metric.name) \(bad) <= …")
    }
    guard !metric.name.hasPrefix("drift.") else {
      throw GateError(
        .wrongDirection, "\(metric.name) is a comparison with the baseline already",
        remedy: "write a limit: \(metric.name) \(bad == "rise" ? "<=" : ">=") …")
    }
  }

  /// The number in the metric's unit.
  private func scaled(_ units: [(name: String, factor: Double)]) throws(GateError) -> Double {
    let factor = try factor(units)
    // 97 / 100 is the double nearest to 0.97, as 1,746 / 1,800 is; 97 · 0.01 need not be.
    return factor < 1 ? number / (1 / factor) : number * factor
  }

  private func factor(_ units: [(name: String, factor: Double)]) throws(GateError) -> Double {
    if let known = units.first(where: { $0.name == unit }) { return known.factor }
    // U+00B5 and U+03BC both look like µ.
    if unit == "\u{b5}s" || unit == "\u{3bc}s", let micro = units.first(where: { $0.name == "us" }) {
      return micro.factor
    }
    let names = units.map(\.name)
    let shown = names.filter { !$0.isEmpty } + (change != nil ? ["% (of the reference)"] : [])
    let remedy = shown.isEmpty ? "write the number alone" : "its units are \(shown.joined(separator: ", "))"
    throw GateError(
      .wrongUnit,
      unit.isEmpty
        ? "the limit of '\(text)' has no unit" : "'\(unit)' is no unit of \(change ?? "a value") for \(metric.name)",
      remedy: nearestCase(names).map { "did you mean '\($0)'?" } ?? remedy)
  }

  /// A unit that differs in upper and lower case only.
  private func nearestCase(_ names: [String]) -> String? {
    unit.isEmpty ? nil : names.first { $0.lowercased() == unit.lowercased() }
  }

  private static func words(_ text: String) -> [String] {
    text.split(whereSeparator: \.isWhitespace).map(String.init)
  }

  private static func trimmed(_ text: String) -> String { words(text).joined(separator: " ") }
}

/// The units that limits may be written in.
private enum GateUnits {
  static let time: [(name: String, factor: Double)] = [("ns", 1), ("us", 1e3), ("ms", 1e6), ("s", 1e9)]
  static let size: [(name: String, factor: Double)] = [
    ("B", 1), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9), ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824),
  ]

  /// Units of a value of the metric.
  static func ofValues(_ metric: Metric) -> [(name: String, factor: Double)] {
    metric.unit == "fraction" ? [("%", 0.01), ("", 1)] : shared(metric)
  }

  /// Units of a difference of two values; a bare number would leave open whether points or shares are meant.
  static func ofDifferences(_ metric: Metric) -> [(name: String, factor: Double)] {
    metric.unit == "fraction" ? [("pp", 0.01)] : shared(metric)
  }

  private static func shared(_ metric: Metric) -> [(name: String, factor: Double)] {
    switch metric.unit {
    case "ns": time
    case "B": size
    case "1/s": [("/s", 1), ("1/s", 1), ("", 1)]
    case "count": [("", 1)]
    default: [("", 1), (metric.unit, 1)]
    }
  }
}
