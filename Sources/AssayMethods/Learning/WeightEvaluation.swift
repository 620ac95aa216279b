public import AssayCore

extension TrainableWeight {
  /// The dense weight that `parameters` stand for, forward only.
  ///
  /// - Throws: `parameters` when their number or shapes do not fit.
  public func evaluated(_ parameters: [Tensor]) throws(MethodError) -> Tensor { try value.evaluated(parameters) }

  /// `evaluated`, of numbers that `check` accepts.
  func checkedValue(_ parameters: [Tensor]) throws(MethodError) -> Tensor {
    try check(parameters)
    return try evaluated(parameters)
  }

  /// Refuses numbers that a form cannot take over.
  ///
  /// - Throws: `parameters` when number, type or shape differ, `notFinite` when one is NaN or infinite.
  func check(_ trained: [Tensor]) throws(MethodError) {
    guard trained.map(\.shape) == parameters.map(\.shape), trained.allSatisfy({ $0.elementType == .float }) else {
      throw MethodError(
        .parameters,
        "the form has parameters of the shapes \(parameters.map(\.shape)), not \(trained.map(\.shape)), in float32")
    }
    for (number, tensor) in trained.enumerated() {
      guard let position = tensor.firstNotFinite() else { continue }
      throw MethodError(
        .notFinite, "parameter \(number) is NaN or infinite at element \(position)",
        remedy: "the training diverged; a lower learning rate helps")
    }
  }
}

extension TrainableWeight {
  /// A weight whose zeros stay: w·m.
  ///
  /// - Parameter mask: Of the same shape, 1 where a weight may change, else 0.
  init(_ weight: Tensor, mask: Tensor) {
    self.init(parameters: [weight], value: .product(.parameter(0), .constant(mask)))
  }
}

extension Tensor {
  /// 1 where a float element is not zero, else 0.
  func nonzeroMask() -> Tensor { WeightArrays.mapped(self) { $0 == 0 ? 0 : 1 } }
}

extension WeightExpression {
  /// The value for float32 `parameters`, in single precision; a straight-through estimate is its forward half.
  ///
  /// - Throws: `parameters` when a parameter is missing or shapes do not fit together.
  /// - Complexity: linear in the elements of all intermediate values.
  public func evaluated(_ parameters: [Tensor]) throws(MethodError) -> Tensor {
    func value(_ expression: WeightExpression) throws(MethodError) -> Tensor { try expression.evaluated(parameters) }
    switch self {
    case .parameter(let number):
      guard parameters.indices.contains(number) else { throw Self.misfit("there is no parameter \(number)") }
      return parameters[number]
    case .constant(let tensor): return tensor
    case .sum(let a, let b): return try combined(try value(a), try value(b)) { $0 + $1 }
    case .product(let a, let b): return try combined(try value(a), try value(b)) { $0 * $1 }
    case .quotient(let a, let b): return try combined(try value(a), try value(b)) { $0 / $1 }
    case .exceeds(let a, let threshold):
      return try combined(try value(a), try value(threshold)) { $0.magnitude > $1 ? 1 : 0 }
    case .gather(let source, let indices):
      return try found(WeightArrays.gathered(try value(source), indices), "an index is not in the source")
    case .matrixProduct(let a, let b):
      return try found(WeightArrays.product(try value(a), try value(b)), "matrices do not fit")
    case .reshape(let source, let shape):
      let tensor = try value(source)
      guard shape.reduce(1, *) == tensor.count else { throw Self.misfit("\(tensor.shape) is no \(shape)") }
      return tensor.reshaped(shape)
    case .transpose(let source, let order):
      return try found(try value(source).transposed(order), "\(order) is no order of the axes")
    case .absolute(let source): return WeightArrays.mapped(try value(source)) { $0.magnitude }
    case .sign(let source): return WeightArrays.mapped(try value(source)) { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }
    case .round(let source): return WeightArrays.mapped(try value(source)) { $0.rounded(.toNearestOrEven) }
    case .clamp(let source, let lower, let upper):
      return WeightArrays.mapped(try value(source)) { max(lower, min(upper, $0)) }
    case .mean(let source, let axes):
      return try found(WeightArrays.mean(try value(source), axes: axes), "there are no axes \(axes)")
    case .straightThrough(let forward, _): return try value(forward)
    }
  }

  @inline(__always)
  private func combined(
    _ a: Tensor, _ b: Tensor, _ operation: (Float, Float) -> Float
  ) throws(MethodError) -> Tensor {
    try found(WeightArrays.combined(a, b, operation), "the shapes \(a.shape) and \(b.shape) do not broadcast")
  }

  private func found(_ tensor: Tensor?, _ problem: @autoclosure () -> String) throws(MethodError) -> Tensor {
    guard let tensor else { throw Self.misfit(problem()) }
    return tensor
  }

  private static func misfit(_ text: String) -> MethodError {
    MethodError(.parameters, "the weight cannot be worked out: \(text)")
  }
}
