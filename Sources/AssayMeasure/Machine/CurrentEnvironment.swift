public import AssayCore
import Glibc

/// What this machine and its software are, for the run record.
///
/// - Parameters:
///   - engines: The engines of the run, as they were found.
///   - files: Where the machine describes itself; another one in tests.
public func currentEnvironment(engines: [EngineIdentity], files: MachineFiles = .real) -> Environment {
  let processor = Processor(cpuinfo: files.text("/proc/cpuinfo") ?? "")
  let cpus = allowedCPUs()
  let limits = CgroupLimits.current(in: files)
  return Environment(
    cpuModel: processor.model, cpuFeatures: processor.features, allowedCPUs: cpus, cgroupCPUs: limits.cpus,
    memory_B: usableMemory_B(in: files, limit_B: limits.memory_B), kernel: kernelName(in: files),
    operatingSystem: operatingSystemName(in: files), host: files.word("/proc/sys/kernel/hostname") ?? "unknown",
    governor: governor(ofCPU: cpus.first ?? 0, in: files), engines: engines)
}

/// The machine's memory or the cgroup's limit, whichever is smaller, in bytes.
func usableMemory_B(in files: MachineFiles, limit_B: Int?) -> Int? {
  let machine_B = files.text("/proc/meminfo").flatMap { kilobyteField(colonFields($0)["MemTotal"]) }
  return [machine_B, limit_B].compactMap(\.self).min()
}

/// `Linux 6.1.0-18-amd64`.
func kernelName(in files: MachineFiles) -> String {
  let parts = ["/proc/sys/kernel/ostype", "/proc/sys/kernel/osrelease"].compactMap { files.word($0) }
  return parts.isEmpty ? "unknown" : parts.joined(separator: " ")
}

/// `PRETTY_NAME` of os-release, unquoted.
func operatingSystemName(in files: MachineFiles) -> String {
  for path in ["/etc/os-release", "/usr/lib/os-release"] {
    for line in files.text(path)?.split(separator: "\n") ?? [] where line.hasPrefix("PRETTY_NAME=") {
      let value = trimmed(line.dropFirst("PRETTY_NAME=".count))
      for quote in ["\"", "'"] where value.count >= 2 && value.hasPrefix(quote) && value.hasSuffix(quote) {
        return String(value.dropFirst().dropLast())
      }
      return value
    }
  }
  return "unknown"
}

/// Frequency governor of a CPU; nil where there is no frequency control to see.
public func governor(ofCPU cpu: Int, in files: MachineFiles = .real) -> String? {
  files.word("/sys/devices/system/cpu/cpu\(cpu)/cpufreq/scaling_governor")
}
