import Glibc

/// Expected calibration error: how far the confidence of answers and their share of right ones lie apart.
///
/// Σ over bins of (rows in the bin / rows)·|share right − mean confidence|, with `bins` bins of equal width
/// (i/bins, (i + 1)/bins] of the confidence, which is the probability of the predicted class (M. Naeini et al., AAAI 2015;
/// C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, equation 3). Logits are put through a softmax as for
/// `logLoss`. A row without probabilities (NaN, an infinite score) counts as wrong with full confidence. Laws: 0...1; 0 for
/// certain and right answers; 1 for certain and wrong ones. Nil without rows.
///
/// - Precondition: labels are as many as rows and lie in 0..<classes (as `AccuracyInput` checks); `bins` is positive.
public func expectedCalibrationError(_ scores: ScoreMatrix, labels: [Int], bins: Int = 15) -> Double? {
  guard scores.rows > 0 else { return nil }
  // Σ (right − confidence) of each bin; the sizes of the bins cancel out.
  var excess = [Double](repeating: 0, count: bins)
  scores.forEachProbabilities { row, probabilities in
    guard let probabilities else {
      excess[bins - 1] -= 1
      return
    }
    var best = 0
    for index in probabilities.indices where probabilities[index] > probabilities[best] { best = index }
    let confidence = min(1, max(0, probabilities[best]))
    let bin = min(bins - 1, max(0, Int((confidence * Double(bins)).rounded(.up)) - 1))
    excess[bin] += (best == labels[row] ? 1 : 0) - confidence
  }
  return excess.reduce(0) { $0 + abs($1) } / Double(scores.rows)
}

/// Brier score: the mean over the rows of Σₖ (pₖ − yₖ)², y being 1 for the true class and 0 for the others.
///
/// G. Brier, Monthly Weather Review 78, 1950, in its original form for any number of classes; for two classes it is twice
/// the binary form. Logits are put through a softmax as for `logLoss`; a row without probabilities (NaN, an infinite
/// score) counts 2. Laws: 0...2; 0 for certain and right answers, 2 for certain and wrong ones, 1 − 1/classes for equal
/// scores. Nil without rows.
///
/// - Precondition: labels are as many as rows and lie in 0..<classes (as `AccuracyInput` checks).
public func brierScore(_ scores: ScoreMatrix, labels: [Int]) -> Double? {
  guard scores.rows > 0 else { return nil }
  var total = 0.0
  scores.forEachProbabilities { row, probabilities in
    guard let probabilities else {
      total += 2
      return
    }
    for index in probabilities.indices {
      let miss = probabilities[index] - (index == labels[row] ? 1 : 0)
      total += miss * miss
    }
  }
  return total / Double(scores.rows)
}

extension ScoreMatrix {
  /// Calls `body` with the class probabilities of each row in turn: as given (`areProbabilities`) or by a softmax.
  ///
  /// A row gets nil when it has none because of a NaN or an infinite score.
  func forEachProbabilities(_ body: (_ row: Int, _ probabilities: UnsafeBufferPointer<Double>?) -> Void) {
    let areGiven = areProbabilities(self)
    var probabilities = [Double](repeating: 0, count: classes)
    probabilities.withUnsafeMutableBufferPointer { probabilities in
      forEachRow { row, values in
        let sum = areGiven ? 0 : logSumExp(values)
        var areSound = sum.isFinite
        for index in values.indices {
          let value = Double(values[index])
          probabilities[index] = areGiven ? value : exp(value - sum)
          areSound = areSound && !value.isNaN
        }
        body(row, areSound ? UnsafeBufferPointer(probabilities) : nil)
      }
    }
  }
}
