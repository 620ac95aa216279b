public import CLinux

/// A clock that never goes back, read in nanoseconds from an arbitrary origin.
///
/// Code that measures is generic over the clock, so that the real one inlines and tests script theirs.
public protocol MonotonicClock {
  /// The present reading, in nanoseconds.
  func now_ns() -> UInt64
}

/// The machine's `CLOCK_MONOTONIC_RAW`: not slewed by NTP, the same in all processes, read without a system call.
///
/// A reading allocates nothing and costs tens of nanoseconds.
@frozen
public struct MachineClock: MonotonicClock, Sendable {
  @inlinable public init() {}

  /// The present reading, in nanoseconds since the machine started.
  @inlinable
  public func now_ns() -> UInt64 { assay_clock_ns() }
}

/// A clock for tests: each reading is the sum of the steps so far, one step a reading.
///
/// After the last scripted step the last one repeats; with no steps the clock stands still.
public final class ScriptedClock: MonotonicClock {
  private let steps_ns: [UInt64]
  private var reading_ns: UInt64
  /// Number of readings taken.
  public private(set) var readings = 0

  /// The first reading is `start_ns`; each later one adds the next of `steps_ns`.
  public init(start_ns: UInt64 = 0, steps_ns: [UInt64]) {
    self.reading_ns = start_ns
    self.steps_ns = steps_ns
  }

  /// The scripted reading.
  public func now_ns() -> UInt64 {
    if readings > 0, let last = steps_ns.last {
      reading_ns += readings - 1 < steps_ns.count ? steps_ns[readings - 1] : last
    }
    readings += 1
    return reading_ns
  }

  /// Lets time pass between two readings, as work would.
  public func advance(by duration_ns: UInt64) { reading_ns += duration_ns }
}
