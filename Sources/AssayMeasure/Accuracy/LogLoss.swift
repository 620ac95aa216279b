import Glibc

/// Whether the rows already are probability distributions.
///
/// Decided for the whole matrix: every finite row lies in 0...1 and adds up to 1 within 1e-3. Anything else counts as
/// logits, to be put through a softmax. Rows with a NaN have no say.
public func areProbabilities(_ scores: ScoreMatrix) -> Bool {
  var hold = true
  scores.forEachRow { _, values in
    guard hold else { return }
    var sum = 0.0
    var inRange = true
    for value in values {
      sum += Double(value)
      inRange = inRange && !(value < 0) && !(value > 1)
    }
    if !sum.isNaN && !(inRange && abs(sum - 1) <= 1e-3) { hold = false }
  }
  return hold
}

/// Mean negative log probability of the true class, in nats; nil without rows.
///
/// Logits are put through log-softmax (largest score subtracted first); rows that already are probabilities
/// (`areProbabilities`) are taken as they are. A probability below 1e-15, and a row with a NaN, count as 1e-15 (34.5 nats),
/// so that the mean stays finite. Laws: not negative; 0 only when every true class has probability 1; ln(classes) for
/// equal scores.
///
/// - Precondition: labels are as many as rows and lie in 0..<classes (as `AccuracyInput` checks).
public func logLoss(_ scores: ScoreMatrix, labels: [Int]) -> Double? {
  guard scores.rows > 0 else { return nil }
  let areProbabilities = areProbabilities(scores)
  var total = 0.0
  scores.forEachRow { row, values in
    let logarithm = logProbability(of: labels[row], in: values, areProbabilities: areProbabilities)
    total -= logarithm.isNaN ? smallestLogProbability : max(smallestLogProbability, min(0, logarithm))
  }
  return total / Double(scores.rows)
}

/// ln 1e-15.
private let smallestLogProbability = -34.538_776_394_910_684

private func logProbability(of label: Int, in values: UnsafeBufferPointer<Float>, areProbabilities: Bool) -> Double {
  if areProbabilities { return values.contains(where: \.isNaN) ? .nan : log(Double(values[label])) }
  return Double(values[label]) - logSumExp(values)
}

/// ln Σ exp(value), NaN when a value is NaN.
func logSumExp(_ values: UnsafeBufferPointer<Float>) -> Double {
  var largest = -Float.infinity
  for value in values {
    if value.isNaN { return .nan }
    largest = max(largest, value)
  }
  guard largest.isFinite else { return Double(largest) }
  var sum = 0.0
  for value in values { sum += exp(Double(value) - Double(largest)) }
  return Double(largest) + log(sum)
}
