import AssayCore
import AssayMethods
import AssayTorch

/// What happens to gradients between the loss and the optimizer: penalties, and a bound on their norm.
struct GradientShaping {
  private let l1: Double
  private let l2: Double
  private let largestNorm: Double?
  /// Parameters of two or more axes, which the penalties are for.
  private let penalized: [Int]
  private let parameters: [TorchTensor]
  private let library: TorchLibrary
  private let add, sign, norms, stack, norm, clamp, reciprocal, multiply: TorchOperator

  init(
    _ settings: TrainingSettings, _ parameters: [TorchTensor], penalized: [Int], _ library: TorchLibrary
  ) throws(TorchError) {
    l1 = settings.l1
    l2 = settings.l2
    largestNorm = settings.gradientNorm
    self.parameters = parameters
    self.penalized = penalized
    self.library = library
    add = try library.operator("aten::_foreach_add_.List")
    sign = try library.operator("aten::_foreach_sign")
    norms = try library.operator("aten::_foreach_norm.Scalar")
    stack = try library.operator("aten::stack")
    norm = try library.operator("aten::linalg_vector_norm")
    clamp = try library.operator("aten::clamp")
    reciprocal = try library.operator("aten::reciprocal")
    multiply = try library.operator("aten::_foreach_mul_.Tensor")
  }

  /// Adds λ₁·sign(w) and λ₂·w, then scales all gradients by min(1, bound/‖g‖).
  func apply(to gradients: [TorchTensor]) throws(TorchError) {
    if !penalized.isEmpty, l1 > 0 || l2 > 0 {
      let (weights, slopes) = (penalized.map { parameters[$0] }, penalized.map { gradients[$0] })
      if l2 > 0 { _ = try add.call([.tensors(slopes), .tensors(weights), .double(l2)]) }
      if l1 > 0 {
        let signs = try sign.call([.tensors(weights)])
        _ = try add.call([.tensors(slopes), .tensors(signs), .double(l1)])
      }
    }
    guard let largestNorm, !gradients.isEmpty else { return }
    let parts = try norms.call([.tensors(gradients), 2])
    let total = try norm(.tensor(try stack(.tensors(parts))), 2)
    // bound/‖g‖ clamped to 1; a norm that is no number passes on, and the loss tells.
    let inverse = try reciprocal(.tensor(total))
    let factor = try clamp(.tensor(try scaled(inverse, by: largestNorm)), nil, 1.0)
    _ = try multiply.call([.tensors(gradients), .tensor(factor)])
  }

  private func scaled(_ tensor: TorchTensor, by number: Double) throws(TorchError) -> TorchTensor {
    guard let result = try library.call("aten::mul.Tensor", .tensor(tensor), .double(number)).first else {
      throw TorchError(.failed, "a product gave nothing")
    }
    return result
  }
}
