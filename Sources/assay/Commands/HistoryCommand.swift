import ArgumentParser
import AssayCore
import AssayHistory
import AssayJudge
import AssayPipeline
import AssayReport
import FoundationEssentials

/// `assay history`: every run on this project, its trends and steps.
struct HistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "Shows how the figures went over the runs, and where they made a step.",
    discussion: """
      'assay run' adds every run to the history, unless ASSAY_HISTORY is 'off'. Steps are for reading, never a gate.
      """,
    subcommands: [Show.self, Add.self], defaultSubcommand: Show.self)

  /// The file, as every subcommand takes it.
  struct StoreOption: ParsableArguments {
    @Option(
      name: .long,
      help: ArgumentHelp("The history. Default: $ASSAY_HISTORY or .assay/history.sqlite.", valueName: "file"))
    var store: String?

    /// An explicit command works on the default file also where `assay run` keeps no history.
    var path: String {
      store ?? HistoryStore.path(in: ProcessInfo.processInfo.environment) ?? HistoryStore.defaultPath
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows trends and steps.")

    @Option(help: "Only runs of this suite, by its name.")
    var suite: String?

    @Option(name: .long, parsing: .upToNextOption, help: "Only these baselines and their variants.")
    var baseline: [String] = []

    @Option(name: .long, parsing: .upToNextOption, help: "Only these variants.")
    var variant: [String] = []

    @Option(
      name: .long, parsing: .upToNextOption,
      help: "Only these metrics, or 'all'. Default: latency.p50 accuracy.top1 size.file; with --csv all.")
    var metric: [String] = []

    @Option(help: "Only the last so many runs.")
    var last: Int?

    @Flag(help: "Write CSV, one row per run, trial and metric.")
    var csv = false

    @Option(help: ArgumentHelp("Draw the trends into FILE.svg or FILE.png, data and script beside.", valueName: "file"))
    var chart: String?

    @OptionGroup var location: StoreOption

    func validate() throws {
      if let last, last < 1 { throw ValidationError("--last must be at least 1.") }
      if let chart, !chart.hasSuffix(".svg"), !chart.hasSuffix(".png") {
        throw ValidationError("--chart must name a file that ends with .svg or .png.")
      }
    }

    /// The metrics asked for; empty for all.
    private var metrics: [String] {
      if metric.contains("all") { return [] }
      if !metric.isEmpty { return metric }
      if csv { return [] }
      return chart == nil ? ["latency.p50", "accuracy.top1", "size.file"] : ["latency.p50"]
    }

    func run() throws {
      let runs = try HistoryStore.forReading(location.path).runs(suite: suite, metrics: metrics, last: last)
      let report = TrendReport(
        runs, TrendReport.Selection(baselines: baseline, variants: variant, metrics: metrics))
      if csv {
        Console.write(trendCSV(report).text, to: 1)
      } else {
        Console.print(trendTable(report, style: Presentation.style))
      }
      guard let chart else { return }
      let parts = chart.split(separator: "/", omittingEmptySubsequences: false)
      let folder = parts.count > 1 ? parts.dropLast().joined(separator: "/") : "."
      try write(
        try historyChartFiles(report, name: parts.last.map(String.init) ?? ""), to: folder.isEmpty ? "/" : folder)
      Console.note("chart  \(chart)")
    }
  }

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Adds runs that are not in the history yet.")

    @Argument(help: ArgumentHelp("Folders of runs, or their run.json.", valueName: "run"))
    var sources: [String]

    @Option(help: "Commit the runs were made at; HEAD for that of the working folder. Default: none.")
    var commit: String?

    @OptionGroup var location: StoreOption

    func run() throws {
      let hash =
        commit == "HEAD" ? GitCommit.current(in: FileManager.default.currentDirectoryPath) : commit
      if commit == "HEAD", hash == nil { throw ValidationError("there is no commit in the working folder.") }
      let records = try sources.map { try RunStore.load($0) }
      let store = try HistoryStore.forAdding(location.path)
      for (source, record) in zip(sources, records) {
        let words =
          switch try store.add(record, commit: hash, comparison: Comparison(withinRun: record)) {
          case .added: "added"
          case .completed(let trials): "added \(trials) trials to the run that was there"
          case .wasThere: "was there already"
          }
        Console.print("\(source): \(words)")
      }
    }
  }
}

extension HistoryCommand {
  /// Adds a run that has just ended to the history, unless it is turned off; a failure is a warning and nothing more.
  static func remember(_ record: RunRecord, comparison: Comparison? = nil) {
    guard let path = HistoryStore.path(in: ProcessInfo.processInfo.environment) else { return }
    do {
      let commit = GitCommit.current(in: FileManager.default.currentDirectoryPath)
      try HistoryStore.forAdding(path).add(record, commit: commit, comparison: comparison)
    } catch {
      Console.note("assay: warning: the run is not in the history: \(error)")
    }
  }
}
