import AssayCore
import AssayFiles
import FoundationEssentials

/// JSON files that are whole at every moment.
enum AtomicJSON {
  /// Writes `value` with sorted keys, so that equal values are equal files.
  static func write(_ value: some Encodable, to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    var bytes = Array(try encoder.encode(value))
    bytes.append(UInt8(ascii: "\n"))
    try AtomicFile.write([Bytes(copying: bytes)], to: path)
  }
}
