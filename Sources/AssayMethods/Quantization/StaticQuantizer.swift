import AssayCore
import AssayONNX

/// Writes a graph with quantize–dequantize pairs around the operators that shall run with integers.
struct StaticQuantizer {
  let weights: WeightQuantization
  /// Scale and zero point by the plan's scales.
  let parameters: [AffineParameters]
  /// Whether convolutions and `Gemm` without a bias get one of zeros.
  var addsBiases = false
  var rounding: AdaptiveRounding?
  /// Mean inputs, by which biases take back what rounding the weights shifts.
  var means: InputMeans?

  /// Integers of 16 bits are of ONNX's own pairs from this opset on; before, ONNX Runtime has pairs in its own domain.
  private static let opsetOf16Bits = 21

  /// - Precondition: `model` has opset 13 or later, which pairs with scales along an axis need.
  func rewrite(
    _ model: Model, _ targets: [QuantizationTarget], _ plan: ActivationPlan, _ report: inout StepReport
  ) -> (rewrite: Rewrite, layers: [QuantizedLayer]) {
    let has16Bits = weights.bits == 16 || parameters.contains { $0.type.bits == 16 }
    let domain = has16Bits && model.opset < Self.opsetOf16Bits ? "com.microsoft" : ""
    var editor = PairEditor(
      model.graph, plan: plan, parameters: parameters, weights: weights, domain: domain,
      addsBiases: addsBiases, rounding: rounding, means: means)
    let targetByPosition = Dictionary(targets.map { ($0.position, $0) }, uniquingKeysWith: { first, _ in first })
    editor.addPairs(forOutputsOf: nil)
    for (position, node) in model.graph.nodes.enumerated() {
      var node = node
      if let target = targetByPosition[position] { editor.quantizeWeights(of: &node, target, &report) }
      editor.addNode(node, isInteger: plan.integerNodes.contains(position), at: position)
      editor.addPairs(forOutputsOf: node)
    }
    var result = model
    if !domain.isEmpty { result.opsets[domain] = 1 }
    result.graph = editor.finish()
    let removed = result.graph.removeDead()
    if !removed.initializers.isEmpty {
      report.notes.append("\(removed.initializers.count) float weights and biases are no longer in the file")
    }
    if let note = editor.roundingNote { report.notes.append(note) }
    if means != nil {
      report.notes.append(
        "biases of \(editor.shifted) of \(targets.count) operators take back what rounding the weights shifts their outputs by, "
          + "on average over the calibration rows (bias-correction: weights)")
    }
    return (Rewrite(model: result, report: report, forms: editor.forms), editor.layers)
  }
}

/// Builds the new list of nodes from front to back.
private struct PairEditor {
  private var graph: Graph
  private let plan: ActivationPlan
  private let parameters: [AffineParameters]
  private let weights: WeightQuantization
  /// Of the pairs.
  private let domain: String
  private let addsBiases: Bool
  private let rounding: AdaptiveRounding?
  private let means: InputMeans?
  /// Biases that took something back.
  private(set) var shifted = 0
  private var names: NameAllocator
  private var nodes: [Node] = []
  private let pairByValue: [String: ActivationPlan.Pair]
  /// What integer operators read instead of a value that keeps its float users.
  private var dequantized: [String: String] = [:]
  /// The new name of what an operator makes, where the dequantized value has taken the old one.
  private var unquantized: [String: String] = [:]
  /// Names of scale and zero point, for each scale of the plan that is in use.
  private var constants: [Int: (scale: String, zeroPoint: String)] = [:]
  /// Quantized weights that later users can share, by the name of the float ones.
  private var shared: [String: [(axis: Int, scales: [Float], value: String)]] = [:]
  private(set) var forms: [String: any WeightForm] = [:]
  private(set) var layers: [QuantizedLayer] = []
  /// Where in `layers` the node at a position of the original graph is.
  private var layerByPosition: [Int: Int] = [:]
  /// Weights that are not rounded to nearest.
  private var moved = 0

  init(
    _ graph: Graph, plan: ActivationPlan, parameters: [AffineParameters], weights: WeightQuantization, domain: String,
    addsBiases: Bool, rounding: AdaptiveRounding?, means: InputMeans?
  ) {
    self.graph = graph
    self.plan = plan
    self.parameters = parameters
    self.weights = weights
    self.domain = domain
    self.addsBiases = addsBiases
    self.rounding = rounding
    self.means = means
    names = NameAllocator(graph: graph)
    pairByValue = Dictionary(plan.pairs.map { ($0.value, $0) }, uniquingKeysWith: { first, _ in first })
  }

  func finish() -> Graph {
    var graph = graph
    graph.nodes = nodes
    return graph
  }

  /// Adds a node that reads and makes the values the plan says.
  mutating func addNode(_ node: Node, isInteger: Bool, at position: Int) {
    var node = node
    if isInteger {
      for slot in node.inputs.indices {
        if let name = dequantized[node.inputs[slot]] { node.inputs[slot] = name }
      }
    }
    for slot in node.outputs.indices {
      guard let pair = pairByValue[node.outputs[slot]], pair.replacesAllUses else { continue }
      node.outputs[slot] = names.fresh("\(pair.value)_float")
      unquantized[pair.value] = node.outputs[slot]
    }
    if let layer = layerByPosition[position], let output = node.output(0) { layers[layer].output = output }
    nodes.append(node)
  }

  /// Adds the pairs for the values that the original `node` makes, or for the graph's inputs.
  mutating func addPairs(forOutputsOf node: Node?) {
    for value in node?.outputs ?? graph.requiredInputs.map(\.name) {
      guard let pair = pairByValue[value] else { continue }
      let (scale, zeroPoint) = constants(of: pair.scale, stem: value)
      let quantized = names.fresh("\(value)_quantized")
      // The dequantized value takes the name, so that every user, and the model's outputs, find it.
      let source = unquantized[value] ?? value
      let result = pair.replacesAllUses ? value : names.fresh("\(value)_dequantized")
      if !pair.replacesAllUses { dequantized[value] = result }
      nodes.append(
        Node(
          "QuantizeLinear", name: names.fresh("\(value)_QuantizeLinear"), domain: domain,
          inputs: [source, scale, zeroPoint],
          outputs: [quantized]))
      nodes.append(
        Node(
          "DequantizeLinear", name: names.fresh("\(value)_DequantizeLinear"), domain: domain,
          inputs: [quantized, scale, zeroPoint],
          outputs: [result]))
    }
  }

  private mutating func constants(of index: Int, stem: String) -> (scale: String, zeroPoint: String) {
    if let known = constants[index] { return known }
    let result = (scale: names.fresh("\(stem)_scale"), zeroPoint: names.fresh("\(stem)_zero_point"))
    graph.setInitializer(result.scale, Tensor(scalar: parameters[index].scale))
    graph.setInitializer(result.zeroPoint, parameters[index].zeroPointTensor)
    constants[index] = result
    return result
  }

  /// Lets `node` read integer weights and a 32-bit bias through `DequantizeLinear`.
  mutating func quantizeWeights(of node: inout Node, _ target: QuantizationTarget, _ report: inout StepReport) {
    guard let weight = graph.constant(target.weight), let scaleIndex = plan.scaleOfValue[target.input] else { return }
    let axis = target.channelAxis
    let input = parameters[scaleIndex]
    let channels = weight.shape[axis]
    var bias = target.bias.flatMap { graph.constant($0)?.broadcastVector(count: channels) }
    if bias == nil, addsBiases, node.opType != "MatMul" { bias = [Float](repeating: 0, count: channels) }
    let (scales, raised) = weights.guarded(
      weights.scales(of: weight, axis: axis), bias: bias, inputScale: input.scale)
    let integers = weights.integers(of: weight, axis: axis, scales: scales)
    let rounded = rounding?.rounded(target, weight, nearest: integers, scales: scales, limit: weights.limit)
    if let old = bias,
      let shifts = means?.shifts(target, node, weight, integers: rounded?.integers ?? integers, scales: scales)
    {
      bias = zip(old, shifts).map { $1.isFinite ? $0 + $1 : $0 }
      shifted += 1
    }
    node.inputs[1] = dequantizedWeight(target.weight, rounded?.integers ?? integers, axis: axis, scales: scales)
    var layer = QuantizedLayer(
      label: node.label, originalOutput: node.outputs[0], output: node.outputs[0], channels: channels,
      isConvolution: node.opType == "Conv")
    if let bias {
      let stem = target.bias ?? "\(target.weight)_bias"
      layer.scales = scales.map { $0 * input.scale }
      let (name, value) = dequantizedBias(stem, bias, scales: layer.scales)
      layer.bias = name
      node.inputs = [node.inputs[0], node.inputs[1], value]
    }
    layerByPosition[target.position] = layers.count
    layers.append(layer)
    var text =
      "int\(weights.bits) weights\(scales.count > 1 ? " by channel" : ""), \(input.type.elementType) input with "
    text += "scale \(input.scale) and zero point \(input.zeroPoint)"
    if raised > 0 { text += "; \(raised) scales raised so that the bias fits 32 bits" }
    if let rounded { text += "; " + describe(rounded, count: weight.count) }
    if let reason = rounding?.reasons[target.position] { text += "; rounded to nearest: \(reason)" }
    report.changed(node.label, text)
  }

  private mutating func describe(_ rounded: AdaptiveRounding.Result, count: Int) -> String {
    moved += rounded.moved
    guard rounded.moved > 0, rounded.errorBefore > 0 else { return "the nearest integers are best" }
    let share = Float((1000 * rounded.errorAfter / rounded.errorBefore).rounded() / 10)
    return
      "\(rounded.moved) of \(count) weights not rounded to nearest, which leaves \(share) % of the squared output error"
  }

  /// What adaptive rounding did; nil where it was not asked for.
  var roundingNote: String? {
    guard rounding != nil else { return nil }
    return
      "adaround: \(moved) weights are not rounded to nearest; by coordinate descent on AdaRound's objective, not by "
      + "its gradient"
  }

  private mutating func dequantizedWeight(_ name: String, _ integers: Tensor, axis: Int, scales: [Float]) -> String {
    if let known = shared[name]?.first(where: { $0.axis == axis && $0.scales == scales }) { return known.value }
    let quantized = names.fresh("\(name)_quantized")
    graph.setInitializer(quantized, integers)
    let isPerChannel = scales.count > 1
    forms[quantized] = AffineQuantizedForm(integers: integers, scales: scales, axis: isPerChannel ? axis : nil)
    let scale = names.fresh("\(name)_scale")
    graph.setInitializer(scale, isPerChannel ? Tensor(scales, shape: [scales.count]) : Tensor(scalar: scales[0]))
    let zeroPoint = names.fresh("\(name)_zero_point")
    graph.setInitializer(zeroPoint, zeros(integers.elementType, shape: isPerChannel ? [scales.count] : []))
    let result = names.fresh("\(name)_dequantized")
    nodes.append(
      Node(
        "DequantizeLinear", name: names.fresh("\(name)_DequantizeLinear"), domain: domain,
        inputs: [quantized, scale, zeroPoint],
        outputs: [result], attributes: isPerChannel ? [Attribute("axis", int: axis)] : []))
    shared[name, default: []].append((axis, scales, result))
    return result
  }

  private func zeros(_ type: ElementType, shape: [Int]) -> Tensor {
    let count = shape.reduce(1, *)
    return type == .int16
      ? Tensor([Int16](repeating: 0, count: count), shape: shape)
      : Tensor([Int8](repeating: 0, count: count), shape: shape)
  }

  private mutating func dequantizedBias(
    _ name: String, _ bias: [Float], scales: [Float]
  ) -> (name: String, value: String) {
    let isPerChannel = scales.count > 1
    let integers = bias.enumerated().map { index, value -> Int32 in
      let scale = scales[isPerChannel ? index : 0]
      // `guarded` keeps this below 2³⁰; the clamp is for scales whose product rounds to zero.
      let steps = Double(value) / Double(scale)
      return Int32(max(-1_073_741_824, min(1_073_741_824, steps.isFinite ? steps.rounded(.toNearestOrEven) : 0)))
    }
    let quantized = names.fresh("\(name)_quantized")
    graph.setInitializer(quantized, Tensor(integers, shape: [integers.count]))
    let scale = names.fresh("\(name)_scale")
    graph.setInitializer(scale, isPerChannel ? Tensor(scales, shape: [scales.count]) : Tensor(scalar: scales[0]))
    let result = names.fresh("\(name)_dequantized")
    nodes.append(
      Node(
        "DequantizeLinear", name: names.fresh("\(name)_DequantizeLinear"), inputs: [quantized, scale],
        outputs: [result], attributes: isPerChannel ? [Attribute("axis", int: 0)] : []))
    return (quantized, result)
  }
}
