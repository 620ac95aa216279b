/// The random numbers of Assay: SplitMix64, the same sequence on every machine for the same seed.
///
/// G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014. Period 2⁶⁴; every seed is
/// good. What is drawn with the methods here (not with the standard library's, whose algorithms may change between
/// versions) stays the same for ever.
public struct SeededGenerator: RandomNumberGenerator, Sendable, Hashable {
  private var state: UInt64

  /// Starts the sequence of `seed`.
  public init(seed: UInt64) { state = seed }

  /// Starts the sequence of a purpose within `seed`: a launch number, a hash of a name.
  ///
  /// Streams of different purposes are unrelated, also where seeds or purposes are neighbours.
  public init(seed: UInt64, stream: UInt64) {
    state = Self.mix(Self.mix(seed &+ 0x9e37_79b9_7f4a_7c15) ^ (stream &+ 0x9e37_79b9_7f4a_7c15))
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return Self.mix(state)
  }

  /// A uniform integer in 0..<`bound`, without bias (Lemire, "Fast Random Integer Generation in an Interval", 2019).
  ///
  /// - Precondition: `bound` is positive.
  public mutating func index(below bound: Int) -> Int {
    precondition(bound > 0)
    let range = UInt64(bound)
    var product = next().multipliedFullWidth(by: range)
    if product.low < range {
      let threshold = (0 &- range) % range
      while product.low < threshold { product = next().multipliedFullWidth(by: range) }
    }
    return Int(product.high)
  }

  /// A uniform number in [0, 1), a multiple of 2⁻⁵³.
  public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A random order of 0..<`count`, all orders equally likely (Fisher–Yates).
  public mutating func permutation(of count: Int) -> [Int] {
    var order = Array(0..<max(0, count))
    guard count > 1 else { return order }
    for last in stride(from: count - 1, to: 0, by: -1) { order.swapAt(last, index(below: last + 1)) }
    return order
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
