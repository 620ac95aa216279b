import AssayCore
import AssayONNX

/// The units of a graph that can be cut, in groups, and the reasons why others cannot.
struct ChannelAnalysis {
  var axes: ChannelAxes
  let shapes: InferredShapes
  private let shapeUse: ShapeUse
  private(set) var groups: [UnitGroup] = []
  /// Layers of which units stay, with the reason.
  private(set) var skips: [StepReport.Entry] = []

  /// - Parameter followsShapes: Whether values may lose channels whose shape is computed with; what comes of it must then
  ///   be checked.
  /// - Throws: `model` when the axes are too long to be followed.
  init(_ model: Model, followsShapes: Bool) throws(MethodError) {
    let graph = model.graph
    shapes = inferShapes(of: model)
    shapeUse = ShapeUse(graph, GraphIndex(graph), shapes)
    axes = try ChannelAxes(
      shapes, values: graph.inputs.map(\.name) + graph.initializers.map(\.name) + graph.nodes.flatMap(\.outputs))
    freezeInterface(graph)
    let isLayout = { (node: Node) in node.domain.isEmpty && AxisRules.layouts.contains(node.opType) }
    for (position, node) in graph.nodes.enumerated() where !isLayout(node) {
      follow(node, at: position, model, followsShapes: followsShapes)
    }
    // Which of several axes a Reshape follows depends on what the others froze.
    for (position, node) in graph.nodes.enumerated() where isLayout(node) {
      follow(node, at: position, model, followsShapes: followsShapes)
    }
    findGroups(graph)
  }

  private mutating func freezeInterface(_ graph: Graph) {
    for output in graph.outputs {
      axes.begin(reason: "they reach the output '\(output.name)' of the model")
      axes.freezeAll(output.name)
    }
    for input in graph.inputs {
      let isGiven = graph.initializer(input.name) == nil
      axes.begin(
        reason: isGiven
          ? "they belong to the input '\(input.name)' of the model"
          : "'\(input.name)' can be overridden at run time")
      axes.freezeAll(input.name)
    }
  }

  private mutating func follow(_ node: Node, at position: Int, _ model: Model, followsShapes: Bool) {
    let values = (node.inputs + node.outputs).filter { !$0.isEmpty }
    let isQuantized = ["QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear"].contains(node.opType)
    axes.begin(
      reason: isQuantized
        ? "already quantized: '\(node.label)' (\(node.opType)) stands between"
        : "'\(node.label)' (\(node.qualifiedType)) does not work on each of them alone")
    let outer = node.subgraphs.flatMap(\.outerValues)
    if node.isONNX("Shape") || node.isONNX("Size"), followsShapes, let output = node.output(0),
      shapeUse.isOnlyShape(output)
    {
      for axis in axes.axes(of: node.input(0)) ?? [] { axes.touch(axis) }
    } else if outer.isEmpty, node.subgraphs.isEmpty,
      !model.localFunctions.contains(.init(domain: node.domain, name: node.opType)),
      let rule = AxisRules.rule(for: node)
    {
      let call = AxisCall(
        node: node, position: position, version: model.opsets[node.domain] ?? 1, graph: model.graph, shapes: shapes)
      rule(call, &axes)
    }
    axes.end(values: values + outer)
  }

  // MARK: Groups

  private mutating func findGroups(_ graph: Graph) {
    var unitOfRoot: [Int: Int] = [:]
    var roots: [Int] = []
    var group: [Int] = []
    func leader(_ unit: Int) -> Int {
      var unit = unit
      while group[unit] != unit { unit = group[unit] }
      return unit
    }
    for producer in axes.producers {
      var first: Int?
      for index in 0..<axes.extent(producer.axis) {
        let root = axes.root(producer.axis, index)
        guard axes.reason(root) == nil else { continue }
        let unit = unitOfRoot[root] ?? roots.count
        if unit == roots.count {
          unitOfRoot[root] = unit
          roots.append(root)
          group.append(unit)
        }
        let (a, b) = (leader(first ?? unit), leader(unit))
        group[max(a, b)] = min(a, b)
        first = min(a, b)
      }
    }
    // Unit → (group, place in it).
    var groupOfLeader: [Int: Int] = [:]
    var place: [(group: Int, unit: Int)] = []
    let heads = axes.headRoots()
    for (unit, root) in roots.enumerated() {
      let leader = leader(unit)
      let number = groupOfLeader[leader] ?? groups.count
      if number == groups.count {
        groupOfLeader[leader] = number
        groups.append(UnitGroup(kind: .neuron, roots: []))
      }
      place.append((number, groups[number].roots.count))
      groups[number].roots.append(root)
      if heads.contains(root) { groups[number].kind = .head }
    }
    let places = unitOfRoot.mapValues { place[$0] }
    attachProducers(graph, places)
    attachReaders(graph, places)
  }

  /// The indices of `axis` by the units they belong to, for each group that lies on it.
  private mutating func members(
    _ axis: Int, node: String, tensor: String, _ places: [Int: (group: Int, unit: Int)]
  ) -> [(group: Int, member: UnitGroup.Member)] {
    var found: [(group: Int, member: UnitGroup.Member)] = []
    for index in 0..<axes.extent(axis) {
      guard let place = places[axes.root(axis, index)] else { continue }
      var slot = found.firstIndex { $0.group == place.group } ?? found.count
      if slot == found.count {
        let empty = [[Int]](repeating: [], count: groups[place.group].roots.count)
        found.append(
          (
            place.group,
            UnitGroup.Member(node: node, tensor: tensor, axis: axes.axes[axis].position, indices: empty)
          ))
        slot = found.count - 1
      }
      found[slot].member.indices[place.unit].append(index)
    }
    return found
  }

  private mutating func attachProducers(_ graph: Graph, _ places: [Int: (group: Int, unit: Int)]) {
    for producer in axes.producers {
      let node = graph.nodes[producer.node].label
      for (group, member) in members(producer.axis, node: node, tensor: producer.weight, places) {
        groups[group].producers.append(member)
        if producer.isConvolution, groups[group].kind == .neuron { groups[group].kind = .channel }
      }
      var reasons: [String: Int] = [:]
      let extent = axes.extent(producer.axis)
      for index in 0..<extent {
        if let reason = axes.reason(axes.root(producer.axis, index)) { reasons[reason, default: 0] += 1 }
      }
      for (reason, count) in reasons.sorted(by: { $0.key < $1.key }) {
        skips.append(.init(node: node, text: "\(count) of its \(extent) outputs stay: \(reason)"))
      }
      if extent == 0 { skips.append(.init(node: node, text: "its outputs stay: their number is not known")) }
    }
  }

  private mutating func attachReaders(_ graph: Graph, _ places: [Int: (group: Int, unit: Int)]) {
    for scale in axes.scales {
      for (group, member) in members(scale.axis, node: scale.weight, tensor: scale.weight, places) {
        groups[group].scales.append(member)
      }
    }
    for consumer in axes.consumers {
      let node = graph.nodes[consumer.node].label
      for (group, member) in members(consumer.inputAxis, node: node, tensor: consumer.input, places)
      where !groups[group].inputs.contains(where: { $0.tensor == member.tensor && $0.axis == member.axis }) {
        groups[group].inputs.append(member)
      }
    }
  }
}
