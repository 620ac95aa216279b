import AssayCore
import AssayONNX

/// Operators of com.microsoft that compute on dequantized numbers and quantize the result.
enum QuantizedFunctions {
  /// Inputs X, x_scale, x_zero_point, y_scale, y_zero_point.
  static let averagePool = wrapping(Pooling.averagePool)
  static let leakyRelu = wrapping(Functions.leakyRelu)
  static let sigmoid = wrapping(Functions.sigmoid)

  private static func wrapping(_ function: @escaping Operator) -> Operator {
    { call throws(EngineError) in
      guard (call.node.int("channels_last") ?? 0) == 0 else { throw call.unsupported("channels_last") }
      let input = try real(call, 0)
      let result = try function(OperatorCall(node: call.node, opset: 17, inputs: [input]))[0]
      return [try quantized(call, result, as: try call.input(0).elementType, scale: 3, zeroPoint: 4)]
    }
  }

  /// Inputs `index` (quantized), its scale and its zero point, as float.
  private static func real(_ call: OperatorCall, _ index: Int) throws(EngineError) -> Tensor {
    let input = try call.input(index)
    let scale = Float(try call.scalar(try call.input(index + 1)))
    let zeroPoint = try offset(call, index + 2)
    let values = try call.reals(input).map { Double(Float($0 - zeroPoint) * scale) }
    return try call.tensor(.real(values), as: .float, shape: input.shape)
  }

  private static func offset(_ call: OperatorCall, _ index: Int) throws(EngineError) -> Double {
    try call.optional(index).map { zeroPoint throws(EngineError) in try call.scalar(zeroPoint) } ?? 0
  }

  private static func quantized(
    _ call: OperatorCall, _ tensor: Tensor, as type: ElementType, scale: Int, zeroPoint: Int
  ) throws(EngineError) -> Tensor {
    let range = try QuantizedRange(call, type)
    let divisor = Float(try call.scalar(try call.input(scale)))
    let zero = Float(try offset(call, zeroPoint))
    let values = try call.reals(tensor).map { range.quantized(Float($0) / divisor, zeroPoint: zero) }
    return try call.tensor(.signed(values), as: type, shape: tensor.shape)
  }

  /// Inputs y_scale, y_zero_point, then tensor, scale and zero point of each part.
  static func concat(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let type = try call.input(2).elementType
    var parts: [Tensor] = []
    for index in stride(from: 2, to: call.inputs.count, by: 3) { parts.append(try real(call, index)) }
    let axis = try call.axis(call.node.int("axis") ?? 0, rank: try call.input(2).shape.count)
    let joined = try Joining.joined(call, parts, axis: axis)
    return [try quantized(call, joined, as: type, scale: 0, zeroPoint: 1)]
  }

  /// The exact integer sum of each channel times `x_scale / (y_scale · size)`, as ONNX Runtime computes it.
  static func globalAveragePool(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let rank = input.shape.count
    guard rank >= 3 else { throw call.failure("shape \(input.shape) has no spatial axes") }
    let isChannelsLast = (call.node.int("channels_last") ?? 0) != 0
    let axes = Array(isChannelsLast ? 1..<(rank - 1) : 2..<rank)
    let rows = try Rows(call, input, axes: axes)
    let range = try QuantizedRange(call, input.elementType)
    let zeroPoint = try offset(call, 2)
    let outputScale = Float(try call.scalar(try call.input(3)))
    let scale = Float(try call.scalar(try call.input(1))) / (outputScale * Float(rows.length))
    let zero = Float(try offset(call, 4))
    let values = try call.reals(rows.tensor)
    let result = (0..<rows.count).map { row in
      let sum = values[(row * rows.length)..<((row + 1) * rows.length)].reduce(0) { $0 + ($1 - zeroPoint) }
      return range.quantized(Float(sum) * scale, zeroPoint: zero)
    }
    let shape = Reduction.reducedShape(input.shape, axes, keep: true)
    return [try call.tensor(.signed(result), as: input.elementType, shape: shape)]
  }
}
