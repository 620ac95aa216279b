import AssayCore

/// Shape rules of operators that make values: constants, shapes, ranges.
enum ConstantShapes {
  static func constant(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    guard let attribute = call.node.attributes.first(where: { $0.name != "doc_string" }) else {
      throw .contradiction("the constant has no value")
    }
    switch attribute.value {
    case .tensor(let stored):
      guard let tensor = stored.tensor else { return [InferredValue(nil, stored.shape.map { .fixed($0) })] }
      return [followed(tensor)]
    case .int(let value): return [InferredValue(.int64, [], integers: [.fixed(value)])]
    case .ints(let values):
      return [InferredValue(.int64, [.fixed(values.count)], integers: values.map { .fixed($0) })]
    case .float(let value): return [followed(Tensor(scalar: value))]
    case .floats(let values): return [followed(Tensor(values, shape: [values.count]))]
    case .string: return [InferredValue(.string, [])]
    case .strings(let values): return [InferredValue(.string, [.fixed(values.count)])]
    default: throw .unknown
    }
  }

  /// Type, shape and, where it is small, the contents of a tensor.
  static func followed(_ tensor: Tensor) -> InferredValue {
    var value = InferredValue(tensor.elementType, tensor.shape.map { .fixed($0) })
    guard tensor.count <= 1024 else { return value }
    if let integers = tensor.intValues() { value.integers = integers.map { .fixed($0) } }
    if tensor.elementType.isFloatingPoint { value.numbers = tensor.floatValues() }
    return value
  }

  static func constantOfShape(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    guard let extents = call[0].integers else {
      // The number of extents is the rank.
      guard let rank = call[0].shape?.first?.value, rank <= 16 else { throw .unknown }
      return [InferredValue(call.node.tensor("value")?.elementType ?? .float, Array(repeating: .unknown, count: rank))]
    }
    let fill = call.node.tensor("value")
    var value = InferredValue(fill?.elementType ?? .float, extents)
    if let count = value.count, count >= 0, count <= 1024, let element = fill.flatMap({ $0.intValues() })?.first {
      value.integers = Array(repeating: .fixed(element), count: count)
    }
    return [value]
  }

  static func shape(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let shape = try call.shape(0)
    func bound(_ name: String, _ fallback: Int) -> Int {
      // Exporters write the largest integer for "to the end".
      let value = call.node.int(name) ?? fallback
      return min(max(value < 0 ? value + shape.count : value, 0), shape.count)
    }
    let (start, end) = (bound("start", 0), bound("end", shape.count))
    let part = start < end ? Array(shape[start..<end]) : []
    return [InferredValue(.int64, [.fixed(part.count)], integers: part)]
  }

  static func size(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    [InferredValue(.int64, [], integers: call[0].shape.map { [Extents.product($0)] })]
  }

  static func range(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    var value = InferredValue(call.type(0), [.unknown])
    if let start = call[0].fixedIntegers?.first, let limit = call[1].fixedIntegers?.first,
      let delta = call[2].fixedIntegers?.first, delta != 0, let count = steps(from: start, to: limit, by: delta)
    {
      value.shape = [.fixed(count)]
      if count <= 1024 { value.integers = (0..<count).map { .fixed(start + $0 * delta) } }
    } else if let start = call[0].numbers?.first, let limit = call[1].numbers?.first,
      let delta = call[2].numbers?.first,
      let count = Int(exactly: ((limit - start) / delta).rounded(.up))
    {
      value.shape = [.fixed(max(count, 0))]
    }
    return [value]
  }

  private static func steps(from start: Int, to limit: Int, by delta: Int) -> Int? {
    let (distance, overflow) = limit.subtractingReportingOverflow(start)
    guard !overflow, distance.magnitude <= largestExtent, delta.magnitude <= largestExtent else { return nil }
    return max((distance + delta - delta.signum()) / delta, 0)
  }

  /// Random values of the shape in an attribute.
  static func ofShapeAttribute(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    guard let shape = try call.ints("shape") else { throw .contradiction("the attribute 'shape' is missing") }
    let type = Int32(exactly: call.node.int("dtype") ?? 1).flatMap(ElementType.init(rawValue:))
    return [InferredValue(type, shape.map { .fixed($0) })]
  }
}
