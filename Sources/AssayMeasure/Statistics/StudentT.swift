/// The probability that a variable with Student's t distribution exceeds `t`.
///
/// P(T > t) = ½·I₍ν/(ν+t²)₎(ν/2, ½) for t ≥ 0. Laws: ½ at 0; P(T > −t) = 1 − P(T > t); falls with t. NaN unless
/// `degreesOfFreedom` is positive and finite.
public func studentTUpperTail(_ t: Double, degreesOfFreedom: Double) -> Double {
  guard degreesOfFreedom > 0, degreesOfFreedom.isFinite, !t.isNaN else { return .nan }
  guard t.isFinite else { return t < 0 ? 1 : 0 }
  let (square, half) = (t * t, degreesOfFreedom / 2)
  guard square.isFinite else { return t < 0 ? 1 : 0 }
  // The smaller of the two shares is the one without cancellation.
  let twoTails =
    square < degreesOfFreedom
    ? incompleteBeta(square / (degreesOfFreedom + square), 0.5, half).upper
    : incompleteBeta(degreesOfFreedom / (degreesOfFreedom + square), half, 0.5).lower
  return t < 0 ? 1 - twoTails / 2 : twoTails / 2
}

/// The quantile of Student's t distribution: P(T ≤ t) = `probability`; 2.262 for 0.975 and 9 degrees of freedom.
///
/// Found by bisection to the last bit. Laws: 0 at ½, odd about it, grows; nears `normalQuantile` with many degrees. Minus
/// infinity at 0, infinity at 1, NaN outside and unless `degreesOfFreedom` is positive and finite.
public func studentTQuantile(_ probability: Double, degreesOfFreedom: Double) -> Double {
  guard probability >= 0, probability <= 1, degreesOfFreedom > 0, degreesOfFreedom.isFinite else { return .nan }
  guard probability > 0, probability < 1 else { return probability == 0 ? -.infinity : .infinity }
  if probability < 0.5 { return -upperQuantile(probability, degreesOfFreedom) }
  return probability == 0.5 ? 0 : upperQuantile(1 - probability, degreesOfFreedom)
}

private func upperQuantile(_ tail: Double, _ degreesOfFreedom: Double) -> Double {
  var high = 1.0
  while studentTUpperTail(high, degreesOfFreedom: degreesOfFreedom) > tail {
    guard high < 1e150 else { return high }
    high *= 2
  }
  return bisect(from: high == 1 ? 0 : high / 2, to: high) {
    studentTUpperTail($0, degreesOfFreedom: degreesOfFreedom) > tail
  }
}

/// A mean with its interval, over a few replicates.
public struct MeanEstimate: Sendable, Hashable {
  public var mean: Double
  /// Sample standard deviation, with n − 1; nil for a single value.
  public var standardDeviation: Double?
  /// mean ± t·s/√n; nil for a single value.
  public var interval: ConfidenceInterval?

  /// The mean over k training seeds, or other independent replicates, with Student's interval.
  ///
  /// t is the quantile at (1 + confidence)/2 with n − 1 degrees of freedom (Student, Biometrika 6, 1908). For roughly normal
  /// replicates only: latencies have `medianInterval`. Laws: the interval holds the mean, is centred on it and narrows
  /// to a point for equal values; shifting and scaling the values does the same to it. Nil without values, when one is not
  /// finite or `confidence` does not lie strictly between 0 and 1.
  public init?(_ values: [Double], confidence: Double = 0.95) {
    guard !values.isEmpty, values.allSatisfy(\.isFinite), confidence > 0, confidence < 1 else { return nil }
    let count = Double(values.count)
    let mean = values.reduce(0) { $0 + $1 / count }
    guard mean.isFinite else { return nil }
    self.mean = mean
    guard values.count > 1 else { return }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let deviation = (squares / (count - 1)).squareRoot()
    let half = studentTQuantile((1 + confidence) / 2, degreesOfFreedom: count - 1) * deviation / count.squareRoot()
    guard half.isFinite else { return nil }
    standardDeviation = deviation
    interval = ConfidenceInterval(low: mean - half, high: mean + half, coverage: confidence)
  }
}
