import AssayMethods
import AssayTorch

/// Adam after w ← w − η·λ·w: the decay does not pass through the moments (Loshchilov, Hutter, ICLR 2019, algorithm 2).
final class AdamW: Optimizer {
  static let kind = OptimizerSettings.Kind.adamw
  let state: [TorchTensor]
  private let rule: MomentsRule

  init(_ settings: OptimizerSettings, _ parameters: [TorchTensor], _ library: TorchLibrary) throws(TorchError) {
    rule = try MomentsRule("aten::_fused_adamw_", settings, parameters, library, decay: settings.weightDecay)
    state = rule.state
  }

  func step(_ gradients: [TorchTensor], rate: Double) throws(TorchError) { try rule.step(gradients, rate: rate) }
}
