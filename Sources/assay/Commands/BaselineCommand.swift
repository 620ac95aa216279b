import ArgumentParser
import AssayCore
import AssayPipeline
import AssayReport
import FoundationEssentials

/// `assay baseline`: named runs that later ones are held against.
struct BaselineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "baseline", abstract: "Keeps runs under names, for later runs to be compared with.",
    discussion: """
      A baseline is the record of a run in a folder that can be committed or cached. Wherever a run is asked for, the name \
      of a baseline does as well.
      """,
    subcommands: [Save.self, List.self, Show.self, Delete.self])

  /// The folder, as every subcommand takes it.
  struct StoreOption: ParsableArguments {
    @Option(
      name: .long,
      help: ArgumentHelp("Folder of the baselines. Default: $ASSAY_BASELINES or .assay/baselines.", valueName: "folder")
    )
    var store: String?

    var baselines: BaselineStore {
      BaselineStore(folder: store, environment: ProcessInfo.processInfo.environment)
    }
  }

  struct Save: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Keeps a run under a name.")

    @Argument(help: "Name of the baseline, for example main.")
    var name: String

    @Argument(help: ArgumentHelp("Folder of a run, its run.json, or another baseline.", valueName: "run"))
    var source: String

    @Flag(help: "Overwrite a baseline of that name.")
    var force = false

    @OptionGroup var location: StoreOption

    func run() throws {
      let store = location.baselines
      try store.save(try store.resolve(source), as: name, replaces: force)
      Console.print(try store.path(of: name))
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the baselines.")

    @OptionGroup var location: StoreOption

    func run() throws {
      let entries = location.baselines.entries()
      guard !entries.isEmpty else {
        Console.note("there are no baselines in \(location.baselines.folder)")
        return
      }
      let rows = entries.map { entry in BaselineRow(name: entry.name, record: entry.record.mapError { $0 }) }
      Console.print(baselineTable(rows, style: Presentation.style))
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows the table of a baseline.")

    @Argument(help: "Name of the baseline.")
    var name: String

    @OptionGroup var location: StoreOption

    func run() throws {
      let record = try location.baselines.load(name)
      Console.print(
        baselineTable([BaselineRow(name: name, record: .success(record))], style: Presentation.style)
          + "\n" + terminalTable(ReportModel(record), style: Presentation.style))
    }
  }

  struct Delete: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Deletes a baseline.")

    @Argument(help: "Name of the baseline.")
    var name: String

    @OptionGroup var location: StoreOption

    func run() throws { try location.baselines.delete(name) }
  }
}
