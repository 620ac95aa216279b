import AssayCore
import AssayJudge

/// A trend in words: levels with their terms, steps, sparklines.
struct TrendWords {
  let report: TrendReport

  /// `0.62x`, or the value in the metric's unit.
  static func level(_ level: Double, in trend: Trend) -> String {
    trend.terms == .value
      ? quantity(level, unit: trend.metric.unit) : QuantityText.significant(level, digits: 3) + "x"
  }

  /// `24.1 µs`, `216 kB`, `96.38 %`.
  static func quantity(_ value: Double, unit: String) -> String {
    switch unit {
    case "ns": QuantityText.duration(value)
    case "B": QuantityText.bytes(value)
    case "fraction": QuantityText.percent(value)
    case "1/s": QuantityText.rate(value)
    case "count": QuantityText.count(value)
    default: QuantityText.significant(value, digits: 3) + " \(visibleLine(unit))"
    }
  }

  /// `2026-11-20 10:00 (commit 8dd9461)`; a time that is not ISO 8601 stands as it is.
  func run(_ place: Int) -> String {
    let run = report.runs[place]
    return Self.time(run.startedAt) + (run.commit.map { " (commit \(visibleLine($0.prefix(7))))" } ?? "")
  }

  /// `2026-11-20 10:00` of `2026-11-20T10:00:12Z`.
  static func time(_ text: String) -> String {
    let parts = text.split(separator: "T")
    guard parts.count == 2, parts[0].count == 10, parts[1].count >= 5 else {
      return shortened(visibleLine(text), toWidth: 24)
    }
    return visibleLine("\(parts[0]) \(parts[1].prefix(5))")
  }

  /// `+12 %`; a step from zero has no percentage.
  static func change(_ step: Trend.Step) -> String? {
    step.change.map { change in
      let percent = change * 100
      return QuantityText.signed(percent, decimals: abs(percent) < 9.95 ? 1 : 0) + " %"
    }
  }

  /// `worse` or `better`; nil where the metric has no direction.
  static func direction(_ step: Trend.Step, in trend: Trend) -> String? {
    switch trend.metric.direction {
    case .lowerIsBetter: step.after > step.before ? "worse" : "better"
    case .higherIsBetter: step.after < step.before ? "worse" : "better"
    case .neutral: nil
    }
  }

  /// `step of +12 % (worse) at run 2026-11-20 10:00 (commit 8dd9461): 0.62x → 0.70x of the baseline`.
  func step(_ step: Trend.Step, in trend: Trend) -> String {
    let (before, after) = (Self.level(step.before, in: trend), Self.level(step.after, in: trend))
    let reference =
      switch trend.terms {
      case .ratioToBaseline: " of the baseline"
      case .ratioToControl: " of the control kernel"
      case .value: ""
      }
    return "step" + (Self.change(step).map { " of \($0)" } ?? "")
      + (Self.direction(step, in: trend).map { " (\($0))" } ?? "") + " at run \(run(step.run)): \(before) → \(after)"
      + reference + (step.planChanged ? "; the suite or its options changed too" : "")
  }

  /// Levels of the newest runs as bars from the lowest to the highest, `·` where there is none, `│` where the machine changed.
  ///
  /// A change below 1 % of the level is drawn as none: noise should not look like a mountain.
  func sparkline(_ trend: Trend, length: Int = 24) -> String {
    let points = trend.points.suffix(length)
    let levels = points.compactMap { $0.level?.value }.filter(\.isFinite)
    guard let low = levels.min(), let high = levels.max() else { return "" }
    let bars: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    let isFlat = high - low <= 0.01 * max(abs(low), abs(high)) && trend.metric.kind != .exact || high == low
    var text = ""
    var machine: Int?
    for point in points {
      let own = report.runs[point.run].machine
      if let machine, machine != own { text.append("│") }
      machine = own
      guard let level = point.level?.value, level.isFinite else {
        text.append("·")
        continue
      }
      let share = isFlat ? 0.5 : (level - low) / (high - low)
      text.append(bars[min(bars.count - 1, max(0, Int((share * 7).rounded())))])
    }
    return text
  }

  /// `onnxruntime, cpu, 1 thread, batch 1, single-stream`.
  static func conditions(_ group: ComparisonGroup) -> String {
    visibleLine(
      "\(group.engine), \(group.device), \(counted(group.threads, "thread")), batch \(group.batch), "
        + group.scenario.rawValue)
  }

  /// What of the machines a reader must know; nil with one.
  var machines: String? {
    guard report.machines.count > 1 else { return nil }
    let names = report.machines.prefix(6).map { visibleLine("\($0.host) (\($0.cpuModel))") }
    let more = report.machines.count - names.count
    return
      "measured on \(counted(report.machines.count, "machine")): \(listed(names + (more > 0 ? ["\(more) more"] : []))); "
      + "each is looked at alone, a change of machine is never a step"
  }
}
