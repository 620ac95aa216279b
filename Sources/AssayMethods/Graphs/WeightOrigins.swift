import AssayCore
import AssayONNX

/// Where weights that are no float constant come from, whatever tool quantized the model.
struct WeightOrigins {
  /// Operators that multiply with integers or packed weights: ONNX's own and those of ONNX Runtime.
  private static let integerOperators: Set<String> = [
    "ConvInteger", "MatMulInteger", "QLinearConv", "QLinearMatMul", "QGemm", "DynamicQuantizeMatMul",
    "MatMulIntegerToFloat", "MatMulInteger16", "MatMulNBits", "MatMulBnb4", "MatMulFpQ4", "QOrderedMatMul",
    "QAttention",
    "QMoE", "DynamicQuantizeLSTM",
  ]
  private static let domains: Set<String> = ["", "com.microsoft"]
  private static let converters: Set<String> = ["QuantizeLinear", "DequantizeLinear"]

  private let graph: Graph
  /// Values made from constants alone, with the constant among them that holds integers, or an empty name.
  private var sources: [String: String] = [:]

  /// - Precondition: nodes stand in topological order, as the format demands.
  /// - Complexity: O(n) in the number of node inputs.
  init(_ graph: Graph) {
    self.graph = graph
    for node in graph.nodes where !node.inputs.isEmpty && node.subgraphs.isEmpty {
      guard let source = source(of: node) else { continue }
      for output in node.outputs where !output.isEmpty { sources[output] = source }
    }
  }

  /// Whether the node itself multiplies with integers.
  static func isInteger(_ node: Node) -> Bool {
    domains.contains(node.domain) && integerOperators.contains(node.opType)
  }

  /// Why a value cannot be taken as the weights of a node.
  ///
  /// - Precondition: it is not a constant float.
  func reason(against value: String) -> String {
    guard let stored = graph.initializer(value) else {
      guard let source = sources[value], !source.isEmpty else { return "its weights are computed, not constant" }
      return "already quantized: its weights are unpacked from '\(source)'"
    }
    guard let type = stored.tensor?.elementType else { return "its weights have an element type unknown here" }
    return Self.isNarrow(type) ? "already quantized (\(type))" : "its weights are \(type), not float"
  }

  private func source(of node: Node) -> String? {
    var found = ""
    for input in node.inputs where !input.isEmpty {
      if let known = sources[input] {
        if found.isEmpty { found = known }
      } else if let constant = graph.initializer(input) {
        if found.isEmpty, Self.holdsIntegers(constant) { found = input }
      } else {
        return nil
      }
    }
    // Weights may be kept in float before a pair that rounds them.
    if found.isEmpty, Self.domains.contains(node.domain), Self.converters.contains(node.opType) {
      found = node.inputs[0]
    }
    return found
  }

  /// Shapes are of 64 bits; what is narrower and no vector holds weights.
  private static func holdsIntegers(_ constant: StoredTensor) -> Bool {
    guard let type = constant.tensor?.elementType, constant.shape.count > 1 else { return false }
    return isNarrow(type) || [.int16, .uint16, .int32, .uint32].contains(type)
  }

  private static func isNarrow(_ type: ElementType) -> Bool { type != .bool && (type.bitWidth ?? 64) <= 8 }
}
