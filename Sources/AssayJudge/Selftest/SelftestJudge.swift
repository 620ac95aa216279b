public import AssayCore
import AssayMeasure
import Glibc

/// Judges the launch scores of one subject as a gate on latency would: a first measurement, and a second one of what looked
/// worse.
///
/// Scores are ln(subject / model), one a launch, for a metric of which more is worse.
public struct SelftestJudge: Sendable, Hashable {
  /// Relative change that counts, δ: 0.02 for 2 %.
  public var floor: Double

  public init(floor: Double = 0.02) { self.floor = floor }

  /// Level of the first test.
  public static let level = 0.05
  /// Level of the second test, where as few launches can reach it at all.
  public static let confirmationLevel = 0.01
  /// Fewest launches with which the first test can reach its level: 2⁻⁵ < 0.05.
  public static let fewestLaunches = 5

  /// Whether the subject looks worse: the one-sided sign-flip test at half the floor has p < 0.05, and the estimate is
  /// above the floor.
  public func isCandidate(_ scores: [Double]) -> Bool {
    guard let estimate = RatioEstimate(launchScores: scores), estimate.ratio - 1 > floor,
      let p = signFlipP(scores, above: log1p(floor / 2))
    else { return false }
    return p < Self.level
  }

  /// Whether a second measurement with a new seed shows it again: the same test alone at 0.01 (or at the smallest p that
  /// so few launches can reach), and at least half the floor.
  public func isConfirmed(_ scores: [Double]) -> Bool {
    guard let estimate = RatioEstimate(launchScores: scores), estimate.ratio - 1 >= floor / 2,
      let p = signFlipP(scores, above: log1p(floor / 2))
    else { return false }
    return p <= max(Self.confirmationLevel, exp2(-Double(scores.count)))
  }

  /// The verdict on both measurements together.
  ///
  /// A candidate without a confirmation is `unconfirmed`, never cleared. `improved` is the mirror image of a candidate and
  /// is not measured again. `same` needs the whole interval within ±floor; else `inconclusive`. `failed` without scores.
  public func verdict(first: [Double], confirmation: [Double]?) -> Verdict {
    guard let estimate = RatioEstimate(launchScores: first) else { return .failed }
    if isCandidate(first) { return confirmation.map(isConfirmed) == true ? .regressed : .unconfirmed }
    if isCandidate(first.map { -$0 }) { return .improved }
    guard let interval = estimate.interval else { return .inconclusive }
    return interval.low >= 1 - floor && interval.high <= 1 + floor ? .same : .inconclusive
  }
}
