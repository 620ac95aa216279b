/// What one member of a group did in one launch, from the start of its process to its end.
public struct LaunchRecord: Sendable, Hashable, Codable {
  /// 0-based launch within the group.
  public var launch: Int
  public var phases: Phases
  /// Inferences before the steady state, kept and marked by being here.
  public var warmUp: Samples
  /// One block per block round, in round order.
  public var blocks: [BlockRecord]
  public var memory: MemoryFigures

  public init(launch: Int, phases: Phases, warmUp: Samples, blocks: [BlockRecord], memory: MemoryFigures) {
    self.launch = launch
    self.phases = phases
    self.warmUp = warmUp
    self.blocks = blocks
    self.memory = memory
  }
}

/// The phases before the steady state, each in nanoseconds.
public struct Phases: Sendable, Hashable, Codable {
  /// From spawning the process to its first answer.
  public var processStart_ns: UInt64
  /// Opening the engine's session on the model file.
  public var load_ns: UInt64
  /// The first inference after loading.
  public var firstInference_ns: UInt64

  public init(processStart_ns: UInt64, load_ns: UInt64, firstInference_ns: UInt64) {
    self.processStart_ns = processStart_ns
    self.load_ns = load_ns
    self.firstInference_ns = firstInference_ns
  }
}

/// A short run of consecutive inferences, the smallest thing that is interleaved with other variants.
public struct BlockRecord: Sendable, Hashable, Codable {
  /// 0-based block round within the launch; blocks of different members with the same round belong together.
  public var round: Int
  /// 0-based place of this member in the round's random order.
  public var position: Int
  public var samples: Samples
  /// Wall time of the whole block, of which the samples are the parts, in nanoseconds.
  public var elapsed_ns: UInt64
  /// Involuntary context switches of the process during the block.
  public var involuntarySwitches: Int

  public init(round: Int, position: Int, samples: Samples, elapsed_ns: UInt64, involuntarySwitches: Int) {
    self.round = round
    self.position = position
    self.samples = samples
    self.elapsed_ns = elapsed_ns
    self.involuntarySwitches = involuntarySwitches
  }
}

/// Memory of one worker process, in bytes; nil where the machine cannot tell.
public struct MemoryFigures: Sendable, Hashable, Codable {
  /// Resident before the model was loaded.
  public var beforeLoad_B: Int?
  public var afterLoad_B: Int?
  public var afterFirstInference_B: Int?
  /// High-water mark of the resident size (`VmHWM`), reset before the load.
  public var peak_B: Int?
  /// Proportional set size after the steady state.
  public var proportional_B: Int?
  /// Resident size at the end of the steady state minus at its beginning; a leak shows here.
  public var steadyStateGrowth_B: Int?

  public init(
    beforeLoad_B: Int? = nil, afterLoad_B: Int? = nil, afterFirstInference_B: Int? = nil, peak_B: Int? = nil,
    proportional_B: Int? = nil, steadyStateGrowth_B: Int? = nil
  ) {
    self.beforeLoad_B = beforeLoad_B
    self.afterLoad_B = afterLoad_B
    self.afterFirstInference_B = afterFirstInference_B
    self.peak_B = peak_B
    self.proportional_B = proportional_B
    self.steadyStateGrowth_B = steadyStateGrowth_B
  }
}
