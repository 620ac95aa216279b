/// Columns that a text takes in a terminal.
///
/// Combining marks and format characters take none; characters that Unicode's East Asian Width calls wide or full-width,
/// and emoji, take two; a grapheme cluster takes the width of its widest scalar. Control characters count as none: make
/// the text visible first (`visibleLine`).
///
/// - Complexity: O(length).
func displayWidth(_ text: some StringProtocol) -> Int {
  text.reduce(0) { $0 + displayWidth($1) }
}

private func displayWidth(_ character: Character) -> Int {
  var widest = 0
  for scalar in character.unicodeScalars {
    // Variation selector 16 asks for the emoji form.
    if scalar.value == 0xFE0F { return 2 }
    widest = max(widest, displayWidth(scalar))
  }
  return widest
}

private func displayWidth(_ scalar: Unicode.Scalar) -> Int {
  if scalar.value < 0x300 { return scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) ? 0 : 1 }
  switch scalar.properties.generalCategory {
  case .nonspacingMark, .enclosingMark, .format, .control, .lineSeparator, .paragraphSeparator: return 0
  default: break
  }
  if scalar.properties.isEmojiPresentation { return 2 }
  return wideRanges.contains { $0.contains(scalar.value) } ? 2 : 1
}

/// Unicode 15.0, EastAsianWidth.txt, classes W and F, with the unassigned gaps between them closed.
private let wideRanges: [ClosedRange<UInt32>] = [
  0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
  0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF,
  0x1F200...0x1F265, 0x20000...0x3FFFD,
]

/// `text` on one line in which nothing is hidden: line ends as ↵, tabs as →, other control and direction characters as �.
func visibleLine(_ text: some StringProtocol) -> String {
  var visible = String.UnicodeScalarView()
  var previous: Unicode.Scalar = " "
  for scalar in text.unicodeScalars {
    switch scalar.value {
    // CR LF is one line end.
    case 0x0A where previous == "\r": break
    case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: visible.append("↵")
    case 0x09: visible.append("→")
    case 0x00..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF, 0xFFFE, 0xFFFF:
      visible.append("\u{FFFD}")
    default: visible.append(scalar)
    }
    previous = scalar
  }
  return String(visible)
}

/// `text` cut to at most `width` columns, its middle replaced by one `…` where it is longer.
///
/// The ends of a name tell more than its middle: `resnet8-int8-percentile` and `resnet8-int8-entropy`.
func shortened(_ text: String, toWidth width: Int) -> String {
  guard displayWidth(text) > width else { return text }
  guard width > 1 else { return width == 1 ? "…" : "" }
  let tail = (width - 1) / 2
  var end = ""
  for character in text.reversed() {
    guard displayWidth(end) + displayWidth(String(character)) <= tail else { break }
    end = String(character) + end
  }
  return prefix(of: text, width: width - 1 - displayWidth(end)) + "…" + end
}

/// `text` cut at its end to at most `width` columns, with `…` as its last where it is longer.
func truncated(_ text: String, toWidth width: Int) -> String {
  guard displayWidth(text) > width else { return text }
  return width < 1 ? "" : prefix(of: text, width: width - 1) + "…"
}

private func prefix(of text: String, width: Int) -> String {
  var (start, used) = ("", 0)
  for character in text {
    used += displayWidth(String(character))
    guard used <= width else { break }
    start.append(character)
  }
  return start
}

/// `text` filled with spaces to `width` columns, on the left when `right` is true; a longer text is left alone.
func padded(_ text: String, toWidth width: Int, right: Bool = false) -> String {
  let fill = String(repeating: " ", count: max(0, width - displayWidth(text)))
  return right ? fill + text : text + fill
}

/// `text` broken at spaces into lines of at most `width` columns; a longer word is broken where it must.
func wrapped(_ text: String, toWidth width: Int) -> [String] {
  let width = max(1, width)
  var lines: [String] = []
  var line = ""
  for word in text.split(separator: " ") {
    var word = String(word)
    if !line.isEmpty, displayWidth(line) + 1 + displayWidth(word) <= width {
      line += " " + word
      continue
    }
    if !line.isEmpty { lines.append(line) }
    while displayWidth(word) > width {
      // A character wider than the line still has to go somewhere.
      let start = prefix(of: word, width: width)
      let count = max(1, start.count)
      lines.append(String(word.prefix(count)))
      word = String(word.dropFirst(count))
    }
    line = word
  }
  if !line.isEmpty { lines.append(line) }
  return lines
}
