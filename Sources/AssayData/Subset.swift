public import AssayCore

/// Which rows of a dataset are used: the first ones, or a random choice without replacement that its seed determines.
public struct Subset: Sendable, Hashable, Codable {
  /// Number of rows used.
  public var count: Int
  /// Seed of the choice; nil takes the first rows.
  public var seed: UInt64?

  /// A random choice with a seed, the first rows without.
  public init(count: Int, seed: UInt64? = nil) {
    self.count = count
    self.seed = seed
  }

  /// The chosen indices out of `0..<available`, in the order drawn.
  ///
  /// The first `count` steps of a Fisher–Yates shuffle (Knuth, TAOCP 2, algorithm P) whose numbers come from SplitMix64,
  /// unbiased by rejection: the same seed gives the same rows on every machine, and a smaller count gives a prefix of a
  /// larger one. Rows are not stratified by class.
  ///
  /// - Throws: `rows` when more are asked for than there are, or none; `source` names the data in the message.
  /// - Complexity: O(available).
  public func indices(of available: Int, source: String) throws(DataError) -> [Int] {
    guard count > 0, count <= available else {
      throw DataError(
        .rows, "\(count) rows are asked for, but there are \(available)", at: Place(file: source),
        remedy: "ask for 1 to \(available) rows")
    }
    var order = Array(0..<available)
    guard let seed else { return Array(order[..<count]) }
    var generator = SplitMix64(seed: seed)
    for i in 0..<count {
      let remaining = UInt64(available - i)
      order.swapAt(i, i + Int(generator.next(below: remaining)))
    }
    return Array(order[..<count])
  }
}

/// The generator SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014).
struct SplitMix64: Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A number in `0..<bound`, each equally likely (Lemire, "Fast Random Integer Generation in an Interval", 2019).
  mutating func next(below bound: UInt64) -> UInt64 {
    let threshold = (0 &- bound) % bound
    while true {
      let product = bound.multipliedFullWidth(by: next())
      if product.low >= threshold { return product.high }
    }
  }
}
