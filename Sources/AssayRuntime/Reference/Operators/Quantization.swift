import AssayCore
import AssayONNX

/// The range of an integer type that numbers are quantized to.
struct QuantizedRange {
  let low: Float
  let high: Float

  init(_ call: OperatorCall, _ type: ElementType) throws(EngineError) {
    switch type {
    case .uint8: (low, high) = (0, 255)
    case .int8: (low, high) = (-128, 127)
    case .uint16: (low, high) = (0, 65535)
    case .int16: (low, high) = (-32768, 32767)
    case .uint4: (low, high) = (0, 15)
    case .int4: (low, high) = (-8, 7)
    case .uint2: (low, high) = (0, 3)
    case .int2: (low, high) = (-2, 1)
    default: throw call.unsupported("quantizing to \(type)")
    }
  }

  /// `saturate(round(scaled) + zeroPoint)`, ties to even, in single precision as ONNX Runtime computes it; NaN is 0.
  func quantized(_ scaled: Float, zeroPoint: Float) -> Int64 {
    let value = scaled.rounded(.toNearestOrEven) + zeroPoint
    return value.isNaN ? 0 : Int64(min(max(value, low), high))
  }
}

/// Between real numbers and integers with scale and zero point.
enum Quantization {
  /// Scales and zero points, and which of them belongs to each element.
  private struct Grid {
    var scales: [Float]
    var zeroPoints: [Float]
    /// nil when one scale serves all.
    var owners: [Int]?

    init(_ call: OperatorCall, _ input: Tensor) throws(EngineError) {
      let scale = try call.input(1)
      scales = try call.reals(scale).map { Float($0) }
      zeroPoints = [Float](repeating: 0, count: scales.count)
      if let zeroPoint = call.optional(2) {
        guard zeroPoint.count == scale.count else {
          throw call.failure("\(zeroPoint.count) zero points for \(scale.count) scales")
        }
        zeroPoints = try call.reals(zeroPoint).map { Float($0) }
      }
      if scale.shape.isEmpty || scale.shape == [1] { return }
      let axis = try call.axis(call.node.int("axis") ?? 1, rank: input.shape.count)
      let block = call.node.int("block_size") ?? 0
      let strides = rowMajorStrides(scale.shape)
      var offsets: [[Int]] = []
      if block > 0 {
        guard scale.shape.count == input.shape.count,
          input.shape.indices.allSatisfy({
            scale.shape[$0] == ($0 == axis ? (input.shape[$0] - 1) / block + 1 : input.shape[$0])
          })
        else {
          throw call.failure("scales of shape \(scale.shape) are no blocks of \(block) along axis \(axis)")
        }
        offsets = input.shape.indices.map { place in
          (0..<input.shape[place]).map { (place == axis ? $0 / block : $0) * strides[place] }
        }
      } else {
        guard scale.shape == [input.shape[axis]] else {
          throw call.failure("scales of shape \(scale.shape) for axis \(axis) of \(input.shape)")
        }
        offsets = input.shape.indices.map { place in (0..<input.shape[place]).map { place == axis ? $0 : 0 } }
      }
      owners = gridPositions(offsets)
    }
  }

  static func quantizeLinear(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let declared = call.node.int("output_dtype").flatMap { Int32(exactly: $0) }.flatMap(ElementType.init(rawValue:))
    let type = call.optional(2)?.elementType ?? declared ?? .uint8
    let range = try QuantizedRange(call, type)
    let grid = try Grid(call, input)
    let values = try call.reals(input)
    let result = values.indices.map { index in
      let owner = grid.owners?[index] ?? 0
      return range.quantized(Float(values[index]) / grid.scales[owner], zeroPoint: grid.zeroPoints[owner])
    }
    return [try call.tensor(.signed(result), as: type, shape: input.shape)]
  }

  static func dequantizeLinear(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    guard !input.elementType.isFloatingPoint else { throw call.unsupported("dequantizing \(input.elementType)") }
    let grid = try Grid(call, input)
    let values = try call.reals(input)
    let result = values.indices.map { index in
      let owner = grid.owners?[index] ?? 0
      // The difference is exact; one rounding to Float, one in the product.
      return Double(Float(values[index] - Double(grid.zeroPoints[owner])) * grid.scales[owner])
    }
    return [try call.tensor(.real(result), as: try call.input(1).elementType, shape: input.shape)]
  }

  /// uint8 with the scale and zero point of the data's range, which always holds 0.
  static func dynamicQuantizeLinear(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let quantized = try dynamic(call, try call.reals(input))
    return [
      try call.tensor(.signed(quantized.values), as: .uint8, shape: input.shape), Tensor(scalar: quantized.scale),
      Tensor(scalar: UInt8(quantized.zeroPoint)),
    ]
  }

  static func dynamic(
    _ call: OperatorCall, _ values: [Double]
  ) throws(EngineError) -> (values: [Int64], scale: Float, zeroPoint: Int64) {
    let range = try QuantizedRange(call, .uint8)
    let low = Float(values.reduce(0) { min($0, $1) })
    let high = Float(values.reduce(0) { max($0, $1) })
    let scale = high == low ? 1 : (high - low) / 255
    let zeroPoint = range.quantized(-low / scale, zeroPoint: 0)
    let result = values.map { range.quantized(Float($0) / scale, zeroPoint: Float(zeroPoint)) }
    return (result, scale, zeroPoint)
  }
}
