import AssayCore

/// What counts as a change, and how sure a verdict must be.
public struct ComparisonLimits: Sendable, Hashable {
  /// How the interval of a change is found within one run; across runs it is always by order statistics.
  public enum IntervalMethod: String, Sendable, Hashable {
    /// Of the launch scores; exact for any distribution.
    case orderStatistics
    /// Of launches and the block rounds in them, where the metric has rounds; seeded.
    case hierarchicalBootstrap
  }

  /// Share by which a latency or throughput must change: what pinned, interleaved blocks tell surely in 10 launches.
  public var timed = 0.02
  /// The same for load times and first inferences, which each launch has once.
  public var phases = 0.05
  public var memory = 0.05
  /// Least change of a latency, in nanoseconds: about what reading the clock twice costs.
  public var latency_ns = 50.0
  /// Least change of a load time or first inference, in nanoseconds.
  public var phases_ns = 100_000.0
  /// Least change of memory, in bytes: the kernel counts resident pages in batches of 64, which are 256 KiB, for each
  /// thread.
  public var memory_B = 262_144.0
  /// Least change of a quality that is a share, as a fraction: 0.5 pp.
  public var quality = 0.005
  /// Share by which any other quality must change.
  public var otherQuality = 0.02
  /// Chance of any false verdict among all judged rows of a comparison.
  public var alpha = 0.05
  /// Level of the second measurement's test, alone.
  public var confirmationAlpha = 0.01
  /// Of all intervals, as far as the number of launches allows.
  public var confidence = 0.95
  public var interval = IntervalMethod.orderStatistics

  public init() {}

  /// The tolerance of a metric that no gate names.
  func threshold(for metric: Metric) -> Threshold {
    switch metric.kind {
    case .exact: Threshold(relative: 0, absolute: 0)
    case .memory: Threshold(relative: memory, absolute: memory_B)
    case .timed where metric.name.hasPrefix("start."): Threshold(relative: phases, absolute: phases_ns)
    case .timed: Threshold(relative: timed, absolute: metric.unit == "ns" ? latency_ns : 0)
    case .quality where metric.unit == "fraction": Threshold(relative: 0, absolute: quality)
    case .quality: Threshold(relative: otherQuality, absolute: 0)
    }
  }

  /// The tolerance a gate sets: its own limit, above the absolute floor where the limit is a share.
  func threshold(for metric: Metric, gate: Gate) -> Threshold {
    // A record edited by hand may hold any number; a tolerance that is none is taken for zero.
    let limit = gate.limit.isFinite ? max(0, gate.limit) : 0
    switch gate.terms {
    case .absolute: return Threshold(relative: 0, absolute: limit)
    case .relative:
      let isNoisy = metric.kind == .timed || metric.kind == .memory
      return Threshold(relative: limit, absolute: isNoisy ? threshold(for: metric).absolute : 0)
    }
  }
}

/// A change for the worse that is tolerated: the larger of a share of the base and an amount.
struct Threshold: Hashable {
  /// 0.02 for 2 %.
  var relative: Double
  /// In the metric's unit.
  var absolute: Double

  /// The tolerance for a base value, in the metric's unit.
  func amount(of base: Double) -> Double { max(relative * abs(base), absolute) }

  /// The tolerance as a share of a base value; the relative one alone where the base is not known.
  func share(of base: Double?) -> Double {
    guard let base, base != 0 else { return relative }
    return max(relative, absolute / abs(base))
  }
}
