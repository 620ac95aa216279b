public import AssayCore
import Glibc

/// The one number of a block round that members are compared by.
public struct BlockScore: Sendable, Hashable {
  /// Block round, which pairs the blocks of different members.
  public var round: Int
  /// A positive quantity: the median latency of the block, in nanoseconds.
  public var value: Double

  public init(round: Int, value: Double) {
    self.round = round
    self.value = value
  }
}

extension BlockRecord {
  /// The block's median latency, in nanoseconds; nil for a block without samples.
  public var medianScore: BlockScore? {
    SortedValues(samples.nanoseconds).map { BlockScore(round: round, value: $0.median) }
  }

  /// The block's mean time for an inference, query or request, in nanoseconds; nil for a block that answered none.
  public var meanScore: BlockScore? {
    answered == 0 ? nil : BlockScore(round: round, value: Double(elapsed_ns) / Double(answered))
  }
}

/// ln(member / baseline) of every block round that both have, in round order.
///
/// Rounds that one of them lacks, or whose score is not positive, are left out. When a round occurs twice the last counts.
public func roundLogRatios(of member: [BlockScore], to baseline: [BlockScore]) -> [Double] {
  let reference = Dictionary(baseline.map { ($0.round, $0.value) }, uniquingKeysWith: { $1 })
  let own = Dictionary(member.map { ($0.round, $0.value) }, uniquingKeysWith: { $1 })
  return own.sorted { $0.key < $1.key }.compactMap { round, value in
    guard let base = reference[round], base > 0, value > 0 else { return nil }
    let ratio = log(value / base)
    return ratio.isFinite ? ratio : nil
  }
}

/// How many times the baseline's value a variant's value is, estimated over launches.
public struct RatioEstimate: Sendable, Hashable {
  /// Median over launches of the launch scores, as a ratio: 0.5 is half the baseline's time.
  public var ratio: Double
  /// Order-statistic interval of that median, as ratios; nil with a single launch.
  public var interval: ConfidenceInterval?
  /// One score a launch: the median over its block rounds of the log ratio.
  public var launchScores: [Double]

  /// Scores every launch by the median of its block rounds' log ratios, and takes the median of the scores.
  ///
  /// The launch is the unit of replication; rounds of different launches are never pooled. Launches without a common
  /// round are left out; nil when none is left. Laws: the ratio of a member to itself is 1; exchanging member and baseline
  /// inverts ratio and interval; scaling a member's times scales its ratio.
  public init?(roundLogRatios launches: [[Double]], confidence: Double = 0.95) {
    self.init(launchScores: launches.compactMap(median), confidence: confidence)
  }

  /// Takes one log ratio a launch; nil when there is none or one is not finite.
  public init?(launchScores: [Double], confidence: Double = 0.95) {
    guard let sorted = SortedValues(launchScores) else { return nil }
    self.ratio = exp(sorted.median)
    self.interval = medianInterval(sorted, confidence: confidence)?.mapped { exp($0) }
    self.launchScores = launchScores
  }
}
