import AssayCore
import AssayJudge
import AssayMeasure
import Testing

@testable import AssayReport

@Suite struct TableTests {
  @Test(arguments: [80, 100, 140])
  func tableIsAsCommitted(width: Int) {
    let text = terminalTable(SampleRun.model, style: TerminalStyle(width: width))
    expectGolden(text, "table-\(width).txt")
  }

  @Test func noLineIsWiderThanAskedAndNothingIsLost() {
    let model = SampleRun.model
    for width in stride(from: 40, through: 210, by: 10) {
      let text = terminalTable(model, style: TerminalStyle(width: width))
      for line in text.split(separator: "\n") {
        #expect(displayWidth(line) <= width, "at width \(width): \(line)")
      }
      // Packed sizes have a column where a variant is smaller packed than it runs, which none is here.
      for column in ReportColumn.all where column.metric != MetricCatalog.packedSize {
        #expect(text.contains(column.title), "\(column.title) at width \(width)")
      }
    }
  }

  @Test func coloursOnlyWhereTheyAreWanted() {
    let model = SampleRun.model
    let colour = TerminalStyle(width: 100, isTerminal: true, environment: [:])
    let styles = [
      TerminalStyle(width: 100, isTerminal: false, environment: [:]),
      TerminalStyle(width: 100, isTerminal: true, environment: ["NO_COLOR": "1"]),
      TerminalStyle(width: 100, isTerminal: true, environment: ["TERM": "dumb"]),
    ]
    for style in styles { #expect(!terminalTable(model, style: style).contains("\u{1B}")) }
    let coloured = terminalTable(model, style: colour)
    #expect(coloured.contains("\u{1B}[31m"))
    let plain = coloured.replacing(/\u{1B}\[[0-9]*m/, with: "")
    #expect(plain == terminalTable(model, style: styles[0]))
    #expect(TerminalStyle(width: 100, isTerminal: true, environment: ["NO_COLOR": ""]).usesColor)
  }

  @Test func aSpeedWithoutEvidenceCarriesItsReservation() throws {
    func speed(_ ratio: Double, _ low: Double?, _ high: Double?) -> String? {
      let interval = low.flatMap { low in high.map { ConfidenceInterval(low: low, high: $0, coverage: 0.95) } }
      return ReportColumn.speed(
        Figure(
          MetricCatalog.latencyP50, .value(1), count: 1,
          change: Change(.ratio, .value(ratio), interval: interval)))
    }
    #expect(speed(0.7, 0.69, 0.71) == "1.43x as fast")
    #expect(speed(0.7, 0.6, 1.01) == "~1.43x as fast")
    #expect(speed(0.7, nil, nil) == "~1.43x as fast")
    #expect(speed(3.4, 3.3, 3.5) == "0.29x as fast")
    #expect(speed(0.997, 0.996, 0.998) == "1.003x as fast")
    #expect(speed(1, 0.99, 1.01) == "~1.00x as fast")
  }

  @Test func nothingIsCalledFastestThatIsNotShownToBe() throws {
    var record = SampleRun.record()
    record.trials.removeAll { !["baseline", "pruned-90"].contains($0.trial.variant) || $0.trial.group.batch != 1 }
    let model = ReportModel(record)
    let group = try #require(model.groups.first)
    #expect(group.findings.contains("No variant is shown to be faster than the baseline."))
    #expect(!group.findings.contains { $0.hasPrefix("Fastest") })
  }

  @Test func failuresStandInTheirPlace() throws {
    let model = SampleRun.model
    let group = try #require(model.groups.first)
    #expect(
      group.rows.map(\.variant) == [
        "baseline", "int8-static", "int8-dynamic", "pruned-90", "float16", "half-width", SampleRun.strange, "too-old",
      ])
    #expect(group.rows[4].outcome == .failed("load: the engine has no float16 kernel for Gemm (choose another engine)"))
    // A variant that could not be built has no trial, and is shown all the same.
    #expect(group.rows[7].reason?.contains("opset 6") == true)
  }

  @Test func missingPercentilesSayWhy() throws {
    let group = try #require(SampleRun.model.groups.last)
    #expect(group.rows[0][MetricCatalog.latencyP99]?.value == nil)
    #expect(tableNotes(of: group).contains("no latency.p99: not enough samples (400 of 662)"))
  }

  @Test func aRunWithNothingInItIsStillAReport() {
    var record = SampleRun.record()
    (record.trials, record.variants, record.groups, record.finishedAt) = ([], [], [], nil)
    let model = ReportModel(record)
    #expect(terminalTable(model, style: TerminalStyle()).contains("Nothing was measured"))
    let output = renderReport(model)
    #expect(output.problems.isEmpty)
    #expect(
      output.files.map(\.name) == [
        "results.csv", "summary.csv", "classes.csv", "confusion.csv", "tables.tex", "report.md", "index.html",
      ])
  }

  @Test func aBaselineThatFailedLeavesTheOthersShown() throws {
    var record = SampleRun.record()
    for index in record.trials.indices where record.trials[index].trial.variant == "baseline" {
      record.trials[index].result = .failed(TrialFailure(stage: .start, message: "no memory"))
    }
    let model = ReportModel(record)
    #expect(model.groups.allSatisfy { $0.findings.first?.hasPrefix("The baseline was not measured") == true })
    let text = terminalTable(model, style: TerminalStyle(width: 140))
    #expect(text.contains("15.2 µs"))
    #expect(!text.contains("as fast"))
  }

  @Test func markdownIsAsCommitted() {
    expectGolden(markdownReport(SampleRun.model, chartResults(of: SampleRun.model)).text, "report.md")
  }
}
