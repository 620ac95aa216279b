import AssayCore
import AssayONNX

/// What follows the sums of a hidden layer.
public enum Activation: String, Sendable, Hashable, Codable, CaseIterable {
  /// max(0, x) (Nair, Hinton, ICML 2010).
  case relu
  /// x, or 0.01·x below zero (Maas, Hannun, Ng, ICML 2013).
  case leakyRelu = "leaky-relu"
  /// x, or e^x − 1 below zero (Clevert, Unterthiner, Hochreiter, ICLR 2016, α = 1).
  case elu
  /// x·Φ(x), the exact form by the error function (Hendrycks, Gimpel 2016, arXiv 1606.08415).
  case gelu
  /// x·σ(β·x) with a trainable β, 1 at the start (Ramachandran, Zoph, Le 2017, arXiv 1710.05941).
  case swish
  case tanh
  case sigmoid

  /// Whether half of the inputs or so are cut off, for which He's start values are made.
  var isRectifier: Bool { self != .tanh && self != .sigmoid }
}

extension NetworkBuilder {
  mutating func activate() { activate(options.activation) }

  mutating func activate(_ activation: Activation) {
    switch activation {
    case .relu: node("Relu", [value])
    case .leakyRelu: node("LeakyRelu", [value], [Attribute("alpha", float: 0.01)])
    case .elu: node("Elu", [value], [Attribute("alpha", float: 1)])
    case .tanh: node("Tanh", [value])
    case .sigmoid: node("Sigmoid", [value])
    case .gelu:
      // The pattern that engines fuse; opset 17 has no Gelu.
      let input = value
      node("Div", [input, scalar("sqrt2", Float(2).squareRoot())])
      node("Erf", [value])
      node("Add", [value, scalar("one", 1)])
      node("Mul", [input, value])
      node("Mul", [value, scalar("half", 0.5)])
    case .swish:
      let input = value
      // One axis, where constants that nothing trains have none.
      let slope = constant("\(layer(stem: "swish")).beta", Tensor([Float(1)], shape: [1]))
      node("Mul", [input, slope])
      node("Sigmoid", [value])
      node("Mul", [input, value])
    }
  }
}
