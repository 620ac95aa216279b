import Glibc

/// What this process has used of the machine since it started (`getrusage`).
public struct ResourceUsage: Sendable, Hashable {
  /// Time in user mode of all threads, in nanoseconds.
  public var user_ns: UInt64
  /// Time in the kernel of all threads, in nanoseconds.
  public var system_ns: UInt64
  /// Time on a CPU of all threads, in nanoseconds.
  public var cpu_ns: UInt64 { user_ns &+ system_ns }
  /// Times the scheduler took the CPU away.
  public var involuntarySwitches: Int
  /// Times the process gave the CPU up, to wait.
  public var voluntarySwitches: Int
  /// Page faults served without reading a file.
  public var minorFaults: Int
  /// Page faults that read from a device.
  public var majorFaults: Int
  /// Largest resident set size, in bytes; not reset by `ProcessMemory.resetPeak`.
  public var peak_B: Int

  /// The usage of this process so far; all zero where the call fails.
  public static func now() -> ResourceUsage {
    var usage = rusage()
    if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) != 0 { usage = rusage() }
    return ResourceUsage(usage)
  }

  private init(_ usage: rusage) {
    user_ns = nanoseconds(usage.ru_utime)
    system_ns = nanoseconds(usage.ru_stime)
    involuntarySwitches = usage.ru_nivcsw
    voluntarySwitches = usage.ru_nvcsw
    minorFaults = usage.ru_minflt
    majorFaults = usage.ru_majflt
    peak_B = usage.ru_maxrss &* 1024
  }

  /// What was used since `earlier`; the peak is that of now.
  public func since(_ earlier: ResourceUsage) -> ResourceUsage {
    var difference = self
    difference.user_ns &-= earlier.user_ns
    difference.system_ns &-= earlier.system_ns
    difference.involuntarySwitches -= earlier.involuntarySwitches
    difference.voluntarySwitches -= earlier.voluntarySwitches
    difference.minorFaults -= earlier.minorFaults
    difference.majorFaults -= earlier.majorFaults
    return difference
  }
}

private func nanoseconds(_ time: timeval) -> UInt64 {
  UInt64(max(0, time.tv_sec)) &* 1_000_000_000 &+ UInt64(max(0, time.tv_usec)) &* 1000
}
