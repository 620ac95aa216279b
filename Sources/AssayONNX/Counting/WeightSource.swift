public import AssayCore

/// The constant that a node's input comes from, with what stands between them.
struct WeightSource {
  /// Name of the initializer or of the constant node's output: what makes two uses the same weight.
  let name: String
  /// Number of elements.
  let count: Int
  /// nil for a constant that is only described (ConstantOfShape).
  let tensor: Tensor?
  /// Whether a described constant is zero everywhere.
  let isZeroFilled: Bool
  /// The integer that stands for zero, with the axis along which it may vary.
  var zeroPoint: (tensor: Tensor, axis: Int)?
  /// Whether a zero point stands between that is not constant.
  var hasUnknownZeroPoint = false
}

/// Traces values back to constants.
struct WeightTracer {
  let graph: Graph
  let producer: [String: Int]
  let shapes: InferredShapes

  /// Values that arithmetic makes of constants alone, and what lays them out anew: weights that are unpacked at load.
  private let unpacked: Set<String>

  init(graph: Graph, producer: [String: Int], shapes: InferredShapes) {
    (self.graph, self.producer, self.shapes) = (graph, producer, shapes)
    unpacked = Self.unpackedValues(graph)
  }

  /// Operators that unpack integers into weights.
  private static let unpacking: Set<String> = ["Add", "Sub", "Mul", "Div", "Mod", "BitShift", "Slice"]

  private static func unpackedValues(_ graph: Graph) -> Set<String> {
    // What is constant, and what of that arithmetic has been done to.
    var (constant, computed) = (Set<String>(), Set<String>())
    for node in graph.nodes where node.domain.isEmpty {
      let isArithmetic = unpacking.contains(node.opType)
      guard isArithmetic || passing.contains(node.opType), let output = node.output(0), let first = node.input(0),
        node.inputs.allSatisfy({ $0.isEmpty || constant.contains($0) || graph.initializer($0) != nil })
      else { continue }
      constant.insert(output)
      if isArithmetic || computed.contains(first) { computed.insert(output) }
    }
    return computed
  }

  /// Whether arithmetic makes the value of constants alone, as weights of few bits are unpacked.
  func isUnpacked(_ value: String) -> Bool { unpacked.contains(value) }

  /// Operators through which a constant stays the same set of elements.
  private static let passing: Set<String> = [
    "Identity", "Cast", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Flatten",
  ]

  /// The constant that `value` is made of; nil when it depends on an input of the model.
  func source(of value: String) -> WeightSource? {
    var value = value
    var zeroPoint: (tensor: Tensor, axis: Int)?
    var hasUnknownZeroPoint = false
    // A path is not longer than the graph; the bound ends a walk on a cycle.
    for _ in 0...graph.nodes.count {
      if let initializer = graph.initializer(value) {
        return WeightSource(
          name: value, count: initializer.tensor?.count ?? checkedProduct(initializer.shape) ?? 0,
          tensor: initializer.tensor, isZeroFilled: false, zeroPoint: zeroPoint,
          hasUnknownZeroPoint: hasUnknownZeroPoint)
      }
      if unpacked.contains(value), let count = shapes[value].count {
        // How many of the weights are zero could be known by computing them only.
        return WeightSource(
          name: value, count: count, tensor: nil, isZeroFilled: false, hasUnknownZeroPoint: true)
      }
      guard let index = producer[value] else { return nil }
      let node = graph.nodes[index]
      guard node.domain.isEmpty || node.domain == "com.microsoft", let input = node.input(0) else {
        return made(value, by: node)
      }
      switch node.opType {
      case "DequantizeLinear":
        if let name = node.input(2) {
          if let tensor = constant(name) {
            zeroPoint = (tensor, node.int("axis") ?? 1)
          } else {
            hasUnknownZeroPoint = true
          }
        }
      case "QuantizeLinear":
        // The float constant below is the weight; where it rounds to zero is not looked at.
        (zeroPoint, hasUnknownZeroPoint) = (nil, false)
      case _ where Self.passing.contains(node.opType): break
      default: return made(value, by: node)
      }
      value = input
    }
    return nil
  }

  /// The tensor of an initializer or a constant node.
  func constant(_ name: String) -> Tensor? {
    if let tensor = graph.constant(name) { return tensor }
    guard let index = producer[name], graph.nodes[index].isONNX("Constant") else { return nil }
    return graph.nodes[index].tensor("value")
  }

  private func made(_ value: String, by node: Node) -> WeightSource? {
    if node.isONNX("Constant") {
      guard let count = shapes[value].count else { return nil }
      var tensor = node.tensor("value")
      if let floats = node.floats("value_floats") { tensor = Tensor(floats, shape: [floats.count]) }
      return WeightSource(name: value, count: count, tensor: tensor, isZeroFilled: false)
    }
    if node.isONNX("ConstantOfShape"), let count = shapes[value].count {
      let fill = node.tensor("value")?.floatValues()?.first ?? 0
      return WeightSource(name: value, count: count, tensor: nil, isZeroFilled: fill == 0)
    }
    return nil
  }
}

extension WeightSource {
  /// Elements that are not zero; nil when the values, or what stands for zero, are unknown.
  func nonzeros() -> Int? {
    guard !hasUnknownZeroPoint else { return nil }
    guard let tensor else { return isZeroFilled ? 0 : count }
    guard let zeroPoint, let zeros = zeroPoint.tensor.intValues(), let first = zeros.first else {
      return tensor.nonzeroCount
    }
    if zeros.allSatisfy({ $0 == first }) { return tensor.count(differentFrom: first) }
    let axis = zeroPoint.axis < 0 ? zeroPoint.axis + tensor.shape.count : zeroPoint.axis
    guard axis >= 0, axis < tensor.shape.count, tensor.shape[axis] == zeros.count, let values = tensor.intValues()
    else { return nil }
    let inner = tensor.shape[(axis + 1)...].reduce(1, *)
    var nonzeros = 0
    for index in values.indices where values[index] != zeros[index / inner % zeros.count] { nonzeros += 1 }
    return nonzeros
  }
}

extension Tensor {
  /// Elements that are not zero (negative zero is zero, NaN is not); nil for strings and complex numbers.
  ///
  /// - Complexity: O(n), in place for the usual types.
  public var nonzeroCount: Int? {
    switch elementType {
    case .float: counted(UInt32.self) { $0 & 0x7fff_ffff != 0 }
    case .float16, .bfloat16: counted(UInt16.self) { $0 & 0x7fff != 0 }
    case .double: counted(UInt64.self) { $0 << 1 != 0 }
    case .int8, .uint8, .bool: counted(UInt8.self) { $0 != 0 }
    default: floatValues().map { $0.count { $0 != 0 } }
    }
  }

  /// Elements of an integer tensor other than `zero`.
  func count(differentFrom zero: Int) -> Int? {
    switch elementType {
    case .int8: counted(Int8.self) { Int($0) != zero }
    case .uint8: counted(UInt8.self) { Int($0) != zero }
    default: intValues().map { $0.count { $0 != zero } } ?? (zero == 0 ? nonzeroCount : nil)
    }
  }

  /// Counts elements in place, aligned or not.
  @inline(__always)
  private func counted<T: BitwiseCopyable>(_: T.Type, where isCounted: (T) -> Bool) -> Int {
    bytes.withUnsafeBytes { source in
      var count = 0
      for index in 0..<(source.count / MemoryLayout<T>.stride) {
        let element = source.loadUnaligned(fromByteOffset: index &* MemoryLayout<T>.stride, as: T.self)
        count &+= isCounted(element) ? 1 : 0
      }
      return count
    }
  }
}
