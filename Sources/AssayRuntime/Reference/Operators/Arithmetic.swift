import AssayCore
import AssayONNX
import Glibc

/// Operators on two or more tensors that broadcast against each other.
enum Arithmetic {
  /// One operation on the three kinds of numbers; nil where an integer result does not exist (division by zero).
  struct Rule: Sendable {
    var real: @Sendable (Double, Double) -> Double
    var signed: @Sendable (Int64, Int64) -> Int64?
    var unsigned: @Sendable (UInt64, UInt64) -> UInt64?
  }

  private static let sumRule = Rule(real: { $0 + $1 }, signed: { $0 &+ $1 }, unsigned: { $0 &+ $1 })
  // A NaN on either side wins, as in numpy.
  private static let minRule = Rule(
    real: { $0.isNaN || $0 < $1 ? $0 : $1 }, signed: { Swift.min($0, $1) }, unsigned: { Swift.min($0, $1) })
  private static let maxRule = Rule(
    real: { $0.isNaN || $0 > $1 ? $0 : $1 }, signed: { Swift.max($0, $1) }, unsigned: { Swift.max($0, $1) })

  static let add = binary(sumRule)
  static let sub = binary(Rule(real: { $0 - $1 }, signed: { $0 &- $1 }, unsigned: { $0 &- $1 }))
  static let mul = binary(Rule(real: { $0 * $1 }, signed: { $0 &* $1 }, unsigned: { $0 &* $1 }))
  /// Integers: towards zero.
  static let div = binary(
    Rule(
      real: { $0 / $1 }, signed: { $1 == 0 ? nil : $0.dividedReportingOverflow(by: $1).partialValue },
      unsigned: { $1 == 0 ? nil : $0 / $1 }))
  static let sum = variadic(sumRule)
  static let min = variadic(minRule)
  static let max = variadic(maxRule)

  static func mod(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let likeC = (call.node.int("fmod") ?? 0) != 0
    let type = try call.input(0).elementType
    guard likeC || !type.isFloatingPoint else {
      throw call.failure("fmod must be 1 for floating point")
    }
    let rule = Rule(
      real: { fmod($0, $1) },
      signed: { dividend, divisor in
        guard divisor != 0 else { return nil }
        let rest = dividend.remainderReportingOverflow(dividingBy: divisor).partialValue
        // Without fmod the result has the sign of the divisor, as in Python.
        return !likeC && rest != 0 && (rest < 0) != (divisor < 0) ? rest &+ divisor : rest
      },
      unsigned: { $1 == 0 ? nil : $0 % $1 })
    return [try apply(rule, call, try call.input(0), try call.input(1))]
  }

  static func mean(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let total = try reals(call, { $0 + $1 })
    let count = Double(call.inputs.count)
    let type = try call.input(0).elementType
    return [try call.tensor(.real(total.values.map { $0 / count }), as: type, shape: total.shape)]
  }

  /// Base and exponent may be of different types; the result has the base's.
  static func pow(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let (base, exponent) = (try call.input(0), try call.input(1))
    let shape = try call.broadcast([base.shape, exponent.shape])
    let bases = try call.numbers(try call.expanded(base, to: shape))
    let exponents = try call.numbers(try call.expanded(exponent, to: shape))
    if case .signed(let values) = bases, case .signed(let powers) = exponents, powers.allSatisfy({ $0 >= 0 }) {
      let result = zip(values, powers).map(integerPower)
      return [try call.tensor(.signed(result), as: base.elementType, shape: shape)]
    }
    let values = zip(
      try call.reals(try call.expanded(base, to: shape)), try call.reals(try call.expanded(exponent, to: shape)))
    return [try call.tensor(.real(values.map { Glibc.pow($0, $1) }), as: base.elementType, shape: shape)]
  }

  private static func integerPower(_ base: Int64, _ exponent: Int64) -> Int64 {
    var (result, square, rest) = (Int64(1), base, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result = result &* square }
      square = square &* square
      rest >>= 1
    }
    return result
  }

  static func prelu(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    // The slope stretches to the input, never the other way.
    let slope = try call.reals(try call.expanded(try call.input(1), to: input.shape))
    let values = zip(try call.reals(input), slope).map { $0 < 0 ? $0 * $1 : $0 }
    return [try call.tensor(.real(values), as: input.elementType, shape: input.shape)]
  }

  static func bitShift(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let left: Bool
    switch call.node.string("direction") {
    case "LEFT": left = true
    case "RIGHT": left = false
    default: throw call.failure("direction must be LEFT or RIGHT")
    }
    // Swift's smart shifts give 0 for shifts beyond the width.
    let rule = Rule(
      real: { first, _ in first }, signed: { left ? $0 << $1 : $0 >> $1 }, unsigned: { left ? $0 << $1 : $0 >> $1 })
    return [try apply(rule, call, try call.input(0), try call.input(1))]
  }

  static func `where`(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let (condition, first, second) = (try call.input(0), try call.input(1), try call.input(2))
    guard first.elementType == second.elementType else {
      throw call.failure("the choices are \(first.elementType) and \(second.elementType)")
    }
    let shape = try call.broadcast([condition.shape, first.shape, second.shape])
    let flags = try call.booleans(try call.expanded(condition, to: shape))
    let both = try Joining.joined(
      call, [try call.expanded(first, to: shape).flat, try call.expanded(second, to: shape).flat], axis: 0)
    let positions = flags.enumerated().map { $1 ? $0 : flags.count + $0 }
    return [try call.picking(both, positions, shape: shape)]
  }

  private static func binary(_ rule: Rule) -> Operator {
    { call throws(EngineError) in
      [try apply(rule, call, try call.input(0), try legacyAligned(call, try call.input(1)))]
    }
  }

  private static func variadic(_ rule: Rule) -> Operator {
    { call throws(EngineError) in
      let first = try call.input(0)
      guard first.elementType.isFloatingPoint else {
        var result = first
        for index in call.inputs.indices.dropFirst() { result = try apply(rule, call, result, try call.input(index)) }
        return [result]
      }
      let total = try reals(call, rule.real)
      return [try call.tensor(.real(total.values), as: first.elementType, shape: total.shape)]
    }
  }

  /// Folds all inputs in Double, so that the result is rounded once.
  private static func reals(
    _ call: OperatorCall, _ combine: (Double, Double) -> Double
  ) throws(EngineError) -> (values: [Double], shape: [Int]) {
    let first = try call.input(0)
    var shapes: [[Int]] = []
    for index in call.inputs.indices {
      let input = try call.input(index)
      guard input.elementType == first.elementType else { throw call.failure("the inputs have different types") }
      shapes.append(input.shape)
    }
    let shape = try call.broadcast(shapes)
    var values = try call.reals(try call.expanded(first, to: shape))
    for index in call.inputs.indices.dropFirst() {
      let others = try call.reals(try call.expanded(try call.input(index), to: shape))
      values = zip(values, others).map(combine)
    }
    return (values, shape)
  }

  /// Before opset 7 the second input was aligned at `axis` where the node said `broadcast`.
  static func legacyAligned(_ call: OperatorCall, _ second: Tensor) throws(EngineError) -> Tensor {
    guard call.opset < 7, let axis = call.node.int("axis") else { return second }
    let rank = try call.input(0).shape.count
    let first = try call.axis(axis, rank: rank)
    guard first + second.shape.count <= rank else { throw call.failure("axis \(axis) leaves no room to broadcast") }
    return second.reshaped(second.shape + [Int](repeating: 1, count: rank - first - second.shape.count))
  }

  private static func apply(
    _ rule: Rule, _ call: OperatorCall, _ first: Tensor, _ second: Tensor
  ) throws(EngineError) -> Tensor {
    guard first.elementType == second.elementType else {
      throw call.failure("the inputs are \(first.elementType) and \(second.elementType)")
    }
    let shape = try call.broadcast([first.shape, second.shape])
    let a = try call.numbers(try call.expanded(first, to: shape))
    let b = try call.numbers(try call.expanded(second, to: shape))
    let result: Numbers
    switch (a, b) {
    case (.real(let a), .real(let b)): result = .real(zip(a, b).map(rule.real))
    case (.signed(let a), .signed(let b)): result = .signed(try defined(call, zip(a, b).map(rule.signed)))
    case (.unsigned(let a), .unsigned(let b)): result = .unsigned(try defined(call, zip(a, b).map(rule.unsigned)))
    default: throw call.failure("the inputs have different types")
    }
    return try call.tensor(result, as: first.elementType, shape: shape)
  }

  private static func defined<T>(_ call: OperatorCall, _ values: [T?]) throws(EngineError) -> [T] {
    let present = values.compactMap { $0 }
    guard present.count == values.count else { throw call.failure("an integer is divided by zero") }
    return present
  }
}

extension Tensor {
  /// The same elements on one axis.
  var flat: Tensor { reshaped([count]) }
}
