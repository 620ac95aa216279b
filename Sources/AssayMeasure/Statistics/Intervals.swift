/// A range that covers the true value with a probability.
///
/// - Invariant: `low` ≤ `high`.
public struct ConfidenceInterval: Sendable, Hashable {
  public var low: Double
  public var high: Double
  /// Probability that such a range covers the true value, 0...1, as achieved, which may be less or more than asked for.
  public var coverage: Double

  public init(low: Double, high: Double, coverage: Double) {
    self.low = low
    self.high = high
    self.coverage = coverage
  }

  /// The range with both ends put through an increasing function.
  public func mapped(_ transform: (Double) -> Double) -> ConfidenceInterval {
    ConfidenceInterval(low: transform(low), high: transform(high), coverage: coverage)
  }

  /// Whether `value` lies in the range, ends included.
  public func contains(_ value: Double) -> Bool { low <= value && value <= high }

  /// The range widened as far as needed to hold `value`; the coverage is then at least as stated.
  public func including(_ value: Double) -> ConfidenceInterval {
    ConfidenceInterval(low: min(low, value), high: max(high, value), coverage: coverage)
  }
}

/// A confidence interval of the median that assumes nothing of the distribution (inversion of the sign test).
///
/// [x₍ₖ₎, x₍ₙ₊₁₋ₖ₎] with the largest k for which 1 − 2·P(X ≤ k − 1) ≥ `confidence`, X binomial (n, ½); for a continuous
/// distribution the coverage is exact (H. A. David, Order Statistics, section 7.1). With too few values for the
/// confidence asked (fewer than 6 at 95 %) it is the whole range, and `coverage` says what that achieves: 0.9375 for 5.
/// Nil for fewer than two values.
///
/// Laws: within the values; holds the median; widens with the confidence.
public func medianInterval(_ sorted: SortedValues, confidence: Double = 0.95) -> ConfidenceInterval? {
  let count = sorted.count
  guard count >= 2 else { return nil }
  func coverage(_ rank: Int) -> Double { 1 - 2 * binomialLowerTail(rank - 1, trials: count, probability: 0.5) }
  // The coverage falls as the rank goes inwards; bisect for the last rank that still reaches the confidence.
  var (rank, beyond) = (1, count / 2 + 1)
  while beyond - rank > 1 {
    let middle = (rank + beyond) / 2
    if coverage(middle) >= confidence { rank = middle } else { beyond = middle }
  }
  return ConfidenceInterval(
    low: sorted.values[rank - 1], high: sorted.values[count - rank], coverage: coverage(rank))
}

/// Wilson's score interval of a proportion.
///
/// (p̂ + z²/2n ± z·√(p̂(1−p̂)/n + z²/4n²)) / (1 + z²/n) (E. B. Wilson, JASA 22, 1927). Laws: within 0...1, holds p̂, mirrored
/// when successes and failures change places. Nil unless 0 ≤ `successes` ≤ `count` and `count` > 0.
public func wilsonInterval(
  successes: Int, count: Int, confidence: Double = 0.95
) -> ConfidenceInterval? {
  guard count > 0, successes >= 0, successes <= count, confidence > 0, confidence < 1 else { return nil }
  let n = Double(count)
  let share = Double(successes) / n
  let z = twoSidedFactor(confidence)
  let centre = share + z * z / (2 * n)
  let half = z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
  let scale = 1 + z * z / n
  return ConfidenceInterval(
    low: successes == 0 ? 0 : (centre - half) / scale, high: successes == count ? 1 : (centre + half) / scale,
    coverage: confidence)
}
