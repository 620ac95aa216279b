import ArgumentParser
import AssayCore
import AssayHistory
import AssayJudge
import AssayPipeline
import AssayReport
import FoundationEssentials
import Glibc

/// `assay site`: a browsable site of many runs.
struct SiteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "site", abstract: "Makes a browsable site of all runs below a folder, with their history.",
    discussion: """
      Every run keeps its own page in its own folder; the overview, with trends, is index.html in the folder given. A run whose \
      page is newer than its record is not written again. The site is plain files: open it, or put it on any server.
      """)

  @Argument(help: "The folder that holds the runs.")
  var folder = "reports"

  @Option(help: ArgumentHelp("Earlier runs of this history are part of the trends too.", valueName: "file"))
  var history: String?

  @Flag(help: "Write every run's page again.")
  var again = false

  func run() throws {
    var runs: [SiteRun] = []
    var problems: [SiteProblem] = []
    var history: [HistoryRun] = []
    if let file = self.history {
      history = try HistoryStore.forReading(file).runs(metrics: ["latency.p50", "accuracy.top1", "size.file"])
    }
    let folders = try RunFinder.folders(below: folder)
    for (index, path) in folders.enumerated() {
      if Console.isTerminal { Console.note("[\(index + 1)/\(folders.count)] \(folder)/\(path)") }
      do {
        let record = try RunStore.load("\(folder)/\(path)")
        let comparison = Comparison(withinRun: record)
        let model = ReportModel(record, comparison: comparison)
        if again || !RunFinder.hasCurrentPage("\(folder)/\(path)") {
          let output = renderReport(model)
          try write(output.files, to: "\(folder)/\(path)")
          for problem in output.problems { Console.note("assay: warning: \(problem)") }
        }
        runs.append(SiteRun(folder: path, model: model, comparison: comparison))
        let own = HistoryRun(record, commit: nil, comparison: comparison)
        let isKnown = history.contains { $0.planHash == own.planHash && $0.startedAt == own.startedAt }
        if !isKnown, record.finishedAt != nil { history.append(own) }
      } catch let error as PipelineError {
        problems.append(SiteProblem(folder: path, reason: error.message))
      }
    }
    let output = siteOverview(runs, problems: problems, history: history)
    try write(output.files, to: folder)
    for problem in output.problems { Console.note("assay: warning: \(problem)") }
    Console.print("\(folder)/index.html: \(runs.count) runs, \(problems.count) not readable")
  }
}

/// Finds runs in a folder.
enum RunFinder {
  /// How far below the folder a run may lie.
  private static let depth = 4

  /// Folders that hold a `run.json`, as paths relative to `root`, sorted; what lies below a run is not looked at.
  ///
  /// - Throws: `recordUnreadable` where `root` is no folder, or the folder of a run, whose page the overview would replace.
  static func folders(below root: String) throws(PipelineError) -> [String] {
    var found: [String] = []
    guard (try? FileManager.default.contentsOfDirectory(atPath: root)) != nil else {
      throw PipelineError(
        .recordUnreadable, "there is no readable folder", at: Place(file: root),
        remedy: "name the folder that holds the folders of runs, for example reports")
    }
    guard access("\(root)/run.json", F_OK) != 0 else {
      throw PipelineError(
        .recordUnreadable, "this is the folder of one run", at: Place(file: root),
        remedy: "name the folder above it; 'assay report' writes the page of one run")
    }
    search(root, "", depth, &found)
    return found.sorted()
  }

  private static func search(_ root: String, _ path: String, _ depth: Int, _ found: inout [String]) {
    let folder = path.isEmpty ? root : "\(root)/\(path)"
    if !path.isEmpty, access("\(folder)/run.json", F_OK) == 0 {
      found.append(path)
      return
    }
    guard depth > 0 else { return }
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where !name.hasPrefix(".") {
      var status = stat()
      // Links are not followed: they may lead round in a circle.
      guard lstat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { continue }
      search(root, path.isEmpty ? name : "\(path)/\(name)", depth - 1, &found)
    }
  }

  /// Whether the run's page is at least as new as its record.
  static func hasCurrentPage(_ folder: String) -> Bool {
    var record = stat()
    var page = stat()
    guard stat("\(folder)/run.json", &record) == 0, stat("\(folder)/index.html", &page) == 0 else { return false }
    return page.st_mtim.tv_sec >= record.st_mtim.tv_sec
  }
}
