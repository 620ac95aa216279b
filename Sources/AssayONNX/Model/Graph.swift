public import AssayCore

/// Nodes, constants and the interface between them.
///
/// A graph is a value: a copy shares the memory of all tensors.
public struct Graph: Sendable {
  public var name: String
  public var nodes: [Node]
  /// Inputs in order; in old models (IR version 3) initializers are listed here too.
  public var inputs: [ValueInfo]
  public var outputs: [ValueInfo]
  /// Annotated intermediate values.
  public var valueInfos: [ValueInfo]
  /// Constants in file order.
  public private(set) var initializers: [StoredTensor]
  private var initializerIndex: [String: Int]
  var rest = Onnx_GraphProto()

  public init(
    name: String = "graph", nodes: [Node] = [], inputs: [ValueInfo] = [], outputs: [ValueInfo] = [],
    valueInfos: [ValueInfo] = [], initializers: [StoredTensor] = []
  ) {
    self.name = name
    self.nodes = nodes
    self.inputs = inputs
    self.outputs = outputs
    self.valueInfos = valueInfos
    self.initializers = initializers
    self.initializerIndex = Self.index(initializers)
  }

  private static func index(_ initializers: [StoredTensor]) -> [String: Int] {
    Dictionary(initializers.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The initializer of that name.
  ///
  /// - Complexity: O(1).
  public func initializer(_ name: String) -> StoredTensor? { initializerIndex[name].map { initializers[$0] } }

  /// The values of the initializer of that name.
  public func constant(_ name: String) -> Tensor? { initializer(name)?.tensor }

  /// Adds an initializer, or replaces the values of the one of that name.
  ///
  /// - Complexity: O(1) amortized.
  public mutating func setInitializer(_ name: String, _ tensor: Tensor) {
    if let index = initializerIndex[name] {
      initializers[index] = initializers[index].replacing(tensor)
    } else {
      initializerIndex[name] = initializers.count
      initializers.append(StoredTensor(name: name, tensor: tensor))
    }
  }

  /// Removes every initializer whose name satisfies `condition`, and its entry among `inputs`.
  ///
  /// - Complexity: O(n) in the number of initializers and inputs.
  public mutating func removeInitializers(where condition: (String) -> Bool) {
    let removed = Set(initializers.map(\.name).filter(condition))
    guard !removed.isEmpty else { return }
    initializers.removeAll { removed.contains($0.name) }
    inputs.removeAll { removed.contains($0.name) }
    initializerIndex = Self.index(initializers)
  }

  /// Inputs that a caller must give: those that no initializer provides.
  public var requiredInputs: [ValueInfo] { inputs.filter { initializerIndex[$0.name] == nil } }

}

/// Hands out names that a graph does not use.
public struct NameAllocator: Sendable {
  private var used: Set<String>

  /// - Complexity: O(n) in the number of values.
  public init(graph: Graph) {
    used = Set(graph.initializers.map(\.name))
    used.formUnion(graph.inputs.map(\.name))
    for node in graph.nodes {
      used.insert(node.name)
      used.formUnion(node.inputs)
      used.formUnion(node.outputs)
      for subgraph in node.subgraphs { used.formUnion(NameAllocator(graph: subgraph).used) }
    }
  }

  /// `stem`, or `stem_1`, `stem_2` ... when it is taken.
  public mutating func fresh(_ stem: String) -> String {
    var candidate = stem
    var suffix = 0
    while !used.insert(candidate).inserted {
      suffix += 1
      candidate = "\(stem)_\(suffix)"
    }
    return candidate
  }
}
