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

  /// What is offered in the server scenario, the same in every launch; nil before the first, and in other scenarios.
  public var offered: OfferedLoad? { launches.lazy.compactMap(\.offered).first }
}

/// How fast requests arrive in the server scenario, for all members of a group alike.
public struct OfferedLoad: Sendable, Hashable, Codable {
  /// Mean arrivals a second.
  public var rate_perSecond: Double
  /// Aimed length of the stretch in which requests arrive in a block, in nanoseconds.
  public var window_ns: UInt64
  /// Single-stream inferences a second of the baseline, from the warm-up of its first launch; nil when the suite names the
  /// rate.
  public var capacity_perSecond: Double?

  public init(rate_perSecond: Double, window_ns: UInt64, capacity_perSecond: Double? = nil) {
    self.rate_perSecond = rate_perSecond
    self.window_ns = window_ns
    self.capacity_perSecond = capacity_perSecond
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
  /// What was offered in the server scenario; nil in the others.
  public var offered: OfferedLoad?
  /// CPU time of the parent process while a member worked on a block, as a share of that time.
  public var parentShare: Double?

  public init(
    launch: Int, seed: UInt64, cpus: [Int], pinned: Bool, control: [BlockRecord], conditions: [RoundConditions],
    offered: OfferedLoad? = nil, parentShare: Double? = nil
  ) {
    self.launch = launch
    self.seed = seed
    self.cpus = cpus
    self.pinned = pinned
    self.control = control
    self.conditions = conditions
    self.offered = offered
    self.parentShare = parentShare
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
