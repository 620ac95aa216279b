/// The word for what became of one metric of one trial against its reference.
///
/// The nine words of a comparison, from the worst to the best; a list sorted by them shows first what needs a reader.
public enum Verdict: String, Sendable, Hashable, Codable, CaseIterable {
  /// The trial did not end, so there is nothing to compare.
  case failed
  /// Worse: statistically, past both floors, and found again with a new seed (or counted, and worse).
  case regressed
  /// The reference has it, the candidate has not.
  case missing
  /// Worse at first, but not found again with a new seed.
  case unconfirmed
  /// Measured on different machines, in a unit that only means something on one of them, or on different rows.
  case incomparable
  /// The measurement cannot tell a change of the tolerated size from none.
  case inconclusive
  /// The candidate has it, the reference has not.
  case new
  /// The interval of the change lies inside the tolerance.
  case same
  /// Better: statistically and past both floors (or counted, and better).
  case improved
}

extension Verdict: Comparable {
  /// The worse verdict comes first.
  public static func < (a: Verdict, b: Verdict) -> Bool {
    (allCases.firstIndex(of: a) ?? 0) < (allCases.firstIndex(of: b) ?? 0)
  }
}
