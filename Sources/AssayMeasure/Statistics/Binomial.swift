import Glibc

/// The probability of at most `successes` successes in `trials` independent trials of the given probability.
///
/// P(X ≤ k) = I₁₋ₚ(n − k, k + 1), the regularized incomplete beta function; accurate to 1e-12 where the answer is not
/// smaller than that. Laws: 0 for k < 0, 1 for k ≥ n, grows with k, falls with p.
public func binomialLowerTail(_ successes: Int, trials: Int, probability: Double) -> Double {
  guard successes >= 0 else { return 0 }
  guard successes < trials else { return 1 }
  // The upper tail in p is the lower tail in 1 − p; asking for it spares the rounding of 1 − p.
  return incompleteBeta(probability, Double(successes) + 1, Double(trials - successes)).upper
}

/// The probability of at least `successes` successes: P(X ≥ k) = Iₚ(k, n − k + 1).
///
/// Laws: 1 for k ≤ 0, 0 for k > n, P(X ≥ k) + P(X ≤ k − 1) = 1.
public func binomialUpperTail(_ successes: Int, trials: Int, probability: Double) -> Double {
  guard successes > 0 else { return 1 }
  guard successes <= trials else { return 0 }
  return incompleteBeta(probability, Double(successes), Double(trials - successes) + 1).lower
}

/// The probability of exactly `successes` successes (C. Loader, "Fast and Accurate Computation of Binomial
/// Probabilities", 2000).
public func binomialProbability(_ successes: Int, trials: Int, probability: Double) -> Double {
  guard successes >= 0, successes <= trials, probability >= 0, probability <= 1 else { return 0 }
  return binomialDensity(Double(successes), Double(trials - successes), probability)
}

/// The regularized incomplete beta function Iₓ(a, b) and its complement, each to full relative accuracy on its smaller
/// side.
///
/// The continued fraction of Numerical Recipes (3rd edition, section 6.4, modified Lentz), with Loader's form of the
/// leading factor in place of log-gamma differences, which lose digits for large a and b. Laws: lower + upper = 1,
/// Iₓ(a, b) = 1 − I₁₋ₓ(b, a), grows with x.
///
/// - Precondition: `a` and `b` are positive and finite. An `x` outside 0...1 counts as the nearer end.
/// - Complexity: O(√max(a, b)).
public func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> (lower: Double, upper: Double) {
  precondition(a > 0 && b > 0 && a.isFinite && b.isFinite)
  guard x > 0 else { return (0, 1) }
  guard x < 1 else { return (1, 0) }
  // xᵃ(1−x)ᵇ / B(a, b) = density(a, b) · a·b / (a + b)
  let front = binomialDensity(a, b, x) * (a / (a + b)) * b
  if x < (a + 1) / (a + b + 2) {
    let lower = min(1, front * betaFraction(x, a, b) / a)
    return (lower, 1 - lower)
  }
  let upper = min(1, front * betaFraction(1 - x, b, a) / b)
  return (1 - upper, upper)
}

private func betaFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
  func nonzero(_ value: Double) -> Double { abs(value) < 1e-300 ? 1e-300 : value }
  let iterations = 10_000 + Int(min(10 * max(a, b).squareRoot(), 1e8))
  var c = 1.0
  var d = 1 / nonzero(1 - (a + b) * x / (a + 1))
  var result = d
  for step in 1...iterations {
    let m = Double(step)
    let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / nonzero(1 + even * d)
    c = nonzero(1 + even / c)
    result *= d * c
    let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / nonzero(1 + odd * d)
    c = nonzero(1 + odd / c)
    result *= d * c
    if abs(d * c - 1) <= 1e-16 { break }
  }
  return result
}

/// Γ(s+f+1) / (Γ(s+1) Γ(f+1)) · pˢ (1−p)ᶠ, for real s and f.
private func binomialDensity(_ s: Double, _ f: Double, _ p: Double) -> Double {
  let n = s + f
  if s == 0 { return exp(n * log1p(-p)) }
  if f == 0 { return exp(n * log(p)) }
  let exponent =
    stirlingError(n) - stirlingError(s) - stirlingError(f) - deviance(s, n * p) - deviance(f, n * (1 - p))
  return exp(exponent) * (n / (2 * .pi * s * f)).squareRoot()
}

/// log Γ(n+1) − (n + ½) log n + n − ½ log 2π.
private func stirlingError(_ n: Double) -> Double {
  if n < 16 {
    var sign: Int32 = 0
    return lgamma_r(n + 1, &sign) - (n + 0.5) * log(n) + n - 0.918_938_533_204_672_741_78
  }
  let inverse = 1 / (n * n)
  let tail = 1.0 / 1188 - inverse * 691 / 360_360
  return (1.0 / 12 - inverse * (1.0 / 360 - inverse * (1.0 / 1260 - inverse * (1.0 / 1680 - inverse * tail)))) / n
}

/// x log(x / m) + m − x, without cancellation where x is near m.
private func deviance(_ x: Double, _ m: Double) -> Double {
  guard abs(x - m) < 0.1 * (x + m) else { return x * log(x / m) + m - x }
  let v = (x - m) / (x + m)
  var sum = (x - m) * v
  var term = 2 * x * v
  for j in 1..<1000 {
    term *= v * v
    let next = sum + term / Double(2 * j + 1)
    if next == sum { break }
    sum = next
  }
  return sum
}
