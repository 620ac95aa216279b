import AssayMethods
import AssayTorch

/// Stochastic gradient descent: w ← w − η·g (Robbins, Monro 1951).
final class SGD: Optimizer {
  static let kind = OptimizerSettings.Kind.sgd
  let state: [TorchTensor] = []
  private let parameters: [TorchTensor]
  private let add: TorchOperator

  init(_ settings: OptimizerSettings, _ parameters: [TorchTensor], _ library: TorchLibrary) throws(TorchError) {
    self.parameters = parameters
    add = try library.operator("aten::_foreach_add_.List")
  }

  func step(_ gradients: [TorchTensor], rate: Double) throws(TorchError) {
    _ = try add.call([.tensors(parameters), .tensors(gradients), .double(-rate)])
  }
}
