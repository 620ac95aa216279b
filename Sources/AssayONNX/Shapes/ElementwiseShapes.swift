import AssayCore
import Glibc

/// Shape rules of operators that work element by element, and the arithmetic on small integers among them.
enum ElementwiseShapes {
  /// One input, the same shape and type.
  static func same(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    var value = call[0]
    if call.node.opType != "Identity" { (value.integers, value.numbers) = (nil, nil) }
    return [value]
  }

  /// The first input's shape with the type of another input, or a fixed one.
  static func same(_ output: OutputType) -> ShapeRule {
    { call throws(ShapeProblem) in [InferredValue(output.type(call), call[0].shape)] }
  }

  /// All inputs broadcast together.
  static func broadcast(_ output: OutputType = .ofInput(0), of count: Int? = nil) -> ShapeRule {
    { call throws(ShapeProblem) in
      var shapes: [[Dimension]] = []
      for index in 0..<min(count ?? call.inputs.count, call.inputs.count) { shapes.append(try call.shape(index)) }
      return [InferredValue(output.type(call), try merged(shapes, call))]
    }
  }

  /// Before version 7 the second input was laid along `axis` of the first, whose shape the output has.
  private static func merged(_ shapes: [[Dimension]], _ call: ShapeCall) throws(ShapeProblem) -> [Dimension] {
    if call.node.domain.isEmpty, call.version < 7, call.node.int("broadcast") == 1, let first = shapes.first {
      return first
    }
    return try Extents.broadcast(shapes)
  }

  /// Inputs 0 and `second` broadcast: the operators whose scales and zero points stand between.
  static func quantizedPair(second: Int) -> ShapeRule {
    { call throws(ShapeProblem) in
      [InferredValue(call.type(0), try Extents.broadcast([try call.shape(0), try call.shape(second)]))]
    }
  }

  /// Add, Sub, Mul, Div, Mod, Min, Max and Pow, with the integers that result.
  static func arithmetic(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    var value = try broadcast()(call)[0]
    let extents = value.shape?.fixedExtents.flatMap(checkedProduct)
    guard let count = extents, count <= 1024, call.inputs.count == 2 else { return [value] }
    if let a = call[0].integers, let b = call[1].integers, let (a, b) = spread(a, b, call, count) {
      value.integers = zip(a, b).map { combine($0, $1, call) }
    }
    if let a = call[0].numbers, let b = call[1].numbers, let (a, b) = spread(a, b, call, count) {
      value.numbers = zip(a, b).map { combine($0, $1, call.node.opType) }
      if value.numbers?.contains(where: \.isNaN) == true { value.numbers = nil }
    }
    return [value]
  }

  /// Repeats the one-element side of a pair; only equal counts and scalars are followed.
  private static func spread<T>(_ a: [T], _ b: [T], _ call: ShapeCall, _ count: Int) -> ([T], [T])? {
    let left = a.count == 1 ? Array(repeating: a[0], count: count) : a
    let right = b.count == 1 ? Array(repeating: b[0], count: count) : b
    guard left.count == count, right.count == count else { return nil }
    if a.count != 1, b.count != 1, (call[0].shape?.count ?? 0) > 1 || (call[1].shape?.count ?? 0) > 1,
      call[0].shape != call[1].shape
    {
      return nil
    }
    return (left, right)
  }

  private static func combine(_ a: Dimension, _ b: Dimension, _ call: ShapeCall) -> Dimension {
    switch call.node.opType {
    case "Add": return Extents.sum(a, b)
    case "Mul": return Extents.product(a, b)
    case "Div" where b == .fixed(1), "Sub" where b == .fixed(0): return a
    default: break
    }
    guard let x = a.value, let y = b.value else { return .unknown }
    switch call.node.opType {
    case "Sub":
      let (result, overflow) = x.subtractingReportingOverflow(y)
      return overflow ? .unknown : .fixed(result)
    case "Div":
      // ONNX leaves the rounding of negative quotients to C: toward zero.
      let (result, overflow) = x.dividedReportingOverflow(by: y)
      return overflow ? .unknown : .fixed(result)
    case "Mod":
      let (remainder, overflow) = x.remainderReportingOverflow(dividingBy: y)
      if overflow { return .unknown }
      // Without `fmod` the sign is the divisor's, as in Python.
      let python = call.node.int("fmod") != 1 && remainder != 0 && (remainder < 0) != (y < 0)
      return .fixed(python ? remainder + y : remainder)
    case "Min": return .fixed(min(x, y))
    case "Max": return .fixed(max(x, y))
    default: return .unknown
    }
  }

  private static func combine(_ a: Float, _ b: Float, _ type: String) -> Float {
    switch type {
    case "Add": a + b
    case "Sub": a - b
    case "Mul": a * b
    case "Div": a / b
    case "Min": min(a, b)
    case "Max": max(a, b)
    default: .nan
    }
  }

  /// Equal, Less, Greater and the like.
  static func comparison(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    var value = try broadcast(.fixed(.bool))(call)[0]
    guard let count = value.count, count <= 1024, let x = call[0].fixedIntegers, let y = call[1].fixedIntegers,
      let (a, b) = spread(x, y, call, count)
    else { return [value] }
    let results: [Bool]? =
      switch call.node.opType {
      case "Equal": zip(a, b).map { $0 == $1 }
      case "Less": zip(a, b).map { $0 < $1 }
      case "LessOrEqual": zip(a, b).map { $0 <= $1 }
      case "Greater": zip(a, b).map { $0 > $1 }
      case "GreaterOrEqual": zip(a, b).map { $0 >= $1 }
      default: nil
      }
    value.integers = results?.map { .fixed($0 ? 1 : 0) }
    return [value]
  }

  /// Where: condition, then, else.
  static func choice(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let shape = try Extents.broadcast([try call.shape(0), try call.shape(1), try call.shape(2)])
    var value = InferredValue(call.type(1), shape)
    if let condition = call[0].fixedIntegers, let a = call[1].integers, let b = call[2].integers, shape.count <= 1,
      let count = value.count, count <= 1024
    {
      let sides = [condition.map { .fixed($0) }, a, b].map {
        $0.count == 1 ? Array(repeating: $0[0], count: count) : $0
      }
      if sides.allSatisfy({ $0.count == count }) {
        value.integers = (0..<count).map { sides[0][$0] == .fixed(0) ? sides[2][$0] : sides[1][$0] }
      }
    }
    return [value]
  }

  /// Cast, with integers that pass through and numbers that are cut off.
  static func cast(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let type: ElementType?
    if call.node.opType == "CastLike" {
      type = call.type(1)
    } else {
      guard let number = call.node.int("to"), let known = Int32(exactly: number).flatMap(ElementType.init(rawValue:))
      else { throw .contradiction("the attribute 'to' names no element type") }
      type = known
    }
    var value = InferredValue(type, call[0].shape)
    switch type {
    case .int64, .int32:
      value.integers = call[0].integers
      if let numbers = call[0].numbers {
        value.integers = numbers.map { Int(exactly: $0.rounded(.towardZero)).map { .fixed($0) } ?? .unknown }
      }
    case .float:
      value.numbers = call[0].numbers ?? call[0].fixedIntegers?.map { Float($0) }
    default: break
    }
    return [value]
  }

  /// Floor, Ceil, Round, Sqrt, Neg, Abs: the same shape, with small numbers followed.
  static func rounding(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    var value = InferredValue(call.type(0), call[0].shape)
    let numbers = call[0].numbers
    switch call.node.opType {
    case "Floor": value.numbers = numbers?.map { $0.rounded(.down) }
    case "Ceil": value.numbers = numbers?.map { $0.rounded(.up) }
    case "Round": value.numbers = numbers?.map { $0.rounded(.toNearestOrEven) }
    case "Neg":
      value.numbers = numbers?.map { -$0 }
      value.integers = call[0].fixedIntegers?.map { $0 == .min ? .unknown : .fixed(-$0) }
    default: break
    }
    return [value]
  }

  /// Dropout, BatchNormalization and other operators whose first output is like the first input; further outputs have
  /// the shape of input `further`.
  static func sameWithStatistics(further: Int) -> ShapeRule {
    { call throws(ShapeProblem) in
      let rest = InferredValue(call.type(further), call[further].shape)
      return [InferredValue(call.type(0), call[0].shape)] + Array(repeating: rest, count: 4)
    }
  }

  static func batchNormalization(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let x = try call.shape(0)
    if x.count >= 2 {
      for index in 1...4 where call.has(index) {
        guard let parameters = call[index].shape, parameters.count == 1 else { continue }
        _ = try Extents.equal(x[1], parameters[0], "channels of the input and of input \(index)")
      }
    }
    return try sameWithStatistics(further: 3)(call)
  }

  static func dropout(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    [
      InferredValue(call.type(0), call[0].shape),
      InferredValue(call.version < 10 ? call.type(0) : .bool, call[0].shape),
    ]
  }
}
