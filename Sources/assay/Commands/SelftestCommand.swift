import ArgumentParser
import AssayCore
import AssayEngines
import AssayJudge
import AssayPipeline
import AssayReport
import CLinux
import FoundationEssentials

/// `assay selftest`: how often this machine raises false alarms, and what it finds.
struct SelftestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "selftest",
    abstract: "Compares a model with itself, and with itself slowed down, and shows this machine's error rates.",
    discussion: """
      Each comparison measures the model, the model again and one slowed copy for each --inject, all alive together, as \
      'assay run' measures variants. What looks worse is measured a second time with a new seed. Printed are the rates of \
      false alarms and of slowdowns found, the noise of each metric, and the smallest threshold a gate can keep here.
      """)

  @Option(help: "Comparisons of the model with itself.")
  var aa = 20

  @Option(help: "Slowdown to inject, for example 3%; may be given several times. Default: 5%.")
  var inject: [Percentage] = []

  @Option(help: "Model file. Default: a small network made here, 784-300-100-10.")
  var model: String?

  @Option(help: "Engine to measure with.")
  var engine = "onnxruntime"

  @Option(help: "Threads of the engine.")
  var threads = 1

  @Option(help: "Launches of a comparison, at least 5.")
  var launches = MeasureSettings().launches

  @Option(help: "Block rounds of a launch.")
  var rounds = MeasureSettings().rounds

  @Option(help: "Length of a block, for example 5ms.")
  var block = BlockLength(nanoseconds: MeasureSettings().block_ns)

  @Option(help: "Seed of orders and layouts.")
  var seed: UInt64 = 1

  @Flag(help: "Keep another CPU busy every other second.")
  var noise = false

  @Option(help: "Also write everything measured and judged to this JSON file.")
  var json: String?

  @Flag(help: "No progress on standard error.")
  var quiet = false

  func validate() throws {
    guard (1...100_000).contains(aa) else { throw ValidationError("--aa must lie between 1 and 100000.") }
    guard (1...1024).contains(threads) else { throw ValidationError("--threads must lie between 1 and 1024.") }
    guard (SelftestJudge.fewestLaunches...1000).contains(launches) else {
      throw ValidationError("--launches must lie between 5 and 1000: with fewer than 5 no test can reach its level.")
    }
    guard (1...10_000).contains(rounds) else { throw ValidationError("--rounds must lie between 1 and 10000.") }
    guard Set(inject).count == inject.count else { throw ValidationError("--inject names a slowdown twice.") }
  }

  func run() throws {
    if let json { try SelftestFile.check(json) }
    assay_catch_interrupts()
    let progress = ProgressBar(isTerminal: Console.isTerminal, isQuiet: quiet || !Console.isTerminal)
    defer { progress.finish() }
    let judge = SelftestJudge()
    let runner = SelftestRunner(
      engines: EngineCatalog.engines, workerCommand: [ProgramIdentity.executable, "worker"],
      environment: ProcessInfo.processInfo.environment, observe: progress.observe,
      isInterrupted: { assay_was_interrupted() != 0 })
    let plan = SelftestPlan(
      model: model, engine: engine, threads: threads, comparisons: aa,
      slowdowns: inject.isEmpty ? [0.05] : inject.map(\.fraction),
      settings: MeasureSettings(launches: launches, rounds: rounds, block_ns: block.nanoseconds, seed: seed),
      hasNoise: noise)
    let record = try runner.run(plan, callsForConfirmation: judge.isCandidate)
    progress.finish()
    let report = SelftestReport(record, judge: judge)
    if let json { try SelftestFile.write(report, to: json) }
    Console.write(selftestText(report), to: 1)
    if record.comparisons.count < record.plannedComparisons { throw ExitCode(.interrupted) }
  }
}

/// A share as people type it: `3%`, `0.5 %`.
struct Percentage: ExpressibleByArgument, Hashable {
  var fraction: Double

  init?(argument: String) {
    guard argument.hasSuffix("%") else { return nil }
    let number = argument.dropLast().filter { $0 != " " }
    guard let percent = Double(number), percent.isFinite, percent > 0, percent <= 1000 else { return nil }
    fraction = percent / 100
  }
}

/// A length of time as people type it: `5ms`, `500 us`, at most a minute.
struct BlockLength: ExpressibleByArgument {
  var nanoseconds: UInt64

  private static let units: [(suffix: String, factor: Double)] = [("ms", 1e6), ("us", 1e3), ("µs", 1e3), ("s", 1e9)]

  init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  init?(argument: String) {
    guard let unit = Self.units.first(where: { argument.hasSuffix($0.suffix) }) else { return nil }
    let number = argument.dropLast(unit.suffix.count).filter { $0 != " " }
    guard let value = Double(number), value.isFinite, value > 0, value * unit.factor <= 60e9 else { return nil }
    nanoseconds = UInt64((value * unit.factor).rounded(.up))
  }

  var defaultValueDescription: String { "\(nanoseconds / 1_000_000)ms" }
}
