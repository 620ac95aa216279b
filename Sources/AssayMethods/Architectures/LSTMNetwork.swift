public import AssayCore
import AssayONNX

/// Long short-term memory over sequences.
public enum LSTMNetwork: Architecture {
  public static let name = "lstm"
  public static let summary =
    "layers of long short-term memory of the widths of hidden (64 unless said) over [steps, features] or the rows of an "
    + "image; the last state is classified (Hochreiter, Schmidhuber 1997; forget bias 1: Jozefowicz and others, ICML 2015)"

  public static func build(_ network: inout NetworkBuilder, _ options: ArchitectureOptions) throws(MethodError) {
    try network.asSequence()
    let steps = network.shape[0]
    // The operator reads [steps, batch, features].
    network.node("Transpose", [network.value], [Attribute("perm", ints: [1, 0, 2])])
    let widths = (options.hidden ?? [64]).map(network.scaled)
    for (position, width) in widths.enumerated() {
      try add(&network, width, steps: steps, isLast: position == widths.count - 1)
    }
    try network.logits()
  }

  private static func add(
    _ network: inout NetworkBuilder, _ width: Int, steps: Int, isLast: Bool
  ) throws(MethodError) {
    let name = network.layer(stem: "lstm")
    let features = network.shape[1]
    let input = network.value
    let operands = [
      input,
      try network.weight(
        "\(name).weight", [1, 4 * width, features], fanIn: features, fanOut: width, isHidden: false),
      try network.weight("\(name).recurrence", [1, 4 * width, width], fanIn: width, fanOut: width, isHidden: false),
      network.constant("\(name).bias", bias(width)),
    ]
    let size = [Attribute("hidden_size", int: width)]
    let axes = network.constant("\(name).axis", ints: [isLast ? 0 : 1])
    if isLast {
      network.node("LSTM", operands, size, name: name, outputs: ["", "\(name).state"])
      network.node("Squeeze", [network.value, axes])
      network.shape = [width]
    } else {
      network.node("LSTM", operands, size, name: name, outputs: ["\(name).states"])
      network.node("Squeeze", [network.value, axes])
      network.shape = [steps, width]
    }
  }

  /// [1, 8·width]: of the input's sums in the order input, output, forget, cell, and then of the recurrence's.
  private static func bias(_ width: Int) -> Tensor {
    var values = [Float](repeating: 0, count: 8 * width)
    for index in 2 * width..<3 * width { values[index] = 1 }
    return Tensor(values, shape: [1, 8 * width])
  }
}
