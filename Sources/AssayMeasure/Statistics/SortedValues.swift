/// Finite values in ascending order, from which order statistics are read.
///
/// - Invariant: not empty, ascending, no NaN and no infinity.
public struct SortedValues: Sendable, Hashable {
  /// The values, ascending.
  public let values: [Double]

  /// Sorts `values`; nil when there are none or one is not finite.
  ///
  /// - Complexity: O(n log n).
  public init?(_ values: [Double]) {
    guard !values.isEmpty, values.allSatisfy(\.isFinite) else { return nil }
    self.values = values.sorted()
  }

  /// Sorts latencies or other counts; nil when there are none.
  ///
  /// - Complexity: O(n log n).
  public init?(_ values: [UInt64]) {
    guard !values.isEmpty else { return nil }
    self.values = values.sorted().map { Double($0) }  // `Double.init` alone would mean `init(bitPattern:)`
  }

  /// Number of values, at least one.
  public var count: Int { values.count }

  /// The value in the middle, or the mean of the two there.
  public var median: Double {
    let middle = count / 2
    return count.isMultiple(of: 2) ? midpoint(values[middle - 1], values[middle]) : values[middle]
  }

  /// The quantile between order statistics: Hyndman and Fan's type 7 (The American Statistician 50, 1996), the default of
  /// R and NumPy.
  ///
  /// With h = (n − 1)·p it is x₍⌊h⌋₎ + (h − ⌊h⌋)·(x₍⌊h⌋₊₁₎ − x₍⌊h⌋₎), counted from 0. Laws: p = 0 is the minimum, p = 1 the
  /// maximum, p = ½ the median; it does not fall when p grows. A `probability` outside 0...1 counts as the nearer end.
  public func quantile(_ probability: Double) -> Double {
    let position = Double(count - 1) * min(1, max(0, probability))
    let below = Int(position)
    guard below + 1 < count else { return values[count - 1] }
    return values[below] + (position - Double(below)) * (values[below + 1] - values[below])
  }

  /// The smallest value that at least a share `probability` of all values does not exceed: x₍⌈n·p⌉₎ counted from 1.
  ///
  /// Always one of the values (Hyndman and Fan's type 1). A `probability` outside 0...1 counts as the nearer end.
  public func nearestRank(_ probability: Double) -> Double {
    let rank = (Double(count) * min(1, max(0, probability))).rounded(.up)
    return values[min(count, max(1, Int(rank))) - 1]
  }

  /// The type 7 quantile, or nil when there are too few values to speak of it (`minimumSamples`).
  public func percentile(_ probability: Double, confidence: Double = 0.99) -> Double? {
    guard let needed = minimumSamples(forPercentile: probability, confidence: confidence), count >= needed else {
      return nil
    }
    return quantile(probability)
  }

  /// A value that the true quantile does not exceed with the given confidence, whatever the distribution; nil when there
  /// are too few values.
  ///
  /// The early-stopping estimate of MLPerf LoadGen: with the largest t for which
  /// `samplesNeeded(overLatency: t) <= n`, the value sorted[n − t] counted from 0 (the largest after the t − 1 slowest
  /// were put aside). mlcommons/inference_policies, inference_rules, appendix "Early Stopping Criterion".
  public func percentileUpperBound(_ probability: Double, confidence: Double = 0.99) -> Double? {
    guard probability > 0, probability < 1, confidence > 0, confidence < 1 else { return nil }
    // The largest t with P(X <= t; n, 1 − p) <= 1 − c, found by bisection: the probability grows with t.
    func holds(_ over: Int) -> Bool {
      binomialLowerTail(over, trials: count, probability: 1 - probability) <= 1 - confidence
    }
    guard count > 1, holds(1) else { return nil }
    var (held, failed) = (1, count)
    while failed - held > 1 {
      let middle = (held + failed) / 2
      if holds(middle) { held = middle } else { failed = middle }
    }
    return values[count - held]
  }
}

/// The median of `values`; nil when there are none or one is not finite.
public func median(_ values: [Double]) -> Double? { SortedValues(values)?.median }

/// Half-way between two numbers, without overflow.
func midpoint(_ a: Double, _ b: Double) -> Double { a + (b - a) / 2 }

/// The fewest samples from which a percentile may be reported: 64 for p90, 662 for p99, 6,636 for p99.9.
///
/// The smallest n for which `overLatency` samples beyond the percentile's upper bound still bound it with the given
/// confidence: P(X ≤ t) ≤ 1 − c for X binomial with n trials of probability 1 − p (MLPerf Inference, "Early Stopping
/// Criterion", tolerance 0; t = 1 is the least that LoadGen reports with). A percentile below one half is judged by its
/// mirror image. Nil when `probability` or `confidence` does not lie strictly between 0 and 1, or n would exceed 2⁴⁰.
///
/// - Complexity: O(log n) tail probabilities.
public func minimumSamples(
  forPercentile probability: Double, confidence: Double = 0.99, overLatency: Int = 1
) -> Int? {
  guard probability > 0, probability < 1, confidence > 0, confidence < 1, overLatency >= 0 else { return nil }
  let over = min(probability, 1 - probability)
  func suffices(_ count: Int) -> Bool {
    binomialLowerTail(overLatency, trials: count, probability: over) <= 1 - confidence
  }
  var enough = overLatency + 1
  while !suffices(enough) {
    guard enough < 1 << 40 else { return nil }
    enough *= 2
  }
  var tooFew = overLatency
  while enough - tooFew > 1 {
    let middle = tooFew + (enough - tooFew) / 2
    if suffices(middle) { enough = middle } else { tooFew = middle }
  }
  return enough
}
