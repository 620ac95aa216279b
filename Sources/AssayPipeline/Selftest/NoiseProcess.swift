import AssayMeasure
import FoundationEssentials
import Glibc

/// A neighbour made on purpose: a process that keeps one CPU busy every other second.
///
/// Letting go of the value ends the process, and so does the end of its parent.
struct NoiseProcess {
  private let process: WorkerProcess

  /// - Throws: `worker` when it cannot be started.
  init(_ launcher: WorkerProcess.Launcher, cpu: Int?) throws(PipelineError) {
    var launcher = launcher
    launcher.command.append(Noise.argument)
    launcher.cpus = cpu.map { [$0] } ?? []
    process = try WorkerProcess(launcher)
  }
}

/// The noise itself, as the process of `NoiseProcess` makes it.
public enum Noise {
  /// The argument of `assay worker` that asks for noise instead of a model.
  public static let argument = "--noise"

  /// Says that it is ready, then is busy for a second and asleep for a second until the process is ended.
  public static func make() -> Never {
    if var line = try? JSONEncoder().encode(WorkerReply.ready) {
      line.append(UInt8(ascii: "\n"))
      _ = line.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
    }
    let clock = MachineClock()
    while true {
      let begin_ns = clock.now_ns()
      while clock.now_ns() &- begin_ns < 1_000_000_000 {}
      sleep(1)
    }
  }
}
