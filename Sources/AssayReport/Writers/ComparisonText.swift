import AssayCore
public import AssayJudge
import AssayMeasure
import Glibc

/// How much of a comparison is written out.
public enum ComparisonDetail: Sendable, Hashable {
  /// The verdict and what became of the gates.
  case gates
  /// Also every row but those that are the same.
  case changes
  /// Every row.
  case everything
}

/// The verdict in one line: `FAILED: 1 of 6 gates, 2 regressions`, `passed: 6 gates, 12 trials`.
///
/// The first word tells the exit code: `FAILED` is 1 or 2, everything else 0.
public func verdictLine(_ comparison: Comparison) -> String {
  let gates = GateSummary.all(of: comparison)
  let failed = gates.count { $0.worst == .failed }
  let trials = counted(Set(comparison.gates.map(\.trial) + comparison.rows.map(\.trial)).count, "trial")
  let failedTrials = Set(comparison.rows.filter { $0.verdict == .failed }.map(\.trial)).count
  var problems: [String] = []
  if failed > 0 { problems.append("\(failed) of \(counted(gates.count, "gate"))") }
  let regressions = comparison.scope == .acrossRuns ? comparison.rows.count { $0.verdict == .regressed } : 0
  if regressions > 0 { problems.append(counted(regressions, "regression")) }
  if failedTrials > 0 { problems.append("\(counted(failedTrials, "trial")) failed") }
  guard comparison.exitStatus == .success else {
    let passed = failed == 0 && !gates.isEmpty ? "; \(gateWords(gates))" : ""
    return "FAILED: \(problems.joined(separator: ", "))\(passed)"
  }
  var words = [gateWords(gates)]
  if comparison.scope == .acrossRuns {
    for verdict in Verdict.allCases {
      let count = comparison.rows.count { $0.verdict == verdict }
      if count > 0 { words.append("\(count.grouped) \(verdict.rawValue)") }
    }
  }
  words.append(trials)
  let isSure = gates.allSatisfy { $0.worst == .passed }
  return "\(isSure ? "passed" : "passed with reservations"): \(words.joined(separator: ", "))"
}

/// `6 gates`, `4 of 6 gates, 1 not proven, 1 not judged`, `no gates`.
private func gateWords(_ gates: [GateSummary]) -> String {
  let passed = gates.count { $0.worst == .passed }
  guard passed < gates.count else { return counted(gates.count, "gate") }
  let open = [GateOutcome.Result.notProven, .notJudged].compactMap { result -> String? in
    let count = gates.count { $0.worst == result }
    return count == 0 ? nil : "\(count) \(words(result))"
  }
  return (["\(passed) of \(counted(gates.count, "gate"))"] + open).joined(separator: ", ")
}

/// The comparison as text for a terminal, the verdict line first and what is worst first; every line ends with LF.
public func comparisonText(
  _ comparison: Comparison, style: TerminalStyle, detail: ComparisonDetail = .changes
) -> String {
  var text = TerminalText(style: style)
  text.paragraph(verdictLine(comparison), as: comparison.exitStatus == .success ? .bold : .red)
  if let base = comparison.base {
    text.paragraph("\(runWords(comparison.candidate)), against \(runWords(base))", as: .dim)
  }
  for warning in comparison.warnings { text.item("warning: \(visibleLine(warning))") }
  let label = TrialLabel(comparison.rows.map(\.trial) + comparison.gates.map(\.trial))
  let gates = GateSummary.all(of: comparison)
  if !gates.isEmpty {
    text.blank()
    for gate in gates { write(gate, label, to: &text) }
  }
  let rows =
    switch detail {
    case .gates: [ComparisonRow]()
    case .changes: comparison.rows.filter { $0.verdict != .same }
    case .everything: comparison.rows
    }
  if !rows.isEmpty {
    text.blank()
    write(rows, label, showsQ: detail == .everything, to: &text)
  }
  let hidden = comparison.rows.count - rows.count
  if detail == .changes, hidden > 0 {
    text.blank()
    text.paragraph("\(counted(hidden, "row")) the same (--all shows them)", as: .dim)
  }
  return text.text
}

private func runWords(_ run: RunReference) -> String { "\(visibleLine(run.suite)) of \(visibleLine(run.startedAt))" }

// MARK: Gates

/// All outcomes of one gate.
private struct GateSummary {
  var gate: Gate
  var outcomes: [GateOutcome]

  var worst: GateOutcome.Result {
    GateOutcome.Result.allCases.first { result in outcomes.contains { $0.result == result } } ?? .notJudged
  }

  /// One entry a gate, failed ones first, otherwise in the order of the outcomes.
  static func all(of comparison: Comparison) -> [GateSummary] {
    var places: [Gate: Int] = [:]
    var summaries: [GateSummary] = []
    for outcome in comparison.gates {
      if let place = places[outcome.gate] {
        summaries[place].outcomes.append(outcome)
      } else {
        places[outcome.gate] = summaries.count
        summaries.append(GateSummary(gate: outcome.gate, outcomes: [outcome]))
      }
    }
    return summaries
  }
}

private func words(_ result: GateOutcome.Result) -> String {
  switch result {
  case .failed: "FAILED"
  case .notProven: "not proven"
  case .notJudged: "not judged"
  case .passed: "passed"
  }
}

/// A gate with the trials that did not pass it; those that did are counted.
private func write(_ summary: GateSummary, _ label: TrialLabel, to text: inout TerminalText) {
  let open = summary.outcomes.filter { $0.result != .passed }
  let passed = summary.outcomes.filter { $0.result == .passed }
  let head = "\(words(summary.worst)): \(visibleLine(summary.gate.text))"
  if open.isEmpty, passed.count == 1 {
    text.paragraph("\(head) (\(label.text(passed[0].trial)): \(visibleLine(passed[0].reason)))")
    return
  }
  let others = passed.isEmpty ? "" : " (\(counted(passed.count, "trial"))\(open.isEmpty ? "" : " passed"))"
  text.paragraph(head + others, as: summary.worst == .failed ? .red : .plain)
  // One line for each result and reason, with the trials it holds for.
  var lines: [(result: GateOutcome.Result, reason: String, trials: [String])] = []
  for outcome in open {
    let name = label.text(outcome.trial)
    if let place = lines.firstIndex(where: { $0.result == outcome.result && $0.reason == outcome.reason }) {
      lines[place].trials.append(name)
    } else {
      lines.append((outcome.result, outcome.reason, [name]))
    }
  }
  for line in lines {
    let result = line.result == summary.worst ? "" : "\(words(line.result)): "
    text.item("\(listed(line.trials)): \(result)\(visibleLine(line.reason))")
  }
}

// MARK: Rows

private func write(
  _ rows: [ComparisonRow], _ label: TrialLabel, showsQ: Bool, to text: inout TerminalText
) {
  func column(_ title: String, isNumber: Bool = true, _ cell: (ComparisonRow) -> String) -> TextTable.Column {
    TextTable.Column(title: title, isNumber: isNumber, cells: rows.map(cell))
  }
  let table = TextTable(
    names: column("variant", isNumber: false) { label.text($0.trial) },
    columns: [
      column("verdict", isNumber: false) { $0.verdict.rawValue },
      column("metric", isNumber: false) { $0.isWholeTrial ? "–" : $0.metric.name },
      column("before") { value($0.base, $0.metric) },
      column("now") { value($0.candidate, $0.metric) },
      column("change") { signedChange($0) ?? "–" },
      column("speed", isNumber: false) { speedWords($0) ?? "–" },
    ] + (showsQ && rows.contains { $0.q != nil } ? [column("q") { ChangeText.p($0.q) }] : []), remarks: [:])
  for (index, lines) in table.layout(width: text.style.width).enumerated() {
    if index > 0 { text.blank() }
    for line in lines {
      switch line.role {
      case .title: text.line(line.text, as: .underlined)
      case .row(let row):
        text.line(line.text, as: [.failed, .regressed].contains(rows[row].verdict) ? .red : .plain)
      }
    }
  }
  if showsQ, rows.contains(where: { $0.q != nil }) {
    text.blank()
    text.item(
      "q: p for exploring, after Benjamini and Hochberg's correction over the rows that no gate names", as: .dim)
  }
  let explained = rows.filter { ![.same, .improved].contains($0.verdict) }
  if !explained.isEmpty { text.blank() }
  for row in explained {
    let metric = row.isWholeTrial ? "" : " \(row.metric.name)"
    text.item("\(label.text(row.trial))\(metric) \(row.verdict.rawValue): \(visibleLine(row.reason))")
  }
}

extension ComparisonRow {
  /// Whether the row stands for a trial that has no metrics to compare.
  fileprivate var isWholeTrial: Bool { base == nil && candidate == nil && change == nil }
}

/// A value in the metric's unit, for a cell.
private func value(_ value: Double?, _ metric: Metric) -> String {
  guard let value else { return "–" }
  return switch metric.unit {
  case "ns": QuantityText.duration(value)
  case "B": QuantityText.bytes(value)
  case "1/s": QuantityText.rate(value)
  case "fraction": QuantityText.percent(value)
  case "count": QuantityText.count(value)
  default: "\(QuantityText.significant(value, digits: 3)) \(metric.unit)"
  }
}

/// `−29.6 %`, `+0.06 pp`, `+1.2 kB`; nil without a change.
func signedChange(_ row: ComparisonRow) -> String? {
  guard let change = row.change, let amount = change.value, amount.isFinite else { return nil }
  switch change.kind {
  case .ratio: return QuantityText.signed((amount - 1) * 100, decimals: 1) + " %"
  case .difference:
    if row.metric.unit == "fraction" { return QuantityText.points(amount) + " pp" }
    return (amount < 0 ? "−" : amount > 0 ? "+" : "") + value(abs(amount), row.metric)
  }
}

/// `1.42x as fast (95 % CI 1.38–1.46)` of a latency or a throughput; nil for anything else.
func speedWords(_ row: ComparisonRow) -> String? {
  guard row.metric.kind == .timed, let change = row.change, change.kind == .ratio, let ratio = change.value, ratio > 0
  else { return nil }
  let isTime = row.metric.direction == .lowerIsBetter
  func speed(_ ratio: Double) -> Double { isTime ? 1 / ratio : ratio }
  let shown = QuantityText.ratio(speed(ratio))
  // A change that a verdict rests on must not read like none.
  let needsDigits = shown == "1.00" && ratio != 1
  func text(_ ratio: Double) -> String {
    needsDigits ? QuantityText.fixed(ratio, decimals: 3) : QuantityText.ratio(ratio)
  }
  guard let interval = change.interval, interval.low > 0, interval.high.isFinite else {
    return "\(text(speed(ratio)))x as fast"
  }
  let ends = [speed(interval.low), speed(interval.high)].sorted()
  let coverage =
    interval.coverage >= 0.9495 ? "95" : QuantityText.fixed(interval.coverage * 100, decimals: 1)
  return "\(text(speed(ratio)))x as fast (\(coverage) % CI \(text(ends[0]))–\(text(ends[1])))"
}
