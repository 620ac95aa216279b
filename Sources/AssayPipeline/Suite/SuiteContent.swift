import Yams

/// What a suite says, without how it is laid out: comments, blanks and the style of collections do not count.
enum SuiteContent {
  /// SHA-256 over all keys of the root but those in `ignored`, hexadecimal; equal content has equal hashes.
  static func sha256(_ root: Yams.Node, without ignored: Set<String>) -> String {
    var text = ""
    guard case .mapping(let mapping) = root else {
      write(root, to: &text)
      return ContentHash.sha256(text: text)
    }
    for (key, value) in mapping {
      if case .scalar(let scalar) = key, ignored.contains(scalar.string) { continue }
      write(key, to: &text)
      write(value, to: &text)
    }
    return ContentHash.sha256(text: text)
  }

  /// Each node with its kind and length before it, so that different trees have different texts.
  private static func write(_ node: Yams.Node, to text: inout String) {
    switch node {
    case .scalar(let scalar):
      // 1 and '1' are different values.
      text += scalar.style == .plain ? "p" : "q"
      text += "\(scalar.string.utf8.count):\(scalar.string)"
    case .sequence(let sequence):
      text += "s\(sequence.count):"
      for element in sequence { write(element, to: &text) }
    case .mapping(let mapping):
      text += "m\(mapping.count):"
      for (key, value) in mapping {
        write(key, to: &text)
        write(value, to: &text)
      }
    case .alias(let alias): text += "a\(alias.anchor.rawValue.utf8.count):\(alias.anchor.rawValue)"
    }
  }
}
