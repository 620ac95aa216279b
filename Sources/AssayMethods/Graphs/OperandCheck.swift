import AssayCore
import AssayONNX

extension Graph {
  /// Refuses nodes that lack operands which their operator demands, so that methods may rely on them.
  ///
  /// Only the operators that methods look into are listed; others are passed over.
  ///
  /// - Throws: `model`, naming the node.
  func checkOperands() throws(MethodError) {
    for node in nodes {
      guard node.outputs.contains(where: { !$0.isEmpty }), !(node.outputs.first ?? "").isEmpty || node.outputs.count > 1
      else {
        throw MethodError(
          .model, "the node makes no value", at: Place(node: node.label), remedy: "export the model again")
      }
      guard node.domain.isEmpty, let least = Self.leastInputs[node.opType], node.inputs.count < least else { continue }
      throw MethodError(
        .model, "\(node.opType) has \(node.inputs.count) inputs, but needs \(least)", at: Place(node: node.label),
        remedy: "export the model again")
    }
  }

  private static let leastInputs: [String: Int] = [
    "Add": 2, "AveragePool": 1, "BatchNormalization": 5, "Clip": 1, "Concat": 1, "Conv": 2, "ConvTranspose": 2,
    "DequantizeLinear": 2, "Dropout": 1, "Flatten": 1, "Gemm": 2, "GlobalAveragePool": 1, "Identity": 1, "MatMul": 2,
    "MaxPool": 1, "Mul": 2, "QuantizeLinear": 2, "Relu": 1, "Reshape": 1, "Squeeze": 1, "Sum": 1, "Transpose": 1,
    "Unsqueeze": 1,
  ]
}
