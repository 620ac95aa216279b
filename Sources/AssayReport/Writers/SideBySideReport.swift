import AssayCore
import AssayJudge

/// Several runs beside each other: page, Markdown, and the results of all with the run in the first column.
public func sideBySideFiles(_ runs: SideBySide) -> [OutputFile] {
  [sideBySidePage(runs), sideBySideMarkdown(runs), sideBySideCSV(runs)]
}

private func sideBySidePage(_ runs: SideBySide) -> OutputFile {
  var list: HTML = ""
  for run in runs.runs {
    let verdict: HTML = run.verdict.map { "<br>\($0)" } ?? ""
    list += "<li><strong>\(run.label)</strong>: \(run.model.suite), \(run.model.startedAt)\(verdict)</li>\n"
  }
  var overview: HTML = "<ul>\n\(list)</ul>\n"
  overview += PagePart.list(runs.warnings)
  let columns = SideBySideColumn.shown(runs.groups)
  var tables: HTML = ""
  for group in runs.groups {
    let conditions = TrendWords.conditions(group.group)
    tables += "<h3>\(group.group.baseline): \(conditions)</h3>\n" + table(group, columns, runs, caption: conditions)
  }
  if runs.groups.isEmpty { tables = "<p>None of these runs measured anything.</p>\n" }
  var commands: HTML = ""
  for run in runs.runs { commands += "<h3>\(run.label)</h3>\n<pre><code>\(run.model.command)</code></pre>\n" }
  let page = Page(
    title: "\(counted(runs.runs.count, "run")) side by side", kicker: "Assay report", meta: [],
    sections: [
      Page.Section(id: "runs", title: "Runs", body: overview),
      Page.Section(id: "results", title: "Results", body: tables),
      Page.Section(id: "reproduce", title: "Reproduce", body: commands),
    ],
    footer: "Speeds are against the baseline measured in the same run; ~ marks one that is not told from none.")
  return page.file(named: "index.html")
}

/// One column group a quantity, in it one column a run.
private func table(
  _ group: SideBySide.Group, _ columns: [SideBySideColumn], _ runs: SideBySide, caption: String
) -> HTML {
  var upper: HTML = "<th scope=\"col\" rowspan=\"2\">Variant</th>"
  var lower: HTML = ""
  for column in columns {
    upper += "<th scope=\"colgroup\" colspan=\"\(runs.runs.count)\">\(column.title)</th>"
    for run in runs.runs { lower += "<th scope=\"col\" class=\"number\">\(run.label)</th>" }
  }
  var body: HTML = ""
  for row in group.rows {
    var cells: HTML = ""
    for column in columns {
      for cell in row.cells { cells += "<td class=\"number\">\(column.text(cell))</td>" }
    }
    let kind: HTML = row.variant == Trial.baselineVariant ? " class=\"baseline\"" : ""
    body += "<tr\(kind)><th scope=\"row\">\(row.variant)</th>\(cells)</tr>\n"
  }
  return PagePart.scroll(
    "\(group.group.baseline): \(caption)",
    """
    <table class="results">
    <caption class="unseen">\(caption)</caption>
    <thead><tr>\(upper)</tr><tr>\(lower)</tr></thead>
    <tbody>
    \(body)</tbody>
    </table>

    """)
}

private func sideBySideMarkdown(_ runs: SideBySide) -> OutputFile {
  var text = "# \(counted(runs.runs.count, "run")) side by side\n\n"
  for run in runs.runs {
    text += "- **\(Markdown.escaped(run.label))**: \(Markdown.escaped(run.model.suite)), "
    text += Markdown.escaped(run.model.startedAt)
    text += (run.verdict.map { ": \(Markdown.escaped($0))" } ?? "") + "\n"
  }
  for warning in runs.warnings { text += "\n> \(Markdown.escaped(warning))\n" }
  let columns = SideBySideColumn.shown(runs.groups)
  for group in runs.groups {
    text +=
      "\n## \(Markdown.escaped(group.group.baseline)): \(Markdown.escaped(TrendWords.conditions(group.group)))\n\n"
    var titles = ["variant"]
    for column in columns {
      for run in runs.runs { titles.append(Markdown.escaped("\(column.title), \(run.label)")) }
    }
    var rows: [[String]] = []
    for row in group.rows {
      var cells = [Markdown.escaped(row.variant)]
      for column in columns {
        for cell in row.cells { cells.append(Markdown.escaped(column.text(cell))) }
      }
      rows.append(cells)
    }
    text += Markdown.table(titles, rows)
  }
  if runs.groups.isEmpty { text += "\nNone of these runs measured anything.\n" }
  return OutputFile(name: "report.md", text: text)
}

private func sideBySideCSV(_ runs: SideBySide) -> OutputFile {
  var csv = CSVText()
  csv.append(["run"] + resultTitles)
  for run in runs.runs { appendResults(of: run.model, run: run.label, to: &csv) }
  return OutputFile(name: "results.csv", bytes: csv.bytes)
}
