import AssayCore
import AssayONNX
import Glibc

/// Operators that map every element by itself.
enum Functions {
  /// Applies a function of real numbers to a floating point tensor.
  private static func real(_ function: @escaping @Sendable (Double) -> Double) -> Operator {
    { call throws(EngineError) in try map(call, function) }
  }

  private static func map(_ call: OperatorCall, _ function: (Double) -> Double) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    guard case .real(let values) = try call.numbers(input) else {
      throw call.failure("the input is \(input.elementType), not floating point")
    }
    return [try call.tensor(.real(values.map(function)), as: input.elementType, shape: input.shape)]
  }

  /// Applies a function that integers have too.
  private static func number(
    real: @escaping @Sendable (Double) -> Double, signed: @escaping @Sendable (Int64) -> Int64,
    unsigned: @escaping @Sendable (UInt64) -> UInt64
  ) -> Operator {
    { call throws(EngineError) in
      let input = try call.input(0)
      let result: Numbers =
        switch try call.numbers(input) {
        case .real(let values): .real(values.map(real))
        case .signed(let values): .signed(values.map(signed))
        case .unsigned(let values): .unsigned(values.map(unsigned))
        }
      return [try call.tensor(result, as: input.elementType, shape: input.shape)]
    }
  }

  static let abs = number(
    real: { $0.magnitude }, signed: { $0 < 0 ? 0 &- $0 : $0 }, unsigned: { $0 })
  static let neg = number(real: { -$0 }, signed: { 0 &- $0 }, unsigned: { 0 &- $0 })
  static let sign = number(
    real: { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }, signed: { $0.signum() }, unsigned: { $0 == 0 ? 0 : 1 })
  static let relu = number(real: { $0 < 0 ? 0 : $0 }, signed: { Swift.max($0, 0) }, unsigned: { $0 })

  static let acos = real { Glibc.acos($0) }
  static let acosh = real { Glibc.acosh($0) }
  static let asin = real { Glibc.asin($0) }
  static let asinh = real { Glibc.asinh($0) }
  static let atan = real { Glibc.atan($0) }
  static let atanh = real { Glibc.atanh($0) }
  static let ceil = real { $0.rounded(.up) }
  static let cos = real { Glibc.cos($0) }
  static let cosh = real { Glibc.cosh($0) }
  static let erf = real { Glibc.erf($0) }
  static let exp = real { Glibc.exp($0) }
  static let floor = real { $0.rounded(.down) }
  static let log = real { Glibc.log($0) }
  static let reciprocal = real { 1 / $0 }
  /// Ties to even.
  static let round = real { $0.rounded(.toNearestOrEven) }
  static let sigmoid = real(logistic)
  static let sin = real { Glibc.sin($0) }
  static let sinh = real { Glibc.sinh($0) }
  static let softplus = real { Swift.max($0, 0) + Glibc.log1p(Glibc.exp(-$0.magnitude)) }
  static let softsign = real { $0 / (1 + $0.magnitude) }
  static let sqrt = real { $0.squareRoot() }
  static let tan = real { Glibc.tan($0) }
  static let tanh = real { Glibc.tanh($0) }
  static let hardSwish = real { $0 * Swift.min(Swift.max($0 / 6 + 0.5, 0), 1) }

  static func celu(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let alpha = Double(call.node.float("alpha") ?? 1)
    return try map(call) { Swift.max(0, $0) + Swift.min(0, alpha * Glibc.expm1($0 / alpha)) }
  }

  static func elu(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let alpha = Double(call.node.float("alpha") ?? 1)
    return try map(call) { $0 < 0 ? alpha * Glibc.expm1($0) : $0 }
  }

  static func selu(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let alpha = Double(call.node.float("alpha") ?? 1.67326319217681884765625)
    let gamma = Double(call.node.float("gamma") ?? 1.05070102214813232421875)
    return try map(call) { gamma * ($0 > 0 ? $0 : alpha * Glibc.expm1($0)) }
  }

  static func leakyRelu(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let alpha = Double(call.node.float("alpha") ?? 0.01)
    return try map(call) { $0 < 0 ? alpha * $0 : $0 }
  }

  static func thresholdedRelu(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let alpha = Double(call.node.float("alpha") ?? 1)
    return try map(call) { $0 > alpha ? $0 : 0 }
  }

  static func hardSigmoid(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let alpha = Double(call.node.float("alpha") ?? 0.2)
    let beta = Double(call.node.float("beta") ?? 0.5)
    return try map(call) { Swift.max(0, Swift.min(1, alpha * $0 + beta)) }
  }

  static func shrink(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let lambda = Double(call.node.float("lambd") ?? 0.5)
    let bias = Double(call.node.float("bias") ?? 0)
    return try map(call) { $0 < -lambda ? $0 + bias : $0 > lambda ? $0 - bias : 0 }
  }

  /// Gelu of ONNX (opset 20) and of com.microsoft: exact with erf, or the tanh approximation.
  static func gelu(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    switch call.node.string("approximate") ?? "none" {
    case "none": return try map(call) { 0.5 * $0 * (1 + Glibc.erf($0 / 2.0.squareRoot())) }
    case "tanh":
      let factor = (2 / Double.pi).squareRoot()
      return try map(call) { 0.5 * $0 * (1 + Glibc.tanh(factor * ($0 + 0.044715 * $0 * $0 * $0))) }
    case let other: throw call.unsupported("approximate '\(other)'")
    }
  }

  /// Limits are attributes before opset 11, inputs since.
  static func clip(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    for limit in [call.optional(1), call.optional(2)] {
      if let limit, limit.elementType != input.elementType || limit.count != 1 {
        throw call.failure("a limit is \(limit.elementType) of shape \(limit.shape)")
      }
    }
    func limit<T>(_ index: Int, _ name: String, _ read: (Numbers) -> [T]?) throws(EngineError) -> T? {
      if let tensor = call.optional(index) { return read(try call.numbers(tensor))?.first }
      guard let value = call.node.float(name) else { return nil }
      return read(.real([Double(value)]))?.first
    }
    func clipped<T: Comparable>(_ values: [T], _ low: T?, _ high: T?) -> [T] {
      values.map { value in
        let raised = low.map { value < $0 ? $0 : value } ?? value
        return high.map { raised > $0 ? $0 : raised } ?? raised
      }
    }
    let result: Numbers
    switch try call.numbers(input) {
    case .real(let values):
      let read: (Numbers) -> [Double]? = { if case .real(let list) = $0 { list } else { nil } }
      result = .real(clipped(values, try limit(1, "min", read), try limit(2, "max", read)))
    case .signed(let values):
      let read: (Numbers) -> [Int64]? = { if case .signed(let list) = $0 { list } else { nil } }
      result = .signed(clipped(values, try limit(1, "min", read), try limit(2, "max", read)))
    case .unsigned(let values):
      let read: (Numbers) -> [UInt64]? = { if case .unsigned(let list) = $0 { list } else { nil } }
      result = .unsigned(clipped(values, try limit(1, "min", read), try limit(2, "max", read)))
    }
    return [try call.tensor(result, as: input.elementType, shape: input.shape)]
  }

  static func isNaN(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    return [Tensor(try call.reals(input).map { $0.isNaN }, shape: input.shape)]
  }

  static func isInf(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let positive = (call.node.int("detect_positive") ?? 1) != 0
    let negative = (call.node.int("detect_negative") ?? 1) != 0
    let found = try call.reals(input).map { $0.isInfinite && ($0 > 0 ? positive : negative) }
    return [Tensor(found, shape: input.shape)]
  }

  static func not(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    return [Tensor(try call.booleans(input).map { !$0 }, shape: input.shape)]
  }

  static func identity(_ call: OperatorCall) throws(EngineError) -> [Tensor] { [try call.input(0)] }

  static func cast(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    guard let code = call.node.int("to"), let type = Int32(exactly: code).flatMap(ElementType.init(rawValue:)) else {
      throw call.unsupported("the target type \(call.node.int("to") ?? 0)")
    }
    if type.isFloatingPoint, type.bitWidth ?? 0 <= 8, (call.node.int("saturate") ?? 1) == 0 {
      throw call.unsupported("saturate = 0")
    }
    let input = try call.input(0)
    return [input.elementType == type ? input : try call.tensor(call.numbers(input), as: type, shape: input.shape)]
  }

  static func castLike(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let type = try call.input(1).elementType
    return [input.elementType == type ? input : try call.tensor(call.numbers(input), as: type, shape: input.shape)]
  }

  /// Inference only: the identity, with a mask of all true.
  static func dropout(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let ratio = try call.optional(1).map { ratio throws(EngineError) in try call.scalar(ratio) } ?? 0.5
    if let training = call.optional(2), try call.booleans(training).first == true, ratio != 0 {
      throw call.unsupported("training mode")
    }
    return [input, Tensor([Bool](repeating: true, count: input.count), shape: input.shape)]
  }
}

/// 1 / (1 + exp(-x)), without overflow on either side.
@Sendable func logistic(_ value: Double) -> Double {
  if value >= 0 { return 1 / (1 + exp(-value)) }
  let power = exp(value)
  return power / (1 + power)
}
