/// Who makes and who uses each value of a graph, at one moment.
///
/// An index is built once and asked often; after an edit it is stale and must be built again.
public struct GraphIndex: Sendable {
  /// Index of the node that makes a value.
  public let producer: [String: Int]
  /// Indices of the nodes that use a value, ascending, a node twice if it uses it twice.
  ///
  /// A node whose subgraph uses a value of this graph counts as a user.
  public let consumers: [String: [Int]]
  /// Names of the graph's outputs.
  public let outputs: Set<String>

  /// - Complexity: O(n) in the number of node inputs and outputs.
  public init(_ graph: Graph) {
    var producer: [String: Int] = [:]
    var consumers: [String: [Int]] = [:]
    for (index, node) in graph.nodes.enumerated() {
      for output in node.outputs where !output.isEmpty { producer[output] = index }
      for input in node.inputs where !input.isEmpty { consumers[input, default: []].append(index) }
      for name in node.subgraphs.flatMap(\.outerValues) { consumers[name, default: []].append(index) }
    }
    self.producer = producer
    self.consumers = consumers
    self.outputs = Set(graph.outputs.map(\.name))
  }

  /// The node that is the only user of `value`, when the value is not an output of the graph too.
  public func soleConsumer(of value: String) -> Int? {
    guard !outputs.contains(value), let users = consumers[value], users.count == 1 else { return nil }
    return users[0]
  }
}

extension Graph {
  /// Values used here that are made outside: what a subgraph takes from the graphs around it.
  public var outerValues: [String] {
    var inner = Set(inputs.map(\.name))
    inner.formUnion(initializers.map(\.name))
    for node in nodes { inner.formUnion(node.outputs) }
    var outer: [String] = []
    for node in nodes {
      for input in node.inputs where !input.isEmpty && !inner.contains(input) { outer.append(input) }
      for name in node.subgraphs.flatMap(\.outerValues) where !inner.contains(name) { outer.append(name) }
    }
    for output in outputs where !inner.contains(output.name) { outer.append(output.name) }
    return outer
  }
}
