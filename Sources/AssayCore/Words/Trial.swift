/// How requests arrive at the model, named as MLPerf Inference names them (inference_rules, "Scenarios").
public enum Scenario: String, Sendable, Hashable, Codable, CaseIterable {
  /// One query after another, each of one batch; judged by latency.
  case singleStream = "single-stream"
  /// Several samples a query; judged by tail latency.
  case multiStream = "multi-stream"
  /// All samples at once; judged by throughput.
  case offline
  /// Poisson arrivals; latency counts from the scheduled time.
  case server
}

/// What is held equal when variants are compared: everything of a trial but the variant.
public struct ComparisonGroup: Sendable, Hashable, Codable {
  /// Name of the baseline model the variants were made from.
  public var baseline: String
  public var engine: String
  /// `cpu`, `cuda:0` ...
  public var device: String
  public var threads: Int
  /// Rows per inference.
  public var batch: Int
  public var scenario: Scenario

  public init(
    baseline: String, engine: String, device: String = "cpu", threads: Int, batch: Int, scenario: Scenario
  ) {
    self.baseline = baseline
    self.engine = engine
    self.device = device
    self.threads = threads
    self.batch = batch
    self.scenario = scenario
  }
}

/// One variant measured under one set of conditions.
public struct Trial: Sendable, Hashable, Codable {
  /// Name of the variant; the baseline itself is the variant named `baseline`.
  public var variant: String
  public var group: ComparisonGroup

  public init(variant: String, group: ComparisonGroup) {
    self.variant = variant
    self.group = group
  }

  /// The reserved name of the variant with no steps.
  public static let baselineVariant = "baseline"
}
