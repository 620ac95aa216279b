import AssayCore
import AssayJudge
import AssayMeasure

/// The report as one page, with the pictures and files that earlier writers wrote.
func reportPage(_ model: ReportModel, _ draft: ReportDraft) -> OutputFile {
  let charts = ChartSection(model, draft)
  var sections = [
    Page.Section(id: "verdict", title: "Verdict", body: verdictPart(model)),
    Page.Section(id: "results", title: "Results", body: resultsPart(model)),
    Page.Section(id: "charts", title: "Charts", body: "<div class=\"charts\">\n\(charts.body)</div>\n"),
  ]
  let answers = answersPart(model)
  if !answers.isEmpty { sections.append(Page.Section(id: "answers", title: "Answers", body: answers)) }
  sections += [
    Page.Section(id: "done", title: "What was done", body: accountsPart(model)),
    Page.Section(id: "measured", title: "How it was measured", body: measuredPart(model)),
    Page.Section(id: "files", title: "Data and scripts", body: filesPart(model, draft.files)),
    Page.Section(id: "reproduce", title: "Reproduce", body: reproducePart(model)),
  ]
  let page = Page(
    title: visibleLine(model.suite).isEmpty ? "A run without a name" : visibleLine(model.suite),
    kicker: "Assay report", meta: metaLines(model), sections: sections,
    footer: "Written by Assay \(model.programVersion). This page is one file: nothing in it asks for another.",
    marks: charts.marks)
  return page.file(named: "index.html")
}

private func metaLines(_ model: ReportModel) -> [String] {
  func fact(_ name: String) -> String? { model.environment.first { $0.name == name }?.text }
  var lines = ["Started \(model.startedAt)" + (model.finishedAt.map { ", finished \($0)" } ?? ", not finished")]
  var place: [String] = []
  for name in ["CPU", "system", "engine"] { if let text = fact(name) { place.append(text) } }
  if !place.isEmpty { lines.append(place.joined(separator: " · ")) }
  return lines
}

// MARK: Verdict

private func verdictPart(_ model: ReportModel) -> HTML {
  var body: HTML = ""
  if let comparison = model.comparison {
    let line = verdictLine(comparison)
    let look = comparison.exitStatus != .success ? "bad" : line.contains("reservations") ? "warn" : "good"
    body += "<p class=\"verdict \(look)\"><strong>\(sentence(line))</strong></p>\n"
    if let base = comparison.base {
      body += "<p class=\"note\">Against the run of \(base.startedAt) on \(base.cpuModel).</p>\n"
    }
  }
  if !model.problems.isEmpty {
    body += "<p class=\"verdict warn\"><strong>Not everything could be written.</strong></p>\n"
    body += PagePart.list(model.problems)
  }
  body += recommendationsPart(model)
  body += PagePart.list(model.findings)
  if let comparison = model.comparison {
    body += PagePart.list(comparison.warnings)
    body += gatesPart(comparison)
    body += changesPart(comparison)
  }
  return body
}

/// With a capital and a full stop.
private func sentence(_ words: String) -> String {
  words.prefix(1).uppercased() + words.dropFirst() + (words.hasSuffix(".") ? "" : ".")
}

/// What to take; where nobody chose, what each group shows.
private func recommendationsPart(_ model: ReportModel) -> HTML {
  var cards: HTML = ""
  var more: HTML = ""
  var seen: Set<String> = []
  for pick in model.recommendations {
    let card = recommendationCard(pick)
    // One a baseline is what most readers came for; the other conditions are a click away.
    if seen.insert(pick.baseline).inserted { cards += card } else { more += card }
  }
  if !cards.isEmpty {
    let others: HTML =
      more.isEmpty
      ? "" : PagePart.details("Recommended under other conditions", "<div class=\"picks\">\n\(more)</div>\n")
    return "<div class=\"picks\">\n\(cards)</div>\n\(others)"
  }
  for group in model.groups where !group.findings.isEmpty {
    cards += """
      <div class="pick">
      <h3>\(group.group.baseline)</h3>
      <p class="purpose">\(group.conditions)</p>
      \(PagePart.list(group.findings))</div>

      """
    // More would push the table off the screen; the others stand with their charts.
    if cards.text.utf8.count > 6_000 { break }
  }
  return cards.isEmpty ? "" : "<div class=\"picks\">\n\(cards)</div>\n"
}

private func recommendationCard(_ pick: ReportRecommendation) -> HTML {
  let name: HTML = pick.variant.map { "\($0)" } ?? "No recommendation"
  // The first reason is the most telling one; the others would push the table off the screen.
  var why: HTML = ""
  if let first = pick.reasons.first { why += "<p>\(first)</p>\n" }
  let others = Array(pick.reasons.dropFirst())
  if !others.isEmpty {
    why += "<details><summary>More reasons, and what to try next</summary>\n\(PagePart.list(others))</details>\n"
  }
  return """
    <div class="pick">
    <p class="purpose">Recommended for \(pick.baseline) (\(pick.purpose))</p>
    <h3>\(name)</h3>
    <p><strong>\(pick.answer)</strong></p>
    \(why)<p class="note">\(pick.conditions)</p>
    </div>

    """
}

private func gatesPart(_ comparison: Comparison) -> HTML {
  guard !comparison.gates.isEmpty else { return "<p class=\"note\">The suite names no gates.</p>\n" }
  let label = TrialLabel(comparison.rows.map(\.trial) + comparison.gates.map(\.trial))
  var open: [[HTML]] = []
  var passed: [[HTML]] = []
  for outcome in comparison.gates {
    let look = outcome.result == .failed ? "failed" : outcome.result == .passed ? "" : "skipped"
    let cells: [HTML] = [
      "<code>\(outcome.gate.text)</code>", "\(label.text(outcome.trial))",
      "<span class=\"\(look)\">\(outcome.result.words)</span>", "\(outcome.reason)",
    ]
    if outcome.result == .passed { passed.append(cells) } else { open.append(cells) }
  }
  let titles = ["Gate", "Variant", "Result", "Found"]
  var body: HTML = "<h3>Gates</h3>\n"
  if !open.isEmpty { body += PagePart.table("Gates that did not pass", titles, open) }
  if !passed.isEmpty {
    body += PagePart.details(
      "\(counted(passed.count, "gate outcome")) passed", PagePart.table("Gates that passed", titles, passed))
  }
  return body
}

/// Against an earlier run, what is not the same.
private func changesPart(_ comparison: Comparison) -> HTML {
  guard comparison.scope == .acrossRuns else { return "" }
  let label = TrialLabel(comparison.rows.map(\.trial))
  var rows: [[HTML]] = []
  for row in comparison.rows where row.verdict != .same {
    let look = [.failed, .regressed, .missing].contains(row.verdict) ? "failed" : ""
    rows.append([
      "\(label.text(row.trial))", "<span class=\"\(look)\">\(row.verdict.rawValue)</span>", "\(row.metric.name)",
      "\(ChangeText.value(row.base, row.metric))", "\(ChangeText.value(row.candidate, row.metric))",
      "\(ChangeText.change(row.change, row.metric))",
    ])
  }
  guard !rows.isEmpty else { return "<p>Nothing changed against the earlier run.</p>\n" }
  return "<h3>Against the earlier run</h3>\n"
    + PagePart.table(
      "What is not the same", ["Variant", "Verdict", "Metric", "Before", "Now", "Change"], rows)
}

// MARK: Results

private func resultsPart(_ model: ReportModel) -> HTML {
  guard !model.groups.isEmpty else { return "<p>Nothing was measured, so there is no table.</p>\n" }
  var body = resultsTable(model)
  var notes: [String] = []
  for group in model.groups {
    for note in tableNotes(of: group) where !note.hasPrefix("* ") && !note.hasPrefix("~ ") {
      if !notes.contains(note) { notes.append(note) }
    }
  }
  if !notes.isEmpty {
    body += PagePart.details("\(counted(notes.count, "note")) on the numbers", PagePart.list(notes))
  }
  if let comparison = model.comparison { body += exploringPart(comparison) }
  body += """
    <p class="note">Numbers as data: <a href="summary.csv">summary.csv</a> (one row a variant), \
    <a href="results.csv">results.csv</a> (one row a metric).</p>

    """
  return body
}

// MARK: Answers

private func answersPart(_ model: ReportModel) -> HTML {
  let rows = answerRows(model)
  guard !rows.isEmpty else { return "" }
  var cells: [[HTML]] = []
  for row in rows { cells.append(row.map { "\($0)" }) }
  return """
    <p>\(answersExplanation) Every class: <a href="classes.csv">classes.csv</a>, <a href="confusion.csv">confusion.csv</a>.</p>

    """ + PagePart.table("Answers against the baseline's, on the same rows", answersTitles, cells)
}

// MARK: What was done

private func accountsPart(_ model: ReportModel) -> HTML {
  guard !model.variants.isEmpty else { return "<p>The record names no variants.</p>\n" }
  var body: HTML = ""
  var baseline: String?
  for variant in model.variants {
    if variant.baseline != baseline {
      baseline = variant.baseline
      body += "<h3>\(variant.baseline)</h3>\n"
    }
    let state: HTML = variant.failure == nil ? "" : " <span class=\"failed\">not built</span>"
    let steps: HTML = variant.steps.isEmpty ? "" : ": \(variant.steps.joined(separator: ", "))"
    body += PagePart.details("\(variant.name)\(steps)\(state)", account(variant))
  }
  return body
}

private func account(_ variant: ReportVariant) -> HTML {
  var body: HTML = variant.steps.isEmpty ? "<p>No steps.</p>\n" : ""
  if let failure = variant.failure { body += "<p class=\"failed\">Not built: \(failure)</p>\n" }
  for report in variant.reports {
    let origin: HTML = report.isAutomatic ? " (added by Assay)" : ""
    let nothing: HTML = report.changes.isEmpty ? ": <strong>\(StepReport.nothingChanged)</strong>" : ""
    var lines: HTML = ""
    for note in report.notes where note != StepReport.nothingChanged { lines += "<li>Note: \(note)</li>\n" }
    lines += entries("Changed", report.changes) + entries("Skipped", report.skips)
    body += "<h4><code>\(report.step)</code>\(origin)\(nothing)</h4>\n"
    if !lines.isEmpty { body += "<ul>\n\(lines)</ul>\n" }
  }
  for execution in variant.execution {
    let place = execution.conditions.count == 1 ? execution.conditions[0] : counted(execution.conditions.count, "group")
    let share =
      execution.int8Share.map { "\(QuantityText.share($0)) of the multiply-accumulates in int8" }
      ?? "the engine does not tell what ran in int8"
    body += "<p>Ran (\(place)): \(share).</p>\n"
    var lines: [String] = []
    if !execution.floatNodes.isEmpty { lines.append("In floating point: \(some(execution.floatNodes))") }
    if !execution.operators.isEmpty {
      let words = execution.operators.map { "\($0.text) \($0.name)" }.joined(separator: ", ")
      lines.append("Optimized graph: \(words)")
    }
    for note in execution.notes { lines.append("Note: \(note)") }
    body += PagePart.list(lines)
  }
  return body + PagePart.facts(variant.facts)
}

/// The entries of one kind, equal texts together.
private func entries(_ title: String, _ entries: [StepReport.Entry]) -> HTML {
  var lines: HTML = ""
  for group in gathered(entries) { lines += "<li>\(title): \(some(group.nodes)): \(group.text)</li>\n" }
  return lines
}

private func some(_ names: [String]) -> String {
  let shown = names.prefix(12).joined(separator: ", ")
  return names.count > 12 ? "\(shown) and \((names.count - 12).grouped) more" : shown
}

// MARK: How it was measured, files, reproduce

private func measuredPart(_ model: ReportModel) -> HTML {
  PagePart.list(model.method) + "<h3>Machine and software</h3>\n" + PagePart.facts(model.environment)
}

private func filesPart(_ model: ReportModel, _ written: [OutputFile]) -> HTML {
  var items: HTML = "<li><code>run.json</code>: the record this page was made from, raw samples and all</li>\n"
  for writer in ReportWriterCatalog.all {
    for pattern in writer.fileNames where !pattern.contains("*") && pattern != "index.html" {
      guard written.contains(where: { $0.name == pattern }) else { continue }
      items += "<li><a href=\"\(HTML.address(pattern))\">\(pattern)</a>: \(writer.summary)</li>\n"
    }
  }
  let scripts = written.count { $0.name.hasSuffix(".gp") }
  if scripts > 0 {
    items +=
      "<li><code>\(chartFolder)/</code>: \(counted(scripts, "chart")), each with its data (.dat) and its script (.gp)</li>\n"
  }
  return "<ul>\n\(items)</ul>\n"
}

private func reproducePart(_ model: ReportModel) -> HTML {
  var facts = [ReportFact("suite", model.suitePath), ReportFact("plan (SHA-256)", model.planHash)]
  facts += model.environment.filter { $0.name == "Assay" || $0.name == "engine" }
  return """
    <pre><code>\(model.command)</code></pre>
    \(PagePart.facts(facts.filter { !$0.text.isEmpty }))<p>This page again, from <code>run.json</code> in its folder:</p>
    <pre><code>assay report .</code></pre>
    <p>A chart again, or changed, from its data and script:</p>
    <pre><code>cd \(chartFolder) &amp;&amp; gnuplot NAME.gp</code></pre>

    """
}
