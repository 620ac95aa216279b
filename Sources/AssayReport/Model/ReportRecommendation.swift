import AssayCore
import AssayJudge

/// What to take, for whom, and why: a choice in finished words.
public struct ReportRecommendation: Sendable, Hashable {
  /// What it is best for: `balanced`, `speed`, the suite's goal.
  public var purpose: String
  public var baseline: String
  /// The conditions it was chosen under.
  public var conditions: String
  /// Nil when none fits.
  public var variant: String?
  /// The answer in a sentence.
  public var answer: String
  /// The rule and the measured numbers behind it, and what else a reader should know, a sentence each.
  public var reasons: [String]

  public init(
    purpose: String, baseline: String, conditions: String, variant: String?, answer: String, reasons: [String]
  ) {
    self.purpose = purpose
    self.baseline = baseline
    self.conditions = conditions
    self.variant = variant
    self.answer = answer
    self.reasons = reasons
  }
}

/// The choices of a run as its report shows them, one a group.
func recommendations(_ choices: [Choice], in record: RunRecord) -> [ReportRecommendation] {
  var picks: [ReportRecommendation] = []
  for choice in choices {
    var reasons: [String] = []
    for reason in choice.reasons { reasons.append(reason.text) }
    reasons += choice.remarks
    if let second = choice.runnerUp { reasons.append("Second: \(second.text)") }
    for cost in choice.constraintCosts { reasons.append(cost.text) }
    for step in choice.next { reasons.append("Try next: \(step.text)") }
    picks.append(
      ReportRecommendation(
        purpose: choice.priority.rawValue + (record.goal == nil ? ", as no goal was named" : ""),
        baseline: choice.group.baseline, conditions: conditions(choice.group, in: record.environment),
        variant: choice.recommended, answer: choice.headline, reasons: reasons))
  }
  return picks
}
