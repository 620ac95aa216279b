import AssayCore
import AssayMeasure
import CCSV
import Testing

@testable import AssayReport

/// The rows of `bytes` as libcsv reads them; nil when it refuses them.
func readCSV(_ bytes: [UInt8]) -> [[String]]? {
  final class Rows {
    var rows: [[String]] = []
    var row: [String] = []
  }
  let rows = Rows()
  var failure = assay_csv_failure()
  let status = bytes.withUnsafeBufferPointer { buffer -> assay_csv_status in
    guard let start = buffer.baseAddress else { return ASSAY_CSV_OK }
    return assay_csv_parse(
      start, buffer.count, CChar(bitPattern: UInt8(ascii: ",")),
      { context, bytes, count, _ in
        guard let context else { return 1 }
        let text = String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
        Unmanaged<Rows>.fromOpaque(context).takeUnretainedValue().row.append(text)
        return 0
      },
      { context, _, _ in
        guard let context else { return 1 }
        let rows = Unmanaged<Rows>.fromOpaque(context).takeUnretainedValue()
        rows.rows.append(rows.row)
        rows.row = []
        return 0
      }, Unmanaged.passUnretained(rows).toOpaque(), &failure)
  }
  return status == ASSAY_CSV_OK ? rows.rows : nil
}

@Suite struct CSVTests {
  @Test func whateverTextIsWrittenIsReadBack() {
    var generator = SeededGenerator(seed: 5)
    let letters = Array("ab ,\"\n\r\t%;'é漢\u{FEFF}\\👩‍💻").map(String.init) + ["\r\n", ""]
    for round in 0..<300 {
      let columns = 1 + generator.index(below: 5)
      let rows = (0..<(1 + generator.index(below: 6))).map { _ in
        (0..<columns).map { _ in
          (0..<generator.index(below: 8)).map { _ in letters[generator.index(below: letters.count)] }.joined()
        }
      }
      var csv = CSVText()
      for row in rows { csv.append(row) }
      #expect(readCSV(csv.bytes) == rows, "seed 5, round \(round): \(rows)")
    }
  }

  @Test(arguments: ["results.csv", "summary.csv", "classes.csv", "confusion.csv"])
  func filesAreRectangularAndKeepNames(name: String) throws {
    let model = SampleRun.model
    let written = [resultsCSV(model), summaryCSV(model), classesCSV(model), confusionCSV(model)]
    let file = try #require(written.first { $0.name == name })
    let rows = try #require(readCSV(file.bytes))
    #expect(rows.allSatisfy { $0.count == rows[0].count })
    let (baseline, variant) = (
      try #require(rows[0].firstIndex(of: "baseline")), try #require(rows[0].firstIndex(of: "variant"))
    )
    #expect(rows.contains { $0[variant] == SampleRun.strange })
    #expect(rows.contains { $0[baseline] == SampleRun.strangeBaseline })
    expectGolden(file.text, name)
  }

  @Test func numbersReadBackExactly() {
    var generator = SeededGenerator(seed: 9)
    for round in 0..<2_000 {
      let value = Double(bitPattern: generator.next())
      guard value.isFinite else { continue }
      #expect(Double(CSVText.number(value)) == value, "seed 9, round \(round): \(value)")
    }
    #expect(CSVText.number(Double.nan) == "")
    #expect(CSVText.number(12.0) == "12")
    #expect(CSVText.number(-0.5) == "-0.5")
  }

  @Test func valuesAreThoseOfTheRun() throws {
    let record = SampleRun.record()
    let rows = try #require(readCSV(resultsCSV(ReportModel(record)).bytes))
    let header = rows[0]
    func value(_ row: [String], _ name: String) -> String { header.firstIndex(of: name).map { row[$0] } ?? "" }
    let accuracy = try #require(
      rows.first { value($0, "metric") == "accuracy.top1" && value($0, "variant") == "int8-static" })
    #expect(Double(value(accuracy, "value")) == Double(SampleRun.rows - 68) / Double(SampleRun.rows))
    #expect(value(accuracy, "n") == "\(SampleRun.rows)")
    let latency = try #require(
      rows.first { value($0, "metric") == "latency.p50" && value($0, "variant") == "baseline" })
    let p50 = try #require(Double(value(latency, "value")))
    #expect(abs(p50 - 24_100) < 300, "the generator draws around 24,100 ns")
    #expect(value(latency, "unit") == "ns")
    let failed = try #require(rows.first { value($0, "metric") == "status" && value($0, "variant") == "crashed" })
    #expect(value(failed, "note").contains("signal 11"))
  }
}
