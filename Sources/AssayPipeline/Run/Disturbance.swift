import AssayCore
import AssayMeasure

/// Evidence from outside that a block round was disturbed. It never looks at what the members measured.
struct Disturbance {
  private let cpus: [Int]
  private var time: ProcessorTime?
  private var control: [Double] = []

  /// Share of the pinned CPUs' time that the hypervisor may take before a round is repeated.
  static let stealLimit = 0.05
  /// Relative change of the control kernel, against its median in this launch, before a round is repeated.
  static let controlLimit = 0.10

  init(cpus: [Int]) {
    self.cpus = cpus
    time = ProcessorTime.now(of: cpus)
  }

  /// Reads the outside world for the round that just ended.
  mutating func conditions(ofRound round: Int, control: BlockRecord?) -> RoundConditions {
    let now = ProcessorTime.now(of: cpus)
    defer { time = now }
    return RoundConditions(
      round: round, stealShare: now.flatMap { now in time.flatMap { now.stealShare(since: $0) } },
      frequency_MHz: cpus.first.flatMap { frequency_MHz(ofCPU: $0) }, load1: loadAverage())
  }

  /// Whether the round should be measured again.
  ///
  /// The control kernel is judged once five rounds are there to compare with. Ticks are 10 ms, so a steal share is only
  /// believed beyond one tick.
  func calls(forRepeating conditions: RoundConditions, control: BlockRecord?) -> Bool {
    if let steal = conditions.stealShare, steal > Self.stealLimit { return true }
    guard self.control.count >= 5, let median = SortedValues(self.control)?.median,
      let now = Self.median(control)
    else { return false }
    return abs(now / median - 1) > Self.controlLimit
  }

  /// Takes the control kernel's block of an accepted round into the comparison.
  mutating func accept(_ block: BlockRecord?) {
    if let median = Self.median(block) { control.append(median) }
  }

  private static func median(_ block: BlockRecord?) -> Double? {
    guard let samples = block?.samples.nanoseconds, !samples.isEmpty else { return nil }
    return SortedValues(samples)?.median
  }
}
