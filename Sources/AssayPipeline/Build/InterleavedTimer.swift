import AssayMeasure
import AssayRuntime

/// Compares the latencies of loaded models in the shortest time that tells them apart: blocks in turn, in random order.
///
/// A block round is one block of each member. Members are compared round by round, so that what slows the machine for longer
/// than a round slows all alike. Sessions are opened once: what two sessions of one file differ by (up to 1 %) is not told
/// from a difference of the models; a measurement of launches, as `run` makes it, tells it.
struct InterleavedTimer<Clock: MonotonicClock> {
  let clock: Clock
  let seed: UInt64

  /// Aimed length of a block; one inference, where that takes longer.
  static var block_ns: UInt64 { 1_000_000 }
  /// Aimed length of all rounds together.
  static var total_ns: UInt64 { 1_500_000_000 }
  /// Fewest and most rounds: 9 give an interval of 96 %.
  static var rounds: ClosedRange<Int> { 9...41 }

  /// Round by round the logarithm of each member's median latency over the first one's; empty for the first.
  ///
  /// - Throws: what an inference throws.
  func roundLogRatios(_ members: [any BoundInference]) throws(EngineError) -> [[Double]] {
    let buffer = LatencyBuffer(capacity: 1 << 14)
    var timers = members.map { BlockTimer(clock: clock, slotCount: $0.poolCount) }
    let warm = WarmUpRule(window_ns: Self.block_ns, maximum_ns: 50 * Self.block_ns)
    var round_ns: UInt64 = 0
    for (index, member) in members.enumerated() {
      let latencies_ns = try timers[index].warmUp(until: warm) { slot throws(EngineError) in try member.infer(slot) }
        .latencies_ns
      round_ns += max(Self.block_ns, latencies_ns.last ?? 0)
    }
    let count = min(max(Int(Self.total_ns / max(1, round_ns)), Self.rounds.lowerBound), Self.rounds.upperBound)
    let schedule = BlockSchedule(seed: seed, members: members.count, rounds: count)
    var scores = [[BlockScore]](repeating: [], count: members.count)
    for (round, order) in schedule.rounds.enumerated() {
      for index in order {
        let member = members[index]
        let timing = try timers[index].run(block_ns: Self.block_ns, into: buffer) { slot throws(EngineError) in
          try member.infer(slot)
        }
        guard let median = SortedValues(buffer.prefix(timing.count))?.median else { continue }
        scores[index].append(BlockScore(round: round, value: median))
      }
    }
    guard let first = scores.first else { return [] }
    return scores.map { AssayMeasure.roundLogRatios(of: $0, to: first) }
  }
}
