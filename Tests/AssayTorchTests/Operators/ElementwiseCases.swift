import AssayCore
import AssayONNX

extension OperatorCase {
  static let elementwise: [OperatorCase] = functions + arithmetic + steps

  private static let functions: [OperatorCase] =
    [
      "Abs", "Atan", "Asinh", "Cos", "Cosh", "Erf", "Exp", "HardSwish", "Identity", "Neg", "Relu", "Sigmoid", "Sin",
      "Sinh",
      "Softplus", "Softsign", "Tanh", "Elu", "Selu", "Celu", "LeakyRelu", "ThresholdedRelu", "HardSigmoid", "Shrink",
    ].map { OperatorCase($0, "", [[3, 5]]) }
    + ["Log", "Sqrt", "Reciprocal"].map { OperatorCase($0, "", [[3, 5]], in: 0.5...2) }
    + ["Acos", "Asin", "Atanh", "Tan"].map { OperatorCase($0, "", [[3, 5]], in: -0.9...0.9) }
    + [
      OperatorCase("Acosh", "", [[3, 5]], in: 1.5...3),
      OperatorCase("Elu", "alpha", [[3, 5]], [.float("alpha", 0.7)]),
      OperatorCase("Selu", "alpha, gamma", [[3, 5]], [.float("alpha", 1.2), .float("gamma", 0.8)]),
      OperatorCase("Celu", "alpha", [[3, 5]], [.float("alpha", 1.7)]),
      OperatorCase("LeakyRelu", "alpha", [[3, 5]], [.float("alpha", 0.2)]),
      OperatorCase("ThresholdedRelu", "alpha", [[3, 5]], [.float("alpha", 0.4)]),
      OperatorCase("HardSigmoid", "alpha, beta", [[3, 5]], [.float("alpha", 0.4), .float("beta", 0.3)]),
      OperatorCase("Shrink", "bias", [[3, 5]], [.float("lambd", 0.8), .float("bias", 0.25)]),
      OperatorCase("Gelu", "", [[3, 5]], opset: 20),
      OperatorCase("Gelu", "tanh", [[3, 5]], [.text("approximate", "tanh")], opset: 20),
      OperatorCase("Gelu", "of com.microsoft", [[3, 5]], domain: "com.microsoft"),
      OperatorCase("Clip", "", [[3, 5]], constants: [scalar(-0.5), scalar(1)]),
      OperatorCase("Clip", "upper only", [[3, 5]], constants: [nil, scalar(1)]),
      OperatorCase("Clip", "of opset 6", [[3, 5]], [.float("min", -0.5), .float("max", 0.25)], opset: 6),
      OperatorCase("Clip", "drawn limit", [[3, 5], []], in: 0...1),
      OperatorCase("Dropout", "in inference", [[3, 5]], outputs: 2),
      OperatorCase("Cast", "to double", [[3, 4]], [.int("to", 11)]),
    ]

  private static let arithmetic: [OperatorCase] = [
    OperatorCase("Add", "broadcast", [[2, 3, 4], [3, 1]]), OperatorCase("Sub", "", [[2, 3], [2, 3]]),
    OperatorCase("Mul", "broadcast", [[2, 3], [1]]),
    OperatorCase("Mul", "constant", [[2, 3]], constants: [weights([3], seed: 100)]),
    OperatorCase("Div", "", [[2, 3]], constants: [scalar(3)]),
    OperatorCase("Add", "of opset 6", [[2, 3, 4], [3]], [.int("axis", 1), .int("broadcast", 1)], opset: 6),
    OperatorCase("Pow", "square", [[2, 3]], constants: [scalar(2)]),
    OperatorCase("Pow", "root", [[2, 3]], in: 0.5...2, constants: [scalar(0.5)]),
    OperatorCase("Pow", "drawn", [[2, 3], [3]], in: 0.5...2),
    OperatorCase("Pow", "integer exponent", [[2, 3]], in: 0.5...2, constants: [ints(1, 2, 3)]),
    OperatorCase("PRelu", "", [[2, 3, 4]], constants: [weights([3, 1], seed: 101)]),
    OperatorCase("PRelu", "one slope", [[2, 3, 4]], constants: [weights([1], seed: 102)]),
    OperatorCase("Sum", "", [[2, 3], [3], [2, 1]]), OperatorCase("Mean", "", [[2, 3], [3], [2, 1]]),
    OperatorCase("Max", "", [[2, 3], [3], [2, 1]]), OperatorCase("Min", "", [[2, 3], [3]]),
    OperatorCase("Mod", "fmod", [[2, 3]], constants: [floats(0.7, -0.6, 0.9)], [.int("fmod", 1)]),
    OperatorCase(
      "Where", "", [[2, 3], [3]].map { $0 }, constants: [Tensor([true, false, true], shape: [3])]
    ).reordered([2, 0, 1]),
  ]

  /// Results that are integers, truth values or steps.
  private static let steps: [OperatorCase] =
    ["Ceil", "Floor", "Round", "Sign", "IsNaN", "IsInf"].map { OperatorCase($0, "", [[3, 5]], differentiable: false) }
    + ["Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"].map {
      OperatorCase($0, "", [[2, 3], [3]], differentiable: false)
    }
    + [
      OperatorCase("Cast", "towards zero", [[3, 5]], [.int("to", 6)], differentiable: false),
      OperatorCase("Cast", "to bool", [[3, 5]], [.int("to", 9)], differentiable: false),
      OperatorCase("CastLike", "", [[3, 5]], constants: [ints(1)], opset: 19, differentiable: false),
      OperatorCase(
        "Div", "integers", [], constants: [ints(-9, 9, .min, 7, 0), ints(2, -2, -1, -3, 5)], differentiable: false),
      OperatorCase(
        "Mod", "integers", [], constants: [ints(-9, 9, .min, 7), ints(2, -2, -1, -3)], differentiable: false),
      OperatorCase(
        "And", "", [], constants: [Tensor([true, false], shape: [2]), Tensor([true], shape: [1])], differentiable: false
      ),
      OperatorCase(
        "Or", "", [], constants: [Tensor([true, false], shape: [2]), Tensor([false], shape: [1])], differentiable: false
      ),
      OperatorCase(
        "Xor", "", [], constants: [Tensor([true, false], shape: [2]), Tensor([true], shape: [1])], differentiable: false
      ),
      OperatorCase("Not", "", [], constants: [Tensor([true, false], shape: [2])], differentiable: false),
    ]
}

extension OperatorCase {
  /// The same case with the node's inputs in another order: `places[i]` is where input i comes from.
  func reordered(_ places: [Int]) -> OperatorCase {
    var copy = self
    let names = model.graph.nodes[0].inputs
    copy.model.graph.nodes[0].inputs = places.map { names[$0] }
    return copy
  }
}
