import ArgumentParser
import AssayCore
import AssayJudge
import AssayPipeline
import AssayReport
import FoundationEssentials

/// `assay view`: a run in the terminal.
struct ViewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "view", abstract: "Shows a run in the terminal: verdict, table, distributions.",
    discussion: """
      On a terminal it goes through $PAGER, or less; set PAGER to nothing, or give --no-pager, for plain output. NO_COLOR is \
      respected. Nothing is written.
      """)

  @Argument(help: ArgumentHelp("A named baseline, the folder of a run, or its run.json.", valueName: "run"))
  var source: String

  @Flag(name: .customLong("no-pager"), help: "Print at once, also on a terminal.")
  var printsAtOnce = false

  func run() throws {
    let environment = ProcessInfo.processInfo.environment
    let record = try BaselineStore(folder: nil, environment: environment).resolve(source)
    let model = ReportModel(record, comparison: Comparison(withinRun: record))
    let text = terminalView(model, style: Presentation.style)
    if printsAtOnce || !Pager.show(text, environment: environment) { Console.write(text, to: 1) }
  }
}
