import AssayCore
import AssayJudge

/// Several runs beside each other: the same variants under the same conditions, a column each run.
public struct SideBySide: Sendable {
  /// One of the runs.
  public struct Run: Sendable {
    /// As a column is headed: short, and unlike the others'.
    public var label: String
    public var model: ReportModel
    /// What it comes to against the first run, or why it cannot be held against it; nil for the first.
    public var verdict: String?

    public init(label: String, model: ReportModel, verdict: String? = nil) {
      self.label = label
      self.model = model
      self.verdict = verdict
    }
  }

  /// A variant under its conditions, and what each run has of it.
  struct Row: Sendable {
    var variant: String
    /// One entry a run; nil where the run has no such trial.
    var cells: [ReportRow?]
  }

  struct Group: Sendable {
    var group: ComparisonGroup
    var rows: [Row]
  }

  public var runs: [Run]
  /// Every group that any run has, in the order of their first appearance.
  var groups: [Group]

  public init(_ runs: [Run]) {
    self.runs = runs
    var groups: [Group] = []
    for (place, run) in runs.enumerated() {
      for group in run.model.groups {
        let index: Int
        if let known = groups.firstIndex(where: { $0.group == group.group }) {
          index = known
        } else {
          index = groups.count
          groups.append(Group(group: group.group, rows: []))
        }
        for row in group.rows {
          let line: Int
          if let known = groups[index].rows.firstIndex(where: { $0.variant == row.variant }) {
            line = known
          } else {
            line = groups[index].rows.count
            groups[index].rows.append(Row(variant: row.variant, cells: [ReportRow?](repeating: nil, count: runs.count)))
          }
          groups[index].rows[line].cells[place] = row
        }
      }
    }
    self.groups = groups
  }

  /// What readers must know before they hold numbers of different runs against each other.
  var warnings: [String] {
    var warnings: [String] = []
    func differ(_ name: String, _ words: String) {
      var texts: [String] = []
      for run in runs {
        var own: [String] = []
        for fact in run.model.environment where fact.name == name {
          // Where a library lies does not matter, which one it is does.
          own.append(fact.text.split(separator: " (").first.map(String.init) ?? fact.text)
        }
        texts.append(own.joined(separator: ", "))
      }
      if Set(texts).count > 1 {
        warnings.append(
          "\(words): \(listed(zip(runs, texts).map { "\($0.label): \($1.isEmpty ? "not known" : $1)" })).")
      }
    }
    differ("CPU", "The runs were made on different CPUs, so only the speeds against the own baseline compare")
    differ("host", "The runs were made on different machines")
    differ("engine", "The engines differ")
    differ("Assay", "The versions of Assay differ")
    if Set(runs.map(\.model.planHash)).count > 1 {
      warnings.append("Suites or options differ: a difference may be no more than another way of measuring.")
    }
    return warnings
  }
}

/// A quantity that runs are set side by side by.
struct SideBySideColumn: Sendable {
  var title: String
  var words: @Sendable (ReportRow) -> String?

  static let all: [SideBySideColumn] = [
    SideBySideColumn(title: "Top-1 accuracy") { row in
      row[ReportMetric.accuracy]?.value.map { QuantityText.percent($0) }
    },
    SideBySideColumn(title: "Latency p50") { row in row[MetricCatalog.latencyP50]?.value.map(QuantityText.duration) },
    SideBySideColumn(title: "Speed against the own baseline") { row in
      guard let figure = row[MetricCatalog.latencyP50], let ratio = figure.change?.value, ratio > 0 else { return nil }
      return "\(ReportColumn.mark(figure))\(QuantityText.ratio(1 / ratio))x\(speedInterval(figure.change?.interval))"
    },
    SideBySideColumn(title: "Rows a second") { row in row[MetricCatalog.throughput]?.value.map(QuantityText.count) },
    SideBySideColumn(title: "File") { row in row[MetricCatalog.fileSize]?.value.map(QuantityText.bytes) },
    SideBySideColumn(title: "Memory, peak") { row in row[MetricCatalog.peakMemory]?.value.map(QuantityText.bytes) },
  ]

  /// The word for a run that has no number here.
  func text(_ row: ReportRow?) -> String {
    guard let row else { return "not in this run" }
    if let words = words(row) { return words }
    switch row.outcome {
    case .measured: return "–"
    case .failed: return "failed"
    case .skipped: return "skipped"
    }
  }

  /// Those that any run has a number for.
  static func shown(_ groups: [SideBySide.Group]) -> [SideBySideColumn] {
    var shown: [SideBySideColumn] = []
    for column in all where column.isKnown(in: groups) { shown.append(column) }
    return shown
  }

  private func isKnown(in groups: [SideBySide.Group]) -> Bool {
    for group in groups {
      for row in group.rows {
        for case let cell? in row.cells where words(cell) != nil { return true }
      }
    }
    return false
  }
}
