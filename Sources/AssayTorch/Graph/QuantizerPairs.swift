import AssayCore
import AssayONNX

/// Pairs of QuantizeLinear and DequantizeLinear that only round numbers, found so that they can be differentiated.
///
/// A quantizer is joined with its dequantizers where these are all that uses it and both have the same scale, zero point,
/// axis and blocks.
struct QuantizerPairs {
  private let graph: Graph
  private let index: GraphIndex

  init(_ graph: Graph) {
    self.graph = graph
    index = GraphIndex(graph)
  }

  /// `entries` with each dequantizer of such a pair replaced by one node that does both, and the quantizers left out.
  func joined(_ entries: [NodeOrder.Entry]) -> [NodeOrder.Entry] {
    var hidden: Set<String> = []
    for entry in entries where isQuantizer(entry.node) && isHidden(entry.node) {
      hidden.insert(entry.node.outputs[0])
    }
    guard !hidden.isEmpty else { return entries }
    return entries.compactMap { entry in
      if let output = entry.node.output(0), isQuantizer(entry.node), hidden.contains(output) { return nil }
      guard isDequantizer(entry.node), let value = entry.node.input(0), hidden.contains(value),
        let producer = index.producer[value]
      else {
        return entry
      }
      // The quantizer's own attributes and zero point say what is rounded to.
      var node = graph.nodes[producer]
      node.opType = "DequantizeLinear"
      node.name = entry.node.name
      node.outputs = entry.node.outputs
      return NodeOrder.Entry(node: node, lowering: OperatorLowering(.exact, Quantization.fakeQuantize))
    }
  }

  private func isQuantizer(_ node: Node) -> Bool {
    node.opType == "QuantizeLinear" && (node.domain.isEmpty || node.domain == "com.microsoft")
  }

  private func isDequantizer(_ node: Node) -> Bool {
    node.opType == "DequantizeLinear" && (node.domain.isEmpty || node.domain == "com.microsoft")
  }

  private func isHidden(_ node: Node) -> Bool {
    guard let output = node.output(0), !index.outputs.contains(output), let users = index.consumers[output] else {
      return false
    }
    return users.allSatisfy { user in
      let other = graph.nodes[user]
      return isDequantizer(other) && other.input(0) == output && same(node.input(1), other.input(1))
        && same(node.input(2), other.input(2)) && node.int("axis") == other.int("axis")
        && node.int("block_size") == other.int("block_size")
    }
  }

  /// Whether two values are the same: one value, or equal constants.
  private func same(_ a: String?, _ b: String?) -> Bool {
    if a == b { return true }
    guard let a, let b, let first = graph.constant(a), let second = graph.constant(b) else { return false }
    return first == second
  }
}
