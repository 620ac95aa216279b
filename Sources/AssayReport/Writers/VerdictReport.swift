import AssayCore
import AssayJudge

/// The first lines of `report.md`: the verdict, the gates with the failed ones first, and what changed against an earlier run.
func verdictSection(_ comparison: Comparison) -> String {
  var text = "**\(Markdown.escaped(verdictLine(comparison)))**\n"
  if let base = comparison.base {
    text += "\nAgainst the run of \(Markdown.escaped(base.startedAt)) on \(Markdown.escaped(base.cpuModel)).\n"
  }
  for warning in comparison.warnings { text += "\n> \(Markdown.escaped(warning))\n" }
  let label = TrialLabel(comparison.rows.map(\.trial) + comparison.gates.map(\.trial))
  if !comparison.gates.isEmpty {
    text += "\n" + Markdown.table(["gate", "variant", "result", "found"], comparison.gates.map { cells($0, label) })
  }
  let changed = comparison.scope == .acrossRuns ? comparison.rows.filter { $0.verdict != .same } : []
  if !changed.isEmpty {
    text +=
      "\n"
      + Markdown.table(["variant", "verdict", "metric", "before", "now", "change"], changed.map { cells($0, label) })
  }
  return text + "\n"
}

private func cells(_ outcome: GateOutcome, _ label: TrialLabel) -> [String] {
  [
    Markdown.code(outcome.gate.text), Markdown.escaped(label.text(outcome.trial)),
    outcome.result == .failed ? "**failed**" : outcome.result.words, Markdown.escaped(outcome.reason),
  ]
}

private func cells(_ row: ComparisonRow, _ label: TrialLabel) -> [String] {
  [
    Markdown.escaped(label.text(row.trial)), row.verdict == .regressed ? "**regressed**" : row.verdict.rawValue,
    Markdown.escaped(row.metric.name), ChangeText.value(row.base, row.metric),
    ChangeText.value(row.candidate, row.metric), Markdown.escaped(ChangeText.change(row.change, row.metric)),
  ]
}
