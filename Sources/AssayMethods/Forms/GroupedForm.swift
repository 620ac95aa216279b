import AssayCore

/// A form of codes with a scale for each group; what its codes mean, and how it is written, is its own.
protocol GroupedForm: WeightForm {
  var weight: QuantizedWeight { get set }
  var layout: GroupedShape { get }
  /// The dense weight as a function of float weights, and the way back to codes.
  var expressions: GroupedExpressions { get }
}

extension GroupedForm {
  /// The form with codes and scales of trained parameters.
  func requantized(_ parameters: [Tensor]) throws(MethodError) -> Self {
    try trainable().check(parameters)
    var result = self
    result.weight = try expressions.quantized(weight, parameters)
    return result
  }

  /// Bytes of scales of `scale_B` each, and of the zero points.
  func sharedByteCount(scale_B: Int) -> Int {
    scale_B * weight.scales.count + ((weight.zeros?.count ?? 0) * weight.levels.width + 7) / 8
  }
}
