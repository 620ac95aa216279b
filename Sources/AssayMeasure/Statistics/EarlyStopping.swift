/// The fewest samples within a bound that, with `overLatency` samples beyond it, prove the percentile at the given
/// confidence: MLPerf's h(t).
///
/// The smallest h with I₍p₎(h, t + 1) ≤ 1 − c, which is P(X ≤ t) ≤ 1 − c for X binomial with h + t trials of probability
/// 1 − p (MLPerf Inference rules, appendix "Early Stopping Criterion", tolerance 0). `minimumSamples` is h + t. Laws: grows
/// with t, with the percentile and with the confidence. Nil where `minimumSamples` is, and for a percentile below one
/// half, for which the criterion does not stand.
public func samplesWithinBound(forPercentile probability: Double, overLatency: Int, confidence: Double = 0.99) -> Int? {
  guard probability >= 0.5 else { return nil }
  return minimumSamples(forPercentile: probability, confidence: confidence, overLatency: overLatency)
    .map { $0 - overLatency }
}

/// Whether `samples` latencies, of which `overBound` exceeded a bound, show that the percentile lies within it: the pass
/// criterion of MLPerf's server scenario.
///
/// True when samples ≥ h(t) + t with t = `overBound` (`samplesWithinBound`). Laws: true of every bound that
/// `SortedValues.percentileUpperBound` does not exceed (which is stricter by one sample); more samples within the bound
/// do not make it false. False where the question makes no sense.
public func percentileIsWithinBound(
  samples: Int, overBound: Int, percentile: Double, confidence: Double = 0.99
) -> Bool {
  guard percentile >= 0.5, percentile < 1, confidence > 0, confidence < 1, overBound >= 0, overBound <= samples else {
    return false
  }
  return binomialLowerTail(overBound, trials: samples, probability: 1 - percentile) <= 1 - confidence
}
