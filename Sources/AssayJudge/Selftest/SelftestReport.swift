public import AssayCore
import AssayMeasure
import Glibc

/// What a self-test comes to: how often this machine raises false alarms, what it finds, and which thresholds it can keep.
///
/// A finished value; the terminal only draws it.
public struct SelftestReport: Sendable, Hashable, Codable {
  public var record: SelftestRecord
  /// The relative floor that verdicts were made with.
  public var floor: Double
  /// The model against itself: whatever is not `same` is this machine's error.
  public var itself: SelftestTally
  /// The injected slowdowns, smallest first.
  public var slowdowns: [SelftestTally]
  /// One entry for each metric measured, in the catalogue's order.
  public var noise: [NoiseFloor]
  public var durations: SelftestDurations

  /// Judges every comparison of `record`.
  public init(_ record: SelftestRecord, judge: SelftestJudge = SelftestJudge()) {
    self.record = record
    floor = judge.floor
    let subjects = record.comparisons.flatMap(\.subjects)
    itself = SelftestTally(nil, subjects.filter { $0.slowdown == nil }, judge)
    slowdowns = Set(subjects.compactMap(\.slowdown)).sorted().map { slowdown in
      SelftestTally(slowdown, subjects.filter { $0.slowdown == slowdown }, judge)
    }
    noise = MetricCatalog.all.compactMap { metric in
      NoiseFloor(metric.name, subjects.filter { $0.slowdown == nil }.compactMap { $0.scores[metric.name] })
    }
    durations = SelftestDurations(record.comparisons)
  }
}

/// The verdicts on one subject over all comparisons.
public struct SelftestTally: Sendable, Hashable, Codable {
  /// nil for the model against itself.
  public var slowdown: Double?
  /// In the order measured.
  public var verdicts: [Verdict]
  /// Relative change of `latency.p50` in the first measurements, 0.01 for 1 % slower, in the order measured.
  public var estimates: [Double]
  /// How often the verdict was `regressed`: false alarms of the model against itself, the power for a slowdown.
  public var regressed: ObservedShare
  /// How often it looked worse at first and was not found again.
  public var unconfirmed: ObservedShare
  /// How often it looked better.
  public var improved: ObservedShare

  init(_ slowdown: Double?, _ subjects: [SelftestSubject], _ judge: SelftestJudge) {
    self.slowdown = slowdown
    let scores = subjects.map { $0.scores[MetricCatalog.latencyP50.name] ?? [] }
    let verdicts = zip(scores, subjects).map { judge.verdict(first: $0, confirmation: $1.confirmation) }
    self.verdicts = verdicts
    estimates = scores.compactMap { RatioEstimate(launchScores: $0).map { $0.ratio - 1 } }
    func share(_ word: Verdict) -> ObservedShare {
      ObservedShare(verdicts.count { $0 == word }, of: verdicts.count)
    }
    regressed = share(.regressed)
    unconfirmed = share(.unconfirmed)
    improved = share(.improved)
  }
}

/// How often something happened, with Wilson's interval of the probability at 95 %.
public struct ObservedShare: Sendable, Hashable, Codable {
  public var count: Int
  public var total: Int
  /// 0 and 1 when there is nothing observed.
  public var low: Double
  public var high: Double

  public init(_ count: Int, of total: Int) {
    self.count = count
    self.total = total
    let interval = wilsonInterval(successes: count, count: total)
    low = interval?.low ?? 0
    high = interval?.high ?? 1
  }

  /// The observed share; nil when nothing was.
  public var share: Double? { total > 0 ? Double(count) / Double(total) : nil }
}

/// How far from "no change" a metric of the model against itself comes out on this machine.
public struct NoiseFloor: Sendable, Hashable, Codable {
  public var metric: String
  /// Comparisons that have the metric.
  public var comparisons: Int
  /// Standard deviation of the estimated relative changes; nil for a single one.
  public var spread: Double?
  /// Largest absolute estimate.
  public var largest: Double
  /// Median over comparisons of half the width of the interval: changes below it cannot be told from none.
  public var resolution: Double?
  /// The smallest of `candidates` that can be kept; nil when none can.
  public var threshold: Double?

  /// Thresholds that are tried.
  public static let candidates = [0.01, 0.02, 0.03, 0.05, 0.10]

  /// Nil without scores.
  init?(_ metric: String, _ comparisons: [[Double]]) {
    let estimates = comparisons.compactMap { RatioEstimate(launchScores: $0) }
    let changes = estimates.map { $0.ratio - 1 }
    guard let largest = changes.map(abs).max() else { return nil }
    self.metric = metric
    self.comparisons = estimates.count
    self.largest = largest
    spread = standardDeviation(changes)
    resolution = median(estimates.compactMap(\.halfWidth))
    threshold = suggestedThreshold(comparisons)
  }
}

/// The smallest of the thresholds tried that raises no false alarm and that every comparison can resolve; nil when none does.
///
/// A threshold raises a false alarm when a comparison of the model with itself is a candidate for "worse" in either
/// direction (which side is called the model is arbitrary, and no second measurement is counted on); a comparison resolves
/// it when half its interval is not wider than the threshold.
public func suggestedThreshold(_ comparisons: [[Double]]) -> Double? {
  NoiseFloor.candidates.first { threshold in
    let judge = SelftestJudge(floor: threshold)
    return !comparisons.isEmpty
      && comparisons.allSatisfy { scores in
        guard let halfWidth = RatioEstimate(launchScores: scores)?.halfWidth, halfWidth <= threshold else {
          return false
        }
        return !judge.isCandidate(scores) && !judge.isCandidate(scores.map { -$0 })
      }
  }
}

/// How long comparisons took, in seconds.
public struct SelftestDurations: Sendable, Hashable, Codable {
  /// Median of whole first measurements, of all subjects.
  public var comparison_s: Double
  /// Median and largest of what the model and its copy alone take at most.
  public var pair_s: Double
  public var longestPair_s: Double
  /// Second measurements, and their median.
  public var confirmations: Int
  public var confirmation_s: Double?

  init(_ comparisons: [SelftestComparison]) {
    comparison_s = median(comparisons.map(\.measured_s)) ?? 0
    pair_s = median(comparisons.map(\.pair_s)) ?? 0
    longestPair_s = comparisons.map(\.pair_s).max() ?? 0
    let second = comparisons.compactMap(\.confirmation_s)
    confirmations = second.count
    confirmation_s = median(second)
  }
}

extension RatioEstimate {
  /// Half the width of the interval of the ratio; nil with a single launch.
  fileprivate var halfWidth: Double? { interval.map { ($0.high - $0.low) / 2 } }
}

/// √(Σ(x − x̄)² / (n − 1)); nil for fewer than two values.
private func standardDeviation(_ values: [Double]) -> Double? {
  guard values.count > 1 else { return nil }
  let mean = values.reduce(0, +) / Double(values.count)
  return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
}
