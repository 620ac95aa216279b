public import AssayCore

/// What of a machine decides how long work takes on it: two runs with different fingerprints share no nanoseconds.
///
/// The processor's model and the instruction sets that matter here, the number of CPUs the run might use, the CPU time its
/// cgroup grants, and the memory. Not the name of the host, the kernel or the distribution: those differ from one
/// container of a CI service to the next on equal machines.
public struct MachineFingerprint: Sendable, Hashable {
  public var cpuModel: String
  /// `CPUFeatures.relevant`.
  public var features: [String]
  public var cpus: Int
  /// Nil without a limit.
  public var cgroupCPUs: Double?
  public var memory_B: Int?

  public init(_ environment: Environment) {
    cpuModel = environment.cpuModel
    features = environment.cpuFeatures.relevant
    cpus = environment.allowedCPUs.count
    cgroupCPUs = environment.cgroupCPUs
    memory_B = environment.memory_B
  }

  /// In what two machines differ, in words; empty when their times may be compared.
  ///
  /// Memory that differs by at most a tenth counts as equal: what firmware and kernel keep for themselves varies. A figure
  /// that one of them does not tell counts as equal.
  public func differences(from other: MachineFingerprint) -> [String] {
    var words: [String] = []
    if cpuModel != other.cpuModel { words.append("processor '\(cpuModel)' and '\(other.cpuModel)'") }
    if features != other.features {
      let changed = Set(features).symmetricDifference(other.features).sorted()
      words.append("instruction sets (\(changed.joined(separator: ", ")))")
    }
    if cpus != other.cpus { words.append("\(cpus) and \(other.cpus) CPUs") }
    if cgroupCPUs != other.cgroupCPUs {
      func text(_ limit: Double?) -> String { limit.map { "\($0)" } ?? "no limit" }
      words.append("CPU time of the cgroup: \(text(cgroupCPUs)) and \(text(other.cgroupCPUs))")
    }
    if let mine = memory_B, let theirs = other.memory_B {
      let (small, large) = (Double(min(mine, theirs)), Double(max(mine, theirs)))
      if large - small > 0.1 * large {
        words.append(
          "memory of \(JudgeText.quantity(Double(mine), "B")) and \(JudgeText.quantity(Double(theirs), "B"))")
      }
    }
    return words
  }
}
