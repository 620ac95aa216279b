import AssayCore
import AssayMeasure

/// The rows of two runs: every trial against the same trial of the earlier run.
///
/// Times are never compared as such, because machine and moment differ: each run's trial is first divided by a reference
/// measured beside it, launch by launch. The reference is the baseline variant where its file, engine and engine version
/// are the same in both runs, and otherwise the control kernel.
struct AcrossRunsDrafts {
  let candidate: EvidenceTable
  let base: EvidenceTable
  /// Whether the runs come from different machines; then only ratios to the baseline variant say anything of times.
  let isOtherMachine: Bool
  let confidence: Double

  func drafts() -> [RowDraft] {
    var result = candidate.order.compactMap { candidate[$0] }.flatMap(drafts)
    for trial in base.order where candidate[trial] == nil {
      guard let before = base[trial], before.skipReason == nil else { continue }
      result.append(.settled(trial, .missing, "the candidate run does not have it", .acrossRuns))
    }
    return result
  }

  private func drafts(of own: Evidence) -> [RowDraft] {
    let trial = own.trial.trial
    let before = base[trial]
    switch own.trial.result {
    case .failed(let failure): return [.failed(trial, failure, .acrossRuns)]
    case .skipped(let reason):
      guard before?.data != nil else { return [] }
      return [.settled(trial, .missing, "skipped: \(reason)", .acrossRuns)]
    case .completed: break
    }
    guard let before, before.data != nil else {
      return [.settled(trial, .new, before?.failure ?? "the earlier run does not have it", .acrossRuns)]
    }
    let summaries = (
      own: candidate.summary(own, confidence: confidence), base: base.summary(before, confidence: confidence)
    )
    let arms = Arms(own, before, self)
    return MetricCatalog.all.compactMap { metric in
      let (value, old) = (summaries.own.value(metric.name), summaries.base.value(metric.name))
      guard value != nil || old != nil else { return nil }
      var draft = RowDraft(
        scope: .acrossRuns, trial: trial, metric: metric, base: old, candidate: value,
        evidence: .settled(.new, "the earlier run has no value"),
        isJudgedByDefault: Self.isJudgedByDefault(metric, trial.group.scenario))
      guard let value, let old else {
        if value == nil {
          draft.evidence = .settled(.missing, summaries.own.figure(metric.name)?.reason ?? "there is no value")
        }
        return draft
      }
      switch metric.kind {
      case .exact: draft.evidence = .values(base: old, candidate: value)
      case .quality: draft.evidence = quality(metric, own, before, old, value)
      case .timed, .memory:
        guard let evidence = arms.evidence(metric, trial) else { return nil }
        draft.evidence = evidence
        // What another machine took says nothing here.
        if isOtherMachine { (draft.base, draft.candidate) = (nil, nil) }
      }
      return draft
    }
  }

  /// Typical time (or rate, where all samples come at once) and peak memory; tails and phases only where a gate asks.
  private static func isJudgedByDefault(_ metric: Metric, _ scenario: Scenario) -> Bool {
    switch metric.kind {
    case .exact, .quality: true
    case .memory: metric.name == MetricCatalog.peakMemory.name
    case .timed:
      metric.name == (scenario == .offline ? MetricCatalog.throughput : MetricCatalog.latencyP50).name
    }
  }

  /// Only the same rows can be compared.
  private func quality(
    _ metric: Metric, _ own: Evidence, _ before: Evidence, _ old: Double, _ value: Double
  ) -> RowEvidence {
    guard let rows = own.dataset, let oldRows = before.dataset, rows.rows == oldRows.rows, rows.labels == oldRows.labels
    else { return .settled(.incomparable, "the two runs did not answer the same rows") }
    if let seeds = RowEvidence(seedsOf: own, against: before, metric, isWithinRun: false, confidence) { return seeds }
    guard metric.name == "accuracy.top1", let answers = own.data?.answers, let oldAnswers = before.data?.answers,
      !rows.labels.values.isEmpty,
      let flips = PairedAnswers(
        baseline: oldAnswers.classes.values, variant: answers.classes.values, labels: rows.labels.values)
    else { return .values(base: old, candidate: value) }
    return .answers(flips)
  }

  /// Whether the baseline of a group was the same model on the same engine in both runs, and ran in both.
  func hasSameBaseline(_ group: ComparisonGroup) -> Bool {
    guard let one = candidate.baseline(of: group), let other = base.baseline(of: group), one.data != nil,
      other.data != nil, let file = one.variant?.build.built?.sha256, !file.isEmpty,
      file == other.variant?.build.built?.sha256
    else { return false }
    return Self.engineVersion(group, candidate.record) == Self.engineVersion(group, base.record)
  }

  /// An engine that the environment does not list is part of Assay.
  static func engineVersion(_ group: ComparisonGroup, _ record: RunRecord) -> String {
    record.environment.engines.first { $0.name == group.engine }?.version ?? record.programVersion
  }
}

/// A trial in both runs, with what its times are divided by.
private struct Arms {
  let own: MemberLaunches
  let before: MemberLaunches
  /// The baseline variants; nil where they are not the same, or for the baseline itself.
  let references: (own: MemberLaunches, before: MemberLaunches)?
  let controls: (own: MemberLaunches, before: MemberLaunches)
  let movement: ControlMovement?
  let runs: AcrossRunsDrafts

  init(_ own: Evidence, _ before: Evidence, _ runs: AcrossRunsDrafts) {
    let trial = own.trial.trial
    self.runs = runs
    self.own = MemberLaunches(own)
    self.before = MemberLaunches(before)
    func control(_ table: EvidenceTable) -> MemberLaunches {
      MemberLaunches(control: table.record.groups.first { $0.group == trial.group }?.launches ?? [])
    }
    controls = (control(runs.candidate), control(runs.base))
    if trial.variant != Trial.baselineVariant, runs.hasSameBaseline(trial.group),
      let one = runs.candidate.baseline(of: trial.group), let other = runs.base.baseline(of: trial.group)
    {
      references = (MemberLaunches(one), MemberLaunches(other))
    } else {
      references = nil
    }
    movement =
      runs.isOtherMachine
      ? nil
      : ControlMovement.acrossRuns(
        controls.own, to: references?.own, from: controls.before, to: references?.before)
  }

  /// Nil for a metric that launches do not tell.
  func evidence(_ metric: Metric, _ trial: Trial) -> RowEvidence? {
    guard let measure = LaunchMeasure(metric) else { return nil }
    guard references != nil || !runs.isOtherMachine else {
      return .settled(
        .incomparable,
        trial.variant == Trial.baselineVariant
          ? "measured on another machine" : "measured on another machine, with another baseline to be a ratio to")
    }
    let again = Confirmation(trial, in: runs.candidate.record)
    let differences = differences(measure, metric, own, references?.own, controls.own)
    guard !differences.scores.isEmpty else {
      let hasControl = !controls.own.samples.isEmpty && !controls.before.samples.isEmpty
      return .settled(
        .inconclusive,
        references == nil && !hasControl
          ? "there are no blocks of the control kernel to relate the runs by"
          : "no launch has enough samples to compare them")
    }
    let confirmation = again.map {
      self.differences(measure, metric, $0.member, references == nil ? nil : $0.baseline, $0.control)
    }
    return .launches(
      LaunchEvidence(
        differences: differences, movement: metric.kind == .memory ? nil : movement,
        confirmation: confirmation.flatMap { $0.scores.isEmpty ? nil : $0 }))
  }

  private func differences(
    _ measure: LaunchMeasure, _ metric: Metric, _ member: MemberLaunches, _ reference: MemberLaunches?,
    _ control: MemberLaunches
  ) -> LaunchDifferences {
    // Bytes are bytes on the same machine, whatever its speed.
    if metric.kind == .memory, !runs.isOtherMachine { return measure.differences(of: member, acrossFrom: before) }
    if let references {
      guard let reference else { return LaunchDifferences(kind: .ratio, scores: []) }
      return LaunchDifferences(
        measure.scores(of: member, to: reference), from: measure.scores(of: before, to: references.before))
    }
    return LaunchDifferences(
      measure.scores(of: member, toControl: control), from: measure.scores(of: before, toControl: controls.before))
  }
}

extension Evidence {
  /// Why the trial was not tried; nil when it was.
  var skipReason: String? { if case .skipped(let reason) = trial.result { reason } else { nil } }
}
