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
    let origins = WeightOrigins(self)
    for node in nodes {
      guard !WeightOrigins.isInteger(node) else {
        skipped.append(.init(node: node.label, text: "already quantized (\(node.opType))"))
        continue
      }
      let positions = node.weightPositions
      var hasWeight = false
      for name in positions.compactMap(node.input) {
        guard let tensor = constant(name) else { continue }
        hasWeight = true
        guard seen.insert(name).inserted else { continue }
        if tensor.elementType == .float {
          found.append(Weight(name: name, node: node, tensor: tensor))
        } else {
          skipped.append(.init(node: node.label, text: "'\(name)' stays: \(origins.reason(against: name))"))
        }
      }
      if !hasWeight, !positions.isEmpty {
        // Of two operands that are no constants the one made from constants is the weight.
        let reasons = positions.compactMap(node.input).map(origins.reason)
        if let reason = reasons.last(where: { $0.hasPrefix("already") }) ?? reasons.last {
          skipped.append(.init(node: node.label, text: reason))
        }
      }
    }
    return (found, skipped)
  }
}

extension Node {
  /// Which inputs hold weights.
  fileprivate var weightPositions: [Int] {
    switch (domain, opType) {
    case ("", "Conv"), ("", "ConvTranspose"): [1]
    case ("", "Gemm"), ("", "MatMul"): [0, 1]
    case ("", "LSTM"), ("", "GRU"), ("", "RNN"): [1, 2]
    default: []
    }
  }
}
