/// How far the mean of one side lies above that of the other, over a few replicates such as training seeds.
public struct MeanDifference: Sendable, Hashable {
  /// Candidate − base.
  public var difference: Double
  /// Standard deviation of the difference, estimated; 0 when all replicates are equal.
  public var standardError: Double
  /// Of Student's t; by Welch and Satterthwaite not a whole number.
  public var degreesOfFreedom: Double
  public var interval: ConfidenceInterval

  /// Two sides whose replicates have nothing in common, without the assumption that they spread alike.
  ///
  /// t = (x̄ − ȳ)/√(s²ₓ/m + s²ᵧ/n) with the degrees of freedom of Welch and Satterthwaite (B. L. Welch, Biometrika 34, 1947).
  /// Laws: exchanging the sides mirrors it; shifting or scaling both sides does the same to it. Nil when a side has fewer
  /// than two values, one is not finite or `confidence` does not lie strictly between 0 and 1.
  public init?(base: [Double], candidate: [Double], confidence: Double = 0.95) {
    guard let one = MeanEstimate(candidate), let other = MeanEstimate(base), let s = one.standardDeviation,
      let t = other.standardDeviation
    else { return nil }
    let (m, n) = (Double(candidate.count), Double(base.count))
    let (a, b) = (s * s / m, t * t / n)
    // Equal values on both sides leave nothing to estimate; any degrees give the same point.
    let degrees = a + b > 0 ? (a + b) * (a + b) / (a * a / (m - 1) + b * b / (n - 1)) : m + n - 2
    self.init(one.mean - other.mean, (a + b).squareRoot(), degrees, confidence)
  }

  /// Replicates against a number that is known, such as the accuracy of one given model on the same rows.
  ///
  /// t = (x̄ − c)/(s/√n) with n − 1 degrees of freedom (Student, Biometrika 6, 1908). Nil as above.
  public init?(_ candidate: [Double], against base: Double, confidence: Double = 0.95) {
    guard let one = MeanEstimate(candidate), let deviation = one.standardDeviation, base.isFinite else { return nil }
    let count = Double(candidate.count)
    self.init(one.mean - base, deviation / count.squareRoot(), count - 1, confidence)
  }

  /// Replicates that pair, because each candidate was made from the base beside it.
  ///
  /// Student's t of the differences; what both of a pair share cancels out. Nil as above and for unequal counts.
  public init?(pairs: [(base: Double, candidate: Double)], confidence: Double = 0.95) {
    self.init(pairs.map { $0.candidate - $0.base }, against: 0, confidence: confidence)
  }

  private init?(_ difference: Double, _ standardError: Double, _ degrees: Double, _ confidence: Double) {
    guard confidence > 0, confidence < 1, difference.isFinite, standardError.isFinite, degrees > 0 else { return nil }
    let half = studentTQuantile((1 + confidence) / 2, degreesOfFreedom: degrees) * standardError
    guard half.isFinite else { return nil }
    self.difference = difference
    self.standardError = standardError
    degreesOfFreedom = degrees
    interval = ConfidenceInterval(low: difference - half, high: difference + half, coverage: confidence)
  }

  /// The same with candidate and base exchanged.
  public var mirrored: MeanDifference {
    var copy = self
    copy.difference = -difference
    copy.interval = ConfidenceInterval(low: -interval.high, high: -interval.low, coverage: interval.coverage)
    return copy
  }

  /// One-sided p against a true difference of at most `threshold`; without any spread 0 or 1.
  public func p(above threshold: Double = 0) -> Double {
    guard standardError > 0 else { return difference > threshold ? 0 : 1 }
    return studentTUpperTail((difference - threshold) / standardError, degreesOfFreedom: degreesOfFreedom)
  }
}
