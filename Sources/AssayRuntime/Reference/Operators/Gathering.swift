import AssayCore
import AssayONNX

/// Operators that read or write at positions given by a tensor.
enum Gathering {
  static func gather(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let (input, indices) = (try call.input(0), try call.input(1))
    let axis = try call.axis(call.node.int("axis") ?? 0, rank: input.shape.count)
    let chosen = try places(call, indices, extent: input.shape[axis])
    let result = try Joining.sliced(call, input, axis: axis, chosen)
    var shape = input.shape
    shape.replaceSubrange(axis...axis, with: indices.shape)
    return [result.reshaped(shape)]
  }

  /// Indices within 0..<extent, negative ones counted from the end.
  private static func places(_ call: OperatorCall, _ indices: Tensor, extent: Int) throws(EngineError) -> [Int] {
    let values = try call.integers(indices)
    guard values.allSatisfy({ $0 >= -extent && $0 < extent }) else {
      throw call.failure("an index is outside the axis of \(extent)")
    }
    return values.map { $0 < 0 ? $0 + extent : $0 }
  }

  static func gatherElements(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let (input, indices) = (try call.input(0), try call.input(1))
    return [try call.picking(input, try elementPositions(call, input.shape, indices), shape: indices.shape)]
  }

  /// For each index, the position of the element it names: its own coordinates, but for the axis.
  private static func elementPositions(
    _ call: OperatorCall, _ shape: [Int], _ indices: Tensor
  ) throws(EngineError) -> [Int] {
    let axis = try call.axis(call.node.int("axis") ?? 0, rank: shape.count)
    guard indices.shape.count == shape.count,
      shape.indices.allSatisfy({ $0 == axis || indices.shape[$0] <= shape[$0] })
    else {
      throw call.failure("indices of shape \(indices.shape) do not fit \(shape)")
    }
    let strides = rowMajorStrides(shape)
    var offsets = indices.shape.indices.map { axis in (0..<indices.shape[axis]).map { $0 * strides[axis] } }
    offsets[axis] = [Int](repeating: 0, count: indices.shape[axis])
    let places = try places(call, indices, extent: shape[axis])
    return zip(gridPositions(offsets), places).map { $0 + $1 * strides[axis] }
  }

  static func gatherND(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let (input, indices) = (try call.input(0), try call.input(1))
    let batch = call.node.int("batch_dims") ?? 0
    let starts = try tupleStarts(call, input.shape, indices, batch: batch)
    let depth = indices.shape[indices.shape.count - 1]
    let rest = Array(input.shape[(batch + depth)...])
    let size = rest.reduce(1, *)
    let shape = indices.shape.dropLast() + rest
    _ = try call.count(Array(shape))
    return [try call.picking(input, starts.flatMap { $0..<($0 + size) }, shape: Array(shape))]
  }

  /// For each tuple of indices (the last axis), the position where its slice begins.
  private static func tupleStarts(
    _ call: OperatorCall, _ shape: [Int], _ indices: Tensor, batch: Int
  ) throws(EngineError) -> [Int] {
    guard let depth = indices.shape.last, batch >= 0, batch < indices.shape.count, batch <= shape.count,
      depth <= shape.count - batch, indices.shape[..<batch] == shape[..<batch]
    else {
      throw call.failure("indices of shape \(indices.shape) do not fit \(shape)")
    }
    let values = try call.integers(indices)
    let strides = rowMajorStrides(shape)
    let tuples = indices.shape.dropLast().reduce(1, *)
    let batches = shape[..<batch].reduce(1, *)
    let batchSize = shape[batch...].reduce(1, *)
    var starts: [Int] = []
    for tuple in 0..<tuples {
      var position = tuple / Swift.max(1, tuples / Swift.max(1, batches)) * batchSize
      for level in 0..<depth {
        let (index, extent) = (values[tuple * depth + level], shape[batch + level])
        guard index >= -extent, index < extent else { throw call.failure("index \(index) is outside \(extent)") }
        position += (index < 0 ? index + extent : index) * strides[batch + level]
      }
      starts.append(position)
    }
    return starts
  }

  static func scatterElements(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let (input, indices, updates) = (try call.input(0), try call.input(1), try call.input(2))
    guard updates.shape == indices.shape else {
      throw call.failure("updates of shape \(updates.shape) for indices of \(indices.shape)")
    }
    return [try scattered(call, input, updates, try elementPositions(call, input.shape, indices))]
  }

  static func scatterND(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let (input, indices, updates) = (try call.input(0), try call.input(1), try call.input(2))
    let starts = try tupleStarts(call, input.shape, indices, batch: 0)
    let size = input.shape[(indices.shape.last ?? 0)...].reduce(1, *)
    guard updates.shape == Array(indices.shape.dropLast() + input.shape[(indices.shape.last ?? 0)...]) else {
      throw call.failure("updates of shape \(updates.shape) for indices of \(indices.shape)")
    }
    return [try scattered(call, input, updates, starts.flatMap { $0..<($0 + size) })]
  }

  /// `input` with the updates written, or combined, at `positions`.
  private static func scattered(
    _ call: OperatorCall, _ input: Tensor, _ updates: Tensor, _ positions: [Int]
  ) throws(EngineError) -> Tensor {
    guard input.elementType == updates.elementType else {
      throw call.failure("updates of \(updates.elementType) in a tensor of \(input.elementType)")
    }
    let reduction = call.node.string("reduction") ?? "none"
    if reduction == "none" {
      let both = try Joining.joined(call, [input.flat, updates.flat], axis: 0)
      var sources = Array(0..<input.count)
      for (update, position) in positions.enumerated() { sources[position] = input.count + update }
      return try call.picking(both, sources, shape: input.shape)
    }
    let combine: (Double, Double) -> Double
    switch reduction {
    case "add": combine = { $0 + $1 }
    case "mul": combine = { $0 * $1 }
    case "max": combine = { Swift.max($0, $1) }
    case "min": combine = { Swift.min($0, $1) }
    default: throw call.failure("reduction '\(reduction)' is unknown")
    }
    var values = try call.reals(input)
    for (position, update) in zip(positions, try call.reals(updates)) {
      values[position] = combine(values[position], update)
    }
    return try call.tensor(.real(values), as: input.elementType, shape: input.shape)
  }

  static func oneHot(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let (indices, values) = (try call.input(0), try call.input(2))
    let depth = truncated(try call.scalar(try call.input(1)), Int.self)
    let rank = indices.shape.count
    let axis = try call.axis(call.node.int("axis") ?? -1, rank: rank + 1)
    guard depth > 0, depth <= OperatorCall.elementLimit, values.count == 2 else {
      throw call.failure("depth \(depth) or \(values.count) values cannot be")
    }
    var shape = indices.shape
    shape.insert(depth, at: axis)
    let inner = indices.shape[axis...].reduce(1, *)
    let hot = try call.reals(indices).map { value in
      let index = truncated(value, Int.self)
      return index < 0 ? index &+ depth : index
    }
    let positions = (0..<(try call.count(shape))).map { place in
      let outer = place / Swift.max(1, inner * depth)
      return hot[outer * inner + place % inner] == place / inner % depth ? 1 : 0
    }
    return [try call.picking(values, positions, shape: shape)]
  }

  /// Coordinates of the elements that are not zero, one axis a row.
  static func nonZero(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let values = try call.reals(input)
    let found = values.indices.filter { values[$0] != 0 }
    let strides = rowMajorStrides(input.shape)
    let rows = input.shape.indices.flatMap { axis in found.map { Int64($0 / strides[axis] % input.shape[axis]) } }
    return [Tensor(rows, shape: [input.shape.count, found.count])]
  }
}
