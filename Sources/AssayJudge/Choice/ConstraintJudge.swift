import AssayCore
import AssayMeasure

/// Holds variants against constraints.
struct ConstraintJudge {
  let table: ChoiceTable

  func check(_ gate: Gate, _ member: ChoiceMember) -> ChoiceCheck {
    func unknown(_ reason: String) -> ChoiceCheck {
      ChoiceCheck(
        gate: gate, result: .unknown(reason), value: nil, interval: nil, text: "\(gate.metric): \(reason)",
        excess: .infinity)
    }
    guard let metric = MetricCatalog.metric(named: gate.metric) else { return unknown("there is no such metric") }
    guard gate.limit.isFinite else { return unknown("the limit is no number") }
    let figure = member.summary[metric]
    switch gate.reference {
    case .limit:
      guard let figure, let value = figure.value else { return unknown(figure?.reason ?? "not measured") }
      let isNoisy = metric.kind == .timed || metric.kind == .memory
      // Answers on a fixed set of rows are the same each time, and their interval is about other rows; seeds are drawn anew.
      let interval =
        isNoisy || figure.seeds != nil
        ? figure.interval ?? member.evidence.percentileInterval(metric, value, confidence: table.confidence) : nil
      return result(gate, metric, value, interval)
    case .baselineVariant:
      if member.isBaseline { return result(gate, metric, 0, nil) }
      guard let figure, let change = figure.change else { return unknown(figure?.reason ?? "not measured") }
      guard let found = worsening(gate, metric, change) else {
        return unknown(change.reading.reason ?? "the baseline has no value")
      }
      return result(gate, metric, found.value, found.interval)
    case .earlierRun: return unknown("a choice knows one run only")
    }
  }

  /// The change for the worse in the gate's terms.
  private func worsening(
    _ gate: Gate, _ metric: Metric, _ change: Change
  ) -> (value: Double, interval: ConfidenceInterval?)? {
    guard let value = change.value else { return nil }
    let base = table.baseline?.value(metric)
    let factor: Double
    switch (change.kind, gate.terms) {
    case (.ratio, .relative), (.difference, .absolute): factor = 1
    case (.ratio, .absolute):
      guard let base else { return nil }
      factor = abs(base)
    case (.difference, .relative):
      guard let base, base != 0 else { return nil }
      factor = 1 / abs(base)
    }
    let sign = LaunchTest.sign(metric)
    func worse(_ value: Double) -> Double { sign * (change.kind == .ratio ? value - 1 : value) * factor }
    let interval = change.interval.map { interval in
      let ends = [worse(interval.low), worse(interval.high)]
      return ConfidenceInterval(low: min(ends[0], ends[1]), high: max(ends[0], ends[1]), coverage: interval.coverage)
    }
    return (worse(value), interval)
  }

  private func result(_ gate: Gate, _ metric: Metric, _ value: Double, _ interval: ConfidenceInterval?) -> ChoiceCheck {
    // What rounding adds to a difference of two decimal numbers does not count.
    let slack = 1e-12 * max(abs(value), abs(gate.limit))
    let beyond = gate.bound == .atMost ? value - gate.limit : gate.limit - value
    let isMet = beyond <= slack
    let crosses = interval.map { $0.low < gate.limit && gate.limit < $0.high } ?? false
    var text = "\(subject(gate)) \(amount(gate, metric, value)), \(amount(gate, metric, gate.limit)) "
    text += gate.bound == .atMost ? "allowed" : "needed"
    if crosses, let interval {
      text +=
        " (\(JudgeText.coverage(interval)) % CI \(amount(gate, metric, interval.low)) to "
        + "\(amount(gate, metric, interval.high)) crosses it)"
    }
    return ChoiceCheck(
      gate: gate, result: isMet ? (crosses ? .metNotShown : .met) : crosses ? .missedNotShown : .missed, value: value,
      interval: interval, text: text, excess: isMet ? 0 : beyond / scale(gate, metric))
  }

  /// What an excess is measured by: the limit, one point for a difference of shares, the baseline's value for a limit of zero.
  private func scale(_ gate: Gate, _ metric: Metric) -> Double {
    if gate.reference == .baselineVariant, gate.terms == .absolute, metric.unit == "fraction" { return 0.01 }
    if gate.limit != 0 { return abs(gate.limit) }
    let base = gate.terms == .relative ? 1 : abs(table.baseline?.value(metric) ?? 1)
    return base > 0 ? base : 1
  }

  private func subject(_ gate: Gate) -> String {
    guard gate.reference == .baselineVariant, let metric = MetricCatalog.metric(named: gate.metric) else {
      return gate.metric
    }
    return "\(gate.metric) \(metric.direction == .higherIsBetter ? "drop" : "rise")"
  }

  /// A value or a limit in the gate's terms.
  func amount(_ gate: Gate, _ metric: Metric, _ value: Double) -> String {
    switch (gate.reference, gate.terms) {
    case (.limit, _): JudgeText.quantity(value, metric.unit)
    case (_, .relative): JudgeText.percent(value)
    case (_, .absolute): JudgeText.tolerance(value, metric.unit)
    }
  }

  /// `misses latency.p90 <= 5 ms by 0.3 ms`.
  func miss(_ check: ChoiceCheck) -> String {
    guard let metric = MetricCatalog.metric(named: check.gate.metric), let value = check.value else {
      return "misses \(check.gate.text): \(check.text)"
    }
    let share =
      check.gate.reference == .limit && check.gate.limit != 0 && metric.unit != "fraction"
      ? " (\(JudgeText.percent(check.excess)))" : ""
    return "misses \(check.gate.text) by \(amount(check.gate, metric, abs(value - check.gate.limit)))\(share)"
  }
}
