import AssayCore
import AssayONNX

/// Says why compute nodes of a quantized model stayed in floating point, by looking around them in the engine's own graph.
///
/// A kernel in int8 replaces a node only when a DequantizeLinear stands before each operand, a QuantizeLinear alone after
/// the output, and input and output are both uint8 or both int8. (Where the CPU multiplies uint8 by int8 faster, ONNX
/// Runtime itself turns some int8 activations into uint8 and so breaks the last condition for the nodes beside them.)
struct OrtFloatReasons {
  private let graph: Graph
  private let index: GraphIndex
  private let nodes: [String: Int]

  init(_ graph: Graph) {
    self.graph = graph
    index = GraphIndex(graph)
    nodes = Dictionary(graph.nodes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// What stands in the way at the node `name`, or nil when nothing here tells.
  func reason(for name: String) -> String? {
    guard let place = nodes[name] else { return nil }
    let node = graph.nodes[place]
    var reasons: [String] = []
    for (position, word) in [(0, "input"), (1, "weight")] {
      guard let value = node.input(position) else { continue }
      if let producer = index.producer[value] {
        let source = graph.nodes[producer]
        if source.opType != "DequantizeLinear" { reasons.append("its \(word) comes from \(source.opType)") }
      } else if graph.initializer(value) != nil {
        reasons.append("its \(word) is not quantized")
      } else {
        reasons.append("its \(word) is an input of the model")
      }
    }
    if let value = node.output(0) {
      let readers = Set((index.consumers[value] ?? []).map { graph.nodes[$0].opType }).subtracting(["QuantizeLinear"])
      if !readers.isEmpty { reasons.append("its output goes to \(readers.sorted().joined(separator: ", "))") }
      if index.outputs.contains(value) { reasons.append("its output is an output of the model") }
    }
    if reasons.isEmpty, let read = inputType(of: node), let written = outputType(of: node), read != written {
      reasons.append("its input is \(read) and its output \(written)")
    }
    return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
  }

  private func inputType(of node: Node) -> ElementType? {
    node.input(0).flatMap { index.producer[$0] }.flatMap { zeroPointType(of: graph.nodes[$0]) }
  }

  private func outputType(of node: Node) -> ElementType? {
    node.output(0).flatMap { index.consumers[$0]?.first }.flatMap { zeroPointType(of: graph.nodes[$0]) }
  }

  /// The type a quantizing node reads or writes is that of its zero point.
  private func zeroPointType(of node: Node) -> ElementType? {
    node.input(2).flatMap { graph.constant($0)?.elementType }
  }
}
