import AssayCore
import AssayMethods
import AssayONNX

/// A model made ready for training: its logits, which initializers change, dropout where it was asked for.
struct TrainingGraph: Sendable {
  /// Ends in the logits; any batch goes in.
  var model: Model
  /// Name of the input that rows go into.
  var input: String
  /// Extents of one example as the input wants it; nil where the model leaves them open.
  var example: [Int]?
  /// Name of the value that the loss is computed from: before a final softmax.
  var logits: String
  /// Initializers that are trained as they stand, in the model's order.
  var parameters: [String]
  /// Whether dropout or anything else draws random numbers in training.
  var isRandom: Bool

  /// - Throws: `training` for a model with several inputs, or without anything to train.
  init(_ request: TrainingRequest) throws(MethodError) {
    try self.init(answering: request.model)
    let trained = Self.trained(model.graph).intersection(Self.reaching(logits, in: model.graph))
    parameters = model.graph.initializers.map(\.name).filter {
      trained.contains($0) && !request.frozen.contains($0) && request.weights[$0] == nil
    }
    guard !parameters.isEmpty || !request.weights.isEmpty else {
      throw MethodError(
        .training, "the model has no weights that could be trained",
        remedy: "train before weights are quantized, or choose another model")
    }
    if request.settings.dropout > 0 { insertDropout(request.settings.dropout) }
    isRandom = model.graph.nodes.contains { $0.isONNX("Dropout") }
  }

  /// A model that only answers, by its logits.
  ///
  /// - Throws: `training` for a model with several inputs.
  init(teacher model: Model) throws(MethodError) {
    try self.init(answering: model)
  }

  /// The model with its batch open and its logits as the only output.
  private init(answering model: Model) throws(MethodError) {
    self.init(open: model)
    let inputs = model.graph.requiredInputs
    guard inputs.count == 1, let first = inputs.first, let output = model.graph.outputs.first else {
      throw MethodError(
        .training, "training needs a model with one input, this one has \(inputs.count)",
        remedy: "choose a model with one input and an output of logits")
    }
    input = first.name
    if let shape = first.tensorType?.shape?.dropFirst() {
      let extents = shape.compactMap(\.value)
      example = extents.count == shape.count ? extents : nil
    }
    logits = Self.logits(of: output.name, in: model.graph)
    // What was declared of the output speaks of another batch.
    self.model.graph.outputs = [ValueInfo(name: logits, elementType: .float, shape: nil)]
  }

  private init(open model: Model) {
    self.model = model
    (input, example, logits, parameters, isRandom) = ("", nil, "", [], false)
    // A batch of one in the file is what one answer needs, and says nothing about training.
    for index in self.model.graph.inputs.indices {
      guard let type = model.graph.inputs[index].tensorType, var shape = type.shape, !shape.isEmpty else { continue }
      shape[0] = .symbolic("N")
      self.model.graph.inputs[index].tensorType = TensorType(elementType: type.elementType, shape: shape)
    }
    self.model.graph.valueInfos = []
  }

  /// What goes into the softmax that makes `output`, or `output` itself.
  static func logits(of output: String, in graph: Graph) -> String {
    var name = output
    while let node = graph.nodes.last(where: { $0.outputs.contains(name) }), node.domain.isEmpty,
      ["Softmax", "LogSoftmax", "Identity"].contains(node.opType), let source = node.input(0)
    {
      name = source
      if node.opType != "Identity" { break }
    }
    return name
  }

  /// Float initializers that training changes: weights and biases of products and recurrent nodes, scale and shift of
  /// normalizations, slopes, embeddings, and constants with axes that are added to or multiplied with what comes after
  /// a product. Running statistics, numbers without axes, and the preparation of inputs stay.
  static func trained(_ graph: Graph) -> Set<String> {
    var trained: Set<String> = []
    var behindProduct: Set<String> = []
    for node in graph.nodes where node.domain.isEmpty {
      let positions: [Int]
      switch node.opType {
      case "Conv", "ConvTranspose", "Gemm": positions = [0, 1, 2]
      case "MatMul": positions = [0, 1]
      case "LSTM", "GRU", "RNN": positions = [1, 2, 3, 7]
      case "BatchNormalization", "LayerNormalization", "InstanceNormalization", "GroupNormalization":
        positions = [1, 2]
      case "PRelu": positions = [1]
      case "Gather": positions = (graph.constant(node.input(0) ?? "")?.shape.count ?? 0) >= 2 ? [0] : []
      case "Add", "Sub", "Mul", "Div":
        positions = node.inputs.contains(where: behindProduct.contains) ? [0, 1] : []
      default: positions = []
      }
      let constants = positions.compactMap(node.input).filter { name in
        guard let tensor = graph.constant(name) else { return false }
        return tensor.elementType == .float && !tensor.shape.isEmpty
      }
      trained.formUnion(constants)
      let isProduct = ["Conv", "ConvTranspose", "Gemm", "MatMul", "LSTM", "GRU", "RNN"].contains(node.opType)
      if isProduct || !constants.isEmpty || node.inputs.contains(where: behindProduct.contains) {
        behindProduct.formUnion(node.outputs.filter { !$0.isEmpty })
      }
    }
    return trained
  }

  /// Everything that a value depends on.
  private static func reaching(_ value: String, in graph: Graph) -> Set<String> {
    var needed: Set<String> = [value]
    for node in graph.nodes.reversed() where node.outputs.contains(where: needed.contains) {
      needed.formUnion(node.inputs)
      for subgraph in node.subgraphs { needed.formUnion(subgraph.outerValues) }
    }
    return needed
  }

  /// Puts a dropout before every product with a weight, but those that read the input of the model through nothing but
  /// changes of shape.
  private mutating func insertDropout(_ probability: Double) {
    var untouched: Set<String> = [input]
    var names = NameAllocator(graph: model.graph)
    let ratio = names.fresh("dropout_ratio")
    let isTraining = names.fresh("dropout_in_training")
    model.graph.setInitializer(ratio, Tensor(scalar: Float(probability)))
    model.graph.setInitializer(isTraining, Tensor(scalar: true))
    var nodes: [Node] = []
    for var node in model.graph.nodes {
      if ["Flatten", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Identity", "Cast"].contains(node.opType),
        let source = node.input(0), untouched.contains(source)
      {
        untouched.formUnion(node.outputs)
      }
      if node.domain.isEmpty, node.opType == "Gemm" || node.opType == "MatMul", let source = node.input(0),
        let weight = node.input(1), !untouched.contains(source), isWeight(weight)
      {
        let dropped = names.fresh("\(source)_dropout")
        nodes.append(
          Node("Dropout", name: dropped, inputs: [source, ratio, isTraining], outputs: [dropped]))
        node.inputs[0] = dropped
      }
      nodes.append(node)
    }
    model.graph.nodes = nodes
  }

  private func isWeight(_ name: String) -> Bool { model.graph.constant(name)?.elementType == .float }
}
