import AssayCore

/// Shape rules of ONNX Runtime's domain com.microsoft.nchwc, where channels stand in blocks of 8 or 16.
///
/// Values keep the axes [N,C,H,W], with C padded to a multiple of the block; ReorderOutput takes the padding away.
enum BlockedShapes {
  static func reorderInput(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    var x = try call.shape(0, rank: 4...4)
    if try call.int("channels_last", 0) != 0 { x = [x[0], x[3], x[1], x[2]] }
    // The block is the engine's choice; a channel count that is a multiple of 16 needs no padding under either.
    guard let channels = x[1].value, channels % 16 == 0 else {
      return [InferredValue(call.type(0), [x[0], .unknown, x[2], x[3]])]
    }
    return [InferredValue(call.type(0), x)]
  }

  static func reorderOutput(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    var x = try call.shape(0, rank: 4...4)
    let channels = try call.int("channels", 0)
    guard channels > 0 else { throw .contradiction("the attribute 'channels' is \(channels)") }
    x[1] = .fixed(channels)
    if try call.int("channels_last", 0) != 0 { x = [x[0], x[2], x[3], x[1]] }
    return [InferredValue(call.type(0), x)]
  }

  /// Conv, whose weights [M,C,K,K] are reordered and padded in M, and in C where the input is blocked.
  static func convolution(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let x = try call.shape(0, rank: 4...4)
    let w = try call.shape(1, rank: 4...4)
    // Channels of the input may be unknown here; the weights say what is computed.
    var known = call.inputs
    let group = try call.int("group", 1)
    known[0].shape = [x[0], Extents.product(w[1], .fixed(group)), x[2], x[3]]
    let padded = ShapeCall(node: call.node, version: call.version, inputs: known)
    return try ConvolutionShapes.convolution(data: 0, weight: 1)(padded)
  }

  static func upsample(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let x = try call.shape(0, rank: 4...4)
    guard let scales = try call.ints("scales"), scales.count == 4 else { throw .unknown }
    return [InferredValue(call.type(0), zip(x, scales).map { Extents.product($0, .fixed($1)) })]
  }
}
