import AssayCore
import AssayONNX

/// The nodes of a graph, each after those it depends on, with what lowers them; quantizers joined with dequantizers.
struct NodeOrder {
  struct Entry {
    var node: Node
    var lowering: OperatorLowering
  }
  let entries: [Entry]

  /// - Throws: `graph` for a cycle, an input that nothing makes, or an operator that is not in the table.
  init(_ model: Model) throws(TorchError) {
    let graph = model.graph
    var entries: [Entry] = []
    for index in try Self.order(graph) {
      let node = graph.nodes[index]
      let isLocal = model.localFunctions.contains(Model.FunctionName(domain: node.domain, name: node.opType))
      guard !isLocal, let lowering = LoweringTable.find(node) else {
        let name = node.domain.isEmpty ? node.opType : "\(node.domain):\(node.opType)"
        throw TorchError(
          .graph, "the operator '\(name)' cannot be run on libtorch here", at: Place(node: node.label),
          remedy: "use another engine for this model, or export it without this operator")
      }
      entries.append(Entry(node: node, lowering: lowering))
    }
    self.entries = QuantizerPairs(graph).joined(entries)
  }

  private static func order(_ graph: Graph) throws(TorchError) -> [Int] {
    do {
      return try graph.executionOrder()
    } catch {
      throw TorchError(.graph, error.message, at: error.place, remedy: error.remedy)
    }
  }
}
