import Glibc

/// How far the outputs of a variant are from the baseline's on the same rows; needs no labels.
///
/// The two matrices must have the same rows and classes; each figure is nil otherwise, and without rows.
public enum OutputDrift {
  /// Share of rows with the same predicted class, 0...1; rows without an answer (NaN) never agree. Nil for a single column.
  public static func agreement(_ variant: ScoreMatrix, with baseline: ScoreMatrix) -> Double? {
    guard fit(variant, baseline), variant.classes > 1 else { return nil }
    let (own, reference) = (predictedClasses(variant), predictedClasses(baseline))
    let same = own.indices.count { own[$0] == reference[$0] && own[$0] < variant.classes }
    return Double(same) / Double(variant.rows)
  }

  /// Mean over the rows of KL(baseline ‖ variant) = Σ p·ln(p/q), in nats, of the two probability distributions.
  ///
  /// Each matrix is put through a softmax unless it holds probabilities already (`areProbabilities`). A q below 1e-15
  /// counts as 1e-15. Rows with a NaN are left out; nil when none is left. Laws: not negative but for rounding; 0 for equal
  /// distributions. Nil for a single column.
  public static func divergence(of variant: ScoreMatrix, from baseline: ScoreMatrix) -> Double? {
    guard fit(variant, baseline), variant.classes > 1 else { return nil }
    let (own, reference) = (areProbabilities(variant), areProbabilities(baseline))
    var (total, rows) = (0.0, 0)
    variant.values.withUnsafeBufferPointer { variantValues in
      baseline.forEachRow { row, p in
        let range = row * variant.classes..<(row + 1) * variant.classes
        let q = UnsafeBufferPointer(rebasing: variantValues[range])
        let (pSum, qSum) = (reference ? 0 : logSumExp(p), own ? 0 : logSumExp(q))
        var sum = 0.0
        for index in p.indices {
          let logP = reference ? log(Double(p[index])) : Double(p[index]) - pSum
          let logQ = max(own ? log(Double(q[index])) : Double(q[index]) - qSum, -34.538_776_394_910_684)
          if logP == -.infinity && !q[index].isNaN { continue }  // p ln p is 0 at 0
          sum += (q[index].isNaN ? .nan : 1) * exp(logP) * (logP - logQ)
        }
        if !sum.isNaN { (total, rows) = (total + sum, rows + 1) }
      }
    }
    return rows == 0 ? nil : total / Double(rows)
  }

  /// Mean over the rows of the cosine of the two rows, −1...1; rows of zeros or with a NaN are left out, nil when none is
  /// left.
  public static func cosine(_ variant: ScoreMatrix, with baseline: ScoreMatrix) -> Double? {
    guard fit(variant, baseline) else { return nil }
    var (total, rows) = (0.0, 0)
    variant.values.withUnsafeBufferPointer { values in
      baseline.forEachRow { row, reference in
        let start = row * variant.classes
        var (dot, own, other) = (0.0, 0.0, 0.0)
        for index in reference.indices {
          let (a, b) = (Double(values[start + index]), Double(reference[index]))
          dot += a * b
          own += a * a
          other += b * b
        }
        let cosine = dot / (own.squareRoot() * other.squareRoot())
        if cosine.isFinite { (total, rows) = (total + min(1, max(-1, cosine)), rows + 1) }
      }
    }
    return rows == 0 ? nil : total / Double(rows)
  }

  /// Signal to quantization noise ratio over all values, in dB: 10·log₁₀(Σ b² / Σ (b − v)²).
  ///
  /// Infinite for equal outputs, NaN when a value is.
  public static func sqnr_dB(of variant: ScoreMatrix, against baseline: ScoreMatrix) -> Double? {
    guard fit(variant, baseline) else { return nil }
    var (signal, noise) = (0.0, 0.0)
    for index in baseline.values.indices {
      let reference = Double(baseline.values[index])
      let error = reference - Double(variant.values[index])
      signal += reference * reference
      noise += error * error
    }
    return noise == 0 ? .infinity : 10 * log10(signal / noise)
  }

  private static func fit(_ a: ScoreMatrix, _ b: ScoreMatrix) -> Bool {
    a.rows == b.rows && a.classes == b.classes && a.rows > 0
  }
}
