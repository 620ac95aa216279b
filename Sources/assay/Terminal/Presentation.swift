import AssayCore
import AssayJudge
import AssayReport
import FoundationEssentials

/// Writes a run's report and prints its table.
enum Presentation {
  /// Columns assumed where standard output is no terminal.
  private static let plainWidth = 120

  /// How tables look on this standard output.
  static var style: TerminalStyle {
    TerminalStyle(
      width: Console.width ?? plainWidth, isTerminal: Console.usesColor,
      environment: ProcessInfo.processInfo.environment)
  }

  /// The words of a comparison, without the last line end.
  static func text(_ comparison: Comparison, detail: ComparisonDetail) -> String {
    let text = comparisonText(comparison, style: style, detail: detail)
    return text.hasSuffix("\n") ? String(text.dropLast()) : text
  }

  /// Renders `record` into `folder`, prints verdict, table, problems, where everything lies, and which variant to take.
  ///
  /// - Parameter source: What `assay choose` calls the run; nil where it is `folder`.
  static func present(
    _ record: RunRecord, folder: String, verdict comparison: Comparison, source: String? = nil
  ) throws {
    let found = choices(record, goal: record.goal ?? Goal())
    let model = ReportModel(record, comparison: comparison, choices: found)
    let output = renderReport(model)
    try write(output.files, to: folder)
    Console.print(text(comparison, detail: comparison.scope == .acrossRuns ? .changes : .gates) + "\n")
    Console.print(terminalTable(model, style: style))
    for problem in output.problems { Console.note("assay: warning: \(problem)") }
    Console.print(places(output.files.map(\.name), folder: folder))
    recommend(found, for: record.goal ?? Goal(), source: source ?? folder)
  }

  /// Prints which variant to take: everything for a single group, the headlines of several.
  private static func recommend(_ found: [Choice], for goal: Goal, source: String) {
    guard !found.isEmpty else { return }
    let text = choiceText(found, style: style, detail: found.count == 1 ? .sentences : .headlines)
    Console.print("\nFor \(goal.priority.rawValue): " + text + "more: assay choose \(source)")
  }

  /// Where table, charts and report lie.
  private static func places(_ names: [String], folder: String) -> String {
    let charts = names.filter { $0.hasSuffix(".png") }.count
    // A report written elsewhere has no record beside it.
    let record = "\(folder)/run.json"
    var lines = FileManager.default.fileExists(atPath: record) ? ["run record  \(record)"] : []
    for (label, name) in [
      ("page", "index.html"), ("report", "report.md"), ("", "tables.tex"), ("CSV", "results.csv"), ("", "summary.csv"),
    ]
    where names.contains(name) {
      lines.append(label.padded(to: 12) + "\(folder)/\(name)")
    }
    if charts > 0 {
      let subfolder =
        names.first { $0.hasSuffix(".png") }?.split(separator: "/").dropLast().joined(separator: "/") ?? ""
      lines.append("charts".padded(to: 12) + "\(folder)/\(subfolder) (\(charts), SVG and PNG, with data and script)")
    }
    return lines.joined(separator: "\n")
  }
}
