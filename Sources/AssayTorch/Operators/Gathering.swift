import AssayCore
import AssayONNX

/// Operators that read or write at positions given by a tensor.
enum Gathering {
  static let gather: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let axis = plan.node.int("axis") ?? 0
    // Indices that are known and not negative need no correction in a run.
    let isNatural =
      plan.node.input(1).flatMap { plan.constants.peek($0)?.intValues() }?.allSatisfy { $0 >= 0 } ?? false
      && plan.known(1) != nil
    return { call throws(TorchError) in
      let (input, given) = (try call.input(0), try call.input(1))
      var shape = input.shape
      let place = try checkedAxis(axis, rank: shape.count)
      let indices = try isNatural ? onDevice(given, input) : natural(aten, onDevice(given, input), shape[place])
      let indexShape = indices.shape
      let flat = indexShape.count == 1 ? indices : try aten.reshape(indices, [-1])
      let result = try aten.select(input, axis: place, flat)
      if indexShape.count == 1 { return [result] }
      shape.replaceSubrange(place...place, with: indexShape)
      return [try aten.reshape(result, shape)]
    }
  }

  /// Shapes and indices are computed on the host; they follow the data.
  private static func onDevice(_ indices: TorchTensor, _ data: TorchTensor) throws(TorchError) -> TorchTensor {
    data.device == indices.device ? indices : try indices.moved(to: data.device)
  }

  /// Negative indices counted from the end, as 64-bit integers.
  private static func natural(
    _ aten: ATen, _ indices: TorchTensor, _ extent: Int
  ) throws(TorchError) -> TorchTensor {
    let wide = try aten.cast(indices, to: .int64)
    return try aten.add(wide, try aten.multiply(try aten.isLess(wide, than: 0), integer: extent))
  }

  static let gatherElements: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let axis = plan.node.int("axis") ?? 0
    let operation = try plan.operation("aten::gather")
    return { call throws(TorchError) in
      let input = try call.input(0)
      let shape = input.shape
      let place = try checkedAxis(axis, rank: shape.count)
      let indices = try natural(aten, onDevice(try call.input(1), input), shape[place])
      return [try operation(.tensor(input), .int(place), .tensor(indices))]
    }
  }

  /// Positions, in rows of the slices they name, of the tuples of indices that the last axis holds.
  ///
  /// - Returns: `rows` of shape [number of tuples], and the input's extents behind those that tuples name.
  private static func rows(
    _ aten: ATen, _ shape: [Int], _ given: TorchTensor, batch: Int
  ) throws(TorchError) -> (rows: TorchTensor, rest: [Int]) {
    let indexShape = given.shape
    guard let depth = indexShape.last, batch >= 0, batch < indexShape.count, batch <= shape.count,
      depth <= shape.count - batch, indexShape[..<batch] == shape[..<batch]
    else {
      throw .run("indices of shape \(indexShape) do not fit \(shape)")
    }
    let extents = Array(shape[batch..<(batch + depth)])
    let wide = try aten.cast(given, to: .int64)
    let limits = try aten.integers(extents, on: given.device)
    let indices = try aten.add(
      wide, try aten.multiply(limits, try aten.cast(try aten.isLess(wide, than: 0), to: .int64)))
    // A wrong index must not become another element's.
    guard try aten.library.call("aten::ge.Scalar", .tensor(indices), 0)[0].isAll(aten),
      try aten.library.call("aten::lt.Tensor", .tensor(indices), .tensor(limits))[0].isAll(aten)
    else {
      throw .run("an index is outside \(extents)")
    }
    var strides = [Int](repeating: 1, count: depth)
    for level in extents.indices.dropLast().reversed() { strides[level] = strides[level + 1] * extents[level + 1] }
    let scaled = try aten.multiply(indices, try aten.integers(strides, on: given.device))
    var rows = try aten.reshape(try aten.sum(scaled, [indexShape.count - 1], keep: false), [-1])
    let batches = try elementCount(shape[..<batch])
    if batch > 0, batches > 0 {
      let size = try elementCount(extents)
      let starts = try aten.integers((0..<batches).map { $0 * size }, shape: [batches, 1], on: given.device)
      rows = try aten.reshape(try aten.add(try aten.reshape(rows, [batches, -1]), starts), [-1])
    }
    return (rows, Array(shape[(batch + depth)...]))
  }

  static let gatherND: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let batch = plan.node.int("batch_dims") ?? 0
    return { call throws(TorchError) in
      let input = try call.input(0)
      let indices = try onDevice(try call.input(1), input)
      let (rows, rest) = try rows(aten, input.shape, indices, batch: batch)
      let slices = try aten.reshape(input, [-1, try elementCount(rest)])
      return [try aten.reshape(try aten.select(slices, axis: 0, rows), indices.shape.dropLast() + rest)]
    }
  }

  static let scatterElements: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let axis = plan.node.int("axis") ?? 0
    let scatter = try scattering(plan)
    return { call throws(TorchError) in
      let input = try call.input(0)
      let shape = input.shape
      let place = try checkedAxis(axis, rank: shape.count)
      let indices = try natural(aten, onDevice(try call.input(1), input), shape[place])
      return [try scatter(input, place, indices, try call.input(2))]
    }
  }

  static let scatterND: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let scatter = try scattering(plan)
    return { call throws(TorchError) in
      let (input, updates) = (try call.input(0), try call.input(2))
      let indices = try onDevice(try call.input(1), input)
      let (rows, rest) = try rows(aten, input.shape, indices, batch: 0)
      let (count, width) = (rows.count, try elementCount(rest))
      guard updates.count == count * width else {
        throw .run("updates of shape \(updates.shape) for indices of \(indices.shape)")
      }
      let index = try aten.expand(try aten.reshape(rows, [count, 1]), [count, width])
      let result = try scatter(
        try aten.reshape(input, [-1, width]), 0, index, try aten.reshape(updates, [count, width]))
      return [try aten.reshape(result, input.shape)]
    }
  }

  private typealias Scatter = (TorchTensor, _ axis: Int, _ indices: TorchTensor, _ updates: TorchTensor)
    throws(TorchError) -> TorchTensor

  /// Writes or combines updates along an axis, as the attribute says.
  private static func scattering(_ plan: NodePlan) throws(TorchError) -> Scatter {
    let kinds = ["mul": "prod", "max": "amax", "min": "amin"]
    switch plan.node.string("reduction") ?? "none" {
    case "none", "add":
      let operation = try plan.operation(
        plan.node.string("reduction") == "add" ? "aten::scatter_add" : "aten::scatter.src")
      return { input, axis, indices, updates throws(TorchError) in
        try operation(.tensor(input), .int(axis), .tensor(indices), .tensor(updates))
      }
    case let name:
      guard let kind = kinds[name] else { throw plan.failure("reduction '\(name)' is unknown") }
      let operation = try plan.operation("aten::scatter_reduce.two")
      return { input, axis, indices, updates throws(TorchError) in
        try operation(.tensor(input), .int(axis), .tensor(indices), .tensor(updates), .string(kind))
      }
    }
  }

  static let oneHot: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let axis = plan.node.int("axis") ?? -1
    guard let depth = try plan.number(input: 1) else { throw plan.failure("the depth is missing") }
    let equal = try plan.operation("aten::eq.Tensor")
    return { call throws(TorchError) in
      let (given, values) = (try call.input(0), try call.input(2))
      var shape = given.shape
      let place = try checkedAxis(axis, rank: shape.count + 1)
      guard let depth = Int(exactly: try depth(call)), depth > 0, depth <= largestMade, values.count == 2 else {
        throw .run("the depth or \(values.count) values cannot be")
      }
      let indices = try natural(aten, given, depth)
      let places = try aten.integers(
        Array(0..<depth), shape: [depth] + shape[place...].map { _ in 1 }, on: given.device)
      shape.insert(1, at: place)
      let isHot = try equal(.tensor(try aten.reshape(indices, shape)), .tensor(places))
      let (off, on) = (
        try aten.narrow(values, axis: 0, from: 0, count: 1), try aten.narrow(values, axis: 0, from: 1, count: 1)
      )
      return [try aten.choose(isHot, on, off)]
    }
  }

  /// Coordinates of the elements that are not zero, one axis a row.
  static let nonZero: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let operation = try plan.operation("aten::nonzero")
    return { call throws(TorchError) in
      [try aten.transpose(try operation(.tensor(try call.input(0))), 0, 1)]
    }
  }
}

extension TorchTensor {
  /// Whether every element of a boolean tensor is true.
  fileprivate func isAll(_ aten: ATen) throws(TorchError) -> Bool {
    try aten.library.call("aten::all", .tensor(self))[0].number() != 0
  }
}
