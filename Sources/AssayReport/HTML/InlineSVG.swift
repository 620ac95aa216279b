/// A picture that gnuplot drew, made fit to stand inside a page.
///
/// Declaration, title, comments and marks' definitions go (a page has the marks once), empty groups too; names are taken
/// away, because a page may hold each only once; fonts are the page's; colours are written one way, so that a style sheet can
/// find them; the white background goes, because the page has its own.
struct InlineSVG: Sendable, Hashable {
  /// The `<svg>` element's content.
  private(set) var content: String
  private(set) var width: Int
  private(set) var height: Int
  /// The definitions of the marks that pictures refer to.
  private(set) var definitions: String

  /// Nil for what is no picture of gnuplot's svg terminal.
  init?(_ svg: String, width: Int, height: Int) {
    guard svg.contains("<svg"), svg.contains("</svg>") else { return nil }
    (self.width, self.height) = (width, height)
    var reader = SVGReader(svg)
    reader.read()
    content = reader.content
    definitions = reader.definitions
  }
}

/// Walks over the tags of a picture, once.
private struct SVGReader {
  private let source: [UInt8]
  private var place = 0
  private(set) var content = ""
  private(set) var definitions = ""
  private var isBackgroundSeen = false
  private var isInDefinitions = false
  /// Opening tags that nothing has followed yet: of an empty group neither is written.
  private var pending: [String] = []
  /// For each open element whether its opening tag was written.
  private var isWritten: [Bool] = []

  init(_ svg: String) { source = Array(svg.utf8) }

  mutating func read() {
    while place < source.count {
      if source[place] == UInt8(ascii: "<") { readTag() } else { readText() }
    }
  }

  private mutating func readText() {
    let start = place
    while place < source.count, source[place] != UInt8(ascii: "<") { place += 1 }
    let text = String(decoding: source[start..<place], as: UTF8.self)
    // Blanks between elements mean nothing; inside a text they were written by `noenhanced` as they are.
    guard !isInDefinitions, text.contains(where: { !$0.isWhitespace }) || isInText else { return }
    flush()
    content += text
  }

  private var isInText = false

  private mutating func readTag() {
    let start = place
    if matches("<!--") {
      skip(past: "-->")
      return
    }
    var quote: UInt8 = 0
    while place < source.count {
      let byte = source[place]
      place += 1
      if quote != 0 {
        if byte == quote { quote = 0 }
      } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
        quote = byte
      } else if byte == UInt8(ascii: ">") {
        break
      }
    }
    handle(SVGTag(String(decoding: source[start..<place], as: UTF8.self)))
  }

  private mutating func handle(_ tag: SVGTag) {
    switch tag.name {
    case "title", "desc", "filter":
      if !tag.isEnd, !tag.isSelfClosed { skip(past: "</\(tag.name)>") }
    case "defs": isInDefinitions = !tag.isEnd
    case "svg", "?xml", "!DOCTYPE": break
    default:
      if isInDefinitions {
        definitions += tag.definition
      } else if tag.isEnd {
        close(tag.name)
      } else if tag.name == "rect", !isBackgroundSeen {
        isBackgroundSeen = true
      } else {
        open(tag)
      }
    }
  }

  private mutating func open(_ tag: SVGTag) {
    if tag.isSelfClosed {
      flush()
      content += tag.markup
      return
    }
    isInText = tag.name == "text"
    pending.append(tag.markup)
    isWritten.append(false)
  }

  private mutating func close(_ name: String) {
    isInText = false
    guard let written = isWritten.popLast() else { return }
    if written { content += "</\(name)>" } else { pending.removeLast() }
  }

  private mutating func flush() {
    for tag in pending { content += tag + (tag.hasPrefix("<text") ? "" : "\n") }
    pending = []
    for index in isWritten.indices { isWritten[index] = true }
  }

  private func matches(_ words: StaticString) -> Bool {
    let count = words.utf8CodeUnitCount
    guard place + count <= source.count else { return false }
    for offset in 0..<count where source[place + offset] != words.utf8Start[offset] { return false }
    return true
  }

  private mutating func skip(past end: String) {
    let end = Array(end.utf8)
    while place < source.count {
      if source.count - place >= end.count, source[place..<place + end.count].elementsEqual(end) {
        place += end.count
        return
      }
      place += 1
    }
  }
}

/// One tag: its name and attributes, ready to be written another way.
private struct SVGTag {
  private(set) var name = ""
  private(set) var isEnd = false
  private(set) var isSelfClosed = false
  private var attributes: [(name: String, value: String)] = []

  init(_ text: String) {
    var rest = text.dropFirst().dropLast()
    if rest.first == "/" {
      isEnd = true
      rest = rest.dropFirst()
    }
    if rest.last == "/" {
      isSelfClosed = true
      rest = rest.dropLast()
    }
    let end = rest.firstIndex { $0.isWhitespace } ?? rest.endIndex
    name = String(rest[..<end])
    rest = rest[end...]
    while let equals = rest.firstIndex(of: "=") {
      let key = rest[..<equals].split(whereSeparator: \.isWhitespace).last.map(String.init) ?? ""
      // gnuplot writes blanks around some signs of equality, and none around others.
      rest = rest[rest.index(after: equals)...].drop(while: \.isWhitespace)
      guard let quote = rest.first else { return }
      let start = rest.index(after: rest.startIndex)
      guard quote == "'" || quote == "\"", let close = rest[start...].firstIndex(of: quote) else { return }
      attributes.append((key, String(rest[start..<close])))
      rest = rest[rest.index(after: close)...]
    }
  }

  /// As a page wants it.
  var markup: String { text(keepsNames: false) }
  /// The same with its name, by which pictures refer to it.
  var definition: String { isEnd ? "</\(name)>" : text(keepsNames: true) }

  private func text(keepsNames: Bool) -> String {
    var text = "<\(name)"
    for attribute in attributes {
      var value = attribute.value
      switch attribute.name {
      case "id": if !keepsNames { continue }
      case "font-family", "class", "stroke-linecap", "stroke-linejoin": continue
      // Empty in a page that is no XML all the same; the plain name is understood by every browser.
      case "xlink:href":
        text += " href=\"\(value)\""
        continue
      case "fill", "stroke", "color": value = Self.colour(value)
      case "d", "points": value = Self.path(value)
      default: break
      }
      text += " \(attribute.name)=\"\(value)\""
    }
    return text + (isSelfClosed ? "/>" : ">")
  }

  /// `#0072b2` of `rgb(  0, 114, 178)`, of capitals, and of the two names that gnuplot uses.
  private static func colour(_ words: String) -> String {
    if words == "black" { return "#000000" }
    if words == "white" { return "#ffffff" }
    guard words.hasPrefix("rgb("), words.hasSuffix(")") else {
      return words.hasPrefix("#") ? words.lowercased() : words
    }
    let parts = words.dropFirst(4).dropLast().split(separator: ",")
    var result = "#"
    for part in parts {
      guard let number = Int(part.filter(\.isNumber)), (0...255).contains(number) else { return words }
      let hex = String(number, radix: 16)
      result += hex.count == 1 ? "0" + hex : hex
    }
    return parts.count == 3 ? result : words
  }

  /// A path without needless blanks and decimals.
  private static func path(_ words: String) -> String {
    var result = ""
    result.reserveCapacity(words.utf8.count)
    var decimals = -1
    var blank = false
    for byte in words.utf8 {
      switch byte {
      case 0x20, 0x09, 0x0A, 0x0D:
        blank = !result.isEmpty
        decimals = -1
        continue
      case UInt8(ascii: "."): decimals = 0
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        if decimals >= 0 { decimals += 1 }
        // A tenth of a pixel cannot be seen.
        if decimals > 1 { continue }
      default: decimals = -1
      }
      if blank {
        result += " "
        blank = false
      }
      result.unicodeScalars.append(Unicode.Scalar(byte))
    }
    return result
  }
}
