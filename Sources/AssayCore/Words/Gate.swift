/// A condition that a run must meet, or CI fails: `latency.p90 <= 5 ms`, `accuracy.top1 drop <= 0.5 pp`.
///
/// A gate says what fails; what selects the best variant is a goal, and the two are never mixed.
public struct Gate: Sendable, Hashable, Codable {
  /// What the metric is held against.
  public enum Reference: String, Sendable, Hashable, Codable {
    /// A number: `latency.p90 <= 5 ms`.
    case limit
    /// The baseline variant of the same group: `accuracy.top1 drop <= 0.5 pp`, `size.file rise <= 0 %`.
    case baselineVariant
    /// The same variant in an earlier run: `latency.p50 regression <= 5 %`.
    case earlierRun
  }

  /// In which terms the limit is meant.
  public enum Terms: String, Sendable, Hashable, Codable {
    /// In the metric's stored unit, for a difference too: 0.005 for 0.5 pp of an accuracy.
    case absolute
    /// A share of the reference's value: 0.05 for 5 %.
    case relative
  }

  /// Which values pass.
  public enum Bound: String, Sendable, Hashable, Codable {
    case atMost = "<="
    case atLeast = ">="
  }

  /// The gate as it was written, for people.
  public var text: String
  /// Name in the metric catalogue.
  public var metric: String
  public var reference: Reference
  public var bound: Bound
  public var terms: Terms
  /// Stored unit or share, see `terms`. Against a reference it is the tolerated change for the worse, not negative.
  public var limit: Double
  /// Variants it applies to; empty for every variant, the baseline included where the reference admits it.
  public var variants: [String]
  /// Where it was written, for error messages; not part of what the gate means.
  public var place: Place?

  public init(
    text: String, metric: String, reference: Reference, bound: Bound = .atMost, terms: Terms, limit: Double,
    variants: [String] = [], place: Place? = nil
  ) {
    self.text = text
    self.metric = metric
    self.reference = reference
    self.bound = bound
    self.terms = terms
    self.limit = limit
    self.variants = variants
    self.place = place
  }

  private enum CodingKeys: String, CodingKey { case text, metric, reference, bound, terms, limit, variants }
}
