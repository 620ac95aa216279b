import AssayCore
import AssayJudge

/// A run for a terminal, to be read from top to bottom: verdict, what to take, table and distributions of each group.
///
/// Every line ends with LF and is at most as wide as `style` says.
public func terminalView(_ model: ReportModel, style: TerminalStyle) -> String {
  var text = TerminalText(style: style)
  text.paragraph(visibleLine(model.suite), as: .bold)
  text.paragraph(
    "\(TrendWords.time(model.startedAt))\(model.finishedAt == nil ? ", not finished" : ""), Assay \(visibleLine(model.programVersion))",
    as: .dim)
  if let comparison = model.comparison {
    text.blank()
    text.paragraph(verdictLine(comparison), as: comparison.exitStatus == .success ? .bold : .red)
    for gate in comparison.gates where gate.result != .passed {
      text.item(visibleLine("\(gate.gate.text): \(gate.trial.variant): \(gate.result.words), \(gate.reason)"))
    }
    for warning in comparison.warnings { text.item("warning: \(visibleLine(warning))") }
  }
  writeAnswers(model, to: &text)
  if !model.findings.isEmpty { text.blank() }
  for finding in model.findings { text.item(visibleLine(finding)) }
  for group in model.groups {
    text.blank()
    text.paragraph(groupTitle(group), as: .bold)
    for finding in group.findings { text.item(visibleLine(finding)) }
    text.blank()
    writeTable(group, to: &text)
    writeDistributions(group, to: &text)
    for pick in model.recommendations where isPick(pick, of: group) && !pick.reasons.isEmpty {
      text.blank()
      text.paragraph("why \(pick.variant.map(visibleLine) ?? "none"), and what next", as: .underlined)
      for reason in pick.reasons { text.item(visibleLine(reason)) }
    }
  }
  return text.text
}

/// What to take, a paragraph a group; the reasons follow the group's table.
private func writeAnswers(_ model: ReportModel, to text: inout TerminalText) {
  guard let first = model.recommendations.first else { return }
  text.blank()
  text.paragraph("\(visibleLine(first.purpose)):", as: .dim)
  let label = TrialLabel(model.groups.map { Trial(variant: "", group: $0.group) })
  for pick in model.recommendations {
    let group = model.groups.first { isPick(pick, of: $0) }?.group
    let place = group.map { label.text(Trial(variant: "", group: $0)) } ?? ""
    text.paragraph(place + visibleLine(pick.answer), as: .bold)
  }
}

private func isPick(_ pick: ReportRecommendation, of group: ReportGroup) -> Bool {
  pick.baseline == group.group.baseline && pick.conditions == group.conditions
}

private func writeDistributions(_ group: ReportGroup, to text: inout TerminalText) {
  var names = 0
  var medians = 0
  var rows: [ReportRow] = []
  var distributions: [LatencyDistribution] = []
  var texts: [String] = []
  for row in group.rows {
    guard let distribution = row.distribution else { continue }
    let median = QuantityText.duration(distribution.quantile_ns(0.5))
    names = max(names, min(24, displayWidth(visibleLine(row.variant))))
    medians = max(medians, displayWidth(median))
    rows.append(row)
    distributions.append(distribution)
    texts.append(median)
  }
  guard let axis = SparklineAxis(distributions) else { return }
  let room = text.style.width - names - medians - 6
  guard room >= 8 else { return }
  let width = min(60, room)
  text.blank()
  text.paragraph("latency of all samples, with the median", as: .underlined)
  for index in rows.indices {
    let name = padded(shortened(visibleLine(rows[index].variant), toWidth: names), toWidth: names)
    let median = padded(texts[index], toWidth: medians, right: true)
    text.line("  \(name)  \(median)  \(axis.line(distributions[index], width: width))".trimmedAtEnd)
  }
  let ends = (QuantityText.duration(axis.low), QuantityText.duration(axis.high))
  let kind = axis.isLogarithmic ? " (logarithmic)" : ""
  let gap = width - displayWidth(ends.0) - displayWidth(ends.1)
  let line = gap > 0 ? ends.0 + String(repeating: " ", count: gap) + ends.1 : ends.0
  let left = String(repeating: " ", count: names + medians + 6)
  let hasRoom = displayWidth(left + line + kind) <= text.style.width
  text.line(truncated(left + line + (hasRoom ? kind : ""), toWidth: text.style.width), as: .dim)
}

extension String {
  /// Without blanks at its end.
  fileprivate var trimmedAtEnd: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
