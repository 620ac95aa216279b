/// A second measurement of what looked worse, with a new seed: fresh launches that stand apart from the first ones.
public struct ConfirmationRecord: Sendable, Hashable, Codable {
  /// One variant, measured again beside the baseline.
  public struct Member: Sendable, Hashable, Codable {
    public var variant: String
    public var launches: [LaunchRecord]

    public init(variant: String, launches: [LaunchRecord]) {
      self.variant = variant
      self.launches = launches
    }
  }

  public var group: ComparisonGroup
  public var launches: [GroupLaunch]
  /// The baseline and the variants whose verdict asked for it.
  public var members: [Member]

  public init(group: ComparisonGroup, launches: [GroupLaunch], members: [Member]) {
    self.group = group
    self.launches = launches
    self.members = members
  }
}
