/// A column of the result table: a title and the words of each cell.
struct ReportColumn: Sendable {
  var title: String
  var metric: ReportMetric
  /// The cell of a measured figure; nil where there is nothing to say (the baseline's own change).
  var cell: @Sendable (ReportFigure) -> String?

  /// The words of the cell, a dash where there is no value.
  func text(_ row: ReportRow) -> String {
    guard let figure = row.figure(metric), figure.value != nil else { return "–" }
    return cell(figure) ?? "–"
  }

  /// Every column, in the order shown; a narrow table keeps the first ones together.
  static let all: [ReportColumn] = [
    ReportColumn(title: "accuracy, 95 %", metric: .accuracy) { figure in
      guard let value = figure.value else { return nil }
      return QuantityText.percent(value) + interval(figure.low, figure.high) { QuantityText.fixed($0 * 100, decimals: 1) }
    },
    ReportColumn(title: "change", metric: .accuracy) { figure in
      figure.change.map { mark($0) + QuantityText.points($0.value) + " pp" }
    },
    ReportColumn(title: "p50, 95 %", metric: .latencyP50, cell: durationWithInterval),
    ReportColumn(title: "speed", metric: .latencyP50) { figure in figure.change.map(speed) },
    ReportColumn(title: "file", metric: .fileSize) { figure in
      guard let value = figure.value else { return nil }
      return QuantityText.bytes(value) + (figure.change.map { " (\(QuantityText.ratio($0.value))x)" } ?? "")
    },
    ReportColumn(title: "int8", metric: .int8Share) { $0.value.map(QuantityText.share) },
    ReportColumn(title: "p90", metric: .latencyP90) { $0.value.map(QuantityText.duration) },
    ReportColumn(title: "p99", metric: .latencyP99) { $0.value.map(QuantityText.duration) },
    ReportColumn(title: "throughput", metric: .throughput) { $0.value.map(QuantityText.rate) },
    ReportColumn(title: "load", metric: .load) { $0.value.map(QuantityText.duration) },
    ReportColumn(title: "RSS loaded", metric: .memoryAfterLoad) { $0.value.map(QuantityText.bytes) },
    ReportColumn(title: "RSS peak", metric: .memoryPeak) { $0.value.map(QuantityText.bytes) },
    ReportColumn(title: "params", metric: .parameters) { $0.value.map(QuantityText.count) },
    ReportColumn(title: "nonzeros", metric: .nonzeros) { $0.value.map(QuantityText.share) },
    ReportColumn(title: "MACs", metric: .macs) { $0.value.map(QuantityText.count) },
  ]

  /// `24.1 µs [23.9, 24.4]`, the interval in the unit of the value.
  private static let durationWithInterval: @Sendable (ReportFigure) -> String? = { figure in
    guard let value = figure.value else { return nil }
    let text = QuantityText.duration(value)
    let factor: Double =
      text.hasSuffix(" ns") ? 1 : text.hasSuffix(" µs") ? 1e3 : text.hasSuffix(" ms") ? 1e6 : 1e9
    return text + interval(figure.low, figure.high) { QuantityText.significant($0 / factor, digits: 3) }
  }

  /// ` [95.4, 97.2]`, or nothing.
  static func interval(_ low: Double?, _ high: Double?, _ words: (Double) -> String) -> String {
    guard let low, let high, low.isFinite, high.isFinite else { return "" }
    return " [\(words(low)), \(words(high))]"
  }

  /// `1.42x as fast`: the baseline's time divided by the variant's. With `~` where no difference is shown.
  static func speed(_ change: ReportChange) -> String {
    "\(mark(change))\(QuantityText.ratio(1 / change.value))x as fast"
  }

  /// `~` before a change that the evidence does not tell from none.
  static func mark(_ change: ReportChange) -> String { change.isShown ? "" : "~" }
}
