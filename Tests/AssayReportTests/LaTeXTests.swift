import AssayCore
import Testing

@testable import AssayReport

private let hasLaTeX = isInstalled("pdflatex")

@Suite struct LaTeXTests {
  @Test func tablesAreAsCommitted() { expectGolden(latexTables(SampleRun.model).text, "tables.tex") }

  @Test func nothingInANameIsACommand() {
    #expect(
      LaTeX.escaped("a_b & 50% #1 $x^2 ~ {y} \\input [z] <w>\n") == "a\\_b \\& 50\\% \\#1 \\$x\\textasciicircum{}2 "
        + "\\textasciitilde{} \\{y\\} \\textbackslash{}input {[}z{]} \\textless{}w\\textgreater{}?")
  }

  @Test func theStructureHolds() throws {
    for model in [SampleRun.model, RichRun.model] {
      let text = latexTables(model).text
      #expect(text.components(of: "\\begin{table}") == model.groups.count)
      for name in ["table", "tabular"] {
        #expect(text.components(of: "\\begin{\(name)}") == text.components(of: "\\end{\(name)}"))
      }
      var depth = 0
      var previous: Character = " "
      for character in text {
        if character == "{", previous != "\\" { depth += 1 }
        if character == "}", previous != "\\" { depth -= 1 }
        #expect(depth >= 0)
        previous = previous == "\\" && character == "\\" ? " " : character
      }
      #expect(depth == 0)
      // Every row of a table has as many cells as its columns say.
      var columns = 0
      for line in text.split(separator: "\n") {
        if let begin = line.firstRange(of: "\\begin{tabular}{") {
          columns = line[begin.upperBound...].prefix { $0 != "}" }.count
        }
        guard line.hasSuffix("\\\\") else { continue }
        var cells = line.replacing("\\&", with: "").count { $0 == "&" } + 1
        if let span = line.firstRange(of: "\\multicolumn{") {
          cells += (Int(line[span.upperBound...].prefix { $0.isNumber }) ?? 0) - 1
        }
        #expect(cells == columns, "\(line)")
      }
      // Whatever is not ASCII and no letter would need a package.
      for scalar in text.unicodeScalars where !scalar.isASCII {
        #expect(scalar.properties.isAlphabetic || "½".unicodeScalars.contains(scalar), "\(scalar)")
      }
    }
  }

  @Test(.enabled(if: hasLaTeX, "pdflatex is needed"))
  func latexTakesIt() throws {
    let folder = try TemporaryFolder()
    let tables = latexTables(RichRun.model)
    let document = """
      \\documentclass{article}
      \\usepackage[T1]{fontenc}\\usepackage{textcomp}\\usepackage{booktabs}\\usepackage{graphicx}
      \\begin{document}
      \\input{tables.tex}
      \\end{document}
      """
    try write([tables, OutputFile(name: "document.tex", text: document)], to: folder.path)
    let status = run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "document.tex"], in: folder.path)
    #expect(status == 0, "\(contents("\(folder.path)/document.log")?.suffix(1_500) ?? "no log")")
  }
}

extension String {
  fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
