import AssayCore
import AssayJudge
import Testing

@testable import AssayReport

private let hasGnuplot = isInstalled("gnuplot")

@Suite struct ChartCatalogTests {
  @Test func aRunThatHasEverythingHasEveryKindOfChart() {
    let results = chartResults(of: RichRun.model)
    for kind in ChartCatalog.all {
      let own = results.filter { $0.kind.name == kind.name }
      #expect(!own.isEmpty && own.allSatisfy { !$0.charts.isEmpty && $0.absence == nil }, "\(kind.name)")
      #expect(own.count == (kind.scope == .group ? 3 : 1), "\(kind.name)")
    }
  }

  @Test func aChartWithoutDataSaysWhy() {
    var record = RichRun.record()
    for index in record.trials.indices {
      record.trials[index].result = .failed(TrialFailure(stage: .load, message: "no memory"))
    }
    for index in record.variants.indices { record.variants[index].build = .failed(message: "no disk") }
    for result in chartResults(of: ReportModel(record)) {
      #expect(result.charts.isEmpty, "\(result.kind.name)")
      #expect((result.absence?.count ?? 0) > 10, "\(result.kind.name)")
    }
    let page = reportPage(ReportModel(record), ReportDraft(ReportModel(record))).text
    #expect(page.contains("There is nothing to draw") && page.contains("Not drawn"))
  }

  @Test func theOfflineScenarioHasNoLatencyToDraw() {
    var record = RichRun.record()
    for index in record.trials.indices { record.trials[index].trial.group.scenario = .offline }
    for index in record.groups.indices { record.groups[index].group.scenario = .offline }
    let results = chartResults(of: ReportModel(record))
    for name in ["accuracy-latency", "latency"] {
      let absences = results.filter { $0.kind.name == name }.map(\.absence)
      #expect(absences.allSatisfy { $0?.contains("offline") == true }, "\(name)")
    }
    #expect(results.contains { $0.kind.name == "speed-up" && !$0.charts.isEmpty })
  }

  @Test func everyChartIsToldInWordsWithItsNumbers() throws {
    for result in chartResults(of: RichRun.model) {
      for chart in result.charts {
        #expect(chart.alternative.hasPrefix(chart.title), "\(chart.name)")
        #expect(chart.alternative.contains { $0.isNumber }, "\(chart.name): \(chart.alternative)")
        #expect(!chart.alternative.contains("\n"))
      }
    }
    let sizes = try #require(chartResults(of: RichRun.model).first { $0.kind.name == "sizes" }?.charts.first)
    #expect(sizes.alternative.contains("int8: 61.0 kB"))
  }

  @Test func theDataOfASpeedUpAreThoseOfTheRun() throws {
    let chart = try #require(chartResults(of: RichRun.model).first { $0.kind.name == "speed-up" }?.charts.first)
    let rows = chart.tables[0].blocks.flatMap(\.self)
    let pruned = try #require(rows.first { $0.name == "pruned-90" })
    #expect(pruned.values[0] == 50_432 / 5_043.0)
    let group = try #require(RichRun.model.groups.first)
    let ratio = group.rows.first { $0.variant == "pruned-90" }?[MetricCatalog.latencyP50]?.change?.value
    #expect(pruned.values[3] == 1 / (try #require(ratio)))
    #expect(chart.alternative.contains("below the diagonal"))
  }

  @Test func aCrowdStaysDrawn() {
    let results = chartResults(of: ReportModel(SampleRun.crowdedRecord(40)))
    for name in ["accuracy-latency", "accuracy-size", "latency", "sizes", "memory", "classes"] {
      let charts = results.first { $0.kind.name == name }?.charts ?? []
      #expect(charts.count == 1, "\(name)")
      for chart in charts {
        #expect(chart.height < 1_800 && chart.width < 1_400, "\(name): \(chart.width) × \(chart.height)")
      }
    }
  }

  @Test func everyChartIsLaidOutForAPhoneToo() {
    for model in [RichRun.model, ReportModel(SampleRun.crowdedRecord(40))] {
      for result in chartResults(of: model) {
        #expect(result.narrow.map(\.name) == result.charts.map(\.name), "\(result.kind.name)")
        for (narrow, wide) in zip(result.narrow, result.charts) {
          #expect(narrow.width == ChartFormat.narrowWidth && narrow.width < wide.width, "\(wide.name)")
          // The same numbers, in another frame; only fewer series may be drawn.
          #expect(narrow.alternative.hasPrefix(wide.title), "\(wide.name)")
          #expect(narrow.height < 2_600, "\(wide.name): \(narrow.height)")
        }
      }
    }
  }

  @Test(.enabled(if: hasGnuplot, "gnuplot is needed"))
  func gnuplotDrawsEveryKindAndSaysNothing() throws {
    let output = chartFiles(chartResults(of: RichRun.model), gnuplot: "gnuplot")
    #expect(output.problems.isEmpty, "\(output.problems)")
    let charts = chartResults(of: RichRun.model).flatMap(\.charts)
    for chart in charts {
      let svg = try #require(output.files.first { $0.name == "charts/\(chart.name).svg" }).text
      #expect(svg.contains("</svg>"), "\(chart.name)")
      let inline = try #require(InlineSVG(svg, width: chart.width, height: chart.height))
      let reading = PageReading("<svg>\(inline.content)</svg>")
      #expect(reading.problems.isEmpty, "\(chart.name): \(reading.problems.prefix(3))")
      #expect(inline.content.utf8.count < svg.utf8.count * 3 / 4, "\(chart.name)")
      #expect(!inline.content.contains("id=") && !inline.content.contains("DejaVu"))
      // What is filled has its outline and its colour still.
      let shapes = reading.all("polygon")
      #expect(
        shapes.allSatisfy { $0.attributes["points"]?.isEmpty == false && $0.attributes["fill"] != nil }, "\(chart.name)"
      )
      if ["sizes", "memory", "latency", "confusion"].contains(where: chart.name.hasPrefix),
        !chart.name.hasPrefix("accuracy")
      {
        #expect(!shapes.isEmpty, "\(chart.name) has no shapes")
      }
    }
  }
}

@Suite struct InlineSVGTests {
  private static let drawn = """
    <?xml version="1.0" encoding="utf-8"  standalone="no"?>
    <svg
     width="100" height="50" viewBox="0 0 100 50" xmlns="http://www.w3.org/2000/svg"
    >
    <!-- a > comment -->
    <title>Gnuplot</title>
    <desc>Produced <b> by</desc>
    <g id="gnuplot_canvas">
    <rect x="0" y="0" width="100" height="50" fill="#FFFFFF"/>
    <defs>
      <circle id='gpDot' r='0.5' stroke='currentColor'/>
      <use xlink:href='#gpDot' id='gpPt6' fill='currentColor'/>
      <filter id='textbox'><feFlood flood-color='#FFFFFF'/></filter>
    </defs>
    <g fill="none" color="black"></g>
    <g fill="none" color="black">
      <path stroke='rgb( 85,  85,  85)'  d='M80.004,412.26 L74.60,412.261  '/></g>
    <g transform="translate(1,2)" fill="rgb(0,0,0)" font-family="DejaVu Sans">
      <text>a &lt; b  c</text>
    </g>
    <g><text></text></g>
    <rect fill="#00FF00"/>
    <polygon fill = 'rgb(  0, 114, 178)' points = '168.114,100.62 427.31,81.4 '/>
    </g>
    </svg>
    """

  @Test func whatAPageNeedsStays() throws {
    let svg = try #require(InlineSVG(Self.drawn, width: 100, height: 50))
    #expect(
      svg.content == """
        <g>
        <g fill="none" color="#000000">
        <path stroke="#555555" d="M80.0,412.2 L74.6,412.2"/></g><g transform="translate(1,2)" fill="#000000">
        <text>a &lt; b  c</text></g><rect fill="#00ff00"/><polygon fill="#0072b2" points="168.1,100.6 427.3,81.4"/></g>
        """)
    #expect(svg.definitions.contains("<use href=\"#gpDot\" id=\"gpPt6\" fill=\"currentColor\"/>"))
    #expect(!svg.definitions.contains("filter") && !svg.definitions.contains("feFlood"))
  }

  @Test func whatIsNoPictureIsRefused() {
    #expect(InlineSVG("", width: 1, height: 1) == nil)
    #expect(InlineSVG("<p>no</p>", width: 1, height: 1) == nil)
  }

  @Test func brokenPicturesDoNotCrash() {
    var generator = SeededGenerator(seed: 3)
    let bytes = Array(Self.drawn.utf8)
    for round in 0..<300 {
      var broken = bytes
      for _ in 0..<4 {
        let place = generator.index(below: broken.count)
        if round.isMultiple(of: 2) {
          broken.remove(at: place)
        } else {
          broken[place] = UInt8(generator.index(below: 128))
        }
      }
      broken.removeLast(generator.index(below: 40))
      _ = InlineSVG(String(decoding: broken, as: UTF8.self), width: 1, height: 1)
    }
  }
}

@Suite struct MarkupTests {
  @Test func wordsCannotBecomeMarkup() {
    let name = "<b a=\"1\" c='2'>&\n\u{202E}"
    let markup: HTML = "<i title=\"\(name)\">\(name)</i>"
    let escaped = "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;↵\u{FFFD}"
    #expect(markup.text == "<i title=\"\(escaped)\">\(escaped)</i>")
    #expect(("\(markup)" as HTML).text == markup.text)
  }

  @Test func addressesHoldAnything() {
    #expect(HTML.address("a/b-c_d.e~f") == "a/b-c_d.e~f")
    #expect(HTML.address("ü \"?#%") == "%C3%BC%20%22%3F%23%25")
  }
}

@Suite struct FarBelowTests {
  @Test func whatLostFarMoreThanMostIsNamedInsteadOfPressingTheOthersTogether() throws {
    func chart(_ errors: [Int]) throws -> Chart {
      var record = SampleRun.crowdedRecord(1)
      record.trials = []
      record.variants = []
      record.groups = []
      SampleRun.add(
        to: &record, baseline: "net", batch: 1, launches: 3, samples: 20,
        variants: errors.enumerated().map { index, count in
          SampleRun.Recipe(
            index == 0 ? "baseline" : "v\(index)", latency_ns: 100_000 - 5_000 * Double(index), errors: count,
            file_B: 1_000 * (index + 1))
        })
      let results = chartResults(of: ReportModel(record))
      return try #require(results.first { $0.kind.name == "accuracy-latency" }?.charts.first)
    }
    func names(_ chart: Chart) -> Set<String> {
      Set(chart.tables[0].blocks.flatMap(\.self).compactMap(\.name)).subtracting(["front"])
    }
    let far = try chart([50, 55, 60, 900])
    #expect(names(far) == ["baseline", "v1", "v2"] && far.alternative.contains("Below the picture: v3 (49.9 %)."))
    #expect(far.script.contains { $0.contains("below the picture: v3 (49.9 %)") })
    // Where many lost much, that is what the picture shows.
    #expect(names(try chart([50, 700, 800, 900])).count == 4)
  }
}
