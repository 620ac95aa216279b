/// A finished file of a report, not yet written anywhere.
public struct OutputFile: Sendable, Hashable {
  /// Path within the report's folder, with `/` between its parts: `charts/sizes.svg`.
  public var name: String
  public var bytes: [UInt8]

  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  public init(name: String, text: String) { self.init(name: name, bytes: Array(text.utf8)) }

  /// The bytes read as UTF-8.
  public var text: String { String(decoding: bytes, as: UTF8.self) }
}
