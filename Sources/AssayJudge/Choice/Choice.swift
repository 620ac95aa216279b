public import AssayCore
public import AssayMeasure

/// Which variant of a comparison group to take for a goal, why, and how sure that is.
///
/// A pure function of the run record makes it (`choices(_:goal:)`); equal records give equal choices. Every text is a finished
/// sentence with the measured numbers in it, so that reports only lay it out.
public struct Choice: Sendable, Hashable {
  public var group: ComparisonGroup
  public var priority: Priority
  /// What the variant must meet: as asked for, or the one that is assumed where nothing is said of accuracy.
  public var constraints: [ChoiceConstraint]
  public var answer: ChoiceAnswer
  /// The answer in one sentence: what to take and what it brings, or why nothing can be said.
  public var headline: String
  /// What the priority compares: a metric's name, or `balanced`.
  public var objective: String
  /// Every variant of the group, the baseline among them: those that fit first, the best first; then those that miss a
  /// constraint, the nearest first; then those without a value, in the order of the run.
  public var candidates: [ChoiceCandidate]
  /// Names of the variants that no other beats in both what the priority compares and accuracy (for accuracy and
  /// balanced: in both time and accuracy), by rising cost.
  public var front: [String]
  /// What comes second, and by how much.
  public var runnerUp: ChoiceRunnerUp?
  /// What each constraint costs, in the order of `constraints`; empty where nothing fits.
  public var constraintCosts: [ChoiceConstraintCost]
  /// The rules behind the recommendation with the numbers measured here, the most telling first.
  public var reasons: [ChoiceReason]
  /// What a reader must know of the choice: assumptions, a model too simple to gain, missing values.
  public var remarks: [String]
  /// What to try next, the most promising first.
  public var next: [ChoiceNextStep]

  /// Whether a variant meets every constraint, those on times and memory with their whole interval: a search may stop.
  public var isGoalMet: Bool {
    guard let recommended, let candidate = candidates.first(where: { $0.variant == recommended }) else { return false }
    return candidate.checks.allSatisfy { check in
      let kind = MetricCatalog.metric(named: check.gate.metric)?.kind
      return check.result == .met || (check.result == .metNotShown && kind != .timed && kind != .memory)
    }
  }

  /// The variant to take for now, also where it is not told apart from another; nil where none fits.
  public var recommended: String? {
    switch answer {
    case .recommended(let variant), .undecided(let variant, _, _): variant
    case .noneFits, .nothing: nil
    }
  }
}

/// What became of a choice.
public enum ChoiceAnswer: Sendable, Hashable {
  /// Best by its numbers, and shown to be at least as good as every other that fits.
  case recommended(String)
  /// `best` is ahead of `rivals` by its numbers, which is not shown.
  ///
  /// `moreLaunches` are those that would probably tell, found from the spread of the launch scores; nil where more launches do not
  /// help (answers on too few rows) or the number would be beyond `LaunchEstimate.most`.
  case undecided(best: String, rivals: [String], moreLaunches: Int?)
  /// No variant meets every constraint; `nearest` misses by the least.
  case noneFits(nearest: String?)
  /// There is nothing to choose from, with the reason.
  case nothing(reason: String)
}

/// A condition of the choice.
public struct ChoiceConstraint: Sendable, Hashable {
  public var gate: Gate
  /// Whether nobody asked for it: without a word on accuracy a small loss is assumed to be all that may be paid.
  public var isAssumed: Bool

  public init(_ gate: Gate, isAssumed: Bool = false) {
    self.gate = gate
    self.isAssumed = isAssumed
  }
}

/// A variant under the eyes of a choice.
public struct ChoiceCandidate: Sendable, Hashable {
  public enum Standing: Sendable, Hashable {
    case fits
    /// Does not meet the constraints that are listed in `checks` as missed.
    case misses
    /// Failed, was skipped, or lacks a value; with the reason.
    case unknown(String)
  }

  public var variant: String
  public var steps: [Step]
  public var standing: Standing
  /// What the priority compares, in the metric's unit; for `balanced` e^score, 1 for the baseline and lower for better.
  public var value: Double?
  /// Against the baseline: the ratio of values (or for accuracy the difference); nil for the baseline itself.
  public var change: Change?
  /// One entry a constraint, in the choice's order.
  public var checks: [ChoiceCheck]
  public var isOnFront: Bool

  public var fits: Bool { standing == .fits }
}

/// Whether a variant meets one constraint.
public struct ChoiceCheck: Sendable, Hashable {
  public enum Result: Sendable, Hashable {
    /// The value meets the limit, and so does its whole interval.
    case met
    /// The value meets the limit, but its interval crosses it.
    case metNotShown
    /// The value is beyond the limit, but its interval crosses it.
    case missedNotShown
    case missed
    /// There is no value, with the reason.
    case unknown(String)
  }

  public var gate: Gate
  public var result: Result
  /// In the gate's terms: the metric's unit, or a change for the worse as an amount or as a share.
  public var value: Double?
  public var interval: ConfidenceInterval?
  /// `1.2 ms of 1 ms allowed`.
  public var text: String

  /// How far the value lies beyond the limit, as a share of it (of 1 pp for differences of shares); 0 when it is met.
  public var excess: Double

  /// Whether the value itself meets the limit.
  public var isMet: Bool { result == .met || result == .metNotShown }
}

/// The second best variant.
public struct ChoiceRunnerUp: Sendable, Hashable {
  public var variant: String
  /// Best to second: how many times better the best one is (above 1), in what the priority compares; nil for differences.
  public var factor: Double?
  public var interval: ConfidenceInterval?
  /// `int8-mse: 3.1 % slower (95 % CI 1.2 to 4.4), 4 more rows right`.
  public var text: String
}

/// What could be had without one constraint.
public struct ChoiceConstraintCost: Sendable, Hashable {
  public var gate: Gate
  /// The best variant under all other constraints; the recommended one where the constraint costs nothing.
  public var variant: String
  /// How many times better `variant` is than the recommended one; 1 where the constraint costs nothing.
  public var factor: Double
  /// `latency.p90 <= 5 ms costs 0.4 pp: without it float16 would be chosen`.
  public var text: String
}

/// A rule that speaks for or against the recommendation, with the numbers measured here.
public struct ChoiceReason: Sendable, Hashable {
  /// Identifier in `AdviceRules`; docs/choosing.md has the rule and its source.
  public var rule: String
  /// Whether the measurement agrees with the rule.
  public var agrees: Bool
  public var text: String
}

/// Something worth doing after this run.
public struct ChoiceNextStep: Sendable, Hashable {
  /// Identifier of the rule in `AdviceRules`; nil for what the numbers alone suggest, like more launches.
  public var rule: String?
  public var text: String
}
