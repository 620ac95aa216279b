import AssayCore
import AssayONNX

/// Operators that put tensors together and take them apart.
enum Joining {
  static func concat(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    var parts: [Tensor] = []
    for index in call.inputs.indices { parts.append(try call.input(index)) }
    let rank = parts.first?.shape.count ?? 0
    let axis = call.node.int("axis") ?? (call.opset < 4 ? 1 : nil)
    guard let axis else { throw call.failure("the axis is missing") }
    return [try joined(call, parts, axis: try call.axis(axis, rank: rank))]
  }

  /// One tensor of all `parts` along `axis`.
  static func joined(_ call: OperatorCall, _ parts: [Tensor], axis: Int) throws(EngineError) -> Tensor {
    guard let first = parts.first else { throw call.failure("there is nothing to join") }
    var shape = first.shape
    shape[axis] = 0
    for part in parts {
      var rest = part.shape
      guard rest.count == shape.count, part.elementType == first.elementType else {
        throw call.failure("inputs of different type or rank cannot be joined")
      }
      shape[axis] += rest[axis]
      rest[axis] = shape[axis]
      guard rest == shape else { throw call.failure("shapes \(parts.map(\.shape)) differ beyond axis \(axis)") }
    }
    let count = try call.count(shape)
    // Blocks from `axis` on are contiguous in every part.
    let outer = shape[..<axis].reduce(1, *)
    guard let width = first.elementType.bitWidth, width >= 8 else { return try joinedSmall(call, parts, axis, shape) }
    let bytes = Bytes(count: count * width / 8) { target in
      var offset = 0
      for row in 0..<outer {
        for part in parts where part.count > 0 {
          part.bytes.withUnsafeBytes { source in
            let size = source.count / outer
            let block = UnsafeRawBufferPointer(rebasing: source[(row * size)..<((row + 1) * size)])
            UnsafeMutableRawBufferPointer(rebasing: target[offset..<(offset + size)]).copyMemory(from: block)
            offset += size
          }
        }
      }
    }
    return try call.tensor(first.elementType, shape: shape, bytes: bytes)
  }

  /// Strings and packed elements: all elements in a row, then picked.
  private static func joinedSmall(
    _ call: OperatorCall, _ parts: [Tensor], _ axis: Int, _ shape: [Int]
  ) throws(EngineError) -> Tensor {
    var positions: [Int] = []
    let outer = shape[..<axis].reduce(1, *)
    for row in 0..<outer {
      var start = 0
      for part in parts {
        let size = part.count / outer
        positions += (start + row * size)..<(start + (row + 1) * size)
        start += part.count
      }
    }
    let total = [parts.reduce(0) { $0 + $1.count }]
    let type = parts[0].elementType
    let flat: Tensor
    if let width = type.bitWidth {
      flat = try call.tensor(
        type, shape: total, bytes: packed(parts.flatMap { unpacked($0, width: width) }, width: width))
    } else {
      guard let strings = Tensor(strings: parts.flatMap(\.strings), shape: total) else {
        throw call.failure("the strings do not fill shape \(total)")
      }
      flat = strings
    }
    return try call.picking(flat, positions, shape: shape)
  }

  /// Equal parts, or parts of the given sizes (an attribute before opset 13, an input since).
  static func split(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let axis = try call.axis(call.node.int("axis") ?? 0, rank: input.shape.count)
    let extent = input.shape[axis]
    var sizes = try call.integers("split", orInput: 1) ?? []
    if sizes.isEmpty {
      let parts = call.node.int("num_outputs") ?? call.node.outputs.count
      guard parts > 0, parts <= call.node.outputs.count else {
        throw call.failure("\(parts) parts for \(call.node.outputs.count) outputs")
      }
      let size = (extent + parts - 1) / parts
      sizes = (0..<parts).map { Swift.max(0, Swift.min(size, extent - $0 * size)) }
    }
    guard sizes.allSatisfy({ $0 >= 0 && $0 <= extent }), sizes.reduce(0, &+) == extent else {
      throw call.failure("sizes \(sizes) do not add up to \(extent)")
    }
    var results: [Tensor] = []
    var start = 0
    for size in sizes {
      results.append(try sliced(call, input, axis: axis, (start..<(start + size)).map { $0 }))
      start += size
    }
    return results
  }

  /// The places `chosen` of one axis.
  static func sliced(_ call: OperatorCall, _ input: Tensor, axis: Int, _ chosen: [Int]) throws(EngineError) -> Tensor {
    let strides = rowMajorStrides(input.shape)
    var offsets = input.shape.indices.map { axis in (0..<input.shape[axis]).map { $0 * strides[axis] } }
    offsets[axis] = chosen.map { $0 * strides[axis] }
    var shape = input.shape
    shape[axis] = chosen.count
    _ = try call.count(shape)
    return try call.picking(input, gridPositions(offsets), shape: shape)
  }

  /// Starts, ends, axes and steps are attributes before opset 10 (without steps), inputs since.
  static func slice(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    var result = try call.input(0)
    let rank = result.shape.count
    guard let starts = try call.integers("starts", orInput: 1), let ends = try call.integers("ends", orInput: 2) else {
      throw call.failure("starts or ends are missing")
    }
    let given = try call.integers("axes", orInput: 3) ?? Array(0..<starts.count)
    let steps = try call.integers("steps", orInput: 4) ?? [Int](repeating: 1, count: starts.count)
    guard starts.count == ends.count, starts.count == given.count, starts.count == steps.count else {
      throw call.failure("\(starts.count) starts, \(ends.count) ends, \(given.count) axes and \(steps.count) steps")
    }
    _ = try call.axes(given, rank: rank)
    for index in starts.indices {
      let axis = try call.axis(given[index], rank: rank)
      let (extent, step) = (result.shape[axis], steps[index])
      guard step != 0, step != .min else { throw call.failure("step \(step) leads nowhere") }
      // Negative positions count from the end; then both are clamped as the direction allows.
      let lowest = step > 0 ? 0 : -1
      let highest = step > 0 ? extent : extent - 1
      func clamped(_ value: Int, lowest: Int) -> Int {
        Swift.min(Swift.max(value < 0 ? value + extent : value, lowest), highest)
      }
      let start = clamped(starts[index], lowest: 0)
      let end = clamped(ends[index], lowest: lowest)
      let reach = Swift.min(Swift.max(step, -extent - 1), extent + 1)
      result = try sliced(call, result, axis: axis, extent == 0 ? [] : Array(stride(from: start, to: end, by: reach)))
    }
    return [result]
  }

  /// Pads are an attribute before opset 11, an input since (with axes since 18).
  static func pad(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let rank = input.shape.count
    guard let given = try call.integers("pads", orInput: 1) ?? call.node.ints("paddings") else {
      throw call.failure("the pads are missing")
    }
    let axes = try call.optional(3).map { axes throws(EngineError) in try call.integers(axes) } ?? Array(0..<rank)
    _ = try call.axes(axes, rank: rank)
    let limit = OperatorCall.elementLimit
    guard given.count == 2 * axes.count, given.allSatisfy({ $0.magnitude <= limit }) else {
      throw call.failure("pads \(given) do not fit shape \(input.shape)")
    }
    let mode = call.node.string("mode") ?? "constant"
    let strides = rowMajorStrides(input.shape)
    var offsets = input.shape.indices.map { axis in (0..<input.shape[axis]).map { $0 * strides[axis] } }
    var shape = input.shape
    for (index, axis) in axes.enumerated() {
      let axis = try call.axis(axis, rank: rank)
      let (before, after, extent) = (given[index], given[axes.count + index], input.shape[axis])
      shape[axis] = extent + before + after
      _ = try call.count(shape)
      var places: [Int] = []
      for place in (-before)..<(extent + after) {
        places.append(try source(call, place, extent, mode).map { $0 * strides[axis] } ?? -1)
      }
      offsets[axis] = places
    }
    var fill = call.optional(2)
    if fill == nil, let value = call.node.float("value") {
      fill = try call.tensor(.real([Double(value)]), as: input.elementType, shape: [])
    }
    return [try call.picking(input, gridPositions(offsets), shape: shape, fill: fill)]
  }

  /// The place that a padded axis repeats at `place`; nil where it takes the fill value.
  private static func source(
    _ call: OperatorCall, _ place: Int, _ extent: Int, _ mode: String
  ) throws(EngineError) -> Int? {
    if (0..<extent).contains(place) { return place }
    if mode == "constant" { return nil }
    guard extent > 0 else { throw call.failure("an empty axis cannot be padded in mode '\(mode)'") }
    switch mode {
    case "edge": return place < 0 ? 0 : extent - 1
    case "wrap": return ((place % extent) + extent) % extent
    case "reflect":
      guard extent > 1 else { return 0 }
      let period = 2 * (extent - 1)
      let phase = ((place % period) + period) % period
      return phase < extent ? phase : period - phase
    default: throw call.failure("mode '\(mode)' is none of constant, reflect, edge and wrap")
    }
  }

  /// The elements (or the slices along an axis) whose condition is true.
  static func compress(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let flags = try call.booleans(try call.input(1))
    let source = call.node.int("axis") == nil ? input.flat : input
    let axis = try call.axis(call.node.int("axis") ?? 0, rank: source.shape.count)
    let chosen = flags.indices.filter { flags[$0] }
    guard chosen.last ?? -1 < source.shape[axis] else { throw call.failure("the condition is longer than the axis") }
    return [try sliced(call, source, axis: axis, chosen)]
  }
}
