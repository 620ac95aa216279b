import AssayCore
import Glibc

/// What rewriting a model did to its outputs on the calibration rows.
struct OutputDamage: Sendable, Equatable {
  /// The figures of a model whose only output is one score for each row and class.
  struct Answers: Sendable, Equatable {
    /// Mean over the rows of KL(p‖q) = Σ p·ln(p/q), in nats; p and q are the classes' probabilities before and after.
    var divergence: Double
    /// Share of the rows whose most likely class is another one.
    var changed: Double
    /// Mean over the rows of p(a) − p(b), where a and b are the most likely classes before and after.
    ///
    /// It is what the accuracy falls by if the original model's probabilities are right, never negative, and small where
    /// the two classes were about as likely.
    var expectedLoss: Double
  }

  /// Σ(y − ŷ)²/Σy² of the worst output, at most `worstNoise`.
  var noise: Double
  /// nil where the outputs are not class scores.
  var answers: Answers?

  /// Stands for outputs that are NaN or infinite: JSON has no infinity.
  static let worstNoise = 1e30

  /// What layers are compared by: the divergence where there are classes, else the noise.
  var severity: Double { answers?.divergence ?? noise }

  /// 10·log₁₀(1/noise); infinite for equal outputs.
  var sqnr_dB: Double { noise > 0 ? -10 * log10(noise) : .infinity }
}

extension OutputDamage: CustomStringConvertible {
  /// `38.2 dB, divergence 0.00012 nats, 0.333 % of the answers change, expected loss 0.012 pp`.
  var description: String {
    let ratio = noise > 0 ? "\(significant(sqnr_dB)) dB" : "no difference"
    guard let answers else { return ratio }
    return
      "\(ratio), divergence \(significant(answers.divergence)) nats, \(significant(answers.changed * 100)) % of the "
      + "answers change, expected loss \(significant(answers.expectedLoss * 100)) pp"
  }
}

/// The number with three significant digits.
func significant(_ value: Double) -> Double {
  guard value != 0, value.isFinite else { return value }
  let scale = pow(10, 2 - floor(log10(abs(value))))
  return scale.isFinite && scale > 0 ? (value * scale).rounded() / scale : value
}

/// Adds up the damage of one output, batch after batch.
struct DamageSum: Sendable {
  /// How the scores of a row become probabilities.
  enum Scores: Sendable {
    /// Scores of any size, put through a softmax.
    case logits
    /// Not negative, and each row sums to 1.
    case probabilities
    /// Not scores of classes.
    case none
  }

  private let scores: Scores
  private let classes: Int
  private var signal = 0.0
  private var error = 0.0
  private var isFinite = true
  private var rows = 0
  private var divergence = 0.0
  private var changed = 0
  private var loss = 0.0

  /// - Parameter classes: Length of a row; not used without scores.
  init(_ scores: Scores, classes: Int) {
    self.scores = scores
    self.classes = max(1, classes)
  }

  var noise: Double {
    guard isFinite else { return OutputDamage.worstNoise }
    guard error > 0 else { return 0 }
    let noise = error / signal
    return noise.isFinite ? min(noise, OutputDamage.worstNoise) : OutputDamage.worstNoise
  }

  var answers: OutputDamage.Answers? {
    guard scores != .none, rows > 0 else { return nil }
    let count = Double(rows)
    return OutputDamage.Answers(
      divergence: max(0, divergence) / count, changed: Double(changed) / count, expectedLoss: loss / count)
  }

  /// - Precondition: equal counts, and with scores whole rows.
  mutating func add(_ before: UnsafeBufferPointer<Float>, _ after: UnsafeBufferPointer<Float>) {
    for index in before.indices {
      let (value, difference) = (Double(before[index]), Double(before[index]) - Double(after[index]))
      signal += value * value
      error += difference * difference
    }
    isFinite = isFinite && error.isFinite
    guard scores != .none else { return }
    for start in stride(from: 0, to: before.count, by: classes) {
      addRow(
        UnsafeBufferPointer(rebasing: before[start..<start + classes]),
        UnsafeBufferPointer(rebasing: after[start..<start + classes]))
    }
  }

  private mutating func addRow(_ before: UnsafeBufferPointer<Float>, _ after: UnsafeBufferPointer<Float>) {
    let (beforeSum, afterSum) = (logSum(before), logSum(after))
    let (best, answer) = (largest(before), largest(after))
    rows += 1
    for index in before.indices {
      let logP = logProbability(before[index], beforeSum)
      guard logP > -.infinity else { continue }  // p·ln p is 0 at 0
      let logQ = logProbability(after[index], afterSum)
      // Also where it is NaN.
      divergence += exp(logP) * (logP - (logQ > Self.leastLogarithm ? logQ : Self.leastLogarithm))
    }
    guard answer != best else { return }
    changed += 1
    let other = answer.map { exp(logProbability(before[$0], beforeSum)) } ?? 0
    loss += best.map { exp(logProbability(before[$0], beforeSum)) - other } ?? 0
  }

  /// ln 10⁻¹⁵: a probability below that counts as that.
  private static let leastLogarithm = -34.538_776_394_910_684

  private func logProbability(_ score: Float, _ sum: Double) -> Double {
    scores == .probabilities ? log(Double(score)) : Double(score) - sum
  }

  private func logSum(_ row: UnsafeBufferPointer<Float>) -> Double {
    guard scores == .logits, let top = row.max() else { return 0 }
    return Double(top) + log(row.reduce(0.0) { $0 + exp(Double($1) - Double(top)) })
  }

  /// The first of the largest; nil with a NaN, which answers nothing.
  private func largest(_ row: UnsafeBufferPointer<Float>) -> Int? {
    var best = 0
    for index in row.indices {
      if row[index].isNaN { return nil }
      if row[index] > row[best] { best = index }
    }
    return best
  }
}
