public import AssayCore

/// What tests draw; name the seed in every failure text.
extension SeededGenerator {
  /// An integer of `range`, each equally likely.
  public mutating func integer(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + index(below: range.count)
  }

  /// `count` numbers, uniform in `range`.
  public mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
    (0..<count).map { _ in Float.random(in: range, using: &self) }
  }

  /// `count` numbers of the standard normal distribution (Box–Muller would need a logarithm: the sum of twelve uniform
  /// numbers less six is close enough for tests).
  public mutating func normals(_ count: Int) -> [Float] {
    (0..<count).map { _ in (0..<12).reduce(Float(-6)) { sum, _ in sum + Float.random(in: 0..<1, using: &self) } }
  }

  /// A float tensor of that shape, uniform in `range`.
  public mutating func tensor(_ shape: [Int], in range: ClosedRange<Float> = -1...1) -> Tensor {
    Tensor(floats(shape.reduce(1, *), in: range), shape: shape)
  }
}
