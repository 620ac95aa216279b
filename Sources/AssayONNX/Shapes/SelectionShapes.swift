import AssayCore

/// Shape rules of operators that pick, repeat and join elements.
enum SelectionShapes {
  static func concat(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    [try join(call, Array(call.inputs.indices), axis: try call.int("axis", call.version < 4 ? 1 : 0))]
  }

  /// Joins the inputs at `indices`.
  static func join(_ call: ShapeCall, _ indices: [Int], axis: Int) throws(ShapeProblem) -> InferredValue {
    guard let first = indices.first else { throw .contradiction("nothing to join") }
    var shape = try call.shape(first)
    let axis = try call.axis(axis, rank: shape.count)
    for index in indices.dropFirst() {
      let other = try call.shape(index, rank: shape.count...shape.count)
      for position in shape.indices {
        shape[position] =
          position == axis
          ? Extents.sum(shape[position], other[position])
          : try Extents.equal(shape[position], other[position], "extents of axis \(position) of joined values")
      }
    }
    var value = InferredValue(call.type(first), shape)
    if shape.count == 1 {
      value.integers = joined(indices.map { call[$0].integers })
      value.numbers = joined(indices.map { call[$0].numbers })
    }
    return value
  }

  private static func joined<T>(_ parts: [[T]?]) -> [T]? {
    let known = parts.compactMap { $0 }
    return known.count == parts.count ? known.flatMap { $0 } : nil
  }

  static func split(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let x = try call.shape(0)
    let axis = try call.axis(try call.int("axis", 0), rank: x.count)
    let parts = call.node.outputs.count
    var sizes: [Dimension]
    if let stated = try call.list("split", orInput: 1) {
      guard stated.count == parts else { throw .contradiction("\(stated.count) sizes for \(parts) outputs") }
      if let total = x[axis].value, stated.reduce(0, &+) != total {
        throw .contradiction("sizes \(stated) do not add up to \(total)")
      }
      sizes = stated.map { .fixed($0) }
    } else if let total = x[axis].value, parts > 0 {
      // The last part is the smaller one when the axis does not divide.
      let chunk = (total + parts - 1) / parts
      sizes = (0..<parts).map { .fixed(max(min(chunk, total - $0 * chunk), 0)) }
      if total % parts != 0, call.version < 18 { throw .contradiction("\(total) cannot be split into \(parts)") }
    } else {
      sizes = Array(repeating: .unknown, count: parts)
    }
    return sizes.map { size in
      var shape = x
      shape[axis] = size
      return InferredValue(call.type(0), shape)
    }
  }

  static func slice(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    var shape = try call.shape(0)
    guard let (starts, ends, axes, steps) = try sliceOperands(call, rank: shape.count) else {
      // Which axes are cut is known more often than where.
      if let axes = call[3].fixedIntegers {
        for axis in try call.axes(axes, rank: shape.count) { shape[axis] = .unknown }
      } else {
        shape = Array(repeating: .unknown, count: shape.count)
      }
      return [InferredValue(call.type(0), shape)]
    }
    var integers = shape.count == 1 ? call[0].integers : nil
    for (index, axis) in axes.enumerated() {
      let step = steps[index]
      guard step != 0 else { throw .contradiction("a step of 0") }
      guard let extent = shape[axis].value else {
        let whole = starts[index] == 0 && step == 1 && ends[index] >= 1 << 31 - 1
        if !whole { shape[axis] = .unknown }
        integers = nil
        continue
      }
      let taken = positions(start: starts[index], end: ends[index], step: step, extent: extent)
      shape[axis] = .fixed(taken.count)
      if let known = integers { integers = (0..<taken.count).map { known[taken.first + $0 * taken.step] } }
    }
    return [InferredValue(call.type(0), shape, integers: integers)]
  }

  private typealias SliceOperands = (starts: [Int], ends: [Int], axes: [Int], steps: [Int])

  private static func sliceOperands(_ call: ShapeCall, rank: Int) throws(ShapeProblem) -> SliceOperands? {
    let operands: (starts: [Int]?, ends: [Int]?, axes: [Int]?, steps: [Int]?)
    if call.inputs.count == 1 {
      operands = (call.node.ints("starts"), call.node.ints("ends"), call.node.ints("axes"), nil)
    } else {
      operands = (call[1].fixedIntegers, call[2].fixedIntegers, call[3].fixedIntegers, call[4].fixedIntegers)
      if call.has(3) && operands.axes == nil || call.has(4) && operands.steps == nil { return nil }
    }
    guard let starts = operands.starts, let ends = operands.ends else { return nil }
    let axes = operands.axes ?? Array(starts.indices)
    let steps = operands.steps ?? Array(repeating: 1, count: starts.count)
    guard starts.count == ends.count, starts.count == axes.count, starts.count == steps.count else {
      throw .contradiction("starts, ends, axes and steps have different lengths")
    }
    return (starts, ends, try call.axes(axes, rank: rank), steps)
  }

  /// The positions that ONNX's Slice takes of an axis: negative numbers count from the end, all are clamped.
  private static func positions(
    start: Int, end: Int, step: Int, extent: Int
  ) -> (first: Int, count: Int, step: Int) {
    func clamped(_ value: Int, _ low: Int, _ high: Int) -> Int {
      min(max(value < 0 ? value + extent : value, low), high)
    }
    let step = min(max(step, -largestExtent), largestExtent)
    if step > 0 {
      let first = clamped(start, 0, extent)
      return (first, max((clamped(end, 0, extent) - first + step - 1) / step, 0), step)
    }
    let first = clamped(start, -1, extent - 1)
    return (first, max((first - clamped(end, -1, extent - 1) - step - 1) / -step, 0), step)
  }

  /// Gather: the axis is replaced by the shape of the indices.
  static func gather(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let (data, indices) = (try call.shape(0), try call.shape(1))
    let axis = try call.axis(try call.int("axis", 0), rank: data.count)
    var value = InferredValue(call.type(0), Array(data[..<axis]) + indices + Array(data[(axis + 1)...]))
    if data.count == 1, let positions = call[1].fixedIntegers {
      value.integers = try picked(call[0].integers, positions)
      value.numbers = try picked(call[0].numbers, positions)
    }
    return [value]
  }

  private static func picked<T>(_ values: [T]?, _ positions: [Int]) throws(ShapeProblem) -> [T]? {
    guard let values else { return nil }
    var result: [T] = []
    for position in positions {
      guard position >= -values.count, position < values.count else {
        throw .contradiction("index \(position) of \(values.count) elements")
      }
      result.append(values[position < 0 ? position + values.count : position])
    }
    return result
  }

  static func gatherElements(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    [InferredValue(call.type(0), try call.shape(1))]
  }

  static func gatherND(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let (data, indices) = (try call.shape(0), try call.shape(1))
    let batch = try call.int("batch_dims", 0)
    guard let depth = indices.last?.value else { throw .unknown }
    guard batch >= 0, depth >= 0, batch + depth <= data.count else {
      throw .contradiction("indices of depth \(depth) into a value of rank \(data.count)")
    }
    return [InferredValue(call.type(0), Array(indices.dropLast()) + Array(data[(batch + depth)...]))]
  }

  static func expand(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let x = try call.shape(0)
    guard let target = call[1].integers else {
      guard let rank = call[1].shape?.first?.value, rank <= 16 else { throw .unknown }
      return [InferredValue(call.type(0), Array(repeating: .unknown, count: max(rank, x.count)))]
    }
    var value = InferredValue(call.type(0), try Extents.broadcast([x, target]))
    if let one = call[0].integers, one.count == 1, let count = value.count, count >= 0, count <= 1024 {
      value.integers = Array(repeating: one[0], count: count)
    }
    return [value]
  }

  static func tile(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let x = try call.shape(0)
    guard let repeats = call[1].integers else {
      return [InferredValue(call.type(0), Array(repeating: .unknown, count: x.count))]
    }
    guard repeats.count == x.count else { throw .contradiction("\(repeats.count) repeats for rank \(x.count)") }
    return [InferredValue(call.type(0), zip(x, repeats).map { Extents.product($0, $1) })]
  }

  static func pad(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let x = try call.shape(0)
    let pads: [Int]
    let attribute = call.node.attribute("pads") == nil ? "paddings" : "pads"
    if let stated = try call.ints(attribute) {
      pads = stated
    } else if let known = call[1].fixedIntegers {
      pads = known
    } else {
      return [InferredValue(call.type(0), Array(repeating: .unknown, count: x.count))]
    }
    var axes = Array(x.indices)
    if call.has(3) { axes = try call.axes(try call.integers(3), rank: x.count) }
    guard pads.count == 2 * axes.count else { throw .contradiction("\(pads.count) pads for \(axes.count) axes") }
    var shape = x
    for (index, axis) in axes.enumerated() {
      shape[axis] = Extents.sum(x[axis], Extents.sum(.fixed(pads[index]), .fixed(pads[index + axes.count])))
    }
    return [InferredValue(call.type(0), shape)]
  }

  static func resize(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let x = try call.shape(0)
    let scalesAt = call.node.opType == "Upsample" || call.version < 11 ? 1 : 2
    var axes = Array(x.indices)
    if let stated = try call.ints("axes") { axes = try call.axes(stated, rank: x.count) }
    var shape = x
    if scalesAt == 2, call.has(3) {
      guard call.node.string("keep_aspect_ratio_policy") ?? "stretch" == "stretch" else { throw .unknown }
      guard let sizes = call[3].integers, sizes.count == axes.count else { throw .unknown }
      for (index, axis) in axes.enumerated() { shape[axis] = sizes[index] }
      return [InferredValue(call.type(0), shape)]
    }
    guard let scales = call.node.floats("scales") ?? call[scalesAt].numbers, scales.count == axes.count else {
      return [InferredValue(call.type(0), Array(repeating: .unknown, count: x.count))]
    }
    for (index, axis) in axes.enumerated() where scales[index] != 1 {
      shape[axis] =
        x[axis].value.flatMap { Int(exactly: (Float($0) * scales[index]).rounded(.down)) }
        .map { .fixed($0) } ?? .unknown
    }
    return [InferredValue(call.type(0), shape)]
  }

  static func topK(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    var shape = try call.shape(0)
    let axis = try call.axis(try call.int("axis", -1), rank: shape.count)
    shape[axis] = call.node.int("k").map { .fixed($0) } ?? call[1].integers?.first ?? .unknown
    return [InferredValue(call.type(0), shape), InferredValue(.int64, shape)]
  }

  static func oneHot(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    var shape = try call.shape(0)
    let axis = try call.axis(try call.int("axis", -1), rank: shape.count + 1)
    shape.insert(call[1].integers?.first ?? .unknown, at: axis)
    return [InferredValue(call.type(2), shape)]
  }

  static func nonZero(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    [InferredValue(.int64, [.fixed(try call.shape(0).count), .unknown])]
  }
}
