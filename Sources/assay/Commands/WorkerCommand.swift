import ArgumentParser
import AssayEngines
import AssayPipeline
import Glibc

/// `assay worker`: the child process of a measurement; not for people.
struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker", abstract: "Serves one model to the measuring parent.", shouldDisplay: false)

  @Flag(help: ArgumentHelp("Keeps its CPU busy every other second.", visibility: .hidden))
  var noise = false

  func run() throws {
    if noise { Noise.make() }
    Worker(engines: EngineCatalog.engines).serve()
    // Nothing is left to flush, and taking an engine's library down in order takes milliseconds in every launch.
    _exit(0)
  }
}
