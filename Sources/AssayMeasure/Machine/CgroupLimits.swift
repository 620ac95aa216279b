/// What the control groups of this process grant, over all levels; nil without a limit.
public struct CgroupLimits: Sendable, Hashable {
  /// CPU time granted, in CPUs: quota / period.
  public var cpus: Double?
  /// Memory granted, in bytes.
  public var memory_B: Int?

  public init(cpus: Double? = nil, memory_B: Int? = nil) {
    self.cpus = cpus
    self.memory_B = memory_B
  }

  /// Reads the limits of the groups that `/proc/self/cgroup` names, in version 1 and in version 2 hierarchies.
  ///
  /// Limits of enclosing groups hold too, so each level up to the mount's root is asked and the smallest wins. In a
  /// container the named path often lies outside what is mounted; its levels are then missing and the root answers.
  public static func current(in files: MachineFiles = .real) -> CgroupLimits {
    var limits = CgroupLimits()
    for line in (files.text("/proc/self/cgroup") ?? "0::/").split(separator: "\n") {
      // hierarchy-ID:controllers:path, where the path may hold colons
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let levels = enclosingGroups(of: String(parts[2]))
      let controllers = parts[1].split(separator: ",").map(String.init)
      if parts[0] == "0" && controllers.isEmpty {
        for mount in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] {
          for level in levels { limits.readUnified(mount + level, files) }
        }
      }
      if controllers.contains("cpu") {
        for mount in ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct"] {
          for level in levels { limits.readCPU(mount + level, files) }
        }
      }
      if controllers.contains("memory") {
        for level in levels { limits.lowerMemory(files.word("/sys/fs/cgroup/memory\(level)/memory.limit_in_bytes")) }
      }
    }
    return limits
  }

  /// `/a/b`, `/a` and the empty path of the root, for `/a/b`.
  static func enclosingGroups(of path: String) -> [String] {
    var names = path.split(separator: "/")
    var levels: [String] = []
    while !names.isEmpty {
      levels.append("/" + names.joined(separator: "/"))
      names.removeLast()
    }
    return levels + [""]
  }

  private mutating func readUnified(_ folder: String, _ files: MachineFiles) {
    if let words = files.text(folder + "/cpu.max")?.split(whereSeparator: \.isWhitespace), words.count == 2 {
      lowerCPUs(quota: Double(words[0]), period: Double(words[1]))  // "max" is no number: no limit
    }
    lowerMemory(files.word(folder + "/memory.max"))
  }

  private mutating func readCPU(_ folder: String, _ files: MachineFiles) {
    lowerCPUs(
      quota: files.word(folder + "/cpu.cfs_quota_us").flatMap(Double.init),
      period: files.word(folder + "/cpu.cfs_period_us").flatMap(Double.init))
  }

  private mutating func lowerCPUs(quota: Double?, period: Double?) {
    guard let quota, let period, quota > 0, period > 0, (quota / period).isFinite else { return }  // −1: no limit
    cpus = min(cpus ?? .infinity, quota / period)
  }

  private mutating func lowerMemory(_ word: String?) {
    // Version 1 writes "no limit" as the largest number of whole pages.
    guard let word, let bytes = Int(word), bytes > 0, bytes < 1 << 60 else { return }
    memory_B = min(memory_B ?? .max, bytes)
  }
}
