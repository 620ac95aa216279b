import AssayMethods
import AssayTorch

/// m ← β₁·m + (1−β₁)·g, v ← β₂·v + (1−β₂)·g², w ← w − η·m̂/(√v̂ + ε) with m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ) (Kingma, Ba, ICLR
/// 2015, algorithm 1).
final class Adam: Optimizer {
  static let kind = OptimizerSettings.Kind.adam
  let state: [TorchTensor]
  private let rule: MomentsRule

  init(_ settings: OptimizerSettings, _ parameters: [TorchTensor], _ library: TorchLibrary) throws(TorchError) {
    rule = try MomentsRule("aten::_fused_adam_", settings, parameters, library, decay: 0)
    state = rule.state
  }

  func step(_ gradients: [TorchTensor], rate: Double) throws(TorchError) { try rule.step(gradients, rate: rate) }
}

/// What Adam and AdamW share, in one fused operator.
struct MomentsRule {
  private let parameters: [TorchTensor]
  private let means: [TorchTensor]
  private let squares: [TorchTensor]
  private let steps: [TorchTensor]
  private let settings: OptimizerSettings
  private let decay: Double
  private let fused: TorchOperator
  private let addOne: TorchOperator

  init(
    _ name: String, _ settings: OptimizerSettings, _ parameters: [TorchTensor], _ library: TorchLibrary, decay: Double
  ) throws(TorchError) {
    self.parameters = parameters
    self.settings = settings
    self.decay = decay
    means = try zeros(like: parameters, library)
    squares = try zeros(like: parameters, library)
    steps = try counters(beside: parameters, library)
    fused = try library.operator(name)
    addOne = try library.operator("aten::_foreach_add_.Scalar")
  }

  var state: [TorchTensor] { means + squares + steps }

  func step(_ gradients: [TorchTensor], rate: Double) throws(TorchError) {
    _ = try addOne.call([.tensors(steps), 1.0])
    // In the operator's order: means, squares, largest squares, steps, rate, β₁, β₂, decay, ε, AMSGrad, maximize.
    _ = try fused.call([
      .tensors(parameters), .tensors(gradients), .tensors(means), .tensors(squares), .tensors([]), .tensors(steps),
      .double(rate), .double(settings.beta1), .double(settings.beta2), .double(decay), .double(settings.epsilon), false,
      false,
    ])
  }
}
