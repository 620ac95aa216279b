import AssayCore
import AssayONNX

/// Operators that map every element by itself.
enum Elementwise {
  /// One ATen operator of one tensor.
  static func unary(_ name: String) -> Lowering {
    { plan throws(TorchError) in
      let operation = try plan.operation(name)
      return { call throws(TorchError) in [try operation(.tensor(try call.input(0)))] }
    }
  }

  static let identity: Lowering = { _ throws(TorchError) in { call throws(TorchError) in [try call.input(0)] } }

  static let softsign: Lowering = { plan throws(TorchError) in
    let absolute = try plan.operation("aten::abs")
    let aten = plan.aten
    return { call throws(TorchError) in
      let input = try call.input(0)
      return [try aten.divide(input, try aten.add(try absolute(.tensor(input)), 1))]
    }
  }

  /// `aten::elu(self, alpha, scale, input_scale)`: scale·(x > 0 ? x : alpha·(exp(input_scale·x) − 1)).
  private static func scaledElu(
    _ factors: @escaping @Sendable (NodePlan) -> (alpha: Double, scale: Double, inputScale: Double)
  ) -> Lowering {
    { plan throws(TorchError) in
      let operation = try plan.operation("aten::elu")
      let (alpha, scale, inputScale) = factors(plan)
      return { call throws(TorchError) in
        [try operation(.tensor(try call.input(0)), .double(alpha), .double(scale), .double(inputScale))]
      }
    }
  }

  static let elu = scaledElu { ($0.double("alpha", otherwise: 1), 1, 1) }
  static let selu = scaledElu {
    (
      $0.double("alpha", otherwise: 1.67326319217681884765625),
      $0.double("gamma", otherwise: 1.05070102214813232421875), 1
    )
  }
  static let celu = scaledElu { plan in
    let alpha = plan.double("alpha", otherwise: 1)
    return (alpha, 1, 1 / alpha)
  }

  static let leakyRelu: Lowering = { plan throws(TorchError) in
    let operation = try plan.operation("aten::leaky_relu")
    let alpha = plan.double("alpha", otherwise: 0.01)
    return { call throws(TorchError) in [try operation(.tensor(try call.input(0)), .double(alpha))] }
  }

  static let thresholdedRelu: Lowering = { plan throws(TorchError) in
    let operation = try plan.operation("aten::threshold")
    let alpha = plan.double("alpha", otherwise: 1)
    return { call throws(TorchError) in [try operation(.tensor(try call.input(0)), .double(alpha), 0)] }
  }

  static let hardSigmoid: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let (alpha, beta) = (plan.double("alpha", otherwise: Double(Float(0.2))), plan.double("beta", otherwise: 0.5))
    return { call throws(TorchError) in
      [try aten.clamp(try aten.add(try aten.multiply(try call.input(0), alpha), beta), 0, 1)]
    }
  }

  /// x < −λ: x + bias; x > λ: x − bias; else 0.
  static let shrink: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let (below, above) = (try plan.operation("aten::lt.Scalar"), try plan.operation("aten::gt.Scalar"))
    let (lambda, bias) = (plan.double("lambd", otherwise: 0.5), plan.double("bias", otherwise: 0))
    return { call throws(TorchError) in
      let input = try call.input(0)
      let zero = try aten.multiply(input, integer: 0)
      let low = try aten.choose(
        try below(.tensor(input), .double(-lambda)), try aten.add(input, bias), zero)
      return [
        try aten.choose(try above(.tensor(input), .double(lambda)), try aten.add(input, -bias), low)
      ]
    }
  }

  /// Gelu of ONNX (opset 20) and of com.microsoft: exact with erf, or the tanh approximation.
  static let gelu: Lowering = { plan throws(TorchError) in
    let operation = try plan.operation("aten::gelu")
    let kind = plan.node.string("approximate") ?? "none"
    guard kind == "none" || kind == "tanh" else { throw plan.unsupported("approximate '\(kind)'") }
    return { call throws(TorchError) in [try operation(.tensor(try call.input(0)), .string(kind))] }
  }

  /// x·sigmoid(α·x), opset 24.
  static let swish: Lowering = { plan throws(TorchError) in
    let (silu, sigmoid) = (try plan.operation("aten::silu"), try plan.operation("aten::sigmoid"))
    let aten = plan.aten
    let alpha = plan.double("alpha", otherwise: 1)
    return { call throws(TorchError) in
      let input = try call.input(0)
      if alpha == 1 { return [try silu(.tensor(input))] }
      return [try aten.multiply(input, try sigmoid(.tensor(try aten.multiply(input, alpha))))]
    }
  }

  /// Limits are attributes before opset 11, inputs since.
  static let clip: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    func attribute(_ name: String) -> Number? { plan.node.float(name).map { .known(Double($0)) } }
    let low = try plan.number(input: 1) ?? attribute("min")
    let high = try plan.number(input: 2) ?? attribute("max")
    let clamp = try plan.operation("aten::clamp.Tensor")
    switch (low, high) {
    case (.input, _), (_, .input):
      // A limit that runs compute may have a gradient of its own.
      return { call throws(TorchError) in
        let input = try call.input(0)
        func limit(_ index: Int, _ number: Number?) throws(TorchError) -> TorchTensor? {
          guard case .known(let value)? = number else { return call.optional(index) }
          return try aten.cast(
            try TorchTensor(Tensor(scalar: value), on: input.device, library: aten.library),
            to: input.elementType ?? .float)
        }
        return [try clamp(.tensor(input), .optional(try limit(1, low)), .optional(try limit(2, high)))]
      }
    default:
      func bound(_ number: Number?) -> TorchValue {
        guard case .known(let value)? = number else { return .none }
        return value == value.rounded() && value.magnitude < 0x1p53 ? .int(Int(value)) : .double(value)
      }
      let operation = try plan.operation("aten::clamp")
      let (lowest, highest) = (bound(low), bound(high))
      guard low != nil || high != nil else { return { call throws(TorchError) in [try call.input(0)] } }
      return { call throws(TorchError) in [try operation(.tensor(try call.input(0)), lowest, highest)] }
    }
  }

  static let isInf: Lowering = { plan throws(TorchError) in
    let positive = plan.flag("detect_positive", otherwise: true)
    let negative = plan.flag("detect_negative", otherwise: true)
    guard positive || negative else { throw plan.unsupported("detecting no infinity at all") }
    let operation = try plan.operation(
      positive && negative ? "aten::isinf" : positive ? "aten::isposinf" : "aten::isneginf")
    return { call throws(TorchError) in [try operation(.tensor(try call.input(0)))] }
  }

  static let cast: Lowering = { plan throws(TorchError) in
    guard let code = plan.node.int("to"), let type = Int32(exactly: code).flatMap(ElementType.init(rawValue:)) else {
      throw plan.unsupported("the target type \(plan.node.int("to") ?? 0)")
    }
    guard [.int4, .uint4, .int2, .uint2].contains(type) == false else { throw plan.unsupported("casting to \(type)") }
    let (aten, stored) = (plan.aten, try plan.storage(type))
    return { call throws(TorchError) in [try aten.cast(try call.input(0), to: stored)] }
  }

  static let castLike: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    return { call throws(TorchError) in
      guard let type = try call.input(1).elementType else { throw .run("the target type is none of ONNX's") }
      return [try aten.cast(try call.input(0), to: type)]
    }
  }

  /// Dropout in training, whatever the node's own training flag says; else the identity.
  static let dropout: Lowering = { plan throws(TorchError) in
    let ratio: Number = try plan.number(input: 1) ?? .known(plan.double("ratio", otherwise: 0.5))
    let operation = try plan.operation("aten::native_dropout")
    let same = try plan.operation("aten::isnan")
    let not = try plan.operation("aten::logical_not")
    let wantsMask = plan.node.output(1) != nil
    return { call throws(TorchError) in
      let input = try call.input(0)
      if call.state.isTraining {
        let share = try ratio(call)
        guard share >= 0, share <= 1 else { throw .run("the ratio \(share) is no probability") }
        return try operation.call([.tensor(input), .double(share), true])
      }
      // A mask of true: a number is not NaN.
      return wantsMask ? [input, try not(.tensor(try same(.tensor(input))))] : [input]
    }
  }
}
