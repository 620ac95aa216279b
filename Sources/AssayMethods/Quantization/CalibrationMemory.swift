import Synchronization

/// What a pass over calibration rows showed of the values of one model: quantizing other layers of it, or finding ranges in
/// another way, then needs no further pass.
///
/// 200 kB for each value, and the sums of layers' inputs.
final class CalibrationMemory: Sendable {
  private let histograms = Mutex<[String: GrowingHistogram]>([:])
  private let sums = Mutex<[String: InputMeans.Sum]>([:])

  /// Histograms of `values`, with the sums of `means` filled in; nil when something of it was not seen yet.
  func histograms(of values: [String], means: inout InputMeans?) -> [GrowingHistogram]? {
    let known = histograms.withLock { histograms in values.compactMap { histograms[$0] } }
    guard known.count == values.count else { return nil }
    if let wanted = means {
      guard let filled = sums.withLock({ wanted.filled(with: $0) }) else { return nil }
      means = filled
    }
    return known
  }

  func keep(_ found: [GrowingHistogram], of values: [String], _ means: InputMeans?) {
    histograms.withLock { histograms in
      for (value, histogram) in zip(values, found) { histograms[value] = histogram }
    }
    guard let means else { return }
    sums.withLock { $0.merge(means.named) { _, new in new } }
  }
}
