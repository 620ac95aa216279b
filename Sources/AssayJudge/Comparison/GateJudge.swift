import AssayCore
import AssayMeasure

/// Finds what became of gates.
struct GateJudge {
  let gates: [Gate]
  let drafts: [RowDraft]
  let tests: [RowTest]
  let judgements: [Judgement]
  let candidate: EvidenceTable
  let hasEarlierRun: Bool
  let confidence: Double

  /// One outcome for each gate and trial it applies to, failed ones first.
  func outcomes() -> [GateOutcome] {
    var result: [GateOutcome] = []
    for (index, gate) in gates.enumerated() {
      for trial in candidate.order where gate.applies(to: trial) {
        guard let evidence = candidate[trial] else { continue }
        result.append(outcome(gate, index, evidence))
      }
    }
    let order = GateOutcome.Result.allCases
    return result.enumerated().sorted {
      let (a, b) = (order.firstIndex(of: $0.element.result) ?? 0, order.firstIndex(of: $1.element.result) ?? 0)
      return (a, $0.offset) < (b, $1.offset)
    }.map(\.element)
  }

  private func outcome(_ gate: Gate, _ index: Int, _ own: Evidence) -> GateOutcome {
    let trial = own.trial.trial
    func notJudged(_ reason: String) -> GateOutcome {
      GateOutcome(gate: gate, trial: trial, value: nil, result: .notJudged, reason: reason)
    }
    guard let metric = MetricCatalog.metric(named: gate.metric) else {
      return notJudged("there is no metric '\(gate.metric)'")
    }
    guard gate.limit.isFinite else { return notJudged("its limit is no number") }
    if let failure = own.failure { return notJudged(failure) }
    switch gate.reference {
    case .limit:
      let figure = candidate.summary(own, confidence: confidence).figure(metric.name)
      guard let figure, let value = figure.value else { return notJudged(figure?.reason ?? "there is no value") }
      return limit(gate, own, metric, value, figure.interval)
    case .earlierRun where !hasEarlierRun:
      return notJudged("there is no earlier run to compare with")
    case .baselineVariant, .earlierRun:
      guard let place = tests.firstIndex(where: { $0.gate == index && drafts[$0.draft].trial == trial }) else {
        return notJudged(missingReason(gate, own))
      }
      return change(gate, trial, metric, drafts[tests[place].draft], judgements[place])
    }
  }

  /// Why a trial has no row of the metric.
  private func missingReason(_ gate: Gate, _ own: Evidence) -> String {
    if gate.reference == .baselineVariant, own.trial.trial.variant == Trial.baselineVariant {
      return "it is the baseline itself"
    }
    let scope: Comparison.Scope = gate.reference == .earlierRun ? .acrossRuns : .withinRun
    for draft in drafts where draft.trial == own.trial.trial && draft.scope == scope {
      if case .settled(.new, let reason) = draft.evidence { return reason }
    }
    return "there is no value"
  }

  // MARK: Limits

  private func limit(
    _ gate: Gate, _ own: Evidence, _ metric: Metric, _ value: Double, _ shown: ConfidenceInterval?
  ) -> GateOutcome {
    let isNoisy = metric.kind == .timed || metric.kind == .memory
    // Answers on a fixed set of rows are the same each time; their interval is about other rows.
    let interval = isNoisy ? shown ?? own.percentileInterval(metric, value, confidence: confidence) : nil
    let end = interval ?? ConfidenceInterval(low: value, high: value, coverage: 1)
    let (passes, fails) =
      switch gate.bound {
      case .atMost: (end.high <= gate.limit, end.low > gate.limit)
      case .atLeast: (end.low >= gate.limit, end.high < gate.limit)
      }
    var reason = JudgeText.quantity(value, metric.unit)
    if let interval {
      reason +=
        " (\(JudgeText.coverage(interval)) % CI \(JudgeText.quantity(interval.low, metric.unit)) to "
        + "\(JudgeText.quantity(interval.high, metric.unit)))"
    } else if isNoisy {
      reason += " (one value, without an interval)"
    }
    reason += ", limit \(JudgeText.quantity(gate.limit, metric.unit))"
    if !passes, !fails { reason += ": the interval crosses it" }
    return GateOutcome(
      gate: gate, trial: own.trial.trial, value: value, interval: interval,
      result: passes ? .passed : fails ? .failed : .notProven, reason: reason)
  }

  // MARK: Changes

  private func change(
    _ gate: Gate, _ trial: Trial, _ metric: Metric, _ draft: RowDraft, _ judgement: Judgement
  ) -> GateOutcome {
    let result: GateOutcome.Result =
      switch judgement.verdict {
      case .regressed: .failed
      case .same, .improved: .passed
      case .unconfirmed: .notProven
      case .inconclusive: judgement.isJudgeable ? .notProven : .notJudged
      case .failed, .missing, .new, .incomparable: .notJudged
      }
    let isRatio = judgement.change?.kind == .ratio
    let base = draft.base.map { abs($0) } ?? .nan
    // Into the gate's terms: a share of the base, or an amount of the metric's unit.
    let factor: Double
    switch (gate.terms, metric.kind) {
    case (.relative, .timed), (.relative, .memory): factor = isRatio ? 1 : 1 / base
    case (.absolute, .timed), (.absolute, .memory): factor = isRatio ? base : 1
    case (.relative, _): factor = 1 / base
    case (.absolute, _): factor = 1
    }
    let value = judgement.worsening.map { $0 * factor }
    return GateOutcome(
      gate: gate, trial: trial, value: value.flatMap { $0.isFinite ? $0 : nil },
      interval: factor.isFinite
        ? judgement.worseningInterval.map { interval in interval.mapped { $0 * factor } } : nil,
      result: result, reason: judgement.reason)
  }
}

extension Gate {
  /// Whether a trial is one that the gate is about; the baseline has nothing to be held against but a number or an
  /// earlier run, unless a gate names it.
  func applies(to trial: Trial) -> Bool {
    if !variants.isEmpty { return variants.contains(trial.variant) }
    if metric.hasPrefix("drift."), trial.variant == Trial.baselineVariant { return false }
    return reference != .baselineVariant || trial.variant != Trial.baselineVariant
  }

  /// What kind of rows the gate judges; nil for a limit.
  var scope: Comparison.Scope? {
    switch reference {
    case .limit: nil
    case .baselineVariant: .withinRun
    case .earlierRun: .acrossRuns
    }
  }
}
