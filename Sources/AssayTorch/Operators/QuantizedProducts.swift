import AssayCore
import AssayONNX

/// Convolutions and matrix products of integers, exact in double precision; they have no gradient.
enum QuantizedProducts {
  /// The numbers less their zero point, as double.
  private static func centred(
    _ aten: ATen, _ tensor: TorchTensor, _ zero: TorchTensor?, shape: [Int]? = nil
  ) throws(TorchError) -> TorchTensor {
    let wide = try aten.cast(tensor, to: .double)
    guard let zero else { return wide }
    let offset = try aten.cast(zero, to: .double)
    return try aten.subtract(wide, zero.count > 1 ? try aten.reshape(offset, shape ?? zero.shape) : offset)
  }

  static let convInteger: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let sums = try convolution(plan, weight: 1, zeros: (2, 3))
    return { call throws(TorchError) in [try aten.cast(try sums(call), to: .int32)] }
  }

  private typealias Sums = (NodeCall) throws(TorchError) -> TorchTensor

  private static func convolution(
    _ plan: NodePlan, weight: Int, zeros: (input: Int, weight: Int)
  ) throws(TorchError) -> Sums {
    let aten = plan.aten
    let convolution = try Convolutions.conv(plan)
    return { call throws(TorchError) in
      let kernel = try call.input(weight)
      let channels = [-1] + [Int](repeating: 1, count: max(kernel.rank - 1, 0))
      // Padding with the zero point is padding with 0 once it is subtracted.
      let arguments = [
        try centred(aten, try call.input(0), call.optional(zeros.input)),
        try centred(aten, kernel, call.optional(zeros.weight), shape: channels),
      ]
      return try convolution(NodeCall(inputs: arguments, state: call.state))[0]
    }
  }

  static let matMulInteger: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    return { call throws(TorchError) in
      let sums = try product(aten, try call.input(0), try call.input(1), call.optional(2), call.optional(3))
      return [try aten.cast(sums, to: .int32)]
    }
  }

  /// Zero points of the left may differ by row, of the right by column.
  private static func product(
    _ aten: ATen, _ a: TorchTensor, _ b: TorchTensor, _ zeroA: TorchTensor?, _ zeroB: TorchTensor?
  ) throws(TorchError) -> TorchTensor {
    try aten.matmul(try centred(aten, a, zeroA, shape: [-1, 1]), try centred(aten, b, zeroB))
  }

  /// Sums times `a · b / y`, rounded and saturated, all in single precision as ONNX Runtime computes it.
  private static func requantized(
    _ aten: ATen, _ call: NodeCall, _ sums: TorchTensor, scales: (a: Int, b: Int, y: Int), zero: Int,
    scaleShape: [Int], _ range: QuantizedRange
  ) throws(TorchError) -> TorchTensor {
    let (a, b, y) = (try call.input(scales.a), try call.input(scales.b), try call.input(scales.y))
    var scale = try aten.divide(try aten.multiply(try aten.cast(a, to: .float), try aten.cast(b, to: .float)), y)
    if scale.count > 1 { scale = try aten.reshape(scale, scaleShape) }
    let levels = try aten.round(try aten.multiply(try aten.cast(sums, to: .float), try aten.cast(scale, to: .float)))
    let shifted = try aten.add(levels, try aten.cast(try call.input(zero), to: .float))
    return try aten.cast(try aten.clamp(shifted, Double(range.low), Double(range.high)), to: range.stored)
  }

  /// The type of the output's zero point.
  private static func range(_ plan: NodePlan, zero: Int) throws(TorchError) -> QuantizedRange {
    guard let name = plan.node.input(zero), let type = plan.constants.type(name), let range = QuantizedRange(type)
    else {
      throw plan.unsupported("an output zero point that is no constant")
    }
    return range
  }

  static let qLinearConv: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let range = try range(plan, zero: 7)
    let convolution = try convolution(plan, weight: 3, zeros: (2, 5))
    return { call throws(TorchError) in
      var sums = try convolution(call)
      let channels = [-1] + [Int](repeating: 1, count: max(sums.rank - 2, 0))
      if let bias = call.optional(8) {
        sums = try aten.add(sums, try aten.reshape(try aten.cast(bias, to: .double), channels))
      }
      return [
        try requantized(aten, call, sums, scales: (1, 4, 6), zero: 7, scaleShape: channels, range)
      ]
    }
  }

  static let qLinearMatMul: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let range = try range(plan, zero: 7)
    return { call throws(TorchError) in
      let sums = try product(aten, try call.input(0), try call.input(3), call.optional(2), call.optional(5))
      return [try requantized(aten, call, sums, scales: (1, 4, 6), zero: 7, scaleShape: [-1], range)]
    }
  }
}
