import AssayCore

/// Finds the few values that stand for many weights with the least squared error: k-means in one dimension.
///
/// Lloyd's algorithm on sorted weights: each value takes the weights up to the middle between it and the next (of a tie
/// the lower value), then becomes their mean, until no weight changes sides (Han, Mao, Dally: Deep Compression, ICLR 2016,
/// section 3). A value that no weight is nearest to, as in the gap that pruning leaves around zero, then takes over half of
/// the weights of the value with the largest squared error, and the rounds go on.
struct CodebookSearch: Sendable {
  /// Where the values begin (section 3.2 of the paper).
  enum Start: String, Sendable, CaseIterable {
    /// Evenly spaced from the least to the largest weight.
    case linear
    /// Evenly spaced in rank, so that each begins with equally many weights.
    case density
    /// Weights chosen by chance.
    case random
  }

  let start: Start
  /// Of the random start.
  let seed: UInt64

  /// A bound for what converges sooner; the values are good long before the last weight has settled.
  private static let mostRounds = 1000

  /// - Parameter count: At least 1.
  /// - Returns: At most `count` values, ascending and different, and the rounds it took; none for no weights.
  /// - Complexity: O(count·log n) for each round.
  func values(of weights: SortedWeights, count: Int) -> (values: [Float], rounds: Int) {
    let total = weights.values.count
    guard total > 0 else { return ([], 0) }
    if let all = weights.distinct(atMost: count) { return (all, 0) }
    var centers = begin(weights, count)
    var ends: [Int] = []
    var rounds = 0
    while rounds < Self.mostRounds {
      rounds += 1
      var newEnds = (1..<count).map { weights.count(upTo: (centers[$0 - 1] + centers[$0]) / 2) }
      newEnds.append(total)
      if newEnds == ends { break }
      ends = newEnds
      for index in 0..<count {
        let range = (index == 0 ? 0 : ends[index - 1])..<ends[index]
        if !range.isEmpty { centers[index] = weights.mean(range) }
      }
      if Self.reuseEmpty(&centers, ends, weights) { ends = [] }
    }
    if ends.isEmpty { ends = (1..<count).map { weights.count(upTo: (centers[$0 - 1] + centers[$0]) / 2) } + [total] }
    var values: [Float] = []
    for index in 0..<count where ends[index] > (index == 0 ? 0 : ends[index - 1]) {
      let value = Float(centers[index])
      if value != values.last { values.append(value == 0 ? 0 : value) }
    }
    return (values, rounds)
  }

  /// Moves values without weights to where the error is largest; whether there were any.
  private static func reuseEmpty(_ centers: inout [Double], _ ends: [Int], _ weights: SortedWeights) -> Bool {
    let ranges = ends.indices.map { ($0 == 0 ? 0 : ends[$0 - 1])..<ends[$0] }
    let empty = ranges.indices.filter { ranges[$0].isEmpty }
    guard !empty.isEmpty else { return false }
    let errors = ranges.indices.map { index in weights.squaredError(ranges[index], around: centers[index]) }
    let worst = ranges.indices.filter { errors[$0] > 0 }.sorted { (errors[$0], $1) > (errors[$1], $0) }
    var isMoved = false
    for (place, index) in zip(empty, worst) {
      let range = ranges[index]
      let split = weights.count(upTo: centers[index])
      guard range.lowerBound < split, split < range.upperBound else { continue }
      centers[index] = weights.mean(range.lowerBound..<split)
      centers[place] = weights.mean(split..<range.upperBound)
      isMoved = true
    }
    centers.sort()
    return isMoved
  }

  private func begin(_ weights: SortedWeights, _ count: Int) -> [Double] {
    let values = weights.values
    let (low, high) = (Double(values[0]), Double(values[values.count - 1]))
    switch start {
    case .linear:
      guard count > 1 else { return [(low + high) / 2] }
      return (0..<count).map { low + (high - low) * Double($0) / Double(count - 1) }
    case .density:
      return (0..<count).map { Double(values[(2 * $0 + 1) * values.count / (2 * count)]) }
    case .random:
      var generator = SeededGenerator(seed: seed)
      return (0..<count).map { _ in Double(values[generator.index(below: values.count)]) }.sorted()
    }
  }
}

extension CodebookSearch {
  /// For each weight the number of the nearest value; `CodebookForm.zero` for zeros where they stay.
  ///
  /// - Parameter values: Ascending, at least one.
  /// - Returns: The numbers, and the squared error Σ(w−ŵ)².
  static func nearest(_ weight: Tensor, _ values: [Float], keepsZeros: Bool) -> (numbers: [UInt16], error: Double) {
    // The greatest float that is not above the middle: comparing with it decides as comparing with the middle itself.
    let bounds = zip(values, values.dropFirst()).map { low, high -> Float in
      let middle = (Double(low) + Double(high)) / 2
      let rounded = Float(middle)
      return Double(rounded) > middle ? rounded.nextDown : rounded
    }
    var error = 0.0
    let numbers = [UInt16](unsafeUninitializedCapacity: weight.count) { target, filled in
      weight.withElements(Float.self) { source in
        bounds.withUnsafeBufferPointer { bounds in
          values.withUnsafeBufferPointer { values in
            for index in source.indices {
              let value = source[index]
              guard value != 0 || !keepsZeros else {
                target[index] = CodebookForm.zero
                continue
              }
              var (low, length) = (0, bounds.count)
              while length > 0 {
                let half = length / 2
                if bounds[low + half] < value {
                  low += half + 1
                  length -= half + 1
                } else {
                  length = half
                }
              }
              target[index] = UInt16(truncatingIfNeeded: low)
              let distance = Double(value) - Double(values[low])
              error += distance * distance
            }
          }
        }
      }
      filled = weight.count
    }
    return (numbers, error)
  }
}
