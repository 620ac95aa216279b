import AssayCore
import AssayONNX

/// Computes a node's outputs, in order; trailing outputs that it never makes are left out.
typealias Operator = @Sendable (_ call: OperatorCall) throws(EngineError) -> [Tensor]

/// One application of an operator: the node, the version it is written in, and its arguments.
struct OperatorCall {
  let node: Node
  /// Version of the node's operator set.
  let opset: Int
  /// nil for an optional input left out.
  let inputs: [Tensor?]

  /// More elements than any test needs; beyond it a shape is taken for a mistake before memory is asked for.
  static let elementLimit = 1 << 26

  func failure(_ message: String) -> EngineError { EngineError(.inference, "\(node.opType): \(message)") }

  func unsupported(_ what: String) -> EngineError {
    EngineError(.unsupported, "the reference engine does not have \(what) (operator \(node.opType))")
  }

  /// The required input `index`.
  func input(_ index: Int) throws(EngineError) -> Tensor {
    guard index < inputs.count, let tensor = inputs[index] else { throw failure("input \(index) is missing") }
    return tensor
  }

  /// The input `index`, nil when it is left out.
  func optional(_ index: Int) -> Tensor? { index < inputs.count ? inputs[index] : nil }

  /// A negative axis counted from the end, checked.
  func axis(_ axis: Int, rank: Int) throws(EngineError) -> Int {
    guard axis >= -rank, axis < rank else { throw failure("axis \(axis) is outside rank \(rank)") }
    return axis < 0 ? axis + rank : axis
  }

  /// Distinct axes, each checked, ascending.
  func axes(_ axes: [Int], rank: Int) throws(EngineError) -> [Int] {
    var checked: Set<Int> = []
    for value in axes {
      guard checked.insert(try axis(value, rank: rank)).inserted else { throw failure("axis \(value) occurs twice") }
    }
    return checked.sorted()
  }

  /// The whole numbers of a small integer tensor: a shape, axes, indices.
  func integers(_ tensor: Tensor) throws(EngineError) -> [Int] {
    switch tensor.elementType {
    case .int64: return tensor.elements(Int64.self).map { Int($0) }
    case .int32: return tensor.elements(Int32.self).map { Int($0) }
    default: throw failure("an input is \(tensor.elementType) where int64 or int32 is needed")
    }
  }

  /// The integers of attribute `name` or, where the operator's newer versions have it as an input, of input `index`.
  func integers(_ name: String, orInput index: Int) throws(EngineError) -> [Int]? {
    if let tensor = optional(index) { return try integers(tensor) }
    return node.ints(name)
  }

  /// The attribute `name`, of values that cannot overflow in products of two.
  func moderateInts(_ name: String) throws(EngineError) -> [Int]? {
    guard let values = node.ints(name) else { return nil }
    guard values.allSatisfy({ $0.magnitude <= Int(Int32.max) }) else { throw failure("\(name) \(values) is too large") }
    return values
  }

  /// The only element of a tensor, as a real number.
  func scalar(_ tensor: Tensor) throws(EngineError) -> Double {
    guard tensor.count == 1 else { throw failure("an input of shape \(tensor.shape) must be a scalar") }
    return try reals(tensor)[0]
  }

  /// The number of elements of a shape that is about to be made.
  func count(_ shape: [Int]) throws(EngineError) -> Int {
    var count = 1
    for extent in shape where extent != 0 {
      guard extent > 0 else { throw failure("shape \(shape) has a negative extent") }
      // Zeros are left out, so that products of some of the axes stay small too.
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= Self.elementLimit else {
        throw failure("shape \(shape) has more than \(Self.elementLimit) elements")
      }
      count = product
    }
    return shape.contains(0) ? 0 : count
  }

  /// Numpy's broadcasting: aligned at the last axis, an extent of 1 stretches.
  func broadcast(_ shapes: [[Int]]) throws(EngineError) -> [Int] {
    let rank = shapes.map(\.count).max() ?? 0
    var result = [Int](repeating: 1, count: rank)
    for shape in shapes {
      for (offset, extent) in shape.reversed().enumerated() where extent != 1 {
        let axis = rank - 1 - offset
        guard result[axis] == 1 || result[axis] == extent else {
          throw failure("shapes \(shapes) do not broadcast")
        }
        result[axis] = extent
      }
    }
    _ = try count(result)
    return result
  }
}
