import ArgumentParser
import AssayCore
import AssayEngines
import AssayJudge
import AssayPipeline
import AssayRuntime
import CLinux
import FoundationEssentials
import Glibc

/// `assay run`: build, measure, judge, report.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Builds and measures every variant of a suite, and writes the report.")

  @Argument(help: "The suite file, for example suites/digits.yaml.")
  var suite: String

  @Option(name: .long, parsing: .upToNextOption, help: "Measure only these variants, beside the baseline.")
  var only: [String] = []

  @Option(name: .long, parsing: .upToNextOption, help: "Use only these baselines of the suite.")
  var baseline: [String] = []

  @Option(name: .long, parsing: .upToNextOption, help: "Use these engines instead of the suite's.")
  var engine: [String] = []

  @Option(name: [.short, .long], help: "Folder of the run. Default: reports/SUITE-TIME.")
  var output: String?

  @Option(
    name: .long, parsing: .upToNextOption, help: "A gate beside those of the suite, like 'latency.p90 <= 5 ms'.")
  var gate: [String] = []

  @Option(help: "An earlier run to judge this one against: a named baseline, its folder, or its run.json.")
  var against: String?

  @OptionGroup var wanted: GoalArguments

  @Option(
    help:
      "Try the most promising variants first and stop when one meets this, like 'latency.p90<=5ms, accuracy.drop<=1pp'."
  )
  var until: String?

  @Option(help: "Stop trying variants after this time, like 90s, 10m or 1h; what was measured is judged.")
  var budget: TimeBudget?

  @Flag(help: "With --against: also when that run comes from another machine, by ratios to the baseline only.")
  var allowOtherMachine = false

  @Flag(help: "5 short launches instead of 10: a first look.")
  var quick = false

  @Flag(help: "20 launches instead of 10: for small differences.")
  var rigorous = false

  @Flag(help: "Go on with the run in --output, or the newest unfinished one of this suite.")
  var resume = false

  @Flag(help: "No progress on standard error.")
  var quiet = false

  func validate() throws {
    guard !(quick && rigorous) else { throw ValidationError("--quick and --rigorous exclude each other.") }
  }

  func run() throws {
    let environment = ProcessInfo.processInfo.environment
    let effort: Plan.Effort = quick ? .quick : rigorous ? .rigorous : .standard
    let selection = Plan.Selection(variants: only, baselines: baseline, engines: engine, effort: effort)
    var plan = try Plan(
      try Suite.read(path: suite, environment: environment), selection, engines: EngineCatalog.engines.map(\.name),
      metrics: MetricCatalog.all)
    plan.gates += try GateArguments.gates(gate)
    plan.goal = try goal(plan.suite)
    // Read now: a typing error must not show after minutes of measuring.
    let earlier = try against.map { try BaselineStore(folder: nil, environment: environment).resolve($0) }
    let location = try RunLocation.choose(plan, output: output, resume: resume)
    if let previous = location.previous {
      Console.note("going on with \(location.store.folder), begun \(previous.startedAt)")
    }

    assay_catch_interrupts()
    let progress = ProgressBar(isTerminal: Console.isTerminal, isQuiet: quiet)
    let runner = Runner(
      engines: EngineCatalog.engines, findTrainer: TrainerSearch.find, store: location.store,
      cache: VariantCache(environment: environment), workerCommand: [ProgramIdentity.executable, "worker"],
      environment: environment, observe: { Self.observe($0, progress, folder: location.store.folder) },
      isInterrupted: { assay_was_interrupted() != 0 })
    defer { progress.finish() }
    do {
      let search = self.search(plan.goal)
      var record = try runner.run(
        plan, command: CommandLine.arguments, resuming: location.previous, search: search)
      // A search has its time, and what it did not try stays untried.
      var found = compared(record, with: earlier)
      if search == nil, !found.contaminated.isEmpty {
        try runner.measureAgain(found.contaminated, of: plan, &record)
        found = compared(record, with: earlier)
      }
      // What looks worse counts when it is found again.
      if !found.needsConfirmation.isEmpty { try runner.confirm(found.needsConfirmation, of: plan, &record) }
      progress.finish()
      // What was measured is reported also when it cannot be compared with the earlier run.
      let comparison = Result {
        try earlier.map { try Comparison(of: record, against: $0, allowOtherMachine: allowOtherMachine) }
      }
      let verdict = (try? comparison.get()) ?? Comparison(withinRun: record)
      HistoryCommand.remember(record, comparison: verdict)
      try Presentation.present(record, folder: location.store.folder, verdict: verdict)
      _ = try comparison.get()
      let status = runner.exitStatus(verdict.exitStatus, of: plan)
      guard status == .success else { throw ExitCode(status) }
    } catch let error as PipelineError where error.code == .interrupted {
      progress.finish()
      Self.noteInterruption(location.store.folder)
      throw ExitCode(.interrupted)
    }
  }

  /// What the run shall find: as said here, or else in the suite.
  private func goal(_ suite: Suite) throws -> Goal? {
    let written = try suite.goal.map { goal throws in
      do throws(GateError) {
        return try Goal(goal.priority, constraints: goal.constraints, at: goal.place)
      } catch {
        // Then it is the suite file that is wrong.
        throw PipelineError(.suiteInvalid, error.message, at: error.place, remedy: error.remedy)
      }
    }
    if let until {
      guard !until.split(separator: ",").isEmpty else {
        throw GateError(.malformed, "--until says nothing", remedy: "write a condition, like latency.p90<=5ms")
      }
      return try Goal(
        wanted.priority?.priority ?? written?.priority ?? .balanced, constraints: [until] + wanted.subjectTo)
    }
    return try wanted.goal() ?? written
  }

  /// The search that was asked for; nil to measure everything.
  private func search(_ goal: Goal?) -> Search? {
    guard until != nil || budget != nil else { return nil }
    let isSearching = until != nil
    let wanted = goal ?? Goal()
    return Search(budget_s: budget?.seconds) { record in
      guard isSearching else { return false }
      let found = choices(record, goal: wanted)
      return !found.isEmpty && found.allSatisfy(\.isGoalMet)
    }
  }

  /// Shows an event; ends the process when it is interrupted in a training, which cannot be stopped but leaves checkpoints.
  private static func observe(_ event: RunEvent, _ progress: ProgressBar, folder: String) {
    progress.observe(event)
    guard case .training = event, assay_was_interrupted() != 0 else { return }
    progress.finish()
    noteInterruption(folder)
    Glibc.exit(ExitStatus.interrupted.rawValue)
  }

  private static func noteInterruption(_ folder: String) {
    Console.note("assay: interrupted; what was measured is in \(folder), --resume goes on")
  }

  /// The verdicts so far; within the run where it cannot be compared with the earlier one.
  private func compared(_ record: RunRecord, with earlier: RunRecord?) -> Comparison {
    let across = earlier.flatMap {
      try? Comparison(of: record, against: $0, allowOtherMachine: allowOtherMachine)
    }
    return across ?? Comparison(withinRun: record)
  }
}
