/// Clopper and Pearson's exact interval of a proportion, which covers at least as often as it says for every true share.
///
/// The ends are the shares p at which P(X ≥ k; n, p) and P(X ≤ k; n, p) are (1 − confidence)/2 (C. Clopper, E. Pearson,
/// Biometrika 26, 1934), found by bisection to the last bit. For rates of false alarms, where Wilson's interval, which is
/// right on average only, would promise too much. Laws: within 0...1, holds k/n, mirrored when successes and failures
/// change places; 0 successes have the end 0, n the end 1. Nil unless 0 ≤ `successes` ≤ `count` and `count` > 0.
///
/// - Complexity: O(√n), times about 100 steps.
public func clopperPearsonInterval(successes: Int, count: Int, confidence: Double = 0.95) -> ConfidenceInterval? {
  guard count > 0, successes >= 0, successes <= count, confidence > 0, confidence < 1 else { return nil }
  let tail = (1 - confidence) / 2
  let low =
    successes == 0
    ? 0 : bisect(from: 0, to: 1) { binomialUpperTail(successes, trials: count, probability: $0) < tail }
  let high =
    successes == count
    ? 1 : bisect(from: 0, to: 1) { binomialLowerTail(successes, trials: count, probability: $0) > tail }
  let share = Double(successes) / Double(count)
  return ConfidenceInterval(low: min(low, share), high: max(high, share), coverage: confidence)
}

/// The point between `low` and `high` where a condition that holds below it ceases to hold, to the last bit.
func bisect(from low: Double, to high: Double, holdsBelow: (Double) -> Bool) -> Double {
  var (low, high) = (low, high)
  while true {
    let middle = midpoint(low, high)
    guard middle > low, middle < high else { return middle }
    if holdsBelow(middle) { low = middle } else { high = middle }
  }
}
