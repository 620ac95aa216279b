/// The machine and the software a run was made with.
public struct Environment: Sendable, Hashable, Codable {
  public var cpuModel: String
  public var cpuFeatures: CPUFeatures
  /// CPUs this process may run on (`sched_getaffinity`).
  public var allowedCPUs: [Int]
  /// CPU time the cgroup grants, in CPUs; nil without a limit.
  public var cgroupCPUs: Double?
  public var memory_B: Int?
  public var kernel: String
  public var operatingSystem: String
  public var host: String
  /// Frequency governor of the first allowed CPU; nil where the machine does not tell.
  public var governor: String?
  public var engines: [EngineIdentity]

  public init(
    cpuModel: String, cpuFeatures: CPUFeatures, allowedCPUs: [Int], cgroupCPUs: Double?, memory_B: Int?,
    kernel: String, operatingSystem: String, host: String, governor: String?, engines: [EngineIdentity]
  ) {
    self.cpuModel = cpuModel
    self.cpuFeatures = cpuFeatures
    self.allowedCPUs = allowedCPUs
    self.cgroupCPUs = cgroupCPUs
    self.memory_B = memory_B
    self.kernel = kernel
    self.operatingSystem = operatingSystem
    self.host = host
    self.governor = governor
    self.engines = engines
  }
}

/// An engine as it was used.
public struct EngineIdentity: Sendable, Hashable, Codable {
  public var name: String
  public var version: String
  /// Path of the library; nil for an engine that is part of Assay.
  public var library: String?

  public init(name: String, version: String, library: String?) {
    self.name = name
    self.version = version
    self.library = library
  }
}
