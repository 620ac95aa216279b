import AssayCore
public import AssayJudge

/// The trends of a history as text for a terminal: a table for each suite and group, with the steps below.
///
/// Every line ends with LF.
public func trendTable(_ report: TrendReport, style: TerminalStyle) -> String {
  var text = TerminalText(style: style)
  let words = TrendWords(report: report)
  guard let first = report.runs.first, let last = report.runs.last, !report.trends.isEmpty else {
    text.paragraph("no runs of that kind in the history")
    return text.text
  }
  let range =
    report.runs.count == 1
    ? TrendWords.time(first.startedAt)
    : "\(TrendWords.time(first.startedAt)) to \(TrendWords.time(last.startedAt))"
  text.paragraph("\(counted(report.runs.count, "run")), \(range)", as: .bold)
  if let machines = words.machines { text.item(machines) }
  for group in groups(report.trends) {
    text.blank()
    let key = group[0].trial.group
    text.paragraph(
      "\(visibleLine(group[0].suite)), \(visibleLine(key.baseline)): \(TrendWords.conditions(key))", as: .bold)
    write(group, words, to: &text)
  }
  return text.text
}

/// Trends of the same suite and group, in their order.
private func groups(_ trends: [Trend]) -> [[Trend]] {
  var groups: [[Trend]] = []
  for trend in trends {
    if let last = groups.last?.last, last.suite == trend.suite, last.trial.group == trend.trial.group {
      groups[groups.count - 1].append(trend)
    } else {
      groups.append([trend])
    }
  }
  return groups
}

private func write(_ trends: [Trend], _ words: TrendWords, to text: inout TerminalText) {
  func column(_ title: String, isNumber: Bool = false, _ cell: (Trend) -> String) -> TextTable.Column {
    TextTable.Column(title: title, isNumber: isNumber, cells: trends.map(cell))
  }
  let table = TextTable(
    names: column("variant") { visibleLine($0.trial.variant) },
    columns: [
      column("metric") { visibleLine($0.metric.name) },
      column("newest", isNumber: true) { trend in
        trend.points.last.map { TrendWords.quantity($0.measured.value, unit: trend.metric.unit) } ?? "–"
      },
      column("relative", isNumber: true) { trend in
        guard trend.terms != .value, let level = trend.points.last?.level else { return "–" }
        return TrendWords.level(level.value, in: trend)
      },
      column("to") { trend in
        switch trend.terms {
        case .ratioToBaseline: "baseline"
        case .ratioToControl: "control"
        case .value: "–"
        }
      },
      column("runs", isNumber: true) { $0.points.count.grouped },
      column("steps", isNumber: true) { $0.steps.isEmpty ? "–" : $0.steps.count.grouped },
      column("trend") { words.sparkline($0) },
    ], remarks: [:])
  for (index, lines) in table.layout(width: text.style.width).enumerated() {
    if index > 0 { text.blank() }
    for line in lines { text.line(line.text, as: line.role == .title ? .underlined : .plain) }
  }
  let notes = trends.flatMap { trend in
    trend.steps.map { step in
      "\(visibleLine(trend.trial.variant)) \(visibleLine(trend.metric.name)): \(words.step(step, in: trend))"
    }
  }
  if !notes.isEmpty { text.blank() }
  for note in notes { text.item(note) }
}
