/// By what the best variant is chosen.
public enum Priority: String, Sendable, Hashable, Codable, CaseIterable {
  /// The least time for an answer; offline, the most rows a second.
  case speed
  /// The best quality of the answers.
  case accuracy
  /// The fewest bytes.
  case size
  /// The least resident memory.
  case memory
  /// A bit of everything: the geometric mean of time, size and memory, and the accuracy it costs.
  case balanced
}

/// What selects the best variant of a run: a priority, under constraints.
///
/// A goal selects, a gate fails; a constraint has the grammar of a gate.
public struct Goal: Sendable, Hashable, Codable {
  public var priority: Priority
  /// What the chosen variant must meet. Empty: a small loss of accuracy is assumed to be all that may be paid.
  public var constraints: [Gate]

  public init(_ priority: Priority = .balanced, subjectTo constraints: [Gate] = []) {
    self.priority = priority
    self.constraints = constraints
  }
}
