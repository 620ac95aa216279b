import AssayCore

/// Shape rules of quantization.
enum QuantizationShapes {
  static func quantize(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let stated = Int32(exactly: call.node.int("output_dtype") ?? 0).flatMap(ElementType.init(rawValue:))
    let type = stated ?? (call.has(2) ? call.type(2) : .uint8)
    try checkAxis(call)
    return [InferredValue(type, call[0].shape)]
  }

  static func dequantize(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    try checkAxis(call)
    return [InferredValue(call.type(1) ?? .float, call[0].shape)]
  }

  /// Scales of one axis need one scale for each of its slices.
  private static func checkAxis(_ call: ShapeCall) throws(ShapeProblem) {
    guard let x = call[0].shape, let scale = call[1].shape, scale.count == 1, let count = scale[0].value, count != 1,
      try call.int("block_size", 0) == 0
    else { return }
    let axis = try call.axis(try call.int("axis", 1), rank: x.count)
    _ = try Extents.equal(x[axis], scale[0], "extent of axis \(axis) and number of scales")
  }

  static func dynamicQuantize(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    [InferredValue(.uint8, call[0].shape), InferredValue(.float, []), InferredValue(.uint8, [])]
  }

  /// QLinearConcat: scale and zero point of the output, then triples of value, scale and zero point.
  static func concat(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let values = Array(stride(from: 2, to: call.inputs.count, by: 3))
    return [try SelectionShapes.join(call, values, axis: try call.int("axis", 0))]
  }
}
