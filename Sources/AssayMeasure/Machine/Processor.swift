public import AssayCore

/// What `/proc/cpuinfo` tells of the processor.
public struct Processor: Sendable, Hashable {
  /// Name as the kernel gives it, or what can be put together of it; never empty.
  public var model: String
  public var features: CPUFeatures

  /// Reads the text of `/proc/cpuinfo`, of x86 (`model name`, `flags`) or aarch64 (`CPU implementer`, `CPU part`,
  /// `Features`). Text that holds neither gives an unknown processor without features.
  public init(cpuinfo text: String) {
    let fields = colonFields(text)
    let flags = fields["flags"] ?? fields["Features"] ?? ""
    features = CPUFeatures(flags: flags.split(separator: " ").map(String.init))
    if let name = fields["model name"], !name.isEmpty {
      model = name
    } else if let implementer = fields["CPU implementer"], let part = fields["CPU part"] {
      model = "\(Self.implementers[implementer] ?? "implementer \(implementer)") part \(part)"
    } else {
      model = "unknown processor"
    }
  }

  /// Arm's register of implementers (Arm Architecture Reference Manual, MIDR_EL1), those seen in servers and boards.
  private static let implementers = [
    "0x41": "Arm", "0x42": "Broadcom", "0x43": "Cavium", "0x46": "Fujitsu", "0x48": "HiSilicon", "0x4e": "NVIDIA",
    "0x50": "Applied Micro", "0x51": "Qualcomm", "0x61": "Apple", "0x6d": "Microsoft", "0xc0": "Ampere",
  ]
}

/// Clock frequency of one CPU in MHz; nil where the machine does not tell.
///
/// From cpufreq's `scaling_cur_freq` (kHz) where there is one, else from the `cpu MHz` line of the CPU in `/proc/cpuinfo`.
public func frequency_MHz(ofCPU cpu: Int, in files: MachineFiles = .real) -> Double? {
  if let text = files.word("/sys/devices/system/cpu/cpu\(cpu)/cpufreq/scaling_cur_freq"), let kilohertz = Double(text),
    kilohertz > 0, kilohertz.isFinite
  {
    return kilohertz / 1000
  }
  return files.text("/proc/cpuinfo").flatMap { frequency_MHz(ofCPU: cpu, cpuinfo: $0) }
}

/// The `cpu MHz` of one CPU in the text of `/proc/cpuinfo`.
func frequency_MHz(ofCPU cpu: Int, cpuinfo text: String) -> Double? {
  var current: Int?
  for line in text.split(separator: "\n") {
    guard let colon = line.firstIndex(of: ":") else { continue }
    let name = trimmed(line[..<colon])
    let value = trimmed(line[line.index(after: colon)...])
    if name == "processor" { current = Int(value) }
    if name == "cpu MHz", current == cpu {
      return Double(value).flatMap { $0.isFinite && $0 > 0 ? $0 : nil }
    }
  }
  return nil
}

/// The one-minute load average; nil where it cannot be read.
public func loadAverage(in files: MachineFiles = .real) -> Double? {
  files.word("/proc/loadavg").flatMap(Double.init).flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
}
