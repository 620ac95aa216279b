import AssayMethods
import AssayTorch

/// s ← s + g², w ← w − η·g/(√s + ε) (Duchi, Hazan, Singer, JMLR 2011, figure 1, diagonal).
final class AdaGrad: Optimizer {
  static let kind = OptimizerSettings.Kind.adagrad
  let state: [TorchTensor]
  private let parameters: [TorchTensor]
  private let sums: [TorchTensor]
  private let steps: [TorchTensor]
  private let epsilon: Double
  private let fused: TorchOperator

  init(_ settings: OptimizerSettings, _ parameters: [TorchTensor], _ library: TorchLibrary) throws(TorchError) {
    self.parameters = parameters
    epsilon = settings.epsilon
    sums = try zeros(like: parameters, library)
    steps = try counters(beside: parameters, library)
    state = sums + steps
    fused = try library.operator("aten::_fused_adagrad_")
  }

  func step(_ gradients: [TorchTensor], rate: Double) throws(TorchError) {
    // In the operator's order: rate, decay of the rate, weight decay, ε, maximize. The counters only serve that decay.
    _ = try fused.call([
      .tensors(parameters), .tensors(gradients), .tensors(sums), .tensors(steps), .double(rate), 0.0, 0.0,
      .double(epsilon), false,
    ])
  }
}
