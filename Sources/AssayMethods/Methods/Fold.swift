public import AssayCore
public import AssayONNX

/// Removes what costs time and hides weights from later steps: batch normalization, bias additions, constants that are
/// nodes, identities, and everything no output depends on.
public struct Fold: Method {
  public static let description = MethodDescription(
    name: "fold",
    summary:
      "folds batch normalization and added biases into the weights before them, turns constant nodes and computed "
      + "shapes into initializers, and removes identities, dropout and what nothing uses",
    source:
      "w' = w·γ/√(σ²+ε), b' = (b−μ)·γ/√(σ²+ε)+β, for each output channel; Jacob et al.: Quantization and Training "
      + "of Neural Networks for Efficient Integer-Arithmetic-Only Inference, CVPR 2018, section 3.2. Computed in double "
      + "precision and rounded once to float, so outputs may differ in the last bits",
    options: [])

  public init(_ options: StepOptions) {}

  public func apply(to model: Model, in context: MethodContext) throws(MethodError) -> Rewrite {
    var model = model
    try model.graph.checkOperands()
    var report = StepReport(step: "fold")
    do {
      // Every later step walks the nodes from inputs to outputs.
      model.graph = try model.graph.sortedTopologically()
    } catch {
      throw MethodError(.model, "the nodes cannot be put in order", at: error.place, cause: error)
    }
    makeInitializersConstant(&model, &report)
    model.graph.liftConstants(&report)
    model.graph.removeIdentities(opset: model.opset, &report)
    let shapes = inferShapes(of: model)
    model.graph.foldKnownIntegers(shapes, &report)
    if model.opset >= 7 {
      model.graph.foldConvolutionBiases(&report)
      model.graph.foldBatchNormalizations(shapes, &report)
    } else {
      for node in model.graph.nodes where node.isONNX("BatchNormalization") {
        report.skipped(node.label, "opset \(model.opset) defines it differently; upgrade the model to opset 7 or later")
      }
    }
    let removed = model.graph.removeDead()
    for node in removed.nodes { report.changed(node.label, "removed: no output depends on it") }
    for name in removed.initializers { report.changed(name, "removed: unused initializer") }
    return Rewrite(model: model, report: report)
  }

  /// Initializers that are inputs too could be overridden at run time, so that engines do not treat them as constants.
  ///
  /// IR version 3 lists every initializer among the inputs; from version 4 on only those meant to be overridden.
  private func makeInitializersConstant(_ model: inout Model, _ report: inout StepReport) {
    let required = model.graph.requiredInputs
    let count = model.graph.inputs.count - required.count
    if count > 0 {
      model.graph.inputs = required
      report.changed(
        model.graph.name, "\(count) initializers are no longer listed as inputs, so that engines see constants")
    }
    if model.irVersion < 4 {
      report.changed(model.graph.name, "IR version \(model.irVersion) raised to 4, which allows such initializers")
      model.irVersion = 4
    }
  }
}

extension Graph {
  /// Turns `Constant` nodes, and `ConstantOfShape` nodes that make weights, into initializers.
  mutating func liftConstants(_ report: inout StepReport) {
    let index = GraphIndex(self)
    var lifted: Set<Int> = []
    var counts = (nodes: 0, filled: 0, bytes: 0)
    for (position, node) in nodes.enumerated() where node.isONNX("Constant") || node.isONNX("ConstantOfShape") {
      guard let output = node.output(0) else { continue }
      let isFill = node.opType == "ConstantOfShape"
      if isFill, !isWeight(output, index) { continue }
      if index.outputs.contains(output) {
        report.skipped(node.label, "stays a node: it is an output of the model")
        continue
      }
      guard let tensor = isFill ? filledTensor(of: node) : constantTensor(of: node) else {
        report.skipped(node.label, isFill ? "its shape is not constant" : "its value is not a dense tensor of numbers")
        continue
      }
      setInitializer(output, tensor)
      lifted.insert(position)
      if isFill { (counts.filled, counts.bytes) = (counts.filled + 1, counts.bytes + tensor.bytes.count) }
      counts.nodes += 1
    }
    removeNodes(lifted)
    guard counts.nodes > 0 else { return }
    report.changed(name, "\(counts.nodes) constant nodes became initializers")
    if counts.filled > 0 {
      report.notes.append(
        "\(counts.filled) weights were one number repeated (ConstantOfShape); written out they take \(counts.bytes) bytes"
      )
    }
  }

  private func isWeight(_ value: String, _ index: GraphIndex) -> Bool {
    let users = index.consumers[value] ?? []
    return users.contains { user in
      let node = nodes[user]
      let takesWeights = ["Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization", "Add"].contains(node.opType)
      return node.domain.isEmpty && takesWeights
    }
  }

  private func constantTensor(of node: Node) -> Tensor? {
    if let tensor = node.tensor("value") { return tensor.elementType == .string ? nil : tensor }
    if let value = node.float("value_float") { return Tensor(scalar: value) }
    if let value = node.int("value_int") { return Tensor(scalar: Int64(value)) }
    if let values = node.floats("value_floats") { return Tensor(values, shape: [values.count]) }
    if let values = node.ints("value_ints") { return Tensor(values.map { Int64($0) }, shape: [values.count]) }
    return nil
  }

  private func filledTensor(of node: Node) -> Tensor? {
    guard let shape = intConstant(node.input(0)) else { return nil }
    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow, product <= 1 << 28 else { return nil }
      count = product
    }
    let value = node.tensor("value") ?? Tensor([Float(0)], shape: [1])
    guard value.elementType == .float, value.count == 1 else { return nil }
    let number = value.elements(Float.self)[0]
    return Tensor.floats(shape: shape) { $0.update(repeating: number) }
  }

  /// Removes nodes whose output is their input: `Identity`, and `Dropout` outside training.
  mutating func removeIdentities(opset: Int, _ report: inout StepReport) {
    let index = GraphIndex(self)
    var (removed, replacements) = (Set<Int>(), [String: String]())
    for (position, node) in nodes.enumerated() where node.isONNX("Identity") || node.isONNX("Dropout") {
      guard let input = node.input(0), let output = node.output(0) else { continue }
      if node.opType == "Dropout", let reason = reasonToKeep(dropout: node, index, opset: opset) {
        report.skipped(node.label, reason)
        continue
      }
      if index.outputs.contains(output) {
        guard takeOverOutput(output, from: input, index, &replacements) else {
          report.skipped(node.label, "stays: it gives the output '\(output)' its name")
          continue
        }
      } else {
        replacements[output] = input
      }
      removed.insert(position)
      report.changed(node.label, "removed: \(node.opType) does nothing at inference")
    }
    replaceUses(replacements)
    removeNodes(removed)
  }

  /// Lets the node that makes `input` make the model's output `output` instead.
  private mutating func takeOverOutput(
    _ output: String, from input: String, _ index: GraphIndex, _ replacements: inout [String: String]
  ) -> Bool {
    guard !index.outputs.contains(input), replacements[input] == nil, let maker = index.producer[input],
      let slot = nodes[maker].outputs.firstIndex(of: input)
    else { return false }
    nodes[maker].outputs[slot] = output
    replacements[input] = output
    return true
  }

  private func reasonToKeep(dropout node: Node, _ index: GraphIndex, opset: Int) -> String? {
    if let mask = node.output(1), index.consumers[mask] != nil || index.outputs.contains(mask) {
      return "its mask is used"
    }
    if opset < 7, node.int("is_test") != 1 { return "is_test is not set: it drops values" }
    guard let training = node.input(2) else { return nil }
    guard let flag = constant(training), flag.elementType == .bool, flag.count == 1 else {
      return "whether it is training is computed"
    }
    return flag.elements(Bool.self)[0] ? "training_mode is set: it drops values" : nil
  }
}
