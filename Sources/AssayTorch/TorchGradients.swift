public import AssayCore
import CTorch

// Gradients accumulate in leaves: tensors that require them and that no recorded operator computed.
extension TorchTensor {
  /// Whether operators on this tensor are recorded.
  public var requiresGradient: Bool { library.functions.tensor_describe(pointer).requires_gradient != 0 }

  /// Makes a leaf record what is computed from it, or no longer.
  ///
  /// - Throws: `argument` for a tensor that is no leaf or no floating point tensor.
  public func setRequiresGradient(_ requires: Bool) throws(TorchError) {
    try attempt("requiring a gradient") { message in
      library.functions.set_requires_gradient(pointer, requires ? 1 : 0, message)
    }
  }

  /// The gradient that `backward` left here; nil before it, and where nothing depended on the tensor.
  public func gradient() throws(TorchError) -> TorchTensor? {
    try made("reading a gradient") { out, message in library.functions.gradient(pointer, out, message) }
  }

  /// Replaces the gradient; nil removes it.
  public func setGradient(_ gradient: TorchTensor?) throws(TorchError) {
    try attempt("setting a gradient") { message in
      library.functions.set_gradient(pointer, gradient?.pointer, message)
    }
  }

  /// The same elements, as a tensor that nothing is recorded about.
  public func detached() throws(TorchError) -> TorchTensor {
    try made("detaching a tensor") { out, message in library.functions.tensor_detach(pointer, out, message) } ?? self
  }

  /// Adds the derivatives of this tensor to the gradients of all leaves it was computed from.
  ///
  /// - Parameter gradient: Weights of the same shape; nil stands for 1 and needs a single element.
  /// - Parameter keepsGraph: Whether what was recorded stays, for another `backward`.
  /// - Throws: `argument` when nothing was recorded or shapes do not fit, `memory`.
  public func backward(gradient: TorchTensor? = nil, keepsGraph: Bool = false) throws(TorchError) {
    try attempt("backward") { message in
      library.functions.backward(pointer, gradient?.pointer, keepsGraph ? 1 : 0, message)
    }
  }
}

extension TorchLibrary {
  /// Derivatives of `outputs`, weighted and summed, by each of `inputs`; nil for an input they do not depend on.
  ///
  /// Gradients of leaves stay as they are.
  ///
  /// - Parameter gradients: A weight of the same shape for each output; nil stands for 1 and needs single elements.
  /// - Parameter isDifferentiable: Whether the derivatives are recorded too, for derivatives of them.
  /// - Throws: `argument` when nothing was recorded or shapes do not fit, `memory`.
  public func derivatives(
    of outputs: [TorchTensor], by inputs: [TorchTensor], weights gradients: [TorchTensor]? = nil,
    keepsGraph: Bool = false, isDifferentiable: Bool = false
  ) throws(TorchError) -> [TorchTensor?] {
    guard gradients.map({ $0.count == outputs.count }) ?? true else {
      throw TorchError(.argument, "\(gradients?.count ?? 0) weights were given for \(outputs.count) outputs")
    }
    let results = try collecting("derivatives") { sink, context, message in
      let weights: [OpaquePointer?] = (gradients ?? []).map(\.pointer)
      return functions.derivatives(
        outputs.map(\.pointer), gradients == nil ? nil : weights.compactMap(\.self), outputs.count,
        inputs.map(\.pointer), inputs.count, keepsGraph ? 1 : 0, isDifferentiable ? 1 : 0, sink, context, message)
    }
    return results.map { $0.isDefined ? $0 : nil }
  }

  /// Runs `body` without recording what it computes: for evaluation, and for changing parameters in place.
  public func withoutGradients<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    let previous = functions.set_recording(0)
    defer { _ = functions.set_recording(previous) }
    return try body()
  }

  /// Runs `body` recording what it computes, also inside `withoutGradients`.
  public func withGradients<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    let previous = functions.set_recording(1)
    defer { _ = functions.set_recording(previous) }
    return try body()
  }
}
