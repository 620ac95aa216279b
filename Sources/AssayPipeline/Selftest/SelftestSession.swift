import AssayCore
import AssayMeasure
import AssayRuntime
import Synchronization

/// A self-test under way: everything that its comparisons share.
struct SelftestSession {
  let plan: SelftestPlan
  let model: SelftestModel
  let threads: Int
  let launcher: WorkerProcess.Launcher
  let observe: @Sendable (RunEvent) -> Void
  /// Units of work announced so far; confirmations add to them.
  private let announced = Announced()

  init(
    plan: SelftestPlan, model: SelftestModel, threads: Int, launcher: WorkerProcess.Launcher,
    observe: @escaping @Sendable (RunEvent) -> Void
  ) {
    self.plan = plan
    self.model = model
    self.threads = threads
    self.launcher = launcher
    self.observe = observe
  }

  private final class Announced: Sendable {
    let units = Mutex(0)
  }

  private var group: ComparisonGroup {
    ComparisonGroup(
      baseline: "selftest", engine: plan.engine, threads: threads, batch: model.batch, scenario: .singleStream)
  }

  /// The model again, then the slowdowns.
  private var slowdowns: [Double?] { [nil] + plan.slowdowns.map { $0 } }

  /// Says how much work there is.
  func begin() {
    announce(plan.comparisons * units(members: slowdowns.count + 1))
    observe(.group(group, members: slowdowns.count + 1))
  }

  private func units(members: Int) -> Int { plan.settings.launches * members * (plan.settings.rounds + 1) }

  private func announce(_ more: Int) {
    let total = announced.units.withLock { units in
      units += more
      return units
    }
    observe(.planned(variants: 0, units: total))
  }

  // MARK: One comparison

  /// Measures comparison number `index`, and once more what looks worse.
  func compare(
    _ index: Int, _ callsForConfirmation: ([Double]) -> Bool
  ) throws(PipelineError) -> SelftestComparison {
    let label = "comparison \(index + 1) of \(plan.comparisons)"
    let first = try measure(slowdowns, seed: seed(index, attempt: 0), label)
    var subjects = slowdowns.indices.map { place in
      SelftestSubject(
        slowdown: slowdowns[place], scores: SelftestScores.scores(of: first.subjects[place], to: first.base))
    }
    var comparison = SelftestComparison(subjects: [], measured_s: first.all_s, pair_s: first.pair_s)
    let candidates = subjects.indices.filter { callsForConfirmation(subjects[$0].scores[SelftestScores.judged] ?? []) }
    if !candidates.isEmpty {
      announce(units(members: candidates.count + 1))
      let second = try measure(
        candidates.map { slowdowns[$0] }, seed: seed(index, attempt: 1), label + ", again")
      for (place, candidate) in candidates.enumerated() {
        let scores = SelftestScores.scores(of: second.subjects[place], to: second.base)
        subjects[candidate].confirmation = scores[SelftestScores.judged] ?? []
      }
      comparison.confirmation_s = second.all_s
    }
    comparison.subjects = subjects
    return comparison
  }

  /// Each measurement has orders and layouts of its own.
  private func seed(_ index: Int, attempt: UInt64) -> UInt64 {
    var generator = SeededGenerator(seed: plan.settings.seed, stream: UInt64(index) &* 2 &+ attempt)
    return generator.next()
  }

  // MARK: One measurement

  private struct Measurement {
    var base: [LaunchRecord] = []
    /// In the order asked for.
    var subjects: [[LaunchRecord]]
    var all_s = 0.0
    /// Without what slowed subjects did.
    var pair_s = 0.0
  }

  private func measure(
    _ slowdowns: [Double?], seed: UInt64, _ label: String
  ) throws(PipelineError) -> Measurement {
    let clock = MachineClock()
    let begin_ns = clock.now_ns()
    var settings = plan.settings
    settings.seed = seed
    let runner = GroupRunner(
      launcher: launcher, settings: settings, observe: { [observe] in Self.pass($0, label, to: observe) },
      outputPath: { _ in "" })
    var members = [member(Trial.baselineVariant, nil)] + slowdowns.enumerated().map { member("subject \($0)", $1) }
    let replicas = Runner.replicas(of: members, rounds: settings.rounds)
    for place in members.indices { members[place].model.replicas = replicas }
    var result = Measurement(subjects: slowdowns.map { _ in [] })
    for launch in 0..<settings.launches {
      let launch = try runner.run(members, launch: launch, evaluate: [])
      if let failure = launch.failures.values.first {
        throw PipelineError(
          .worker, "the model could not be measured (\(failure.stage.rawValue)): \(failure.message)",
          at: plan.model.map { Place(file: $0) })
      }
      for (place, member) in members.enumerated() {
        guard let record = launch.records[member.trial] else { continue }
        if place == 0 { result.base.append(record) } else { result.subjects[place - 1].append(record) }
      }
    }
    result.all_s = Double(clock.now_ns() &- begin_ns) / 1e9
    result.pair_s = zip(slowdowns, result.subjects).reduce(result.all_s) { seconds, subject in
      subject.0 == nil ? seconds : seconds - subject.1.reduce(0) { $0 + $1.worked_s }
    }
    return result
  }

  private func member(_ name: String, _ slowdown: Double?) -> GroupRunner.Member {
    var subject = WorkerModel(
      path: model.path, engine: plan.engine, settings: SessionSettings(threads: threads), rowsPath: model.rowsPath,
      batch: model.batch, hotInput: plan.settings.hotInput)
    subject.slowdown = slowdown
    return GroupRunner.Member(trial: Trial(variant: name, group: group), model: subject)
  }

  /// Passes on what shows progress; a failure is told by the error that it becomes.
  private static func pass(_ event: RunEvent, _ label: String, to observe: @Sendable (RunEvent) -> Void) {
    switch event {
    case .unit(let detail): observe(.unit(label: "\(label), \(detail)"))
    case .failed: break
    default: observe(event)
    }
  }
}

extension LaunchRecord {
  /// Time that this member's process itself worked: start, load, first inference, warm-up and blocks, in seconds.
  fileprivate var worked_s: Double {
    let phases_ns = Double(phases.processStart_ns) + Double(phases.load_ns) + Double(phases.firstInference_ns)
    let warmUp_ns = warmUp.nanoseconds.reduce(0.0) { $0 + Double($1) }
    return (phases_ns + warmUp_ns + blocks.reduce(0.0) { $0 + Double($1.elapsed_ns) }) / 1e9
  }
}
