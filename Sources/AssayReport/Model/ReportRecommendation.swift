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
