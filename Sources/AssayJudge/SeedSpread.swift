import AssayCore
import AssayMeasure

/// What a figure of a variant with several seeds was found from.
public struct SeedSpread: Sendable, Hashable {
  /// One seed's value, in the metric's unit.
  public struct Value: Sendable, Hashable {
    public var seed: UInt64
    public var value: Double

    public init(seed: UInt64, value: Double) {
      self.seed = seed
      self.value = value
    }
  }

  /// In order of the seeds.
  public var values: [Value]
  /// With n − 1; nil for a single value.
  public var standardDeviation: Double?

  public init(values: [Value], standardDeviation: Double?) {
    self.values = values
    self.standardDeviation = standardDeviation
  }
}

extension Evidence {
  /// A quality of the variant in the trial's engine, one value a seed that has it; nil for a variant that was built once.
  func seedValues(_ metric: String) -> [SeedSpread.Value]? {
    guard let members = variant?.seeds?.members, members.count > 1 else { return nil }
    let group = trial.trial.group
    return members.compactMap { member in
      let answers = member.answers.first { $0.engine == group.engine && $0.device == group.device }?.answers
      return answers?.metrics[metric].map { SeedSpread.Value(seed: member.seed, value: $0) }
    }
  }

  /// What became of the seeds that did not end: `seed 2: the loss is no number`.
  var seedFailures: [String] {
    let group = trial.trial.group
    return (variant?.seeds?.members ?? []).compactMap { member in
      if case .failed(let message) = member.build { return "seed \(member.seed): \(message)" }
      let answers = member.answers.first { $0.engine == group.engine && $0.device == group.device }
      return answers?.failure.map { "seed \(member.seed): \($0)" }
    }
  }
}

/// Two trials of which at least one has several seeds, so that the seeds say how sure their difference is.
struct SeedComparison {
  /// How the seeds of the two sides belong together.
  enum Design: Hashable {
    /// Each candidate was made from the base with the same seed.
    case paired(Int)
    case independent(base: Int, candidate: Int)
    /// One side is a single model.
    case single(Int)
  }

  var design: Design
  /// Candidate − base.
  var difference: MeanDifference

  /// The outcome of looking for a comparison.
  enum Finding {
    case found(SeedComparison)
    /// There are seeds, but they do not tell.
    case unavailable(String)
    /// Neither side has several seeds.
    case without
  }

  /// Compares `own` with `base` by their seeds.
  ///
  /// - Parameter isWithinRun: Whether both are of one run, where members of the same seed may pair.
  static func find(
    _ metric: String, own: Evidence, base: Evidence, isWithinRun: Bool, confidence: Double
  ) -> Finding {
    // Drift is itself a comparison, of the representatives.
    guard !metric.hasPrefix("drift.") else { return .without }
    let (mine, others) = (own.seedValues(metric), base.seedValues(metric))
    guard mine != nil || others != nil else { return .without }
    let failures = own.seedFailures + base.seedFailures.map { "the baseline's \($0)" }
    if let first = failures.first {
      // The seeds that end well are not a fair choice of all.
      return .unavailable("\(failures.count == 1 ? "a seed" : "\(failures.count) seeds") failed: \(first)")
    }
    let values = mine?.map(\.value)
    let baseValues = others?.map(\.value)
    var result: (Design, MeanDifference)?
    switch (values, baseValues) {
    case (let values?, let baseValues?):
      let pairs = isWithinRun && own.variant?.seeds?.followsBaseline == true ? pairs(others ?? [], mine ?? []) : nil
      if let pairs {
        result = MeanDifference(pairs: pairs, confidence: confidence).map { (.paired(pairs.count), $0) }
      } else {
        result = MeanDifference(base: baseValues, candidate: values, confidence: confidence).map {
          (.independent(base: baseValues.count, candidate: values.count), $0)
        }
      }
    case (let values?, nil):
      guard let one = base.data?.answers?.metrics[metric] else { return .unavailable("the baseline has no value") }
      result = MeanDifference(values, against: one, confidence: confidence).map { (.single(values.count), $0) }
    case (nil, let baseValues?):
      guard let one = own.data?.answers?.metrics[metric] else { return .unavailable("no value") }
      result = MeanDifference(baseValues, against: one, confidence: confidence).map {
        (.single(baseValues.count), $0.mirrored)
      }
    case (nil, nil): return .without
    }
    guard let result else { return .unavailable("fewer than two seeds have a value") }
    return .found(SeedComparison(design: result.0, difference: result.1))
  }

  /// The values of the same seeds; nil unless both sides have the same seeds.
  private static func pairs(
    _ base: [SeedSpread.Value], _ candidate: [SeedSpread.Value]
  ) -> [(base: Double, candidate: Double)]? {
    guard base.map(\.seed) == candidate.map(\.seed) else { return nil }
    return zip(base, candidate).map { ($0.value, $1.value) }
  }

  /// `means of 3 and 3 seeds`.
  var words: String {
    switch design {
    case .paired(let count): "\(count) seeds, each against the baseline of its seed"
    case .independent(let base, let candidate): "means of \(candidate) and \(base) seeds"
    case .single(let count): "the mean of \(count) seeds against one model"
    }
  }

  /// Whose test it is.
  var testName: String { if case .independent = design { "Welch's" } else { "Student's" } }
}

extension TrialJudge {
  /// The mean over the seeds with Student's interval; nil for a variant that was built once.
  func seedFigure(_ metric: Metric) -> Figure? {
    guard own.failure == nil, let values = own.seedValues(metric.name),
      let mean = MeanEstimate(values.map(\.value), confidence: confidence)
    else { return nil }
    return Figure(
      metric, .value(mean.mean), interval: mean.interval, count: values.count,
      change: seedChange(metric)
        ?? change(.difference) { _ in Change(.difference, .unavailable("the baseline has no value")) },
      seeds: SeedSpread(values: values, standardDeviation: mean.standardDeviation))
  }

  /// The change that the seeds tell; nil for the baseline itself, and where neither side has several.
  func seedChange(_ metric: Metric) -> Change? {
    guard case .other(let baseline) = reference, baseline.failure == nil else { return nil }
    switch SeedComparison.find(metric.name, own: own, base: baseline, isWithinRun: true, confidence: confidence) {
    case .without: return nil
    case .unavailable(let reason): return Change(.difference, .unavailable(reason))
    case .found(let found):
      return Change(.difference, .value(found.difference.difference), interval: found.difference.interval)
    }
  }
}
