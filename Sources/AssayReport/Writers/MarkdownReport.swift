import AssayCore
import AssayJudge

/// The whole report as Markdown, with the pictures of the charts folder.
func markdownReport(_ model: ReportModel, _ results: [ChartResult]) -> OutputFile {
  var text = "# \(Markdown.escaped(model.suite))\n\n"
  if let comparison = model.comparison { text += verdictSection(comparison) }
  text += recommendationLines(model)
  text += model.findings.map { "- \(Markdown.escaped($0))\n" }.joined()
  for group in model.groups where !group.findings.isEmpty {
    text += "- \(Markdown.escaped(group.group.baseline)) (\(Markdown.escaped(group.conditions))):\n"
    text += group.findings.map { "  - \(Markdown.escaped($0))\n" }.joined()
  }
  if !model.problems.isEmpty {
    text += "\n**Not written:**\n\n" + model.problems.map { "- \(Markdown.escaped($0))\n" }.joined()
  }
  text +=
    "\nFigures: [summary.csv](summary.csv) (one row per variant), [results.csv](results.csv) (one row per metric).\n"
  for group in model.groups { text += section(group, charts: model.problems.isEmpty ? results : []) }
  text += failures(model)
  text += notDrawn(results)
  text += answersSection(model)
  text += trainingSection(model)
  text += "\n## What was done\n"
  for baseline in unique(model.variants.map(\.baseline)) {
    text += "\n### \(Markdown.escaped(baseline))\n"
    for variant in model.variants where variant.baseline == baseline { text += account(variant) }
  }
  text += "\n## How it was measured\n\n" + model.method.map { "- \(Markdown.escaped($0))\n" }.joined()
  text += "\n## Environment\n\n" + facts(model.environment)
  text += "\nStarted \(Markdown.escaped(model.startedAt))"
  text += model.finishedAt.map { ", finished \(Markdown.escaped($0)).\n" } ?? ", not finished.\n"
  text += "\nReproduce: \(Markdown.code(model.command))\n"
  return OutputFile(name: "report.md", text: text)
}

/// What to take, in bold, with its reasons.
private func recommendationLines(_ model: ReportModel) -> String {
  var text = ""
  for pick in model.recommendations {
    let place = "\(pick.purpose); \(pick.baseline): \(pick.conditions)"
    text += "- **\(Markdown.escaped(pick.answer))** (\(Markdown.escaped(place)))\n"
    guard !pick.reasons.isEmpty else { continue }
    text += "\n  <details><summary>Why, and what next</summary>\n\n"
    for reason in pick.reasons { text += "  - \(Markdown.escaped(reason))\n" }
    text += "\n  </details>\n\n"
  }
  return text.isEmpty ? "" : text + "\n"
}

/// The kinds of charts that there are none of, each reason once.
private func notDrawn(_ results: [ChartResult]) -> String {
  var lines: [String] = []
  for result in results {
    guard let reason = result.absence else { continue }
    let line = "- \(Markdown.escaped(result.kind.title)): \(Markdown.escaped(reason))\n"
    if !lines.contains(line) { lines.append(line) }
  }
  return lines.isEmpty ? "" : "\n## Not drawn\n\n" + lines.joined()
}

private func section(_ group: ReportGroup, charts: [ChartResult]) -> String {
  let key = group.group
  var text =
    "\n## \(Markdown.escaped(key.baseline)), \(counted(key.threads, "thread")), batch \(key.batch)"
    + (key.scenario == .singleStream ? "" : ", \(key.scenario.rawValue)") + "\n\n"
    + Markdown.escaped(group.conditions)
  text += (group.rowsJudged.map { "; \(Markdown.escaped($0))" } ?? "") + "\n\n"
  let columns = shownColumns(of: group)
  let hasReason = group.rows.contains { $0.reason != nil }
  text += Markdown.table(
    ["variant"] + columns.map { Markdown.escaped($0.title) } + (hasReason ? ["note"] : []),
    group.rows.map { row in
      let name = Markdown.escaped(row.variant)
      return [row.isOnFront ? "**\(name)**" : name] + columns.map { Markdown.escaped($0.text(row)) }
        + (hasReason ? [Markdown.escaped(row.reason ?? "")] : [])
    })
  let notes = tableNotes(of: group).filter { !$0.hasPrefix("* ") }
  if group.rows.contains(where: \.isOnFront) {
    text += "\n- **bold**: on the Pareto front of accuracy and latency\n"
  } else if !notes.isEmpty {
    text += "\n"
  }
  text += notes.map { "- \(Markdown.escaped($0))\n" }.joined()
  // What answers most questions is seen at once, the rest on request.
  var more = ""
  for result in charts where result.group == group.group {
    for chart in result.charts {
      let line = "\n![\(Markdown.escaped(chart.title))](\(chartFolder)/\(chart.name).svg)\n"
      if ["accuracy-latency", "latency", "sizes"].contains(result.kind.name) { text += line } else { more += line }
    }
  }
  if !more.isEmpty { text += "\n<details><summary>More charts</summary>\n\(more)\n</details>\n" }
  return text
}

private func failures(_ model: ReportModel) -> String {
  var lines: [String] = []
  for group in model.groups {
    for row in group.rows {
      guard let reason = row.reason else { continue }
      lines.append(
        "- **\(Markdown.escaped(row.variant))** of \(Markdown.escaped(group.group.baseline)) "
          + "(\(Markdown.escaped(group.conditions))): \(Markdown.escaped(reason))\n")
    }
  }
  return lines.isEmpty ? "" : "\n## Failed and skipped\n\n" + lines.joined()
}

/// Steps, changes, skips and the way it ran.
private func account(_ variant: ReportVariant) -> String {
  var text = "\n#### \(Markdown.escaped(variant.name))\n\n"
  text +=
    variant.steps.isEmpty ? "No steps.\n" : "Steps: \(variant.steps.map(Markdown.code).joined(separator: ", ")).\n"
  if let failure = variant.failure { text += "\nNot built: \(Markdown.escaped(failure))\n" }
  for report in variant.reports {
    let origin = report.isAutomatic ? " (added by Assay)" : ""
    text += "\n- \(Markdown.code(report.step))\(origin)"
    if report.changes.isEmpty { text += ": **\(StepReport.nothingChanged)**" }
    text +=
      "\n"
      + report.notes.filter { $0 != StepReport.nothingChanged }.map { "  - note: \(Markdown.escaped($0))\n" }.joined()
    text += entries("changed", report.changes) + entries("skipped", report.skips)
  }
  for execution in variant.execution {
    let place = execution.conditions.count == 1 ? execution.conditions[0] : counted(execution.conditions.count, "group")
    text += "\nRan (\(Markdown.escaped(place))): "
    text +=
      (execution.int8Share.map { "\(QuantityText.share($0)) of the multiply-accumulates in int8" }
        ?? "the engine does not tell what ran in int8") + ".\n"
    if !execution.floatNodes.isEmpty {
      text += "\n- in floating point: \(some(execution.floatNodes))\n"
    }
    if !execution.operators.isEmpty {
      let words = execution.operators.map { "\($0.text) \($0.name)" }.joined(separator: ", ")
      text += (execution.floatNodes.isEmpty ? "\n" : "") + "- optimized graph: \(Markdown.escaped(words))\n"
    }
    text += execution.notes.map { "- note: \(Markdown.escaped($0))\n" }.joined()
  }
  if !variant.facts.isEmpty { text += "\n" + facts(variant.facts) }
  return text
}

/// The entries of one kind, equal texts together.
private func entries(_ title: String, _ entries: [StepReport.Entry]) -> String {
  gathered(entries).map { "  - \(title): \(some($0.nodes)): \(Markdown.escaped($0.text))\n" }.joined()
}

/// Nodes that have the same said of them.
struct GatheredEntries {
  var text: String
  var nodes: [String]
}

/// Entries with equal texts together, in the order of the first of each.
func gathered(_ entries: [StepReport.Entry]) -> [GatheredEntries] {
  var texts: [GatheredEntries] = []
  for entry in entries {
    if let index = texts.firstIndex(where: { $0.text == entry.text }) {
      texts[index].nodes.append(entry.node)
    } else {
      texts.append(GatheredEntries(text: entry.text, nodes: [entry.node]))
    }
  }
  return texts
}

/// The first names as code, and how many more there are.
private func some(_ names: [String]) -> String {
  let shown = names.prefix(12).map(Markdown.code).joined(separator: ", ")
  return names.count > 12 ? shown + " and \((names.count - 12).grouped) more" : shown
}

private func facts(_ facts: [ReportFact]) -> String {
  facts.map { "- \(Markdown.escaped($0.name)): \(Markdown.escaped($0.text))\n" }.joined()
}

private func unique(_ names: [String]) -> [String] {
  var seen: Set<String> = []
  return names.filter { seen.insert($0).inserted }
}
