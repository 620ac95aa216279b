import AssayCore
import CCSV
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
      var generator = SeededGenerator(seed: seed)
      var expected: [[String]] = []
      var writer = CSVWriter()
      for _ in 0..<20 {
        let row = (0...generator.index(below: 4)).map { _ in
          (0..<generator.index(below: 6)).map { _ in pieces[generator.index(below: pieces.count)] }.joined()
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
      var generator = SeededGenerator(seed: seed)
      var texts: [String] = []
      for _ in 0..<60 {
        let digits = String((0...generator.index(below: 20)).map { _ in Character("\(generator.index(below: 10))") })
        let fraction = String((0..<generator.index(below: 9)).map { _ in Character("\(generator.index(below: 10))") })
        let sign = ["", "-", "+"][generator.index(below: 3)]
        let exponent = ["", "e-12", "E3", "e+9", "e-30"][generator.index(below: 5)]
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
    expectFault(.malformed, "t.csv:3", "1 field, but the first row has 2") { _ = try table("a,b\n1,2\n1\n") }
  }
}

/// The C surface as AssayReport uses it: a field function, a row function, a context.
@Suite struct CSVSurfaceTests {
  private final class Rows {
    var rows: [[[UInt8]]] = []
    var fields: [[UInt8]] = []
  }

  private static let onField: assay_csv_field_function = { context, bytes, count, _ in
    guard let context else { return 1 }
    Unmanaged<Rows>.fromOpaque(context).takeUnretainedValue().fields.append(
      Array(UnsafeRawBufferPointer(start: bytes, count: count)))
    return 0
  }

  private static let onRow: assay_csv_row_function = { context, _, _ in
    guard let context else { return 1 }
    let rows = Unmanaged<Rows>.fromOpaque(context).takeUnretainedValue()
    rows.rows.append(rows.fields)
    rows.fields = []
    return 0
  }

  private static let comma = CChar(bitPattern: UInt8(ascii: ","))

  /// Feeds pieces of `size` bytes.
  private func rows(_ bytes: [UInt8], piece size: Int) -> (status: assay_csv_status, line: Int, rows: [[[UInt8]]]) {
    let rows = Rows()
    var failure = assay_csv_failure()
    let reader = assay_csv_reader_open(Self.comma, Self.onField, Self.onRow, Unmanaged.passUnretained(rows).toOpaque())
    defer { assay_csv_reader_close(reader) }
    guard let reader else { return (ASSAY_CSV_NO_MEMORY, 0, []) }
    var status = ASSAY_CSV_OK
    for start in stride(from: 0, to: bytes.count, by: size) where status == ASSAY_CSV_OK {
      let piece = Array(bytes[start..<min(start + size, bytes.count)])
      status = piece.withUnsafeBytes { buffer in
        buffer.baseAddress.map { assay_csv_reader_feed(reader, $0, buffer.count, &failure) } ?? ASSAY_CSV_OK
      }
    }
    if status == ASSAY_CSV_OK { status = assay_csv_reader_finish(reader, &failure) }
    return (status, failure.line, rows.rows)
  }

  @Test func piecesMayBeCutAnywhere() {
    let texts = [
      "\u{feff}ä,\"b\r\n\"\"c\"\r\n\r\n1,2", "\u{feff}", "a\r\nb\rc", "a,b\n\"c\nd\"x\n", "a\n\"b", "\u{fee0}x\n",
    ]
    for text in texts {
      let bytes = Array(text.utf8)
      let whole = rows(bytes, piece: 1000)
      for size in 1...8 {
        let cut = rows(bytes, piece: size)
        #expect(cut.status == whole.status && cut.line == whole.line && cut.rows == whole.rows, "\(text) by \(size)")
      }
    }
    #expect(rows(Array("\u{fee0}x\n".utf8), piece: 1).rows == [[Array("\u{fee0}x".utf8)]])
  }

  @Test func randomBytesNeverCrashAndDoNotDependOnTheCut() {
    let alphabet: [UInt8] = Array("\"\",,\r\n\n ab".utf8) + [0, 0xff, 0xef, 0xbb, 0xbf]
    for seed in UInt64(1)...300 {
      var generator = SeededGenerator(seed: seed)
      let bytes = (0..<generator.index(below: 40)).map { _ in
        alphabet[generator.index(below: alphabet.count)]
      }
      let (whole, cut) = (rows(bytes, piece: 1000), rows(bytes, piece: 1 + generator.index(below: 5)))
      #expect(cut.status == whole.status && cut.line == whole.line && cut.rows == whole.rows, "seed \(seed)")
    }
  }

  @Test func readsFiles() throws {
    let folder = try TemporaryFolder()
    // A quoted field across the 64 KiB cut.
    let long = String(repeating: "x\n", count: 40_000)
    let path = try folder.write("a,\"\(long)\"\nb,c", to: "t.csv")
    let rows = Rows()
    var failure = assay_csv_failure()
    let context = Unmanaged.passUnretained(rows).toOpaque()
    #expect(assay_csv_parse_file(path, Self.comma, Self.onField, Self.onRow, context, &failure) == ASSAY_CSV_OK)
    #expect(rows.rows == [["a", long], ["b", "c"]].map { $0.map { Array($0.utf8) } })
    for bad in ["/nowhere/t.csv", folder.path] {
      #expect(
        assay_csv_parse_file(bad, Self.comma, Self.onField, Self.onRow, context, &failure) == ASSAY_CSV_UNREADABLE)
      #expect(failure.line == 0 && failure.message.0 != 0)
    }
  }

  @Test func nothingIsWrittenIntoTooSmallATarget() {
    var target = [CChar](repeating: 1, count: 4)
    #expect(assay_csv_write_field(&target, 4, "a,b", 3, Self.comma, 0) == 5)
    #expect(target == [1, 1, 1, 1])
    #expect(assay_csv_write_field(&target, 4, "ab", 2, Self.comma, 1) == 4)
    #expect(target.map { UInt8(bitPattern: $0) } == Array("\"ab\"".utf8))
    #expect(assay_csv_field_size(nil, 0, Self.comma, 0) == 0 && assay_csv_field_size(nil, 0, Self.comma, 1) == 2)
  }
}
