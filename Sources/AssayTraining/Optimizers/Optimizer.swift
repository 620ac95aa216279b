import AssayCore
import AssayMethods
import AssayTorch

/// An update rule: changes parameters in place by their gradients.
///
/// g is the gradient of a parameter w, η the learning rate of the step, t the number of the step from 1.
protocol Optimizer: AnyObject, SendableMetatype {
  static var kind: OptimizerSettings.Kind { get }
  /// - Parameter parameters: What is changed; the rule keeps them.
  init(_ settings: OptimizerSettings, _ parameters: [TorchTensor], _ library: TorchLibrary) throws(TorchError)
  /// Everything that the next step depends on besides parameters and gradients, in a fixed order; zero at the start.
  var state: [TorchTensor] { get }
  /// Makes one step.
  ///
  /// - Parameter gradients: One for each parameter, in order; the rule may overwrite them.
  func step(_ gradients: [TorchTensor], rate: Double) throws(TorchError)
}

/// The update rules, one line each.
enum OptimizerCatalog {
  static let optimizers: [any Optimizer.Type] = [
    SGD.self,
    Momentum.self,
    Nesterov.self,
    AdaGrad.self,
    RMSProp.self,
    Adam.self,
    AdamW.self,
  ]

  static func make(
    _ settings: OptimizerSettings, _ parameters: [TorchTensor], _ library: TorchLibrary
  ) throws(TorchError) -> any Optimizer {
    guard let rule = optimizers.first(where: { $0.kind == settings.kind }) else {
      throw TorchError(.argument, "there is no optimizer '\(settings.kind.rawValue)'")
    }
    return try rule.init(settings, parameters, library)
  }
}

/// A tensor of zeros beside each parameter.
func zeros(like parameters: [TorchTensor], _ library: TorchLibrary) throws(TorchError) -> [TorchTensor] {
  var result: [TorchTensor] = []
  for parameter in parameters {
    result.append(try TorchTensor(zeros: parameter.shape, on: parameter.device, library: library))
  }
  return result
}

/// A number beside each parameter, zero at the start.
func counters(beside parameters: [TorchTensor], _ library: TorchLibrary) throws(TorchError) -> [TorchTensor] {
  var result: [TorchTensor] = []
  for parameter in parameters { result.append(try TorchTensor(zeros: [], on: parameter.device, library: library)) }
  return result
}
