import AssayCore

/// Shape rules of operators that view the same elements under another shape.
enum LayoutShapes {
  static func reshape(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let target: [Dimension]
    if let attribute = call.node.ints("shape"), call.inputs.count == 1 {
      target = attribute.map { .fixed($0) }
    } else if let integers = call[1].integers {
      target = integers
    } else {
      guard let rank = call[1].shape?.first?.value, rank <= 16 else { throw .unknown }
      return [InferredValue(call.type(0), Array(repeating: .unknown, count: rank))]
    }
    let input = call[0].shape
    let copiesZero = try call.int("allowzero", 0) == 0
    var result: [Dimension] = []
    var open: Int?
    for (axis, extent) in target.enumerated() {
      switch extent {
      case .fixed(0) where copiesZero:
        if let input, axis >= input.count { throw .contradiction("a 0 at axis \(axis) of shape \(input.text)") }
        result.append(input?[axis] ?? .unknown)
      case .fixed(-1):
        if open != nil { throw .contradiction("the shape \(target.text) has two axes of -1") }
        open = axis
        result.append(.unknown)
      case .fixed(let value) where value < 0:
        throw .contradiction("the shape \(target.text) has a negative extent")
      default: result.append(extent)
      }
    }
    if let input { try complete(&result, open: open, from: input) }
    var value = InferredValue(call.type(0), result)
    if result.fixedExtents != nil { (value.integers, value.numbers) = (call[0].integers, call[0].numbers) }
    return [value]
  }

  /// Fills in the axis of -1, or checks that the number of elements is the same. Names that stand on both sides cancel.
  private static func complete(
    _ result: inout [Dimension], open: Int?, from input: [Dimension]
  ) throws(ShapeProblem) {
    var (left, right) = (input, result)
    if let open { right.remove(at: open) }
    for dimension in input {
      guard case .symbolic = dimension, let index = right.firstIndex(of: dimension),
        let other = left.firstIndex(of: dimension)
      else { continue }
      right.remove(at: index)
      left.remove(at: other)
    }
    guard let known = right.fixedExtents.flatMap(checkedProduct) else { return }
    guard let open else {
      if let total = left.fixedExtents.flatMap(checkedProduct), total != known {
        throw .contradiction("a value of shape \(input.text) cannot have shape \(result.text)")
      }
      return
    }
    if known == 1, left.count == 1 || left.filter({ $0 != .fixed(1) }).count == 1 {
      result[open] = left.first { $0 != .fixed(1) } ?? .fixed(1)
    } else if let total = left.fixedExtents.flatMap(checkedProduct) {
      guard known != 0, total % known == 0 else {
        if known == 0, total == 0 { return }
        throw .contradiction("a value of shape \(input.text) cannot have shape \(result.text)")
      }
      result[open] = .fixed(total / known)
    }
  }

  static func flatten(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let x = try call.shape(0)
    let stated = try call.int("axis", 1)
    let axis = stated < 0 ? stated + x.count : stated
    guard axis >= 0, axis <= x.count else { throw .contradiction("axis \(stated) of a value of rank \(x.count)") }
    return [InferredValue(call.type(0), [Extents.product(x[..<axis]), Extents.product(x[axis...])])]
  }

  static func transpose(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let x = try call.shape(0)
    let order = try call.ints("perm") ?? Array((0..<x.count).reversed())
    guard order.sorted() == Array(0..<x.count) else {
      throw .contradiction("perm \(order) does not order \(x.count) axes")
    }
    var value = InferredValue(call.type(0), order.map { x[$0] })
    if x.count <= 1 { (value.integers, value.numbers) = (call[0].integers, call[0].numbers) }
    return [value]
  }

  static func squeeze(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let x = try call.shape(0)
    let removed: Set<Int>
    if let axes = try call.list("axes", orInput: 1) {
      removed = Set(try call.axes(axes, rank: x.count))
      for axis in removed where x[axis].value.map({ $0 != 1 }) ?? false {
        throw .contradiction("axis \(axis) of \(x.text) cannot be squeezed")
      }
    } else {
      guard x.fixedExtents != nil else { throw .unknown }
      removed = Set(x.indices.filter { x[$0] == .fixed(1) })
    }
    let shape = x.indices.filter { !removed.contains($0) }.map { x[$0] }
    return [keepingContents(call, shape)]
  }

  static func unsqueeze(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let x = try call.shape(0)
    guard let axes = try call.list("axes", orInput: 1) else { throw .contradiction("axes are missing") }
    let added = Set(try call.axes(axes, rank: x.count + axes.count))
    var (shape, next) = ([Dimension](), 0)
    for axis in 0..<(x.count + axes.count) {
      if added.contains(axis) {
        shape.append(.fixed(1))
      } else {
        shape.append(x[next])
        next += 1
      }
    }
    return [keepingContents(call, shape)]
  }

  private static func keepingContents(_ call: ShapeCall, _ shape: [Dimension]) -> InferredValue {
    var value = call[0]
    value.shape = shape
    return value
  }

  static func depthToSpace(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let x = try call.shape(0, rank: 4...4)
    let block = try call.int("blocksize", 0)
    guard block >= 1, block <= 1 << 20 else { throw .contradiction("blocksize is \(block)") }
    if let channels = x[1].value, channels % (block * block) != 0 {
      throw .contradiction("\(channels) channels cannot be divided by \(block)²")
    }
    let channels: Dimension = x[1].value.map { .fixed($0 / (block * block)) } ?? .unknown
    return [
      InferredValue(
        call.type(0), [x[0], channels, Extents.product(x[2], .fixed(block)), Extents.product(x[3], .fixed(block))])
    ]
  }

  static func spaceToDepth(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let x = try call.shape(0, rank: 4...4)
    let block = try call.int("blocksize", 0)
    guard block >= 1, block <= 1 << 20 else { throw .contradiction("blocksize is \(block)") }
    func divided(_ extent: Dimension) -> Dimension { extent.value.map { .fixed($0 / block) } ?? .unknown }
    let channels = Extents.product(x[1], .fixed(block * block))
    return [InferredValue(call.type(0), [x[0], channels, divided(x[2]), divided(x[3])])]
  }
}
