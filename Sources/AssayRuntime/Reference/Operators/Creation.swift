import AssayCore
import AssayONNX

/// Operators that make tensors of attributes and shapes.
enum Creation {
  static func constant(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    for attribute in call.node.attributes {
      switch (attribute.name, attribute.value) {
      case ("value", .tensor(let stored)):
        guard let tensor = stored.tensor else { throw call.unsupported("a constant of an unknown element type") }
        return [tensor]
      case ("value_float", .float(let value)): return [Tensor(scalar: value)]
      case ("value_int", .int(let value)): return [Tensor(scalar: Int64(value))]
      case ("value_floats", .floats(let values)): return [Tensor(values, shape: [values.count])]
      case ("value_ints", .ints(let values)): return [Tensor(values.map { Int64($0) }, shape: [values.count])]
      case ("value_string", .string(let value)): return try strings(call, [value], shape: [])
      case ("value_strings", .strings(let values)): return try strings(call, values, shape: [values.count])
      default: continue
      }
    }
    throw call.unsupported("a constant without a dense value")
  }

  private static func strings(
    _ call: OperatorCall, _ values: [[UInt8]], shape: [Int]
  ) throws(EngineError) -> [Tensor] {
    guard let tensor = Tensor(strings: values, shape: shape) else { throw call.failure("the strings do not fit") }
    return [tensor]
  }

  static func constantOfShape(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let shape = try call.integers(try call.input(0))
    let count = try call.count(shape)
    let value = call.node.tensor("value") ?? Tensor(scalar: Float(0))
    guard value.count == 1 else { throw call.failure("the value has shape \(value.shape), not one element") }
    return [try call.picking(value, [Int](repeating: 0, count: count), shape: shape)]
  }

  static func shape(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let shape = try call.input(0).shape
    func clamped(_ value: Int) -> Int { min(max(value < 0 ? value + shape.count : value, 0), shape.count) }
    let start = clamped(call.node.int("start") ?? 0)
    let end = max(start, clamped(call.node.int("end") ?? shape.count))
    return [Tensor(shape[start..<end].map { Int64($0) }, shape: [end - start])]
  }

  static func size(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    [Tensor(scalar: Int64(try call.input(0).count))]
  }

  static func range(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let type = try call.input(0).elementType
    let (start, limit) = (try call.scalar(try call.input(0)), try call.scalar(try call.input(1)))
    let step = try call.scalar(try call.input(2))
    let length = max(0, ((limit - start) / step).rounded(.up))
    guard step != 0, length.isFinite, length <= Double(OperatorCall.elementLimit) else {
      throw call.failure("from \(start) to \(limit) by \(step) is no range")
    }
    let count = Int(length)
    return [try call.tensor(.real((0..<count).map { start + Double($0) * step }), as: type, shape: [count])]
  }

  static func eyeLike(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    guard input.shape.count == 2 else { throw call.failure("shape \(input.shape) is no matrix") }
    let type = call.node.int("dtype").flatMap { Int32(exactly: $0) }.flatMap(ElementType.init(rawValue:))
    let diagonal = call.node.int("k") ?? 0
    let width = input.shape[1]
    let values = (0..<input.count).map { $0 % width - $0 / width == diagonal ? 1.0 : 0 }
    return [try call.tensor(.real(values), as: type ?? input.elementType, shape: input.shape)]
  }
}
