import ArgumentParser
import AssayCore
import AssayJudge
import AssayPipeline
import AssayReport
import FoundationEssentials
import Glibc

/// `assay export`: a run in the formats of other tools.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Writes a run in the formats that CI services and other benchmark tools read.",
    discussion: """
      'assay list formats' shows them. With --format github the step summary is appended to $GITHUB_STEP_SUMMARY where \
      that is set, and the annotations are printed, which is how a GitHub step shows them. Exporting judges nothing: the \
      exit code is 0 also for a run that failed.
      """)

  @Argument(help: ArgumentHelp("Folder of a run, or its run.json.", valueName: "run"))
  var source: String

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp(
      "Formats: \(ExportCatalog.all.map(\.name).joined(separator: ", ")).", valueName: "name"))
  var format: [String]

  @Option(
    name: [.short, .long],
    help:
      "Folder for the files, or - for standard output (one format with one file). Default: exports in the run's folder."
  )
  var output: String?

  @Option(name: .long, help: ArgumentHelp("An earlier run to hold this one against.", valueName: "base"))
  var against: String?

  @Flag(help: "With --against: compare runs of different machines, ratios to the baseline only.")
  var allowOtherMachine = false

  func validate() throws {
    for name in format where ExportCatalog.format(named: name) == nil {
      let known = ExportCatalog.all.map(\.name)
      let hint = nearestName(to: name, among: known).map { "did you mean '\($0)'?" }
      throw ValidationError(
        "There is no format '\(name)'; \(hint ?? "known are \(known.joined(separator: ", ")).")")
    }
    if output == "-", formats.count != 1 || formats[0].fileNames.count != 1 {
      throw ValidationError("'--output -' takes one format with one file; name a folder instead.")
    }
  }

  /// Each once, in the order of the catalogue.
  private var formats: [ExportFormat] { ExportCatalog.all.filter { format.contains($0.name) } }

  func run() throws {
    let record = try RunStore.load(source)
    let input = ExportInput(record, comparison: try verdicts(of: record))
    let files = formats.flatMap { $0.write(input) }
    if output == "-" {
      Console.write(files.map(\.text).joined(), to: STDOUT_FILENO)
    } else {
      let folder = output ?? runFolder + "/exports"
      try write(files, to: folder)
      for file in files { Console.print("\(folder)/\(file.name)") }
    }
    if formats.contains(where: { $0.name == "github" }) { try tellGitHub(input, files) }
    if input.trialsWithoutMeasurement > 0 {
      Console.note(
        "assay: \(input.trialsWithoutMeasurement) of the run's trials have no measurement: "
          + "they are in google-benchmark (failed ones), junit and github, not in formats that know only values")
    }
  }

  /// The folder of the run, also where its file was named.
  private var runFolder: String {
    var isFolder = false
    if FileManager.default.fileExists(atPath: source, isDirectory: &isFolder), isFolder { return source }
    guard let slash = source.lastIndex(of: "/") else { return "." }
    return slash == source.startIndex ? "/" : String(source[..<slash])
  }

  /// Of the variants against their baseline, or of the whole run against an earlier one.
  private func verdicts(of record: RunRecord) throws -> Comparison {
    guard let against else { return Comparison(withinRun: record) }
    return try Comparison(
      of: record,
      against: try BaselineStore(folder: nil, environment: ProcessInfo.processInfo.environment).resolve(against),
      allowOtherMachine: allowOtherMachine)
  }

  private func tellGitHub(_ input: ExportInput, _ files: [OutputFile]) throws {
    if let path = ProcessInfo.processInfo.environment["GITHUB_STEP_SUMMARY"], !path.isEmpty {
      if try StepSummaryFile.append(input, to: path) == 0 {
        Console.note("assay: warning: the step summary is full, nothing was added to it")
      }
    }
    // Workflow commands count only at the beginning of a line of standard output.
    Console.write(gitHubAnnotations(input).text, to: STDOUT_FILENO)
  }
}
