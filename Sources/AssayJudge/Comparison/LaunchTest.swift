import AssayCore
import AssayMeasure
import Glibc

/// The comparison of launches: median, interval and the exact sign-flip tests of both directions.
///
/// Everything is done on one number a launch, turned so that positive is worse: log ratios, or differences where values
/// are zero. The tolerance has the same size in both directions, so that exchanging the sides exchanges the verdicts.
struct LaunchTest {
  let metric: Metric
  let kind: Change.Kind
  /// One number a launch, positive is worse.
  let worse: [Double]
  let median: Double
  /// In the same terms; nil with a single launch.
  let interval: ConfidenceInterval?
  /// The tolerance in the same terms.
  let tolerance: Double
  let p: DirectedP

  /// Nil without launches, or with numbers that are not finite.
  init?(_ differences: LaunchDifferences, _ draft: RowDraft, _ threshold: Threshold, _ limits: ComparisonLimits) {
    let sign = Self.sign(draft.metric)
    guard let sorted = SortedValues(differences.scores.map { sign * $0 }) else { return nil }
    metric = draft.metric
    kind = differences.kind
    worse = differences.scores.map { sign * $0 }
    median = sorted.median
    switch kind {
    case .difference: tolerance = threshold.amount(of: draft.base ?? 0)
    case .ratio: tolerance = Self.logTolerance(threshold.share(of: draft.base), draft.metric)
    }
    if limits.interval == .hierarchicalBootstrap, !differences.rounds.isEmpty {
      interval = hierarchicalBootstrap(
        differences.rounds.map { $0.map { sign * $0 } }, confidence: limits.confidence)
    } else {
      interval = medianInterval(sorted, confidence: limits.confidence)
    }
    guard let p = Self.directedP(worse, tolerance) else { return nil }
    self.p = p
  }

  /// 1 where a rise is worse, −1 where a fall is.
  static func sign(_ metric: Metric) -> Double { metric.direction == .higherIsBetter ? -1 : 1 }

  /// The log ratio that a share for the worse is: 10 % more of a time, 10 % less of a throughput.
  private static func logTolerance(_ share: Double, _ metric: Metric) -> Double {
    guard metric.direction == .higherIsBetter else { return log1p(share) }
    return share < 1 ? -log1p(-share) : .infinity
  }

  private static func directedP(_ worse: [Double], _ tolerance: Double) -> DirectedP? {
    // Nothing is beyond an infinite tolerance.
    guard tolerance.isFinite else { return DirectedP(worse: 1, better: 1) }
    guard let up = signFlipP(worse, above: tolerance / 2),
      let down = signFlipP(worse.map { -$0 }, above: tolerance / 2)
    else { return nil }
    return DirectedP(worse: up, better: down)
  }
}

extension LaunchTest {
  /// - Parameters:
  ///   - adjusted: p after Holm's correction; nil for a row that does not count.
  ///   - tests: How many rows are tested together.
  func judgement(
    _ evidence: LaunchEvidence, adjusted: DirectedP?, tests: Int, limits: ComparisonLimits, isJudged: Bool
  ) -> Judgement {
    var result = Judgement(verdict: .inconclusive, reason: "", change: change, p: p.worse, adjustedP: adjusted?.worse)
    result.resolution = interval.map { (terms($0).high - terms($0).low) / 2 }
    result.worsening = worsening(median)
    result.worseningInterval = interval.map { $0.mapped(worsening) }
    let needed = launchesNeeded(tests: tests, level: limits.alpha)
    let found = description(median, interval)
    let limit = text(tolerance)

    // A gate may tolerate less than the kernel's own noise; that is no reason to distrust the machine.
    let steady = max(tolerance, log1p(limits.timed)) / 2
    if kind == .ratio, let movement = evidence.movement, movement.isShown(beyond: steady) {
      result.reason =
        "contaminated: the control kernel itself moved by \(JudgeText.signedPercent(expm1(movement.estimate))), "
        + "beyond \(JudgeText.percent(expm1(steady)))"
      result.isJudgeable = false
      return result
    }
    if let interval, interval.liesWithin(tolerance: tolerance), interval.coverage > 0.9 {
      result.verdict = .same
      result.reason = "\(found), inside ±\(limit)"
      return result
    }
    guard worse.count >= needed else {
      result.reason =
        "\(found); too few launches for a verdict: \(worse.count) of the \(needed) that "
        + (tests == 1 ? "a test needs" : "\(tests) tests together need")
      result.isJudgeable = false
      return result
    }
    if let interval {
      let half = (interval.high - interval.low) / 2
      // Where the whole interval lies beyond the threshold, its width does not matter.
      if half > tolerance, interval.low <= tolerance, interval.high >= -tolerance {
        result.reason = "\(found); resolution \(text(half)) > threshold \(limit)"
        return result
      }
    }
    let deciding = adjusted ?? p
    let tail = { (p: Double) in
      "\(JudgeText.p(p))\(adjusted != nil && tests > 1 ? " after Holm's correction over \(tests) tests" : "")"
    }
    if median > tolerance, deciding.worse < limits.alpha {
      result.reason = "\(found), threshold \(limit), \(tail(deciding.worse))"
      result.verdict = .regressed
      if isJudged { confirm(&result, evidence.confirmation, limits) }
    } else if median < -tolerance, deciding.better < limits.alpha {
      result.verdict = .improved
      result.reason = "\(found), threshold \(limit), \(tail(deciding.better))"
    } else if abs(median) > tolerance {
      result.reason =
        "\(found), beyond the threshold \(limit), but \(tail(median > 0 ? deciding.worse : deciding.better))"
    } else {
      result.reason = "\(found): the interval crosses the threshold \(limit)"
    }
    return result
  }

  /// Takes the second measurement into a regression: the same test alone, and at least half the threshold.
  private func confirm(_ result: inout Judgement, _ confirmation: LaunchDifferences?, _ limits: ComparisonLimits) {
    let sign = Self.sign(metric)
    guard let confirmation, confirmation.kind == kind,
      let again = SortedValues(confirmation.scores.map { sign * $0 }),
      let p = Self.directedP(again.values, tolerance)
    else {
      result.reason += "; not confirmed by a second measurement"
      result.wantsConfirmation = true
      return
    }
    // With few launches 0.01 is out of reach; then all of them must point the same way.
    let level = max(limits.confirmationAlpha, again.count < 60 ? 1 / Double(UInt64(1) << UInt64(again.count)) : 0)
    let words = "\(description(again.median, nil)), \(JudgeText.p(p.worse))"
    if p.worse <= level, again.median >= tolerance / 2, again.median > 0 {
      result.reason += "; confirmed by a second measurement (\(words))"
    } else {
      result.verdict = .unconfirmed
      result.reason += "; not found again in a second measurement (\(words))"
    }
  }

  // MARK: Terms

  /// Candidate against base in the metric's own direction.
  private var change: Change {
    let sign = Self.sign(metric)
    let value = kind == .ratio ? exp(sign * median) : sign * median
    return Change(kind, .value(value), interval: interval.map(terms))
  }

  /// An interval of what is worse, in the terms of the change.
  private func terms(_ interval: ConfidenceInterval) -> ConfidenceInterval {
    let sign = Self.sign(metric)
    let ends = [sign * interval.low, sign * interval.high].sorted().map { kind == .ratio ? exp($0) : $0 }
    return ConfidenceInterval(low: ends[0], high: ends[1], coverage: interval.coverage)
  }

  /// The change for the worse as a share (of more time, of less throughput), or in the metric's unit.
  private func worsening(_ worse: Double) -> Double {
    guard kind == .ratio else { return worse }
    return metric.direction == .higherIsBetter ? -expm1(-worse) : expm1(worse)
  }

  /// A tolerance or resolution, without a sign.
  private func text(_ amount: Double) -> String {
    guard kind == .ratio else { return JudgeText.tolerance(amount, metric.unit) }
    return JudgeText.percent(worsening(amount))
  }

  /// `+12.4 % (95 % CI +9.8 to +14.9)`, in the metric's own direction.
  private func description(_ worse: Double, _ interval: ConfidenceInterval?) -> String {
    let sign = Self.sign(metric)
    guard kind == .ratio else {
      let text = JudgeText.difference(sign * worse, metric.unit)
      guard let own = interval.map(terms) else { return text }
      return "\(text) (\(JudgeText.coverage(own)) % CI \(JudgeText.difference(own.low, metric.unit)) to "
        + "\(JudgeText.difference(own.high, metric.unit)))"
    }
    let text = JudgeText.signedPercent(expm1(sign * worse))
    guard let own = interval.map(terms) else { return text }
    return "\(text) (\(JudgeText.percents(own.mapped { $0 - 1 })))"
  }
}
