/// What belongs to a comparison group as a whole: the seeds, the orders, the control kernel, the outside world.
public struct GroupRecord: Sendable, Hashable, Codable {
  public var group: ComparisonGroup
  public var launches: [GroupLaunch]
  /// What a reader should know of the conditions: fewer threads than asked for, a parent that shares a CPU.
  public var remarks: [String]

  public init(group: ComparisonGroup, launches: [GroupLaunch] = [], remarks: [String] = []) {
    self.group = group
    self.launches = launches
    self.remarks = remarks
  }
}

/// One launch of a group: all its workers alive together, taking turns.
public struct GroupLaunch: Sendable, Hashable, Codable {
  public var launch: Int
  /// Seed of the random orders.
  public var seed: UInt64
  /// CPUs every worker was pinned to.
  public var cpus: [Int]
  /// Whether the kernel granted the pinning.
  public var pinned: Bool
  /// Blocks of the fixed calibration kernel, one per round.
  public var control: [BlockRecord]
  /// The outside world, one entry per round.
  public var conditions: [RoundConditions]

  public init(
    launch: Int, seed: UInt64, cpus: [Int], pinned: Bool, control: [BlockRecord], conditions: [RoundConditions]
  ) {
    self.launch = launch
    self.seed = seed
    self.cpus = cpus
    self.pinned = pinned
    self.control = control
    self.conditions = conditions
  }
}

/// What disturbed a block round from outside; nil where the machine cannot tell.
public struct RoundConditions: Sendable, Hashable, Codable {
  public var round: Int
  /// Share of CPU time the hypervisor took away during the round, 0...1.
  public var stealShare: Double?
  /// Clock frequency of the pinned CPU after the round, in MHz.
  public var frequency_MHz: Double?
  /// One-minute load average after the round.
  public var load1: Double?
  /// Times this round was repeated, on outside evidence only.
  public var repeats: Int

  public init(
    round: Int, stealShare: Double? = nil, frequency_MHz: Double? = nil, load1: Double? = nil, repeats: Int = 0
  ) {
    self.round = round
    self.stealShare = stealShare
    self.frequency_MHz = frequency_MHz
    self.load1 = load1
    self.repeats = repeats
  }
}
