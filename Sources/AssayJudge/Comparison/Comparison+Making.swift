public import AssayCore
import AssayMeasure
import Glibc

extension Comparison {
  /// Judges a run: every variant against the baseline variant of its group, and the gates of the record.
  ///
  /// A pure function of the record. A row whose metric no gate names has a verdict for the reader, not corrected for the
  /// number of rows; only gates can make such a run fail.
  ///
  /// - Parameters:
  ///   - record: The run; its gates against an earlier run are not judged here.
  ///   - gates: Beside those of the record.
  /// - Complexity: O(n log n) for n samples, and 2ᴿ·R for each test of R launches up to 14.
  public init(withinRun record: RunRecord, gates: [Gate] = [], limits: ComparisonLimits = ComparisonLimits()) {
    let table = EvidenceTable(record)
    let draft = ComparisonDraft(
      gates: (record.gates ?? []) + gates,
      drafts: WithinRunDrafts(table: table, confidence: limits.confidence).drafts(),
      candidate: table, scope: .withinRun, limits: limits)
    self = draft.comparison(base: nil, warnings: ComparisonWarnings.of(record, called: "the run"))
  }

  /// Judges a run against an earlier one, and by its own gates.
  ///
  /// Sizes, counts and answers are compared as they are; times only as ratios to what was measured beside them, see
  /// `docs/gates.md`. Without a gate against the earlier run typical latency and peak memory count; with such gates the
  /// rows they name. Everything counted and all answers count always.
  ///
  /// - Parameters:
  ///   - candidate: The run to judge, whose gates count.
  ///   - base: The earlier run.
  ///   - allowOtherMachine: Compare what can be compared although the machines differ.
  ///   - gates: Beside those of the candidate.
  /// - Throws: `emptyRun`, `nothingInCommon`, and `otherMachine` unless it is allowed.
  public init(
    of candidate: RunRecord, against base: RunRecord, allowOtherMachine: Bool = false, gates: [Gate] = [],
    limits: ComparisonLimits = ComparisonLimits()
  ) throws(JudgeError) {
    for (record, name) in [(base, "earlier"), (candidate, "candidate")] where record.trials.isEmpty {
      throw JudgeError(
        .emptyRun, "the \(name) run of '\(record.suite)' holds no trial", remedy: "run the suite to its end first")
    }
    let (own, before) = (EvidenceTable(candidate), EvidenceTable(base))
    guard own.order.contains(where: { before[$0] != nil }) else {
      let suites =
        candidate.suite == base.suite ? "" : ": they are of the suites '\(base.suite)' and '\(candidate.suite)'"
      throw JudgeError(
        .nothingInCommon, "the two runs have no trial in common\(suites)",
        remedy: "compare runs with the same baselines, variants, engines, threads, batches and scenarios")
    }
    let differences = MachineFingerprint(candidate.environment).differences(
      from: MachineFingerprint(base.environment))
    guard differences.isEmpty || allowOtherMachine else {
      throw JudgeError(
        .otherMachine, "the runs come from different machines: \(differences.joined(separator: "; "))",
        remedy: "measure both on one machine, or compare ratios to the baseline only with --allow-other-machine")
    }
    let across = AcrossRunsDrafts(
      candidate: own, base: before, isOtherMachine: !differences.isEmpty, confidence: limits.confidence)
    let draft = ComparisonDraft(
      gates: (candidate.gates ?? []) + gates,
      drafts: across.drafts() + WithinRunDrafts(table: own, confidence: limits.confidence).drafts(), candidate: own,
      scope: .acrossRuns, limits: limits)
    self = draft.comparison(
      base: base, warnings: ComparisonWarnings.of(across, differences, candidate: candidate, base: base))
  }
}

/// All that a comparison is made of, before it is judged.
struct ComparisonDraft {
  let gates: [Gate]
  let drafts: [RowDraft]
  let candidate: EvidenceTable
  let scope: Comparison.Scope
  let limits: ComparisonLimits

  func comparison(base: RunRecord?, warnings: [String]) -> Comparison {
    let tests = tests()
    let judgements = RowJudge(drafts: drafts, limits: limits).judge(tests)
    let outcomes = GateJudge(
      gates: gates, drafts: drafts, tests: tests, judgements: judgements, candidate: candidate,
      hasEarlierRun: scope == .acrossRuns, confidence: limits.confidence
    ).outcomes()
    var warnings = warnings
    for gate in gates where !outcomes.contains(where: { $0.gate == gate }) {
      warnings.append("the gate '\(gate.text)' applies to no trial of the run")
    }
    let repeated = Set((candidate.record.setAside ?? []).map(\.group))
    var contaminated: [ComparisonGroup] = []
    for index in tests.indices where tests[index].isJudged && judgements[index].reason.hasPrefix("contaminated") {
      let group = drafts[tests[index].draft].trial.group
      if !repeated.contains(group), !contaminated.contains(group) { contaminated.append(group) }
      let advice = repeated.contains(group) ? "so it was in a second measurement; " : ""
      warnings.append("\(judgements[index].reason); \(advice)measure again on a quieter machine")
    }
    if let few = tests.indices.first(where: { tests[$0].isJudged && judgements[$0].reason.contains("too few launches") }
    ) {
      warnings.append(
        "too few launches for all verdicts (\(candidate.record.settings.launches)): measure with --rigorous, or gate "
          + "fewer metrics or variants (\(judgements[few].reason.split(separator: ";").last?.drop { $0 == " " } ?? ""))"
      )
    }
    let wanted = Set(tests.indices.filter { judgements[$0].wantsConfirmation }.map { drafts[tests[$0].draft].trial })
    return Comparison(
      scope: scope, base: base.map(RunReference.init), candidate: RunReference(candidate.record),
      rows: rows(tests, judgements), gates: outcomes, warnings: warnings.sortedOnce(),
      needsConfirmation: candidate.order.filter(wanted.contains), contaminated: contaminated)
  }

  /// A test for each gate that names a row, or one under the metric's own tolerance.
  private func tests() -> [RowTest] {
    // Launches: gates against the earlier run say which rows count; without one the defaults do.
    let hasLaunchGates = gates.contains { gate in
      let kind = MetricCatalog.metric(named: gate.metric)?.kind
      return gate.reference == .earlierRun && (kind == .timed || kind == .memory)
    }
    var tests: [RowTest] = []
    for (index, draft) in drafts.enumerated() {
      let own = gates.indices.filter {
        gates[$0].scope == draft.scope && gates[$0].metric == draft.metric.name && gates[$0].applies(to: draft.trial)
      }
      for gate in own {
        tests.append(
          RowTest(
            draft: index, threshold: limits.threshold(for: draft.metric, gate: gates[gate]), isJudged: true, gate: gate)
        )
      }
      guard own.isEmpty else { continue }
      let isNoisy = draft.metric.kind == .timed || draft.metric.kind == .memory
      tests.append(
        RowTest(
          draft: index, threshold: limits.threshold(for: draft.metric),
          isJudged: draft.isJudgedByDefault && !(isNoisy && hasLaunchGates), gate: nil))
    }
    return tests
  }

  /// One row for each draft of the comparison's scope, judged under the strictest tolerance; worst first.
  private func rows(_ tests: [RowTest], _ judgements: [Judgement]) -> [ComparisonRow] {
    var strictest: [Int: Int] = [:]
    for (index, test) in tests.enumerated() where drafts[test.draft].scope == scope {
      guard let other = strictest[test.draft] else {
        strictest[test.draft] = index
        continue
      }
      let base = drafts[test.draft].base ?? 1
      if test.threshold.amount(of: base) < tests[other].threshold.amount(of: base) { strictest[test.draft] = index }
    }
    let entries = strictest.sorted { $0.key < $1.key }.compactMap {
      draft, test -> (row: ComparisonRow, isGated: Bool)? in
      // A tail that few samples leave open is worth a row only where somebody asked for it.
      if !tests[test].isJudged, drafts[draft].metric.kind == .timed,
        case .settled(.inconclusive, _) = drafts[draft].evidence
      {
        return nil
      }
      return (row(drafts[draft], judgements[test]), tests[test].isJudged)
    }
    return entries.enumerated().sorted { a, b in
      let (one, other) = (a.element, b.element)
      if one.row.verdict != other.row.verdict { return one.row.verdict < other.row.verdict }
      if one.isGated != other.isGated { return one.isGated }
      let sizes = (one.row.sizeOfChange, other.row.sizeOfChange)
      return sizes.0 != sizes.1 ? sizes.0 > sizes.1 : a.offset < b.offset
    }.map(\.element.row)
  }

  private func row(_ draft: RowDraft, _ judgement: Judgement) -> ComparisonRow {
    ComparisonRow(
      trial: draft.trial, metric: draft.metric, base: draft.base, candidate: draft.candidate, change: judgement.change,
      resolution: judgement.resolution, p: judgement.p, adjustedP: judgement.adjustedP, q: judgement.q,
      verdict: judgement.verdict,
      reason: judgement.reason)
  }
}

extension ComparisonRow {
  /// How large the change is, by which rows of one verdict are ordered: |ln ratio|, or a difference as a share of the base.
  fileprivate var sizeOfChange: Double {
    guard let change, let value = change.value else { return 0 }
    let size =
      switch change.kind {
      case .ratio: abs(log(value))
      case .difference: abs(value) / max(abs(base ?? 1), 1e-300)
      }
    return size.isNaN ? 0 : size
  }
}

extension [String] {
  /// Each text once, in the order of their first.
  fileprivate func sortedOnce() -> [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}
