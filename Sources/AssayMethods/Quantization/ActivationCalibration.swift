import AssayCore
import AssayONNX

/// Finds the ranges of values on calibration data in one pass, and the mean inputs of layers where they are asked for.
///
/// - Throws: `calibration` when there are no rows, `notFinite` naming a value that is NaN or infinite.
func calibratedRanges(
  of scales: [ActivationPlan.Scale], in model: Model, from source: any ActivationSource, by calibration: Calibration,
  scheme: ActivationScheme, means: inout InputMeans?
) throws(MethodError) -> [ActivationRange] {
  let values = scales.map(\.observed)
  var names = values
  var positions = Dictionary(values.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  for name in means?.values ?? [] where positions[name] == nil {
    positions[name] = names.count
    names.append(name)
  }
  var extremes = [Extremes](repeating: Extremes(), count: values.count)
  var histograms = calibration.needsHistogram ? values.map { _ in GrowingHistogram() } : []
  guard !values.isEmpty else { return [] }
  try source.observe(model, values: names) { batch throws(MethodError) in
    guard batch.count == names.count else {
      throw MethodError(.calibration, "\(batch.count) values were observed instead of \(names.count)")
    }
    for (index, name) in (means?.values ?? []).enumerated() {
      if let position = positions[name] { means?.add(batch[position], at: index) }
    }
    for (index, tensor) in batch.prefix(values.count).enumerated() where tensor.elementType != .float {
      throw MethodError(.calibration, "the value is \(tensor.elementType), not float", at: Place(node: values[index]))
    }
    let isSmall = batch.prefix(values.count).reduce(0) { $0 + $1.count } < leastElements
    let isFinite =
      calibration.needsHistogram
      ? histograms.updated(values.count, sideBySide: !isSmall) { index, histogram in
        let step = countingStep(batch[index])
        return batch[index].withElements(Float.self) { histogram.add($0, countingEvery: step) }
      }
      : extremes.updated(values.count, sideBySide: !isSmall) { index, extremes in
        batch[index].withElements(Float.self) { extremes.add($0) }
      }
    if let index = isFinite.firstIndex(of: false) {
      throw MethodError(
        .notFinite, "the value is NaN or infinite on the calibration data", at: Place(node: values[index]),
        remedy: "check the preparation of the data (scale, mean, standard deviation)")
    }
  }
  if calibration.needsHistogram {
    guard histograms.allSatisfy({ $0.extremes.count > 0 }) else { throw noRows() }
    return zip(scales, histograms).map { scale, histogram in
      // Pixels take few values, most of them the background's: no distribution that a divergence could be judged by.
      let calibration = calibration == .entropy && scale.isModelInput ? .minMax : calibration
      return calibration.range(of: histogram, type: scheme)
    }
  }
  guard extremes.allSatisfy({ $0.count > 0 }) else { throw noRows() }
  return extremes.map { ActivationRange(lowest: min($0.lowest, 0), highest: max($0.highest, 0)) }
}

private func noRows() -> MethodError {
  MethodError(.calibration, "the calibration data have no rows", remedy: "ask for more than zero rows")
}

/// How many elements of a batch stand for one that is counted: a histogram does not need every pixel of a large image.
///
/// About 4,096 of each row are counted; the step is odd.
private func countingStep(_ batch: Tensor) -> Int {
  let perRow = batch.count / max(batch.shape.first ?? 1, 1)
  return perRow / 4096 > 1 ? perRow / 4096 | 1 : 1
}

/// Fewer elements of a batch are looked at sooner than another thread begins.
private let leastElements = 1 << 15

extension Array {
  /// Calls `update` with each of the first `count` elements and returns what the calls return.
  fileprivate mutating func updated(
    _ count: Int, sideBySide: Bool, _ update: (_ index: Int, _ element: inout Element) -> Bool
  ) -> [Bool] {
    guard sideBySide else { return (0..<Swift.min(count, self.count)).map { update($0, &self[$0]) } }
    return withUnsafeMutableBufferPointer { elements in
      guard let first = elements.baseAddress else { return [] }
      // Each call changes an element of its own.
      nonisolated(unsafe) let target = first
      return resultsSideBySide(Swift.min(count, elements.count)) { index in update(index, &target[index]) }
    }
  }
}
