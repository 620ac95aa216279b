import AssayCore

/// Markup that no text can break out of: what is interpolated is escaped, unless it is markup itself.
///
/// `let cell: HTML = "<td>\(name)</td>"` is safe whatever the name is.
struct HTML: Sendable, Hashable, ExpressibleByStringInterpolation {
  private(set) var text: String

  init(stringLiteral value: String) { text = value }
  init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

  /// Markup that was made by a program whose output is known, such as a drawn picture.
  init(trusted: String) { text = trusted }

  static func += (left: inout HTML, right: HTML) { left.text += right.text }
  static func + (left: HTML, right: HTML) -> HTML { HTML(trusted: left.text + right.text) }

  var isEmpty: Bool { text.isEmpty }

  struct Interpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ literal: String) { text += literal }
    mutating func appendInterpolation(_ words: some StringProtocol) { text += HTML.escaped(words) }
    mutating func appendInterpolation(_ number: Int) { text += String(number) }
    mutating func appendInterpolation(_ markup: HTML) { text += markup.text }
    mutating func appendInterpolation(_ parts: [HTML]) {
      for part in parts { text += part.text }
    }
  }

  /// `words` on one line, with nothing hidden in it and nothing in it that could be markup, in text or between quotes.
  static func escaped(_ words: some StringProtocol) -> String {
    var result = ""
    for scalar in visibleLine(words).unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// `words` as an address: what is not a letter, a digit or one of `-._~/` is percent-encoded, as UTF-8.
  static func address(_ words: String) -> String {
    let digits = Array("0123456789ABCDEF")
    var result = ""
    for byte in words.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"), UInt8(ascii: "/"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        result += "%"
        result.append(digits[Int(byte >> 4)])
        result.append(digits[Int(byte & 15)])
      }
    }
    return result
  }
}
