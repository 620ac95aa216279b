import AssayCore
import AssayJudge
import AssayMeasure

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
    for finding in group.findings { text.item(visibleLine(finding)) }
    writeTable(group, to: &text)
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

/// The table of one group with its notes.
func writeTable(_ group: ReportGroup, to text: inout TerminalText) {
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
  // Failures in full: a cell has not the room.
  let notes =
    tableNotes(of: group)
    + group.rows.compactMap { row in row.reason.map { "\(visibleLine(row.variant)) \(visibleLine($0))" } }
  if !notes.isEmpty { text.blank() }
  for note in notes { text.item(note, as: .dim) }
}

/// The columns in which at least one row has a value, with another quality in front where there is no top-1 accuracy.
func shownColumns(of group: ReportGroup) -> [ReportColumn] {
  func isKnown(_ column: ReportColumn) -> Bool { group.rows.contains { column.text($0) != "–" } }
  let columns = ReportColumn.all.filter { column in
    guard column.metric != MetricCatalog.packedSize || group.isAnyPacked else { return false }
    return isKnown(column)
  }
  guard !columns.contains(where: { $0.metric == ReportMetric.accuracy }) else { return columns }
  return Array(ReportColumn.otherQualities.filter(isKnown).prefix(1)) + columns
}

/// What the cells could not say: signs, missing numbers and why.
func tableNotes(of group: ReportGroup) -> [String] {
  var notes: [String] = []
  if group.rows.contains(where: \.isOnFront) {
    notes.append("* on the Pareto front of accuracy and latency")
  }
  let shown = shownColumns(of: group).map(\.metric.name)
  let compared = [ReportMetric.accuracy, MetricCatalog.latencyP50]
  if group.rows.contains(where: { row in
    compared.contains { row[$0]?.change?.value != nil && row[$0]?.showsChange == false }
  }) {
    notes.append("~ not told from no change: the interval includes it")
  }
  notes += seedNotes(group) + coverageNotes(group)
  // One line for each reason, with the variants it holds for.
  var reasons: [(text: String, variants: [String])] = []
  func note(_ text: String, _ variant: String) {
    if let index = reasons.firstIndex(where: { $0.text == text }) {
      if !reasons[index].variants.contains(variant) { reasons[index].variants.append(variant) }
    } else {
      reasons.append((text, [variant]))
    }
  }
  for row in group.rows where row.outcome == .measured {
    for metric in ReportColumn.all.map(\.metric) {
      guard let figure = row[metric] else { continue }
      // A record from before packed sizes were counted lacks nothing else for it.
      if metric != MetricCatalog.packedSize, let reason = figure.reason {
        note("no \(metric.name): \(visibleLine(reason))", visibleLine(row.variant))
      }
      // Where no row has a change the reason is the baseline's, and its row tells it.
      if shown.contains(metric.name), let reason = figure.change?.reading.reason, figure.value != nil {
        note("no comparison of \(metric.name): \(visibleLine(reason))", visibleLine(row.variant))
      }
    }
  }
  let measured = group.rows.count { $0.outcome == .measured }
  for reason in reasons {
    notes.append(reason.text + (reason.variants.count == measured ? "" : " (\(listed(reason.variants)))"))
  }
  return notes
}

/// What stands for several seeds.
private func seedNotes(_ group: ReportGroup) -> [String] {
  let repeated = group.rows.filter { ($0[ReportMetric.accuracy]?.seeds?.values.count ?? 0) > 1 }
  guard !repeated.isEmpty else { return [] }
  let counts = Set(repeated.compactMap { $0[ReportMetric.accuracy]?.seeds?.values.count }).sorted()
  return [
    "±: standard deviation over \(counts.map(String.init).joined(separator: " or ")) seeds, the accuracy is their mean; "
      + "times are those of one seed"
  ]
}

/// What the intervals achieve where it is not 95 %: with few launches they cannot.
private func coverageNotes(_ group: ReportGroup) -> [String] {
  let intervals = group.rows.compactMap { $0[MetricCatalog.latencyP50]?.change?.interval }
  guard let least = intervals.map(\.coverage).min() else { return [] }
  let launches =
    "intervals of latency and speed cover \(QuantityText.percent(least, decimals: 1)), those of accuracy 95 %"
  return least < 0.9495 ? [launches] : ["intervals cover 95 %"]
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
