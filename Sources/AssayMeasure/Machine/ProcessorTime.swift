/// Where the time of some CPUs went since the machine started, in clock ticks (`/proc/stat`).
public struct ProcessorTime: Sendable, Hashable {
  /// All ticks: user, nice, system, idle, iowait, irq, softirq, steal.
  public var total: UInt64
  /// Ticks in which the hypervisor ran something else.
  public var steal: UInt64

  /// Adds up the lines of `cpus` in the text of `/proc/stat`; nil when one of them is missing or malformed.
  ///
  /// Guest time is part of user time and not counted again.
  public init?(stat text: String, cpus: [Int]) {
    guard !cpus.isEmpty else { return nil }
    var missing = Set(cpus)
    (total, steal) = (0, 0)
    for line in text.split(separator: "\n") where line.hasPrefix("cpu") {
      let words = line.split(separator: " ")
      guard let name = words.first, let cpu = Int(name.dropFirst(3)), missing.contains(cpu) else { continue }
      let ticks = words.dropFirst().prefix(8).map { UInt64($0) }
      guard ticks.count == 8, let stolen = ticks[7] else { return nil }
      for tick in ticks {
        guard let tick else { return nil }
        total &+= tick
      }
      steal &+= stolen
      missing.remove(cpu)
    }
    guard missing.isEmpty else { return nil }
  }

  /// The present state of `cpus`; nil where the machine does not tell.
  public static func now(of cpus: [Int], in files: MachineFiles = .real) -> ProcessorTime? {
    files.text("/proc/stat").flatMap { ProcessorTime(stat: $0, cpus: cpus) }
  }

  /// Share of the time since `earlier` that was stolen, 0...1; nil when no tick has passed or the counters went back.
  ///
  /// A tick is 10 ms on most machines: over shorter times the share is coarse.
  public func stealShare(since earlier: ProcessorTime) -> Double? {
    guard total > earlier.total, steal >= earlier.steal else { return nil }
    return min(1, Double(steal - earlier.steal) / Double(total - earlier.total))
  }
}
