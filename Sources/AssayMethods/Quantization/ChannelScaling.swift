import AssayCore
import AssayONNX

/// A constant that is multiplied by a factor for each channel of a value.
struct ChannelConstant: Sendable {
  var node: Int
  /// Which input of the node it is.
  var input: Int
  /// The axis of the channels; nil for a vector with one number for each channel, whatever its shape.
  var axis: Int?
}

/// Where the channels of a value get their size from: dividing all `constants` by a factor for each channel divides the
/// value by it.
struct ChannelSource: Sendable {
  /// The node that makes the channels.
  var node: Int
  var constants: [ChannelConstant]
  var channels: Int
  /// Consecutive elements of the value's last axis that belong to one channel: more than 1 behind a `Flatten`.
  var block: Int
}

/// A weight that a value is multiplied with: multiplying its slices by the factors undoes the division.
struct ChannelUse: Sendable {
  var node: Int
  /// The axis of the weight along which slices belong to elements of the input's channel axis, in order.
  var axis: Int
  /// Consecutive slices for each element: more than 1 for depthwise convolutions that make several channels of one.
  var slices: Int
}

/// Why factors cannot be moved.
struct ScalingObstacle: Error {
  var text: String
  init(_ text: String) { self.text = text }
}

/// Finds through which operators a factor for each channel can be moved from a weight to what made its input.
///
/// The way goes through operators f with f(s·x) = s·f(x) for s > 0 that keep channels apart: `Relu`, `LeakyRelu`,
/// `PRelu`, pooling, `Flatten`, `Transpose`, and sums with a constant, which is divided too. `Clip` (Relu6), sigmoids and sums of
/// two values end it.
struct ChannelWalk {
  private let graph: Graph
  private let index: GraphIndex
  private let shapes: InferredShapes
  /// Whether a multiplication with a constant and a layer normalization may take the factors.
  private let takesNormalizations: Bool

  /// Which axis of the value holds the channels.
  private enum Axis { case second, last }

  init(_ model: Model, takesNormalizations: Bool) {
    graph = model.graph
    index = GraphIndex(model.graph)
    shapes = inferShapes(of: model)
    self.takesNormalizations = takesNormalizations
  }

  /// How `node` multiplies its input with a constant weight.
  func use(at position: Int) throws(ScalingObstacle) -> ChannelUse {
    let node = graph.nodes[position]
    guard let weight = graph.floatConstant(node.input(1)) else {
      throw ScalingObstacle("its weights are not constant floats")
    }
    switch node.opType {
    case "Conv":
      guard weight.shape.count >= 3, weight.count > 0 else {
        throw ScalingObstacle("its weights have an unusual shape")
      }
      let groups = node.int("group") ?? 1
      if groups == 1 { return ChannelUse(node: position, axis: 1, slices: 1) }
      guard groups > 0, weight.shape[1] == 1, weight.shape[0] % groups == 0 else {
        throw ScalingObstacle("it is a grouped convolution")
      }
      return ChannelUse(node: position, axis: 0, slices: weight.shape[0] / groups)
    case "Gemm":
      guard weight.shape.count == 2, weight.count > 0, node.int("transA") ?? 0 == 0 else {
        throw ScalingObstacle("it transposes its input or its weights are no matrix")
      }
      return ChannelUse(node: position, axis: node.int("transB") == 1 ? 1 : 0, slices: 1)
    default:
      guard weight.shape.count == 2, weight.count > 0 else { throw ScalingObstacle("its weights are no matrix") }
      return ChannelUse(node: position, axis: 0, slices: 1)
    }
  }

  /// What makes the channels of the first input of all `uses`, which must be its only users.
  func source(for uses: [ChannelUse]) throws(ScalingObstacle) -> ChannelSource {
    guard let first = uses.first, var value = graph.nodes[first.node].input(0) else {
      throw ScalingObstacle("it has no input")
    }
    let users = index.consumers[value] ?? []
    guard !index.outputs.contains(value), users.sorted() == uses.map(\.node).sorted() else {
      throw ScalingObstacle("its input is used elsewhere too")
    }
    var axis = graph.nodes[first.node].opType == "Conv" ? Axis.second : .last
    var (block, constants) = (1, [ChannelConstant]())
    for _ in 0...graph.nodes.count {
      guard let position = index.producer[value] else { throw ScalingObstacle("its input is an input of the model") }
      let node = graph.nodes[position]
      if let made = try producer(position, axis) {
        let source = ChannelSource(
          node: position, constants: constants + made.constants, channels: made.channels, block: block)
        try check(source, uses)
        return source
      }
      value = try step(node, at: position, &axis, &block, &constants)
      guard index.soleConsumer(of: value) == position else {
        throw ScalingObstacle("the value before '\(node.label)' is used elsewhere too")
      }
    }
    throw ScalingObstacle("the graph has a cycle")
  }

  private func check(_ source: ChannelSource, _ uses: [ChannelUse]) throws(ScalingObstacle) {
    for use in uses {
      let extent = graph.floatConstant(graph.nodes[use.node].input(1))?.shape[use.axis]
      guard extent == source.channels * source.block * use.slices else {
        throw ScalingObstacle("its \(extent ?? 0) inputs are not the \(source.channels) channels of what makes them")
      }
    }
    for constant in source.constants where constant.axis == nil {
      guard graph.floatConstant(graph.nodes[constant.node].input(constant.input))?.count == source.channels else {
        throw ScalingObstacle("'\(graph.nodes[constant.node].label)' has not one number for each channel")
      }
    }
  }

  /// Goes to the input of an operator that factors pass through.
  private func step(
    _ node: Node, at position: Int, _ axis: inout Axis, _ block: inout Int, _ constants: inout [ChannelConstant]
  ) throws(ScalingObstacle) -> String {
    let obstacle = ScalingObstacle("'\(node.label)' (\(node.opType)) lies between, which factors do not pass")
    guard node.domain.isEmpty, node.outputs.dropFirst().allSatisfy(\.isEmpty), let input = node.input(0) else {
      throw obstacle
    }
    switch node.opType {
    case "Relu", "LeakyRelu", "Identity": return input
    case "PRelu":
      guard graph.floatConstant(node.input(1)) != nil else { throw obstacle }
      return input
    case "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool":
      guard axis == .second else { throw obstacle }
      return input
    case "Flatten", "Reshape":
      guard axis == .last, block == 1, let before = shapes[input].shape, before.count >= 2,
        let after = shapes[node.outputs[0]].shape, after.count == 2, let columns = after[1].value
      else { throw obstacle }
      let extents = before.dropFirst().compactMap(\.value)
      guard extents.count == before.count - 1, extents.reduce(1, *) == columns, extents[0] > 0 else { throw obstacle }
      axis = .second
      block = columns / extents[0]
      // A matrix stays one.
      if before.count == 2 { axis = .last }
      return input
    case "Transpose":
      // As exporters of channels-last models write around convolutions.
      guard let order = node.ints("perm"), order.count >= 3, order.sorted() == Array(order.indices) else {
        throw obstacle
      }
      let last = order.count - 1
      switch order[axis == .second ? 1 : last] {
      case 1: axis = .second
      case last: axis = .last
      default: throw obstacle
      }
      return input
    case "Add":
      guard let side = constantSide(of: node, axis) else { throw obstacle }
      constants.append(ChannelConstant(node: position, input: side, axis: nil))
      return node.inputs[1 - side]
    default: throw obstacle
    }
  }

  /// The input of `Add` or `Mul` that is a constant vector along the channels.
  private func constantSide(of node: Node, _ axis: Axis) -> Int? {
    guard node.inputs.count == 2 else { return nil }
    return (0...1).first { side in
      guard let tensor = graph.floatConstant(node.input(side)), graph.constant(node.inputs[1 - side]) == nil else {
        return false
      }
      let shape = tensor.shape
      switch axis {
      case .last: return shape.last == tensor.count
      case .second:
        guard let rank = shapes[node.inputs[1 - side]].shape?.count, shape.count <= rank, rank >= 2 else {
          return false
        }
        let padded = [Int](repeating: 1, count: rank - shape.count) + shape
        return padded[1] == tensor.count
      }
    }
  }

  /// The constants of a node that makes channels; nil for one that hands them on.
  private func producer(
    _ position: Int, _ axis: Axis
  ) throws(ScalingObstacle) -> (constants: [ChannelConstant], channels: Int)? {
    let node = graph.nodes[position]
    guard node.domain.isEmpty else { return nil }
    switch node.opType {
    case "Conv" where axis == .second: return try layer(position, axis: 0)
    case "Gemm" where axis == .last: return try layer(position, axis: node.int("transB") == 1 ? 0 : 1)
    case "MatMul" where axis == .last: return try layer(position, axis: 1)
    case "Mul" where takesNormalizations:
      guard let side = constantSide(of: node, axis), let vector = graph.floatConstant(node.input(side)) else {
        return nil
      }
      return ([ChannelConstant(node: position, input: side, axis: nil)], vector.count)
    case "LayerNormalization" where takesNormalizations && axis == .last:
      guard let scale = graph.floatConstant(node.input(1)), scale.shape.count == 1,
        [-1, (shapes[node.inputs[0]].shape?.count ?? 0) - 1].contains(node.int("axis") ?? -1),
        node.outputs.dropFirst().allSatisfy(\.isEmpty)
      else { return nil }
      var constants = [ChannelConstant(node: position, input: 1, axis: nil)]
      if let bias = node.input(2) {
        guard graph.floatConstant(bias) != nil else { return nil }
        constants.append(ChannelConstant(node: position, input: 2, axis: nil))
      }
      return (constants, scale.count)
    default: return nil
    }
  }

  private func layer(
    _ position: Int, axis: Int
  ) throws(ScalingObstacle) -> (constants: [ChannelConstant], channels: Int) {
    let node = graph.nodes[position]
    guard let weight = graph.floatConstant(node.input(1)), graph.constant(node.inputs[0]) == nil,
      node.opType == "Conv" ? weight.shape.count >= 3 : weight.shape.count == 2
    else { throw ScalingObstacle("the weights of '\(node.label)' are not constant") }
    var constants = [ChannelConstant(node: position, input: 1, axis: axis)]
    if let bias = node.input(2) {
      guard let vector = graph.floatConstant(bias), vector.count == weight.shape[axis],
        vector.shape.last == vector.count
      else {
        throw ScalingObstacle("the bias of '\(node.label)' is no constant vector")
      }
      constants.append(ChannelConstant(node: position, input: 2, axis: nil))
    }
    return (constants, weight.shape[axis])
  }
}

/// Multiplies constants of a graph by factors, giving those that others use too a name of their own.
struct ConstantScaling {
  private(set) var graph: Graph
  private var names: NameAllocator
  private var uses: [String: Int] = [:]

  init(_ graph: Graph) {
    self.graph = graph
    names = NameAllocator(graph: graph)
    let index = GraphIndex(graph)
    for initializer in graph.initializers {
      uses[initializer.name] =
        (index.consumers[initializer.name]?.count ?? 0) + (index.outputs.contains(initializer.name) ? 1 : 0)
    }
  }

  func weight(of node: Int) -> Tensor? { graph.floatConstant(graph.nodes[node].input(1)) }

  /// Divides what makes the channels by `factors`, one for each channel.
  mutating func divide(_ source: ChannelSource, by factors: [Float]) {
    let inverses = factors.map { 1 / $0 }
    for constant in source.constants { multiply(constant, by: inverses) }
  }

  /// Multiplies the weight of a use by `factors`, one for each channel of `source`.
  mutating func multiply(_ use: ChannelUse, _ source: ChannelSource, by factors: [Float]) {
    let repeats = source.block * use.slices
    let all = repeats == 1 ? factors : factors.flatMap { [Float](repeating: $0, count: repeats) }
    multiply(ChannelConstant(node: use.node, input: 1, axis: use.axis), by: all)
  }

  private mutating func multiply(_ constant: ChannelConstant, by factors: [Float]) {
    let name = graph.nodes[constant.node].inputs[constant.input]
    guard let tensor = graph.floatConstant(name) else { return }
    let scaled =
      constant.axis.map { tensor.scaled(along: $0, by: factors) }
      ?? tensor.reshaped([tensor.count]).scaled(along: 0, by: factors).reshaped(tensor.shape)
    guard uses[name] ?? 0 > 1 else {
      graph.setInitializer(name, scaled)
      return
    }
    uses[name] = (uses[name] ?? 1) - 1
    let own = names.fresh("\(name)_scaled")
    uses[own] = 1
    graph.setInitializer(own, scaled)
    graph.nodes[constant.node].inputs[constant.input] = own
  }

  /// The largest magnitudes of a weight's slices for each channel of `source`.
  func largest(of use: ChannelUse, _ source: ChannelSource) -> [Float] {
    guard let weight = weight(of: use.node) else { return [] }
    let slices = weight.largestMagnitudes(along: use.axis)
    let repeats = source.block * use.slices
    return (0..<source.channels).map { channel in
      slices[(channel * repeats)..<((channel + 1) * repeats)].max() ?? 0
    }
  }
}
