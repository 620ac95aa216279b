public import AssayCore
public import AssayONNX

/// What a planner looks at in a model: where its work and its weights are, and what makes it easy or hard to compress.
public struct ModelFacts: Sendable, Hashable {
  /// A layer with multiply-accumulates.
  public struct Layer: Sendable, Hashable {
    public enum Kind: Sendable, Hashable { case convolution, depthwise, dense, recurrent }
    public var node: String
    public var kind: Kind
    /// Of one inference at batch 1; nil where a shape is not known.
    public var macs: Int?
    public var parameters: Int
  }

  /// An activation function and how often it occurs.
  public struct Activation: Sendable, Hashable {
    public var name: String
    public var count: Int
  }

  public var layers: [Layer]
  /// Nil where an operator is not known.
  public var parameters: Int?
  public var macs: Int?
  /// Activation functions, the most frequent first.
  public var activations: [Activation]
  /// Whether one of them is SiLU, hard-swish, GELU or Mish.
  public var hasSmoothActivations: Bool
  /// Elements of one row of the only input; nil with several inputs or an open shape.
  public var inputElements: Int?
  /// Extent of the batch where it is fixed.
  public var fixedBatch: Int?
  /// Elements of one row of the first output; nil where open.
  public var outputElements: Int?
  public var opset: Int

  /// What the rules need to know of the model.
  public var facts: Set<AdviceFact> {
    var facts: Set<AdviceFact> = []
    let kinds = layers.map(\.kind)
    if kinds.contains(.convolution) || kinds.contains(.depthwise) { facts.insert(.hasConvolutions) }
    if kinds.contains(.dense) { facts.insert(.hasDenseLayers) }
    if kinds.contains(.depthwise) { facts.insert(.hasDepthwise) }
    if hasSmoothActivations { facts.insert(.hasSmoothActivations) }
    if isSimple { facts.insert(.isSimple) }
    return facts
  }

  public var isSimple: Bool {
    ModelComplexity.isSimple(
      layers: layers.count, convolutions: layers.count { $0.kind != .dense }, macs: macs)
  }

  public func has(_ kind: Layer.Kind) -> Bool { layers.contains { $0.kind == kind } }

  /// Share of the multiply-accumulates that layers of a kind do; nil where they are not known.
  public func share(_ kind: Layer.Kind) -> Double? {
    let known = layers.compactMap(\.macs)
    guard known.count == layers.count else { return nil }
    let total = known.reduce(0.0) { $0 + Double($1) }
    guard total > 0 else { return nil }
    return layers.filter { $0.kind == kind }.reduce(0.0) { $0 + Double($1.macs ?? 0) } / total
  }
}

extension ModelFacts {
  private static let denseTypes: Set<String> = [
    "Gemm", "MatMul", "FusedGemm", "FusedMatMul", "MatMulInteger", "QLinearMatMul", "MatMulNBits", "Einsum",
  ]
  private static let smoothTypes: Set<String> = ["HardSwish", "Swish", "Gelu", "Mish", "Erf", "FastGelu", "QuickGelu"]
  private static let activationTypes: Set<String> = smoothTypes.union([
    "Relu", "LeakyRelu", "PRelu", "Elu", "Selu", "Celu", "Sigmoid", "HardSigmoid", "Tanh", "Softplus", "Softsign",
    "Clip", "ThresholdedRelu", "Softmax",
  ])

  /// Looks at a model; nothing is changed or run.
  ///
  /// - Complexity: O(n) in nodes and weights.
  public init(_ model: Model) {
    let cost = model.cost()
    layers = cost.nodes.compactMap { entry in
      let node = model.graph.nodes[entry.index]
      guard let kind = Self.kind(of: node, in: model.graph), entry.macs != 0 else { return nil }
      // A product of two activations has no weight to compress.
      guard entry.parameters > 0 else { return nil }
      return Layer(node: entry.node, kind: kind, macs: entry.macs, parameters: entry.parameters)
    }
    parameters = cost.parameters
    macs = cost.macs
    var counts: [String: Int] = [:]
    for node in model.graph.nodes where Self.activationTypes.contains(node.opType) {
      counts[node.opType, default: 0] += 1
    }
    activations = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
      Activation(name: $0.key, count: $0.value)
    }
    hasSmoothActivations =
      counts.keys.contains(where: Self.smoothTypes.contains) || Self.gatesItself(model.graph)
    let inputs = model.graph.requiredInputs
    let shape = inputs.count == 1 ? inputs[0].tensorType?.shape : nil
    inputElements = shape.flatMap(Self.rowElements)
    fixedBatch = shape?.first?.value.flatMap { $0 > 0 ? $0 : nil }
    outputElements = model.graph.outputs.first?.tensorType?.shape.flatMap(Self.rowElements)
    opset = model.opset
  }

  private static func kind(of node: Node, in graph: Graph) -> Layer.Kind? {
    switch node.opType {
    case let type where type.hasSuffix("Conv") || type == "ConvTranspose" || type == "ConvInteger":
      let groups = node.int("group") ?? 1
      return groups > 1 && node.input(1).flatMap { graph.constant($0)?.shape.dropFirst().first } == 1
        ? .depthwise : .convolution
    case let type where denseTypes.contains(type): return .dense
    case "LSTM", "GRU", "RNN": return .recurrent
    default: return nil
    }
  }

  /// Whether some x is multiplied with its own sigmoid: SiLU as exporters write it.
  private static func gatesItself(_ graph: Graph) -> Bool {
    var sigmoids: [String: String] = [:]
    for node in graph.nodes where node.opType == "Sigmoid" || node.opType == "HardSigmoid" {
      if let input = node.input(0), let output = node.output(0) { sigmoids[output] = input }
    }
    return graph.nodes.contains { node in
      node.opType == "Mul" && node.inputs.contains { name in sigmoids[name].map(node.inputs.contains) ?? false }
    }
  }

  /// Elements behind the first axis; nil where an extent is open or the product does not fit.
  private static func rowElements(_ shape: [Dimension]) -> Int? {
    var product = 1
    for dimension in shape.dropFirst() {
      guard let extent = dimension.value, extent > 0 else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      guard !overflow else { return nil }
      product = next
    }
    return product
  }
}
