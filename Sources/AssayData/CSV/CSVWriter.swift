import CCSV

/// CSV text that grows row by row (RFC 4180 quoting by libcsv; rows end with LF).
///
/// Fields are quoted only where they need it, so numbers stay plain. Every string survives a round trip.
public struct CSVWriter: Sendable {
  /// The text so far, UTF-8.
  public private(set) var bytes: [UInt8] = []

  /// An empty text.
  public init() {}

  /// Appends one row.
  ///
  /// A row without fields cannot be told from a blank line and is left out.
  public mutating func append(_ fields: [String]) {
    guard !fields.isEmpty else { return }
    let quotesEmpty: Int32 = fields.count == 1 && fields[0].isEmpty ? 1 : 0
    for (index, field) in fields.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      append(field, alwaysQuoted: quotesEmpty)
    }
    bytes.append(UInt8(ascii: "\n"))
  }

  private mutating func append(_ field: String, alwaysQuoted: Int32) {
    let comma = CChar(bitPattern: UInt8(ascii: ","))
    var field = field
    field.withUTF8 { text in
      text.withMemoryRebound(to: CChar.self) { source in
        let size = assay_csv_field_size(source.baseAddress, source.count, comma, alwaysQuoted)
        bytes.reserveCapacity(bytes.count + size + 1)
        bytes.append(
          contentsOf: [UInt8](unsafeUninitializedCapacity: size) { target, written in
            target.withMemoryRebound(to: CChar.self) {
              written = assay_csv_write_field(
                $0.baseAddress, $0.count, source.baseAddress, source.count, comma, alwaysQuoted)
            }
          })
      }
    }
  }
}
