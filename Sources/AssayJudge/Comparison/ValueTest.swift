import AssayCore
import AssayMeasure

/// The comparison of two numbers that are the same each time: bytes, counts, qualities on a fixed set of rows.
struct ValueTest {
  let metric: Metric
  let base: Double
  let candidate: Double

  init(_ metric: Metric, base: Double, candidate: Double) {
    self.metric = metric
    self.base = base
    self.candidate = candidate
  }

  func judgement(_ threshold: Threshold) -> Judgement {
    let tolerance = threshold.amount(of: base)
    let worse = LaunchTest.sign(metric) * (candidate - base)
    // What rounding adds to a difference of two decimal numbers does not count.
    let slack = 1e-12 * max(abs(base), abs(candidate))
    var result = Judgement(verdict: .same, reason: "", change: change)
    result.worsening = worse
    if candidate == base {
      result.reason = "equal"
    } else if metric.direction == .neutral {
      result.verdict = .inconclusive
      result.reason = "\(text), and neither way is better by itself"
    } else {
      result.verdict = worse > tolerance + slack ? .regressed : worse < -(tolerance + slack) ? .improved : .same
      result.reason = "\(text), " + (result.verdict == .same ? "inside ±" : "threshold ") + limit(threshold, tolerance)
    }
    if !worse.isFinite {
      result.verdict = .inconclusive
      result.reason = "the values are no numbers"
      result.isJudgeable = false
    }
    return result
  }

  /// A ratio for counts, a difference for qualities and where the base is zero.
  private var change: Change {
    metric.kind != .quality && base > 0
      ? Change(.ratio, .value(candidate / base)) : Change(.difference, .value(candidate - base))
  }

  private var text: String {
    let values = "\(JudgeText.quantity(base, metric.unit)) → \(JudgeText.quantity(candidate, metric.unit))"
    if metric.kind != .quality, base > 0 {
      return "\(values), \(JudgeText.signedPercent(candidate / base - 1))"
    }
    return "\(values), \(JudgeText.difference(candidate - base, metric.unit))"
  }

  private func limit(_ threshold: Threshold, _ tolerance: Double) -> String {
    threshold.relative * abs(base) >= threshold.absolute
      ? JudgeText.percent(threshold.relative) : JudgeText.tolerance(tolerance, metric.unit)
  }
}

/// The comparison of right and wrong answers on the same rows: McNemar's exact test, beyond a margin.
struct AnswerTest {
  let answers: PairedAnswers
  /// Share the base has right.
  let base: Double

  init(_ answers: PairedAnswers, base: Double) {
    self.answers = answers
    self.base = base
  }

  func judgement(
    _ threshold: Threshold, p: DirectedP?, adjusted: DirectedP?, limits: ComparisonLimits, metric: Metric
  ) -> Judgement {
    let margin = threshold.amount(of: base)
    let drop = -answers.difference
    let interval = answers.differenceInterval(confidence: limits.confidence)
    var result = Judgement(
      verdict: .same, reason: "",
      change: Change(.difference, .value(answers.difference), interval: interval, flips: answers),
      resolution: interval.map { ($0.high - $0.low) / 2 }, p: p?.worse, adjustedP: adjusted?.worse)
    result.worsening = drop
    result.worseningInterval = interval.map {
      ConfidenceInterval(low: -$0.high, high: -$0.low, coverage: $0.coverage)
    }
    guard answers.lost + answers.gained > 0 else {
      result.reason = "no answer of \(answers.rows) flipped"
      return result
    }
    let words = text(interval)
    let limit = JudgeText.tolerance(margin, metric.unit)
    let deciding = adjusted ?? p ?? DirectedP(worse: 1, better: 1)
    let slack = 1e-12
    if drop > margin + slack, deciding.worse < limits.alpha {
      result.verdict = .regressed
      result.reason = "\(words), margin \(limit), McNemar's \(JudgeText.p(deciding.worse))"
    } else if -drop > margin + slack, deciding.better < limits.alpha {
      result.verdict = .improved
      result.reason = "\(words), margin \(limit), McNemar's \(JudgeText.p(deciding.better))"
    } else if let interval, -interval.low > margin {
      result.verdict = .inconclusive
      result.reason =
        "\(words): not proven within the margin \(limit)"
        + (drop > margin + slack ? ", nor beyond it (McNemar's \(JudgeText.p(deciding.worse)))" : "")
    } else {
      result.reason = "\(words), within the margin \(limit)"
    }
    return result
  }

  private func text(_ interval: ConfidenceInterval?) -> String {
    let found = JudgeText.difference(answers.difference, "fraction")
    let range =
      interval.map {
        " (\(JudgeText.coverage($0)) % CI \(JudgeText.difference($0.low, "fraction")) to "
          + "\(JudgeText.difference($0.high, "fraction")))"
      } ?? ""
    return "\(found)\(range), \(answers.lost) lost and \(answers.gained) gained of \(answers.rows)"
  }
}
