import AssayCore

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
  /// The group it shows.
  var group: ComparisonGroup
  /// File name without extension.
  var name: String
  /// What it shows, in a line.
  var title: String
  /// What it shows in sentences with the numbers that matter, for who cannot see it.
  var alternative = ""
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
          + "pointscale 2.6 background '#ffffff'", "png"
      ),
    ]
  }

  /// The data files and the script that draws SVG and PNG when gnuplot runs it in their folder.
  var sources: [OutputFile] {
    func dataName(_ table: ChartTable) -> String { tables.count == 1 ? "\(name).dat" : "\(name)-\(table.name).dat" }
    var lines = ["# \(visibleLine(title))", "# Run in this folder: gnuplot \(name).gp", "set encoding utf8"]
    lines += tables.map { "\($0.name) = '\(dataName($0))'" }
    // `picture` tells script lines which of the two is being drawn.
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
    [
      OutputFile(name: "\(name).svg", bytes: try draw(.svg, program: program)),
      OutputFile(name: "\(name).png", bytes: try draw(.png, program: program)),
    ]
  }

  /// A file format that gnuplot draws.
  enum Picture: Int, Sendable { case svg, png }

  /// Draws one picture with `program`.
  func draw(_ picture: Picture, program: String) throws(ReportError) -> [UInt8] {
    let session = try GnuplotSession(program: program)
    try session.send(["set encoding utf8", "picture = \(picture.rawValue + 1)"])
    for table in tables { try session.send(table) }
    try session.send([terminals[picture.rawValue].set] + script)
    return try session.run()
  }
}

/// `text` as a gnuplot string: in single quotes nothing but the quote itself means anything, backquotes neither.
///
/// Letters that the font lacks stay as they are in the SVG, whose viewer finds another font; in the PNG they become □,
/// because cairo draws what no font has as a box of the size of the picture.
func quoted(_ text: String) -> String {
  let line = visibleLine(text)
  func quote(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
  let drawable = String(String.UnicodeScalarView(line.unicodeScalars.map { isDrawable($0) ? $0 : "□" }))
  return drawable == line ? quote(line) : "(picture == 2 ? \(quote(drawable)) : \(quote(line)))"
}

/// `text` as the label of a tic, which gnuplot takes for a number format.
func quotedTic(_ text: String) -> String { quoted(text.replacing("%", with: "%%")) }

/// Whether DejaVu Sans 2.37 has the character: its large unbroken ranges, listed by `fc-query`.
private func isDrawable(_ scalar: Unicode.Scalar) -> Bool {
  dejaVuRanges.contains { $0.contains(scalar.value) }
}

private let dejaVuRanges: [ClosedRange<UInt32>] = [
  0x20...0x7E, 0xA0...0x2E9, 0x300...0x34F, 0x384...0x38A, 0x38E...0x3A1, 0x3A3...0x525, 0x531...0x556, 0x561...0x587,
  0x5D0...0x5EA, 0x621...0x63A, 0x640...0x655, 0x10D0...0x10FC, 0x1E00...0x1EFB, 0x2000...0x2064, 0x2074...0x208E,
  0x20A0...0x20B5, 0x210B...0x2149, 0x2150...0x2185, 0x2190...0x2311, 0x2500...0x269C, 0x270C...0x2727, 0x2729...0x274B,
  0x2761...0x2794, 0x2798...0x27AF, 0x27B1...0x27BE, 0xFFFD...0xFFFD,
]
