import ArgumentParser
import AssayCore
import AssayData
import AssayEngines
import AssayJudge
import AssayMeasure
import AssayONNX
import AssayPipeline
import AssayRuntime
import FoundationEssentials
import Glibc

/// `assay plan`: a suite worth running for a model.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Looks at a model and writes a suite worth running, each variant with its reason.",
    discussion: """
      Data are a file (my.csv, my.npz, the stem of IDX files) or FORMAT=PATH,KEY=VALUE,... as 'assay list formats' shows \
      them: csv=my.csv,scale=1/16 or idx=mnist/t10k,scale=1/255,mean=0.1307,std=0.3081. In a CSV the last column is the \
      label unless label= says otherwise. Without data random rows stand in, written beside the suite.

      assay plan my.onnx --data my.csv -o my.yaml && assay run my.yaml
      """)

  @Argument(help: "The ONNX model.")
  var model: String

  @Option(help: "Test rows: a file, or FORMAT=PATH,KEY=VALUE,...")
  var data: String?

  @Option(help: "Training rows beside the test rows, in the same form; for calibration and for methods that learn.")
  var train: String?

  @Option(help: "What the suite shall find: speed (or latency), accuracy, size, memory or balanced.")
  var goal: PriorityArgument = .balanced

  @Option(
    name: .long, parsing: .upToNextOption, help: "Constraints, like 'accuracy.drop <= 1 pp' 'latency.p90 <= 5 ms'.")
  var subjectTo: [String] = []

  @Option(help: "How long measuring may take, like 90s, 10m or 1h. Default: as long as it takes.")
  var budget: TimeBudget?

  @Option(name: [.short, .long], help: "Where to write the suite. Default: standard output.")
  var output: String?

  @Flag(help: "Write over a file that is there.")
  var force = false

  func run() throws {
    // A constraint that cannot be met is told before anything else.
    _ = try Goal(goal.priority, constraints: subjectTo)
    let source = try Model(contentsOf: model)
    do {
      try source.check()
    } catch {
      throw error.located(at: Place(file: model))
    }
    if let output, !force, access(output, F_OK) == 0 {
      throw ValidationError("'\(output)' is there already; choose another --output, or --force.")
    }
    let facts = ModelFacts(source)
    let place = SuitePlace(suite: output ?? "suite.yaml")
    let engines = EngineCatalog.engines.filter { engine in
      if case .found = engine.probe() { engine.name != "null" } else { false }
    }
    var test = try data.map { text in
      try PlanDataReader.read(try Self.keys(text), model: facts, rewritten: place.path)
    }
    let training = try train.map { text in
      try PlanDataReader.read(try Self.keys(text), model: facts, rewritten: place.path)
    }
    if test == nil { test = try standIn(source, facts, engines, place) }
    let machine = currentEnvironment(engines: [])
    let request = PlanRequest(
      model: facts, modelPath: place.path(model), name: Self.stem(model), data: test, train: training,
      goal: goal.priority, constraints: subjectTo, budget_s: budget?.seconds, cpu: machine.cpuFeatures,
      engines: engines.map(\.name), cpus: machine.allowedCPUs.count,
      trainerProblem: training == nil ? nil : Self.trainerProblem(),
      measuresPackedSize: true)
    let proposal = planSuite(request)
    let text = suiteText(proposal, request)
    guard let output else {
      Console.write(text, to: STDOUT_FILENO)
      return
    }
    try SuitePlace.write(text, to: output)
    for finding in proposal.findings { Console.print(finding) }
    Console.print("wrote \(output): the baseline and \(proposal.variants.count) variants; next: assay run \(output)")
  }

  /// Why nothing can be trained here; nil where it can.
  private static func trainerProblem() -> String? {
    switch TrainerSearch.find() {
    case .found: nil
    case .missing(let reason, let remedy): "\(reason); \(remedy)"
    }
  }

  /// Random rows beside the suite, where the user has none.
  private func standIn(
    _ source: Model, _ facts: ModelFacts, _ engines: [any Engine], _ place: SuitePlace
  ) throws -> PlanData {
    guard let output else {
      throw ValidationError("Without --data random rows are written beside the suite, so say where with --output.")
    }
    guard let engine = engines.first else {
      throw ValidationError(
        "Without --data an engine is needed to label random rows; 'assay doctor' shows what is missing.")
    }
    let stem = output.hasSuffix(".yaml") ? String(output.dropLast(5)) : output
    return try StandInRows.write(
      source, facts: facts, engine: engine, stem: stem, shown: Self.name(stem))
  }

  private static func keys(_ text: String) throws -> [String: OptionValue] {
    text.contains("=") ? try StepText.options(text) : try PlanDataReader.keys(forPath: text)
  }

  private static func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

  private static func stem(_ path: String) -> String {
    let name = name(path)
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
    return String(name[..<dot])
  }
}

/// A length of time on the command line: `90s`, `10m`, `1h`, or seconds alone.
struct TimeBudget: ExpressibleByArgument {
  var seconds: Double

  init?(argument: String) {
    let text = argument.filter { $0 != " " }
    let digits = text.prefix { "0123456789.".contains($0) }
    guard let number = Double(String(digits)), number > 0, number.isFinite else { return nil }
    switch text.dropFirst(digits.count) {
    case "", "s": seconds = number
    case "m", "min": seconds = number * 60
    case "h": seconds = number * 3600
    default: return nil
    }
  }
}
