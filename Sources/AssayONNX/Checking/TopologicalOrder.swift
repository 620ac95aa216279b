public import AssayCore

/// The order in which a graph's nodes can run.
enum TopologicalOrder {
  /// Indices of the nodes such that each stands after the makers of its inputs; nodes on a cycle, and those that need
  /// them, are left out.
  ///
  /// Stable: a node moves only behind what it needs, and a sorted graph keeps its order.
  ///
  /// - Complexity: O(n log n) in the number of node inputs.
  static func indices(of graph: Graph) -> [Int] {
    let needs = predecessors(in: graph)
    var users: [[Int]] = Array(repeating: [], count: needs.count)
    var open = needs.map(\.count)
    for (node, makers) in needs.enumerated() { for maker in makers { users[maker].append(node) } }
    var ready = SmallestFirst(open.indices.filter { open[$0] == 0 })
    var order: [Int] = []
    order.reserveCapacity(needs.count)
    while let node = ready.popSmallest() {
      order.append(node)
      for user in users[node] {
        open[user] -= 1
        if open[user] == 0 { ready.insert(user) }
      }
    }
    return order
  }

  /// For each node the nodes that make its inputs, each once, ascending.
  static func predecessors(in graph: Graph) -> [[Int]] {
    var producer: [String: Int] = [:]
    for (index, node) in graph.nodes.enumerated() {
      for output in node.outputs where !output.isEmpty && producer[output] == nil { producer[output] = index }
    }
    return graph.nodes.map { node in
      let inputs = node.attributes.isEmpty ? node.inputs : node.inputs + node.subgraphs.flatMap(\.outerValues)
      return Set(inputs.compactMap { producer[$0] }).sorted()
    }
  }
}

/// A binary heap of indices.
private struct SmallestFirst {
  private var heap: [Int]

  /// - Precondition: `sorted` ascends (such an array is a heap).
  init(_ sorted: [Int]) { heap = sorted }

  mutating func insert(_ value: Int) {
    heap.append(value)
    var child = heap.count - 1
    while child > 0, heap[(child - 1) / 2] > heap[child] {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func popSmallest() -> Int? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var parent = 0
    while true {
      var smallest = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child] < heap[smallest] {
        smallest = child
      }
      guard smallest != parent else { return first }
      heap.swapAt(parent, smallest)
      parent = smallest
    }
  }
}

extension Graph {
  /// Indices of the nodes in an order in which they can run; a node moves only behind what it needs.
  ///
  /// Only inputs of the nodes themselves count, not what their subgraphs take from outside.
  ///
  /// - Throws: `invalidGraph` at a node whose input nothing makes or depends on the node, or naming an output that nothing
  ///   makes.
  public func executionOrder() throws(ONNXError) -> [Int] {
    let order = TopologicalOrder.indices(of: self)
    var available = Set(inputs.map(\.name)).union(initializers.map(\.name))
    available.insert("")
    for index in order {
      if let name = nodes[index].inputs.first(where: { !available.contains($0) }) {
        throw Self.unmade(name, neededBy: nodes[index])
      }
      available.formUnion(nodes[index].outputs)
    }
    let ordered = Set(order)
    for (index, node) in nodes.enumerated() where !ordered.contains(index) {
      if let name = node.inputs.first(where: { !available.contains($0) }) { throw Self.unmade(name, neededBy: node) }
    }
    for output in outputs where !available.contains(output.name) {
      throw ONNXError(.invalidGraph, "nothing makes the output '\(output.name)'", remedy: "export the model again")
    }
    return order
  }

  private static func unmade(_ name: String, neededBy node: Node) -> ONNXError {
    ONNXError(
      .invalidGraph, "nothing makes the input '\(name)', or it depends on its own result", at: Place(node: node.label),
      remedy: "export the model again")
  }

  /// The same graph with its nodes in an order in which they can run; nodes move only where they must.
  ///
  /// - Throws: `invalidGraph` when nodes depend on each other in a cycle, with their names.
  public func sortedTopologically() throws(ONNXError) -> Graph {
    let order = TopologicalOrder.indices(of: self)
    guard order.count == nodes.count else { throw cycleError(known: order) }
    var copy = self
    copy.nodes = order.map { nodes[$0] }
    return copy
  }
}
