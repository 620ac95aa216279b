import AssayCore
import AssayONNX

/// Operators that change the shape or the order of elements.
enum Shaping {
  static func reshape(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    guard var shape = try call.integers("shape", orInput: 1) else { throw call.failure("the shape is missing") }
    if (call.node.int("allowzero") ?? 0) == 0 {
      for (axis, extent) in shape.enumerated() where extent == 0 {
        guard axis < input.shape.count else { throw call.failure("0 at axis \(axis) copies an axis that is not there") }
        shape[axis] = input.shape[axis]
      }
    }
    let open = shape.indices.filter { shape[$0] == -1 }
    guard open.count <= 1 else { throw call.failure("shape \(shape) has more than one -1") }
    if let open = open.first {
      shape[open] = 1
      let known = try call.count(shape)
      guard known > 0, input.count % known == 0 else {
        throw call.failure("the \(input.count) elements of \(input.shape) do not divide into \(shape)")
      }
      shape[open] = input.count / known
    }
    guard try call.count(shape) == input.count else {
      throw call.failure("the \(input.count) elements of \(input.shape) do not fill \(shape)")
    }
    return [input.reshaped(shape)]
  }

  static func flatten(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let rank = input.shape.count
    let given = call.node.int("axis") ?? 1
    let axis = given == rank ? rank : try call.axis(given, rank: rank)
    let rows = input.shape[..<axis].reduce(1, *)
    return [input.reshaped([rows, input.shape[axis...].reduce(1, *)])]
  }

  static func squeeze(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let ones = input.shape.indices.filter { input.shape[$0] == 1 }
    let axes = try call.integers("axes", orInput: 1).map { given throws(EngineError) in
      try call.axes(given, rank: input.shape.count)
    }
    for axis in axes ?? [] where input.shape[axis] != 1 {
      throw call.failure("axis \(axis) of \(input.shape) is not 1")
    }
    let removed = Set(axes ?? Array(ones))
    return [input.reshaped(input.shape.indices.filter { !removed.contains($0) }.map { input.shape[$0] })]
  }

  static func unsqueeze(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    guard let given = try call.integers("axes", orInput: 1) else { throw call.failure("the axes are missing") }
    var shape = input.shape
    for axis in try call.axes(given, rank: shape.count + given.count) { shape.insert(1, at: axis) }
    return [input.reshaped(shape)]
  }

  static func transpose(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let permutation = call.node.ints("perm") ?? Array(input.shape.indices.reversed())
    guard permutation.sorted().elementsEqual(input.shape.indices) else {
      throw call.failure("perm \(permutation) does not order the axes of \(input.shape)")
    }
    return [try call.transposed(input, permutation)]
  }

  static func expand(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let shape = try call.integers(try call.input(1))
    _ = try call.count(shape)
    return [try call.expanded(input, to: try call.broadcast([input.shape, shape]))]
  }

  static func tile(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let repeats = try call.integers(try call.input(1))
    guard repeats.count == input.shape.count, repeats.allSatisfy({ $0 >= 0 && $0 <= OperatorCall.elementLimit }) else {
      throw call.failure("repeats \(repeats) do not fit shape \(input.shape)")
    }
    let shape = zip(input.shape, repeats).map { $0 * $1 }
    _ = try call.count(shape)
    let strides = rowMajorStrides(input.shape)
    let offsets = shape.indices.map { axis in (0..<shape[axis]).map { $0 % input.shape[axis] * strides[axis] } }
    return [try call.picking(input, gridPositions(offsets), shape: shape)]
  }

  static func depthToSpace(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let block = call.node.int("blocksize") ?? 0
    guard input.shape.count == 4, block > 0, block < 1 << 16, input.shape[1] % (block * block) == 0 else {
      throw call.failure("blocksize \(block) does not divide the channels of \(input.shape)")
    }
    let (batch, depth, height, width) = (
      input.shape[0], input.shape[1] / (block * block), input.shape[2], input.shape[3]
    )
    let turned: Tensor
    switch call.node.string("mode") ?? "DCR" {
    case "DCR":
      turned = try call.transposed(
        input.reshaped([batch, block, block, depth, height, width]), [0, 3, 4, 1, 5, 2])
    case "CRD":
      turned = try call.transposed(
        input.reshaped([batch, depth, block, block, height, width]), [0, 1, 4, 2, 5, 3])
    case let mode: throw call.failure("mode '\(mode)' is neither DCR nor CRD")
    }
    return [turned.reshaped([batch, depth, height * block, width * block])]
  }

  static func spaceToDepth(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let block = call.node.int("blocksize") ?? 0
    guard input.shape.count == 4, block > 0, block < 1 << 16, input.shape[2] % block == 0, input.shape[3] % block == 0
    else {
      throw call.failure("blocksize \(block) does not divide the height and width of \(input.shape)")
    }
    let (batch, depth, height, width) = (input.shape[0], input.shape[1], input.shape[2] / block, input.shape[3] / block)
    let turned = try call.transposed(
      input.reshaped([batch, depth, height, block, width, block]), [0, 3, 5, 1, 2, 4])
    return [turned.reshaped([batch, depth * block * block, height, width])]
  }

  /// Keeps one triangle of every matrix, shifted by k diagonals.
  static func trilu(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    guard input.shape.count >= 2 else { throw call.failure("shape \(input.shape) has no matrices") }
    let isUpper = (call.node.int("upper") ?? 1) != 0
    let shift = truncated(try call.optional(1).map { k throws(EngineError) in try call.scalar(k) } ?? 0, Int32.self)
    let (height, width) = (input.shape[input.shape.count - 2], input.shape[input.shape.count - 1])
    let positions = (0..<input.count).map { index in
      let (row, column) = (index / width % height, index % width)
      let diagonal = column - row - Int(shift)
      return (isUpper ? diagonal >= 0 : diagonal <= 0) ? index : -1
    }
    return [try call.picking(input, positions, shape: input.shape)]
  }

  static func reverseSequence(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let lengths = try call.integers(try call.input(1))
    let (batchAxis, timeAxis) = (call.node.int("batch_axis") ?? 1, call.node.int("time_axis") ?? 0)
    guard input.shape.count >= 2, [batchAxis, timeAxis].sorted() == [0, 1], lengths.count == input.shape[batchAxis],
      lengths.allSatisfy({ $0 >= 0 && $0 <= input.shape[timeAxis] })
    else {
      throw call.failure("lengths \(lengths) or axes do not fit shape \(input.shape)")
    }
    let strides = rowMajorStrides(input.shape)
    let positions = (0..<input.count).map { index in
      let batch = index / strides[batchAxis] % input.shape[batchAxis]
      let time = index / strides[timeAxis] % input.shape[timeAxis]
      guard time < lengths[batch] else { return index }
      return index + (lengths[batch] - 1 - 2 * time) * strides[timeAxis]
    }
    return [try call.picking(input, positions, shape: input.shape)]
  }
}
