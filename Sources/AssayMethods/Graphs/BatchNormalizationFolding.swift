import AssayCore
import AssayONNX
import Glibc

extension Graph {
  /// Moves the constant addend of an `Add` after a convolution into the convolution's bias.
  mutating func foldConvolutionBiases(_ report: inout StepReport) {
    let index = GraphIndex(self)
    var names = NameAllocator(graph: self)
    var removed: Set<Int> = []
    for (position, node) in nodes.enumerated() where node.isONNX("Add") && node.inputs.count == 2 {
      for side in 0...1 {
        guard let maker = index.producer[node.inputs[side]], nodes[maker].isONNX("Conv"),
          let addend = floatConstant(node.inputs[1 - side])
        else { continue }
        let conv = nodes[maker]
        guard let weight = floatConstant(conv.input(1)), weight.shape.count >= 3,
          let vector = Self.channelVector(addend, channels: weight.shape[0], rank: weight.shape.count)
        else {
          report.skipped(node.label, "the addend is not one number for each channel of '\(conv.label)'")
          break
        }
        guard index.soleConsumer(of: node.inputs[side]) == position else {
          report.skipped(node.label, "the result of '\(conv.label)' is used elsewhere too")
          break
        }
        let bias = floatConstant(conv.input(2))?.elements(Float.self)
        guard conv.input(2) == nil || bias?.count == vector.count else {
          report.skipped(node.label, "the bias of '\(conv.label)' is computed")
          break
        }
        let sum = bias.map { zip($0, vector).map { $0 + $1 } } ?? vector
        let name = names.fresh("\(node.inputs[1 - side])_bias")
        setInitializer(name, Tensor(sum, shape: [sum.count]))
        nodes[maker].inputs = [conv.inputs[0], conv.inputs[1], name]
        nodes[maker].outputs[0] = node.outputs[0]
        removed.insert(position)
        report.changed(node.label, "folded into the bias of '\(conv.label)'")
        break
      }
    }
    removeNodes(removed)
  }

  /// The addend as one number for each channel (axis 1) of a value of `rank`; nil when it varies along another axis.
  private static func channelVector(_ addend: Tensor, channels: Int, rank: Int) -> [Float]? {
    let values = addend.elements(Float.self)
    guard addend.shape.count <= rank else { return nil }
    if values.count == 1 { return [Float](repeating: values[0], count: channels) }
    let padded = [Int](repeating: 1, count: rank - addend.shape.count) + addend.shape
    guard values.count == channels, padded[1] == channels else { return nil }
    return values
  }

  /// Folds every `BatchNormalization` that directly follows a convolution or matrix product with constant weights.
  mutating func foldBatchNormalizations(_ report: inout StepReport) {
    let index = GraphIndex(self)
    // Kept up to date where a fold changes who makes a value, so that a second normalization folds too.
    var producer = index.producer
    var names = NameAllocator(graph: self)
    var removed: Set<Int> = []
    for (position, node) in nodes.enumerated() where node.isONNX("BatchNormalization") {
      do {
        let maker = try foldNormalization(node, at: position, producer, index, &names)
        producer[node.outputs[0]] = maker
        removed.insert(position)
        report.changed(node.label, "folded into \(nodes[maker].opType) '\(nodes[maker].label)'")
      } catch {
        report.skipped(node.label, "not folded: \(error.text)")
      }
    }
    removeNodes(removed)
  }

  /// Why a normalization stays.
  private struct Reason: Error {
    var text: String
    init(_ text: String) { self.text = text }
  }

  /// Writes new weights and bias into the node before `node` and returns that node's index.
  private mutating func foldNormalization(
    _ node: Node, at position: Int, _ producer: [String: Int], _ index: GraphIndex, _ names: inout NameAllocator
  ) throws(Reason) -> Int {
    guard node.int("training_mode") ?? 0 == 0, node.outputs.dropFirst().allSatisfy(\.isEmpty) else {
      throw Reason("it is in training mode")
    }
    guard let input = node.input(0), let maker = producer[input] else { throw Reason("its input is an input of the model") }
    let before = nodes[maker]
    guard before.domain.isEmpty, ["Conv", "Gemm", "MatMul"].contains(before.opType) else {
      throw Reason("its input comes from \(before.opType) '\(before.label)', not from Conv, Gemm or MatMul")
    }
    guard index.soleConsumer(of: input) == position else {
      throw Reason("the result of '\(before.label)' is used elsewhere too")
    }
    guard let (scale, shift) = affineForm(of: node) else { throw Reason("its parameters are not constant floats") }
    guard (scale + shift).allSatisfy({ Float($0).isFinite }) else {
      throw Reason("its parameters give numbers that are not finite")
    }
    guard let weight = floatConstant(before.input(1)) else { throw Reason("the weights of '\(before.label)' are computed") }
    let axis = outputAxis(of: before)
    guard weight.shape.count > axis, before.opType == "Conv" || weight.shape.count == 2 else {
      throw Reason("the weights of '\(before.label)' have the unusual shape \(weight.shape)")
    }
    guard weight.shape[axis] == scale.count else {
      throw Reason("it normalizes \(scale.count) channels, but '\(before.label)' makes \(weight.shape[axis])")
    }
    // MatMul makes channels along its last axis, BatchNormalization takes them along axis 1: the same at rank 2 only.
    if before.opType == "MatMul", knownRank(of: before.inputs[0], index) != 2 {
      throw Reason("the input of '\(before.label)' is not known to have rank 2")
    }
    let old = try bias(of: before, count: scale.count)
    let weightName = names.fresh("\(before.inputs[1])_folded")
    let biasName = names.fresh("\(before.inputs[1])_folded_bias")
    setInitializer(weightName, weight.scaled(along: axis, by: scale.map { Float($0) }))
    setInitializer(
      biasName, Tensor(scale.indices.map { Float(Double(old[$0]) * scale[$0] + shift[$0]) }, shape: [scale.count]))
    nodes[maker].inputs = [before.inputs[0], weightName, biasName]
    nodes[maker].outputs[0] = node.outputs[0]
    if before.opType == "Gemm" { nodes[maker].removeAttribute("beta") }
    if before.opType == "MatMul" { nodes[maker].opType = "Gemm" }
    return maker
  }

  /// The normalization as y = scale·x + shift, for each channel.
  private func affineForm(of node: Node) -> (scale: [Double], shift: [Double])? {
    let parameters = (1...4).compactMap { floatConstant(node.input($0))?.elements(Float.self) }
    guard parameters.count == 4, Set(parameters.map(\.count)).count == 1 else { return nil }
    let epsilon = Double(node.float("epsilon") ?? 1e-5)
    let (gamma, beta, mean, variance) = (parameters[0], parameters[1], parameters[2], parameters[3])
    let scale = gamma.indices.map { Double(gamma[$0]) / sqrt(Double(variance[$0]) + epsilon) }
    return (scale, gamma.indices.map { Double(beta[$0]) - Double(mean[$0]) * scale[$0] })
  }

  private func outputAxis(of node: Node) -> Int {
    switch node.opType {
    case "Conv": 0
    case "Gemm": node.int("transB") == 1 ? 0 : 1
    default: 1
    }
  }

  /// The bias that `node` adds now, with Gemm's factor beta.
  private func bias(of node: Node, count: Int) throws(Reason) -> [Float] {
    guard node.opType != "MatMul", let name = node.input(2) else { return [Float](repeating: 0, count: count) }
    guard let vector = floatConstant(name)?.broadcastVector(count: count) else {
      throw Reason("the bias of '\(node.label)' is not a constant vector")
    }
    let beta = node.opType == "Gemm" ? node.float("beta") ?? 1 : 1
    return beta == 1 ? vector : vector.map { $0 * beta }
  }
}
