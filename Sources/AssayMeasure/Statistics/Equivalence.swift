extension ConfidenceInterval {
  /// Half the width: a change below it cannot be told from none.
  public var resolution: Double { (high - low) / 2 }

  /// Whether a difference is shown to be none to speak of: the whole interval lies in −tolerance...tolerance.
  ///
  /// The interval-inclusion form of two one-sided tests (D. Schuirmann, Journal of Pharmacokinetics and Biopharmaceutics 15,
  /// 1987); a 95 % interval tests at 2.5 %. Failing to find a change is not the same as showing that there is none. Laws:
  /// also true of every narrower interval inside and of every larger tolerance; true of the mirrored interval.
  public func liesWithin(tolerance: Double) -> Bool { -tolerance <= low && high <= tolerance }

  /// Whether a ratio is shown to be one to speak of: the whole interval lies in 1/(1 + tolerance)...1 + tolerance.
  ///
  /// Symmetric on the log scale, so that exchanging the two sides, which inverts the interval, does not change the answer.
  public func ratioLiesWithin(tolerance: Double) -> Bool {
    tolerance >= 0 && 1 <= low * (1 + tolerance) && high <= 1 + tolerance
  }
}
