import AssayCore
import AssayONNX

/// Operators whose result is true or false.
enum Comparison {
  private enum Relation: Sendable {
    case equal, less, lessOrEqual, greater, greaterOrEqual

    func holds<T: Comparable>(_ a: T, _ b: T) -> Bool {
      switch self {
      case .equal: a == b
      case .less: a < b
      case .lessOrEqual: a <= b
      case .greater: a > b
      case .greaterOrEqual: a >= b
      }
    }
  }

  static let equal = relation(.equal)
  static let less = relation(.less)
  static let lessOrEqual = relation(.lessOrEqual)
  static let greater = relation(.greater)
  static let greaterOrEqual = relation(.greaterOrEqual)
  static let and = logical { $0 && $1 }
  static let or = logical { $0 || $1 }
  static let xor = logical { $0 != $1 }

  private static func relation(_ relation: Relation) -> Operator {
    { call throws(EngineError) in
      let (first, second) = (try call.input(0), try Arithmetic.legacyAligned(call, try call.input(1)))
      let shape = try call.broadcast([first.shape, second.shape])
      let a = try call.numbers(try call.expanded(first, to: shape))
      let b = try call.numbers(try call.expanded(second, to: shape))
      let flags: [Bool]
      switch (a, b) {
      case (.real(let a), .real(let b)): flags = zip(a, b).map { relation.holds($0, $1) }
      case (.signed(let a), .signed(let b)): flags = zip(a, b).map { relation.holds($0, $1) }
      case (.unsigned(let a), .unsigned(let b)): flags = zip(a, b).map { relation.holds($0, $1) }
      default: throw call.failure("the inputs are \(first.elementType) and \(second.elementType)")
      }
      return [Tensor(flags, shape: shape)]
    }
  }

  private static func logical(_ operation: @escaping @Sendable (Bool, Bool) -> Bool) -> Operator {
    { call throws(EngineError) in
      let (first, second) = (try call.input(0), try Arithmetic.legacyAligned(call, try call.input(1)))
      let shape = try call.broadcast([first.shape, second.shape])
      let a = try call.booleans(try call.expanded(first, to: shape))
      let b = try call.booleans(try call.expanded(second, to: shape))
      return [Tensor(zip(a, b).map { operation($0, $1) }, shape: shape)]
    }
  }
}
