import AssayCore

/// Percentile interval of the median launch score by a hierarchical bootstrap.
///
/// Each of `replicates` times, launches are drawn with replacement, and within each drawn launch its block rounds; the
/// statistic is the median over the drawn launches of the median of the drawn rounds (A. Davison, D. Hinkley, Bootstrap
/// Methods, section 3.8). The interval runs between the type 7 quantiles of the replicates at (1 ∓ confidence)/2. Equal
/// seeds give equal intervals. Laws: within the range of the values; a constant gives that constant; widens with the
/// confidence. Empty launches are left out; nil when none is left or a value is not finite.
///
/// - Complexity: O(replicates · n log n) for n values in all.
public func hierarchicalBootstrap(
  _ launches: [[Double]], replicates: Int = 2000, seed: UInt64 = 1, confidence: Double = 0.95
) -> ConfidenceInterval? {
  let filled = launches.filter { !$0.isEmpty }
  guard !filled.isEmpty, filled.allSatisfy({ $0.allSatisfy(\.isFinite) }), confidence > 0, confidence < 1 else {
    return nil
  }
  var generator = SeededGenerator(seed: seed)
  var statistics: [Double] = []
  statistics.reserveCapacity(max(1, replicates))
  var launchMedians = [Double](repeating: 0, count: filled.count)
  var rounds: [Double] = []
  for _ in 0..<max(1, replicates) {
    for drawn in launchMedians.indices {
      let launch = filled[generator.index(below: filled.count)]
      rounds.removeAll(keepingCapacity: true)
      for _ in launch { rounds.append(launch[generator.index(below: launch.count)]) }
      launchMedians[drawn] = sortedMedian(&rounds)
    }
    statistics.append(sortedMedian(&launchMedians))
  }
  guard let sorted = SortedValues(statistics) else { return nil }
  return ConfidenceInterval(
    low: sorted.quantile((1 - confidence) / 2), high: sorted.quantile((1 + confidence) / 2), coverage: confidence)
}

/// The median of values that are not empty, which it leaves sorted.
private func sortedMedian(_ values: inout [Double]) -> Double {
  values.sort()
  let middle = values.count / 2
  return values.count.isMultiple(of: 2) ? midpoint(values[middle - 1], values[middle]) : values[middle]
}
