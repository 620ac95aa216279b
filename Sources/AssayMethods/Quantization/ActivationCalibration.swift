import AssayCore
import AssayONNX

/// Finds the ranges of values on calibration data in one pass, and the mean inputs of layers where they are asked for.
///
/// - Parameter memory: What earlier passes over the same rows showed of the same model; nil keeps nothing.
/// - Throws: `calibration` when there are no rows, `notFinite` naming a value that is NaN or infinite.
func calibratedRanges(
  of scales: [ActivationPlan.Scale], in model: Model, from source: any ActivationSource, by calibration: Calibration,
  scheme: ActivationScheme, means: inout InputMeans?, memory: CalibrationMemory? = nil
) throws(MethodError) -> [ActivationRange] {
  let values = scales.map(\.observed)
  guard !values.isEmpty else { return [] }
  guard calibration.needsHistogram || memory != nil else {
    let extremes = try observed(Extremes.self, of: values, in: model, from: source, means: &means)
    return extremes.map { ActivationRange($0) }
  }
  let histograms: [GrowingHistogram]
  if let known = memory?.histograms(of: values, means: &means) {
    histograms = known
  } else {
    histograms = try observed(GrowingHistogram.self, of: values, in: model, from: source, means: &means)
    memory?.keep(histograms, of: values, means)
  }
  return zip(scales, histograms).map { scale, histogram in
    // Pixels take few values, most of them the background's: no distribution that a divergence could be judged by.
    let isWhole = calibration == .minMax || calibration == .entropy && scale.isModelInput
    return isWhole ? ActivationRange(histogram.extremes) : calibration.range(of: histogram, type: scheme)
  }
}

extension ActivationRange {
  /// All that was seen, and zero.
  fileprivate init(_ extremes: Extremes) {
    self.init(lowest: min(extremes.lowest, 0), highest: max(extremes.highest, 0))
  }
}

/// What is added up of a value, batch after batch.
private protocol ValueStatistic: Sendable {
  init()
  /// Values seen.
  var count: Int { get }
  /// Returns false when a value is NaN or infinite.
  mutating func add(_ values: UnsafeBufferPointer<Float>, countingEvery step: Int) -> Bool
}

extension Extremes: ValueStatistic {
  fileprivate mutating func add(_ values: UnsafeBufferPointer<Float>, countingEvery step: Int) -> Bool { add(values) }
}

extension GrowingHistogram: ValueStatistic {
  fileprivate var count: Int { extremes.count }
}

/// One pass over the calibration rows.
private func observed<Statistic: ValueStatistic>(
  _: Statistic.Type, of values: [String], in model: Model, from source: any ActivationSource, means: inout InputMeans?
) throws(MethodError) -> [Statistic] {
  var names = values
  var positions = Dictionary(values.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  for name in means?.values ?? [] where positions[name] == nil {
    positions[name] = names.count
    names.append(name)
  }
  let meanPositions = (means?.values ?? []).compactMap { positions[$0] }
  var statistics = values.map { _ in Statistic() }
  try source.observe(model, values: names) { batch throws(MethodError) in
    guard batch.count == names.count else {
      throw MethodError(.calibration, "\(batch.count) values were observed instead of \(names.count)")
    }
    for (index, tensor) in batch.prefix(values.count).enumerated() where tensor.elementType != .float {
      throw MethodError(.calibration, "the value is \(tensor.elementType), not float", at: Place(node: values[index]))
    }
    let isSmall = batch.prefix(values.count).reduce(0) { $0 + $1.count } < leastElements
    means?.add(meanPositions.map { batch[$0] }, sideBySide: !isSmall)
    let isFinite = statistics.updated(values.count, sideBySide: !isSmall) { index, statistic in
      let step = countingStep(batch[index], of: source.rowCount)
      return batch[index].withElements(Float.self) { statistic.add($0, countingEvery: step) }
    }
    if let index = isFinite.firstIndex(of: false) {
      throw MethodError(
        .notFinite, "the value is NaN or infinite on the calibration data", at: Place(node: values[index]),
        remedy: "check the preparation of the data (scale, mean, standard deviation)")
    }
  }
  guard statistics.allSatisfy({ $0.count > 0 }) else { throw noRows() }
  return statistics
}

private func noRows() -> MethodError {
  MethodError(.calibration, "the calibration data have no rows", remedy: "ask for more than zero rows")
}

/// How many elements of a batch stand for one that is counted: a histogram does not need every pixel of many images.
///
/// About `mostCounted` of a value are counted over all rows, at least 64 of each row; the step is odd.
private func countingStep(_ batch: Tensor, of rowCount: Int) -> Int {
  let perRow = batch.count / max(batch.shape.first ?? 1, 1)
  let wanted = max(mostCounted / max(rowCount, 1), 64)
  return perRow / wanted > 1 ? perRow / wanted | 1 : 1
}

/// So many values give a bin that holds a thousandth of them to 6 %.
private let mostCounted = 1 << 18

/// Fewer elements of a batch are looked at sooner than another thread begins.
private let leastElements = 1 << 15
