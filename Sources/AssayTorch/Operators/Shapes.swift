import AssayCore
import AssayONNX

/// Operators that change the shape or the order of elements.
enum Shapes {
  static let reshape: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    guard let given = try plan.integers("shape", orInput: 1) else { throw plan.failure("the shape is missing") }
    let copiesZeros = !plan.flag("allowzero")
    return { call throws(TorchError) in
      let input = try call.input(0)
      var shape = try given(call)
      if copiesZeros, shape.contains(0) {
        let extents = input.shape
        for (axis, extent) in shape.enumerated() where extent == 0 {
          guard axis < extents.count else { throw .run("0 at axis \(axis) copies an axis that is not there") }
          shape[axis] = extents[axis]
        }
      }
      return [try aten.reshape(input, shape)]
    }
  }

  static let flatten: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let axis = plan.node.int("axis") ?? 1
    return { call throws(TorchError) in
      let input = try call.input(0)
      let shape = input.shape
      let first = axis == shape.count ? axis : try checkedAxis(axis, rank: shape.count)
      if first == 1, shape.count == 2 { return [input] }
      return [try aten.reshape(input, [try elementCount(shape[..<first]), try elementCount(shape[first...])])]
    }
  }

  static let squeeze: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let given = try plan.integers("axes", orInput: 1)
    return { call throws(TorchError) in
      let input = try call.input(0)
      let shape = input.shape
      let axes = try given.map { given throws(TorchError) in try checkedAxes(try given(call), rank: shape.count) }
      for axis in axes ?? [] where shape[axis] != 1 { throw TorchError.run("axis \(axis) of \(shape) is not 1") }
      let removed = Set(axes ?? shape.indices.filter { shape[$0] == 1 })
      return [try aten.reshape(input, shape.indices.filter { !removed.contains($0) }.map { shape[$0] })]
    }
  }

  static let unsqueeze: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    guard let given = try plan.integers("axes", orInput: 1) else { throw plan.failure("the axes are missing") }
    return { call throws(TorchError) in
      let input = try call.input(0)
      let axes = try given(call)
      var shape = input.shape
      for axis in try checkedAxes(axes, rank: shape.count + axes.count) { shape.insert(1, at: axis) }
      return [try aten.reshape(input, shape)]
    }
  }

  static let transpose: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let permutation = plan.node.ints("perm")
    return { call throws(TorchError) in
      let input = try call.input(0)
      return [try aten.permute(input, permutation ?? (0..<input.rank).reversed())]
    }
  }

  static let expand: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let given = try plan.integers(input: 1)
    return { call throws(TorchError) in
      let input = try call.input(0)
      return [try aten.expand(input, try broadcastShape(input.shape, try given(call)))]
    }
  }

  static let tile: Lowering = { plan throws(TorchError) in
    let operation = try plan.operation("aten::repeat")
    let repeats = try plan.integers(input: 1)
    return { call throws(TorchError) in
      let (input, repeats) = (try call.input(0), try repeats(call))
      guard repeats.count == input.rank, repeats.allSatisfy({ $0 >= 0 }) else {
        throw .run("repeats \(repeats) do not fit shape \(input.shape)")
      }
      return [try operation(.tensor(input), .ints(repeats))]
    }
  }

  static let depthToSpace: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let block = try blockSize(plan)
    let mode = plan.node.string("mode") ?? "DCR"
    guard mode == "DCR" || mode == "CRD" else { throw plan.failure("mode '\(mode)' is neither DCR nor CRD") }
    return { call throws(TorchError) in
      let input = try call.input(0)
      let shape = input.shape
      guard shape.count == 4, shape[1] % (block * block) == 0 else {
        throw .run("blocksize \(block) does not divide the channels of \(shape)")
      }
      let depth = shape[1] / (block * block)
      let parts = mode == "DCR" ? [block, block, depth] : [depth, block, block]
      let turned = try aten.permute(
        try aten.reshape(input, [shape[0]] + parts + shape[2...]),
        mode == "DCR" ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3])
      return [try aten.reshape(turned, [shape[0], depth, shape[2] * block, shape[3] * block])]
    }
  }

  static let spaceToDepth: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let block = try blockSize(plan)
    return { call throws(TorchError) in
      let input = try call.input(0)
      let shape = input.shape
      guard shape.count == 4, shape[2] % block == 0, shape[3] % block == 0 else {
        throw .run("blocksize \(block) does not divide the height and width of \(shape)")
      }
      let (height, width) = (shape[2] / block, shape[3] / block)
      let turned = try aten.permute(
        try aten.reshape(input, [shape[0], shape[1], height, block, width, block]), [0, 3, 5, 1, 2, 4])
      return [try aten.reshape(turned, [shape[0], shape[1] * block * block, height, width])]
    }
  }

  private static func blockSize(_ plan: NodePlan) throws(TorchError) -> Int {
    guard let block = plan.node.int("blocksize"), block > 0, block < 1 << 16 else {
      throw plan.failure("blocksize is missing or cannot be")
    }
    return block
  }

  /// Keeps one triangle of every matrix, shifted by k diagonals.
  static let trilu: Lowering = { plan throws(TorchError) in
    let operation = try plan.operation(plan.flag("upper", otherwise: true) ? "aten::triu" : "aten::tril")
    let shift: Number = try plan.number(input: 1) ?? .known(0)
    return { call throws(TorchError) in
      let diagonal = Int(max(min(try shift(call), Double(Int32.max)), Double(Int32.min)))
      return [try operation(.tensor(try call.input(0)), .int(diagonal))]
    }
  }

  /// Turns the first `lengths[b]` elements of sequence b round.
  static let reverseSequence: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let gather = try plan.operation("aten::gather")
    let (batchAxis, timeAxis) = (plan.node.int("batch_axis") ?? 1, plan.node.int("time_axis") ?? 0)
    guard [batchAxis, timeAxis].sorted() == [0, 1] else { throw plan.failure("the axes must be 0 and 1") }
    let given = try plan.integers(input: 1)
    return { call throws(TorchError) in
      let (input, lengths) = (try call.input(0), try given(call))
      let shape = input.shape
      guard shape.count >= 2, lengths.count == shape[batchAxis],
        lengths.allSatisfy({ $0 >= 0 && $0 <= shape[timeAxis] })
      else {
        throw .run("lengths \(lengths) or axes do not fit shape \(shape)")
      }
      var sources: [Int] = []
      for first in 0..<shape[0] {
        for second in 0..<shape[1] {
          let (batch, time) = batchAxis == 0 ? (first, second) : (second, first)
          sources.append(time < lengths[batch] ? lengths[batch] - 1 - time : time)
        }
      }
      let index = try aten.integers(
        sources, shape: [shape[0], shape[1]] + shape[2...].map { _ in 1 }, on: input.device)
      return [try gather(.tensor(input), .int(timeAxis), .tensor(try aten.expand(index, shape)))]
    }
  }
}
