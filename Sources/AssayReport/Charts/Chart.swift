/// Numbers that a chart draws, in blocks of rows.
struct ChartTable: Sendable, Hashable {
  struct Row: Sendable, Hashable {
    /// What the row is, for readers of the file; nil says nothing.
    var name: String?
    /// One number a column; NaN is missing.
    var values: [Double]
  }

  /// A gnuplot identifier: letters and digits.
  var name: String
  /// Column names with their units: `p50_us`.
  var columns: [String]
  /// Parted by an empty line in the file; none is empty.
  var blocks: [[Row]]

  /// The table as gnuplot reads it from a file.
  var text: String {
    var text = "# " + columns.joined(separator: " ") + "\n"
    for (index, block) in blocks.enumerated() {
      if index > 0 { text += "\n" }
      for row in block {
        if let name = row.name { text += "# \(visibleLine(name))\n" }
        text += row.values.map { $0.isFinite ? "\($0)" : "nan" }.joined(separator: " ") + "\n"
      }
    }
    return text
  }
}

/// A picture as gnuplot script and data: nothing is drawn yet.
struct Chart: Sendable, Hashable {
  /// File name without extension.
  var name: String
  /// What it shows, in a line.
  var title: String
  /// Size of the SVG in pixels; the PNG has twice as many each way.
  var width: Int
  var height: Int
  var tables: [ChartTable]
  /// Script lines that draw it, terminal and output apart; they name a table by the text variable of its name.
  var script: [String]

  static let font = "DejaVu Sans,12"

  private var terminals: [(set: String, suffix: String)] {
    [
      (
        "set terminal svg noenhanced size \(width),\(height) font '\(Self.font)' background '#ffffff'", "svg"
      ),
      (
        "set terminal pngcairo noenhanced size \(width * 2),\(height * 2) font '\(Self.font)' fontscale 1.5 linewidth 2 "
          + "pointscale 2 background '#ffffff'", "png"
      ),
    ]
  }

  /// The data files and the script that draws SVG and PNG when gnuplot runs it in their folder.
  var sources: [OutputFile] {
    func dataName(_ table: ChartTable) -> String { tables.count == 1 ? "\(name).dat" : "\(name)-\(table.name).dat" }
    var lines = ["# \(visibleLine(title))", "# Run in this folder: gnuplot \(name).gp", "set encoding utf8"]
    lines += tables.map { "\($0.name) = '\(dataName($0))'" }
    lines.append("do for [picture = 1:\(terminals.count)] {")
    for (index, terminal) in terminals.enumerated() {
      lines += ["if (picture == \(index + 1)) {", terminal.set, "set output '\(name).\(terminal.suffix)'", "}"]
    }
    lines += script + ["unset output", "}"]
    return tables.map { OutputFile(name: dataName($0), text: $0.text) }
      + [OutputFile(name: "\(name).gp", text: lines.joined(separator: "\n") + "\n")]
  }

  /// Draws SVG and PNG with `program`.
  func pictures(program: String) throws(ReportError) -> [OutputFile] {
    var files: [OutputFile] = []
    for terminal in terminals {
      let session = try GnuplotSession(program: program)
      try session.send(["set encoding utf8"])
      for table in tables { try session.send(table) }
      try session.send([terminal.set] + script)
      files.append(OutputFile(name: "\(name).\(terminal.suffix)", bytes: try session.run()))
    }
    return files
  }
}

/// `text` as a gnuplot string: in single quotes nothing but the quote itself means anything, backquotes neither.
func quoted(_ text: String) -> String {
  "'" + visibleLine(text).replacing("'", with: "''") + "'"
}

/// `text` as the label of a tic, which gnuplot takes for a number format.
func quotedTic(_ text: String) -> String { quoted(text.replacing("%", with: "%%")) }
