import AssayCore
import AssayJudge
import FoundationEssentials
import Glibc
import Testing

@testable import AssayReport

private let hasGnuplot = isInstalled("gnuplot")
private let hasTidy = isInstalled("tidy")

/// The page of a model, without pictures: no gnuplot, the same text everywhere.
private func plainPage(_ model: ReportModel) -> String {
  let names = ["results.csv", "summary.csv", "classes.csv", "confusion.csv", "tables.tex", "report.md"]
  return reportPage(model, ReportDraft(model, files: names.map { OutputFile(name: $0, bytes: []) })).text
}

/// Runs that a page must make sense of, by what is odd about them.
private let oddRuns: [(name: String, model: ReportModel)] = {
  var runs: [(String, ReportModel)] = [("sample", SampleRun.model), ("rich", RichRun.model)]
  var record = RichRun.record()
  (record.trials, record.variants, record.groups, record.finishedAt) = ([], [], [], nil)
  runs.append(("nothing", ReportModel(record)))
  record = RichRun.record()
  for index in record.trials.indices {
    record.trials[index].result = .failed(TrialFailure(stage: .load, message: "no memory & no \"hope\" <at all>"))
  }
  runs.append(("only failures", ReportModel(record, comparison: Comparison(withinRun: record))))
  record = RichRun.record()
  record.trials = record.trials.filter { $0.trial.variant == "baseline" }
  record.variants = record.variants.filter { $0.name == "baseline" }
  runs.append(("only the baseline", ReportModel(record, comparison: Comparison(withinRun: record))))
  record = RichRun.record()
  for index in record.trials.indices {
    guard case .completed(var data) = record.trials[index].result else { continue }
    data.answers = nil
    for launch in data.launches.indices { data.launches[launch].memory = MemoryFigures() }
    record.trials[index].result = .completed(data)
  }
  runs.append(("no answers, no memory", ReportModel(record)))
  return runs
}()

@Suite struct PageTests {
  @Test func thePageIsAsCommitted() { expectGolden(plainPage(RichRun.model), "index.html") }

  @Test(arguments: oddRuns.map(\.name))
  func everyPageIsWellFormedAndAccessible(name: String) throws {
    let model = try #require(oddRuns.first { $0.name == name }?.model)
    let page = plainPage(model)
    let reading = PageReading(page)
    #expect(reading.problems.isEmpty, "\(reading.problems.prefix(5))")
    // Headings: one first, none leaves a level out.
    let levels = reading.tags.compactMap { tag -> Int? in
      tag.isEnd || tag.name.count != 2 || tag.name.first != "h" ? nil : Int(tag.name.dropFirst())
    }
    #expect(levels.first == 1 && levels.count { $0 == 1 } == 1)
    for (before, after) in zip(levels, levels.dropFirst()) {
      #expect(after <= before + 1, "\(name): a heading of level \(after) follows one of level \(before)")
    }
    // Names are there once, and what is referred to is there.
    let names = reading.tags.compactMap { $0.attributes["id"] }
    #expect(Set(names).count == names.count)
    for tag in reading.tags where !tag.isEnd {
      if let target = tag.attributes["href"], target.hasPrefix("#"), tag.name == "a" {
        #expect(names.contains(String(target.dropFirst())), "\(target)")
      }
      for key in ["aria-labelledby"] {
        if let target = tag.attributes[key] { #expect(names.contains(target), "\(key) \(target)") }
      }
      if tag.name == "img" { #expect(tag.attributes["alt"] != nil) }
      if tag.attributes["role"] == "region" || tag.name == "nav" {
        #expect(tag.attributes["aria-label"]?.isEmpty == false)
      }
    }
    #expect(reading.all("html").first?.attributes["lang"] == "en")
    #expect(reading.all("main").count == 1)
    #expect(page.contains("Reproduce") && page.contains("How it was measured"))
  }

  @Test(arguments: oddRuns.map(\.name))
  func noPageAsksForAnything(name: String) throws {
    let reading = PageReading(plainPage(try #require(oddRuns.first { $0.name == name }?.model)))
    for tag in reading.tags {
      #expect(tag.attributes["src"] == nil && tag.name != "link" && tag.name != "iframe" && tag.name != "base")
      for (key, value) in tag.attributes where key != "d" && !key.hasPrefix("data-") {
        #expect(!value.contains("//"), "\(tag.name) \(key)=\(value)")
      }
    }
  }

  @Test func aHostileNameStaysAName() {
    let page = plainPage(RichRun.model)
    let reading = PageReading(page)
    #expect(reading.all("script").count == 1, "only the page's own script")
    #expect(reading.all("img").isEmpty)
    for tag in reading.tags {
      for key in tag.attributes.keys { #expect(!key.hasPrefix("on"), "\(tag.name) \(key)") }
    }
    #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
  }

  @Test func everyRowOfTheTableHasAsManyCellsAsColumns() throws {
    for (name, model) in oddRuns where !model.groups.isEmpty {
      let reading = PageReading(resultsTable(model).text)
      var columns = 0
      var cells: Int?
      for tag in reading.tags {
        switch (tag.name, tag.isEnd) {
        case ("tr", false): cells = 0
        case ("th", false), ("td", false): cells = (cells ?? 0) + (Int(tag.attributes["colspan"] ?? "1") ?? 0)
        case ("tr", true):
          let count = try #require(cells)
          if columns == 0 { columns = count }
          #expect(count == columns, "\(name)")
        default: break
        }
      }
      // What nobody measured has no column, so a run of failures has few.
      #expect(columns > 1 || name == "only failures", "\(name)")
    }
  }

  @Test func failuresStandInTheirPlaceWithTheirReason() {
    let page = plainPage(SampleRun.model)
    #expect(page.contains("failed: load: the engine has no float16 kernel for Gemm"))
    #expect(page.contains("skipped: the model&#39;s fixed batch is 1"))
    #expect(page.contains("failed: build: opset 6 has no QuantizeLinear"))
  }

  @Test func valuesForSortingAreThoseOfTheRun() throws {
    let reading = PageReading(resultsTable(RichRun.model).text)
    let group = try #require(RichRun.model.groups.first)
    let values = reading.tags.filter { $0.attributes["data-column"] == "1" }.compactMap { $0.attributes["data-value"] }
    let accuracies = group.rows.compactMap { $0[ReportMetric.accuracy]?.value }
    #expect(values.prefix(accuracies.count).compactMap { Double($0) } == accuracies)
  }

  @Test(.enabled(if: hasTidy, "tidy is needed"), arguments: oddRuns.map(\.name))
  func tidyFindsNothing(name: String) throws {
    let folder = try TemporaryFolder()
    let page = plainPage(try #require(oddRuns.first { $0.name == name }?.model))
    try expectTidy(page, in: folder)
  }

  @Test(.enabled(if: hasGnuplot, "gnuplot is needed"))
  func thePageOfTwentyVariantsWithItsPicturesIsSmallAndValid() throws {
    let output = renderReport(ReportModel(SampleRun.crowdedRecord(21)))
    let page = try #require(output.files.first { $0.name == "index.html" })
    #expect(page.bytes.count < 2_000_000, "\(page.bytes.count) B")
    let reading = PageReading(page.text)
    #expect(reading.problems.isEmpty, "\(reading.problems.prefix(5))")
    let pictures = reading.all("svg").filter { $0.attributes["role"] == "img" }
    let drawn = output.files.count { $0.name.hasSuffix(".svg") }
    let looks = reading.all("div").compactMap { $0.attributes["class"] }.filter { $0.hasPrefix("scroll chart") }
    #expect(looks.count { !$0.hasSuffix("narrow") } == drawn && looks.count == pictures.count)
    // Each is there for a phone too, as long as the page stays small.
    #expect(looks.count { $0.hasSuffix("narrow") } == looks.count { $0.hasSuffix("wide") } && pictures.count > drawn)
    let names = reading.tags.compactMap { $0.attributes["id"] }
    #expect(Set(names).count == names.count, "a name is there twice")
    for picture in pictures {
      #expect(names.contains(picture.attributes["aria-labelledby"] ?? ""), "a picture without words")
    }
    for use in reading.all("use") {
      #expect(names.contains(String((use.attributes["href"] ?? "").dropFirst())), "a mark that is not defined")
    }
    let written = Set(output.files.map(\.name))
    for link in reading.all("a") {
      guard let target = link.attributes["href"], !target.hasPrefix("#") else { continue }
      #expect(written.contains(target), "a link to \(target), which was not written")
    }
    if hasTidy {
      let folder = try TemporaryFolder()
      try expectTidy(page.text, in: folder)
    }
  }
}

/// Tidy must have no error, and no warning but on what it does not know: SVG 2's `href`, CSS.
private func expectTidy(_ page: String, in folder: TemporaryFolder) throws {
  try write([OutputFile(name: "page.html", text: page)], to: folder.path)
  _ = run(["sh", "-c", "tidy -quiet -errors -f messages page.html"], in: folder.path)
  let messages = contents("\(folder.path)/messages") ?? "nothing was said"
  let lines = messages.split(separator: "\n").filter { !$0.contains("<use> proprietary attribute \"href\"") }
  #expect(lines.isEmpty, "\(lines.prefix(5).joined(separator: "\n"))")
}
