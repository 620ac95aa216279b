/// Text for LaTeX: nothing a name holds is taken for a command.
enum LaTeX {
  /// `text` with every character escaped that means something, on one line; letters of any script stay as they are.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in visibleLine(text).unicodeScalars {
      switch scalar {
      case "\\": result += "\\textbackslash{}"
      case "{", "}", "$", "&", "#", "%", "_": result += "\\\(scalar)"
      case "~": result += "\\textasciitilde{}"
      case "^": result += "\\textasciicircum{}"
      case "<": result += "\\textless{}"
      case ">": result += "\\textgreater{}"
      case "|": result += "\\textbar{}"
      case "\"": result += "\\textquotedbl{}"
      case "'": result += "\\textquotesingle{}"
      case "`": result += "\\textasciigrave{}"
      case "[": result += "{[}"
      case "]": result += "{]}"
      case "−": result += "\\ensuremath{-}"
      case "×": result += "\\ensuremath{\\times}"
      case "µ": result += "\\ensuremath{\\mu}"
      case "–": result += "--"
      case "…": result += "\\ldots{}"
      case "↵", "→", "\u{FFFD}": result += "?"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A `tabular` with the rules of booktabs; cells are LaTeX already.
  ///
  /// - Parameter columns: One letter a column: `lrr`.
  static func tabular(_ columns: String, _ titles: [String], _ rows: [[String]]) -> String {
    var text = "\\begin{tabular}{\(columns)}\n\\toprule\n\(titles.joined(separator: " & ")) \\\\\n\\midrule\n"
    for row in rows { text += row.joined(separator: " & ") + " \\\\\n" }
    return text + "\\bottomrule\n\\end{tabular}\n"
  }
}
