import AssayCore
import AssayJudge
import AssayReport
import AssayTestSupport
import Foundation
import Testing

private let gnuplotPaths = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
private let hasGnuplot = gnuplotPaths.contains { FileManager.default.isExecutableFile(atPath: "\($0)/gnuplot") }

/// Compares `text` with the committed golden file; with ASSAY_RECORD_GOLDENS=1 rewrites the file and fails.
private func expectGolden(_ text: String, _ name: String) throws {
  let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Goldens/\(name)")
  if ProcessInfo.processInfo.environment["ASSAY_RECORD_GOLDENS"] == "1" {
    try Data(text.utf8).write(to: url)
    Issue.record("recorded \(name): read it, then run again without ASSAY_RECORD_GOLDENS")
    return
  }
  #expect(try String(contentsOf: url, encoding: .utf8) == text, "\(name) is not as recorded")
}

private let strange = "int8\nπ 100% \"q\", `touch pwned` @x_y ^z {w} \\ it's 漢字"

/// `count` runs: a slowdown after 60 %, in the middle some of another machine, a size that changes once.
private func history(_ count: Int, machines: Bool = true, variant: String = "int8-static") -> [HistoryRun] {
  var generator = SeededGenerator(seed: 9)
  let other = MadeHistory.environment(host: "spare", cpu: "Intel Xeon Gold 6130")
  return (0..<count).map { day in
    let isOther = machines && day * 10 >= count * 3 && day * 10 < count * 4
    let noise = 1 + 0.006 * (generator.unit() - 0.5)
    return MadeHistory.run(
      day, ratio: (day * 10 >= count * 6 ? 0.70 : 0.62) * noise * (isOther ? 1.3 : 1), control: 3.1 * (2 - noise),
      file_B: day * 2 >= count ? 58_200 : 61_004, plan: day * 10 >= count * 9 ? "b" : "a",
      environment: isOther ? other : MadeHistory.environment(), variant: variant,
      verdict: day == count - 1 ? .unconfirmed : nil)
  }
}

struct DrawingTests {
  @Test("The table tells newest values, trends and steps", arguments: [80, 120])
  func table(width: Int) throws {
    let text = trendTable(TrendReport(history(20)), style: TerminalStyle(width: width))
    try expectGolden(text, "history-\(width).txt")
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= width })
  }

  @Test("One run, none, and a name that is no line")
  func few() throws {
    try expectGolden(
      trendTable(TrendReport(history(1, variant: strange)), style: TerminalStyle(width: 100)), "history-one.txt")
    #expect(
      trendTable(TrendReport([]), style: TerminalStyle()) == "no runs of that kind in the history\n")
  }

  @Test("CSV has one row per run, trial and metric")
  func csv() throws {
    let file = trendCSV(TrendReport(history(4, variant: strange)))
    try expectGolden(file.text, "history.csv")
    #expect(trendCSV(TrendReport([])).text.split(separator: "\n").count == 1)
  }

  @Test("Baselines are listed with what they are, also one that cannot be read")
  func baselines() throws {
    struct Damage: Error, CustomStringConvertible { var description: String { "bad.json: not a run record" } }
    var record = RunRecord(
      programVersion: "0.1.0", suite: "digits", suitePath: "s.yaml", planHash: "p", startedAt: MadeHistory.time(3),
      command: [], environment: MadeHistory.environment(), settings: MeasureSettings())
    record.trials = ["baseline", "int8-static", "int8-static", strange].map {
      TrialRecord(trial: Trial(variant: $0, group: MadeHistory.group), result: .skipped(reason: ""))
    }
    let rows = [
      BaselineRow(name: "main", record: .success(record)), BaselineRow(name: "bad", record: .failure(Damage())),
    ]
    try expectGolden(baselineTable(rows, style: TerminalStyle(width: 140)), "baselines.txt")
  }

  @Test(
    "Picture, data and script are drawn for any number of runs", .enabled(if: hasGnuplot, "gnuplot is needed"),
    arguments: [1, 2, 20, 200])
  func chart(count: Int) throws {
    let report = TrendReport(history(count, variant: count == 2 ? strange : "int8-static"))
    for name in ["h.svg", "h.png"] {
      let files = try historyChartFiles(report, name: name)
      #expect(files.count { $0.name == name } == 1 && files.contains { $0.name == "h.gp" })
      #expect(files.filter { $0.name.hasSuffix(".dat") }.count == 12)
      if let folder = ProcessInfo.processInfo.environment["ASSAY_TEST_PICTURES"], name == "h.png" {
        try write(files.map { OutputFile(name: "\(count)/\($0.name)", bytes: $0.bytes) }, to: folder)
      }
    }
  }

  @Test("A step, its size and machines are in the picture", .enabled(if: hasGnuplot, "gnuplot is needed"))
  func marks() throws {
    let selection = TrendReport.Selection(variants: ["int8-static"], metrics: ["latency.p50"])
    let files = try historyChartFiles(TrendReport(history(40), selection), name: "a-b.svg")
    let svg = try #require(files.first { $0.name == "a-b.svg" }).text
    for text in ["History: digits", "int8-static: latency.p50", "ratio to baseline", "+13 %", "other machine", "spare"]
    {
      #expect(svg.contains(text), "\(text)")
    }
    let alone = try historyChartFiles(TrendReport(history(40, machines: false), selection), name: "a.svg")
    #expect(try !#require(alone.first { $0.name == "a.svg" }).text.contains("other machine"))
  }

  @Test(
    "A name that is none and a history with nothing to draw are refused",
    arguments: ["", ".svg", "x", "x.pdf", "it's.svg", "a\nb.svg", "../x.svg"])
  func refused(name: String) {
    let error = #expect(throws: ReportError.self) { try historyChartFiles(TrendReport(history(3)), name: name) }
    #expect(error?.code == .badName)
    let nothing = #expect(throws: ReportError.self) { try historyChartFiles(TrendReport([]), name: "x.svg") }
    #expect(nothing?.code == .nothingToDraw)
  }
}
