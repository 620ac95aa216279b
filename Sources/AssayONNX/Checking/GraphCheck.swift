public import AssayCore
import FoundationEssentials
import SwiftProtobuf

extension Model {
  /// Makes sure that the model can be worked on: every value has one maker that stands before its users, and shapes
  /// fit.
  ///
  /// - Throws: `invalidGraph` or `unsupportedVersion`, the first problem found, with the node and what to do.
  /// - Complexity: O(n) in the number of nodes; weights are not read.
  public func check() throws(ONNXError) {
    if let first = problems().first { throw first }
  }

  /// Everything that `check` finds, most fundamental first.
  public func problems() -> [ONNXError] {
    var check = GraphCheck(model: self)
    check.run()
    guard check.problems.isEmpty else { return check.problems }
    return inferShapes(of: self).contradictions
  }
}

private struct GraphCheck {
  let model: Model
  var problems: [ONNXError] = []

  init(model: Model) { self.model = model }

  mutating func run() {
    checkVersions()
    check(model.graph, outer: [])
    guard problems.isEmpty else { return }
    let order = TopologicalOrder.indices(of: model.graph)
    if order.count < model.graph.nodes.count { problems.append(model.graph.cycleError(known: order)) }
    // Without a cycle, names that are known but come too late mean an unsorted file.
    if problems.isEmpty { checkOrder(model.graph) }
  }

  private mutating func checkVersions() {
    // Before IR version 3 a model did not name its operator sets: the first is meant.
    guard model.irVersion >= 3 || !model.opsets.isEmpty else { return }
    var reported: Set<String> = []
    for node in model.graph.nodes where model.opsets[node.domain] == nil && reported.insert(node.domain).inserted {
      if isLocal(node) { continue }
      let name = node.domain.isEmpty ? "ai.onnx" : node.domain
      add(
        .unsupportedVersion,
        "the operator \(node.opType) needs the operator set '\(name)', which the model does not import",
        node.label, "export the model with an opset_import for '\(name)'")
    }
  }

  private func isLocal(_ node: Node) -> Bool {
    model.localFunctions.contains(Model.FunctionName(domain: node.domain, name: node.opType))
  }

  /// Checks names within one graph, where the values of `outer` may be used too.
  private mutating func check(_ graph: Graph, outer: Set<String>) {
    var made: Set<String> = []
    for input in graph.inputs where !made.insert(input.name).inserted {
      add(.invalidGraph, "two inputs have the name '\(input.name)'", input.name, "rename one of them")
    }
    let inputs = made
    var stored: Set<String> = []
    for initializer in graph.initializers {
      if !stored.insert(initializer.name).inserted {
        add(.invalidGraph, "two initializers have this name", initializer.name, "rename one of them")
      }
      made.insert(initializer.name)
    }
    made.formUnion(graph.sparseInitializerNames)
    for node in graph.nodes {
      for output in node.outputs where !output.isEmpty && !made.insert(output).inserted {
        let what = inputs.contains(output) ? "an input" : stored.contains(output) ? "an initializer" : "another node"
        add(
          .invalidGraph, "the output '\(output)' is also made by \(what)", node.label,
          "give each value a name of its own")
      }
    }
    checkUses(graph, known: made.union(outer))
  }

  private mutating func checkUses(_ graph: Graph, known: Set<String>) {
    for node in graph.nodes {
      for input in node.inputs where !input.isEmpty && !known.contains(input) {
        let nearest = nearestName(to: input, among: known.sorted()).map { "did you mean '\($0)'? " } ?? ""
        add(
          .invalidGraph, "the input '\(input)' is made by no node, input or initializer", node.label,
          "\(nearest)export the model again")
      }
      for input in node.inputs where !input.isEmpty {
        guard let initializer = graph.initializer(input), initializer.tensor == nil, !isExactlyCarried(node) else {
          continue
        }
        add(
          .invalidGraph, "the initializer '\(input)' has an element type that this version does not know", node.label,
          "use a newer version of Assay")
      }
      for subgraph in node.subgraphs { check(subgraph, outer: known) }
    }
    for output in graph.outputs where !known.contains(output.name) {
      let nearest = nearestName(to: output.name, among: known.sorted()).map { "did you mean '\($0)'?" }
      add(.invalidGraph, "the graph's output '\(output.name)' is made by no node", output.name, nearest)
    }
  }

  /// Operators that pass any element type on without looking at it.
  private func isExactlyCarried(_ node: Node) -> Bool { node.isONNX("Identity") }

  private mutating func checkOrder(_ graph: Graph) {
    var producer: [String: Int] = [:]
    for (index, node) in graph.nodes.enumerated() { for output in node.outputs { producer[output] = index } }
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs where !input.isEmpty {
        guard let maker = producer[input], maker > index else { continue }
        add(
          .invalidGraph, "the node stands before '\(graph.nodes[maker].label)', which makes its input '\(input)'",
          node.label, "sort the nodes topologically")
        return
      }
    }
  }

  private mutating func add(_ code: ONNXErrorCode, _ message: String, _ node: String, _ remedy: String?) {
    problems.append(ONNXError(code, message, at: Place(node: node), remedy: remedy))
  }
}

extension Graph {
  /// The error for nodes that cannot be ordered, given those that can.
  func cycleError(known order: [Int]) -> ONNXError {
    let sorted = Set(order)
    let needs = TopologicalOrder.predecessors(in: self)
    // Every node left over needs another one left over: going back must come round.
    var path: [Int] = []
    var positions: [Int: Int] = [:]
    var current = nodes.indices.first { !sorted.contains($0) }
    while let node = current, positions[node] == nil {
      positions[node] = path.count
      path.append(node)
      current = needs[node].first { !sorted.contains($0) }
    }
    let cycle = current.flatMap { positions[$0] }.map { path[$0...].reversed().map { nodes[$0].label } } ?? []
    let shown = cycle.prefix(8).joined(separator: "' → '") + (cycle.count > 8 ? "' → … → '" : "' → '")
    return ONNXError(
      .invalidGraph, "the nodes depend on each other in a cycle: '\(shown)\(cycle.first ?? "?")'",
      at: Place(node: cycle.first), remedy: "a model is a graph without cycles; export it again")
  }

  /// Names of sparse initializers, which are carried along but not looked into.
  ///
  /// Field numbers of onnx.proto: GraphProto.sparse_initializer 15, SparseTensorProto.values 1, TensorProto.name 8.
  var sparseInitializerNames: [String] {
    rest.unknownFields.data.withUnsafeBytes { buffer in
      Self.payloads(15, buffer, 0..<buffer.count).flatMap { Self.payloads(1, buffer, $0) }
        .flatMap { Self.payloads(8, buffer, $0) }.map { String(decoding: buffer[$0], as: UTF8.self) }
    }
  }

  private static func payloads(_ number: Int, _ buffer: UnsafeRawBufferPointer, _ range: Range<Int>) -> [Range<Int>] {
    var scanner = WireScanner(buffer, range)
    var result: [Range<Int>] = []
    while let field = try? scanner.next() {
      if field.number == number, let payload = field.payload { result.append(payload) }
    }
    return result
  }
}
