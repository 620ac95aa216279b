import AssayMethods
import AssayTorch

/// s ← ρ·s + (1−ρ)·g², v ← μ·v + g/(√s + ε), w ← w − η·v (Tieleman, Hinton, "Neural Networks for Machine Learning",
/// lecture 6.5, 2012; with momentum as Graves 2013, arXiv 1308.0850, without its centring).
final class RMSProp: Optimizer {
  static let kind = OptimizerSettings.Kind.rmsprop
  let state: [TorchTensor]
  private let parameters: [TorchTensor]
  private let squares: [TorchTensor]
  private let velocities: [TorchTensor]
  private let settings: OptimizerSettings
  private let multiply: TorchOperator
  private let addProducts: TorchOperator
  private let root: TorchOperator
  private let addScalar: TorchOperator
  private let addQuotients: TorchOperator
  private let add: TorchOperator

  init(_ settings: OptimizerSettings, _ parameters: [TorchTensor], _ library: TorchLibrary) throws(TorchError) {
    self.parameters = parameters
    self.settings = settings
    squares = try zeros(like: parameters, library)
    velocities = settings.momentum > 0 ? try zeros(like: parameters, library) : []
    state = squares + velocities
    multiply = try library.operator("aten::_foreach_mul_.Scalar")
    addProducts = try library.operator("aten::_foreach_addcmul_.Scalar")
    root = try library.operator("aten::_foreach_sqrt")
    addScalar = try library.operator("aten::_foreach_add_.Scalar")
    addQuotients = try library.operator("aten::_foreach_addcdiv_.Scalar")
    add = try library.operator("aten::_foreach_add_.List")
  }

  func step(_ gradients: [TorchTensor], rate: Double) throws(TorchError) {
    _ = try multiply.call([.tensors(squares), .double(settings.beta2)])
    _ = try addProducts.call([
      .tensors(squares), .tensors(gradients), .tensors(gradients), .double(1 - settings.beta2),
    ])
    let roots = try root.call([.tensors(squares)])
    _ = try addScalar.call([.tensors(roots), .double(settings.epsilon)])
    guard settings.momentum > 0 else {
      _ = try addQuotients.call([.tensors(parameters), .tensors(gradients), .tensors(roots), .double(-rate)])
      return
    }
    _ = try multiply.call([.tensors(velocities), .double(settings.momentum)])
    _ = try addQuotients.call([.tensors(velocities), .tensors(gradients), .tensors(roots), 1.0])
    _ = try add.call([.tensors(parameters), .tensors(velocities), .double(-rate)])
  }
}
