public import AssayCore
import AssayData
import AssayMeasure
import AssayMethods
import AssayONNX

/// When a run may stop before everything is measured.
public struct Search: Sendable {
  /// Seconds from its start; nil for no limit. The variant in work when they are over keeps the launches it has.
  public var budget_s: Double?
  /// Whether what was measured so far is enough; who knows of goals decides.
  public var isEnough: @Sendable (RunRecord) -> Bool

  public init(budget_s: Double? = nil, isEnough: @escaping @Sendable (RunRecord) -> Bool) {
    self.budget_s = budget_s
    self.isEnough = isEnough
  }
}

extension Runner {
  /// Builds and measures one variant after the other, the most promising first, until it is enough or time is over.
  ///
  /// The baseline comes first and takes part in every launch. What is not tried is recorded as skipped, with the reason; a resumed
  /// run measures it.
  func search(
    _ search: Search, _ plan: Plan, _ rows: [String: PreparedRows], _ record: inout RunRecord
  ) throws {
    let clock = MachineClock()
    let begin = clock.now_ns()
    let budget_ns = search.budget_s.map { UInt64(min(max(0, $0), 1e9) * 1e9) }
    var runner = self
    runner.isTimeOver = { budget_ns.map { clock.now_ns() - begin >= $0 } ?? false }
    var tried: Set<String> = [Trial.baselineVariant]
    var reason: String?
    var next = Self.promisingOrder(plan, cpu: record.environment.cpuFeatures).makeIterator()
    while true {
      var part = plan
      part.variants.removeAll { !tried.contains($0.name) }
      try runner.build(part, &record)
      try store.save(record)
      try runner.measure(part, rows, &record)
      if search.isEnough(record) { reason = "the goal was met before" }
      if reason == nil, runner.isTimeOver() { reason = "the time was over" }
      guard reason == nil, let name = next.next() else { break }
      tried.insert(name)
    }
    skip(plan, tried, reason ?? "the search ended", &record)
  }

  /// Records what was not tried, and what was begun but never measured.
  private func skip(_ plan: Plan, _ tried: Set<String>, _ reason: String, _ record: inout RunRecord) {
    for group in plan.groups {
      for variant in plan.variants where variant.baseline.name == group.baseline {
        let trial = Trial(variant: variant.name, group: group)
        guard !record.trials.contains(where: { $0.trial == trial }) else { continue }
        record.set(trial, .skipped(reason: "\(RunRecord.notTried): \(reason)"))
        observe(.dropped(units: record.settings.launches * (record.settings.rounds + 1)))
      }
    }
    record.sortTrials()
  }

  /// Names of the variants, the most promising first; those that rules say nothing of keep the order of the suite.
  static func promisingOrder(_ plan: Plan, cpu: CPUFeatures) -> [String] {
    var facts = (plan.goal?.priority ?? .balanced).facts
    facts.insert(cpu.hasInt8DotProduct ? .int8Instructions : .noInt8Instructions)
    if let baseline = plan.suite.baselines.first {
      facts.insert(baseline.calibration == nil ? .noCalibration : .hasCalibration)
      if case .resolved(let path) = baseline.model, let model = try? Model(contentsOf: path) {
        facts.formUnion(ModelFacts(model).facts)
      }
    }
    var seen: Set<String> = [Trial.baselineVariant]
    let variants = plan.variants.filter { seen.insert($0.name).inserted }
    return variants.enumerated().map { offset, variant in
      let steps: [Step] = if case .steps(let steps) = variant.origin { steps } else { [] }
      return (
        name: variant.name, offset: offset, promise: AdviceRules.promise(of: MethodFamily.families(of: steps), facts)
      )
    }.sorted { ($1.promise, $0.offset) < ($0.promise, $1.offset) }.map(\.name)
  }
}
