import AssayCore
import AssayMeasure

/// What the rules say of a choice: why it came out so, and what to try next.
struct ChoiceAdvice {
  let table: ChoiceTable
  let goal: Goal
  let words: ChoiceWords

  private static let mostReasons = 4
  private static let mostSteps = 5
  private static let mostFamilies = 3

  // MARK: Facts

  /// What the record tells of the task.
  var facts: Set<AdviceFact> {
    var facts = goal.priority.facts
    facts.insert(table.record.environment.cpuFeatures.hasInt8DotProduct ? .int8Instructions : .noInt8Instructions)
    let families = table.members.reduce(into: Set<MethodFamily>()) { $0.formUnion($1.families) }
    if families.contains(.staticInt8) { facts.insert(.hasCalibration) }
    if !families.isDisjoint(with: [.training, .hashing, .distillation]) { facts.insert(.canTrain) }
    let layers = self.layers
    if layers.convolutions > 0 { facts.insert(.hasConvolutions) }
    if layers.dense > 0 { facts.insert(.hasDenseLayers) }
    if isSimple { facts.insert(.isSimple) }
    return facts
  }

  /// Layers of the baseline by what the engine ran; zero where it does not tell.
  private var layers: (convolutions: Int, dense: Int) {
    var counts = (convolutions: 0, dense: 0)
    for (name, count) in table.baseline?.evidence.data?.execution.operators ?? [:] {
      let type = name.split(separator: ".").last.map(String.init) ?? name
      if type.contains("Conv") || ["LSTM", "GRU", "RNN", "Attention", "MultiHeadAttention"].contains(type) {
        counts.convolutions += count
      } else if type.contains("Gemm") || type.contains("MatMul") {
        counts.dense += count
      }
    }
    return counts
  }

  var isSimple: Bool {
    ModelComplexity.isSimple(
      layers: layers.convolutions + layers.dense, convolutions: layers.convolutions,
      macs: table.baseline?.evidence.figures?.macs)
  }

  // MARK: Reasons

  func reasons(for best: ChoiceMember) -> [ChoiceReason] {
    let rules = AdviceRules.applying(to: facts)
    return best.isBaseline ? reasonsForNone(rules) : reasons(for: best, rules)
  }

  private func reasons(for best: ChoiceMember, _ rules: [AdviceRule]) -> [ChoiceReason] {
    let families = best.families
    let measured = "Measured for \(best.variant): \(words.numbers(best))\(int8Share(best))."
    var reasons: [ChoiceReason] = []
    for (kind, agrees) in [(\AdviceRule.first, true), (\AdviceRule.second, true), (\AdviceRule.avoid, false)] {
      for rule in rules where !reasons.contains(where: { $0.rule == rule.id }) {
        let advised = rule[keyPath: kind]
        guard !advised.families.isDisjoint(with: families) else { continue }
        reasons.append(
          ChoiceReason(
            rule: rule.id, agrees: agrees,
            text: agrees
              ? "\(rule.id) (\(rule.situation)): \(advised.text)."
              : "against \(rule.id) (\(rule.situation)): it warns of \(advised.text); the measurement decides."))
      }
    }
    reasons = Array(reasons.prefix(Self.mostReasons))
    if reasons.isEmpty {
      return [ChoiceReason(rule: "measured", agrees: true, text: "No rule speaks of it. \(measured)")]
    }
    reasons[0].text += " " + measured
    return reasons
  }

  /// Why the baseline stays: what the rules warned of, with what it measured.
  private func reasonsForNone(_ rules: [AdviceRule]) -> [ChoiceReason] {
    var reasons: [ChoiceReason] = []
    for rule in rules {
      let found = table.measured.first { !$0.isBaseline && !$0.families.isDisjoint(with: rule.avoid.families) }
      guard let found else { continue }
      reasons.append(
        ChoiceReason(
          rule: rule.id, agrees: true,
          text: "\(rule.id) (\(rule.situation)) warns of \(rule.avoid.text). Measured for \(found.variant): "
            + "\(words.numbers(found))."))
    }
    return Array(reasons.prefix(Self.mostReasons))
  }

  private func int8Share(_ member: ChoiceMember) -> String {
    guard let share = member.value(MetricCatalog.int8Share), share > 0 else { return "" }
    return "; \(JudgeText.percent(share)) of its multiply-accumulates ran in int8"
  }

  // MARK: Remarks

  func remarks(fitting: [ChoiceMember]) -> [String] {
    guard isSimple, let baseline = table.baseline, let macs = baseline.evidence.figures?.macs else { return [] }
    let factors = fitting.compactMap { $0.summary[table.time]?.change?.value }.map {
      LaunchTest.sign(table.time) > 0 ? 1 / $0 : $0
    }
    let best = max(1, factors.max() ?? 1)
    let layers = self.layers.dense
    return [
      "The model is simple (\(layers) \(layers == 1 ? "layer" : "layers"), \(macs.grouped) "
        + "multiply-accumulates): such models gain little"
        + (best > 1.2 ? "; here, still, \(JudgeText.plain(best)) times the speed at best." : ".")
    ]
  }

  // MARK: Next

  func next(_ winner: Winner, finder: LeadFinder, checks: [ChoiceCheck]) -> [ChoiceNextStep] {
    var steps: [ChoiceNextStep] = []
    if !winner.rivals.isEmpty, let more = winner.moreLaunches {
      let names = [winner.best.variant] + winner.rivals.map(\.member.variant)
      let total = more + table.record.settings.launches
      let only = names.filter { $0 != Trial.baselineVariant }.joined(separator: " ")
      steps.append(
        ChoiceNextStep(
          rule: nil,
          text: "run \(more) more \(more == 1 ? "launch" : "launches"): measure: { launches: \(total) }, --only \(only)"
        ))
    }
    steps += launchesForConstraints(winner.best, checks)
    return Array((steps + untried() + unmeasuredFamilies()).prefix(Self.mostSteps))
  }

  func nextWhereNoneFits(_ nearest: ChoiceCandidate?) -> [ChoiceNextStep] {
    var steps: [ChoiceNextStep] = []
    for check in nearest?.checks ?? [] where check.result == .missedNotShown {
      steps.append(ChoiceNextStep(rule: nil, text: "run more launches: \(check.text)"))
    }
    return Array((steps + untried() + unmeasuredFamilies()).prefix(Self.mostSteps))
  }

  /// Launches that would tell whether the best meets a constraint that its interval crosses.
  private func launchesForConstraints(_ best: ChoiceMember, _ checks: [ChoiceCheck]) -> [ChoiceNextStep] {
    checks.compactMap { check in
      guard check.result == .metNotShown, let metric = MetricCatalog.metric(named: check.gate.metric),
        metric.kind == .timed || metric.kind == .memory
      else { return nil }
      let more = check.gate.reference == .limit ? launches(best, metric, check.gate.limit) : nil
      return ChoiceNextStep(
        rule: nil,
        text: more.map { "run \($0) more \($0 == 1 ? "launch" : "launches") to show that it fits: \(check.text)" }
          ?? "run more launches to show that it fits: \(check.text)")
    }
  }

  /// From the launches' own values against the limit.
  private func launches(_ member: ChoiceMember, _ metric: Metric, _ limit: Double) -> Int? {
    let probability: Double
    switch LaunchMeasure(metric) {
    case .percentile(let value)?: probability = value
    case .blockMedians?: probability = 0.5
    default: return nil
    }
    let scores = member.evidence.launches.compactMap { launch in
      launch.sorted.percentile(probability).map { $0 / limit - 1 }
    }
    return scores.count > 1 ? LaunchEstimate.more(scores: scores, tolerance: 0) : nil
  }

  /// Variants that a search left out.
  private func untried() -> [ChoiceNextStep] {
    let names = table.members.filter { member in
      if case .skipped(let reason) = member.summary.status { reason.hasPrefix(RunRecord.notTried) } else { false }
    }.map(\.variant)
    guard !names.isEmpty else { return [] }
    return [ChoiceNextStep(rule: nil, text: "not tried yet: \(names.joined(separator: ", ")); --resume goes on")]
  }

  /// First choices of the rules that nobody measured.
  private func unmeasuredFamilies() -> [ChoiceNextStep] {
    var known = table.members.reduce(into: Set<MethodFamily>()) { $0.formUnion($1.families) }
    var steps: [ChoiceNextStep] = []
    for rule in AdviceRules.applying(to: facts) where rule.id != "simple-model" {
      let missing = rule.first.families.subtracting(known)
      guard !missing.isEmpty else { continue }
      // Each family once, at the rule that says most.
      known.formUnion(missing)
      let names = MethodFamily.allCases.filter(missing.contains).map(\.rawValue)
      steps.append(
        ChoiceNextStep(
          rule: rule.id, text: "not measured here: \(names.joined(separator: ", ")) (\(rule.id): \(rule.situation))"))
      if steps.count == Self.mostFamilies { break }
    }
    return steps
  }
}
