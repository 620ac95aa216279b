import ArgumentParser
import AssayCore
import AssayJudge
import AssayPipeline
import AssayReport

/// `assay report`: render again from the run record, or several runs side by side.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Writes page, table, CSV, charts and report again from a run's record.",
    discussion: "Several runs are set side by side: the same variants in each, and what differs.")

  @Argument(help: ArgumentHelp("Folder of a run, or its run.json; several to compare.", valueName: "run"))
  var sources: [String]

  @Option(
    name: [.short, .long],
    help: "Folder for the report. Default: the folder of the run; of several runs reports/side-by-side.")
  var output: String?

  func run() throws {
    guard sources.count > 1 else {
      let record = try RunStore.load(sources[0])
      let folder = output ?? RunFolder.of(sources[0])
      try Presentation.present(
        record, folder: folder, verdict: Comparison(withinRun: record), source: RunFolder.of(sources[0]))
      return
    }
    let folder = output ?? "reports/side-by-side"
    let files = sideBySideFiles(try SideBySide.loading(sources))
    try write(files, to: folder)
    for file in files { Console.print("\(folder)/\(file.name)") }
  }
}

extension SideBySide {
  /// Reads the runs; each is held against the first where that can be.
  static func loading(_ sources: [String]) throws -> SideBySide {
    var runs: [Run] = []
    var first: RunRecord?
    for (index, source) in sources.enumerated() {
      let record = try RunStore.load(source)
      var verdict: String?
      if let first {
        do {
          verdict = "Against the first: \(verdictLine(try Comparison(of: record, against: first)))"
        } catch {
          verdict = "Not held against the first: \(error.message)"
        }
      } else {
        first = record
      }
      let name = RunFolder.of(source).split(separator: "/").last.map(String.init) ?? source
      let isTaken = runs.contains { $0.label == name }
      runs.append(Run(label: isTaken ? "\(name) (\(index + 1))" : name, model: ReportModel(record), verdict: verdict))
    }
    return SideBySide(runs)
  }
}

/// Where a run lies.
enum RunFolder {
  /// The folder of a run that is named by its folder or by its `run.json`.
  static func of(_ source: String) -> String {
    guard source.hasSuffix("run.json") else { return source }
    let folder = source.dropLast("run.json".count)
    if folder.isEmpty { return "." }
    return folder.hasSuffix("/") && folder.count > 1 ? String(folder.dropLast()) : String(folder)
  }
}
