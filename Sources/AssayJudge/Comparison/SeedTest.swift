import AssayCore
import AssayMeasure

/// The comparison of qualities over training seeds: Student's or Welch's t test, beyond a margin.
struct SeedTest {
  let comparison: SeedComparison
  let metric: Metric
  /// Value of the base, for margins that are a share.
  let base: Double

  var p: DirectedP {
    let worse = worsening
    return DirectedP(worse: worse.p(), better: worse.mirrored.p())
  }

  /// The change for the worse.
  private var worsening: MeanDifference {
    LaunchTest.sign(metric) < 0 ? comparison.difference.mirrored : comparison.difference
  }

  func judgement(_ threshold: Threshold, adjusted: DirectedP?, limits: ComparisonLimits) -> Judgement {
    let margin = threshold.amount(of: base)
    let worse = worsening
    let own = comparison.difference
    var result = Judgement(
      verdict: .same, reason: "",
      change: Change(.difference, .value(own.difference), interval: own.interval),
      resolution: (own.interval.high - own.interval.low) / 2, p: p.worse, adjustedP: adjusted?.worse)
    result.worsening = worse.difference
    result.worseningInterval = worse.interval
    let words =
      "\(JudgeText.difference(own.difference, metric.unit)) (\(JudgeText.coverage(own.interval)) % CI "
      + "\(JudgeText.difference(own.interval.low, metric.unit)) to "
      + "\(JudgeText.difference(own.interval.high, metric.unit))), \(comparison.words)"
    let limit = JudgeText.tolerance(margin, metric.unit)
    let deciding = adjusted ?? p
    let slack = 1e-12
    if worse.difference > margin + slack, deciding.worse < limits.alpha {
      result.verdict = .regressed
      result.reason = "\(words), margin \(limit), \(comparison.testName) \(JudgeText.p(deciding.worse))"
    } else if worse.difference < -(margin + slack), deciding.better < limits.alpha {
      result.verdict = .improved
      result.reason = "\(words), margin \(limit), \(comparison.testName) \(JudgeText.p(deciding.better))"
    } else if worse.interval.high > margin + slack {
      result.verdict = .inconclusive
      result.reason =
        "\(words): not proven within the margin \(limit)"
        + (worse.difference > margin + slack
          ? ", nor beyond it (\(comparison.testName) \(JudgeText.p(deciding.worse)))" : "")
    } else {
      result.reason = "\(words), within the margin \(limit)"
    }
    return result
  }
}

extension RowEvidence {
  /// What the seeds of the two trials tell of a quality; nil where neither has several.
  init?(seedsOf own: Evidence, against base: Evidence, _ metric: Metric, isWithinRun: Bool, _ confidence: Double) {
    switch SeedComparison.find(
      metric.name, own: own, base: base, isWithinRun: isWithinRun, confidence: confidence)
    {
    case .without: return nil
    case .unavailable(let reason): self = .settled(.inconclusive, reason)
    case .found(let comparison): self = .seeds(comparison)
    }
  }
}
