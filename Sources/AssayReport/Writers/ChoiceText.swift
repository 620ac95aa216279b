import AssayCore
public import AssayJudge
import AssayMeasure

/// How much of the choices of a run is written out.
public enum ChoiceDetail: Sendable, Hashable {
  /// One headline a group.
  case headlines
  /// Everything but the table of candidates.
  case sentences
  /// Everything of each group.
  case everything
}

/// The choices of a run as text for a terminal; every line ends with LF.
public func choiceText(_ choices: [Choice], style: TerminalStyle, detail: ChoiceDetail = .everything) -> String {
  var text = TerminalText(style: style)
  let groups = Set(choices.map(\.group))
  for (index, choice) in choices.enumerated() {
    let title = groups.count > 1 ? choiceTitle(choice, among: choices) + ": " : ""
    if detail == .headlines {
      text.paragraph(title + visibleLine(choice.headline), as: .bold)
      continue
    }
    if index > 0 { text.blank() }
    text.paragraph(title + visibleLine(choice.headline), as: choice.recommended == nil ? .red : .bold)
    write(choice, detail, to: &text)
  }
  return text.text
}

/// The shortest words that tell the group of a choice from the others'.
func choiceTitle(_ choice: Choice, among choices: [Choice]) -> String {
  let label = TrialLabel(choices.map { Trial(variant: "", group: $0.group) })
  let words = label.text(Trial(variant: "", group: choice.group))
  return words.hasSuffix(": ") ? String(words.dropLast(2)) : words
}

private func write(_ choice: Choice, _ detail: ChoiceDetail, to text: inout TerminalText) {
  func section(_ title: String, _ lines: [String]) {
    guard !lines.isEmpty else { return }
    text.paragraph(title, as: .underlined)
    for line in lines { text.item(visibleLine(line)) }
  }
  section("Why", choice.reasons.map(\.text))
  section("Note", choice.remarks)
  if let second = choice.runnerUp { section("Runner-up", [second.text]) }
  section("What the constraints cost", choice.constraintCosts.map(\.text))
  section("Try next", choice.next.map(\.text))
  guard detail == .everything, !choice.candidates.isEmpty else { return }
  text.blank()
  let table = TextTable(
    names: TextTable.Column(
      title: "variant", isNumber: false,
      cells: choice.candidates.map { ($0.isOnFront ? "* " : "  ") + visibleLine($0.variant) }),
    columns: [
      TextTable.Column(title: choice.objective, isNumber: true, cells: choice.candidates.map { value($0, choice) }),
      TextTable.Column(title: "against baseline", isNumber: true, cells: choice.candidates.map(change)),
      TextTable.Column(title: "constraints", isNumber: false, cells: choice.candidates.map(standing)),
    ],
    remarks: Dictionary(
      uniqueKeysWithValues: choice.candidates.enumerated().compactMap { index, candidate -> (Int, String)? in
        if case .unknown(let reason) = candidate.standing, candidate.value == nil {
          (index, visibleLine(reason))
        } else {
          nil
        }
      }))
  for (index, lines) in table.layout(width: text.style.width).enumerated() {
    if index > 0 { text.blank() }
    for line in lines { text.line(line.text, as: line.role == .title ? .underlined : .plain) }
  }
  if choice.candidates.contains(where: \.isOnFront) {
    text.item("* on the Pareto front of accuracy and \(frontCost(choice))", as: .dim)
  }
}

private func frontCost(_ choice: Choice) -> String {
  switch choice.priority {
  case .size: "size"
  case .memory: "memory"
  case .speed, .accuracy, .balanced: "time"
  }
}

/// What the priority compares, with its unit.
func choiceValue(_ candidate: ChoiceCandidate, objective: String) -> String? {
  guard let value = candidate.value else { return nil }
  switch MetricCatalog.metric(named: objective)?.unit {
  case "ns": return QuantityText.duration(value)
  case "B": return QuantityText.bytes(value)
  case "1/s": return QuantityText.rate(value)
  case "fraction": return QuantityText.percent(value)
  default: return QuantityText.significant(value, digits: 3)
  }
}

private func value(_ candidate: ChoiceCandidate, _ choice: Choice) -> String {
  choiceValue(candidate, objective: choice.objective) ?? "–"
}

private func change(_ candidate: ChoiceCandidate) -> String {
  guard let change = candidate.change, let value = change.value else { return "–" }
  switch change.kind {
  case .ratio:
    let interval = change.interval.map { " [\(QuantityText.ratio($0.low)), \(QuantityText.ratio($0.high))]" } ?? ""
    return QuantityText.ratio(value) + "x" + interval
  case .difference: return QuantityText.points(value)
  }
}

/// `fits`, or what is missed.
func standing(_ candidate: ChoiceCandidate) -> String {
  switch candidate.standing {
  case .fits: return candidate.checks.contains { $0.result == .metNotShown } ? "fits, not shown" : "fits"
  case .misses:
    let missed = candidate.checks.filter { $0.result == .missed || $0.result == .missedNotShown }
    return "misses " + missed.map(\.gate.metric).joined(separator: ", ")
  case .unknown: return "–"
  }
}
