import AssayCore
import AssayJudge
import Testing

@testable import AssayReport

@Suite struct ViewTests {
  @Test(arguments: [80, 120])
  func theViewIsAsCommitted(width: Int) {
    expectGolden(terminalView(RichRun.model, style: TerminalStyle(width: width)), "view-\(width).txt")
  }

  @Test func noLineIsWiderThanAsked() {
    for width in stride(from: 40, through: 200, by: 20) {
      for model in [SampleRun.model, RichRun.model] {
        let text = terminalView(model, style: TerminalStyle(width: width))
        for line in text.split(separator: "\n") { #expect(displayWidth(line) <= width, "at width \(width): \(line)") }
      }
    }
  }

  @Test func plainIsTheColouredTextWithoutColours() {
    let coloured = terminalView(RichRun.model, style: TerminalStyle(width: 100, usesColor: true))
    #expect(coloured.contains("\u{1B}["))
    let plain = terminalView(RichRun.model, style: TerminalStyle(width: 100))
    #expect(!plain.contains("\u{1B}"))
    #expect(coloured.replacing(/\u{1B}\[[0-9]*m/, with: "") == plain)
  }

  @Test func aSparklineShowsWhereSamplesAre() throws {
    func distribution(_ values: [Double]) -> LatencyDistribution {
      LatencyDistribution(count: values.count, quantiles_ns: values)
    }
    let low = distribution((0...400).map { 100 + Double($0) / 40 })
    let high = distribution((0...400).map { 190 + Double($0) / 40 })
    let axis = try #require(SparklineAxis([low, high]))
    #expect(!axis.isLogarithmic)
    let lines = [axis.line(low, width: 20), axis.line(high, width: 20)]
    #expect(lines[0].first == "█" && lines[0].last == " ")
    #expect(lines[1].first == " " && lines[1].last == "█")
    #expect(lines.allSatisfy { $0.count == 20 })
    let wide = try #require(SparklineAxis([low, distribution((0...400).map { 1_000 + Double($0) })]))
    #expect(wide.isLogarithmic)
    #expect(SparklineAxis([]) == nil)
    // All samples the same is one column, not none.
    let flat = distribution([Double](repeating: 5, count: 401))
    #expect(SparklineAxis([flat])?.line(flat, width: 10).contains("█") == true)
  }

  @Test func aRunOfFailuresIsClear() {
    var record = RichRun.record()
    for index in record.trials.indices {
      record.trials[index].result = .failed(TrialFailure(stage: .load, message: "no memory"))
    }
    let model = ReportModel(record, comparison: Comparison(withinRun: record))
    let text = terminalView(model, style: TerminalStyle(width: 100))
    #expect(text.contains("FAILED") && text.contains("failed: load: no memory"))
    #expect(!text.contains("latency of all samples"))
  }
}
