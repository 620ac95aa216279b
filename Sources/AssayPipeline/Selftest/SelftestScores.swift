import AssayCore
import AssayMeasure
import Glibc

/// The launch scores of one subject of a self-test: ln(subject / model), launch by launch.
enum SelftestScores {
  /// The metric that verdicts are about.
  static let judged = "latency.p50"

  /// Scores of every metric that both sides have in at least one launch; `own` and `base` are paired by launch number.
  static func scores(of own: [LaunchRecord], to base: [LaunchRecord]) -> [String: [Double]] {
    let bases = Dictionary(base.map { ($0.launch, $0) }, uniquingKeysWith: { $1 })
    let pairs = own.sorted { $0.launch < $1.launch }.compactMap { own in bases[own.launch].map { (own, $0) } }
    var scores: [String: [Double]] = [:]
    for (name, score) in metrics {
      let values = pairs.compactMap { score($0.0, $0.1) }
      if !values.isEmpty { scores[name] = values }
    }
    return scores
  }

  /// Each metric with how one launch is scored: latencies by block rounds, the others by one figure a launch.
  private static let metrics: [(String, @Sendable (LaunchRecord, LaunchRecord) -> Double?)] = [
    (judged, { byRounds($0, $1, \.medianScore) }),
    ("latency.p90", { byRounds($0, $1, \.p90Score) }),
    ("throughput", { byRounds($0, $1, \.meanScore).map { -$0 } }),
    ("start.load", { logRatio(Double($0.phases.load_ns), Double($1.phases.load_ns)) }),
    ("start.first-inference", { logRatio(Double($0.phases.firstInference_ns), Double($1.phases.firstInference_ns)) }),
    ("memory.peak", { logRatio(peak_B($0), peak_B($1)) }),
  ]

  private static func byRounds(
    _ own: LaunchRecord, _ base: LaunchRecord, _ score: (BlockRecord) -> BlockScore?
  ) -> Double? {
    median(roundLogRatios(of: own.blocks.compactMap(score), to: base.blocks.compactMap(score)))
  }

  private static func peak_B(_ launch: LaunchRecord) -> Double {
    guard let peak = launch.memory.peak_B, let before = launch.memory.beforeLoad_B else { return 0 }
    return Double(peak - before)
  }

  private static func logRatio(_ own: Double, _ base: Double) -> Double? {
    own > 0 && base > 0 ? log(own / base) : nil
  }
}

extension BlockRecord {
  /// The block's 90th percentile, in nanoseconds; nil with too few samples for one.
  fileprivate var p90Score: BlockScore? {
    SortedValues(samples.nanoseconds)?.percentile(0.9).map { BlockScore(round: round, value: $0) }
  }
}
