import AssayCore
import AssayMeasure
import FoundationEssentials
import Glibc
import Testing

@testable import AssayReport

private let hasGnuplot = isInstalled("gnuplot")
private let hasXMLLint = isInstalled("xmllint")

@Suite struct ChartTests {
  @Test(.enabled(if: hasGnuplot && hasXMLLint, "gnuplot and xmllint are needed"))
  func picturesAreDrawnAndTheirScriptsDrawThemAgain() throws {
    let model = SampleRun.model
    let output = chartFiles(chartResults(of: model), gnuplot: "gnuplot")
    #expect(output.problems.isEmpty, "\(output.problems)")
    let folder = try TemporaryFolder()
    try write(output.files, to: folder.path)
    let charts = "\(folder.path)/charts"
    let names = AssayReport.charts(of: model).map(\.name)
    #expect(names.count > 8 && Set(names).count == names.count)
    for name in names {
      let svg = try #require(output.files.first { $0.name == "charts/\(name).svg" })
      let png = try #require(output.files.first { $0.name == "charts/\(name).png" })
      #expect(png.bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
      #expect(run(["xmllint", "--noout", "\(name).svg"], in: charts) == 0, "\(name).svg is not well-formed")
      unlink("\(charts)/\(name).svg")
      #expect(run(["gnuplot", "\(name).gp"], in: charts) == 0, "\(name).gp")
      #expect(contents("\(charts)/\(name).svg") == svg.text, "\(name).gp draws another picture")
    }
    // Nothing in a name is executed.
    #expect(access("\(charts)/pwned", F_OK) != 0)
    #expect(access("pwned", F_OK) != 0)
  }

  @Test(.enabled(if: hasGnuplot, "gnuplot is needed"))
  func namesSurviveInPictures() throws {
    let output = chartFiles(chartResults(of: SampleRun.model), gnuplot: "gnuplot")
    for kind in ["latency-digits-mlp-1-thread-batch-1", "sizes-digits-mlp"] {
      let svg = try #require(output.files.first { $0.name == "charts/\(kind).svg" }).text
      let name = shortened(visibleLine(SampleRun.strange), toWidth: 30)
      #expect(svg.contains("<text>\(name)</text>"), "\(kind)")
      for plain in ["baseline", "int8-static", "float16", "too-old"] { #expect(svg.contains("<text>\(plain)</text>")) }
    }
    let title = try #require(output.files.first { $0.name.hasPrefix("charts/sizes-cnn") && $0.name.hasSuffix(".svg") })
      .text
    #expect(title.contains("Size: cnn, größe &lt;50%> &amp; \"more\""))
  }

  @Test func aMissingGnuplotCostsThePicturesOnly() throws {
    let model = SampleRun.model
    var writers = ReportWriterCatalog.all
    writers[0].write = { _, draft in chartFiles(draft.charts, gnuplot: "/nonexistent/gnuplot") }
    let output = renderReport(model, writers: writers)
    #expect(output.problems.map(\.code) == [.gnuplotMissing])
    #expect(output.problems[0].description.contains("apt install gnuplot-nox"))
    let names = output.files.map(\.name)
    #expect(
      names.contains("report.md") && names.contains("results.csv") && names.contains("charts/sizes-digits-mlp.gp"))
    let report = try #require(output.files.first { $0.name == "report.md" })
    #expect(!report.text.contains("!["))
    #expect(report.text.contains("Not written"))
    let page = try #require(output.files.first { $0.name == "index.html" })
    #expect(page.text.contains("This picture was not drawn") && page.text.contains("apt install gnuplot-nox"))
  }

  @Test(.enabled(if: hasGnuplot, "gnuplot is needed"))
  func aLoneBaselineOfUnknownCountsIsDrawn() throws {
    var record = SampleRun.record()
    record.trials = Array(record.trials.prefix(1))
    record.variants = Array(record.variants.prefix(1))
    guard case .built(var built)? = record.variants.first?.build else { return }
    (built.figures.parameters, built.figures.nonzeros) = (nil, nil)
    record.variants[0].build = .built(built)
    let output = chartFiles(chartResults(of: ReportModel(record)), gnuplot: "gnuplot")
    #expect(output.problems.isEmpty, "\(output.problems)")
    let drawn = AssayReport.charts(of: ReportModel(record)).map(\.name)
    #expect(Set(["accuracy-latency-digits-mlp", "latency-digits-mlp", "sizes-digits-mlp"]).isSubset(of: drawn))
    #expect(output.files.count { $0.name.hasSuffix(".png") } == drawn.count)
  }

  @Test(.enabled(if: hasGnuplot, "gnuplot is needed"))
  func whatGnuplotRefusesIsReported() throws {
    let group = ComparisonGroup(baseline: "b", engine: "e", threads: 1, batch: 1, scenario: .singleStream)
    let chart = Chart(
      group: group, name: "broken", title: "", width: 100, height: 100, tables: [], script: ["plot nonsense("])
    let error = try #require(throws: ReportError.self) { _ = try chart.pictures(program: "gnuplot") }
    #expect(error.code == .drawingFailed)
    #expect(error.message.contains("nonsense"))
  }

  @Test func labelsOfACrowdDoNotOverlap() {
    let bounds = PixelBox(x: 0, y: 0, width: 800, height: 400)
    for seed in UInt64(1)...20 {
      var generator = SeededGenerator(seed: seed)
      let points = (0..<14).map { _ in
        LabelPlacement.Point(x: 100 + 600 * generator.unit(), y: 50 + 300 * generator.unit())
      }
      let sizes = points.map { _ in (width: 40 + 80 * generator.unit(), height: 16.0) }
      let marks = points.map { PixelBox(x: $0.x - 6, y: $0.y - 6, width: 12, height: 12) }
      let labels = LabelPlacement(bounds: bounds, obstacles: marks).place(points, sizes: sizes).map(\.box)
      for (index, label) in labels.enumerated() {
        #expect(
          label.overlap(bounds) > label.width * label.height * 0.999, "seed \(seed): label \(index) leaves the plot")
        for other in labels.indices where other > index {
          #expect(label.overlap(labels[other]) == 0, "seed \(seed): labels \(index) and \(other) overlap")
        }
        for mark in marks { #expect(label.overlap(mark) == 0, "seed \(seed): label \(index) covers a point") }
      }
    }
  }

  @Test(arguments: [(0.93, 1.02), (15.0, 24.0), (0.12, 1.8), (3.0, 900.0), (0.0, 1e-9), (5.0, 5.0), (1.0, 1e12)])
  func axesHaveAFewRoundTics(low: Double, high: Double) throws {
    for isLogarithmic in [false, true] {
      guard let axis = ChartAxis([low, high], margin: 0.05, least: high * 0.01, isLogarithmic: isLogarithmic) else {
        continue
      }
      let tics = axis.isLogarithmic ? AxisTics.logarithmic(axis.range) : AxisTics.linear(axis.range, count: 7)
      #expect((2...20).contains(tics.count), "\(axis.range): \(tics)")
      #expect(tics == tics.sorted())
      #expect(tics.allSatisfy { axis.range.contains($0) || abs($0) < 1e-12 })
    }
  }

  @Test func aCrowdIsNumberedAndExplained() throws {
    let chart = try #require(AssayReport.charts(of: ReportModel(SampleRun.crowdedRecord())).first)
    let script = chart.script.joined(separator: "\n")
    for number in 1...16 { #expect(script.contains("set label '\(number)' at")) }
    #expect(script.contains("'prune-magnitude-15'"))
  }
}
