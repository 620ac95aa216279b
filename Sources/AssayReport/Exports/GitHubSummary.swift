import AssayCore
import AssayJudge

let gitHubSummaryName = "github-summary.md"

/// Largest step summary that GitHub takes, all that a step writes together; a larger one fails to upload as a whole.
public let largestStepSummary_B = 1_048_576

/// What is written of it unless less is left: other programs of the step write there too.
private let ownShare_B = 900_000

/// The step summary: the verdict first, then what needs a reader (worst first), everything else folded.
///
/// The comment in the second line lets actions that keep one comment per pull request find theirs. Rows that do not fit are
/// left out and counted.
///
/// - Parameter limit_B: Bytes that may be used; at most what is left of `largestStepSummary_B`.
public func gitHubSummary(_ input: ExportInput, limit_B: Int = 900_000) -> OutputFile {
  var text = BoundedMarkdown(limit_B: min(limit_B, ownShare_B))
  text.add("## \(Markdown.escaped(brief(input.verdictLine)))\n<!-- assay -->\n")
  let comparison = input.comparison
  text.add(Markdown.escaped(brief(input.provenance)) + "\n")

  let gates = (comparison?.gates ?? []).filter { $0.result != .passed }
  text.table("", ["Gate", "Variant", "Found", "Result"], gates.lazy.map { input.cells($0) })
  let worst = input.worstRows
  text.table("", rowTitles, worst.lazy.map { input.cells($0) })
  let failures = input.trials.filter { $0.failure != nil }
  text.table(
    "", ["Failed trial", "Why"],
    failures.lazy.map { [cell(input.label($0.trial)), cell($0.failure ?? "")] })
  for warning in comparison?.warnings ?? [] { text.add("\n> \(cell(warning))\n") }

  let passed = (comparison?.gates ?? []).filter { $0.result == .passed }
  text.fold(counted(passed.count, "passed gate"), passed.isEmpty) {
    $0.table("", ["Gate", "Variant", "Found", "Result"], passed.lazy.map { input.cells($0) })
  }
  let rows = comparison?.rows ?? []
  text.fold(counted(rows.count, "compared metric"), rows.isEmpty) {
    $0.table("", rowTitles, rows.lazy.map { input.cells($0) })
  }
  text.fold(counted(input.trials.count, "trial"), input.trials.isEmpty) { text in
    let columns = Array(ReportColumn.all.prefix(5))
    for group in input.report.groups {
      text.table(
        "\n**\(cell(group.group.baseline))**, \(cell(group.conditions))\n",
        ["Variant"] + columns.map { Markdown.escaped($0.title) },
        group.rows.lazy.map { row in
          [cell(row.variant)] + (row.reason.map { [cell($0)] } ?? columns.map { Markdown.escaped($0.text(row)) })
        })
    }
  }
  return OutputFile(name: gitHubSummaryName, text: text.finished)
}

private let rowTitles = ["Variant", "Metric", "Base", "New", "Change (CI)", "p", "Verdict"]

/// Names and reasons longer than a cell bears are cut in the middle.
private func brief(_ text: String) -> String {
  text.utf8.count > 300 ? shortened(String(text.prefix(2_000)), toWidth: 300) : text
}

private func cell(_ text: String) -> String { Markdown.escaped(brief(text)) }

extension ExportInput {
  /// `❌ optical digits: 1 gate failed, 2 regressed`.
  var verdictLine: String {
    let gates = comparison?.gates ?? []
    let regressed =
      comparison?.scope == .acrossRuns ? comparison?.rows.count { $0.verdict == .regressed } ?? 0 : 0
    let counts: [(Int, String)] = [
      (gates.count { $0.result == .failed }, "gate(s) failed"), (regressed, "metric(s) regressed"),
      (trials.count { $0.failure != nil }, "trial(s) failed"),
    ]
    let bad = counts.filter { $0.0 > 0 }.map { count, words in
      "\(count.grouped) \(words.replacing("(s)", with: count == 1 ? "" : "s"))"
    }
    if !bad.isEmpty { return "❌ \(record.suite): \(listed(bad))" }
    let warnings = findings.count
    let passed = gates.count { $0.result == .passed }
    var good = passed > 0 ? ["\(counted(passed, "gate")) passed"] : []
    if comparison?.scope == .acrossRuns { good.append("nothing regressed") }
    if good.isEmpty { good = ["\(counted(trials.count { !$0.launches.isEmpty }, "trial")) measured"] }
    if warnings > 0 { return "⚠️ \(record.suite): \(listed(good)), \(counted(warnings, "warning"))" }
    return "✅ \(record.suite): \(listed(good))"
  }

  /// What was compared with what, and where.
  var provenance: String {
    let machine = "\(record.environment.cpuModel), \(record.startedAt)"
    guard let base = comparison?.base else {
      return "Every variant against its baseline, measured together on \(machine)."
    }
    return
      "The run of \(base.startedAt) (\(base.cpuModel), \(base.host)) is the base; the new run was made on \(machine)."
  }

  /// What a reader must look at: against an earlier run all that is worse or gone, not only gated rows.
  var worstRows: [ComparisonRow] {
    guard let comparison, comparison.scope == .acrossRuns else { return [] }
    let shown: Set<Verdict> = [.regressed, .missing, .unconfirmed, .incomparable]
    return comparison.rows.filter { shown.contains($0.verdict) }.sorted { $0.verdict < $1.verdict }
  }

  func cells(_ outcome: GateOutcome) -> [String] {
    [
      Markdown.code(brief(outcome.gate.text)).replacing("|", with: "\\|"), cell(label(outcome.trial)),
      cell(outcome.reason), outcome.result == .failed ? "**failed**" : outcome.result.words,
    ]
  }

  func cells(_ row: ComparisonRow) -> [String] {
    let change = ChangeText.change(row.change, row.metric)
    return [
      cell(label(row.trial)), cell(row.metric.name), ChangeText.value(row.base, row.metric),
      ChangeText.value(row.candidate, row.metric), cell(change == "–" ? row.reason : change),
      ChangeText.p(row.adjustedP ?? row.p),
      row.verdict == .regressed ? "**regressed**" : row.verdict.rawValue,
    ]
  }
}

/// Markdown that never grows past a limit: rows that do not fit are counted, and what was opened is closed.
struct BoundedMarkdown {
  private var text = ""
  private let limit_B: Int
  private var left_B: Int
  /// Room for the ends of what is open and for the words of what was left out.
  private static let reserve_B = 600

  init(limit_B: Int) {
    self.limit_B = max(0, limit_B)
    left_B = max(0, limit_B - Self.reserve_B)
  }

  /// Adds the text if there is room for the whole of it.
  @discardableResult
  mutating func add(_ part: String) -> Bool {
    let count = part.utf8.count
    guard count <= left_B else { return false }
    text += part
    left_B -= count
    return true
  }

  /// Adds a table with as many rows as fit; nothing without rows.
  mutating func table(_ title: String, _ titles: [String], _ rows: some Collection<[String]>) {
    guard !rows.isEmpty else { return }
    let head =
      "\(title)\n| \(titles.joined(separator: " | ")) |\n|\(String(repeating: ":---|", count: titles.count))\n"
    guard add(head) else {
      leaveOut(rows.count)
      return
    }
    var written = 0
    for row in rows {
      let cells = row + [String](repeating: "", count: max(0, titles.count - row.count))
      guard add("| \(cells.joined(separator: " | ")) |\n") else { break }
      written += 1
    }
    leaveOut(rows.count - written)
  }

  /// Adds a folded part; nothing when `isEmpty`, and only its title when there is no room for more.
  mutating func fold(_ title: String, _ isEmpty: Bool, _ write: (inout BoundedMarkdown) -> Void) {
    guard !isEmpty, add("\n<details><summary>\(Markdown.escaped(title))</summary>\n") else { return }
    write(&self)
    text += "\n</details>\n"
  }

  private var leftOut = 0

  private mutating func leaveOut(_ count: Int) { leftOut += count }

  /// The text with the account of what did not fit; not longer than the limit.
  var finished: String {
    guard leftOut > 0 else { return text }
    let words = "\n\(counted(leftOut, "more row")) did not fit here; results.csv and junit.xml have them all.\n"
    return text.utf8.count + words.utf8.count <= limit_B ? text + words : text
  }
}
