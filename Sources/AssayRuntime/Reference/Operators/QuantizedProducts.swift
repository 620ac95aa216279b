import AssayCore
import AssayONNX

/// Convolutions and matrix products of integers, summed exactly and kept as Int32 would keep them (wrapping).
enum QuantizedProducts {
  /// One number for all elements, or one for each place of `axis`.
  private static func parameters(
    _ call: OperatorCall, _ tensor: Tensor?, places: Int
  ) throws(EngineError) -> [Double] {
    guard let tensor else { return [Double](repeating: 0, count: places) }
    let values = try call.reals(tensor)
    if values.count == 1 { return [Double](repeating: values[0], count: places) }
    guard values.count == places else { throw call.failure("\(values.count) parameters for \(places) places") }
    return values
  }

  /// The elements of `tensor` less the zero point of their place on `axis`.
  private static func centred(
    _ call: OperatorCall, _ tensor: Tensor, _ zeroPoint: Tensor?, axis: Int
  ) throws(EngineError) -> [Double] {
    guard !tensor.elementType.isFloatingPoint, tensor.elementType.bitWidth ?? 64 <= 16 else {
      throw call.failure("\(tensor.elementType) is not quantized")
    }
    var values = try call.reals(tensor)
    guard let zeroPoint, !tensor.shape.isEmpty else { return values }
    guard zeroPoint.elementType == tensor.elementType else {
      throw call.failure("a zero point of \(zeroPoint.elementType) for \(tensor.elementType)")
    }
    let extent = tensor.shape[axis]
    let zeros = try parameters(call, zeroPoint, places: extent)
    let inner = tensor.shape[(axis + 1)...].reduce(1, *)
    for index in values.indices { values[index] -= zeros[index / inner % extent] }
    return values
  }

  static func convInteger(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let (sums, shape, _) = try convolution(call, weightIndex: 1, zeroPoints: (2, 3))
    return [try call.tensor(.signed(sums), as: .int32, shape: shape)]
  }

  /// The exact sums, wrapped to 32 bits.
  private static func convolution(
    _ call: OperatorCall, weightIndex: Int, zeroPoints: (input: Int, weight: Int)
  ) throws(EngineError) -> (sums: [Int64], shape: [Int], channels: Window.Channels) {
    let (input, weight) = (try call.input(0), try call.input(weightIndex))
    let (window, channels, shape) = try Convolution.geometry(call, input, weight)
    // Padding with the zero point is padding with 0 once it is subtracted.
    let values = try centred(call, input, call.optional(zeroPoints.input), axis: 0)
    let factors = try centred(call, weight, call.optional(zeroPoints.weight), axis: 0)
    let sums = window.convolve(values, factors, channels)
    return (sums.map(wrapped), shape, channels)
  }

  private static func wrapped(_ sum: Double) -> Int64 { Int64(Int32(truncatingIfNeeded: truncated(sum, Int64.self))) }

  /// Sums times `inputScale · weightScale / outputScale`, rounded and saturated, all in single precision.
  private static func requantized(
    _ call: OperatorCall, _ sums: [Int64], scales: [Float], place: (Int) -> Int, zeroPoint: Tensor
  ) throws(EngineError) -> [Int64] {
    let range = try QuantizedRange(call, zeroPoint.elementType)
    let zero = Float(try call.scalar(zeroPoint))
    return sums.indices.map { range.quantized(Float(sums[$0]) * scales[place($0)], zeroPoint: zero) }
  }

  /// `a · b / y` in single precision, for each place.
  private static func combined(
    _ call: OperatorCall, a: Int, b: Int, y: Int, places: Int
  ) throws(EngineError) -> [Float] {
    let first = Float(try call.scalar(try call.input(a)))
    let output = Float(try call.scalar(try call.input(y)))
    return try parameters(call, try call.input(b), places: places).map { first * Float($0) / output }
  }

  static func qLinearConv(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    var (sums, shape, channels) = try convolution(call, weightIndex: 3, zeroPoints: (2, 5))
    let size = sums.count / max(1, channels.batch * channels.output)
    func channel(_ index: Int) -> Int { index / size % channels.output }
    if let bias = call.optional(8) {
      let biases = try parameters(call, bias, places: channels.output)
      for index in sums.indices { sums[index] = wrapped(Double(sums[index]) + biases[channel(index)]) }
    }
    let scales = try combined(call, a: 1, b: 4, y: 6, places: channels.output)
    let zeroPoint = try call.input(7)
    let result = try requantized(call, sums, scales: scales, place: channel, zeroPoint: zeroPoint)
    return [try call.tensor(.signed(result), as: zeroPoint.elementType, shape: shape)]
  }

  static func matMulInteger(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let (sums, shapes) = try product(
      call, try call.input(0), try call.input(1), zeroPoints: (call.optional(2), call.optional(3)))
    return [try call.tensor(.signed(sums), as: .int32, shape: shapes.result)]
  }

  /// The exact sums, wrapped to 32 bits; zero points of the left may differ by row, of the right by column.
  private static func product(
    _ call: OperatorCall, _ a: Tensor, _ b: Tensor, zeroPoints: (left: Tensor?, right: Tensor?)
  ) throws(EngineError) -> ([Int64], MatrixProduct.Shapes) {
    let shapes = try MatrixProduct.Shapes(call, a.shape, b.shape)
    let sums = try MatrixProduct.multiply(call, a, b, shapes) { tensor, side throws(EngineError) in
      let rank = tensor.shape.count
      if side == 0 { return try centred(call, tensor, zeroPoints.left, axis: max(0, rank - 2)) }
      return try centred(call, tensor, zeroPoints.right, axis: rank - 1)
    }
    return (sums.map(wrapped), shapes)
  }

  static func qLinearMatMul(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let (sums, shapes) = try product(
      call, try call.input(0), try call.input(3), zeroPoints: (call.optional(2), call.optional(5)))
    let scales = try combined(call, a: 1, b: 4, y: 6, places: shapes.n)
    let zeroPoint = try call.input(7)
    let result = try requantized(call, sums, scales: scales, place: { $0 % shapes.n }, zeroPoint: zeroPoint)
    return [try call.tensor(.signed(result), as: zeroPoint.elementType, shape: shapes.result)]
  }

  // MARK: com.microsoft

  /// Inputs A, a_scale, a_zero_point, B, b_scale, b_zero_point, C, y_scale, y_zero_point; float without the last two.
  static func qGemm(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let (a, b) = (try MatrixProduct.oriented(call, 0, "transA"), try MatrixProduct.oriented(call, 3, "transB"))
    guard a.shape.count == 2, b.shape.count == 2 else {
      throw call.failure("\(a.shape) and \(b.shape) are no matrices")
    }
    var (sums, shapes) = try product(call, a, b, zeroPoints: (call.optional(2), call.optional(5)))
    if let c = call.optional(6) {
      let addends = try call.reals(try call.expanded(c, to: shapes.result))
      for index in sums.indices { sums[index] = wrapped(Double(sums[index]) + addends[index]) }
    }
    let alpha = call.node.float("alpha") ?? 1
    let left = Float(try call.scalar(try call.input(1)))
    let scales = try parameters(call, try call.input(4), places: shapes.n).map { alpha * left * Float($0) }
    guard let outputScale = call.optional(7), let zeroPoint = call.optional(8) else {
      let result = sums.indices.map { Double(Float(sums[$0]) * scales[$0 % shapes.n]) }
      return [try call.tensor(.real(result), as: .float, shape: shapes.result)]
    }
    let divisor = Float(try call.scalar(outputScale))
    let result = try requantized(
      call, sums, scales: scales.map { $0 / divisor }, place: { $0 % shapes.n }, zeroPoint: zeroPoint)
    return [try call.tensor(.signed(result), as: zeroPoint.elementType, shape: shapes.result)]
  }

  /// Inputs A, B, a_scale, b_scale, a_zero_point, b_zero_point, bias.
  static func matMulIntegerToFloat(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let (sums, shapes) = try product(
      call, try call.input(0), try call.input(1), zeroPoints: (call.optional(4), call.optional(5)))
    let left = Float(try call.scalar(try call.input(2)))
    return [try floats(call, sums, shapes, leftScale: left, rightScale: try call.input(3), bias: call.optional(6))]
  }

  /// Inputs A (float, quantized here), B, b_scale, b_zero_point, bias.
  static func dynamicQuantizeMatMul(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let quantized = try Quantization.dynamic(call, try call.reals(input))
    let a = try call.tensor(.signed(quantized.values), as: .uint8, shape: input.shape)
    let (sums, shapes) = try product(
      call, a, try call.input(1), zeroPoints: (Tensor(scalar: UInt8(quantized.zeroPoint)), call.optional(3)))
    return [
      try floats(
        call, sums, shapes, leftScale: quantized.scale, rightScale: try call.input(2), bias: call.optional(4))
    ]
  }

  private static func floats(
    _ call: OperatorCall, _ sums: [Int64], _ shapes: MatrixProduct.Shapes, leftScale: Float, rightScale: Tensor,
    bias: Tensor?
  ) throws(EngineError) -> Tensor {
    let scales = try parameters(call, rightScale, places: shapes.n).map { leftScale * Float($0) }
    let addends = try parameters(call, bias, places: shapes.n)
    let result = sums.indices.map { index in
      let column = index % shapes.n
      return Double(Float(sums[index]) * scales[column]) + addends[column]
    }
    return try call.tensor(.real(result), as: .float, shape: shapes.result)
  }
}
