import CCSV

/// Rows of text as CSV, quoted by libcsv: comma, LF at the end of each row, UTF-8.
///
/// A field is quoted only where it needs it (comma, quote, line end, blank at an end). Every row must have at least one
/// field; what libcsv reads back equals what was written, whatever the text.
struct CSVText {
  private(set) var bytes: [UInt8] = []

  /// Adds one row.
  mutating func append(_ fields: [String]) {
    for (index, field) in fields.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      // A row of one empty field would read as a blank line.
      append(field, alwaysQuote: fields.count == 1 && field.isEmpty)
    }
    bytes.append(UInt8(ascii: "\n"))
  }

  private mutating func append(_ field: String, alwaysQuote: Bool) {
    let text = field.utf8.map { CChar(bitPattern: $0) }
    let comma = CChar(bitPattern: UInt8(ascii: ","))
    let always: Int32 = alwaysQuote ? 1 : 0
    let quoted = text.withUnsafeBufferPointer { source -> [UInt8] in
      let size = assay_csv_field_size(source.baseAddress, source.count, comma, always)
      return [UInt8](unsafeUninitializedCapacity: size) { target, count in
        target.withMemoryRebound(to: CChar.self) { characters in
          _ = assay_csv_write_field(
            characters.baseAddress, characters.count, source.baseAddress, source.count, comma, always)
        }
        count = size
      }
    }
    bytes += quoted
  }
}

extension CSVText {
  /// The shortest decimal text that reads back as the same number; empty for nil and for what is not finite.
  static func number(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "" }
    // 12.0 is written as 12: counts and bytes are whole.
    return value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
  }

  static func number(_ value: Int?) -> String { value.map(String.init) ?? "" }
}
