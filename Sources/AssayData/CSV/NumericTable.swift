public import AssayCore
import CCSV

/// A CSV text of numbers, all rows of the same length.
public struct NumericTable: Sendable {
  /// Whether the first row names the columns.
  public enum Header: String, Sendable, Hashable, Codable, CaseIterable {
    /// It does when one of its fields is not a number.
    case detect
    case present
    case absent
  }

  /// Names of the columns; empty without a header.
  public private(set) var names: [String] = []
  /// Numbers in each row; 0 without rows.
  public private(set) var columnCount = 0
  /// Row after row.
  public private(set) var values: [Float] = []
  /// 1-based line of the file where each row begins.
  public private(set) var lines: [Int] = []

  /// Number of rows, the header not counted.
  public var rowCount: Int { lines.count }

  /// Parses the whole text without making a string for a number; each is correctly rounded to a Float.
  ///
  /// - Throws: `malformed` with line and column for a field that is not a finite number, with the line for a row of
  ///   another length than the first.
  public init(_ reader: CSVReader, file: String?, header: Header = .detect) throws(DataError) {
    let collector = Collector(header: header)
    try reader.parse(collector)
    if let failure = collector.failure { throw failure.located(at: Place(file: file)) }
    names = collector.names
    columnCount = collector.columnCount
    values = collector.values
    lines = collector.lines
  }
}

private final class Collector: CSVVisitor {
  private let header: NumericTable.Header
  private var isFirstRow = true
  private var firstRowHasText = false
  /// Fields of the first row, kept until it is known whether they are names.
  private var firstFields: [String] = []
  private var column = 0
  private(set) var names: [String] = []
  private(set) var columnCount = 0
  private(set) var values: [Float] = []
  private(set) var lines: [Int] = []
  private(set) var failure: DataError?

  init(header: NumericTable.Header) { self.header = header }

  override func field(_ bytes: UnsafeBufferPointer<CChar>, line: Int) -> Bool {
    guard let start = bytes.baseAddress else { return false }
    column += 1
    var value: Float = 0
    let isNumber = assay_csv_parse_float(start, bytes.count, &value) == 0
    if isFirstRow {
      firstFields.append(String(decoding: UnsafeRawBufferPointer(bytes), as: UTF8.self))
      if !isNumber && header != .absent { firstRowHasText = true }
      if isNumber || header != .absent {
        values.append(value)
        return true
      }
    }
    guard isNumber else {
      let shown = String(decoding: UnsafeRawBufferPointer(bytes).prefix(40), as: UTF8.self)
      failure = DataError(
        .malformed, "'\(shown)' in column \(column) is not a finite number", at: Place(line: line),
        remedy: "give numbers only, one row a line, classes as 0, 1, 2 … in the order of the model's outputs; a header "
          + "must be the first row")
      return false
    }
    values.append(value)
    return true
  }

  override func row(line: Int, fieldCount: Int) -> Bool {
    column = 0
    guard !isFirstRow else {
      isFirstRow = false
      columnCount = fieldCount
      if header == .present || firstRowHasText {
        names = firstFields
        values.removeAll(keepingCapacity: true)
      } else {
        lines.append(line)
      }
      firstFields = []
      return true
    }
    guard fieldCount == columnCount else {
      failure = DataError(
        .malformed, "\(fieldCount) \(fieldCount == 1 ? "field" : "fields"), but the first row has \(columnCount)",
        at: Place(line: line),
        remedy: "every row must have the same number of fields")
      return false
    }
    lines.append(line)
    return true
  }
}
