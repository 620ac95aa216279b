public import AssayCore
public import AssayMeasure

/// One metric of one trial: what it is, how sure, out of how many, and against the baseline.
public struct Figure: Sendable, Hashable {
  public var metric: Metric
  public var reading: Reading
  /// Interval of the value, in the metric's unit; nil for exact metrics and where there is too little to tell.
  public var interval: ConfidenceInterval?
  /// What the value was found from: samples of a percentile, launches of a phase, rows of an accuracy or the seeds of
  /// its mean, 1 of a count.
  public var count: Int
  /// Against the baseline of the same group; nil for the baseline itself.
  public var change: Change?
  /// The values of each seed, where the value is their mean.
  public var seeds: SeedSpread?

  public init(
    _ metric: Metric, _ reading: Reading, interval: ConfidenceInterval? = nil, count: Int, change: Change? = nil,
    seeds: SeedSpread? = nil
  ) {
    self.metric = metric
    self.reading = reading
    self.interval = interval
    self.count = count
    self.change = change
    self.seeds = seeds
  }

  /// The value in the metric's unit, where there is one.
  public var value: Double? { reading.value }
  /// Why there is no value, where there is none: `not enough samples (412 of 662)`.
  public var reason: String? { reading.reason }
}

/// A value or the word why there is none; never a number that does not hold.
public enum Reading: Sendable, Hashable {
  /// In the metric's unit.
  case value(Double)
  /// The reason, as a reader sees it.
  case unavailable(String)

  /// The value, where there is one.
  public var value: Double? { if case .value(let value) = self { value } else { nil } }
  /// The reason, where there is no value.
  public var reason: String? { if case .unavailable(let reason) = self { reason } else { nil } }

  /// The value, or why there is none.
  init(_ value: Double?, else reason: @autoclosure () -> String) {
    self = value.map(Reading.value) ?? .unavailable(reason())
  }
}

/// How a figure differs from the baseline's.
public struct Change: Sendable, Hashable {
  /// In which terms.
  public enum Kind: String, Sendable, Hashable {
    /// Variant / baseline: 0.5 is half.
    case ratio
    /// Variant − baseline, in the metric's unit.
    case difference
  }
  public var kind: Kind
  public var reading: Reading
  /// Interval of the change, in the same terms; nil for exact metrics and where there is too little to tell.
  public var interval: ConfidenceInterval?
  /// Answers that flipped, for accuracy.
  public var flips: PairedAnswers?

  public init(
    _ kind: Kind, _ reading: Reading, interval: ConfidenceInterval? = nil, flips: PairedAnswers? = nil
  ) {
    self.kind = kind
    self.reading = reading
    self.interval = interval
    self.flips = flips
  }

  /// The ratio or difference, where there is one.
  public var value: Double? { reading.value }
  /// McNemar's exact two-sided p of the flips, for accuracy.
  public var p: Double? { flips?.exactP }

  /// The ratio of two values; unavailable when one is missing or the baseline's is not positive.
  static func ratio(_ value: Double?, to baseline: Double?) -> Change {
    guard let value else { return Change(.ratio, .unavailable("no value")) }
    guard let baseline else { return Change(.ratio, .unavailable("the baseline has no value")) }
    guard baseline > 0 else { return Change(.ratio, .unavailable("the baseline's value is not positive")) }
    return Change(.ratio, .value(value / baseline))
  }

  /// The ratio that launches tell.
  init(_ estimate: RatioEstimate) {
    self.init(.ratio, .value(estimate.ratio), interval: estimate.interval)
  }
}
