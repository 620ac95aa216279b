import ArgumentParser
import AssayCore
import AssayJudge
import AssayPipeline
import AssayReport
import FoundationEssentials

/// `assay choose`: which variant of a run to take, and why.
struct ChooseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "choose", abstract: "Says which variant of a run to take, why, and how sure that is.",
    discussion: """
      The best variant under constraints, by what was measured and how sure it is; the rules are in docs/choosing.md. A \
      constraint is written like a gate: "accuracy.drop <= 1 pp", "latency.p90 <= 5 ms", "size <= 1 MB". Exit codes: 0 a \
      variant is recommended in every group, 1 in some group none fits, 2 nothing was measured, 64 a constraint cannot \
      be read or met, 65 the run cannot be read.
      """)

  @Argument(help: ArgumentHelp("A named baseline, the folder of a run, or its run.json.", valueName: "run"))
  var source: String

  @OptionGroup var wanted: GoalArguments

  @Option(name: .long, parsing: .upToNextOption, help: "Only groups of these baselines of the suite.")
  var baseline: [String] = []

  @Option(name: .long, parsing: .upToNextOption, help: "Only groups of this many threads.")
  var threads: [Int] = []

  @Option(name: .long, parsing: .upToNextOption, help: "Only groups of this batch.")
  var batch: [Int] = []

  @Flag(help: "As JSON, with every candidate and every check.")
  var json = false

  func run() throws {
    let goal = try wanted.goal()
    let store = BaselineStore(folder: nil, environment: ProcessInfo.processInfo.environment)
    let record = try store.resolve(source)
    let all = choices(record, goal: goal ?? record.goal ?? Goal())
    let known = Set(all.map(\.group.baseline))
    if let unknown = baseline.first(where: { !known.contains($0) }) {
      let nearest = nearestName(to: unknown, among: known.sorted()).map { " Did you mean '\($0)'?" } ?? ""
      throw ValidationError("The run has no baseline '\(unknown)'.\(nearest)")
    }
    let shown = all.filter { choice in
      (baseline.isEmpty || baseline.contains(choice.group.baseline))
        && (threads.isEmpty || threads.contains(choice.group.threads))
        && (batch.isEmpty || batch.contains(choice.group.batch))
    }
    guard !shown.isEmpty else {
      if !all.isEmpty { throw ValidationError("No group of the run is of that baseline, threads and batch.") }
      Console.print(json ? choiceJSON([]) : "Nothing to choose from: the run holds no trial.")
      throw ExitCode(.trialFailed)
    }
    Console.write(
      json ? choiceJSON(shown) : choiceText(shown, style: Presentation.style), to: 1)
    if let status = Self.status(shown) { throw ExitCode(status) }
  }

  /// What the command ends with; nil for success.
  static func status(_ choices: [Choice]) -> ExitStatus? {
    var worst: ExitStatus?
    for choice in choices {
      switch choice.answer {
      case .nothing: return .trialFailed
      case .noneFits: worst = .regression
      case .recommended, .undecided: break
      }
    }
    return worst
  }
}

/// What is wanted, on the command line.
struct GoalArguments: ParsableArguments {
  @Option(
    help: "speed, accuracy, size, memory or balanced. Default: the goal of the suite, or else balanced.")
  var priority: PriorityArgument?

  @Option(
    name: .long, parsing: .upToNextOption,
    help: "Constraints, like 'accuracy.drop <= 1 pp' 'latency.p90 <= 5 ms' 'size <= 1 MB'.")
  var subjectTo: [String] = []

  /// The goal; nil when nothing was said.
  func goal() throws(GateError) -> Goal? {
    guard priority != nil || !subjectTo.isEmpty else { return nil }
    return try Goal(priority?.priority ?? .balanced, constraints: subjectTo)
  }
}

/// The priorities on the command line; latency is another word for speed.
enum PriorityArgument: String, ExpressibleByArgument, CaseIterable {
  case speed, latency, accuracy, size, memory, balanced

  var priority: Priority {
    switch self {
    case .speed, .latency: .speed
    case .accuracy: .accuracy
    case .size: .size
    case .memory: .memory
    case .balanced: .balanced
    }
  }
}
