public import AssayCore
import AssayONNX

/// A small transformer encoder that classifies sequences.
public enum TransformerEncoder: Architecture {
  public static let name = "transformer"
  public static let summary =
    "an encoder of two blocks with 4 heads over tokens of 64 numbers, normalized first, with trained positions, over "
    + "[steps, features] or the rows of an image; the mean token is classified (Vaswani and others, NIPS 2017; Xiong and "
    + "others, ICML 2020). GELU within the blocks, whatever the activation"

  public static func build(_ network: inout NetworkBuilder, _ options: ArchitectureOptions) throws(MethodError) {
    try network.asSequence()
    let steps = network.shape[0]
    let hidden = options.hidden ?? [64]
    // At least one number a head, so that heads divide the token.
    let heads = 4
    let width = max(1, network.scaled(hidden[0]) / heads) * heads
    let inner = hidden.count > 1 ? Array(hidden.dropFirst()) : [2 * hidden[0], 2 * hidden[0]]
    try network.project(width, name: "embedding")
    let positions = try network.weight(
      "positions", [1, steps, width], fanIn: width, fanOut: width, isHidden: false)
    network.node("Add", [network.value, positions])
    for units in inner {
      try attend(&network, width: width, heads: heads)
      try transform(&network, width: width, units: network.scaled(units))
    }
    network.normalizeLayer()
    network.node("ReduceMean", [network.value], [Attribute("axes", ints: [1]), Attribute("keepdims", int: 0)])
    network.shape = [width]
    try network.logits()
  }

  private static func attend(_ network: inout NetworkBuilder, width: Int, heads: Int) throws(MethodError) {
    let input = network.value
    network.normalizeLayer()
    let name = network.layer(stem: "attention")
    let normalized = network.value
    let target = network.constant("heads.shape", ints: [0, 0, heads, width / heads])
    var parts: [String] = []
    for part in ["query", "key", "value"] {
      (network.value, network.shape) = (normalized, [network.shape[0], width])
      try network.project(width, name: "\(name).\(part)")
      network.node("Reshape", [network.value, target])
      // [batch, heads, steps, numbers]; keys lie the other way round for the product.
      let order = part == "key" ? [0, 2, 3, 1] : [0, 2, 1, 3]
      parts.append(network.node("Transpose", [network.value], [Attribute("perm", ints: order)]))
    }
    network.node("MatMul", [parts[0], parts[1]])
    let factor = network.scalar("attention.factor", 1 / Float(width / heads).squareRoot())
    network.node("Mul", [network.value, factor])
    network.node("Softmax", [network.value], [Attribute("axis", int: -1)])
    network.node("MatMul", [network.value, parts[2]])
    network.node("Transpose", [network.value], [Attribute("perm", ints: [0, 2, 1, 3])])
    let joined = network.constant("tokens.shape", ints: [0, 0, width])
    network.node("Reshape", [network.value, joined])
    try network.project(width, name: "\(name).output")
    network.node("Add", [input, network.value])
  }

  private static func transform(_ network: inout NetworkBuilder, width: Int, units: Int) throws(MethodError) {
    let input = network.value
    network.normalizeLayer()
    let name = network.layer(stem: "block")
    try network.project(units, name: "\(name).up")
    network.activate(.gelu)
    try network.project(width, name: "\(name).down")
    network.node("Add", [input, network.value])
  }
}

extension NetworkBuilder {
  /// Each token times a matrix [inputs, units], plus a bias.
  fileprivate mutating func project(_ units: Int, name: String) throws(MethodError) {
    let inputs = shape[1]
    let matrix = try weight("\(name).weight", [inputs, units], fanIn: inputs, fanOut: units, isHidden: false)
    node("MatMul", [value, matrix], name: name)
    let bias = zeros("\(name).bias", units)
    node("Add", [value, bias])
    shape = [shape[0], units]
  }

  /// Over the numbers of each token (Ba, Kiros, Hinton 2016).
  fileprivate mutating func normalizeLayer() {
    let name = layer(stem: "norm")
    let width = shape[1]
    let ones = constant("\(name).weight", Tensor([Float](repeating: 1, count: width), shape: [width]))
    let bias = zeros("\(name).bias", width)
    node(
      "LayerNormalization", [value, ones, bias], [Attribute("axis", int: -1), Attribute("epsilon", float: 1e-5)],
      name: name)
  }
}
