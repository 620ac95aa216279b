/// A page taken apart as far as tests must look at it: tags with their attributes, and the text between.
struct PageReading {
  struct Tag {
    var name: String
    var attributes: [String: String]
    var isEnd: Bool
    var isSelfClosed: Bool
  }

  private(set) var tags: [Tag] = []
  /// What is not well-formed, with the words around it.
  private(set) var problems: [String] = []

  /// Elements of HTML that have no end tag.
  private static let empty: Set<String> = ["meta", "br", "img", "link", "input", "hr"]

  init(_ page: String) {
    var rest = page[...]
    var open: [String] = []
    while let start = rest.firstIndex(of: "<") {
      rest = rest[start...]
      if rest.hasPrefix("<!DOCTYPE html>") {
        rest = rest.dropFirst(15)
        continue
      }
      // Raw text ends with its end tag only.
      if let last = open.last, ["style", "script"].contains(last), !rest.hasPrefix("</\(last)>") {
        rest = rest.dropFirst()
        continue
      }
      guard let end = Self.end(of: rest) else {
        problems.append("a tag without an end: \(rest.prefix(60))")
        return
      }
      guard let tag = Self.tag(rest[rest.index(after: rest.startIndex)..<end]) else {
        problems.append("no tag: \(rest.prefix(60))")
        rest = rest[rest.index(after: end)...]
        continue
      }
      tags.append(tag)
      if tag.isEnd {
        if open.last != tag.name { problems.append("</\(tag.name)> closes \(open.last ?? "nothing")") }
        _ = open.popLast()
      } else if !tag.isSelfClosed, !Self.empty.contains(tag.name) {
        open.append(tag.name)
      }
      rest = rest[rest.index(after: end)...]
    }
    if !open.isEmpty { problems.append("not closed: \(open)") }
  }

  func all(_ name: String) -> [Tag] { tags.filter { $0.name == name && !$0.isEnd } }

  private static func end(of text: Substring) -> Substring.Index? {
    var quote: Character?
    for index in text.indices {
      let character = text[index]
      if let open = quote {
        if character == open { quote = nil }
      } else if character == "\"" || character == "'" {
        quote = character
      } else if character == ">" {
        return index
      }
    }
    return nil
  }

  private static func tag(_ text: Substring) -> Tag? {
    var rest = text
    let isEnd = rest.first == "/"
    if isEnd { rest = rest.dropFirst() }
    let isSelfClosed = rest.last == "/"
    if isSelfClosed { rest = rest.dropLast() }
    let nameEnd = rest.firstIndex { $0.isWhitespace } ?? rest.endIndex
    let name = String(rest[..<nameEnd])
    guard let first = name.first, first.isLetter, name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" }) else {
      return nil
    }
    var attributes: [String: String] = [:]
    rest = rest[nameEnd...].drop { $0.isWhitespace }
    while !rest.isEmpty {
      let keyEnd = rest.firstIndex { $0 == "=" || $0.isWhitespace } ?? rest.endIndex
      let key = String(rest[..<keyEnd])
      rest = rest[keyEnd...]
      guard rest.first == "=" else {
        attributes[key] = ""
        rest = rest.drop { $0.isWhitespace }
        continue
      }
      rest = rest.dropFirst()
      guard let quote = rest.first, quote == "\"" || quote == "'",
        let close = rest.dropFirst().firstIndex(of: quote)
      else { return nil }
      guard attributes[key] == nil else { return nil }
      attributes[key] = String(rest[rest.index(after: rest.startIndex)..<close])
      rest = rest[rest.index(after: close)...].drop { $0.isWhitespace }
    }
    return Tag(name: name, attributes: attributes, isEnd: isEnd, isSelfClosed: isSelfClosed)
  }
}
