import AssayCore
import AssayJudge
import AssayMeasure

/// A column of the page's one table: a metric, and how its value is written.
struct ResultColumn: Sendable {
  var title: String
  var metric: Metric
  /// Whether a trial that failed may have it all the same, because it is counted in the file.
  var isOfFile: Bool
  var words: @Sendable (Double) -> String

  private init(
    _ title: String, _ metric: Metric, isOfFile: Bool = false, _ words: @escaping @Sendable (Double) -> String
  ) {
    self.title = title
    self.metric = metric
    self.isOfFile = isOfFile
    self.words = words
  }

  /// The columns that any row of the groups has a value for, in the order shown.
  static func shown(in groups: [ReportGroup]) -> [ResultColumn] {
    var columns: [ResultColumn] = []
    for column in [quality(in: groups)] + measured + ofFile {
      guard let column else { continue }
      // Throughput says what latency says, but where nobody waits for a single inference.
      if column.metric == MetricCatalog.throughput, groups.allSatisfy({ $0.group.scenario != .offline }) { continue }
      if column.metric == MetricCatalog.packedSize, !groups.contains(where: \.isAnyPacked) { continue }
      if isKnown(column.metric, in: groups) { columns.append(column) }
    }
    return columns
  }

  private static func isKnown(_ metric: Metric, in groups: [ReportGroup]) -> Bool {
    for group in groups {
      for row in group.rows where row[metric]?.value != nil { return true }
    }
    return false
  }

  /// Top-1 accuracy; where no row has it, the first quality that rows have (an error of a regression).
  private static func quality(in groups: [ReportGroup]) -> ResultColumn? {
    let top1 = ResultColumn("Top-1 accuracy", ReportMetric.accuracy) { QuantityText.percent($0) }
    for group in groups {
      for row in group.rows where row[ReportMetric.accuracy]?.value != nil { return top1 }
    }
    for group in groups {
      for row in group.rows {
        for figure in row.figures where figure.metric.kind == .quality && figure.value != nil {
          let metric = figure.metric
          return ResultColumn(metric.name, metric) { ChangeText.value($0, metric) }
        }
      }
    }
    return nil
  }

  private static let measured: [ResultColumn?] = [
    ResultColumn("Latency p50", MetricCatalog.latencyP50, QuantityText.duration),
    ResultColumn("Rows a second", MetricCatalog.throughput, QuantityText.count),
    ResultColumn("Memory, peak", MetricCatalog.peakMemory, QuantityText.bytes),
    ResultColumn("In int8", MetricCatalog.int8Share, QuantityText.share),
  ]

  private static let ofFile: [ResultColumn?] = [
    ResultColumn("File that runs", MetricCatalog.fileSize, isOfFile: true, QuantityText.bytes),
    ResultColumn("Packed file", MetricCatalog.packedSize, isOfFile: true, QuantityText.bytes),
    ResultColumn("Parameters", MetricCatalog.parameters, isOfFile: true, QuantityText.count),
    ResultColumn("MACs", MetricCatalog.macs, isOfFile: true, QuantityText.count),
  ]
}

/// The one table: every variant of every group, failures in their place.
func resultsTable(_ model: ReportModel) -> HTML {
  let columns = ResultColumn.shown(in: model.groups)
  var head: HTML = "<th scope=\"col\">Variant</th>"
  for column in columns { head += "<th scope=\"col\" class=\"number\">\(column.title)</th>" }
  var bodies: HTML = ""
  for group in model.groups { bodies += groupBody(group, columns, of: model) }
  let explanation: HTML = """
    <p class="note">Every value with its interval, and its change against the baseline of its group with the interval of the \
    change. ~ marks a change that is not told from none. p90, p99, throughput and more are in the data.</p>

    """
  let table: HTML = """
    <table class="results sortable">
    <caption class="unseen">Results of every variant</caption>
    <thead><tr>\(head)</tr></thead>
    \(bodies)</table>

    """
  return explanation + PagePart.scroll("Results, a wide table", table)
}

private func groupBody(_ group: ReportGroup, _ columns: [ResultColumn], of model: ReportModel) -> HTML {
  let rowsJudged: HTML = group.rowsJudged.map { "; \($0)" } ?? ""
  var body: HTML = """
    <tbody>
    <tr class="group"><th colspan="\(columns.count + 1)" scope="rowgroup"><span><strong>\(group.group.baseline)</strong>: \
    \(group.conditions)\(rowsJudged)</span></th></tr>

    """
  for row in group.rows {
    let picks = model.recommendations.filter {
      $0.variant == row.variant && $0.baseline == group.group.baseline && $0.conditions == group.conditions
    }
    body += resultRow(row, columns, picks: picks.map(\.purpose))
  }
  return body + "</tbody>\n"
}

private func resultRow(_ row: ReportRow, _ columns: [ResultColumn], picks: [String]) -> HTML {
  var kinds: [String] = []
  if row.isBaseline { kinds.append("baseline") }
  if !picks.isEmpty { kinds.append("picked") }
  var tags: HTML = ""
  if !picks.isEmpty { tags += " <span class=\"tag pick-tag\">recommended</span>" }
  if row.isOnFront { tags += " <span class=\"tag\">Pareto front</span>" }
  let kind: HTML = kinds.isEmpty ? "" : " class=\"\(kinds.joined(separator: " "))\""
  var cells: HTML = ""
  var first = 0
  if let reason = row.reason {
    // The reason takes the place of what was not measured; what is counted in the file may be known.
    let span = columns.firstIndex { $0.isOfFile && row[$0.metric]?.value != nil } ?? columns.count
    let look = row.reason?.hasPrefix("failed") == true ? "failed" : "skipped"
    if span > 0 {
      cells += "<td class=\"reason \(look)\" colspan=\"\(span)\">\(reason)</td>"
    } else {
      tags += " <span class=\"\(look)\">\(reason)</span>"
    }
    first = span
  }
  for (index, column) in columns.enumerated() where index >= first {
    cells += resultCell(row, column, number: index + 1)
  }
  return """
    <tr\(kind)><th scope="row" data-column="0" data-value="\(row.variant)">\(row.variant)\(tags)</th>\(cells)</tr>

    """
}

private func resultCell(_ row: ReportRow, _ column: ResultColumn, number: Int) -> HTML {
  guard let figure = row[column.metric] else { return "<td class=\"number\">–</td>" }
  guard let value = figure.value, value.isFinite else {
    return "<td class=\"number\"><span class=\"interval why\">\(shortReason(figure.reason))</span></td>"
  }
  var cell: HTML = "<span class=\"value\">\(column.words(value))</span>"
  if let interval = figure.interval, interval.low.isFinite, interval.high.isFinite {
    let ends = (column.words(interval.low), column.words(interval.high))
    cell += "<span class=\"interval\">\(withoutUnit(ends.0, as: ends.1)) to \(ends.1)</span>"
  }
  if column.metric == MetricCatalog.parameters, let nonzeros = row[MetricCatalog.nonzeros]?.value, nonzeros < value {
    cell += "<span class=\"interval\">\(QuantityText.share(nonzeros / value)) not zero</span>"
  }
  if let change = changeWords(figure) { cell += "<span class=\"change \(changeLook(figure))\">\(change)</span>" }
  return
    "<td class=\"number\" data-column=\"\(number)\" data-value=\"\(CSVText.number(value))\">\(cell)</td>"
}

/// `95.42` of `95.42 %` before `97.15 %`: of two quantities in one unit the first need not name it.
private func withoutUnit(_ words: String, as other: String) -> String {
  guard let gap = words.lastIndex(of: " "), let otherGap = other.lastIndex(of: " "), words[gap...] == other[otherGap...]
  else { return words }
  return String(words[..<gap])
}

/// Why there is no number, as far as a cell has room for it; the notes below the table say it in full.
private func shortReason(_ reason: String?) -> String {
  guard let reason else { return "–" }
  return reason.hasPrefix("not enough samples") ? "not enough samples" : truncated(reason, toWidth: 28)
}

/// `−29.6 % [−31.0, −28.2]`, `~+0.06 pp [−0.2, +0.3]`; nil for the baseline and where nothing can be compared.
func changeWords(_ figure: Figure) -> String? {
  guard let change = figure.change, let value = change.value, value.isFinite else { return nil }
  func number(_ value: Double) -> String {
    if change.kind == .ratio { return QuantityText.signed((value - 1) * 100, decimals: 1) }
    return figure.metric.unit == "fraction"
      ? QuantityText.points(value) : QuantityText.signed(value, decimals: 2)
  }
  let unit = change.kind == .ratio ? " %" : figure.metric.unit == "fraction" ? " pp" : " \(figure.metric.unit)"
  let none = change.kind == .ratio ? 1.0 : 0
  if figure.metric.kind == .exact, value == none { return "no change" }
  let isMeasured = figure.metric.kind != .exact
  let mark = isMeasured ? ReportColumn.mark(figure) : ""
  return (mark.isEmpty ? "" : "\(mark) ") + number(value) + unit + ReportColumn.interval(change.interval, number)
}

/// Whether a change is for the better: class of its colour.
func changeLook(_ figure: Figure) -> String {
  guard figure.showsChange, let change = figure.change, let value = change.value else { return "none" }
  let isMore = value > (change.kind == .ratio ? 1 : 0)
  switch figure.metric.direction {
  case .neutral: return "none"
  case .lowerIsBetter: return isMore ? "bad" : "good"
  case .higherIsBetter: return isMore ? "good" : "bad"
  }
}
