import AssayCore
import AssayONNX

/// Which initializers the outputs of a graph can be differentiated by.
struct GradientReach {
  /// - Throws: `graph`, naming node and operator, where a gradient that is asked for does not exist.
  static func check(_ model: Model, order: NodeOrder, _ gradients: TorchGradients) throws(TorchError) {
    let graph = model.graph
    let parameters: [String]
    switch gradients {
    case .none: return
    case .all: parameters = floatingInitializers(graph)
    case .of(let names):
      let known = Set(floatingInitializers(graph))
      for name in names where !known.contains(name) {
        throw TorchError(
          .graph, "there is no floating point initializer '\(name)' to differentiate by",
          remedy: nearestName(to: name, among: known.sorted()).map { "did you mean '\($0)'?" })
      }
      parameters = names
    }
    let needed = neededValues(graph, order)
    var active = Set(parameters)
    for entry in order.entries {
      let node = entry.node
      guard inputs(entry).contains(where: { active.contains($0) }),
        node.outputs.contains(where: { needed.contains($0) })
      else {
        continue
      }
      switch entry.lowering.gradient {
      case .exact: active.formUnion(node.outputs.filter { !$0.isEmpty })
      case .zero: continue
      case .missing:
        throw TorchError(
          .graph, "the operator '\(node.opType)' has no gradient", at: Place(node: node.label),
          remedy: "train the model before it is quantized, or without this operator")
      }
    }
    if case .of = gradients {
      try checkEach(parameters, graph, order, needed)
    } else if !graph.outputs.contains(where: { active.contains($0.name) }) {
      throw dead("no output can be differentiated by an initializer", parameters, graph, order, needed)
    }
  }

  /// The inputs that a node can be differentiated by.
  private static func inputs(_ entry: NodeOrder.Entry) -> ArraySlice<String> {
    entry.node.inputs.prefix(entry.lowering.differentiableInputs)
  }

  private static func floatingInitializers(_ graph: Graph) -> [String] {
    graph.initializers.filter { $0.tensor?.elementType.isFloatingPoint ?? false }.map(\.name)
  }

  /// Values that an output depends on.
  private static func neededValues(_ graph: Graph, _ order: NodeOrder) -> Set<String> {
    var needed = Set(graph.outputs.map(\.name))
    for entry in order.entries.reversed() where entry.node.outputs.contains(where: { needed.contains($0) }) {
      needed.formUnion(entry.node.inputs)
    }
    return needed
  }

  /// That every one of `parameters` reaches an output through operators with a gradient.
  private static func checkEach(
    _ parameters: [String], _ graph: Graph, _ order: NodeOrder, _ needed: Set<String>
  ) throws(TorchError) {
    // Backwards: values that some output can be differentiated by.
    var useful = Set(graph.outputs.map(\.name))
    for entry in order.entries.reversed()
    where entry.lowering.gradient == .exact && entry.node.outputs.contains(where: { useful.contains($0) }) {
      useful.formUnion(inputs(entry))
    }
    for name in parameters where !useful.contains(name) {
      throw dead("no output can be differentiated by the initializer '\(name)'", [name], graph, order, needed)
    }
  }

  /// The error, placed at the first node that ends the gradient of one of `parameters`.
  private static func dead(
    _ message: String, _ parameters: [String], _ graph: Graph, _ order: NodeOrder, _ needed: Set<String>
  ) -> TorchError {
    var reached = Set(parameters)
    for entry in order.entries where inputs(entry).contains(where: { reached.contains($0) }) {
      if entry.lowering.gradient == .zero, entry.node.outputs.contains(where: { needed.contains($0) }) {
        return TorchError(
          .graph, "\(message): the gradient of the operator '\(entry.node.opType)' is zero everywhere",
          at: Place(node: entry.node.label), remedy: "train the part of the model before it")
      }
      reached.formUnion(entry.node.outputs)
    }
    return TorchError(.graph, "\(message): it is not used on the way to one")
  }
}
