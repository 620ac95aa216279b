public import AssayCore

public struct MachineFingerprint: Sendable, Hashable {
  var environment: Environment
  public init(_ environment: Environment) { self.environment = environment }
  public func differences(from other: MachineFingerprint) -> [String] {
    environment.cpuModel == other.environment.cpuModel ? [] : ["processor"]
  }
}
