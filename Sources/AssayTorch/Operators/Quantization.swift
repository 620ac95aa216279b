import AssayCore
import AssayONNX

/// The range of an integer type that numbers are quantized to.
struct QuantizedRange {
  let low: Int
  let high: Int
  let stored: ElementType

  init?(_ type: ElementType) {
    switch type {
    case .uint8: (low, high, stored) = (0, 255, .uint8)
    case .int8: (low, high, stored) = (-128, 127, .int8)
    case .uint16: (low, high, stored) = (0, 65535, .int32)
    case .int16: (low, high, stored) = (-32768, 32767, .int16)
    case .uint4: (low, high, stored) = (0, 15, .uint8)
    case .int4: (low, high, stored) = (-8, 7, .int8)
    case .uint2: (low, high, stored) = (0, 3, .uint8)
    case .int2: (low, high, stored) = (-2, 1, .int8)
    default: return nil
    }
  }

  /// The range of a QuantizeLinear: of its zero point, else declared, else uint8; nil for a zero point that the graph
  /// computes.
  static func declared(_ plan: NodePlan) throws(TorchError) -> QuantizedRange? {
    let declared = plan.node.int("output_dtype").flatMap { Int32(exactly: $0) }.flatMap(ElementType.init(rawValue:))
    var type = declared ?? .uint8
    if let zero = plan.node.input(2) {
      guard let known = plan.constants.type(zero) else { return nil }
      type = known
    }
    guard let range = QuantizedRange(type) else { throw plan.unsupported("quantizing to \(type)") }
    return range
  }

  /// The declared range, or else that of the zero point as it was computed.
  static func of(_ declared: QuantizedRange?, _ call: NodeCall) throws(TorchError) -> QuantizedRange {
    if let declared { return declared }
    guard let type = try call.input(2).elementType, let range = QuantizedRange(type) else {
      throw .run("the zero point has no integer type that can be quantized to")
    }
    return range
  }
}

/// Scales and zero points, laid out so that they broadcast against the data.
private struct QuantizerGrid {
  private let aten: ATen
  private let axis: Int
  private let block: Int

  init(_ plan: NodePlan) {
    aten = plan.aten
    axis = plan.node.int("axis") ?? 1
    block = plan.node.int("block_size") ?? 0
  }

  /// The axis of a parameter that differs along it; nil for one number.
  func axis(of parameter: TorchTensor, rank: Int) throws(TorchError) -> Int? {
    parameter.count == 1 ? nil : try checkedAxis(axis, rank: rank)
  }

  func fitted(_ parameter: TorchTensor, to shape: [Int]) throws(TorchError) -> TorchTensor {
    let own = parameter.shape
    if own.isEmpty || own == [1] { return parameter }
    let axis = try checkedAxis(axis, rank: shape.count)
    guard block > 0 else {
      guard own == [shape[axis]] else { throw .run("scales of shape \(own) for axis \(axis) of \(shape)") }
      var target = [Int](repeating: 1, count: shape.count)
      target[axis] = shape[axis]
      return try aten.reshape(parameter, target)
    }
    guard own.count == shape.count,
      shape.indices.allSatisfy({ own[$0] == ($0 == axis ? (shape[$0] - 1) / block + 1 : shape[$0]) })
    else {
      throw .run("scales of shape \(own) are no blocks of \(block) along axis \(axis) of \(shape)")
    }
    let repeated = try aten.library.call(
      "aten::repeat_interleave.self_int", .tensor(parameter), .int(block), .int(axis))
    return try aten.narrow(repeated[0], axis: axis, from: 0, count: shape[axis])
  }
}

/// Between real numbers and integers with scale and zero point.
enum Quantization {
  static let quantizeLinear: Lowering = { plan throws(TorchError) in
    let (aten, grid, declared) = (plan.aten, QuantizerGrid(plan), try QuantizedRange.declared(plan))
    return { call throws(TorchError) in
      let input = try call.input(0)
      let (shape, range) = (input.shape, try QuantizedRange.of(declared, call))
      let scaled = try aten.divide(input, try grid.fitted(try call.input(1), to: shape))
      var levels = try aten.round(scaled)
      if let zero = call.optional(2) {
        levels = try aten.add(levels, try aten.cast(try grid.fitted(zero, to: shape), to: input.elementType ?? .float))
      }
      return [try aten.cast(try aten.clamp(levels, Double(range.low), Double(range.high)), to: range.stored)]
    }
  }

  static let dequantizeLinear: Lowering = { plan throws(TorchError) in
    let (aten, grid) = (plan.aten, QuantizerGrid(plan))
    return { call throws(TorchError) in
      let (input, scale) = (try call.input(0), try call.input(1))
      let shape = input.shape
      guard let type = scale.elementType, let given = input.elementType else { throw .run("an unknown type") }
      // The difference is exact; small integers are so in floating point too.
      let isWide = given == .int32 || given == .int64
      var centred = try aten.cast(input, to: isWide ? .int64 : type)
      if let zero = call.optional(2) {
        centred = try aten.subtract(
          centred,
          try aten.cast(
            try grid.fitted(zero, to: shape),
            to: isWide && !(zero.elementType?.isFloatingPoint ?? false) ? .int64 : type))
      }
      return [try aten.multiply(try aten.cast(centred, to: type), try grid.fitted(scale, to: shape))]
    }
  }

  /// QuantizeLinear and DequantizeLinear in one: what is computed with are the numbers that the integers stand for.
  ///
  /// The gradient passes unchanged inside the range and not outside (straight-through estimation; Bengio, Léonard,
  /// Courville 2013, arXiv 1308.3432). A scale that requires a gradient gets that of learned step size
  /// quantization, round(x/s) − x/s inside the range and the bound outside (Esser et al. 2020, arXiv 1902.08153, eq. 3),
  /// and the zero point its own.
  static let fakeQuantize: Lowering = { plan throws(TorchError) in
    let (aten, grid, declared) = (plan.aten, QuantizerGrid(plan), try QuantizedRange.declared(plan))
    let perTensor = try plan.operation("aten::fake_quantize_per_tensor_affine.tensor_qparams")
    let perChannel = try plan.operation("aten::fake_quantize_per_channel_affine")
    let isBlocked = (plan.node.int("block_size") ?? 0) > 0
    return { call throws(TorchError) in
      let range = try QuantizedRange.of(declared, call)
      let (low, high) = (range.low, range.high)
      let (input, scale) = (try call.input(0), try call.input(1))
      let zero = call.optional(2)
      let isRecorded = call.state.isRecorded
      let isLearned = isRecorded && (scale.requiresGradient || zero?.requiresGradient ?? false)
      let isPassed = isRecorded && input.requiresGradient
      if isPassed, !isLearned, !isBlocked, input.elementType == .float, scale.elementType == .float {
        let whole = try wholeZero(aten, zero, scale)
        guard let axis = try grid.axis(of: scale, rank: input.rank) else {
          return [try perTensor(.tensor(input), .tensor(scale), .tensor(whole), .int(low), .int(high))]
        }
        return [
          try perChannel(.tensor(input), .tensor(scale), .tensor(whole), .int(axis), .int(low), .int(high))
        ]
      }
      let shape = input.shape
      let type = input.elementType ?? .float
      let step = try grid.fitted(scale, to: shape)
      let offset = try zero.map { zero throws(TorchError) in
        try aten.cast(try grid.fitted(zero, to: shape), to: type)
      }
      let scaled = try aten.divide(input, step)
      var levels = try aten.round(scaled)
      if isPassed || isLearned {
        // x + (round(x) − x) is exact, and its second part carries no gradient.
        levels = try aten.add(scaled, try aten.subtract(levels, scaled).detached())
      }
      if let offset { levels = try aten.add(levels, offset) }
      levels = try aten.clamp(levels, Double(low), Double(high))
      if let offset { levels = try aten.subtract(levels, offset) }
      return [try aten.multiply(levels, step)]
    }
  }

  /// Zero points as libtorch's quantizers take them: 32-bit integers in the shape of the scales.
  private static func wholeZero(
    _ aten: ATen, _ zero: TorchTensor?, _ scale: TorchTensor
  ) throws(TorchError) -> TorchTensor {
    guard let zero else { return try aten.cast(try aten.multiply(try scale.detached(), integer: 0), to: .int32) }
    return try aten.cast(zero.elementType?.isFloatingPoint ?? false ? try aten.round(zero) : zero, to: .int32)
  }

  /// uint8 with the scale and zero point of the data's range, which always holds 0.
  static let dynamicQuantizeLinear: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let (smallest, largest) = (try plan.operation("aten::min"), try plan.operation("aten::max"))
    return { call throws(TorchError) in
      let input = try call.input(0)
      let low = try aten.clamp(try smallest(.tensor(input)), nil, 0)
      let high = try aten.clamp(try largest(.tensor(input)), 0, nil)
      let width = try aten.divide(try aten.subtract(high, low), try aten.library.ones([], like: input, times: 255))
      let scale = try aten.choose(try aten.isEqual(width, to: 0), try aten.library.ones([], like: input), width)
      let zero = try aten.clamp(try aten.round(try aten.divide(try aten.negate(low), scale)), 0, 255)
      let levels = try aten.add(try aten.round(try aten.divide(input, scale)), zero)
      return [
        try aten.cast(try aten.clamp(levels, 0, 255), to: .uint8), scale, try aten.cast(zero, to: .uint8),
      ]
    }
  }
}
