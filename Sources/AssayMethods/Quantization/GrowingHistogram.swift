import AssayCore

/// Counts of values in bins whose width doubles as larger values come, and the exact least and greatest value.
///
/// Bin i holds the values with trunc(x/width) = i; the bin of zero is thus twice as wide. The width is a power of two,
/// so that division and merging are exact and the result does not depend on the order of the values. At least 2,048
/// and fewer than 4,096 bins lie between zero and the largest magnitude.
///
/// - Complexity: O(n) time, 200 kB.
struct GrowingHistogram: Sendable {
  /// Bins on each side of zero.
  static let half = 4096
  /// Consecutive values go to different copies of a bin: runs of zeros would otherwise wait for each other.
  private static let copies = 4

  private(set) var extremes = Extremes()
  /// log2 of the bin width; nil while all values were zero.
  private var exponent: Int?
  private var fast: [UInt32]
  private var slow: [UInt64]
  private var sinceFlush = 0

  init() {
    fast = [UInt32](repeating: 0, count: Self.copies * 2 * Self.half)
    slow = [UInt64](repeating: 0, count: 2 * Self.half)
  }

  /// Adds values; returns false, with the histogram unusable, when one of them is NaN or infinite.
  ///
  /// - Parameter step: Only every so many-th value is counted; the extremes are those of all. Odd steps visit all columns
  ///   of images whose width is even.
  mutating func add(_ values: UnsafeBufferPointer<Float>, countingEvery step: Int = 1) -> Bool {
    let chunk = max(step, 8192 / step * step)
    for start in stride(from: 0, to: values.count, by: chunk) {
      let part = UnsafeBufferPointer(rebasing: values[start..<min(start + chunk, values.count)])
      guard extremes.add(part) else { return false }
      let largest = max(-extremes.lowest, extremes.highest)
      widen(toHold: largest)
      count(part, every: step)
    }
    return true
  }

  /// The width of a bin; 1 while all values were zero.
  var width: Float { exponent.map { Float(sign: .plus, exponent: $0, significand: 1) } ?? 1 }

  /// Counts of bins −4,095 ... 4,095; the bin of zero is at index 4,095.
  func counts() -> [UInt64] {
    var result = slow
    for copy in 0..<Self.copies {
      for index in result.indices { result[index] += UInt64(fast[copy * 2 * Self.half + index]) }
    }
    // Index 0 would be −4,096, which no value reaches.
    return Array(result.dropFirst())
  }

  private mutating func widen(toHold largest: Float) {
    guard largest > 0 else { return }
    // The smallest power of two above `largest`, over 4,096; not below what a float can divide by.
    let needed = max(Int(largest.exponent), -100) + 1 - 12
    guard let current = exponent else {
      exponent = needed
      return
    }
    guard needed > current else { return }
    flush()
    let shift = min(needed - current, 13)
    var merged = [UInt64](repeating: 0, count: slow.count)
    for (index, count) in slow.enumerated() where count > 0 {
      let bin = index - Self.half
      merged[(bin < 0 ? -(-bin >> shift) : bin >> shift) + Self.half] += count
    }
    slow = merged
    exponent = needed
  }

  private mutating func flush() {
    for copy in 0..<Self.copies {
      for index in slow.indices { slow[index] += UInt64(fast[copy * 2 * Self.half + index]) }
    }
    for index in fast.indices { fast[index] = 0 }
    sinceFlush = 0
  }

  private mutating func count(_ values: UnsafeBufferPointer<Float>, every step: Int) {
    if sinceFlush > 1 << 30 { flush() }
    sinceFlush += values.count
    let inverse = 1 / width
    fast.withUnsafeMutableBufferPointer { fast in
      guard let source = values.baseAddress, let bins = fast.baseAddress else { return }
      let (first, second) = (bins + Self.half, bins + 3 * Self.half)
      let (third, fourth) = (bins + 5 * Self.half, bins + 7 * Self.half)
      let whole = values.count - 3 * step
      var index = 0
      while index < whole {
        first[Int(source[index] * inverse)] &+= 1
        second[Int(source[index &+ step] * inverse)] &+= 1
        third[Int(source[index &+ 2 &* step] * inverse)] &+= 1
        fourth[Int(source[index &+ 3 &* step] * inverse)] &+= 1
        index &+= 4 &* step
      }
      while index < values.count {
        first[Int(source[index] * inverse)] &+= 1
        index &+= step
      }
    }
  }
}

/// The least and the greatest of the values seen.
struct Extremes: Sendable {
  private(set) var lowest: Float = .infinity
  private(set) var highest: Float = -.infinity
  private(set) var count = 0

  /// Adds values; returns false when one of them is NaN or infinite.
  mutating func add(_ values: UnsafeBufferPointer<Float>) -> Bool {
    guard let source = values.baseAddress, !values.isEmpty else { return true }
    var low = SIMD16<Float>(repeating: lowest)
    var high = SIMD16<Float>(repeating: highest)
    // NaN and infinity times zero are NaN, and stay so in a sum.
    var check = SIMD16<Float>(repeating: 0)
    let whole = values.count / 16 * 16
    for start in stride(from: 0, to: whole, by: 16) {
      let block = UnsafeRawPointer(source + start).loadUnaligned(as: SIMD16<Float>.self)
      low.replace(with: block, where: block .< low)
      high.replace(with: block, where: block .> high)
      check += block * 0
    }
    (lowest, highest) = (low.min(), high.max())
    var sum = check.sum()
    for index in whole..<values.count {
      let value = source[index]
      if value < lowest { lowest = value }
      if value > highest { highest = value }
      sum += value * 0
    }
    count += values.count
    return sum == 0
  }
}
