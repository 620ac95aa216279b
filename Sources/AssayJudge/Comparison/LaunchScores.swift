import AssayCore
import AssayMeasure
import Glibc

/// The launches of one member of a group, by number.
struct MemberLaunches {
  let records: [Int: LaunchRecord]
  let samples: [Int: LaunchSamples]

  init(_ evidence: Evidence) {
    records = Dictionary((evidence.data?.launches ?? []).map { ($0.launch, $0) }, uniquingKeysWith: { $1 })
    samples = Dictionary(evidence.launches.map { ($0.launch, $0) }, uniquingKeysWith: { $1 })
  }

  init(_ launches: [LaunchRecord]) {
    records = Dictionary(launches.map { ($0.launch, $0) }, uniquingKeysWith: { $1 })
    samples = Dictionary(
      launches.compactMap(LaunchSamples.init).map { ($0.launch, $0) }, uniquingKeysWith: { $1 })
  }

  /// The control kernel's blocks, as if it were a member.
  init(control launches: [GroupLaunch]) {
    self.init(
      launches.map {
        LaunchRecord(
          launch: $0.launch, phases: Phases(processStart_ns: 0, load_ns: 0, firstInference_ns: 0), warmUp: Samples(),
          blocks: $0.control, memory: MemoryFigures())
      })
  }
}

/// By what one launch of a member is scored.
enum LaunchMeasure {
  /// Median latency of a block, compared round by round.
  case blockMedians
  /// Mean time for an inference in a block, compared round by round; the rate is its inverse.
  case blockRates
  /// A percentile of all samples of the launch.
  case percentile(Double)
  /// Something each launch has once.
  case single(@Sendable (LaunchRecord) -> Double?)

  /// The measure of a metric; nil for one that launches do not tell.
  init?(_ metric: Metric) {
    guard let entry = Self.all.first(where: { $0.metric.name == metric.name }) else { return nil }
    self = entry.measure
  }

  /// Every metric that is compared by launches.
  private static let all: [(metric: Metric, measure: LaunchMeasure)] = [
    (MetricCatalog.latencyP50, .blockMedians),
    (MetricCatalog.throughput, .blockRates),
    (MetricCatalog.latencyP10, .percentile(0.1)),
    (MetricCatalog.latencyP90, .percentile(0.9)),
    (MetricCatalog.latencyP99, .percentile(0.99)),
    (MetricCatalog.processStart, .single { Double($0.phases.processStart_ns) }),
    (MetricCatalog.load, .single { Double($0.phases.load_ns) }),
    (MetricCatalog.firstInference, .single { Double($0.phases.firstInference_ns) }),
    (MetricCatalog.loadedMemory, .single { $0.memory.sinceStart(\.afterLoad_B) }),
    (MetricCatalog.peakMemory, .single { $0.memory.sinceStart(\.peak_B) }),
  ]

  /// Whether the value comes from the blocks that members take turns with.
  var isOfBlocks: Bool { if case .single = self { false } else { true } }
}

/// One launch's score: ln(member / reference) of a metric, positive when the member's value is higher.
struct LaunchScore {
  var launch: Int
  var value: Double
  /// The log ratios of the block rounds it is the median of; empty for what a launch has once.
  var rounds: [Double] = []
}

/// How two sets of launches differ, one number a launch: log ratios, or amounts where a value is zero.
struct LaunchDifferences {
  var kind: Change.Kind
  /// candidate against base: ln of the ratio, or the difference in the metric's unit.
  var scores: [Double]
  /// The block rounds of each score; empty where there are none.
  var rounds: [[Double]] = []
}

extension LaunchMeasure {
  /// The scores of the launches both have, paired by number, in order.
  func scores(of own: MemberLaunches, to reference: MemberLaunches) -> [LaunchScore] {
    own.records.keys.sorted().compactMap { launch in
      switch self {
      case .blockMedians, .blockRates:
        guard let mine = own.samples[launch], let other = reference.samples[launch] else { return nil }
        let rounds =
          if case .blockMedians = self { roundLogRatios(of: mine.medians, to: other.medians) } else {
            roundLogRatios(of: other.means, to: mine.means)
          }
        return median(rounds).map { LaunchScore(launch: launch, value: $0, rounds: rounds) }
      case .percentile(let probability):
        guard let mine = own.samples[launch]?.sorted.percentile(probability),
          let other = reference.samples[launch]?.sorted.percentile(probability)
        else { return nil }
        return logRatio(mine, other).map { LaunchScore(launch: launch, value: $0) }
      case .single(let value):
        guard let mine = own.records[launch].flatMap(value), let other = reference.records[launch].flatMap(value) else {
          return nil
        }
        return logRatio(mine, other).map { LaunchScore(launch: launch, value: $0) }
      }
    }
  }

  /// ln(member / control kernel), the kernel's typical block standing for it where the metric is not one of blocks.
  func scores(of own: MemberLaunches, toControl control: MemberLaunches) -> [LaunchScore] {
    switch self {
    case .blockMedians, .blockRates: return scores(of: own, to: control)
    case .percentile, .single:
      return own.records.keys.sorted().compactMap { launch in
        let mine: Double? =
          switch self {
          case .percentile(let probability): own.samples[launch]?.sorted.percentile(probability)
          case .single(let value): own.records[launch].flatMap(value)
          default: nil
          }
        guard let mine, let other = control.samples[launch].flatMap({ median($0.medians.map(\.value)) }) else {
          return nil
        }
        return logRatio(mine, other).map { LaunchScore(launch: launch, value: $0) }
      }
    }
  }

  /// Variant against baseline of one run, launches paired by number.
  func differences(of own: MemberLaunches, from baseline: MemberLaunches) -> LaunchDifferences {
    if case .single(let value) = self {
      let pairs = own.records.keys.sorted().compactMap { launch -> (Double, Double)? in
        guard let mine = own.records[launch].flatMap(value), let other = baseline.records[launch].flatMap(value) else {
          return nil
        }
        return (mine, other)
      }
      return LaunchDifferences(pairs: pairs)
    }
    let scores = scores(of: own, to: baseline)
    return LaunchDifferences(kind: .ratio, scores: scores.map(\.value), rounds: scores.map(\.rounds))
  }

  /// The values themselves of two runs, launches paired in their order.
  func differences(of own: MemberLaunches, acrossFrom base: MemberLaunches) -> LaunchDifferences {
    guard case .single(let value) = self else { return LaunchDifferences(kind: .ratio, scores: []) }
    func values(_ launches: MemberLaunches) -> [Double] {
      launches.records.keys.sorted().compactMap { launches.records[$0].flatMap(value) }
    }
    return LaunchDifferences(pairs: Array(zip(values(own), values(base))))
  }
}

extension LaunchDifferences {
  /// Log ratios of pairs (candidate, base), or differences when a value is not positive.
  init(pairs: [(Double, Double)]) {
    if pairs.allSatisfy({ $0.0 > 0 && $0.1 > 0 }) {
      self.init(kind: .ratio, scores: pairs.compactMap { logRatio($0.0, $0.1) })
    } else {
      self.init(kind: .difference, scores: pairs.map { $0.0 - $0.1 })
    }
  }

  /// Of two runs' scores against references of their own: the ratio of ratios, launches paired in their order.
  init(_ candidate: [LaunchScore], from base: [LaunchScore]) {
    self.init(kind: .ratio, scores: zip(candidate, base).map { $0.value - $1.value })
  }
}

private func logRatio(_ value: Double, _ other: Double) -> Double? {
  guard value > 0, other > 0 else { return nil }
  let ratio = log(value / other)
  return ratio.isFinite ? ratio : nil
}
