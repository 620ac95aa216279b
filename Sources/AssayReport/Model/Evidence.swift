import AssayCore
import AssayJudge
import AssayMeasure

enum ReportMetric {
  /// The accuracy that tables and charts show.
  static let accuracy = Metric("accuracy.top1", unit: "fraction", .higherIsBetter, .quality)
  /// Bytes of the packed file, where a variant was packed.
  static let packedSize = Metric("size.packed", unit: "B", .lowerIsBetter, .exact)
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
