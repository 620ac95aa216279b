import AssayCore
import AssayONNX

/// Operators that put tensors together and take them apart.
enum Joining {
  static let concat: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    guard let axis = plan.node.int("axis") ?? (plan.opset < 4 ? 1 : nil) else {
      throw plan.failure("the axis is missing")
    }
    return { call throws(TorchError) in
      var parts: [TorchTensor] = []
      for index in call.inputs.indices { parts.append(try call.input(index)) }
      return [parts.count == 1 ? parts[0] : try aten.join(parts, axis: axis)]
    }
  }

  /// Equal parts, or parts of the given sizes (an attribute before opset 13, an input since).
  static let split: Lowering = { plan throws(TorchError) in
    let operation = try plan.operation("aten::split_with_sizes")
    let axis = plan.node.int("axis") ?? 0
    let given = try plan.integers("split", orInput: 1)
    let outputs = plan.node.outputs.count
    let parts = plan.node.int("num_outputs") ?? outputs
    guard parts > 0, parts <= outputs else { throw plan.failure("\(parts) parts for \(outputs) outputs") }
    return { call throws(TorchError) in
      let input = try call.input(0)
      let shape = input.shape
      let place = try checkedAxis(axis, rank: shape.count)
      let extent = shape[place]
      var sizes = try given?(call) ?? []
      if sizes.isEmpty {
        let size = (extent + parts - 1) / parts
        sizes = (0..<parts).map { max(0, min(size, extent - $0 * size)) }
      }
      return try operation.call([.tensor(input), .ints(sizes), .int(place)])
    }
  }

  /// Starts, ends, axes and steps are attributes before opset 10 (without steps), inputs since.
  static let slice: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    guard let starts = try plan.integers("starts", orInput: 1), let ends = try plan.integers("ends", orInput: 2) else {
      throw plan.failure("starts or ends are missing")
    }
    let (axes, steps) = (try plan.integers("axes", orInput: 3), try plan.integers("steps", orInput: 4))
    return { call throws(TorchError) in
      var result = try call.input(0)
      let (starts, ends) = (try starts(call), try ends(call))
      let given = try axes?(call) ?? Array(starts.indices)
      let steps = try steps?(call) ?? [Int](repeating: 1, count: starts.count)
      let shape = result.shape
      guard starts.count == ends.count, starts.count == given.count, starts.count == steps.count else {
        throw .run("\(starts.count) starts, \(ends.count) ends, \(given.count) axes and \(steps.count) steps")
      }
      _ = try checkedAxes(given, rank: shape.count)
      for index in starts.indices {
        let axis = try checkedAxis(given[index], rank: shape.count)
        result = try sliced(
          aten, result, axis: axis, extent: shape[axis], starts[index], ends[index], step: steps[index])
      }
      return [result]
    }
  }

  private static func sliced(
    _ aten: ATen, _ input: TorchTensor, axis: Int, extent: Int, _ start: Int, _ end: Int, step: Int
  ) throws(TorchError) -> TorchTensor {
    guard step != 0, step != .min else { throw .run("step \(step) leads nowhere") }
    // Negative positions count from the end; then both are clamped as the direction allows.
    func clamped(_ value: Int, _ lowest: Int, _ highest: Int) -> Int {
      min(max(value < 0 ? value + extent : value, lowest), highest)
    }
    if step > 0 {
      let (first, last) = (clamped(start, 0, extent), clamped(end, 0, extent))
      if first == 0, last == extent, step == 1 { return input }
      return try aten.slice(input, axis: axis, from: first, to: max(first, last), step: min(step, max(extent, 1)))
    }
    let (first, last) = (clamped(start, 0, extent - 1), clamped(end, -1, extent - 1))
    let reach = min(-step, extent + 1)
    let count = extent == 0 ? 0 : max(0, (first - last + reach - 1) / reach)
    guard count > 0 else { return try aten.narrow(input, axis: axis, from: 0, count: 0) }
    let ascending = try aten.slice(
      input, axis: axis, from: first - (count - 1) * reach, to: first + 1, step: reach)
    return count == 1 ? ascending : try aten.flip(ascending, axis: axis)
  }

  /// Pads are an attribute before opset 11, an input since (with axes since 18).
  static let pad: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    guard let given = try plan.integers(plan.node.ints("pads") == nil ? "paddings" : "pads", orInput: 1) else {
      throw plan.failure("the pads are missing")
    }
    let axes = try plan.hasInput(3) ? plan.integers(input: 3) : nil
    let value: Number = try plan.number(input: 2) ?? .known(plan.double("value", otherwise: 0))
    let mode = plan.node.string("mode") ?? "constant"
    guard ["constant", "edge", "reflect", "wrap"].contains(mode) else {
      throw plan.failure("mode '\(mode)' is none of constant, reflect, edge and wrap")
    }
    return { call throws(TorchError) in
      let input = try call.input(0)
      let shape = input.shape
      let pads = try given(call)
      let axes = try axes?(call) ?? Array(shape.indices)
      _ = try checkedAxes(axes, rank: shape.count)
      guard pads.count == 2 * axes.count, pads.allSatisfy({ $0.magnitude <= 1 << 40 }) else {
        throw .run("pads \(pads) do not fit shape \(shape)")
      }
      var (before, after) = ([Int](repeating: 0, count: shape.count), [Int](repeating: 0, count: shape.count))
      for (index, axis) in axes.enumerated() {
        let place = try checkedAxis(axis, rank: shape.count)
        (before[place], after[place]) = (pads[index], pads[axes.count + index])
      }
      if mode == "constant" {
        let number = try value(call)
        let isInteger = !(input.elementType?.isFloatingPoint ?? true)
        return [
          try aten.pad(
            input, before: before, after: after,
            with: isInteger ? .int(Int(exactly: number) ?? 0) : .double(number))
        ]
      }
      var result = input
      for axis in shape.indices where before[axis] != 0 || after[axis] != 0 {
        var places: [Int] = []
        guard shape[axis] > 0, -before[axis] <= shape[axis] + after[axis],
          shape[axis] + before[axis] + after[axis] <= largestMade
        else {
          throw .run("pads \(pads) do not fit shape \(shape)")
        }
        for place in -before[axis]..<(shape[axis] + after[axis]) {
          places.append(source(place, shape[axis], mode))
        }
        result = try aten.select(result, axis: axis, try aten.integers(places, on: input.device))
      }
      return [result]
    }
  }

  /// The place that a padded axis of `extent` > 0 repeats at `place`.
  private static func source(_ place: Int, _ extent: Int, _ mode: String) -> Int {
    if (0..<extent).contains(place) { return place }
    switch mode {
    case "edge": return place < 0 ? 0 : extent - 1
    case "wrap": return ((place % extent) + extent) % extent
    default:
      guard extent > 1 else { return 0 }
      let period = 2 * (extent - 1)
      let phase = ((place % period) + period) % period
      return phase < extent ? phase : period - phase
    }
  }

  /// The elements (or the slices along an axis) whose condition is true.
  static let compress: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let axis = plan.node.int("axis")
    let nonzero = try plan.operation("aten::nonzero")
    return { call throws(TorchError) in
      let (input, condition) = (try call.input(0), try call.input(1))
      let chosen = try aten.reshape(try nonzero(.tensor(condition)), [-1])
      let source = axis == nil ? try aten.reshape(input, [-1]) : input
      return [try aten.select(source, axis: axis ?? 0, chosen)]
    }
  }
}
