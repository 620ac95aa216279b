import AssayCore
import AssayONNX

/// The same indices taken out of every axis that they are tied to.
struct ChannelCut {
  /// By axis, the indices that stay, ascending; only axes that lose some.
  let kept: [Int: [Int]]
  private let axes: ChannelAxes

  /// - Parameter roots: The roots of the units that go.
  init(_ roots: Set<Int>, from axes: ChannelAxes) {
    var axes = axes
    var kept: [Int: [Int]] = [:]
    for axis in axes.axes.indices where !roots.isEmpty {
      let extent = axes.extent(axis)
      var staying: [Int] = []
      staying.reserveCapacity(extent)
      for index in 0..<extent where !roots.contains(axes.root(axis, index)) { staying.append(index) }
      if staying.count < extent { kept[axis] = staying }
    }
    self.kept = kept
    self.axes = axes
  }

  /// The indices of an axis that stay; nil when all do.
  func kept(of value: String?, _ position: Int) -> [Int]? {
    guard let list = axes.axes(of: value), list.indices.contains(position) else { return nil }
    return kept[list[position]]
  }

  /// Indices of the axis that stay.
  private func extent(of value: String, _ position: Int) -> Int {
    guard let list = axes.axes(of: value), list.indices.contains(position) else { return 0 }
    return kept[list[position]]?.count ?? axes.extent(list[position])
  }

  private func touches(_ value: String?) -> Bool { (axes.axes(of: value) ?? []).contains { kept[$0] != nil } }

  /// The model without those indices; nodes stay in their places.
  ///
  /// - Throws: `model` when a constant cannot be cut, or the shapes do not come out as they must.
  func apply(to model: Model, _ shapes: InferredShapes, _ report: inout StepReport) throws(MethodError) -> Model {
    var result = model
    var names = NameAllocator(graph: model.graph)
    for initializer in model.graph.initializers where touches(initializer.name) {
      guard var tensor = initializer.tensor else { throw Self.uncut(initializer.name) }
      for position in tensor.shape.indices {
        guard let staying = kept(of: initializer.name, position) else { continue }
        guard let part = tensor.keeping(staying, along: position) else { throw Self.uncut(initializer.name) }
        tensor = part
      }
      result.graph.setInitializer(initializer.name, tensor)
    }
    for (position, node) in model.graph.nodes.enumerated() {
      guard (node.inputs + node.outputs).contains(where: touches) else { continue }
      let call = AxisCall(
        node: node, position: position, version: model.opsets[node.domain] ?? 1, graph: model.graph, shapes: shapes)
      rewrite(call, in: &result.graph, &names)
      let changed = node.inputs.filter { touches($0) && model.graph.initializer($0) != nil }
      guard !changed.isEmpty else { continue }
      let texts = changed.map { name in
        "'\(name)' \(model.graph.initializer(name)?.shape ?? []) → \(result.graph.initializer(name)?.shape ?? [])"
      }
      report.changed(node.label, texts.joined(separator: ", "))
    }
    result.graph.valueInfos.removeAll { touches($0.name) }
    try check(result, against: shapes)
    return result
  }

  private static func uncut(_ name: String) -> MethodError {
    MethodError(.model, "the constant cannot be cut", at: Place(node: name))
  }

  /// Compares the shapes of all values with what cutting makes of those before.
  private func check(_ model: Model, against before: InferredShapes) throws(MethodError) {
    let after = inferShapes(of: model)
    guard after.contradictions.count <= before.contradictions.count else {
      let found = after.contradictions.last
      throw MethodError(.model, "cutting channels contradicts the graph", at: found?.place, cause: found)
    }
    for axis in axes.axes.indices where axes.extent(axis) > 0 {
      let (name, position) = (axes.axes[axis].value, axes.axes[axis].position)
      guard let shape = after[name].shape, shape.indices.contains(position),
        shape[position] == .fixed(kept[axis]?.count ?? axes.extent(axis))
      else {
        throw MethodError(
          .model, "cutting channels does not leave this value the shape it should have", at: Place(node: name))
      }
    }
  }

  // MARK: Nodes that name numbers of channels

  private func rewrite(_ call: AxisCall, in graph: inout Graph, _ names: inout NameAllocator) {
    let node = call.node
    switch (node.domain, node.opType) {
    case ("", "Conv"), ("", "ConvTranspose"): rewriteGroups(call, in: &graph)
    case ("", "Reshape"): rewriteReshape(call, in: &graph, &names)
    case ("", "Split"): rewriteSplit(call, in: &graph, &names)
    case ("", "Slice"): rewriteSlice(call, in: &graph, &names)
    case ("com.microsoft", "Attention"): rewriteAttention(call, in: &graph)
    default: break
    }
  }

  private func rewriteGroups(_ call: AxisCall, in graph: inout Graph) {
    guard let groups = call.node.int("group"), groups > 1, let weight = call.node.input(1),
      let staying = kept(of: weight, 0), let old = axes.axes(of: weight).map({ axes.extent($0[0]) }), old > 0
    else { return }
    graph.nodes[call.position].set(Attribute("group", int: groups * staying.count / old))
  }

  private func rewriteReshape(_ call: AxisCall, in graph: inout Graph, _ names: inout NameAllocator) {
    guard let input = call.node.input(0), let output = call.node.output(0), let from = call.shapes[input].shape,
      let to = call.shapes[output].shape,
      var target = ReshapeGroups.target(from, to, allowsZero: call.node.int("allowzero") ?? 0 != 0)
    else { return }
    for position in to.indices where to[position].value != nil { target[position] = extent(of: output, position) }
    let name = names.fresh("\(output)_cut_shape")
    graph.setInitializer(name, Tensor(target.map { Int64($0) }, shape: [target.count]))
    graph.nodes[call.position].inputs[1] = name
  }

  private func rewriteSplit(_ call: AxisCall, in graph: inout Graph, _ names: inout NameAllocator) {
    let node = call.node
    guard let input = node.input(0), let rank = axes.axes(of: input)?.count,
      let axis = AxisRules.resolved(node.int("axis") ?? 0, rank: rank), kept(of: input, axis) != nil
    else { return }
    let sizes = node.outputs.map { extent(of: $0, axis) }
    guard call.version >= 13 else { return graph.nodes[call.position].set(Attribute("split", ints: sizes)) }
    let name = names.fresh("\(node.outputs[0])_cut_split")
    graph.setInitializer(name, Tensor(sizes.map { Int64($0) }, shape: [sizes.count]))
    graph.nodes[call.position].inputs = [input, name]
    graph.nodes[call.position].removeAttribute("num_outputs")
  }

  private func rewriteSlice(_ call: AxisCall, in graph: inout Graph, _ names: inout NameAllocator) {
    let node = call.node
    guard let input = node.input(0), let output = node.output(0), let list = axes.axes(of: input),
      let starts = AxisRules.sliceStarts(call, extents: list.map { axes.extent($0) })
    else { return }
    let cut = starts.filter { kept(of: input, $0.key) != nil }
    guard !cut.isEmpty, var first = call.list("starts", orInput: 1), var last = call.list("ends", orInput: 2),
      let given = call.list("axes", orInput: 3)
    else { return }
    let places = (given.isEmpty ? Array(first.indices) : given).compactMap { AxisRules.resolved($0, rank: list.count) }
    for (index, place) in places.enumerated() {
      guard let start = cut[place], let staying = kept(of: input, place) else { continue }
      first[index] = staying.count { $0 < start }
      last[index] = first[index] + extent(of: output, place)
    }
    if node.ints("starts") != nil {
      graph.nodes[call.position].set(Attribute("starts", ints: first))
      graph.nodes[call.position].set(Attribute("ends", ints: last))
      return
    }
    for (place, values) in [(1, first), (2, last)] {
      let name = names.fresh("\(output)_cut_\(place == 1 ? "starts" : "ends")")
      // Bounds and axes must be of one type.
      let is32Bit = call.node.input(1).map { call.shapes[$0].elementType == .int32 } ?? false
      let tensor =
        is32Bit
        ? Tensor(values.map { Int32(clamping: $0) }, shape: [values.count])
        : Tensor(values.map { Int64($0) }, shape: [values.count])
      graph.setInitializer(name, tensor)
      graph.nodes[call.position].inputs[place] = name
    }
  }

  private func rewriteAttention(_ call: AxisCall, in graph: inout Graph) {
    guard let heads = call.node.int("num_heads"), let output = call.node.output(0),
      let value = axes.axes(of: output)?.last, let staying = kept[value]?.count
    else { return }
    let width = axes.extent(value) / heads
    graph.nodes[call.position].set(Attribute("num_heads", int: staying / width))
    if let sizes = call.node.ints("qkv_hidden_sizes") {
      let scaled = sizes.map { $0 / heads * (staying / width) }
      graph.nodes[call.position].set(Attribute("qkv_hidden_sizes", ints: scaled))
    }
  }
}

extension Tensor {
  /// The slices of those indices along `axis`, in that order; nil for strings and elements smaller than a byte.
  ///
  /// - Precondition: indices within the axis.
  func keeping(_ indices: [Int], along axis: Int) -> Tensor? {
    guard let width = elementType.bitWidth, width % 8 == 0 else { return nil }
    let inner = shape[(axis + 1)...].reduce(1, *) * (width / 8)
    let outer = shape[..<axis].reduce(1, *)
    let extent = shape[axis]
    let part = bytes.withUnsafeBytes { source in
      Bytes(count: outer * indices.count * inner) { target in
        guard let from = source.baseAddress, var to = target.baseAddress else { return }
        for block in 0..<outer {
          for index in indices {
            to.copyMemory(from: from + (block * extent + index) * inner, byteCount: inner)
            to += inner
          }
        }
      }
    }
    var newShape = shape
    newShape[axis] = indices.count
    return Tensor(elementType, shape: newShape, bytes: part)
  }
}
