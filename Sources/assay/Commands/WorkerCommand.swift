import ArgumentParser
import AssayEngines
import AssayPipeline

/// `assay worker`: the child process of a measurement; not for people.
struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker", abstract: "Serves one model to the measuring parent.", shouldDisplay: false)

  func run() throws { Worker(engines: EngineCatalog.engines).serve() }
}
