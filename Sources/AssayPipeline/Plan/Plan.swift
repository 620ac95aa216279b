public import AssayCore

/// What will be built and measured, in order: a value made from the suite before anything runs.
public struct Plan: Sendable, Hashable {
  /// The suite, reduced to what was selected.
  public var suite: Suite
  /// Variants of each baseline, the baseline itself first.
  public var variants: [PlannedVariant]
  /// Comparison groups in the order measured.
  public var groups: [ComparisonGroup]
  /// SHA-256 over everything that changes what is measured; a run resumes only under the same plan.
  public var hash: String
  /// What the run must meet, in the suite's order; not part of the hash.
  public var gates: [Gate]
  /// What selects the best variant; set by who knows the metrics, and not part of the hash.
  public var goal: Goal?

  /// A variant of one baseline.
  public struct PlannedVariant: Sendable, Hashable {
    public var baseline: SuiteBaseline
    public var name: String
    public var origin: SuiteVariant.Origin
    public var place: Place?

    /// Whether this is the baseline model itself.
    public var isBaseline: Bool { name == Trial.baselineVariant }
  }

  /// What the command line leaves of a suite.
  public struct Selection: Sendable, Hashable {
    /// Names of variants; empty for all. The baseline is always measured.
    public var variants: [String]
    public var baselines: [String]
    /// Replaces the suite's engines when not empty.
    public var engines: [String]
    public var effort: Effort

    public init(
      variants: [String] = [], baselines: [String] = [], engines: [String] = [], effort: Effort = .standard
    ) {
      self.variants = variants
      self.baselines = baselines
      self.engines = engines
      self.effort = effort
    }
  }

  /// How long a run measures.
  public enum Effort: String, Sendable, Hashable {
    /// 5 launches of 15 rounds of 5 ms blocks (server: 100 ms).
    case quick
    /// As the suite says; 10 launches by default.
    case standard
    /// 20 launches.
    case rigorous
  }
}

extension Plan {
  /// Makes the plan of `suite` under `selection`.
  ///
  /// - Parameters:
  ///   - engines: Names of the engines there are.
  ///   - metrics: The metrics that gates may name.
  /// - Throws: `unknownName` with the nearest name; `suiteInvalid` for an engine of the suite that does not exist and for
  ///   a gate that cannot be read.
  public init(
    _ suite: Suite, _ selection: Selection, engines: [String], metrics: [Metric] = []
  ) throws(PipelineError) {
    var suite = suite
    try Self.require(selection.baselines, among: suite.baselines.map(\.name), kind: "baseline")
    try Self.require(selection.variants, among: suite.variants.map(\.name) + [Trial.baselineVariant], kind: "variant")
    if !selection.baselines.isEmpty { suite.baselines.removeAll { !selection.baselines.contains($0.name) } }
    if !selection.variants.isEmpty { suite.variants.removeAll { !selection.variants.contains($0.name) } }
    if !selection.engines.isEmpty { suite.engines = selection.engines }
    do {
      try Self.require(suite.engines, among: engines, kind: "engine")
    } catch  where selection.engines.isEmpty {
      // Then the name is one of the suite file's.
      throw PipelineError(.suiteInvalid, error.message, at: suite.enginesPlace, remedy: error.remedy)
    }
    switch selection.effort {
    case .quick:
      suite.measure.settings.launches = 5
      suite.measure.settings.rounds = 15
      suite.measure.settings.block_ns = min(suite.measure.settings.block_ns, 5_000_000)
      if let requests = suite.measure.settings.requests {
        suite.measure.settings.requests?.serverBlock_ns = min(requests.serverBlock_ns, 100_000_000)
      }
    case .rigorous: suite.measure.settings.launches = max(20, suite.measure.settings.launches)
    case .standard: break
    }

    self.suite = suite
    gates = try suite.gates.map { gate throws(PipelineError) in
      do throws(GateError) {
        return try Gate(parsing: gate.text, metrics: metrics, variants: gate.variants, at: gate.place)
      } catch {
        throw invalid(error)
      }
    }
    variants = suite.baselines.flatMap { baseline in
      [
        PlannedVariant(
          baseline: baseline, name: Trial.baselineVariant, origin: .model(baseline.model), place: baseline.place)
      ]
        + suite.variants.map {
          PlannedVariant(baseline: baseline, name: $0.name, origin: $0.origin, place: $0.place)
        }
    }
    groups = suite.baselines.flatMap { baseline in
      suite.engines.flatMap { engine in
        suite.measure.threads.flatMap { threads in
          suite.measure.scenarios.flatMap { scenario in
            suite.measure.batches.map { batch in
              ComparisonGroup(
                baseline: baseline.name, engine: engine, threads: threads, batch: batch, scenario: scenario)
            }
          }
        }
      }
    }
    let selected = variants.map { "\($0.baseline.name)\u{0}\($0.name)" } + suite.engines
    hash = ContentHash.sha256(
      text: ([suite.sha256, "\(suite.measure)"] + selected + PlanSources(suite).texts).joined(separator: "\u{1}"))
  }

  private static func require(_ names: [String], among known: [String], kind: String) throws(PipelineError) {
    for name in names where !known.contains(name) {
      let remedy = nearestName(to: name, among: known).map { "did you mean '\($0)'?" }
      throw PipelineError(
        .unknownName, "there is no \(kind) '\(name)'",
        remedy: remedy ?? "there are \(known.joined(separator: ", "))")
    }
  }
}
