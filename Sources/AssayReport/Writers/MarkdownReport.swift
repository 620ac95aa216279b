import AssayCore
import AssayJudge

/// The whole report as Markdown, with the pictures of the charts folder.
func markdownReport(_ model: ReportModel) -> OutputFile {
  var text = "# \(Markdown.escaped(model.suite))\n\n"
  if let comparison = model.comparison { text += verdictSection(comparison) }
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
  let charts = model.problems.isEmpty ? charts(of: model) : []
  for group in model.groups { text += section(group, charts: charts, of: model) }
  text += failures(model)
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

private func section(_ group: ReportGroup, charts: [Chart], of model: ReportModel) -> String {
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
  for chart in charts where chart.group == group.group {
    text += "\n![\(Markdown.escaped(chart.title))](\(chartFolder)/\(chart.name).svg)\n"
  }
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
  var texts: [(text: String, nodes: [String])] = []
  for entry in entries {
    if let index = texts.firstIndex(where: { $0.text == entry.text }) {
      texts[index].nodes.append(entry.node)
    } else {
      texts.append((entry.text, [entry.node]))
    }
  }
  return texts.map { "  - \(title): \(some($0.nodes)): \(Markdown.escaped($0.text))\n" }.joined()
}

/// The first names as code, and how many more there are.
private func some(_ names: [String]) -> String {
  let shown = names.prefix(12).map(Markdown.code).joined(separator: ", ")
  return names.count > 12 ? shown + " and \(grouped(names.count - 12)) more" : shown
}

private func facts(_ facts: [ReportFact]) -> String {
  facts.map { "- \(Markdown.escaped($0.name)): \(Markdown.escaped($0.text))\n" }.joined()
}

private func unique(_ names: [String]) -> [String] {
  var seen: Set<String> = []
  return names.filter { seen.insert($0).inserted }
}
