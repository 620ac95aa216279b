import ArgumentParser
import AssayPipeline

/// `assay report`: render again from the run record.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Writes table, CSV, charts and report again from a run's record.")

  @Argument(help: "Folder of a run, or its run.json.")
  var run_: String

  @Option(name: [.short, .long], help: "Folder for the report. Default: the folder of the run.")
  var output: String?

  private enum CodingKeys: String, CodingKey {
    case run_ = "run"
    case output
  }

  func run() throws {
    let record = try RunStore.load(run_)
    let folder = run_.hasSuffix("/run.json") ? String(run_.dropLast("/run.json".count)) : run_
    try Presentation.present(record, folder: output ?? folder)
  }
}
