import AssayCore
import AssayMeasure

/// The rows of one run: every variant against the baseline variant of its group.
struct WithinRunDrafts {
  let table: EvidenceTable
  let confidence: Double

  func drafts() -> [RowDraft] { table.order.compactMap { table[$0] }.flatMap(drafts) }

  private func drafts(of own: Evidence) -> [RowDraft] {
    let trial = own.trial.trial
    let isBaseline = trial.variant == Trial.baselineVariant
    switch own.trial.result {
    case .skipped: return []
    case .failed(let failure): return [.failed(trial, failure, .withinRun)]
    case .completed: break
    }
    guard !isBaseline else { return [] }
    guard let baseline = table.baseline(of: trial.group), baseline.data != nil else {
      let reason = table.baseline(of: trial.group)?.failure ?? "was not measured"
      return [.settled(trial, .new, "there is nothing to compare with: the baseline \(reason)", .withinRun)]
    }
    let summaries = (
      own: table.summary(own, confidence: confidence), base: table.summary(baseline, confidence: confidence)
    )
    let members = (own: MemberLaunches(own), base: MemberLaunches(baseline))
    let group = table.record.groups.first { $0.group == trial.group }
    let movement = group.flatMap {
      ControlMovement.between(members.own, and: members.base, control: MemberLaunches(control: $0.launches))
    }
    return MetricCatalog.all.compactMap { metric in
      // Drift is itself a comparison with the baseline, and what is neutral has no verdict.
      guard metric.direction != .neutral, !metric.name.hasPrefix("drift.") else { return nil }
      let (value, base) = (summaries.own.value(metric.name), summaries.base.value(metric.name))
      guard value != nil || base != nil else { return nil }
      var draft = RowDraft(
        scope: .withinRun, trial: trial, metric: metric, base: base, candidate: value,
        evidence: .settled(.new, "the baseline has no value"))
      guard let value, let base else {
        if value == nil {
          draft.evidence = .settled(.missing, summaries.own.figure(metric.name)?.reason ?? "there is no value")
        }
        return draft
      }
      switch metric.kind {
      case .exact: draft.evidence = .values(base: base, candidate: value)
      case .quality:
        draft.evidence =
          RowEvidence(seedsOf: own, against: baseline, metric, isWithinRun: true, confidence)
          ?? summaries.own.figure(metric.name)?.change?.flips.map(RowEvidence.answers)
          ?? .values(base: base, candidate: value)
      case .timed, .memory:
        guard let measure = LaunchMeasure(metric) else { return nil }
        let differences = measure.differences(of: members.own, from: members.base)
        draft.evidence =
          differences.scores.isEmpty
          ? .settled(.inconclusive, "no launch has enough samples of both to compare them")
          : .launches(
            LaunchEvidence(
              differences: differences, movement: measure.isOfBlocks ? movement : nil,
              confirmation: confirmation(trial, measure)))
      }
      return draft
    }
  }

  private func confirmation(_ trial: Trial, _ measure: LaunchMeasure) -> LaunchDifferences? {
    guard let again = Confirmation(trial, in: table.record), let baseline = again.baseline else { return nil }
    let differences = measure.differences(of: again.member, from: baseline)
    return differences.scores.isEmpty ? nil : differences
  }
}

/// The second measurement of a trial.
struct Confirmation {
  var member: MemberLaunches
  /// The baseline, measured beside it.
  var baseline: MemberLaunches?
  var control: MemberLaunches

  /// Nil when the record has none; of several the last.
  init?(_ trial: Trial, in record: RunRecord) {
    let all = (record.confirmations ?? []).filter { $0.group == trial.group }
    guard let found = all.last(where: { $0.members.contains { $0.variant == trial.variant && !$0.launches.isEmpty } }),
      let member = found.members.last(where: { $0.variant == trial.variant })
    else { return nil }
    self.member = MemberLaunches(member.launches)
    baseline = found.members.last { $0.variant == Trial.baselineVariant }.map { MemberLaunches($0.launches) }
    control = MemberLaunches(control: found.launches)
  }
}

extension RowDraft {
  /// The row of a trial as a whole: it has one metric, the first of the catalogue.
  static func settled(
    _ trial: Trial, _ verdict: Verdict, _ reason: String, _ scope: Comparison.Scope
  ) -> RowDraft {
    RowDraft(
      scope: scope, trial: trial, metric: MetricCatalog.latencyP50, base: nil, candidate: nil,
      evidence: .settled(verdict, reason))
  }

  static func failed(_ trial: Trial, _ failure: TrialFailure, _ scope: Comparison.Scope) -> RowDraft {
    settled(trial, .failed, "\(failure.stage.rawValue): \(failure.message)", scope)
  }
}
