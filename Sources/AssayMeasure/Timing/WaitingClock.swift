import CLinux
import Glibc

/// A clock that can also wait for a reading.
public protocol WaitingClock: MonotonicClock {
  /// Waits until the clock shows `deadline_ns` or later, and returns what it shows then.
  func wait(until deadline_ns: UInt64) -> UInt64
}

extension MachineClock: WaitingClock {
  /// Time before a deadline in which the clock is read over and over, in nanoseconds: a sleep ends some microseconds late.
  public static let spin_ns: UInt64 = 50_000

  /// Sleeps until shortly before the deadline, then reads the clock until it is there.
  public func wait(until deadline_ns: UInt64) -> UInt64 {
    while true {
      let now = now_ns()
      guard now < deadline_ns else { return now }
      let left = deadline_ns - now
      guard left > Self.spin_ns else { continue }
      let sleep_ns = left - Self.spin_ns
      var pause = timespec(tv_sec: Int(sleep_ns / 1_000_000_000), tv_nsec: Int(sleep_ns % 1_000_000_000))
      // A signal only wakes it early; the clock decides.
      clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, nil)
    }
  }

  /// Asks the kernel to end this thread's sleeps on time instead of gathering wake-ups (50 µs by default).
  public static func wakeOnTime() {
    let file = open("/proc/self/timerslack_ns", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    defer { close(file) }
    // Without it requests start a little late, and the last stretch is waited for awake all the same.
    _ = write(file, "1", 1)
  }
}

extension ScriptedClock: WaitingClock {
  /// Lets the time pass at once.
  public func wait(until deadline_ns: UInt64) -> UInt64 {
    let now = now_ns()
    guard now < deadline_ns else { return now }
    advance(by: deadline_ns - now)
    return deadline_ns
  }
}
