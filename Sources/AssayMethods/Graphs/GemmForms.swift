import AssayCore
import AssayONNX

extension Graph {
  /// Writes `MatMul` by constant weights and the `Add` of a constant bias as one `Gemm`, where the input is a matrix.
  mutating func writeProductsAsGemm(_ report: inout StepReport) {
    let index = GraphIndex(self)
    var removed: Set<Int> = []
    for (position, node) in nodes.enumerated() where node.isONNX("Add") && node.inputs.count == 2 {
      guard let side = (0...1).first(where: { isProduct(node.inputs[$0], index) }),
        let maker = index.producer[node.inputs[side]]
      else { continue }
      let product = nodes[maker]
      guard let weight = floatConstant(product.input(1)), weight.shape.count == 2 else { continue }
      guard index.soleConsumer(of: node.inputs[side]) == position else {
        report.skipped(node.label, "the result of '\(product.label)' is used elsewhere too")
        continue
      }
      guard knownRank(of: product.inputs[0], index) == 2 else {
        report.skipped(product.label, "stays MatMul and Add: its input is not known to be a matrix")
        continue
      }
      let name = node.inputs[1 - side]
      guard let bias = floatConstant(name), bias.broadcastVector(count: weight.shape[1]) != nil, bias.shape.count <= 2
      else {
        report.skipped(node.label, "the addend is not a constant vector")
        continue
      }
      nodes[maker].opType = "Gemm"
      nodes[maker].inputs.append(name)
      nodes[maker].outputs[0] = node.outputs[0]
      removed.insert(position)
      report.changed(product.label, "MatMul and Add '\(node.label)' written as Gemm")
    }
    removeNodes(removed)
  }

  private func isProduct(_ value: String, _ index: GraphIndex) -> Bool {
    index.producer[value].map { nodes[$0].isONNX("MatMul") && nodes[$0].inputs.count == 2 } ?? false
  }

  /// Multiplies Gemm's factors alpha and beta into its constants.
  mutating func takeFactorsOutOfGemm(_ report: inout StepReport) {
    var names = NameAllocator(graph: self)
    for position in nodes.indices where nodes[position].isONNX("Gemm") {
      let node = nodes[position]
      if let alpha = node.float("alpha"), alpha != 1 {
        guard let weight = floatConstant(node.input(1)) else {
          report.skipped(node.label, "alpha stays: the weights are computed")
          continue
        }
        let name = names.fresh("\(node.inputs[1])_alpha")
        setInitializer(name, weight.multiplied(by: alpha))
        nodes[position].inputs[1] = name
        nodes[position].removeAttribute("alpha")
        report.changed(node.label, "alpha \(alpha) multiplied into the weights")
      }
      if let beta = node.float("beta"), beta != 1, let biasName = node.input(2) {
        guard let bias = floatConstant(biasName) else {
          report.skipped(node.label, "beta stays: the bias is computed")
          continue
        }
        let name = names.fresh("\(biasName)_beta")
        setInitializer(name, bias.multiplied(by: beta))
        nodes[position].inputs[2] = name
        nodes[position].removeAttribute("beta")
        report.changed(node.label, "beta \(beta) multiplied into the bias")
      }
    }
  }

  /// The rank of a value as far as the nodes that make it tell; nil when they do not.
  ///
  /// Elementwise operators with one input keep the rank, so a short walk towards the input decides most cases.
  func knownRank(of value: String, _ index: GraphIndex) -> Int? {
    var value = value
    for _ in 0..<64 {
      if let tensor = constant(value) { return tensor.shape.count }
      guard let position = index.producer[value] else {
        return inputs.first { $0.name == value }?.tensorType?.shape?.count
      }
      let node = nodes[position]
      guard node.domain.isEmpty else { break }
      switch node.opType {
      case "Flatten", "Gemm": return 2
      case "Reshape":
        if let name = node.input(1), let shape = constant(name) { return shape.shape.first }
        return valueInfos.first { $0.name == value }?.tensorType?.shape?.count
      case "Transpose":
        if let order = node.ints("perm") { return order.count }
        value = node.inputs[0]
      case "Conv", "MaxPool", "AveragePool", "GlobalAveragePool", "BatchNormalization", "Relu", "LeakyRelu", "Sigmoid",
        "Tanh", "Elu", "Selu", "Softplus", "Softmax", "LogSoftmax", "Clip", "HardSigmoid", "HardSwish", "Identity",
        "Dropout", "Gelu", "Erf", "Abs", "Exp", "Log", "Neg", "Sqrt":
        value = node.inputs[0]
      case "MatMul":
        guard let name = node.input(1), constant(name)?.shape.count == 2 else { return nil }
        value = node.inputs[0]
      case "Add", "Sub", "Mul", "Div":
        // Broadcasting takes the larger rank; a constant operand of rank 1 or less never raises it.
        guard let constantSide = (0...1).first(where: { (constant(node.inputs[$0])?.shape.count ?? 9) <= 1 }) else {
          return valueInfos.first { $0.name == value }?.tensorType?.shape?.count
        }
        value = node.inputs[1 - constantSide]
      default: return valueInfos.first { $0.name == value }?.tensorType?.shape?.count
      }
    }
    return nil
  }
}

extension Tensor {
  /// - Precondition: float elements.
  func multiplied(by factor: Float) -> Tensor {
    withElements(Float.self) { source in
      Tensor.floats(shape: shape) { target in
        for index in source.indices { target[index] = source[index] * factor }
      }
    }
  }
}
