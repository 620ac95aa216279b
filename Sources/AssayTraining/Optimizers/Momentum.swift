import AssayMethods
import AssayTorch

/// Classical momentum: v ← μ·v + g, w ← w − η·v (Polyak 1964; Sutskever, Martens, Dahl, Hinton, ICML 2013, equations 1
/// and 2, whose velocity is −η·v here, so that a change of the rate acts at once).
final class Momentum: Optimizer {
  static let kind = OptimizerSettings.Kind.momentum
  let state: [TorchTensor]
  private let rule: VelocityRule

  init(_ settings: OptimizerSettings, _ parameters: [TorchTensor], _ library: TorchLibrary) throws(TorchError) {
    rule = try VelocityRule(settings, parameters, library, looksAhead: false)
    state = rule.velocities
  }

  func step(_ gradients: [TorchTensor], rate: Double) throws(TorchError) { try rule.step(gradients, rate: rate) }
}

/// What classical and Nesterov's momentum share, in one fused operator.
struct VelocityRule {
  let velocities: [TorchTensor]
  private let parameters: [TorchTensor]
  private let momentum: Double
  private let looksAhead: Bool
  private let fused: TorchOperator

  init(
    _ settings: OptimizerSettings, _ parameters: [TorchTensor], _ library: TorchLibrary, looksAhead: Bool
  ) throws(TorchError) {
    self.parameters = parameters
    self.looksAhead = looksAhead
    momentum = settings.momentum
    // Without momentum there is nothing to remember, and the operator wants no memory.
    velocities = settings.momentum > 0 ? try zeros(like: parameters, library) : []
    fused = try library.operator("aten::_fused_sgd_")
  }

  func step(_ gradients: [TorchTensor], rate: Double) throws(TorchError) {
    // Without momentum the operator takes no velocities, and nothing to look ahead by.
    let hasMomentum = momentum != 0
    // In the operator's order: decay, momentum, rate, dampening, Nesterov's, maximize, first step, scale, infinity.
    _ = try fused.call([
      .tensors(parameters), .tensors(gradients), .tensors(hasMomentum ? velocities : []), 0.0, .double(momentum),
      .double(rate), 0.0,
      .bool(looksAhead && hasMomentum), false, false, nil, nil,
    ])
  }
}
