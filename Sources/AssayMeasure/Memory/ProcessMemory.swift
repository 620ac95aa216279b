import Glibc

/// How much memory a process holds, in bytes; nil where the machine cannot tell.
public struct ProcessMemory: Sendable, Hashable {
  /// Resident set size (`VmRSS`).
  public var resident_B: Int?
  /// Largest resident set size since the start or the last reset (`VmHWM`).
  public var peak_B: Int?
  /// Resident size with each shared page counted by its share (`Pss`).
  public var proportional_B: Int?

  /// Reads the texts of `/proc/PID/status` and, where given, `/proc/PID/smaps_rollup`.
  ///
  /// A line that is missing or malformed leaves its figure nil.
  public init(status: String, smapsRollup: String? = nil) {
    let fields = colonFields(status)
    resident_B = kilobyteField(fields["VmRSS"])
    peak_B = kilobyteField(fields["VmHWM"])
    proportional_B = smapsRollup.flatMap { kilobyteField(colonFields($0)["Pss"]) }
  }

  /// The memory of this process now.
  ///
  /// The proportional size walks all page tables (milliseconds for a large process), so it is read only on demand.
  public static func now(withProportional: Bool = false, in files: MachineFiles = .real) -> ProcessMemory {
    ProcessMemory(
      status: files.text("/proc/self/status") ?? "",
      smapsRollup: withProportional ? files.text("/proc/self/smaps_rollup") : nil)
  }

  /// Sets the peak back to the present resident size; whether the kernel granted it (`/proc/self/clear_refs`, Linux 4.0).
  public static func resetPeak() -> Bool {
    let file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    return write(file, "5", 1) == 1
  }
}
