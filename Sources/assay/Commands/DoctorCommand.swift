import ArgumentParser
import AssayCore
import AssayEngines
import AssayMeasure
import AssayReport
import AssayRuntime

/// `assay doctor`: what this machine has, and what is missing.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Shows the machine, the engines found and where, and what is missing.")

  func run() throws {
    let machine = currentEnvironment(engines: [])
    Console.print("machine")
    row("cpu", machine.cpuModel)
    row("instructions", machine.cpuFeatures.relevant.joined(separator: " "))
    row(
      "int8",
      machine.cpuFeatures.hasInt8DotProduct
        ? "dot product instructions: int8 usually pays"
        : "no dot product instructions: weights get 7 bits where activations are uint8, int8 may not pay")
    row("cpus", "\(machine.allowedCPUs.count) allowed (\(machine.allowedCPUs.map(String.init).joined(separator: " ")))")
    row("cgroup", machine.cgroupCPUs.map { "\($0) CPUs" } ?? "no limit")
    row("memory", machine.memory_B.map { "\($0 / 1_000_000) MB" } ?? "not available")
    row("governor", machine.governor ?? "not available")
    row("energy", Self.energy())
    row("system", "\(machine.operatingSystem), \(machine.kernel)")

    Console.print("engines")
    var isMissing = false
    for engine in EngineCatalog.engines {
      switch engine.probe() {
      case .found(let identity, let devices):
        let place = identity.library.map { " at \($0)" } ?? ""
        row(engine.name, "\(identity.version)\(place), devices \(devices.joined(separator: " "))")
      case .missing(let reason, let remedy):
        isMissing = true
        row(engine.name, "missing: \(reason) (\(remedy))")
      }
    }
    Console.print("tools")
    row("gnuplot", Gnuplot.version() ?? "missing: charts are left out (apt-get install gnuplot-nox)")
    if isMissing { Console.note("some engines are missing; the others work") }
  }

  private static func energy() -> String {
    do {
      _ = try EnergyCounter()
      return "measured by RAPL, per package"
    } catch {
      return error.words
    }
  }

  private func row(_ name: String, _ value: String) { Console.print("  \(name.padded(to: 14))\(value)") }
}
