public import AssayCore

extension Model {
  /// The same model in a newer version of ONNX's operator set, with what had to be rewritten.
  ///
  /// Versions 7 to 17 are known. The IR version is raised with the operator set; when it passes 3, initializers leave
  /// the list of inputs, where they would count as replaceable values that no engine may fold. Other domains keep
  /// their versions, and subgraphs are upgraded with their nodes.
  ///
  /// - Returns: The model itself, without changes, when it has that version or a newer one.
  /// - Throws: `unsupportedVersion`, naming the operator that cannot be carried over; the model is never written broken.
  public func upgraded(
    to opset: Int
  ) throws(ONNXError) -> (model: Model, changes: [(node: String, text: String)]) {
    let current = self.opset
    guard current < opset else { return (self, []) }
    guard current >= VersionTable.oldest, opset <= VersionTable.newest else {
      throw ONNXError(
        .unsupportedVersion,
        "the operator set cannot be upgraded from version \(current) to \(opset): versions "
          + "\(VersionTable.oldest) to \(VersionTable.newest) are known",
        remedy: "export the model again with opset \(VersionTable.newest)")
    }
    var upgrade = GraphUpgrade(model: self, shapes: inferShapes(of: self))
    var result = self
    result.graph = try upgrade.run(graph, from: current, to: opset)
    result.opsets[""] = opset
    var changes = upgrade.changes
    let neededIR = VersionTable.irVersion(forOpset: opset)
    if irVersion < neededIR {
      if irVersion < 4, neededIR >= 4 {
        let stored = Set(result.graph.initializers.map(\.name))
        let before = result.graph.inputs.count
        result.graph.inputs.removeAll { stored.contains($0.name) }
        let removed = before - result.graph.inputs.count
        if removed > 0 { changes.append((graph.name, "\(removed) initializers are no longer listed as inputs")) }
      }
      result.irVersion = neededIR
    }
    // Intermediate annotations of rewritten nodes may no longer fit their names' meaning; engines infer their own.
    if !changes.isEmpty { result.graph.valueInfos.removeAll { upgrade.rewrittenOutputs.contains($0.name) } }
    return (result, changes)
  }
}

/// One graph on its way to a newer version.
struct GraphUpgrade {
  private let localFunctions: Set<Model.FunctionName>
  private let shapes: InferredShapes
  private var names: NameAllocator
  private var pending: [(name: String, tensor: Tensor)] = []
  private var used: Set<String> = []
  private(set) var changes: [(node: String, text: String)] = []
  private(set) var rewrittenOutputs: Set<String> = []

  init(model: Model, shapes: InferredShapes) {
    self.shapes = shapes
    localFunctions = model.localFunctions
    names = NameAllocator(graph: model.graph)
  }

  mutating func run(_ graph: Graph, from current: Int, to target: Int) throws(ONNXError) -> Graph {
    let outerUsed = used
    used.formUnion(GraphIndex(graph).consumers.keys)
    used.formUnion(graph.outputs.map(\.name))
    let outerPending = pending
    pending = []
    var result = graph
    result.nodes = []
    for node in graph.nodes {
      result.nodes += try upgraded(node, from: current, to: target)
    }
    for (name, tensor) in pending { result.setInitializer(name, tensor) }
    (used, pending) = (outerUsed, outerPending)
    return result
  }

  private mutating func upgraded(_ node: Node, from current: Int, to target: Int) throws(ONNXError) -> [Node] {
    var node = node
    for index in node.attributes.indices {
      switch node.attributes[index].value {
      case .graph(let graph): node.attributes[index].value = .graph(try run(graph, from: current, to: target))
      case .graphs(let graphs):
        var results: [Graph] = []
        for graph in graphs { results.append(try run(graph, from: current, to: target)) }
        node.attributes[index].value = .graphs(results)
      default: break
      }
    }
    guard node.domain.isEmpty, !localFunctions.contains(Model.FunctionName(domain: "", name: node.opType)) else {
      return [node]
    }
    var nodes = [node]
    for version in (current + 1)...target {
      var next: [Node] = []
      for candidate in nodes {
        guard let changes = VersionTable.changes[candidate.opType] else {
          throw ONNXError(
            .unsupportedVersion,
            "no rule is known for carrying the operator \(candidate.opType) from version \(current) to \(target)",
            at: Place(node: node.label), remedy: "export the model again with opset \(target)")
        }
        if let change = changes.first(where: { $0.version == version }), let rule = change.rule {
          rewrittenOutputs.formUnion(candidate.outputs)
          next += try rule(&self, candidate)
        } else {
          next.append(candidate)
        }
      }
      nodes = next
    }
    return nodes
  }

  mutating func note(_ node: Node, _ text: String) { changes.append((node.label, text)) }

  mutating func fresh(_ stem: String) -> String { names.fresh(stem) }

  /// Adds a constant to the graph and returns its name.
  mutating func constant(_ stem: String, _ tensor: Tensor) -> String {
    let name = names.fresh(stem)
    pending.append((name, tensor))
    return name
  }

  mutating func constant(_ stem: String, ints: [Int]) -> String {
    constant(stem, Tensor(ints.map { Int64($0) }, shape: [ints.count]))
  }

  /// Whether any node or output uses the value.
  func isUsed(_ value: String) -> Bool { used.contains(value) }

  func rank(_ value: String) -> Int? { shapes[value].shape?.count }
}
