import AssayMethods
import AssayTorch

/// Nesterov's accelerated gradient: v ← μ·v + g, w ← w − η·(g + μ·v) (Nesterov 1983; Sutskever and others, ICML 2013,
/// equations 3 and 4, with the parameters taken at the point looked ahead to, as Bengio, Boulanger-Lewandowski, Pascanu,
/// ICASSP 2013, equation 7).
final class Nesterov: Optimizer {
  static let kind = OptimizerSettings.Kind.nesterov
  let state: [TorchTensor]
  private let rule: VelocityRule

  init(_ settings: OptimizerSettings, _ parameters: [TorchTensor], _ library: TorchLibrary) throws(TorchError) {
    rule = try VelocityRule(settings, parameters, library, looksAhead: settings.momentum > 0)
    state = rule.velocities
  }

  func step(_ gradients: [TorchTensor], rate: Double) throws(TorchError) { try rule.step(gradients, rate: rate) }
}
