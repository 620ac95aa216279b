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

  /// Kahn's algorithm over the names of values.
  private static func order(_ graph: Graph) throws(TorchError) -> [Int] {
    var available = Set(graph.inputs.map(\.name)).union(graph.initializers.map(\.name))
    available.insert("")
    var consumers: [String: [Int]] = [:]
    var missing: [Int] = []
    var ready: [Int] = []
    for (index, node) in graph.nodes.enumerated() {
      let needed = Set(node.inputs).subtracting(available)
      for name in needed { consumers[name, default: []].append(index) }
      missing.append(needed.count)
      if needed.isEmpty { ready.append(index) }
    }
    var position = 0
    while position < ready.count {
      let index = ready[position]
      position += 1
      for output in graph.nodes[index].outputs where available.insert(output).inserted {
        for consumer in consumers[output] ?? [] {
          missing[consumer] -= 1
          if missing[consumer] == 0 { ready.append(consumer) }
        }
      }
    }
    if let stuck = missing.firstIndex(where: { $0 > 0 }) {
      let node = graph.nodes[stuck]
      let name = node.inputs.first { !available.contains($0) } ?? ""
      throw TorchError(
        .graph, "nothing makes the input '\(name)', or it depends on its own result", at: Place(node: node.label),
        remedy: "export the model again")
    }
    for output in graph.outputs where !available.contains(output.name) {
      throw TorchError(.graph, "nothing makes the output '\(output.name)'", remedy: "export the model again")
    }
    return ready
  }
}
