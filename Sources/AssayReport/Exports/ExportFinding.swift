import AssayCore
import AssayJudge

/// One thing a person who looks at CI should be told.
struct ExportFinding: Sendable, Hashable {
  enum Severity: String, Sendable, Hashable { case error, warning }
  var severity: Severity
  /// A few words: `regressed: int8 latency.p50`.
  var title: String
  /// What was found, in a sentence.
  var message: String
  /// Where in the suite file it was asked for.
  var place: Place?
}

extension ExportInput {
  /// Gates that failed, regressions, trials that failed; then what was not shown: the worst first.
  ///
  /// An error is what makes the exit code not zero: within one run a variant may be worse than the baseline in a metric
  /// without a gate, which is no finding; against an earlier run a regression is one with or without a gate.
  var findings: [ExportFinding] {
    var errors: [ExportFinding] = []
    var warnings: [ExportFinding] = []
    for outcome in comparison?.gates ?? [] {
      let isError = outcome.result == .failed
      guard isError || outcome.result == .notProven || outcome.result == .notJudged else { continue }
      let finding = ExportFinding(
        severity: isError ? .error : .warning,
        title: "gate \(outcome.result.words): \(outcome.gate.text)",
        message: "\(label(outcome.trial)): \(outcome.reason)", place: outcome.gate.place)
      if isError { errors.append(finding) } else { warnings.append(finding) }
    }
    for trial in trials {
      guard let failure = trial.failure else { continue }
      errors.append(
        ExportFinding(
          severity: .error, title: "failed: \(trial.trial.variant)", message: "\(label(trial.trial)): \(failure)"))
    }
    for row in comparison?.rows ?? [] where comparison?.scope == .acrossRuns {
      guard let severity = row.verdict.severity else { continue }
      let finding = ExportFinding(
        severity: severity, title: "\(row.verdict.rawValue): \(row.trial.variant) \(row.metric.name)",
        message: "\(label(row.trial)): \(row.metric.name) \(changeWords(row))")
      if severity == .error { errors.append(finding) } else { warnings.append(finding) }
    }
    warnings += (comparison?.warnings ?? []).map {
      ExportFinding(severity: .warning, title: "comparison", message: $0)
    }
    return errors + warnings
  }

  /// `int8 of digits-mlp, batch 32`: the baseline and those conditions that are not the same for the whole run.
  func label(_ trial: Trial) -> String {
    let group = trial.group
    var words = trial.variant + (variedConditions.contains(.baseline) ? " of \(group.baseline)" : "")
    let parts: [(VariedConditions, String)] = [
      (.engine, group.engine), (.device, group.device), (.threads, counted(group.threads, "thread")),
      (.batch, "batch \(group.batch)"), (.scenario, group.scenario.rawValue),
    ]
    for (condition, text) in parts where variedConditions.contains(condition) { words += ", \(text)" }
    return words
  }

  /// Why a row has its verdict, after the change where the reason does not name it.
  func changeWords(_ row: ComparisonRow) -> String {
    let change = ChangeText.change(row.change, row.metric)
    if row.reason.isEmpty { return change }
    let namesChange = row.reason.contains(" CI ") || row.reason.contains("→")
    return change == "–" || namesChange || row.reason.contains(change) ? row.reason : "\(change); \(row.reason)"
  }
}

extension Verdict {
  /// Against an earlier run: what CI must see. A failed trial is reported once, as a trial.
  fileprivate var severity: ExportFinding.Severity? {
    switch self {
    case .regressed: .error
    case .missing, .unconfirmed, .incomparable: .warning
    case .failed, .inconclusive, .new, .same, .improved: nil
    }
  }
}

extension GateOutcome.Result {
  var words: String {
    switch self {
    case .failed: "failed"
    case .notProven: "not proven"
    case .notJudged: "not judged"
    case .passed: "passed"
    }
  }
}
