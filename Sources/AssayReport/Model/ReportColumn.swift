import AssayCore
import AssayJudge
import AssayMeasure

/// A column of the result table: a title and the words of each cell.
struct ReportColumn: Sendable {
  var title: String
  var metric: Metric
  /// The cell of a figure that has a value; nil where there is nothing to say (the baseline's own change).
  var cell: @Sendable (Figure, ReportRow) -> String?

  /// The words of the cell, a dash where there is no value.
  func text(_ row: ReportRow) -> String {
    guard let figure = row[metric], figure.value != nil else { return "–" }
    return cell(figure, row) ?? "–"
  }

  private init(_ title: String, _ metric: Metric, _ cell: @escaping @Sendable (Figure, ReportRow) -> String?) {
    self.title = title
    self.metric = metric
    self.cell = cell
  }

  private init(_ title: String, _ metric: Metric, _ words: @escaping @Sendable (Double) -> String) {
    self.init(title, metric) { figure, _ in figure.value.map(words) }
  }

  /// Every column, in the order shown; a narrow table keeps the first ones together.
  static let all: [ReportColumn] = [
    ReportColumn("top-1 accuracy", ReportMetric.accuracy) { figure, _ in
      guard let value = figure.value else { return nil }
      let spread = figure.seeds?.standardDeviation.map { " ± \(QuantityText.fixed($0 * 100, decimals: 2))" }
      return QuantityText.percent(value) + (spread ?? "")
        + interval(figure.interval) { QuantityText.fixed($0 * 100, decimals: 1) }
    },
    ReportColumn("change", ReportMetric.accuracy) { figure, _ in
      figure.change?.value.map { mark(figure) + QuantityText.points($0) + " pp" }
    },
    ReportColumn("latency p50", MetricCatalog.latencyP50) { figure, _ in durationWithInterval(figure) },
    ReportColumn("speed", MetricCatalog.latencyP50) { figure, _ in speed(figure) },
    ReportColumn("file", MetricCatalog.fileSize) { figure, _ in
      guard let value = figure.value else { return nil }
      return QuantityText.bytes(value) + (figure.change?.value.map { " (\(QuantityText.ratio($0))x)" } ?? "")
    },
    ReportColumn("packed", MetricCatalog.packedSize) { figure, _ in
      guard let value = figure.value else { return nil }
      return QuantityText.bytes(value) + (figure.change?.value.map { " (\(QuantityText.ratio($0))x)" } ?? "")
    },
    ReportColumn("int8", MetricCatalog.int8Share, QuantityText.share),
    ReportColumn("p90", MetricCatalog.latencyP90, QuantityText.duration),
    ReportColumn("p99", MetricCatalog.latencyP99, QuantityText.duration),
    ReportColumn("rows/s", MetricCatalog.throughput) { figure, row in
      guard let value = figure.value else { return nil }
      // Where there is no latency, this is what the variants are compared by.
      let ratio = row[MetricCatalog.latencyP50]?.value == nil ? figure.change?.value : nil
      return QuantityText.count(value) + (ratio.map { " (\(mark(figure))\(QuantityText.ratio($0))x)" } ?? "")
    },
    ReportColumn("load", MetricCatalog.load, QuantityText.duration),
    ReportColumn("RAM load", MetricCatalog.loadedMemory, QuantityText.bytes),
    ReportColumn("RAM peak", MetricCatalog.peakMemory, QuantityText.bytes),
    ReportColumn("params", MetricCatalog.parameters, QuantityText.count),
    ReportColumn("nonzero", MetricCatalog.nonzeros) { figure, row in
      guard let nonzeros = figure.value, let all = row[MetricCatalog.parameters]?.value, all > 0 else { return nil }
      return QuantityText.share(nonzeros / all)
    },
    ReportColumn("MACs", MetricCatalog.macs, QuantityText.count),
  ]

  /// What stands in place of the accuracy where there is none: the first that is known.
  static let otherQualities = MetricCatalog.qualities.filter { $0 != ReportMetric.accuracy }.map { metric in
    ReportColumn(metric.name == "drift.agreement" ? "same answers" : metric.name, metric) {
      ChangeText.value($0, metric)
    }
  }

  /// `24.1 µs [23.9, 24.4]`, the interval in the unit of the value.
  static func durationWithInterval(_ figure: Figure) -> String? {
    guard let value = figure.value else { return nil }
    let text = QuantityText.duration(value)
    let factor: Double =
      text.hasSuffix(" ns") ? 1 : text.hasSuffix(" µs") ? 1e3 : text.hasSuffix(" ms") ? 1e6 : 1e9
    return text + interval(figure.interval) { QuantityText.significant($0 / factor, digits: 3) }
  }

  /// ` [95.4, 97.2]`, or nothing.
  static func interval(_ interval: ConfidenceInterval?, _ words: (Double) -> String) -> String {
    guard let interval, interval.low.isFinite, interval.high.isFinite else { return "" }
    return " [\(words(interval.low)), \(words(interval.high))]"
  }

  /// `1.42x as fast`: the baseline's time divided by the variant's. With `~` where no difference is shown.
  static func speed(_ figure: Figure) -> String? {
    figure.change?.value.map { ratio in
      let text = QuantityText.ratio(1 / ratio)
      // A difference that is shown must not read like none.
      let shown = figure.showsChange && text == "1.00" ? QuantityText.fixed(1 / ratio, decimals: 3) : text
      return "\(mark(figure))\(shown)x as fast"
    }
  }

  /// `~` before a change that the evidence does not tell from none.
  static func mark(_ figure: Figure) -> String { figure.showsChange ? "" : "~" }
}
