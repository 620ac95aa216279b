import Glibc

/// The quantile of the standard normal distribution: Φ(z) = `probability`.
///
/// Found by Newton's method on log Φ (which is concave, so that the steps do not overshoot) from the C library's `erfc`,
/// to about 1e-15. Laws: 0 at ½, odd about it, grows. Minus infinity at 0, infinity at 1, NaN outside.
public func normalQuantile(_ probability: Double) -> Double {
  guard probability > 0, probability < 1 else {
    return probability == 0 ? -.infinity : probability == 1 ? .infinity : .nan
  }
  // 1 − p is exact for p in [½, 1], and the lower tail keeps its digits.
  if probability > 0.5 { return -normalQuantile(1 - probability) }
  guard probability < 0.5 else { return 0 }
  var z = -(-2 * log(2 * probability)).squareRoot()
  for _ in 0..<60 {
    let tail = 0.5 * erfc(-z / 2.0.squareRoot())
    let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
    let step = (log(tail) - log(probability)) * tail / density
    z -= step
    if abs(step) <= 1e-15 * abs(z) { break }
  }
  return z
}

/// The factor z for a two-sided interval of the given confidence: 1.96 for 0.95.
func twoSidedFactor(_ confidence: Double) -> Double { -normalQuantile((1 - confidence) / 2) }
