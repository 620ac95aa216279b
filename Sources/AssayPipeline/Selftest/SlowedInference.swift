import AssayCore
import AssayMeasure
import AssayRuntime

/// An inference that afterwards spins until it has taken a given share more of its own time: a slowdown of known size.
///
/// Whoever times it from outside, with one clock reading between two inferences as `BlockTimer` does, sees its latency
/// multiplied by 1 + share: the readings made here, and on average half a reading by which spinning ends too late, are
/// taken off the time to spin. Only time passes; no memory is touched, so caches are as without it. A share whose time is
/// shorter than two readings (tens of nanoseconds each) comes out larger than asked for.
final class SlowedInference<Clock: MonotonicClock>: BoundInference {
  private let inference: any BoundInference
  private let factor: Double
  private let clock: Clock
  /// What the readings cost that the time to spin is shortened by, in nanoseconds.
  private let ownCost_ns: Double

  /// - Parameters:
  ///   - share: Additional time, 0.1 for 10 %.
  ///   - reading_ns: What one reading of the clock costs, in nanoseconds.
  init(_ inference: any BoundInference, by share: Double, clock: Clock, reading_ns: Double) {
    self.inference = inference
    factor = 1 + max(0, share)
    self.clock = clock
    ownCost_ns = 2.5 * reading_ns
  }

  var poolCount: Int { inference.poolCount }

  func infer(_ slot: Int) throws(EngineError) {
    let begin = clock.now_ns()
    try inference.infer(slot)
    let own_ns = clock.now_ns() &- begin
    // Not a number and beyond what an Int holds are both no time to wait.
    let target_ns = UInt64(exactly: (Double(own_ns) * factor - ownCost_ns).rounded()) ?? 0
    guard own_ns < target_ns else { return }
    while clock.now_ns() &- begin < target_ns {}
  }

  func outputs() throws(EngineError) -> [Tensor] { try inference.outputs() }
}

/// The inference as it is, or slowed down by `share` of its time where one is given.
func slowed(_ inference: any BoundInference, by share: Double?) -> any BoundInference {
  guard let share, share > 0 else { return inference }
  let clock = MachineClock()
  return SlowedInference(inference, by: share, clock: clock, reading_ns: readingCost_ns(clock))
}

/// What one reading of the clock costs, in nanoseconds: the least mean of a few runs of readings, so that an interruption
/// does not count.
func readingCost_ns(_ clock: some MonotonicClock) -> Double {
  let readings = 200
  return (0..<5).map { _ -> Double in
    let begin = clock.now_ns()
    var end = begin
    for _ in 0..<readings { end = clock.now_ns() }
    return Double(end &- begin) / Double(readings)
  }.min() ?? 0
}
