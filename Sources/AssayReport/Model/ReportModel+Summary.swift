public import AssayCore
public import AssayJudge

extension ReportModel {
  /// Draws up the report of a run: a pure function of its record.
  ///
  /// A variant that could not be built has a row in every group of its baseline, with the reason, whether or not the run
  /// holds a trial of it.
  ///
  /// - Parameters:
  ///   - comparison: The verdicts to show; nil leaves them out.
  ///   - found: The choices for the record's goal, where they were made already; nil makes them.
  public init(_ record: RunRecord, comparison: Comparison? = nil, choices found: [Choice]? = nil) {
    self.comparison = comparison
    let summary = RunSummary(record)
    suite = record.suite
    suitePath = record.suitePath
    programVersion = record.programVersion
    startedAt = record.startedAt
    finishedAt = record.finishedAt
    command = record.command.map(shellWord).joined(separator: " ")
    planHash = record.planHash
    let groups = summary.baselines.flatMap { baseline in
      summary.groups(for: baseline).map { Self.group($0, of: summary, record: record) }
    }
    self.groups = groups
    variants = record.variants.map { Self.variant($0, record: record) }
    members = reportMembers(record)
    answers = answerChanges(record)
    environment = environmentFacts(record)
    method = methodSentences(record) + (noiseSentence(groups).map { [$0] } ?? [])
    recommendations = AssayReport.recommendations(found ?? choices(record, goal: record.goal ?? Goal()), in: record)
    findings = runFindings(groups, isFinished: record.finishedAt != nil) + remarkSentences(record)
  }

  private static func group(_ group: ComparisonGroup, of summary: RunSummary, record: RunRecord) -> ReportGroup {
    let front = Set(summary.paretoFront(in: group))
    let trials = Dictionary(
      record.trials.filter { $0.trial.group == group }.map { ($0.trial.variant, $0.result) }, uniquingKeysWith: { $1 })
    let measured = Dictionary(
      summary.rows(in: group).map { ($0.trial.variant, $0) }, uniquingKeysWith: { $1 })
    let built = record.variants.filter { $0.baseline == group.baseline }
    // Suite order, the baseline first; trials of variants that the record does not list come last.
    var names = [Trial.baselineVariant] + built.map(\.name) + summary.rows(in: group).map(\.trial.variant)
    var seen: Set<String> = []
    names = names.filter { seen.insert($0).inserted }
    let rows = names.compactMap { name -> ReportRow? in
      if let row = measured[name] {
        return ReportRow(
          variant: name, outcome: outcome(trials[name], row.status), figures: row.figures,
          isOnFront: front.contains(name),
          distribution: group.scenario == .offline
            ? nil : trials[name]?.data.flatMap { LatencyDistribution($0.launches) })
      }
      guard let variant = built.first(where: { $0.name == name }) else { return nil }
      let outcome: ReportRow.Outcome =
        if case .failed(let message) = variant.build { .failed("build: \(message)") } else {
          .skipped("not measured in this group")
        }
      return ReportRow(variant: name, outcome: outcome, figures: [], isOnFront: false, distribution: nil)
    }
    let answers = record.trials.first { $0.trial.group == group && $0.result.data?.answers != nil }?.result.data?
      .answers
    var drawn = ReportGroup(
      group: group, conditions: conditions(group, in: record.environment),
      rowsJudged: answers.flatMap { answers in
        record.datasets.first { $0.name == answers.dataset }.map(rowsWords)
      }, rows: rows)
    drawn.findings = findingSentences(drawn)
    drawn.rounds = roundSeries(of: group, rows: rows, in: record)
    return drawn
  }

  private static func outcome(_ result: TrialResult?, _ status: VariantSummary.Status) -> ReportRow.Outcome {
    switch status {
    case .completed: .measured
    case .skipped(let reason): .skipped(reason)
    case .failed(let message):
      if case .failed(let failure)? = result {
        .failed(
          "\(failure.stage.rawValue): \(message)" + (failure.signal.map { " (ended by signal \($0))" } ?? ""))
      } else {
        .failed(message)
      }
    }
  }

  private static func rowsWords(_ dataset: DatasetRecord) -> String {
    dataset.rows < dataset.availableRows
      ? "a subset: \(dataset.rows.grouped) of \(counted(dataset.availableRows, "row")) of \(dataset.name)"
      : "\(counted(dataset.rows, "row")) of \(dataset.name)"
  }

  private static func variant(_ variant: VariantRecord, record: RunRecord) -> ReportVariant {
    var facts: [ReportFact] = []
    var failure: String?
    var reports: [StepReport] = []
    switch variant.build {
    case .failed(let message): failure = message
    case .built(let built):
      facts.append(ReportFact("file", built.path))
      facts.append(ReportFact("SHA-256", built.sha256))
      facts.append(
        ReportFact("built", built.build_ns.map { "in \(QuantityText.duration(Double($0)))" } ?? "from the cache"))
      if !built.figures.unknownOperators.isEmpty {
        facts.append(ReportFact("operators not counted", built.figures.unknownOperators.joined(separator: ", ")))
      }
      reports = built.reports
    }
    var execution: [ReportExecution] = []
    for trial in record.trials
    where trial.trial.variant == variant.name && trial.trial.group.baseline == variant.baseline {
      guard let report = trial.result.data?.execution else { continue }
      let place = conditions(trial.trial.group, in: record.environment)
      let entry = ReportExecution(
        conditions: [place], int8Share: report.int8Share, floatNodes: report.floatNodes,
        operators: report.operators.sorted { $0.key < $1.key }.map { ReportFact($0.key, "\($0.value)") },
        notes: report.notes)
      if let index = execution.firstIndex(where: { $0.isSameWay(as: entry) }) {
        execution[index].conditions.append(place)
      } else {
        execution.append(entry)
      }
    }
    return ReportVariant(
      baseline: variant.baseline, name: variant.name, steps: variant.steps.map(\.description), failure: failure,
      reports: reports, facts: facts, execution: execution)
  }
}

extension ReportExecution {
  fileprivate func isSameWay(as other: ReportExecution) -> Bool {
    var copy = self
    copy.conditions = other.conditions
    return copy == other
  }
}

/// `onnxruntime 1.31.1, cpu, 1 thread, batch 1, single-stream`.
func conditions(_ group: ComparisonGroup, in environment: Environment) -> String {
  let version = environment.engines.first { $0.name == group.engine }.map { " \($0.version)" } ?? ""
  return "\(group.engine)\(version), \(group.device), \(counted(group.threads, "thread")), batch \(group.batch), "
    + group.scenario.rawValue
}

/// A word as a shell reads it back.
private func shellWord(_ word: String) -> String {
  let isPlain =
    !word.isEmpty
    && word.unicodeScalars.allSatisfy {
      ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
        || "-_./=:,+@".unicodeScalars.contains($0)
    }
  return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
}
