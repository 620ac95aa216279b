import AssayCore
import AssayONNX

/// Writes matrix products, and convolutions where asked for, in integers with the input's scale found at run time.
///
/// y = (xq ∘ wq)·(scale of x · scale of w) + bias with xq from `DynamicQuantizeLinear` and the integer product from
/// `MatMulInteger` or `ConvInteger`: the pattern that ONNX Runtime fuses into one kernel.
struct DynamicQuantizer {
  private var graph: Graph
  private let weights: WeightQuantization
  private var names: NameAllocator
  private var nodes: [Node] = []
  /// Outputs of `DynamicQuantizeLinear` by the value it quantizes.
  private var quantizedInputs: [String: (values: String, scale: String, zeroPoint: String)] = [:]
  private var quantizedWeights: [String: (values: String, scale: String, isPerChannel: Bool)] = [:]
  private var forms: [String: any WeightForm] = [:]

  init(_ graph: Graph, weights: WeightQuantization) {
    self.graph = graph
    self.weights = weights
    names = NameAllocator(graph: graph)
  }

  /// - Precondition: `model` is the model of `init`'s graph and has opset 11 or later.
  mutating func rewrite(_ model: Model, _ targets: [QuantizationTarget], _ report: inout StepReport) -> Rewrite {
    let targetByPosition = Dictionary(targets.map { ($0.position, $0) }, uniquingKeysWith: { first, _ in first })
    for (position, node) in graph.nodes.enumerated() {
      if let target = targetByPosition[position] {
        writeInteger(node, target, &report)
      } else {
        nodes.append(node)
      }
    }
    graph.nodes = nodes
    _ = graph.removeDead()
    var result = model
    result.graph = graph
    return Rewrite(model: result, report: report, forms: forms)
  }

  private mutating func writeInteger(_ node: Node, _ target: QuantizationTarget, _ report: inout StepReport) {
    guard let weight = graph.constant(target.weight), let output = node.output(0) else { return }
    let isConvolution = node.opType == "Conv"
    let input = quantizedInput(target.input)
    let factor = quantizedWeight(target, weight, isConvolution: isConvolution)
    let stem = node.name.isEmpty ? output : node.name
    func name(_ part: String) -> String { names.fresh("\(stem)_\(part)") }
    let (sum, real, scale) = (name("integer"), name("unscaled"), name("scale"))
    let scaled = target.bias == nil ? output : name("scaled")
    nodes.append(
      Node(
        isConvolution ? "ConvInteger" : "MatMulInteger", name: name("product"),
        inputs: [input.values, factor.values, input.zeroPoint], outputs: [sum],
        attributes: isConvolution ? node.attributes : []))
    nodes.append(
      Node("Cast", name: name("Cast"), inputs: [sum], outputs: [real], attributes: [Attribute("to", int: 1)]))
    nodes.append(Node("Mul", name: name("Mul"), inputs: [input.scale, factor.scale], outputs: [scale]))
    nodes.append(Node("Mul", name: name("Mul"), inputs: [real, scale], outputs: [scaled]))
    if let bias = target.bias {
      nodes.append(
        Node(
          "Add", name: name("Add"), inputs: [scaled, addend(bias, weight, isConvolution: isConvolution)],
          outputs: [output]))
    }
    let kind = isConvolution ? "ConvInteger" : "MatMulInteger"
    report.changed(
      node.label,
      "\(kind) with int8 weights\(factor.isPerChannel ? " by channel" : ""), uint8 input scaled at run time")
  }

  private mutating func quantizedInput(_ value: String) -> (values: String, scale: String, zeroPoint: String) {
    if let known = quantizedInputs[value] { return known }
    let result = (
      values: names.fresh("\(value)_quantized"), scale: names.fresh("\(value)_scale"),
      zeroPoint: names.fresh("\(value)_zero_point")
    )
    nodes.append(
      Node(
        "DynamicQuantizeLinear", name: names.fresh("\(value)_DynamicQuantizeLinear"), inputs: [value],
        outputs: [result.values, result.scale, result.zeroPoint]))
    quantizedInputs[value] = result
    return result
  }

  /// The integers of a weight, matrices as `MatMulInteger` takes them: one output channel a column.
  private mutating func quantizedWeight(
    _ target: QuantizationTarget, _ weight: Tensor, isConvolution: Bool
  ) -> (values: String, scale: String, isPerChannel: Bool) {
    let key = "\(target.channelAxis) \(target.weight)"
    if let known = quantizedWeights[key] { return known }
    let axis = isConvolution ? 0 : 1
    let oriented = !isConvolution && target.channelAxis == 0 ? weight.transposedMatrix() : weight
    let (scales, _) = weights.guarded(weights.scales(of: oriented, axis: axis), bias: nil, inputScale: 1)
    let integers = weights.integers(of: oriented, axis: axis, scales: scales)
    let isPerChannel = scales.count > 1
    let result = (
      values: names.fresh("\(target.weight)_quantized"), scale: names.fresh("\(target.weight)_scale"),
      isPerChannel: isPerChannel
    )
    graph.setInitializer(result.values, integers)
    forms[result.values] = AffineQuantizedForm(
      integers: integers, scales: scales, axis: isPerChannel ? axis : nil)
    let shape = isConvolution ? [scales.count] + [Int](repeating: 1, count: weight.shape.count - 2) : [scales.count]
    graph.setInitializer(result.scale, isPerChannel ? Tensor(scales, shape: shape) : Tensor(scalar: scales[0]))
    quantizedWeights[key] = result
    return result
  }

  /// The bias in the shape that broadcasts over the result.
  private mutating func addend(_ bias: String, _ weight: Tensor, isConvolution: Bool) -> String {
    guard isConvolution, let values = graph.constant(bias) else { return bias }
    let name = names.fresh("\(bias)_by_channel")
    graph.setInitializer(name, values.reshaped([values.count] + [Int](repeating: 1, count: weight.shape.count - 2)))
    return name
  }
}
