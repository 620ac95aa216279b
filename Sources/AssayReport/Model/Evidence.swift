import AssayCore
import AssayJudge
import AssayMeasure

enum ReportMetric {
  /// The accuracy that tables and charts show.
  static let accuracy = Metric("accuracy.top1", unit: "fraction", .higherIsBetter, .quality)
  /// Names of the metrics that say what the packed file is made of begin so: `size.packed.codebooks`.
  static let packedPart = "size.packed."
}

extension Change {
  /// Whether the evidence excludes "no change": an interval without it, or for exact figures a difference.
  ///
  /// Words like "as fast as" without a reservation rest on this.
  func isShown(for kind: MetricKind) -> Bool {
    guard let value else { return false }
    let none = self.kind == .ratio ? 1.0 : 0.0
    if kind == .exact { return value != none }
    guard let interval else { return false }
    return !interval.contains(none)
  }
}

extension Figure {
  /// Whether a change is there and is told from none.
  var showsChange: Bool { change?.isShown(for: metric.kind) ?? false }
}

extension ReportGroup {
  /// Whether a variant is smaller packed than it runs, so that the packed size says something of its own.
  var isAnyPacked: Bool {
    for row in rows {
      guard let packed = row[MetricCatalog.packedSize]?.value, let file = row[MetricCatalog.fileSize]?.value else {
        continue
      }
      if packed != file { return true }
    }
    return false
  }
}
