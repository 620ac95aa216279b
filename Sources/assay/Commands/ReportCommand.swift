import ArgumentParser
import AssayJudge
import AssayPipeline

/// `assay report`: render again from the run record.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Writes table, CSV, charts and report again from a run's record.")

  @Argument(help: ArgumentHelp("Folder of a run, or its run.json.", valueName: "run"))
  var source: String

  @Option(name: [.short, .long], help: "Folder for the report. Default: the folder of the run.")
  var output: String?

  func run() throws {
    let record = try RunStore.load(source)
    let folder = source.hasSuffix("/run.json") ? String(source.dropLast("/run.json".count)) : source
    try Presentation.present(record, folder: output ?? folder, verdict: Comparison(withinRun: record))
  }
}
