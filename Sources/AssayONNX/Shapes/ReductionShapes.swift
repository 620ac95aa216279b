import AssayCore

/// Shape rules of reductions.
enum ReductionShapes {
  /// ReduceSum and its relatives: axes as an attribute, since 13 or 18 as an input; none means all.
  static func reduce(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let x = try call.shape(0)
    let keeps = try call.int("keepdims", 1) != 0
    let axes: [Int]
    if call.has(1), call[1].fixedIntegers == nil {
      guard keeps || call[1].shape?.first?.value != nil else { throw .unknown }
      let removed = keeps ? 0 : call[1].shape?.first?.value ?? 0
      guard removed >= 0, removed <= x.count else { throw .contradiction("\(removed) axes of rank \(x.count)") }
      return [InferredValue(call.type(0), Array(repeating: .unknown, count: x.count - removed))]
    }
    axes = try call.list("axes", orInput: 1) ?? []
    if axes.isEmpty, try call.int("noop_with_empty_axes", 0) != 0 { return [InferredValue(call.type(0), x)] }
    let reduced = axes.isEmpty ? Set(x.indices) : Set(try call.axes(axes, rank: x.count))
    var value = InferredValue(call.type(0), shape(x, without: reduced, keeps))
    if x.count <= 1, let known = call[0].integers, !known.isEmpty {
      switch call.node.opType {
      case "ReduceProd": value.integers = [Extents.product(known)]
      case "ReduceSum": value.integers = [known.reduce(.fixed(0), Extents.sum)]
      case "ReduceMax": value.integers = known.fixedExtents?.max().map { [.fixed($0)] }
      case "ReduceMin": value.integers = known.fixedExtents?.min().map { [.fixed($0)] }
      default: break
      }
    }
    return [value]
  }

  private static func shape(_ x: [Dimension], without reduced: Set<Int>, _ keeps: Bool) -> [Dimension] {
    x.indices.compactMap { axis in reduced.contains(axis) ? (keeps ? .fixed(1) : nil) : x[axis] }
  }

  /// ArgMax and ArgMin.
  static func argument(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let x = try call.shape(0)
    let axis = try call.axis(try call.int("axis", 0), rank: x.count)
    return [InferredValue(.int64, shape(x, without: [axis], try call.int("keepdims", 1) != 0))]
  }
}
