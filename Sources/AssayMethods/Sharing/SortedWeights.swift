import AssayCore

/// The elements of a weight in ascending order, with what it takes to sum any run of them at once.
struct SortedWeights: Sendable {
  let values: [Float]
  /// Sums of all elements before each whole block.
  private let sums: [Double]
  private static let block = 64

  /// - Parameter skipsZeros: Whether elements that are zero are left out.
  /// - Precondition: finite float elements.
  /// - Complexity: O(n): a radix sort by three digits of 11 bits.
  init(_ weight: Tensor, skipsZeros: Bool) {
    values = Self.sorted(weight, skipsZeros: skipsZeros)
    var sums: [Double] = [0]
    sums.reserveCapacity(values.count / Self.block + 1)
    values.withUnsafeBufferPointer { values in
      var total = 0.0
      for start in stride(from: 0, through: values.count - Self.block, by: Self.block) {
        for index in start..<(start + Self.block) { total += Double(values[index]) }
        sums.append(total)
      }
    }
    self.sums = sums
  }

  /// Sum of the elements before position `end`.
  private func sum(before end: Int) -> Double {
    let block = end / Self.block
    var total = sums[block]
    for index in (block * Self.block)..<end { total += Double(values[index]) }
    return total
  }

  /// The mean of a run that is not empty.
  func mean(_ range: Range<Int>) -> Double {
    (sum(before: range.upperBound) - sum(before: range.lowerBound)) / Double(range.count)
  }

  /// Σ(w−center)² of a run.
  func squaredError(_ range: Range<Int>, around center: Double) -> Double {
    var sum = 0.0
    for index in range {
      let distance = Double(values[index]) - center
      sum += distance * distance
    }
    return sum
  }

  /// How many elements are at most `bound`.
  func count(upTo bound: Double) -> Int {
    var (low, high) = (0, values.count)
    while low < high {
      let middle = (low + high) / 2
      if Double(values[middle]) <= bound { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The different elements, ascending; nil when there are more than `limit`.
  func distinct(atMost limit: Int) -> [Float]? {
    var found: [Float] = []
    var position = 0
    while position < values.count {
      guard found.count < limit else { return nil }
      found.append(values[position])
      position = count(upTo: Double(values[position]))
    }
    return found
  }

  private static func sorted(_ weight: Tensor, skipsZeros: Bool) -> [Float] {
    var keys: [UInt32] = []
    keys.reserveCapacity(weight.count)
    weight.withElements(Float.self) { source in
      for value in source where !(skipsZeros && value == 0) {
        // Negative zeros are zeros; patterns of negative numbers fall as the numbers rise.
        let bits = (value == 0 ? 0 : value).bitPattern
        keys.append(bits >> 31 == 1 ? ~bits : bits | 1 << 31)
      }
    }
    var other = [UInt32](repeating: 0, count: keys.count)
    for shift in [UInt32(0), 11, 22] {
      keys.withUnsafeBufferPointer { from in
        other.withUnsafeMutableBufferPointer { to in
          var starts = [Int](repeating: 0, count: 1 << 11)
          starts.withUnsafeMutableBufferPointer { starts in
            for key in from { starts[Int(key >> shift & 0x7ff)] &+= 1 }
            var next = 0
            for digit in starts.indices { (starts[digit], next) = (next, next + starts[digit]) }
            for key in from {
              let digit = Int(key >> shift & 0x7ff)
              to[starts[digit]] = key
              starts[digit] &+= 1
            }
          }
        }
      }
      swap(&keys, &other)
    }
    return keys.map { Float(bitPattern: $0 >> 31 == 1 ? $0 & ~(1 << 31) : ~$0) }
  }
}
