import AssayCore
import AssayJudge
import Testing

@testable import AssayReport

@Suite struct SideBySideTests {
  /// The rich run, a later one without `int8` and with another engine, and one of another suite.
  private static let runs: SideBySide = {
    var second = RichRun.record()
    second.trials.removeAll { $0.trial.variant == "int8" }
    second.variants.removeAll { $0.name == "int8" }
    second.startedAt = "2026-11-22T10:00:00Z"
    second.environment.engines[0].version = "1.32.0"
    var third = SampleRun.record()
    third.environment.cpuModel = "Another <CPU>"
    return SideBySide([
      SideBySide.Run(label: "main", model: ReportModel(RichRun.record())),
      SideBySide.Run(
        label: "branch <b>", model: ReportModel(second), verdict: "Against the first: FAILED: 1 regression"),
      SideBySide.Run(label: "other", model: ReportModel(third), verdict: "Not held against the first: another machine"),
    ])
  }()

  @Test func filesAreAsCommitted() throws {
    let files = sideBySideFiles(Self.runs)
    #expect(files.map(\.name) == ["index.html", "report.md", "results.csv"])
    expectGolden(files[0].text, "side-by-side.html")
    expectGolden(files[1].text, "side-by-side.md")
    let rows = try #require(readCSV(files[2].bytes))
    #expect(rows.allSatisfy { $0.count == rows[0].count })
    #expect(Set(rows.dropFirst().map { $0[0] }) == ["main", "branch <b>", "other"])
    #expect(rows.count - 1 == Self.runs.runs.reduce(0) { $0 + ((readCSV(resultsCSV($1.model).bytes)?.count ?? 1) - 1) })
  }

  @Test func thePageIsWellFormed() {
    let reading = PageReading(sideBySideFiles(Self.runs)[0].text)
    #expect(reading.problems.isEmpty, "\(reading.problems.prefix(5))")
    #expect(reading.all("script").count == 1)
  }

  @Test func whatARunLacksIsSaid() throws {
    let group = try #require(Self.runs.groups.first)
    let row = try #require(group.rows.first { $0.variant == "int8" })
    #expect(row.cells[0]?.isMeasured == true)
    #expect(row.cells[1] == nil && row.cells[2] == nil)
    let broken = try #require(group.rows.first { $0.variant == "broken" })
    #expect(SideBySideColumn.all[0].text(broken.cells[0]) == "failed")
    #expect(SideBySideColumn.all[0].text(row.cells[1]) == "not in this run")
  }

  @Test func whatDiffersIsWarnedOf() {
    let warnings = Self.runs.warnings.joined(separator: "\n")
    #expect(warnings.contains("different CPUs") && warnings.contains("Another <CPU>"))
    #expect(warnings.contains("engines differ") && warnings.contains("1.32.0"))
    #expect(SideBySide([Self.runs.runs[0]]).warnings.isEmpty)
  }

  @Test func noRunsMakeAPageAllTheSame() {
    let files = sideBySideFiles(SideBySide([]))
    #expect(PageReading(files[0].text).problems.isEmpty)
    #expect(files[0].text.contains("None of these runs measured anything"))
  }
}

@Suite struct SiteTests {
  static func site(_ count: Int, gnuplot: String) -> ReportOutput {
    var runs: [SiteRun] = []
    var history: [HistoryRun] = []
    for day in 0..<count {
      var record = RichRun.record()
      record.startedAt = "2026-11-\(10 + day)T10:00:00Z"
      // One file grew on the way.
      if day >= 3 {
        for index in record.variants.indices where record.variants[index].name == "int8" {
          guard case .built(var built) = record.variants[index].build else { continue }
          built.figures.file_B += 20_000
          record.variants[index].build = .built(built)
        }
      }
      let comparison = Comparison(withinRun: record)
      runs.append(
        SiteRun(
          folder: "run <\(day)>", model: ReportModel(record, comparison: comparison), comparison: comparison))
      history.append(HistoryRun(record, commit: nil, comparison: comparison))
    }
    return siteOverview(
      runs, problems: [SiteProblem(folder: "broken & gone", reason: "the run record is damaged")], history: history,
      gnuplot: gnuplot)
  }

  @Test func everyRunIsLinkedAndEveryStepTold() throws {
    let output = Self.site(6, gnuplot: "/nonexistent/gnuplot")
    #expect(output.problems.map(\.code) == [.gnuplotMissing])
    let page = try #require(output.files.first { $0.name == "index.html" }).text
    let reading = PageReading(page)
    #expect(reading.problems.isEmpty, "\(reading.problems.prefix(5))")
    let links = reading.all("a").compactMap { $0.attributes["href"] }
    for day in 0..<6 { #expect(links.contains("run%20%3C\(day)%3E/index.html")) }
    #expect(page.contains("net, int8, size.file: step of +33 %"))
    #expect(page.contains("broken &amp; gone: the run record is damaged"))
    // Newest first.
    let newest = try #require(page.firstRange(of: "2026-11-15 10:00"))
    let oldest = try #require(page.firstRange(of: "2026-11-10 10:00"))
    #expect(newest.lowerBound < oldest.lowerBound)
  }

  @Test(.enabled(if: isInstalled("gnuplot"), "gnuplot is needed"))
  func trendsAreDrawn() throws {
    let output = Self.site(4, gnuplot: "gnuplot")
    #expect(output.problems.isEmpty)
    #expect(output.files.map(\.name).contains("charts/history-rich.svg"))
    let page = try #require(output.files.first { $0.name == "index.html" }).text
    let reading = PageReading(page)
    #expect(reading.problems.isEmpty, "\(reading.problems.prefix(5))")
    #expect(reading.all("svg").contains { $0.attributes["role"] == "img" })
  }

  @Test func oneRunAndNoneAreClear() {
    #expect(Self.site(1, gnuplot: "gnuplot").files[0].text.contains("Trends need a second run"))
    let none = siteOverview([], problems: [], history: [])
    #expect(none.files[0].text.contains("There are no runs here yet"))
    #expect(PageReading(none.files[0].text).problems.isEmpty)
  }
}
