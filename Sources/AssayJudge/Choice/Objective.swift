import AssayCore
import AssayMeasure
import Glibc

/// What a priority compares variants by.
enum Objective {
  case metric(Metric)
  /// e^(mean of ln time, ln size, ln memory, all against the baseline, + the price of accuracy): lower is better.
  case balanced

  init?(_ priority: Priority, _ table: ChoiceTable) {
    switch priority {
    case .speed: self = .metric(table.time)
    case .size: self = .metric(table.size)
    case .memory: self = .metric(table.memory)
    case .accuracy:
      guard let quality = table.quality else { return nil }
      self = .metric(quality)
    case .balanced: self = .balanced
    }
  }

  var name: String {
    switch self {
    case .metric(let metric): metric.name
    case .balanced: "balanced"
    }
  }

  /// A point of accuracy costs as much as 10 % of time, size and memory together.
  static let pricePerPoint = 0.1

  /// ln of what a loss of quality costs in the balance, 0 for none; a gain pays back.
  static func price(_ metric: Metric, _ value: Double, baseline: Double) -> Double {
    let worse = LaunchTest.sign(metric) * (value - baseline)
    if metric.unit == "fraction" { return worse * 100 * pricePerPoint }
    guard value > 0, baseline > 0 else { return 0 }
    return LaunchTest.sign(metric) * log(value / baseline)
  }

  /// What is compared of a variant, in the metric's unit; nil where something is missing.
  func value(of member: ChoiceMember, in table: ChoiceTable) -> Double? {
    switch self {
    case .metric(let metric):
      // The baseline agrees with itself.
      if member.isBaseline, metric.name.hasPrefix("drift.") { return metric.unit == "fraction" ? 1 : nil }
      return member.value(metric)
    case .balanced: return Balance(table)?.score(of: member).map { exp($0) }
    }
  }

  /// Whether `a` is a better value than `b`.
  func isBetter(_ a: Double, than b: Double) -> Bool {
    switch self {
    case .metric(let metric): metric.direction == .higherIsBetter ? a > b : a < b
    case .balanced: a < b
    }
  }
}

/// The weighing of time, size, memory and quality against each other.
struct Balance {
  let table: ChoiceTable
  let reference: ChoiceMember
  /// Those of time, size and memory that every measured variant has.
  let parts: [Metric]

  /// Nil without a measured variant, or with nothing that all of them have.
  init?(_ table: ChoiceTable) {
    guard let reference = table.baseline ?? table.measured.first else { return nil }
    self.table = table
    self.reference = reference
    parts = [table.time, MetricCatalog.fileSize, table.memory].filter { metric in
      table.measured.allSatisfy { ($0.value(metric) ?? 0) > 0 }
    }
    guard !parts.isEmpty else { return nil }
  }

  /// ln of the balance against the reference; nil where a part is missing.
  func score(of member: ChoiceMember) -> Double? {
    var sum = 0.0
    for part in parts {
      guard let value = member.value(part), let other = reference.value(part), value > 0, other > 0 else { return nil }
      sum += LaunchTest.sign(part) * (ratio(of: member, part) ?? log(value / other))
    }
    return sum / Double(parts.count) + price(of: member)
  }

  /// ln of the change that launches tell, where they do.
  private func ratio(of member: ChoiceMember, _ metric: Metric) -> Double? {
    guard reference.isBaseline, !member.isBaseline, let change = member.summary[metric]?.change, change.kind == .ratio,
      let value = change.value, value > 0
    else { return nil }
    return log(value)
  }

  func price(of member: ChoiceMember) -> Double {
    guard let quality = table.quality, let value = member.value(quality), let other = reference.value(quality) else {
      return 0
    }
    return Objective.price(quality, value, baseline: other)
  }
}
