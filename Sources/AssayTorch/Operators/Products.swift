import AssayCore
import AssayONNX

/// Products of matrices and stacks of matrices.
enum Products {
  static let matMul: Lowering = { plan throws(TorchError) in
    let operation = try plan.operation("aten::matmul")
    return { call throws(TorchError) in [try operation(.tensor(try call.input(0)), .tensor(try call.input(1)))] }
  }

  /// `alpha · A' · B' + beta · C`.
  static let gemm: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let (alpha, beta) = (plan.double("alpha", otherwise: 1), plan.double("beta", otherwise: 1))
    let (isTransposedA, isTransposedB) = (plan.flag("transA"), plan.flag("transB"))
    let linear = try plan.operation("aten::linear")
    let sum = try plan.operation("aten::addmm")
    let product = try plan.operation("aten::mm")
    let isLinear = !isTransposedA && isTransposedB && alpha == 1 && beta == 1
    return { call throws(TorchError) in
      let (first, second) = (try call.input(0), try call.input(1))
      let bias = call.optional(2)
      if isLinear, bias?.rank ?? 1 == 1, first.rank == 2, second.rank == 2 {
        return [try linear(.tensor(first), .tensor(second), .optional(bias))]
      }
      let a = isTransposedA ? try aten.transpose(first, 0, 1) : first
      let b = isTransposedB ? try aten.transpose(second, 0, 1) : second
      guard let bias else {
        let result = try product(.tensor(a), .tensor(b))
        return [alpha == 1 ? result : try aten.multiply(result, alpha)]
      }
      return [try sum(.tensor(bias), .tensor(a), .tensor(b), number(beta), number(alpha))]
    }
  }

  /// Whole numbers stay integers, so that integer matrices may be multiplied too.
  private static func number(_ value: Double) -> TorchValue {
    value == value.rounded() && value.magnitude < 0x1p31 ? .int(Int(value)) : .double(value)
  }

  static let einsum: Lowering = { plan throws(TorchError) in
    let operation = try plan.operation("aten::einsum")
    guard let equation = plan.node.string("equation") else { throw plan.failure("the equation is missing") }
    return { call throws(TorchError) in
      var operands: [TorchTensor] = []
      for index in call.inputs.indices { operands.append(try call.input(index)) }
      return [try operation(.string(equation), .tensors(operands))]
    }
  }

  // MARK: com.microsoft

  static let fusedMatMul: Lowering = { plan throws(TorchError) in
    guard !plan.flag("transBatchA"), !plan.flag("transBatchB") else { throw plan.unsupported("transposed batches") }
    let aten = plan.aten
    let (isTransposedA, isTransposedB) = (plan.flag("transA"), plan.flag("transB"))
    let alpha = plan.double("alpha", otherwise: 1)
    return { call throws(TorchError) in
      let (first, second) = (try call.input(0), try call.input(1))
      guard !isTransposedA || first.rank > 1, !isTransposedB || second.rank > 1 else {
        throw .run("a vector cannot be transposed")
      }
      let a = isTransposedA ? try aten.transpose(first, -2, -1) : first
      let b = isTransposedB ? try aten.transpose(second, -2, -1) : second
      let result = try aten.matmul(a, b)
      return [alpha == 1 ? result : try aten.multiply(result, alpha)]
    }
  }

  /// A Conv with an optional addend Z and an activation.
  static let fusedConv: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let convolution = try Convolutions.conv(plan)
    let activation = try activation(plan, parameters: plan.node.floats("activation_params") ?? [])
    return { call throws(TorchError) in
      var result = try convolution(call)[0]
      if let addend = call.optional(3) { result = try aten.add(result, addend) }
      return try activation(NodeCall(inputs: [result], state: call.state))
    }
  }

  static let fusedGemm: Lowering = { plan throws(TorchError) in
    let product = try gemm(plan)
    let activation = try activation(plan, parameters: plan.node.float("activation_alpha").map { [$0] } ?? [])
    return { call throws(TorchError) in
      try activation(NodeCall(inputs: [try product(call)[0]], state: call.state))
    }
  }

  private static func activation(_ plan: NodePlan, parameters: [Float]) throws(TorchError) -> NodeFunction {
    let lowering: Lowering
    var attributes: [Attribute] = []
    switch plan.node.string("activation") ?? "" {
    case "": lowering = Elementwise.identity
    case "Relu": lowering = Elementwise.unary("aten::relu")
    case "Sigmoid": lowering = Elementwise.unary("aten::sigmoid")
    case "Tanh": lowering = Elementwise.unary("aten::tanh")
    case "LeakyRelu":
      lowering = Elementwise.leakyRelu
      attributes = parameters.prefix(1).map { Attribute("alpha", float: $0) }
    case "Clip" where parameters.count == 2:
      lowering = Elementwise.clip
      attributes = [Attribute("min", float: parameters[0]), Attribute("max", float: parameters[1])]
    case let other: throw plan.unsupported("the activation '\(other)'")
    }
    let node = Node(plan.node.opType, name: plan.node.name, inputs: [""], outputs: [""], attributes: attributes)
    return try lowering(
      NodePlan(
        node: node, opset: 6, aten: plan.aten, device: plan.device, precision: plan.precision,
        constants: plan.constants))
  }

  /// A · Bᵀ with B `[N, blocks, bytes]` of 2-, 4- or 8-bit numbers in blocks along K, unpacked in every run.
  static let matMulNBits: Lowering = { plan throws(TorchError) in
    let bits = plan.node.int("bits") ?? 4
    guard let k = plan.node.int("K"), let n = plan.node.int("N"), let block = plan.node.int("block_size"),
      bits == 2 || bits == 4 || bits == 8, k > 0, n > 0, block >= 16, block <= 1 << 16, block % 4 == 0,
      k <= Int(Int32.max), n <= Int(Int32.max)
    else {
      throw plan.failure("K, N, bits or block_size are missing or cannot be")
    }
    guard !plan.hasInput(4) else { throw plan.unsupported("a group index") }
    let aten = plan.aten
    let linear = try plan.operation("aten::linear")
    let (shift, mask) = (
      try plan.operation("aten::bitwise_right_shift.Tensor"), try plan.operation("aten::bitwise_and.Scalar")
    )
    let perByte = 8 / bits
    let shifts = try TorchTensor(
      Tensor((0..<perByte).map { UInt8($0 * bits) }, shape: [perByte]), on: plan.device, library: aten.library)
    func codes(_ packed: TorchTensor, rows: Int) throws(TorchError) -> TorchTensor {
      let bytes = try aten.reshape(packed, [rows, -1, 1])
      let numbers = try mask(.tensor(try shift(.tensor(bytes), .tensor(shifts))), .int((1 << bits) - 1))
      return try aten.reshape(numbers, [rows, -1])
    }
    let blocks = (k + block - 1) / block
    return { call throws(TorchError) in
      let (input, scales) = (try call.input(0), try call.input(2))
      let type = input.elementType ?? .float
      let numbers = try aten.reshape(
        try aten.cast(try codes(try call.input(1), rows: n), to: type), [n, blocks, block])
      let zeros: TorchTensor
      if let given = call.optional(3) {
        let unpacked = given.elementType?.isFloatingPoint ?? false ? given : try codes(given, rows: n)
        zeros = try aten.narrow(
          try aten.reshape(try aten.cast(unpacked, to: type), [n, -1]), axis: 1, from: 0, count: blocks)
      } else {
        zeros = try aten.add(
          try aten.multiply(try aten.reshape(scales, [n, blocks]), integer: 0), Double(1 << (bits - 1)))
      }
      let centred = try aten.subtract(numbers, try aten.reshape(zeros, [n, blocks, 1]))
      let scaled = try aten.multiply(centred, try aten.reshape(scales, [n, blocks, 1]))
      let weight = try aten.narrow(try aten.reshape(scaled, [n, blocks * block]), axis: 1, from: 0, count: k)
      return [try linear(.tensor(input), .tensor(weight), .optional(call.optional(5)))]
    }
  }
}
