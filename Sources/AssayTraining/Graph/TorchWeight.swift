import AssayCore
import AssayMethods
import AssayTorch

/// A weight as a function of parameters, ready to be computed and differentiated.
final class TorchWeight {
  let name: String
  /// Leaves that require gradients.
  let parameters: [TorchTensor]
  /// For each parameter the range that it is put back into after every step.
  let bounds: [ClosedRange<Float>?]
  private let value: Term

  /// - Throws: `argument` for an expression of a parameter that is not there.
  init(_ name: String, _ weight: TrainableWeight, on device: TorchDevice, _ library: TorchLibrary) throws(TorchError) {
    self.name = name
    bounds = weight.bounds
    var leaves: [TorchTensor] = []
    for tensor in weight.parameters {
      let leaf = try TorchTensor(tensor, on: device, library: library)
      try leaf.setRequiresGradient(true)
      leaves.append(leaf)
    }
    parameters = leaves
    value = try TermBuilder(leaves, device, library).term(weight.value)
  }

  func evaluated() throws(TorchError) -> TorchTensor { try value() }

  /// Puts parameters back into their ranges.
  func keepBounds(_ clamp: TorchOperator) throws(TorchError) {
    for (parameter, range) in zip(parameters, bounds) {
      guard let range else { continue }
      _ = try clamp.call([
        .tensor(parameter), .double(Double(range.lowerBound)), .double(Double(range.upperBound)),
      ])
    }
  }
}

private typealias Term = () throws(TorchError) -> TorchTensor

/// Makes closures of expressions, with operators looked up and constants on the device.
private struct TermBuilder {
  private let parameters: [TorchTensor]
  private let device: TorchDevice
  private let library: TorchLibrary

  init(_ parameters: [TorchTensor], _ device: TorchDevice, _ library: TorchLibrary) {
    (self.parameters, self.device, self.library) = (parameters, device, library)
  }

  func term(_ expression: WeightExpression) throws(TorchError) -> Term {
    switch expression {
    case .parameter(let number):
      guard parameters.indices.contains(number) else {
        throw TorchError(.argument, "a weight form uses parameter \(number), but has \(parameters.count)")
      }
      let leaf = parameters[number]
      return { () throws(TorchError) in leaf }
    case .constant(let tensor):
      let constant = try TorchTensor(tensor, on: device, library: library)
      return { () throws(TorchError) in constant }
    case .sum(let a, let b): return try binary("aten::add.Tensor", a, b)
    case .product(let a, let b): return try binary("aten::mul.Tensor", a, b)
    case .quotient(let a, let b): return try binary("aten::div.Tensor", a, b)
    case .matrixProduct(let a, let b): return try binary("aten::matmul", a, b)
    case .absolute(let source): return try unary("aten::abs", source)
    case .sign(let source): return try unary("aten::sign", source)
    case .round(let source): return try unary("aten::round", source)
    case .reshape(let source, let shape): return try unary("aten::reshape", source, .ints(shape))
    case .transpose(let source, let order): return try unary("aten::permute", source, .ints(order))
    case .clamp(let source, let lower, let upper):
      return try unary("aten::clamp", source, .double(Double(lower)), .double(Double(upper)))
    case .mean(let source, let axes): return try unary("aten::mean.dim", source, .ints(axes), true)
    case .gather(let source, let indices): return try gather(source, indices)
    case .exceeds(let source, let threshold): return try exceeds(source, threshold)
    case .straightThrough(let forward, let backward): return try straightThrough(forward, backward)
    }
  }

  private func unary(
    _ name: String, _ source: WeightExpression, _ arguments: TorchValue...
  ) throws(TorchError) -> Term {
    let (source, operation) = (try term(source), try library.operator(name))
    return { () throws(TorchError) in
      let results = try operation.call([.tensor(try source())] + arguments)
      guard let result = results.first else { throw TorchError(.failed, "\(name) gave nothing") }
      return result
    }
  }

  private func binary(_ name: String, _ a: WeightExpression, _ b: WeightExpression) throws(TorchError) -> Term {
    let (a, b, operation) = (try term(a), try term(b), try library.operator(name))
    return { () throws(TorchError) in try operation(.tensor(try a()), .tensor(try b())) }
  }

  private func gather(_ source: WeightExpression, _ indices: Tensor) throws(TorchError) -> Term {
    let source = try term(source)
    let shape = indices.shape
    let positions = try TorchTensor(indices.reshaped([indices.count]), on: device, library: library)
    let (flatten, select) = (try library.operator("aten::reshape"), try library.operator("aten::index_select"))
    return { () throws(TorchError) in
      let flat = try flatten(.tensor(try source()), .ints([-1]))
      return try flatten(.tensor(try select(.tensor(flat), 0, .tensor(positions))), .ints(shape))
    }
  }

  private func exceeds(_ source: WeightExpression, _ threshold: WeightExpression) throws(TorchError) -> Term {
    let (source, threshold) = (try term(source), try term(threshold))
    let (magnitude, isGreater) = (try library.operator("aten::abs"), try library.operator("aten::gt.Tensor"))
    let cast = try library.operator("aten::to.dtype")
    let library = library
    return { () throws(TorchError) in
      try library.withoutGradients { () throws(TorchError) in
        let result = try isGreater(.tensor(try magnitude(.tensor(try source()))), .tensor(try threshold()))
        return try cast(.tensor(result), .type(.float))
      }
    }
  }

  private func straightThrough(_ forward: WeightExpression, _ backward: WeightExpression) throws(TorchError) -> Term {
    let (forward, backward) = (try term(forward), try term(backward))
    let (subtract, add) = (try library.operator("aten::sub.Tensor"), try library.operator("aten::add.Tensor"))
    let library = library
    return { () throws(TorchError) in
      let passed = try backward()
      let difference = try library.withoutGradients { () throws(TorchError) in
        try subtract(.tensor(try forward()), .tensor(passed))
      }
      return try add(.tensor(passed), .tensor(difference))
    }
  }
}
