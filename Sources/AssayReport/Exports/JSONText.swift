/// A JSON value that keeps the order of its keys: the name of an entry comes first, as in the tools' own files.
///
/// (`JSONEncoder` sorts keys or gives them in any order, and can throw; this cannot.)
indirect enum JSONText: Sendable {
  case string(String)
  /// Not finite is written as `null`.
  case number(Double)
  case boolean(Bool)
  case null
  case array([JSONText])
  case object([(String, JSONText)])

  static func integer(_ value: Int) -> JSONText { .number(Double(value)) }
  static func optional(_ value: Double?) -> JSONText { value.map(JSONText.number) ?? .null }

  /// The value as a file, two spaces a level; lists of plain values stay on one line.
  var document: String {
    var text = ""
    write(to: &text, indent: "")
    return text + "\n"
  }

  private var isPlain: Bool {
    switch self {
    case .array(let values): values.isEmpty
    case .object(let fields): fields.isEmpty
    default: true
    }
  }

  private func write(to text: inout String, indent: String) {
    switch self {
    case .string(let value): Self.quote(value, to: &text)
    case .number(let value): text += value.isFinite ? CSVText.number(value) : "null"
    case .boolean(let value): text += value ? "true" : "false"
    case .null: text += "null"
    case .array(let values):
      if values.allSatisfy(\.isPlain) {
        text += "["
        for (index, value) in values.enumerated() {
          if index > 0 { text += ", " }
          value.write(to: &text, indent: indent)
        }
        text += "]"
        return
      }
      for (index, value) in values.enumerated() {
        text += (index == 0 ? "[\n" : ",\n") + indent + "  "
        value.write(to: &text, indent: indent + "  ")
      }
      text += "\n\(indent)]"
    case .object(let fields):
      for (index, field) in fields.enumerated() {
        text += (index == 0 ? "{\n" : ",\n") + indent + "  "
        Self.quote(field.0, to: &text)
        text += ": "
        field.1.write(to: &text, indent: indent + "  ")
      }
      text += fields.isEmpty ? "{}" : "\n\(indent)}"
    }
  }

  /// RFC 8259, section 7; U+2028 and U+2029 too, which end a line in old JavaScript.
  private static func quote(_ value: String, to text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar.value {
      case 0x22: text += "\\\""
      case 0x5C: text += "\\\\"
      case 0x0A: text += "\\n"
      case 0x0D: text += "\\r"
      case 0x09: text += "\\t"
      case 0..<0x20, 0x7F, 0x2028, 0x2029:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
