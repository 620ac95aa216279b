import AssayCore
import AssayONNX

/// A constant that a compute node multiplies its input with.
struct Weight {
  /// Name of the initializer.
  var name: String
  /// The first node that uses it.
  var node: Node
  var tensor: Tensor
}

extension Graph {
  /// The constant float weights of convolutions, matrix products and recurrent nodes, in the order of their first use,
  /// and what looks like one but is not.
  ///
  /// Biases, initial states and normalization parameters are not weights.
  func weights() -> (found: [Weight], skipped: [StepReport.Entry]) {
    var (found, skipped) = ([Weight](), [StepReport.Entry]())
    var seen: Set<String> = []
    let index = GraphIndex(self)
    for node in nodes {
      let positions = node.weightPositions
      var hasWeight = false
      for name in positions.compactMap(node.input) {
        guard let tensor = constant(name) else { continue }
        hasWeight = true
        guard seen.insert(name).inserted else { continue }
        if tensor.elementType == .float {
          found.append(Weight(name: name, node: node, tensor: tensor))
        } else {
          let isQuantized = (tensor.elementType.bitWidth ?? 64) <= 8
          skipped.append(
            .init(
              node: node.label,
              text: "'\(name)' is \(isQuantized ? "already quantized" : "not float") (\(tensor.elementType))"))
        }
      }
      if !hasWeight, let name = positions.compactMap(node.input).last {
        let maker = index.producer[name].map { nodes[$0].opType }
        let reason =
          maker == "DequantizeLinear" ? "its weights are already quantized" : "its weights are computed, not constant"
        skipped.append(.init(node: node.label, text: reason))
      }
    }
    return (found, skipped)
  }
}

extension Node {
  /// Which inputs hold weights.
  fileprivate var weightPositions: [Int] {
    switch (domain, opType) {
    case ("", "Conv"), ("", "ConvTranspose"), ("", "ConvInteger"), ("", "MatMulInteger"): [1]
    case ("", "Gemm"), ("", "MatMul"): [0, 1]
    case ("", "QLinearConv"), ("", "QLinearMatMul"): [3]
    case ("", "LSTM"), ("", "GRU"), ("", "RNN"): [1, 2]
    default: []
    }
  }
}
