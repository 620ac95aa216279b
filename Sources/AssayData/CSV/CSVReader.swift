public import AssayCore
import CCSV

/// CSV text read by libcsv in strict mode: LF, CR or CR LF end a row, quoted fields may hold line ends, blank lines and
/// a byte order mark are skipped, blanks around unquoted fields are dropped.
public struct CSVReader: Sendable {
  /// One row and where it began.
  public struct Row: Sendable, Hashable {
    /// 1-based line of the file; a row with quoted line ends spans several.
    public var line: Int
    /// The fields as text, without their quotes.
    public var fields: [String]
  }

  private let source: Bytes
  private let place: Place
  private let delimiter: UInt8

  /// Reads from memory; `name` is the file in error messages.
  public init(_ source: Bytes, name: String? = nil, delimiter: UInt8 = UInt8(ascii: ",")) {
    self.source = source
    self.place = Place(file: name)
    self.delimiter = delimiter
  }

  /// Maps the file at `path`.
  ///
  /// - Throws: `missing`, `unreadable`.
  public init(path: String, delimiter: UInt8 = UInt8(ascii: ",")) throws(DataError) {
    self.init(try DataFile.bytes(of: path), name: path, delimiter: delimiter)
  }

  /// The fields of all rows.
  ///
  /// - Throws: `malformed` with the line.
  public func rows() throws(DataError) -> [[String]] {
    var rows: [[String]] = []
    try forEachRow { (row) throws(DataError) in rows.append(row.fields) }
    return rows
  }

  /// Calls `body` with one row after another; an error it throws ends the reading.
  ///
  /// - Throws: `malformed` with the line, or what `body` throws.
  public func forEachRow(_ body: (Row) throws(DataError) -> Void) throws(DataError) {
    try withoutActuallyEscaping(body) { (body) throws(DataError) in
      let visitor = RowVisitor(body)
      try parse(visitor)
      if let failure = visitor.failure { throw failure.located(at: place) }
    }
  }

  /// Hands every field and row end to `visitor`, without making strings.
  func parse(_ visitor: CSVVisitor) throws(DataError) {
    var failure = assay_csv_failure()
    let status = source.withUnsafeBytes { buffer -> assay_csv_status in
      guard let start = buffer.baseAddress, !buffer.isEmpty else { return ASSAY_CSV_OK }
      return assay_csv_parse(
        start, buffer.count, CChar(bitPattern: delimiter), visitField, visitRow,
        Unmanaged.passUnretained(visitor).toOpaque(), &failure)
    }
    withExtendedLifetime(visitor) {}
    guard status != ASSAY_CSV_OK, status != ASSAY_CSV_STOPPED else { return }
    let message = withUnsafeBytes(of: failure.message) {
      String(decoding: $0.prefix(while: { $0 != 0 }), as: UTF8.self)
    }
    throw DataError(
      .malformed, message, at: Place(file: place.file, line: failure.line == 0 ? nil : Int(failure.line)),
      remedy: "put fields with quotes, commas or line ends in quotes, and double the quotes inside")
  }
}

/// What receives the fields of a CSV text as bytes.
class CSVVisitor {
  /// One field; false ends the parsing.
  func field(_ bytes: UnsafeBufferPointer<CChar>, line: Int) -> Bool { true }
  /// The end of a row; false ends the parsing.
  func row(line: Int, fieldCount: Int) -> Bool { true }
}

private func visitField(
  _ context: UnsafeMutableRawPointer?, _ bytes: UnsafePointer<CChar>, _ count: Int, _ line: Int
) -> Int32 {
  guard let context else { return 1 }
  let visitor = Unmanaged<CSVVisitor>.fromOpaque(context).takeUnretainedValue()
  return visitor.field(UnsafeBufferPointer(start: bytes, count: count), line: line) ? 0 : 1
}

private func visitRow(_ context: UnsafeMutableRawPointer?, _ line: Int, _ fieldCount: Int) -> Int32 {
  guard let context else { return 1 }
  return Unmanaged<CSVVisitor>.fromOpaque(context).takeUnretainedValue().row(line: line, fieldCount: fieldCount) ? 0 : 1
}

private final class RowVisitor: CSVVisitor {
  private let body: (CSVReader.Row) throws(DataError) -> Void
  private var fields: [String] = []
  private(set) var failure: DataError?

  init(_ body: @escaping (CSVReader.Row) throws(DataError) -> Void) { self.body = body }

  override func field(_ bytes: UnsafeBufferPointer<CChar>, line: Int) -> Bool {
    fields.append(String(decoding: UnsafeRawBufferPointer(bytes), as: UTF8.self))
    return true
  }

  override func row(line: Int, fieldCount: Int) -> Bool {
    let row = CSVReader.Row(line: line, fields: fields)
    fields.removeAll(keepingCapacity: true)
    do throws(DataError) {
      try body(row)
      return true
    } catch {
      failure = error
      return false
    }
  }
}
