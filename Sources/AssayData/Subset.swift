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
    var generator = SeededGenerator(seed: seed)
    for i in 0..<count { order.swapAt(i, i + generator.index(below: available - i)) }
    return Array(order[..<count])
  }
}
