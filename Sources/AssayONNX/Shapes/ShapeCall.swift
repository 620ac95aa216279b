import AssayCore

/// Why a rule gives no shape.
enum ShapeProblem: Error {
  /// Too little is known of the inputs.
  case unknown
  /// The inputs cannot be right, in words.
  case contradiction(String)
}

/// From what is known of a node's inputs to what is known of its outputs, one value each; a shorter list leaves the
/// remaining outputs unknown.
typealias ShapeRule = @Sendable (ShapeCall) throws(ShapeProblem) -> [InferredValue]

/// One node as a shape rule sees it.
struct ShapeCall {
  let node: Node
  /// Version of the operator set of the node's domain.
  let version: Int
  let inputs: [InferredValue]

  func has(_ index: Int) -> Bool { node.input(index) != nil }

  /// The input, with nothing known of it when it is left out.
  subscript(index: Int) -> InferredValue { index < inputs.count ? inputs[index] : InferredValue() }

  func type(_ index: Int) -> ElementType? { self[index].elementType }

  func shape(_ index: Int) throws(ShapeProblem) -> [Dimension] {
    guard let shape = self[index].shape else { throw .unknown }
    return shape
  }

  /// The shape, whose rank must be one of `ranks`.
  func shape(_ index: Int, rank ranks: ClosedRange<Int>) throws(ShapeProblem) -> [Dimension] {
    let shape = try shape(index)
    guard ranks.contains(shape.count) else {
      throw .contradiction("input \(index) has rank \(shape.count) (shape \(shape.text))")
    }
    return shape
  }

  /// The known integers of an input.
  func integers(_ index: Int) throws(ShapeProblem) -> [Int] {
    guard let values = self[index].fixedIntegers else { throw .unknown }
    return values
  }

  /// An integer attribute within ±2³⁰, so that sums and products of two do not overflow.
  func int(_ name: String, _ fallback: Int) throws(ShapeProblem) -> Int {
    guard let value = node.int(name) else { return fallback }
    guard value.magnitude <= 1 << 30 else { throw .contradiction("the attribute '\(name)' is \(value)") }
    return value
  }

  /// A list of integers within ±2³⁰; nil when the node has none.
  func ints(_ name: String) throws(ShapeProblem) -> [Int]? {
    guard let values = node.ints(name) else { return nil }
    for value in values where value.magnitude > 1 << 30 {
      throw .contradiction("the attribute '\(name)' contains \(value)")
    }
    return values
  }

  /// A list given by input `index`, or in older operator sets by the attribute; nil when there is neither.
  func list(_ name: String, orInput index: Int) throws(ShapeProblem) -> [Int]? {
    if let values = node.ints(name) { return values }
    return has(index) ? try integers(index) : nil
  }

  /// An axis counted from the front.
  func axis(_ axis: Int, rank: Int) throws(ShapeProblem) -> Int {
    guard axis >= -rank, axis < rank else { throw .contradiction("axis \(axis) of a value of rank \(rank)") }
    return axis < 0 ? axis + rank : axis
  }

  /// Axes counted from the front.
  func axes(_ axes: [Int], rank: Int) throws(ShapeProblem) -> [Int] {
    var result: [Int] = []
    for axis in axes { result.append(try self.axis(axis, rank: rank)) }
    guard Set(result).count == result.count else { throw .contradiction("an axis stands twice in \(axes)") }
    return result
  }
}

/// Arithmetic on extents of which some are only names.
enum Extents {
  /// The common extent of two axes that are broadcast against each other (ONNX, "Broadcasting").
  static func broadcast(_ a: Dimension, _ b: Dimension) throws(ShapeProblem) -> Dimension {
    switch (a, b) {
    case (.fixed(1), let other), (let other, .fixed(1)): return other
    case (.fixed(let x), .fixed(let y)):
      guard x == y else { throw .contradiction("extents \(x) and \(y) cannot be broadcast") }
      return a
    case (.fixed, _): return a
    case (_, .fixed): return b
    default: return a == b ? a : .unknown
    }
  }

  static func broadcast(_ shapes: [[Dimension]]) throws(ShapeProblem) -> [Dimension] {
    var result: [Dimension] = []
    for shape in shapes {
      let rank = max(result.count, shape.count)
      let a = Array(repeating: Dimension.fixed(1), count: rank - result.count) + result
      let b = Array(repeating: Dimension.fixed(1), count: rank - shape.count) + shape
      var merged: [Dimension] = []
      do {
        for (x, y) in zip(a, b) { merged.append(try broadcast(x, y)) }
      } catch {
        throw .contradiction("shapes \(result.text) and \(shape.text) cannot be broadcast")
      }
      result = merged
    }
    return result
  }

  /// What two axes that must be equal are; the more definite of the two.
  static func equal(_ a: Dimension, _ b: Dimension, _ what: String) throws(ShapeProblem) -> Dimension {
    if let x = a.value, let y = b.value, x != y { throw .contradiction("\(what): \(x) and \(y)") }
    return a.value != nil ? a : b.value != nil ? b : a == b ? a : .unknown
  }

  static func product(_ a: Dimension, _ b: Dimension) -> Dimension {
    switch (a, b) {
    case (.fixed(1), let other), (let other, .fixed(1)): other
    case (.fixed(0), _), (_, .fixed(0)): .fixed(0)
    case (.fixed(let x), .fixed(let y)): checkedProduct([x, y]).map { .fixed($0) } ?? .unknown
    default: .unknown
    }
  }

  static func product(_ shape: some Sequence<Dimension>) -> Dimension { shape.reduce(.fixed(1), product) }

  static func sum(_ a: Dimension, _ b: Dimension) -> Dimension {
    switch (a, b) {
    case (.fixed(0), let other), (let other, .fixed(0)): return other
    case (.fixed(let x), .fixed(let y)):
      let (sum, overflow) = x.addingReportingOverflow(y)
      return overflow ? .unknown : .fixed(sum)
    default: return .unknown
    }
  }
}
