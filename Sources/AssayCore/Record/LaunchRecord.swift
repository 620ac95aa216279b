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
  /// Inferences that one sample of the blocks holds: those of a multi-stream query; nil for one.
  public var inferencesPerSample: Int?

  public init(
    launch: Int, phases: Phases, warmUp: Samples, blocks: [BlockRecord], memory: MemoryFigures,
    inferencesPerSample: Int? = nil
  ) {
    self.launch = launch
    self.phases = phases
    self.warmUp = warmUp
    self.blocks = blocks
    self.memory = memory
    self.inferencesPerSample = inferencesPerSample
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
  /// Latencies of single inferences, of whole queries (multi-stream), or of requests from their scheduled arrival (server).
  public var samples: Samples
  /// Wall time of the whole block, in nanoseconds; the samples add up to it but in the server scenario.
  public var elapsed_ns: UInt64
  /// Involuntary context switches of the process during the block.
  public var involuntarySwitches: Int
  /// Resident memory of the process that no file backs, read after the block; a leak shows in its course.
  public var anonymous_B: Int?
  /// Energy all processor packages took from before the block to after it, in microjoules; nil where it cannot be read.
  public var energy_uJ: UInt64?
  /// What the server scenario knows besides latencies; nil in the others.
  public var server: ServerBlockRecord?

  public init(
    round: Int, position: Int, samples: Samples, elapsed_ns: UInt64, involuntarySwitches: Int,
    anonymous_B: Int? = nil, energy_uJ: UInt64? = nil, server: ServerBlockRecord? = nil
  ) {
    self.round = round
    self.position = position
    self.samples = samples
    self.elapsed_ns = elapsed_ns
    self.involuntarySwitches = involuntarySwitches
    self.anonymous_B = anonymous_B
    self.energy_uJ = energy_uJ
    self.server = server
  }

  /// Samples that were answered: all but the requests given up.
  public var answered: Int { max(0, samples.count - (server?.unanswered ?? 0)) }
}

/// How a block of the server scenario kept up with its arrivals.
public struct ServerBlockRecord: Sendable, Hashable, Codable {
  /// Stretch in which the requests arrived, in nanoseconds.
  public var window_ns: UInt64
  /// Time spent in inferences, in nanoseconds; the rest was waiting for requests.
  public var busy_ns: UInt64
  /// Requests that had arrived and were not answered when the arrivals ended.
  public var backlog: Int
  /// Requests given up, the block being over its limit; their samples are their age then, less than their latency.
  public var unanswered: Int

  public init(window_ns: UInt64, busy_ns: UInt64, backlog: Int, unanswered: Int) {
    self.window_ns = window_ns
    self.busy_ns = busy_ns
    self.backlog = backlog
    self.unanswered = unanswered
  }
}

/// Memory of one worker process, in bytes; nil where the machine cannot tell.
public struct MemoryFigures: Sendable, Hashable, Codable {
  /// Resident before the model was loaded.
  public var beforeLoad_B: Int?
  public var afterLoad_B: Int?
  public var afterFirstInference_B: Int?
  /// High-water mark of the resident size (`VmHWM`), reset before the load; growth over the steady state counts only as
  /// far as no file backs it, because the pages of the test rows that blocks walk through are not the model's.
  public var peak_B: Int?
  /// Proportional set size after the warm-up.
  public var proportional_B: Int?
  /// Resident memory that no file backs, at the end of the steady state minus at its beginning; a leak shows here.
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
