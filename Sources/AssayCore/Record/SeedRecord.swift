/// A variant built several times, once for each seed: the members of one row.
public struct SeedMembers: Sendable, Hashable, Codable {
  /// In order of their seeds.
  public var members: [SeedRecord]
  /// The member whose times, file and answers row by row stand for all; nil until it is chosen.
  public var representative: UInt64?
  /// Whether each member was made from the baseline's member of the same seed, so that the two pair.
  public var followsBaseline: Bool

  public init(members: [SeedRecord], representative: UInt64? = nil, followsBaseline: Bool) {
    self.members = members
    self.representative = representative
    self.followsBaseline = followsBaseline
  }
}

/// One of the models that a variant comes to when it is built again with other seeds.
public struct SeedRecord: Sendable, Hashable, Codable {
  public var seed: UInt64
  public var build: BuildResult
  /// Its answers on the test rows, one entry an engine; empty until it was asked.
  public var answers: [SeedAnswers]

  public init(seed: UInt64, build: BuildResult, answers: [SeedAnswers] = []) {
    self.seed = seed
    self.build = build
    self.answers = answers
  }
}

/// The answers of one seed's model in one engine.
public struct SeedAnswers: Sendable, Hashable, Codable {
  public var engine: String
  public var device: String
  public var answers: Answers?
  /// Why there are none.
  public var failure: String?

  public init(engine: String, device: String, answers: Answers?, failure: String? = nil) {
    self.engine = engine
    self.device = device
    self.answers = answers
    self.failure = failure
  }
}
