import AssayCore
import AssayONNX

/// Edits that several methods need.
extension Graph {
  /// Lets every use of a key's value use the mapped value instead, in subgraphs too; chains are followed to their end.
  mutating func replaceUses(_ replacements: [String: String]) {
    guard !replacements.isEmpty else { return }
    func final(_ name: String) -> String {
      var name = name
      while let next = replacements[name] { name = next }
      return name
    }
    for index in nodes.indices {
      for position in nodes[index].inputs.indices where replacements[nodes[index].inputs[position]] != nil {
        nodes[index].inputs[position] = final(nodes[index].inputs[position])
      }
      guard !nodes[index].subgraphs.isEmpty else { continue }
      nodes[index].mapSubgraphs { subgraph in
        subgraph.replaceUses(replacements)
        // A branch may hand out an outer value directly; its outputs are values like any other.
        for output in subgraph.outputs.indices where replacements[subgraph.outputs[output].name] != nil {
          subgraph.outputs[output].name = final(subgraph.outputs[output].name)
        }
      }
    }
  }

  mutating func removeNodes(_ indices: Set<Int>) {
    guard !indices.isEmpty else { return }
    nodes = nodes.enumerated().filter { !indices.contains($0.offset) }.map(\.element)
  }

  /// Removes nodes, initializers and annotations that no output depends on, and returns what it removed.
  ///
  /// - Complexity: O(n) in the number of values; nodes stand in topological order, as the format demands.
  mutating func removeDead() -> (nodes: [Node], initializers: [String]) {
    var used = Set(outputs.map(\.name))
    var dead: Set<Int> = []
    for index in nodes.indices.reversed() {
      let node = nodes[index]
      guard node.outputs.contains(where: used.contains) else {
        dead.insert(index)
        continue
      }
      used.formUnion(node.inputs)
      for subgraph in node.subgraphs { used.formUnion(subgraph.outerValues) }
    }
    let removed = dead.sorted().map { nodes[$0] }
    removeNodes(dead)
    let unused = initializers.map(\.name).filter { !used.contains($0) }
    removeInitializers { !used.contains($0) }
    let values = Set(nodes.flatMap(\.outputs))
    valueInfos.removeAll { !values.contains($0.name) }
    return (removed, unused)
  }

  /// The values of a float initializer; nil for anything else.
  func floatConstant(_ name: String?) -> Tensor? {
    guard let name, let tensor = constant(name), tensor.elementType == .float else { return nil }
    return tensor
  }

  /// The values of a constant of 64-bit integers: a shape, axes.
  func intConstant(_ name: String?) -> [Int]? {
    guard let name, let tensor = constant(name), tensor.elementType == .int64 else { return nil }
    return tensor.elements(Int64.self).map { Int(clamping: $0) }
  }
}

extension Node {
  mutating func mapSubgraphs(_ change: (inout Graph) -> Void) {
    for index in attributes.indices {
      switch attributes[index].value {
      case .graph(var graph):
        change(&graph)
        attributes[index].value = .graph(graph)
      case .graphs(var graphs):
        for position in graphs.indices { change(&graphs[position]) }
        attributes[index].value = .graphs(graphs)
      default: break
      }
    }
  }

  mutating func removeAttribute(_ name: String) { attributes.removeAll { $0.name == name } }
}

extension StepReport {
  mutating func changed(_ node: String, _ text: String) { changes.append(Entry(node: node, text: text)) }
  mutating func skipped(_ node: String, _ reason: String) { skips.append(Entry(node: node, text: reason)) }
}
