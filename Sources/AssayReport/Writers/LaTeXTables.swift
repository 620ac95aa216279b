import AssayCore
import AssayJudge
import AssayMeasure

/// The results of each group as a table for a paper, for the package booktabs; the file is for `\input`.
func latexTables(_ model: ReportModel) -> OutputFile {
  var text = """
    % Tables of the run \(comment(model.suite)), \(comment(model.startedAt)), by Assay \(comment(model.programVersion)).
    % In the preamble: \\usepackage[T1]{fontenc} \\usepackage{textcomp} \\usepackage{booktabs} \\usepackage{graphicx}
    % With names in other scripts compile with LuaLaTeX or XeLaTeX and a font that has them.

    """
  if model.groups.isEmpty { text += "% Nothing was measured.\n" }
  for (index, group) in model.groups.enumerated() { text += table(group, number: index + 1) }
  return OutputFile(name: "tables.tex", text: text)
}

/// A line end would end the comment.
private func comment(_ words: String) -> String { visibleLine(words) }

private struct LaTeXColumn {
  var title: String
  var metric: Metric
  var cell: @Sendable (Figure) -> String?

  static let all: [LaTeXColumn] = [
    LaTeXColumn(title: "Top-1 (\\%)", metric: ReportMetric.accuracy) { figure in
      figure.value.map { value in
        QuantityText.fixed(value * 100, decimals: 2)
          + range(figure.interval) { QuantityText.fixed($0 * 100, decimals: 1) }
      }
    },
    LaTeXColumn(title: "$\\Delta$ (pp)", metric: ReportMetric.accuracy) { figure in
      figure.change?.value.map { signed(QuantityText.points($0)) }
    },
    LaTeXColumn(title: "Latency", metric: MetricCatalog.latencyP50) { figure in
      figure.value.map { LaTeX.escaped(QuantityText.duration($0)) }
    },
    LaTeXColumn(title: "Speed-up", metric: MetricCatalog.latencyP50) { figure in
      guard let ratio = figure.change?.value, ratio > 0 else { return nil }
      let mark = figure.showsChange ? "" : "$^\\circ$"
      var interval = ""
      if let own = figure.change?.interval, own.low > 0 {
        let ends = (QuantityText.ratio(1 / own.high), QuantityText.ratio(1 / own.low))
        interval = " {\\footnotesize (\(ends.0)--\(ends.1))}"
      }
      return QuantityText.ratio(1 / ratio) + mark + interval
    },
    LaTeXColumn(title: "Rows/s", metric: MetricCatalog.throughput) { $0.value.map(QuantityText.count) },
    LaTeXColumn(title: "Memory", metric: MetricCatalog.peakMemory) { $0.value.map(QuantityText.bytes) },
    LaTeXColumn(title: "Int8", metric: MetricCatalog.int8Share) {
      $0.value.map { LaTeX.escaped(QuantityText.share($0)) }
    },
    LaTeXColumn(title: "File", metric: MetricCatalog.fileSize) { $0.value.map(QuantityText.bytes) },
    LaTeXColumn(title: "Packed", metric: MetricCatalog.packedSize) { $0.value.map(QuantityText.bytes) },
    LaTeXColumn(title: "Params", metric: MetricCatalog.parameters) { $0.value.map(QuantityText.count) },
    LaTeXColumn(title: "MACs", metric: MetricCatalog.macs) { $0.value.map(QuantityText.count) },
  ]

  private static func range(_ interval: ConfidenceInterval?, _ words: (Double) -> String) -> String {
    guard let interval, interval.low.isFinite, interval.high.isFinite else { return "" }
    return " {\\footnotesize (\(words(interval.low))--\(words(interval.high)))}"
  }

  private static func signed(_ words: String) -> String { LaTeX.escaped(words) }

  func text(_ row: ReportRow) -> String? { row[metric].flatMap { $0.value == nil ? nil : cell($0) } }
}

private func table(_ group: ReportGroup, number: Int) -> String {
  var columns: [LaTeXColumn] = []
  for column in LaTeXColumn.all {
    for row in group.rows where column.text(row) != nil {
      columns.append(column)
      break
    }
  }
  var rows: [[String]] = []
  for row in group.rows {
    let name = LaTeX.escaped(row.variant)
    if row.figures.allSatisfy({ $0.value == nil }), let reason = row.reason, !columns.isEmpty {
      let words = LaTeX.escaped(truncated(reason, toWidth: 70))
      rows.append([name, "\\multicolumn{\(columns.count)}{l}{\\emph{\(words)}}"])
    } else {
      var cells = [row.isOnFront ? "\\textbf{\(name)}" : name]
      for column in columns { cells.append(column.text(row) ?? "--") }
      rows.append(cells)
    }
  }
  var missing: [String] = []
  for row in group.rows where row.reason != nil {
    missing.append("\(row.variant) (\(row.reason?.prefix { $0 != ":" } ?? ""))")
  }
  let absent = missing.isEmpty ? "" : " Not measured: \(LaTeX.escaped(listed(missing)))."
  let judged = group.rowsJudged.map { "; \(LaTeX.escaped($0))" } ?? ""
  let notes =
    "Bold: on the Pareto front of accuracy and latency. $^\\circ$: not told from no change. In parentheses: intervals."
  return """

    \\begin{table}
    \\centering
    \\caption{\(LaTeX.escaped(group.group.baseline)): \(LaTeX.escaped(group.conditions))\(judged). \(notes)\(absent)}
    \\label{tab:assay-\(number)}
    \\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%
    \(LaTeX.tabular("l" + String(repeating: "r", count: columns.count), ["Variant"] + columns.map(\.title), rows))}
    \\end{table}

    """
}
