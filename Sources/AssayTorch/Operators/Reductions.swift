import AssayCore
import AssayONNX

/// Operators that make one number of many, and those that go along an axis.
enum Reductions {
  /// Reduces the given axes, all of them ascending and distinct.
  private typealias Reduction = (TorchTensor, _ axes: [Int], _ keep: Bool) throws(TorchError) -> TorchTensor

  /// Sums keep the type of integers.
  static let sum = reduce { plan throws(TorchError) in
    let operation = try plan.operation("aten::sum.dim_IntList")
    return { input, axes, keep throws(TorchError) in
      try operation(.tensor(input), .ints(axes), .bool(keep), input.elementType.map { .type($0) } ?? .none)
    }
  }

  static let mean = reduce { plan throws(TorchError) in
    let aten = plan.aten
    return { input, axes, keep throws(TorchError) in
      guard let type = input.elementType, !type.isFloatingPoint else { return try aten.mean(input, axes, keep: keep) }
      return try aten.cast(try aten.mean(try aten.cast(input, to: .double), axes, keep: keep), to: type)
    }
  }

  static let max = listed("aten::amax")
  static let min = listed("aten::amin")
  static let logSumExp = listed("aten::logsumexp")

  static let prod = reduce { plan throws(TorchError) in
    let aten = plan.aten
    let operation = try plan.operation("aten::prod.dim_int")
    return { input, axes, keep throws(TorchError) in
      var result = input
      for axis in axes {
        result = try operation(.tensor(result), .int(axis), true, input.elementType.map { .type($0) } ?? .none)
      }
      guard !keep else { return result }
      return try aten.reshape(
        result, result.shape.enumerated().compactMap { axes.contains($0) ? nil : $1 })
    }
  }

  static let l1 = composed("aten::abs", before: true)
  static let l2 = reduce { plan throws(TorchError) in
    let operation = try plan.operation("aten::linalg_vector_norm")
    return { input, axes, keep throws(TorchError) in
      try operation(.tensor(input), 2.0, .ints(axes), .bool(keep))
    }
  }
  static let sumSquare = composed("aten::square", before: true)
  static let logSum = composed("aten::log", before: false)

  /// A sum with a function of every element before it, or of every sum.
  private static func composed(_ name: String, before: Bool) -> Lowering {
    reduce { plan throws(TorchError) in
      let aten = plan.aten
      let function = try plan.operation(name)
      return { input, axes, keep throws(TorchError) in
        if before { return try aten.sum(try function(.tensor(input)), axes, keep: keep) }
        return try function(.tensor(try aten.sum(input, axes, keep: keep)))
      }
    }
  }

  /// An ATen operator that takes the axes as a list.
  private static func listed(_ name: String) -> Lowering {
    reduce { plan throws(TorchError) in
      let operation = try plan.operation(name)
      return { input, axes, keep throws(TorchError) in try operation(.tensor(input), .ints(axes), .bool(keep)) }
    }
  }

  private static func reduce(
    _ make: @escaping @Sendable (NodePlan) throws(TorchError) -> Reduction
  ) -> Lowering {
    { plan throws(TorchError) in
      let reduction = try make(plan)
      let given = try plan.integers("axes", orInput: 1)
      let keep = plan.flag("keepdims", otherwise: true)
      let doesNothing = plan.flag("noop_with_empty_axes")
      return { call throws(TorchError) in
        let input = try call.input(0)
        let rank = input.rank
        let axes = try given?(call) ?? []
        if axes.isEmpty, doesNothing { return [input] }
        return [try reduction(input, axes.isEmpty ? Array(0..<rank) : try checkedAxes(axes, rank: rank), keep)]
      }
    }
  }

  static let argMax = extreme("aten::argmax")
  static let argMin = extreme("aten::argmin")

  /// The first of equal ones, or the last.
  private static func extreme(_ name: String) -> Lowering {
    { plan throws(TorchError) in
      let aten = plan.aten
      let operation = try plan.operation(name)
      let axis = plan.node.int("axis") ?? 0
      let (keep, takesLast) = (plan.flag("keepdims", otherwise: true), plan.flag("select_last_index"))
      return { call throws(TorchError) in
        let input = try call.input(0)
        let shape = input.shape
        let place = try checkedAxis(axis, rank: shape.count)
        guard takesLast else { return [try operation(.tensor(input), .int(place), .bool(keep))] }
        let index = try operation(.tensor(try aten.flip(input, axis: place)), .int(place), .bool(keep))
        return [try aten.add(try aten.negate(index), integer: shape[place] - 1)]
      }
    }
  }

  static let softmax = normalize("aten::softmax.int")
  static let logSoftmax = normalize("aten::log_softmax.int")

  /// Over one axis (opset 13, by default the last), before over all axes from `axis` (by default 1) on.
  private static func normalize(_ name: String) -> Lowering {
    { plan throws(TorchError) in
      let aten = plan.aten
      let operation = try plan.operation(name)
      if plan.opset >= 13 {
        let axis = plan.node.int("axis") ?? -1
        return { call throws(TorchError) in [try operation(.tensor(try call.input(0)), .int(axis))] }
      }
      let axis = plan.node.int("axis") ?? 1
      return { call throws(TorchError) in
        let input = try call.input(0)
        let shape = input.shape
        let first = axis == shape.count ? axis : try checkedAxis(axis, rank: shape.count)
        if first == shape.count - 1 { return [try operation(.tensor(input), .int(first))] }
        let rows = try aten.reshape(
          input, [try elementCount(shape[..<first]), try elementCount(shape[first...])])
        return [try aten.reshape(try operation(.tensor(rows), 1), shape)]
      }
    }
  }

  /// 1 at the first largest, else 0.
  static let hardmax: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let argmax = try plan.operation("aten::argmax")
    let scatter = try plan.operation("aten::scatter.value")
    let isOld = plan.opset < 13
    let axis = plan.node.int("axis") ?? (isOld ? 1 : -1)
    return { call throws(TorchError) in
      let input = try call.input(0)
      let shape = input.shape
      var (rows, place) = (input, try checkedAxis(axis, rank: shape.count))
      if isOld {
        rows = try aten.reshape(
          input, [try elementCount(shape[..<place]), try elementCount(shape[place...])])
        place = 1
      }
      let zeros = try aten.multiply(try rows.detached(), integer: 0)
      let index = try argmax(.tensor(rows), .int(place), true)
      return [try aten.reshape(try scatter(.tensor(zeros), .int(place), .tensor(index), 1), shape)]
    }
  }

  /// Running sums along one axis.
  static let cumSum: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let operation = try plan.operation("aten::cumsum")
    guard let axis = try plan.number(input: 1) else { throw plan.failure("the axis is missing") }
    let (isReverse, isExclusive) = (plan.flag("reverse"), plan.flag("exclusive"))
    return { call throws(TorchError) in
      var input = try call.input(0)
      let rank = input.rank
      let place = try checkedAxis(Int(exactly: try axis(call)) ?? .max, rank: rank)
      if isReverse { input = try aten.flip(input, axis: place) }
      var sums = try operation(.tensor(input), .int(place), input.elementType.map { .type($0) } ?? .none)
      if isExclusive {
        var (before, after) = ([Int](repeating: 0, count: rank), [Int](repeating: 0, count: rank))
        (before[place], after[place]) = (1, -1)
        sums = try aten.pad(sums, before: before, after: after)
      }
      return [isReverse ? try aten.flip(sums, axis: place) : sums]
    }
  }

  /// The k largest (or smallest) along an axis, with their places; equal values in the order of their places.
  static let topK: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let axis = plan.node.int("axis") ?? -1
    let isLargest = plan.flag("largest", otherwise: true)
    let count = plan.opset >= 10 ? try plan.integers(input: 1) : .known([plan.node.int("k") ?? 0])
    let sort = try plan.operation("aten::sort.stable")
    return { call throws(TorchError) in
      let input = try call.input(0)
      let shape = input.shape
      let place = try checkedAxis(axis, rank: shape.count)
      guard let k = try count(call).first, k >= 0, k <= shape[place] else {
        throw .run("k does not fit the axis of \(shape[place])")
      }
      return try sort.call([.tensor(input), true, .int(place), .bool(isLargest)])
        .map { sorted throws(TorchError) in try aten.narrow(sorted, axis: place, from: 0, count: k) }
    }
  }
}
