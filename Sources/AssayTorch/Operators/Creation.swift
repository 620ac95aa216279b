import AssayCore
import AssayONNX

/// Operators that make tensors of attributes and shapes.
enum Creation {
  /// The dense value of a Constant node; nil where it has none.
  static func value(of node: Node) -> Tensor? {
    for attribute in node.attributes {
      switch (attribute.name, attribute.value) {
      case ("value", .tensor(let stored)): return stored.tensor
      case ("value_float", .float(let value)): return Tensor(scalar: value)
      case ("value_int", .int(let value)): return Tensor(scalar: Int64(value))
      case ("value_floats", .floats(let values)): return Tensor(values, shape: [values.count])
      case ("value_ints", .ints(let values)): return Tensor(values.map { Int64($0) }, shape: [values.count])
      default: continue
      }
    }
    return nil
  }

  static let constant: Lowering = { plan throws(TorchError) in
    guard let value = value(of: plan.node), let stored = StorageType.stored(value, precision: plan.precision) else {
      throw plan.unsupported("a constant without a dense value of numbers")
    }
    let tensor = try TorchTensor(stored, on: plan.device, library: plan.aten.library)
    return { _ throws(TorchError) in [tensor] }
  }

  static let constantOfShape: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let value = plan.node.tensor("value") ?? Tensor(scalar: Float(0))
    guard value.count == 1, let stored = StorageType.stored(value, precision: plan.precision) else {
      throw plan.failure("the value has shape \(value.shape), not one element")
    }
    let tensor = try TorchTensor(stored.reshaped([]), on: plan.device, library: aten.library)
    let shape = try plan.integers(input: 0)
    return { call throws(TorchError) in [try aten.expand(tensor, try shape(call))] }
  }

  /// On the host, where shapes are computed.
  static let shape: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let (start, end) = (plan.node.int("start") ?? 0, plan.node.int("end") ?? .max)
    return { call throws(TorchError) in
      let shape = try call.input(0).shape
      func clamped(_ value: Int) -> Int { min(max(value < 0 ? value + shape.count : value, 0), shape.count) }
      let first = clamped(start)
      return [try aten.integers(Array(shape[first..<max(first, clamped(end))]), on: .cpu)]
    }
  }

  static let size: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    return { call throws(TorchError) in [try aten.integers([try call.input(0).count], shape: [], on: .cpu)] }
  }

  static let range: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    guard let start = try plan.number(input: 0), let limit = try plan.number(input: 1),
      let step = try plan.number(input: 2)
    else {
      throw plan.failure("start, limit or delta is missing")
    }
    return { call throws(TorchError) in
      let (first, last, step) = (try start(call), try limit(call), try step(call))
      let length = max(0, ((last - first) / step).rounded(.up))
      guard step != 0, length.isFinite, length <= Double(largestMade) else {
        throw .run("from \(first) to \(last) by \(step) is no range")
      }
      let (device, type) = (try call.input(0).device, try call.input(0).elementType ?? .float)
      let values = (0..<Int(length)).map { first + Double($0) * step }
      let tensor = try TorchTensor(Tensor(values, shape: [values.count]), on: device, library: aten.library)
      return [try aten.cast(tensor, to: type)]
    }
  }

  static let eyeLike: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let declared = plan.node.int("dtype").flatMap { Int32(exactly: $0) }.flatMap(ElementType.init(rawValue:))
    let type = try declared.map { declared throws(TorchError) in try plan.storage(declared) }
    let diagonal = plan.node.int("k") ?? 0
    let (arrange, equal) = (try plan.operation("aten::arange"), try plan.operation("aten::eq.Tensor"))
    return { call throws(TorchError) in
      let input = try call.input(0)
      let shape = input.shape
      guard shape.count == 2 else { throw .run("shape \(shape) is no matrix") }
      let rows = try aten.reshape(try arrange(.int(shape[0])), [-1, 1])
      let columns = try aten.add(try arrange(.int(shape[1])), integer: -max(min(diagonal, 1 << 40), -(1 << 40)))
      let result = try aten.cast(
        try equal(.tensor(columns), .tensor(rows)), to: type ?? input.elementType ?? .float)
      return [try result.moved(to: input.device)]
    }
  }
}
