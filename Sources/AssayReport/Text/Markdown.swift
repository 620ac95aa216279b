/// Text for Markdown (GitHub's dialect): nothing a name holds is taken for markup.
enum Markdown {
  /// `text` with every character escaped that could begin markup, on one line.
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in visibleLine(text) {
      switch character {
      case "\\", "`", "*", "_", "{", "}", "[", "]", "<", ">", "#", "|", "~", "!", "$", "@", "&": result += "\\"
      default: break
      }
      result.append(character)
    }
    return result
  }

  /// `text` as code, with a fence longer than any run of backquotes in it.
  static func code(_ text: String) -> String {
    let text = visibleLine(text)
    var (longest, run) = (0, 0)
    for character in text {
      run = character == "`" ? run + 1 : 0
      longest = max(longest, run)
    }
    let fence = String(repeating: "`", count: longest + 1)
    let pad = text.hasPrefix("`") || text.hasSuffix("`") || text.isEmpty ? " " : ""
    return fence + pad + text + pad + fence
  }

  /// A table; the first column to the left, the others to the right. Cells are Markdown already, without bare `|`.
  static func table(_ titles: [String], _ rows: [[String]]) -> String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
    let rule = titles.indices.map { $0 == 0 ? ":---" : "---:" }
    return line(titles) + line(rule) + rows.map(line).joined()
  }
}
