import AssayCore

/// How a table may look on the terminal it is for.
public struct TerminalStyle: Sendable, Hashable {
  /// Columns a line may take, at least 40.
  public var width: Int
  /// Whether colours and bold type may be used.
  public var usesColor: Bool

  public init(width: Int = 100, usesColor: Bool = false) {
    self.width = max(40, width)
    self.usesColor = usesColor
  }

  /// Plain where the output is no terminal, `NO_COLOR` is set to anything (no-color.org) or `TERM` is `dumb`.
  public init(width: Int, isTerminal: Bool, environment: [String: String]) {
    let refuses = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
    self.init(width: width, usesColor: isTerminal && !refuses)
  }
}

/// The result table as text for a terminal, with the findings above and the notes below; every line ends with LF.
public func terminalTable(_ model: ReportModel, style: TerminalStyle) -> String {
  var text = TerminalText(style: style)
  text.paragraph(visibleLine(model.suite), as: .bold)
  for finding in model.findings { text.item(visibleLine(finding)) }
  for group in model.groups {
    text.blank()
    text.paragraph(groupTitle(group), as: .bold)
    write(group, to: &text)
  }
  if !model.problems.isEmpty {
    text.blank()
    for problem in model.problems { text.item(visibleLine(problem), as: .red) }
  }
  return text.text
}

/// `digits-mlp: onnxruntime, cpu, 1 thread, batch 1, single-stream; 1,797 test rows`.
func groupTitle(_ group: ReportGroup) -> String {
  "\(visibleLine(group.group.baseline)): \(visibleLine(group.conditions))"
    + (group.rowsJudged.map { "; \(visibleLine($0))" } ?? "")
}

private func write(_ group: ReportGroup, to text: inout TerminalText) {
  let columns = shownColumns(of: group)
  let hasFront = group.rows.contains(where: \.isOnFront)
  let table = TextTable(
    names: TextTable.Column(
      title: "variant", isNumber: false,
      cells: group.rows.map { ($0.isOnFront ? "* " : hasFront ? "  " : "") + visibleLine($0.variant) }),
    columns: columns.map { column in
      TextTable.Column(title: column.title, isNumber: true, cells: group.rows.map(column.text))
    },
    remarks: Dictionary(
      uniqueKeysWithValues: group.rows.enumerated().compactMap { index, row in
        row.reason.map { (index, visibleLine($0)) }
      }))
  for (index, lines) in table.layout(width: text.style.width).enumerated() {
    if index > 0 { text.blank() }
    for line in lines {
      switch line.role {
      case .title: text.line(line.text, as: .underlined)
      case .row(let row): text.line(line.text, as: group.rows[row].textStyle)
      }
    }
  }
  let notes = tableNotes(of: group)
  if !notes.isEmpty { text.blank() }
  for note in notes { text.item(note, as: .dim) }
}

/// The columns in which at least one row has a value.
func shownColumns(of group: ReportGroup) -> [ReportColumn] {
  ReportColumn.all.filter { column in group.rows.contains { column.text($0) != "–" } }
}

/// What the cells could not say: signs, missing numbers and why, failures in full.
func tableNotes(of group: ReportGroup) -> [String] {
  var notes: [String] = []
  if group.rows.contains(where: \.isOnFront) {
    notes.append("* on the Pareto front of accuracy and latency")
  }
  let changes = group.rows.flatMap(\.figures).filter {
    [ReportMetric.accuracy.rawValue, ReportMetric.latencyP50.rawValue].contains($0.metric.name)
  }.compactMap(\.change)
  if changes.contains(where: { !$0.isShown }) {
    notes.append("~ not told from no change: the 95 % interval includes it")
  }
  // One line for each reason, with the variants it holds for.
  var reasons: [(text: String, variants: [String])] = []
  for row in group.rows where row.outcome == .measured {
    for figure in row.figures {
      guard let note = figure.note else { continue }
      let text = "\(figure.metric.name): \(visibleLine(note))"
      if let index = reasons.firstIndex(where: { $0.text == text }) {
        reasons[index].variants.append(visibleLine(row.variant))
      } else {
        reasons.append((text, [visibleLine(row.variant)]))
      }
    }
  }
  let measured = group.rows.count { $0.outcome == .measured }
  for reason in reasons {
    notes.append(reason.text + (reason.variants.count == measured ? "" : " (\(listed(reason.variants)))"))
  }
  for row in group.rows {
    if let reason = row.reason { notes.append("\(visibleLine(row.variant)) \(visibleLine(reason))") }
  }
  return notes
}

extension ReportRow {
  fileprivate var textStyle: TerminalText.Style {
    switch outcome {
    case .measured: .plain
    case .failed: .red
    case .skipped: .dim
    }
  }
}

/// Lines of at most a given width, with the escape sequences of their style.
struct TerminalText {
  /// SGR parameters of ECMA-48.
  enum Style: String { case plain = "", bold = "1", dim = "2", underlined = "4", red = "31" }

  let style: TerminalStyle
  private(set) var text = ""

  init(style: TerminalStyle) { self.style = style }

  mutating func blank() { text += "\n" }

  /// One line that is known to fit.
  mutating func line(_ line: String, as look: Style = .plain) {
    text += style.usesColor && look != .plain ? "\u{1B}[\(look.rawValue)m\(line)\u{1B}[0m\n" : line + "\n"
  }

  /// As many lines as it takes.
  mutating func paragraph(_ words: String, as look: Style = .plain) {
    for part in wrapped(words, toWidth: style.width) { line(part, as: look) }
  }

  /// An indented paragraph that begins with a bullet, unless it begins with a sign of its own.
  mutating func item(_ words: String, as look: Style = .plain) {
    let hasSign = words.hasPrefix("* ") || words.hasPrefix("~ ")
    let body = hasSign ? String(words.dropFirst(2)) : words
    let sign = hasSign ? String(words.prefix(1)) : "-"
    for (index, part) in wrapped(body, toWidth: style.width - 4).enumerated() {
      line((index == 0 ? "  \(sign) " : "    ") + part, as: look)
    }
  }
}
