import AssayCore
import AssayONNX

extension OperatorCase {
  /// Sequences of 3 steps, 2 rows and 4 numbers; states of 5.
  static let recurrent: [OperatorCase] = [
    OperatorCase("LSTM", "", [[3, 2, 4]], constants: cell(4, 1), [.int("hidden_size", 5)], outputs: 3),
    OperatorCase(
      "LSTM", "reverse, states given", [[3, 2, 4]], constants: cell(4, 1) + [nil] + states(1, 2),
      [.text("direction", "reverse")], outputs: 3),
    OperatorCase(
      "LSTM", "both directions", [[3, 2, 4]], constants: cell(4, 2), [.text("direction", "bidirectional")], outputs: 3),
    OperatorCase("LSTM", "no bias", [[3, 2, 4]], constants: Array(cell(4, 1).prefix(2)), outputs: 3),
    OperatorCase(
      "LSTM", "batch first", [[2, 3, 4]], constants: cell(4, 1), [.int("layout", 1)], outputs: 3),
    OperatorCase(
      "LSTM", "lengths, peepholes, both directions", [[3, 2, 4]],
      constants: cell(4, 2) + [Tensor([3, 2] as [Int32], shape: [2])] + states(2, 2) + [weights([2, 15], seed: 41)],
      [.text("direction", "bidirectional")], outputs: 3),
    OperatorCase(
      "LSTM", "clipped and coupled", [[3, 2, 4]], constants: cell(4, 1),
      [.float("clip", 0.7), .int("input_forget", 1)],
      outputs: 3),
    OperatorCase(
      "LSTM", "other activations", [[3, 2, 4]], constants: cell(4, 1),
      [
        .texts("activations", "HardSigmoid", "Softsign", "ScaledTanh"), .floats("activation_alpha", 0.3, 1.1),
        .floats("activation_beta", 0.4, 0.9),
      ],
      outputs: 3),
    OperatorCase("GRU", "", [[3, 2, 4]], constants: cell(3, 1), outputs: 2),
    OperatorCase(
      "GRU", "linear before reset", [[3, 2, 4]], constants: cell(3, 1), [.int("linear_before_reset", 1)], outputs: 2),
    OperatorCase(
      "GRU", "linear before reset, both directions", [[3, 2, 4]], constants: cell(3, 2) + [nil] + states(2, 1),
      [.int("linear_before_reset", 1), .text("direction", "bidirectional")], outputs: 2),
    OperatorCase(
      "GRU", "linear before reset, clipped, reverse", [[3, 2, 4]], constants: cell(3, 1),
      [.int("linear_before_reset", 1), .float("clip", 0.8), .text("direction", "reverse")], outputs: 2),
    OperatorCase(
      "GRU", "lengths", [[3, 2, 4]], constants: cell(3, 1) + [Tensor([1, 3] as [Int32], shape: [2])], outputs: 2),
    OperatorCase("RNN", "", [[3, 2, 4]], constants: cell(1, 1), outputs: 2),
    OperatorCase(
      "RNN", "relu, reverse", [[3, 2, 4]], constants: cell(1, 1),
      [.texts("activations", "Relu"), .text("direction", "reverse")], outputs: 2),
    OperatorCase(
      "RNN", "two activations", [[3, 2, 4]], constants: cell(1, 2),
      [
        .text("direction", "bidirectional"), .texts("activations", "LeakyRelu", "Affine"),
        .floats("activation_alpha", 0.1, 0.5),
        .floats("activation_beta", 0.25),
      ], outputs: 2),
  ]

  /// W, R and B.
  private static func cell(_ gates: Int, _ directions: Int) -> [Tensor?] {
    [
      weights([directions, gates * 5, 4], seed: 30), weights([directions, gates * 5, 5], seed: 31),
      weights([directions, 2 * gates * 5], seed: 32),
    ]
  }

  private static func states(_ directions: Int, _ count: Int) -> [Tensor?] {
    (0..<count).map { weights([directions, 2, 5], seed: 33 + UInt64($0)) }
  }
}
