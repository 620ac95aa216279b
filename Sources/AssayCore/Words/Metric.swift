/// Which way a metric is better.
public enum Direction: String, Sendable, Hashable, Codable {
  case lowerIsBetter = "lower"
  case higherIsBetter = "higher"
  /// Neither way is better by itself: a share, a count shown for orientation.
  case neutral
}

/// What kind of evidence a metric is, which decides how two values of it are compared.
public enum MetricKind: String, Sendable, Hashable, Codable {
  /// Counted, the same each time: compared without statistics.
  case exact
  /// Measured with a clock: compared by launches.
  case timed
  /// Read from the operating system.
  case memory
  /// A property of answers on a fixed set of rows: compared row by row.
  case quality
}

/// A quantity that Assay reports for a trial or a variant.
public struct Metric: Sendable, Hashable, Codable {
  /// Dotted name as used in gates and CSV: `latency.p50`.
  public var name: String
  /// Unit of the stored value: `ns`, `B`, `1/s`, `fraction`, `count`.
  public var unit: String
  public var direction: Direction
  public var kind: MetricKind

  public init(_ name: String, unit: String, _ direction: Direction, _ kind: MetricKind) {
    self.name = name
    self.unit = unit
    self.direction = direction
    self.kind = kind
  }
}
