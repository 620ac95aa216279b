import AssayCore
public import AssayJudge

/// The overview of many runs: a page with every run by suite, and how the figures of each suite went.
///
/// - Parameters:
///   - runs: In any order; the page shows the newest first.
///   - history: The same runs, and perhaps more, as a history keeps them; a suite with two or more has trends.
/// - Returns: `index.html`, and data, scripts and pictures of the trends below `charts`.
public func siteOverview(
  _ runs: [SiteRun], problems: [SiteProblem], history: [HistoryRun], gnuplot: String = "gnuplot"
) -> ReportOutput {
  var output = ReportOutput()
  var marks = ""
  var sections: [Page.Section] = []
  var suites: [String] = []
  for run in runs.sorted(by: { $0.startedAt > $1.startedAt }) where !suites.contains(run.suite) {
    suites.append(run.suite)
  }
  let names = fileNames(for: suites)
  for (suite, name) in zip(suites, names) {
    let own = runs.filter { $0.suite == suite }.sorted { ($0.startedAt, $0.folder) > ($1.startedAt, $1.folder) }
    var body = runTable(own, caption: "Runs of \(visibleLine(suite)), newest first")
    let report = TrendReport(
      history.filter { $0.suite == suite },
      TrendReport.Selection(metrics: ["latency.p50", "accuracy.top1", "size.file"]))
    body += trendPart(report, name: "history-\(name)", gnuplot: gnuplot, &output, &marks)
    sections.append(Page.Section(id: "suite-\(name)", title: visibleLine(suite), body: body))
  }
  if runs.isEmpty {
    sections.append(
      Page.Section(
        id: "runs", title: "Runs",
        body: "<p>There are no runs here yet: <code>assay run SUITE</code> makes one.</p>\n"))
  }
  if !problems.isEmpty {
    var lines: [String] = []
    for problem in problems { lines.append("\(problem.folder): \(problem.reason)") }
    sections.append(Page.Section(id: "unreadable", title: "Not readable", body: PagePart.list(lines)))
  }
  let page = Page(
    title: counted(runs.count, "run"), kicker: "Assay", meta: [], sections: sections,
    footer: "Written by 'assay site'. Numbers of different machines and days are only compared as ratios.", marks: marks
  )
  output.files.append(page.file(named: "index.html"))
  return output
}

private func runTable(_ runs: [SiteRun], caption: String) -> HTML {
  var head: HTML = ""
  for title in ["Run", "Verdict", "Variants", "Failed trials", "Machine", "What it shows"] {
    let kind: HTML = ["Variants", "Failed trials"].contains(title) ? " class=\"number\"" : ""
    head += "<th scope=\"col\"\(kind)>\(title)</th>"
  }
  var body: HTML = ""
  for run in runs {
    let look = run.exitStatus == .success ? "good" : "bad"
    let state: HTML = run.isFinished ? "" : " <span class=\"tag\">not finished</span>"
    body += """
      <tr><th scope="row" data-column="0" data-value="\(run.startedAt)"><a \
      href="\(HTML.address(run.folder))/index.html">\(TrendWords.time(run.startedAt))</a>\(state)</th>\
      <td><span class="change \(look)">\(run.verdict)</span></td>\
      <td class="number" data-column="2" data-value="\(run.variants)">\(run.variants)</td>\
      <td class="number" data-column="3" data-value="\(run.failedTrials)">\(run.failedTrials)</td>\
      <td>\(run.machine)</td><td>\(run.finding)</td></tr>

      """
  }
  return PagePart.scroll(
    caption,
    "<table class=\"results\">\n<caption>\(caption)</caption>\n<thead><tr>\(head)</tr></thead>\n<tbody>\n\(body)</tbody>\n</table>\n"
  )
}

/// Chart and steps of one suite; a word where there is nothing to see yet.
private func trendPart(
  _ report: TrendReport, name: String, gnuplot: String, _ output: inout ReportOutput, _ marks: inout String
) -> HTML {
  guard report.runs.count > 1 else { return "<p class=\"note\">Trends need a second run of this suite.</p>\n" }
  guard let chart = HistoryChart(report)?.chart(named: name),
    let small = HistoryChart(report, .narrow)?.chart(named: name)
  else {
    return "<p class=\"note\">These runs have no figures in common.</p>\n"
  }
  var body: HTML = "<h3>How the figures went</h3>\n"
  for file in chart.sources { output.files.append(OutputFile(name: "\(chartFolder)/\(file.name)", bytes: file.bytes)) }
  do throws(ReportError) {
    for file in try chart.pictures(program: gnuplot) {
      output.files.append(OutputFile(name: "\(chartFolder)/\(file.name)", bytes: file.bytes))
      guard file.name.hasSuffix(".svg"),
        let svg = InlineSVG(file.text, width: chart.width, height: chart.height)
      else { continue }
      if marks.isEmpty { marks = svg.definitions }
      let narrow = InlineSVG(
        String(decoding: try small.draw(.svg, program: gnuplot), as: UTF8.self), width: small.width,
        height: small.height)
      let pictures =
        inlinePicture(svg, chart.title, label: "aria-label=\"\(chart.title)\"", look: narrow == nil ? .only : .wide)
        + (narrow.map { inlinePicture($0, chart.title, label: "aria-label=\"\(chart.title)\"", look: .narrow) } ?? "")
      body += """
        <figure>
        \(pictures)<figcaption>\(chart.title). Dashed lines are steps: where a level changed and stayed. \
        <span class="files"><a href="\(chartFolder)/\(HTML.address(name)).png">PNG</a> · \
        <a href="\(chartFolder)/\(HTML.address(name)).gp">script</a></span></figcaption>
        </figure>

        """
    }
  } catch {
    if !output.problems.contains(where: { $0.code == error.code }) { output.problems.append(error) }
    body += "<p class=\"note\">The chart was not drawn; its data and script are there.</p>\n"
  }
  return body + stepList(report)
}

/// Every step in words, newest first: the chart has room for a few trends only.
private func stepList(_ report: TrendReport) -> HTML {
  let words = TrendWords(report: report)
  var steps: [(run: Int, text: String)] = []
  for trend in report.trends {
    for step in trend.steps {
      let place = "\(trend.trial.group.baseline), \(trend.trial.variant), \(trend.metric.name)"
      steps.append((step.run, "\(place): \(words.step(step, in: trend))"))
    }
  }
  guard !steps.isEmpty else { return "<p>No steps: every level stayed.</p>\n" }
  steps.sort { $0.run != $1.run ? $0.run > $1.run : $0.text < $1.text }
  var lines: [String] = []
  for step in steps.prefix(60) { lines.append(step.text) }
  if steps.count > 60 { lines.append("\((steps.count - 60).grouped) earlier steps: assay history") }
  return PagePart.details("\(counted(steps.count, "step"))", PagePart.list(lines), isOpen: steps.count <= 12)
}
