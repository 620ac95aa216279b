/// How two sets of answers on the same rows differ in what is right.
public struct PairedAnswers: Sendable, Hashable {
  /// Rows compared.
  public var rows: Int
  /// Rows the baseline has right and the variant wrong.
  public var lost: Int
  /// Rows the variant has right and the baseline wrong.
  public var gained: Int

  /// Takes the counts; negative ones, or more changes than rows, are nil.
  public init?(rows: Int, lost: Int, gained: Int) {
    guard lost >= 0, gained >= 0, rows >= lost, rows - lost >= gained else { return nil }
    self.rows = rows
    self.lost = lost
    self.gained = gained
  }

  /// Compares row by row; nil when the three lists differ in length.
  public init?(baseline: [UInt64], variant: [UInt64], labels: [UInt64]) {
    guard baseline.count == labels.count, variant.count == labels.count else { return nil }
    var (lost, gained) = (0, 0)
    for row in labels.indices {
      let before = baseline[row] == labels[row]
      let after = variant[row] == labels[row]
      if before && !after { lost += 1 }
      if after && !before { gained += 1 }
    }
    self.init(rows: labels.count, lost: lost, gained: gained)
  }

  /// Change of the share of right answers, variant minus baseline, −1...1.
  public var difference: Double { rows == 0 ? 0 : Double(gained - lost) / Double(rows) }

  /// McNemar's exact two-sided p: min(1, 2·P(X ≤ min(lost, gained))), X binomial (lost + gained, ½).
  ///
  /// Q. McNemar, Psychometrika 12, 1947; T. Dietterich, Neural Computation 10, 1998 (why not a two-proportion test).
  /// Laws: symmetric, 1 when nothing flipped or both ways alike.
  public var exactP: Double {
    min(1, 2 * binomialLowerTail(min(lost, gained), trials: lost + gained, probability: 0.5))
  }

  /// The mid-p variant, less conservative: exact p − P(X = min) (M. Fagerland, S. Lydersen, P. Laake, BMC Medical Research
  /// Methodology 13:91, 2013).
  ///
  /// Laws: not above `exactP`; 1 when both ways alike.
  public var midP: Double {
    guard lost != gained else { return 1 }
    let fewer = min(lost, gained)
    return 2 * binomialLowerTail(fewer, trials: lost + gained, probability: 0.5)
      - binomialProbability(fewer, trials: lost + gained, probability: 0.5)
  }

  /// Exact one-sided p against "the variant is not worse": P(X ≥ lost), X binomial (lost + gained, ½).
  public var worseP: Double { binomialUpperTail(lost, trials: lost + gained, probability: 0.5) }

  /// Interval of `difference`: Bonett and Price's adjusted Wald interval for paired proportions (Journal of Educational
  /// and Behavioral Statistics 37, 2012); nil without rows.
  ///
  /// With p̃₁ = (gained + 1)/(n + 2), p̃₂ = (lost + 1)/(n + 2): p̃₁ − p̃₂ ± z·√((p̃₁ + p̃₂ − (p̃₁ − p̃₂)²)/(n + 2)), cut to −1...1.
  public func differenceInterval(confidence: Double = 0.95) -> ConfidenceInterval? {
    guard rows > 0, confidence > 0, confidence < 1 else { return nil }
    let n = Double(rows) + 2
    let (up, down) = ((Double(gained) + 1) / n, (Double(lost) + 1) / n)
    let half = twoSidedFactor(confidence) * ((up + down - (up - down) * (up - down)) / n).squareRoot()
    return ConfidenceInterval(
      low: max(-1, up - down - half), high: min(1, up - down + half), coverage: confidence)
  }
}
