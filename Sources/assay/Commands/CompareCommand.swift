import ArgumentParser
import AssayCore
import AssayJudge
import AssayPipeline
import AssayReport
import FoundationEssentials

/// `assay compare`: a run against an earlier one.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Judges a run against an earlier one, and by its gates.",
    discussion: """
      Sizes, counts and answers are compared as they are; times as ratios to what was measured beside them. Exit codes: \
      0 nothing is worse, 1 a gate failed or something regressed, 2 a trial failed, 7 the runs come from different \
      machines, 65 they cannot be compared.
      """)

  @Argument(help: ArgumentHelp("The earlier run: a named baseline, its folder, or its run.json.", valueName: "base"))
  var base: String

  @Argument(help: ArgumentHelp("The run to judge.", valueName: "candidate"))
  var candidate: String

  @Option(
    name: .long, parsing: .upToNextOption,
    help: "A gate beside those of the candidate, like 'latency.p50 regression <= 5 %'.")
  var gate: [String] = []

  @Flag(help: "Compare runs of different machines: ratios to the baseline only.")
  var allowOtherMachine = false

  @Flag(help: "Show also the rows that are the same.")
  var all = false

  func run() throws {
    let gates = try GateArguments.gates(gate)
    let store = BaselineStore(folder: nil, environment: ProcessInfo.processInfo.environment)
    let comparison = try Comparison(
      of: try store.resolve(candidate), against: try store.resolve(base), allowOtherMachine: allowOtherMachine,
      gates: gates)
    Console.print(Presentation.text(comparison, detail: all ? .everything : .changes))
    guard comparison.exitStatus == .success else { throw ExitCode(comparison.exitStatus) }
  }
}

/// Gates given on the command line.
enum GateArguments {
  static func gates(_ texts: [String]) throws(GateError) -> [Gate] {
    try texts.map { text throws(GateError) in try Gate(parsing: text, metrics: MetricCatalog.all) }
  }
}
