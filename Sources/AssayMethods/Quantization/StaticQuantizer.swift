import AssayCore
import AssayONNX

/// Writes a graph with quantize–dequantize pairs around the operators that shall run with integers.
struct StaticQuantizer {
  let weights: WeightQuantization
  let activations: ActivationType
  /// Ranges by the plan's scales.
  let ranges: [ActivationRange]

  /// - Precondition: `model` has opset 13 or later, which pairs with scales along an axis need.
  func rewrite(
    _ model: Model, _ targets: [QuantizationTarget], _ plan: ActivationPlan, _ report: inout StepReport
  ) -> Rewrite {
    var editor = PairEditor(
      model.graph, plan: plan, parameters: ranges.map { AffineParameters($0, activations) }, weights: weights)
    let targetByPosition = Dictionary(targets.map { ($0.position, $0) }, uniquingKeysWith: { first, _ in first })
    editor.addPairs(forOutputsOf: nil)
    for (position, node) in model.graph.nodes.enumerated() {
      var node = node
      if let target = targetByPosition[position] { editor.quantizeWeights(of: &node, target, &report) }
      editor.addNode(node, isInteger: plan.integerNodes.contains(position))
      editor.addPairs(forOutputsOf: node)
    }
    var result = model
    result.graph = editor.finish()
    let removed = result.graph.removeDead()
    if !removed.initializers.isEmpty {
      report.notes.append("\(removed.initializers.count) float weights and biases are no longer in the file")
    }
    return Rewrite(model: result, report: report, forms: editor.forms)
  }
}

/// Builds the new list of nodes from front to back.
private struct PairEditor {
  private var graph: Graph
  private let plan: ActivationPlan
  private let parameters: [AffineParameters]
  private let weights: WeightQuantization
  private var names: NameAllocator
  private var nodes: [Node] = []
  private let pairByValue: [String: ActivationPlan.Pair]
  /// What integer operators read instead of a value that keeps its float users.
  private var dequantized: [String: String] = [:]
  /// The new name of what an operator makes, where the dequantized value has taken the old one.
  private var unquantized: [String: String] = [:]
  /// Names of scale and zero point, for each scale of the plan that is in use.
  private var constants: [Int: (scale: String, zeroPoint: String)] = [:]
  /// Quantized weights that later users can share.
  private var shared: [(weight: String, axis: Int, scales: [Float], value: String)] = []
  private(set) var forms: [String: any WeightForm] = [:]

  init(_ graph: Graph, plan: ActivationPlan, parameters: [AffineParameters], weights: WeightQuantization) {
    self.graph = graph
    self.plan = plan
    self.parameters = parameters
    self.weights = weights
    names = NameAllocator(graph: graph)
    pairByValue = Dictionary(plan.pairs.map { ($0.value, $0) }, uniquingKeysWith: { first, _ in first })
  }

  func finish() -> Graph {
    var graph = graph
    graph.nodes = nodes
    return graph
  }

  /// Adds a node that reads and makes the values the plan says.
  mutating func addNode(_ node: Node, isInteger: Bool) {
    var node = node
    if isInteger {
      for position in node.inputs.indices {
        if let name = dequantized[node.inputs[position]] { node.inputs[position] = name }
      }
    }
    for position in node.outputs.indices {
      guard let pair = pairByValue[node.outputs[position]], pair.replacesAllUses else { continue }
      node.outputs[position] = names.fresh("\(pair.value)_float")
      unquantized[pair.value] = node.outputs[position]
    }
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
          "QuantizeLinear", name: names.fresh("\(value)_QuantizeLinear"), inputs: [source, scale, zeroPoint],
          outputs: [quantized]))
      nodes.append(
        Node(
          "DequantizeLinear", name: names.fresh("\(value)_DequantizeLinear"), inputs: [quantized, scale, zeroPoint],
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
    let bias = target.bias.flatMap { graph.constant($0)?.broadcastVector(count: weight.shape[axis]) }
    let (scales, raised) = weights.guarded(
      weights.scales(of: weight, axis: axis), bias: bias, inputScale: input.scale)
    node.inputs[1] = dequantizedWeight(target.weight, weight, axis: axis, scales: scales)
    if let bias, let name = target.bias {
      node.inputs[2] = dequantizedBias(name, bias, scales: scales.map { $0 * input.scale })
    }
    var text = "int8 weights\(scales.count > 1 ? " by channel" : ""), \(input.type.elementType) input with scale "
    text += "\(input.scale) and zero point \(input.zeroPoint)"
    if raised > 0 { text += "; \(raised) scales raised so that the bias fits 32 bits" }
    report.changed(node.label, text)
  }

  private mutating func dequantizedWeight(_ name: String, _ weight: Tensor, axis: Int, scales: [Float]) -> String {
    if let known = shared.first(where: { $0.weight == name && $0.axis == axis && $0.scales == scales }) {
      return known.value
    }
    let integers = weights.integers(of: weight, axis: axis, scales: scales)
    let quantized = names.fresh("\(name)_quantized")
    graph.setInitializer(quantized, integers)
    let isPerChannel = weights.isPerChannel
    forms[quantized] = AffineQuantizedForm(integers: integers, scales: scales, axis: isPerChannel ? axis : nil)
    let scale = names.fresh("\(name)_scale")
    graph.setInitializer(scale, isPerChannel ? Tensor(scales, shape: [scales.count]) : Tensor(scalar: scales[0]))
    let zeroPoint = names.fresh("\(name)_zero_point")
    let zeros = [Int8](repeating: 0, count: scales.count)
    graph.setInitializer(zeroPoint, isPerChannel ? Tensor(zeros, shape: [zeros.count]) : Tensor(scalar: zeros[0]))
    let result = names.fresh("\(name)_dequantized")
    nodes.append(
      Node(
        "DequantizeLinear", name: names.fresh("\(name)_DequantizeLinear"), inputs: [quantized, scale, zeroPoint],
        outputs: [result], attributes: isPerChannel ? [Attribute("axis", int: axis)] : []))
    shared.append((name, axis, scales, result))
    return result
  }

  private mutating func dequantizedBias(_ name: String, _ bias: [Float], scales: [Float]) -> String {
    let isPerChannel = weights.isPerChannel
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
    return result
  }
}
