import AssayCore
import AssayONNX

/// A constant weight with the bias beside it, as one matrix: what HashedNets calls the virtual weight matrix.
struct SharedLayer {
  /// Position of the node.
  var position: Int
  var node: Node
  /// Name of the weight's initializer.
  var weight: String
  var tensor: Tensor
  /// The bias: its values, one for each output, and the node and input that read it.
  var bias: (values: [Float], name: String, user: Int, input: Int)?
  /// Whether output channels are the columns of the weight, so that the bias becomes its last row.
  var outputsAreColumns: Bool

  var isConvolution: Bool { node.opType == "Conv" }
  var outputs: Int { outputsAreColumns ? tensor.shape[tensor.shape.count - 1] : tensor.shape[0] }
  /// Products that are summed up for one output.
  var inputs: Int { tensor.count / max(outputs, 1) }

  /// Extents of the weight with its bias; those of the weight alone without one.
  var joinedShape: [Int] {
    guard bias != nil else { return tensor.shape }
    return outputsAreColumns ? [inputs + 1, outputs] : [outputs, inputs + 1]
  }

  /// The weight with its bias as the last row or column.
  func joined() -> Tensor {
    guard let bias else { return tensor }
    return tensor.withElements(Float.self) { source in
      Tensor.floats(shape: joinedShape) { target in
        let width = joinedShape[1]
        if outputsAreColumns {
          for index in source.indices { target[index] = source[index] }
          for column in 0..<outputs { target[source.count + column] = bias.values[column] }
        } else {
          for row in 0..<outputs {
            for column in 0..<inputs { target[row * width + column] = source[row * inputs + column] }
            target[row * width + inputs] = bias.values[row]
          }
        }
      }
    }
  }
}

/// Which layers of a graph can take their weights from one shared matrix, and why others cannot.
struct SharedLayers {
  private(set) var layers: [SharedLayer] = []
  private(set) var skips: [StepReport.Entry] = []
  /// Names that the options may choose by.
  private(set) var candidates: [String] = []

  init(_ graph: Graph) {
    let index = GraphIndex(graph)
    for (position, node) in graph.nodes.enumerated() where node.domain.isEmpty {
      guard ["Conv", "Gemm", "MatMul"].contains(node.opType) else {
        if ["ConvTranspose", "LSTM", "GRU", "RNN"].contains(node.opType) {
          candidates.append(node.label)
          skips.append(
            .init(node: node.label, text: "\(node.opType) keeps its weights: only Conv, Gemm and MatMul are taken"))
        }
        continue
      }
      candidates.append(node.label)
      guard let name = node.input(1), let tensor = graph.constant(name) else {
        skips.append(.init(node: node.label, text: "its weights are computed, not constant"))
        continue
      }
      candidates.append(name)
      if let reason = Self.obstacle(
        node, tensor, users: index.consumers[name]?.count ?? 0, index.outputs.contains(name))
      {
        skips.append(.init(node: node.label, text: reason))
        continue
      }
      let outputsAreColumns = node.opType == "MatMul" || (node.opType == "Gemm" && node.int("transB") ?? 0 == 0)
      var layer = SharedLayer(
        position: position, node: node, weight: name, tensor: tensor, outputsAreColumns: outputsAreColumns)
      layer.bias = Self.bias(of: layer, graph, index)
      layers.append(layer)
    }
  }

  private static func obstacle(_ node: Node, _ tensor: Tensor, users: Int, _ isOutput: Bool) -> String? {
    guard tensor.elementType == .float else { return "its weights are \(tensor.elementType), not float" }
    guard tensor.count > 0 else { return "its weights are empty" }
    let isShaped = node.opType == "Conv" ? tensor.shape.count >= 3 : tensor.shape.count == 2
    guard isShaped else { return "its weights have the unusual shape \(tensor.shape)" }
    guard users == 1, !isOutput else { return "its weights are used elsewhere too" }
    return nil
  }

  /// The constant bias of a layer, in the node or added behind it, where nothing else reads it.
  private static func bias(
    of layer: SharedLayer, _ graph: Graph, _ index: GraphIndex
  ) -> (values: [Float], name: String, user: Int, input: Int)? {
    var place: (user: Int, input: Int)?
    if layer.node.opType != "MatMul" {
      place = (layer.position, 2)
    } else if let output = layer.node.output(0), let user = index.soleConsumer(of: output),
      graph.nodes[user].isONNX("Add"), graph.nodes[user].inputs.count == 2
    {
      place = (user, graph.nodes[user].inputs[0] == output ? 1 : 0)
    }
    guard let place, let name = graph.nodes[place.user].input(place.input), index.soleConsumer(of: name) == place.user,
      let tensor = graph.floatConstant(name), tensor.count == layer.outputs, tensor.shape.last == layer.outputs
    else { return nil }
    return (tensor.elements(Float.self), name, place.user, place.input)
  }
}

/// Writes layers that take weight and bias from one initializer.
struct SharedLayerWriter {
  private(set) var graph: Graph
  private var names: NameAllocator
  /// Nodes that go before the one at a position.
  private var added: [Int: [Node]] = [:]

  init(_ graph: Graph) {
    self.graph = graph
    names = NameAllocator(graph: graph)
  }

  func finished() -> Graph {
    var result = graph
    result.nodes = graph.nodes.enumerated().flatMap { (added[$0] ?? []) + [$1] }
    _ = result.removeDead()
    return result
  }

  /// Lets a layer compute with `dense`, the weight and its bias as `SharedLayer.joined` lays them out.
  ///
  /// - Returns: The name of the initializer that holds it.
  mutating func write(_ layer: SharedLayer, _ dense: Tensor) -> String {
    guard let bias = layer.bias else {
      graph.setInitializer(layer.weight, dense)
      return layer.weight
    }
    let joined = names.fresh("\(layer.weight)_hashed")
    graph.setInitializer(joined, dense)
    let axis = layer.outputsAreColumns ? 0 : 1
    let shape = graph.constant(bias.name)?.shape ?? [layer.outputs]
    let weight = part(
      joined, 0..<layer.inputs, axis: axis, layer.weight, shape: layer.tensor.shape,
      isShaped: layer.tensor.shape.count == 2, before: layer.position)
    let vector = part(
      joined, layer.inputs..<(layer.inputs + 1), axis: axis, bias.name, shape: shape,
      isShaped: shape == (axis == 0 ? [1, layer.outputs] : [layer.outputs, 1]), before: layer.position)
    graph.nodes[layer.position].inputs[1] = weight
    graph.nodes[bias.user].inputs[bias.input] = vector
    return joined
  }

  /// Rows or columns of the joined matrix, in the shape of what they stand for.
  private mutating func part(
    _ joined: String, _ range: Range<Int>, axis: Int, _ stem: String, shape: [Int], isShaped: Bool, before position: Int
  ) -> String {
    let slice = names.fresh("\(stem)_Slice")
    var value = names.fresh("\(stem)_part")
    added[position, default: []].append(
      Node(
        "Slice", name: slice,
        inputs: [
          joined, constant(slice, [range.lowerBound]), constant(slice, [range.upperBound]), constant(slice, [axis]),
        ],
        outputs: [value]))
    guard !isShaped else { return value }
    let reshape = names.fresh("\(stem)_Reshape")
    let shaped = names.fresh("\(stem)_shaped")
    added[position, default: []].append(
      Node("Reshape", name: reshape, inputs: [value, constant(reshape, shape)], outputs: [shaped]))
    value = shaped
    return value
  }

  private mutating func constant(_ stem: String, _ values: [Int]) -> String {
    let name = names.fresh("\(stem)_constant")
    graph.setInitializer(name, Tensor(values.map { Int64($0) }, shape: [values.count]))
    return name
  }
}
