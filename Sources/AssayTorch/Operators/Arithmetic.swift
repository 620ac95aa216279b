import AssayCore
import AssayONNX

/// Operators on two or more tensors that broadcast against each other.
enum Arithmetic {
  static let add = binary("aten::add.Tensor")
  static let sub = binary("aten::sub.Tensor")
  static let mul = binary("aten::mul.Tensor")

  /// Integers: towards zero.
  static let div: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let second = try aligned(plan)
    return { call throws(TorchError) in
      let (a, b) = (try call.input(0), try second(call))
      if a.elementType?.isFloatingPoint ?? true { return [try aten.divide(a, b)] }
      // The smallest integer divided by -1 would trap in the processor.
      let isNegation = try aten.isEqual(b, to: -1)
      let one = try aten.add(try aten.multiply(b, integer: 0), integer: 1)
      let quotient = try aten.divideTruncating(a, try aten.choose(isNegation, one, b))
      return [try aten.choose(isNegation, try aten.negate(a), quotient)]
    }
  }

  static let mod: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let operation = try plan.operation(plan.flag("fmod") ? "aten::fmod.Tensor" : "aten::remainder.Tensor")
    return { call throws(TorchError) in
      let (a, b) = (try call.input(0), try call.input(1))
      if a.elementType?.isFloatingPoint ?? true { return [try operation(.tensor(a), .tensor(b))] }
      // As for the quotient; the remainder by 1 is that by -1.
      let one = try aten.add(try aten.multiply(b, integer: 0), integer: 1)
      return [try operation(.tensor(a), .tensor(try aten.choose(try aten.isEqual(b, to: -1), one, b)))]
    }
  }

  /// Base and exponent may be of different types; the result has the base's.
  static let pow: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let (byTensor, byNumber) = (
      try plan.operation("aten::pow.Tensor_Tensor"), try plan.operation("aten::pow.Tensor_Scalar")
    )
    var fixed: Double?
    if let name = plan.node.input(1), let exponent = plan.constants.peek(name),
      exponent.shape.isEmpty || exponent.shape == [1]
    {
      fixed = plan.known(1)?.realValues()?.first
    }
    // A tensor of one element still gives the base its rank.
    let isScalar = fixed != nil
    return { call throws(TorchError) in
      let base = try call.input(0)
      let type = base.elementType ?? .float
      if isScalar, let fixed, type.isFloatingPoint, base.rank > 0 {
        return [try byNumber(.tensor(base), .double(fixed))]
      }
      let exponent = try call.input(1)
      if type.isFloatingPoint {
        return [try byTensor(.tensor(base), .tensor(try aten.cast(exponent, to: type)))]
      }
      if exponent.elementType?.isFloatingPoint ?? false {
        let wide = try byTensor(
          .tensor(try aten.cast(base, to: .double)), .tensor(try aten.cast(exponent, to: .double)))
        return [try aten.cast(wide, to: type)]
      }
      return [try byTensor(.tensor(base), .tensor(try aten.cast(exponent, to: type)))]
    }
  }

  /// Before opset 7 a list of slopes was one for each channel.
  static let prelu: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let isOld = plan.opset < 7
    return { call throws(TorchError) in
      let input = try call.input(0)
      var slope = try call.input(1)
      if isOld, slope.rank == 1, slope.count > 1 {
        slope = try aten.reshape(slope, [-1] + [Int](repeating: 1, count: Swift.max(input.rank - 2, 0)))
      }
      guard try broadcastShape(input.shape, slope.shape) == input.shape else {
        throw .run("the slope \(slope.shape) does not stretch to \(input.shape)")
      }
      return [try aten.choose(try aten.isLess(input, than: 0), try aten.multiply(input, slope), input)]
    }
  }

  static let sum = variadic { aten, a, b throws(TorchError) in try aten.add(a, b) }
  static let max = variadic { aten, a, b throws(TorchError) in try aten.maximum(a, b) }
  static let min = variadic { aten, a, b throws(TorchError) in try aten.minimum(a, b) }

  static let mean: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let total = try sum(plan)
    let count = Double(plan.node.inputs.count)
    return { call throws(TorchError) in [try aten.multiply(try total(call)[0], 1 / count)] }
  }

  static let `where`: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    return { call throws(TorchError) in [try aten.choose(try call.input(0), try call.input(1), try call.input(2))] }
  }

  /// One ATen operator of two tensors.
  static func binary(_ name: String) -> Lowering {
    { plan throws(TorchError) in
      let operation = try plan.operation(name)
      let second = try aligned(plan)
      return { call throws(TorchError) in [try operation(.tensor(try call.input(0)), .tensor(try second(call)))] }
    }
  }

  /// The second input. Before opset 7 it was aligned at `axis` where the node said `broadcast`.
  private static func aligned(_ plan: NodePlan) throws(TorchError) -> (NodeCall) throws(TorchError) -> TorchTensor {
    guard plan.opset < 7, let axis = plan.node.int("axis") else {
      return { call throws(TorchError) in try call.input(1) }
    }
    let aten = plan.aten
    return { call throws(TorchError) in
      let (rank, second) = (try call.input(0).rank, try call.input(1))
      let (first, shape) = (try checkedAxis(axis, rank: rank), second.shape)
      guard first + shape.count <= rank else { throw .run("axis \(axis) leaves no room to broadcast") }
      return try aten.reshape(second, shape + [Int](repeating: 1, count: rank - first - shape.count))
    }
  }

  private static func variadic(
    _ combine: @escaping @Sendable (ATen, TorchTensor, TorchTensor) throws(TorchError) -> TorchTensor
  ) -> Lowering {
    { plan throws(TorchError) in
      let aten = plan.aten
      return { call throws(TorchError) in
        var result = try call.input(0)
        for index in call.inputs.indices.dropFirst() { result = try combine(aten, result, try call.input(index)) }
        return [result]
      }
    }
  }
}
