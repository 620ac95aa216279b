import AssayCore
import FoundationEssentials
import Testing

@testable import AssayData

private func rows(_ text: String) throws -> [[String]] {
  try CSVReader(Bytes(copying: Array(text.utf8)), name: "t.csv").rows()
}

private func table(_ text: String, header: NumericTable.Header = .detect) throws -> NumericTable {
  try NumericTable(CSVReader(Bytes(copying: Array(text.utf8)), name: "t.csv"), file: "t.csv", header: header)
}

@Suite struct CSVTests {
  @Test(arguments: [
    ("a,b\nc,d\n", [["a", "b"], ["c", "d"]]),
    ("a,b\r\nc,d", [["a", "b"], ["c", "d"]]),
    ("a,b\rc,d\r", [["a", "b"], ["c", "d"]]),
    ("\n\na,b\n\n\r\nc,d\n\n", [["a", "b"], ["c", "d"]]),
    ("\"a,b\",\"c\"\"d\"\n", [["a,b", "c\"d"]]),
    ("\"line 1\nline 2\r\nline 3\",x\n", [["line 1\nline 2\r\nline 3", "x"]]),
    ("  a b  ,\t c\n", [["a b", "c"]]),
    ("\"  a \",b\n", [["  a ", "b"]]),
    (",\n", [["", ""]]),
    ("\"\"\n", [[""]]),
    ("\u{feff}ä,日本語 100 %\n", [["ä", "日本語 100 %"]]),
    ("", []),
    ("\n", []),
  ])
  func readsRows(text: String, expected: [[String]]) throws {
    #expect(try rows(text).map { $0.map { Array($0.utf8) } } == expected.map { $0.map { Array($0.utf8) } })
  }

  @Test func numbersLinesAcrossEveryKindOfLineEnd() throws {
    var lines: [Int] = []
    let text = "a\r\n\r\nb\n\n\"c\nc\"\rd\re\n"
    try CSVReader(Bytes(copying: Array(text.utf8))).forEachRow { row in lines.append(row.line) }
    #expect(lines == [1, 3, 5, 7, 8])
  }

  @Test func everyStringSurvivesARoundTrip() throws {
    let pieces = [
      "%", "%s", "\"", "\"\"", ",", ";", "\n", "\r", "\r\n", " ", "\t", "ä", "日本", "🙂", "e\u{301}", "\u{feff}", "\0",
      "a", "0.5",
      "'", "\\", "|",
    ]
    for seed in UInt64(1)...60 {
      var generator = SplitMix64(seed: seed)
      var expected: [[String]] = []
      var writer = CSVWriter()
      for _ in 0..<20 {
        let row = (0...generator.next(below: 4)).map { _ in
          (0..<generator.next(below: 6)).map { _ in pieces[Int(generator.next(below: UInt64(pieces.count)))] }.joined()
        }
        expected.append(row)
        writer.append(row)
      }
      let found = try CSVReader(Bytes(copying: writer.bytes)).rows()
      #expect(found.map { $0.map { Array($0.utf8) } } == expected.map { $0.map { Array($0.utf8) } }, "seed \(seed)")
    }
  }

  @Test func writesQuotesOnlyWhereNeeded() {
    var writer = CSVWriter()
    writer.append(["name", "1.5", "a,b", "say \"x\"", "", " a"])
    writer.append([""])
    writer.append([])
    #expect(String(decoding: writer.bytes, as: UTF8.self) == "name,1.5,\"a,b\",\"say \"\"x\"\"\",,\" a\"\n\"\"\n")
  }

  @Test func readsALargeTextInPieces() throws {
    // More than two 64 KiB pieces, with quoted line ends across every cut.
    var writer = CSVWriter()
    let expected = (0..<6000).map { ["\($0)", "line\n\"\($0)\"\r\n", "ä"] }
    for row in expected { writer.append(row) }
    #expect(writer.bytes.count > 131_072)
    #expect(try CSVReader(Bytes(copying: writer.bytes)).rows() == expected)
  }

  @Test func refusesBrokenQuotingWithTheLine() {
    expectFault(.malformed, "t.csv:2", "never closed") { _ = try rows("a,b\n\"c,d\ne,f\n") }
    expectFault(.malformed, "t.csv:3", "quote inside") { _ = try rows("a,b\n\nc,d\"e\n") }
    expectFault(.malformed, "t.csv:4", "after the closing quote") { _ = try rows("a\n\"1\n2\n3\"x,b\n") }
  }

  @Test func bodyCanEndTheReading() throws {
    var seen = 0
    expectFault(.rows, "enough") {
      try CSVReader(Bytes(copying: Array("a\nb\nc\n".utf8))).forEachRow { _ throws(DataError) in
        seen += 1
        if seen == 2 { throw DataError(.rows, "enough") }
      }
    }
    #expect(seen == 2)
  }

  @Test func numbersAreRoundedAsStrtofRoundsThem() throws {
    // Swift's own parser is the oracle, over shortest, fixed and exponent forms with up to 20 digits.
    for seed in UInt64(1)...20 {
      var generator = SplitMix64(seed: seed)
      var texts: [String] = []
      for _ in 0..<60 {
        let digits = String((0...generator.next(below: 20)).map { _ in Character("\(generator.next(below: 10))") })
        let fraction = String((0..<generator.next(below: 9)).map { _ in Character("\(generator.next(below: 10))") })
        let sign = ["", "-", "+"][Int(generator.next(below: 3))]
        let exponent = ["", "e-12", "E3", "e+9", "e-30"][Int(generator.next(below: 5))]
        texts.append("\(sign)\(digits)\(fraction.isEmpty ? "" : "." + fraction)\(exponent)")
      }
      let values = try table(texts.joined(separator: ",") + "\n", header: .absent).values
      #expect(values.map(\.bitPattern) == texts.map { (Float($0) ?? .nan).bitPattern }, "seed \(seed)")
    }
  }

  @Test(arguments: [
    "", "x", "1x", "0x10", "nan", "inf", "1e", "1e400", "--1", "1 2", ".", "1.2.3", "1,5e",
    String(repeating: "9", count: 600),
  ])
  func refusesWhatIsNoFiniteNumber(field: String) {
    expectFault(.malformed, "t.csv:2", "column 2", "finite number") { _ = try table("1,2\n3,\"\(field)\"\n") }
  }

  @Test func findsTheHeader() throws {
    let named = try table("a,2\n1,2\n3,4\n")
    #expect(named.names == ["a", "2"] && named.values == [1, 2, 3, 4] && named.lines == [2, 3])
    let plain = try table("1,2\n3,4\n")
    #expect(plain.names.isEmpty && plain.rowCount == 2)
    let forced = try table("1,2\n3,4\n", header: .present)
    #expect(forced.names == ["1", "2"] && forced.values == [3, 4])
    expectFault(.malformed, "t.csv:1", "'a'", "column 1") { _ = try table("a,2\n1,2\n", header: .absent) }
    #expect(try table("a,b\n").rowCount == 0)
  }

  @Test func refusesRaggedRowsWithTheLine() {
    expectFault(.malformed, "t.csv:4", "3 fields", "first row has 2") { _ = try table("a,b\n1,2\n\n1,2,3\n") }
    expectFault(.malformed, "t.csv:3", "1 fields") { _ = try table("a,b\n1,2\n1\n") }
  }
}
