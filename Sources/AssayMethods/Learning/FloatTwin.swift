import AssayCore
import AssayONNX

/// A model as a training needs it: every stored weight is a float initializer again, a function of trainable numbers.
///
/// What a form wrote into the graph (a mask's zeros, integers behind `DequantizeLinear`, packed codes with the nodes that
/// unpack them, blocks of `MatMulNBits`) is replaced by one initializer with the values it stands for. After the
/// training the graph is the old one again, with new numbers in the same places.
struct FloatTwin {
  /// What is trained.
  private(set) var model: Model
  /// Weights that are functions of parameters, by initializer of `model`.
  private(set) var weights: [String: TrainableWeight] = [:]
  /// Forms that stay as they are, with the reason.
  private(set) var skipped: [StepReport.Entry] = []
  let source: Model
  let forms: WeightForms
  private(set) var sites: [WeightSite] = []
  private(set) var ranges: [QuantizerRange] = []
  private(set) var biases: [IntegerBias] = []

  /// - Parameter forms: Of `model`; weights without one train freely.
  init(_ model: Model, forms: WeightForms) throws(MethodError) {
    (source, self.model, self.forms) = (model, model, forms)
    for name in forms.names {
      guard let form = forms[name], let trainable = forms.trainable(name), model.graph.initializer(name) != nil else {
        continue
      }
      guard !trainable.parameters.isEmpty else {
        skipped.append(.init(node: name, text: "its form '\(type(of: form).name)' has nothing that could be trained"))
        continue
      }
      guard let site = WeightSite(name, form, in: self.model.graph) else {
        skipped.append(
          .init(
            node: name, text: "runs in an operator of integers, which has no gradient; train before it is quantized")
        )
        continue
      }
      site.makeFloat(&self.model.graph, form.dense())
      weights[site.value] = trainable
      sites.append(site)
    }
    biases = IntegerBias.find(in: self.model.graph)
    for bias in biases { bias.makeFloat(&self.model.graph) }
    ranges = QuantizerRange.find(in: self.model.graph)
    for range in ranges { weights[range.scale] = range.trainable }
    _ = self.model.graph.removeDead()
  }

  /// The source with the trained numbers in place, and the forms that were trained.
  ///
  /// - Throws: `parameters`, `notFinite` as the forms do.
  func written(_ outcome: TrainingOutcome) throws(MethodError) -> (model: Model, forms: [String: any WeightForm]) {
    var (result, trainedForms) = (source, [String: any WeightForm]())
    for initializer in outcome.model.graph.initializers {
      guard weights[initializer.name] == nil, let tensor = initializer.tensor, tensor.elementType == .float,
        let old = source.graph.constant(initializer.name), old.shape == tensor.shape, old.elementType == .float
      else { continue }
      result.graph.setInitializer(initializer.name, tensor)
    }
    for range in ranges {
      guard let parameters = outcome.parameters[range.scale] else { continue }
      result.graph.setInitializer(range.scale, try range.trainable.evaluated(parameters))
    }
    for site in sites {
      guard let form = forms[site.name], let parameters = outcome.parameters[site.value] else { continue }
      let trained = try form.trained(parameters)
      try site.write(trained, into: &result.graph)
      trainedForms[site.name] = trained
    }
    // Their scales are products of the new ones.
    for bias in biases { bias.write(outcome.model.graph.constant(bias.value), into: &result.graph) }
    return (result, trainedForms)
  }
}

/// The scale of the integers that activations become: a range that is learnt.
///
/// s = s₀·f with a factor f that begins at 1 (learnt step size: Esser and others, ICLR 2020; the zero point stays).
struct QuantizerRange {
  /// Name of the scale's initializer.
  var scale: String
  var trainable: TrainableWeight

  /// Scales of `QuantizeLinear` that rounds values, not constants; one for each tensor.
  static func find(in graph: Graph) -> [QuantizerRange] {
    var seen: Set<String> = []
    return graph.nodes.compactMap { node in
      guard node.opType == "QuantizeLinear", let scale = node.input(1), let tensor = graph.constant(scale),
        tensor.elementType == .float, tensor.count == 1, let value = node.input(0), graph.constant(value) == nil,
        seen.insert(scale).inserted, let number = tensor.elements(Float.self).first, number.isFinite, number > 0
      else { return nil }
      let expression = WeightExpression.reshape(
        LearntScale.scales([number], factors: .parameter(0)), tensor.shape)
      return QuantizerRange(
        scale: scale,
        trainable: TrainableWeight(
          parameters: [LearntScale.factors(1)], value: expression, bounds: [LearntScale.bounds]))
    }
  }
}

/// A bias of 32-bit integers, whose scale is that of the products: input times weight.
struct IntegerBias {
  /// Initializer of the integers, and of their scale.
  var name: String
  var scale: String
  /// The value that operators read.
  var value: String
  /// The operator that reads it.
  var user: Node

  static func find(in graph: Graph) -> [IntegerBias] {
    let index = GraphIndex(graph)
    return graph.nodes.compactMap { node in
      guard node.opType == "DequantizeLinear", let name = node.input(0), let scale = node.input(1),
        let value = node.output(0), graph.constant(name)?.elementType == .int32,
        graph.constant(scale)?.elementType == .float, let users = index.consumers[value], let first = users.first,
        graph.nodes[first].input(2) == value
      else { return nil }
      return IntegerBias(name: name, scale: scale, value: value, user: graph.nodes[first])
    }
  }

  /// Replaces the node by an initializer of floats.
  func makeFloat(_ graph: inout Graph) {
    guard let integers = graph.constant(name)?.elements(Int32.self),
      let scales = graph.constant(scale)?.elements(Float.self), !scales.isEmpty
    else { return }
    let values = integers.enumerated().map { Float($1) * scales[scales.count == 1 ? 0 : min($0, scales.count - 1)] }
    graph.nodes.removeAll { $0.output(0) == value }
    graph.setInitializer(value, Tensor(values, shape: [values.count]))
  }

  /// Rounds trained values by the scales that the operator's input and weight have in `graph`.
  func write(_ trained: Tensor?, into graph: inout Graph) {
    guard let values = trained?.elements(Float.self), let old = graph.constant(scale),
      let input = Self.scale(of: user.input(0), graph)?.first, let weights = Self.scale(of: user.input(1), graph)
    else { return }
    let scales = old.count == 1 ? [input * (weights.first ?? 1)] : weights.map { input * $0 }
    guard scales.count == old.count, scales.allSatisfy({ $0.isFinite && $0 > 0 }) else { return }
    let integers = values.enumerated().map { index, value -> Int32 in
      let steps = Double(value) / Double(scales[scales.count == 1 ? 0 : min(index, scales.count - 1)])
      return Int32(max(-1_073_741_824, min(1_073_741_824, steps.rounded(.toNearestOrEven))))
    }
    graph.setInitializer(scale, Tensor(scales, shape: old.shape))
    graph.setInitializer(name, Tensor(integers, shape: [integers.count]))
  }

  /// The scales of the pair that makes a value.
  private static func scale(of value: String?, _ graph: Graph) -> [Float]? {
    guard let value, let node = graph.nodes.first(where: { $0.output(0) == value }),
      node.opType == "DequantizeLinear", let scale = node.input(1)
    else { return nil }
    return graph.constant(scale).flatMap { $0.elementType == .float ? $0.elements(Float.self) : nil }
  }
}
