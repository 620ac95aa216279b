public import AssayCore

/// A stored weight as a function of numbers that training may change.
///
/// Whatever trains differentiates `value` with respect to `parameters`, changes these, and hands them back to the form,
/// which keeps everything else (masks, indices, seeds) as it was. A form added later plugs in by writing its expression.
public struct TrainableWeight: Sendable {
  /// float32 tensors, in the order that `WeightExpression.parameter` counts.
  public var parameters: [Tensor]
  /// Of the shape of the dense weight.
  public var value: WeightExpression
  /// For each parameter the range that its elements are put back into after every update; nil where they are free.
  public var bounds: [ClosedRange<Float>?]

  /// - Parameter bounds: As many as parameters; none means that all are free.
  /// - Precondition: float32 parameters.
  public init(parameters: [Tensor], value: WeightExpression, bounds: [ClosedRange<Float>?] = []) {
    precondition(parameters.allSatisfy { $0.elementType == .float })
    precondition(bounds.isEmpty || bounds.count == parameters.count)
    self.parameters = parameters
    self.value = value
    self.bounds = bounds.isEmpty ? parameters.map { _ in nil } : bounds
  }
}

/// The little arithmetic that weight forms are made of; shapes broadcast as in ONNX.
public indirect enum WeightExpression: Sendable {
  /// The parameter of this number.
  case parameter(Int)
  /// Never changes.
  case constant(Tensor)
  case sum(WeightExpression, WeightExpression)
  case product(WeightExpression, WeightExpression)
  case quotient(WeightExpression, WeightExpression)
  /// Elements of the flattened source at int64 `indices`; the result has their shape, and gradients sum for each element.
  case gather(WeightExpression, indices: Tensor)
  case matrixProduct(WeightExpression, WeightExpression)
  case reshape(WeightExpression, [Int])
  case transpose(WeightExpression, [Int])
  case absolute(WeightExpression)
  /// −1, 0 or 1; no gradient of its own.
  case sign(WeightExpression)
  /// To the nearest integer, ties to even; no gradient of its own.
  case round(WeightExpression)
  /// Gradients pass inside the bounds only.
  case clamp(WeightExpression, lower: Float, upper: Float)
  /// Mean over `axes`, which stay with extent 1.
  case mean(WeightExpression, axes: [Int])
  /// 1 where the magnitude is greater than the threshold, else 0; no gradient of its own.
  case exceeds(WeightExpression, threshold: WeightExpression)
  /// The value of `forward` with the gradient of `backward` (straight-through estimation; Bengio, Léonard, Courville
  /// 2013, arXiv 1308.3432).
  case straightThrough(forward: WeightExpression, backward: WeightExpression)
}
