import AssayCore
import AssayONNX

/// A constant weight and the nodes that multiply with it.
struct WeightOnlyTarget {
  /// A node and the value that it multiplies the weight with.
  struct Use {
    var position: Int
    var node: Node
    var input: String
  }

  /// Name of the initializer.
  var name: String
  var tensor: Tensor
  /// Whether output channels are the columns of the weight.
  var isTransposed: Bool
  var isConvolution: Bool
  /// Groups of a convolution; its rows are split evenly among them.
  var groups: Int
  var uses: [Use]

  /// The weights with an output channel in each row.
  func matrix() -> Tensor {
    if isTransposed { return tensor.transposedMatrix() }
    return tensor.reshaped([tensor.shape[0], tensor.count / tensor.shape[0]])
  }
}

/// Which weights of a graph can be stored in few bits, and why others cannot.
struct WeightOnlyTargets {
  private(set) var targets: [WeightOnlyTarget] = []
  private(set) var skips: [StepReport.Entry] = []

  /// - Throws: `notFinite` naming a weight, `badOption` for a name that matches nothing.
  init(_ graph: Graph, _ filter: NameFilter, takesConvolutions: Bool) throws(MethodError) {
    let origins = WeightOrigins(graph)
    var candidates: [String] = []
    var places: [String: Int] = [:]
    for (position, node) in graph.nodes.enumerated() {
      if WeightOrigins.isInteger(node) {
        candidates.append(node.label)
        skips.append(.init(node: node.label, text: "already quantized (\(node.opType))"))
        continue
      }
      guard node.domain.isEmpty else { continue }
      switch node.opType {
      case "Conv", "Gemm", "MatMul":
        let names = [node.label] + [node.input(1)].compactMap { $0 }.filter { graph.constant($0) != nil }
        candidates += names
        if let reason = filter.reasonAgainst(names) {
          skips.append(.init(node: node.label, text: reason))
        } else if node.opType == "Conv", !takesConvolutions {
          skips.append(.init(node: node.label, text: "left out, as asked for (convolutions: false)"))
        } else if let reason = Self.obstacle(node, graph, origins) {
          skips.append(.init(node: node.label, text: reason))
        } else if let tensor = graph.constant(node.inputs[1]) {
          add(node, position, tensor, &places)
        }
      case "ConvTranspose", "LSTM", "GRU", "RNN":
        candidates.append(node.label)
        skips.append(.init(node: node.label, text: "\(node.opType) stays float: only Conv, Gemm and MatMul are taken"))
      default: break
      }
    }
    try filter.check(against: candidates)
    for target in targets {
      guard target.tensor.firstNotFinite() == nil else { throw notFinite(weight: target.name, target.tensor) }
    }
  }

  private mutating func add(_ node: Node, _ position: Int, _ tensor: Tensor, _ places: inout [String: Int]) {
    let isConvolution = node.opType == "Conv"
    let groups = isConvolution ? max(node.int("group") ?? 1, 1) : 1
    let isTransposed = !isConvolution && !(node.opType == "Gemm" && node.int("transB") ?? 0 != 0)
    let use = WeightOnlyTarget.Use(position: position, node: node, input: node.inputs[0])
    let key = "\(isConvolution) \(groups) \(isTransposed) \(node.inputs[1])"
    if let place = places[key] {
      targets[place].uses.append(use)
    } else {
      places[key] = targets.count
      targets.append(
        WeightOnlyTarget(
          name: node.inputs[1], tensor: tensor, isTransposed: isTransposed, isConvolution: isConvolution,
          groups: groups, uses: [use]))
    }
  }

  /// Why a convolution or matrix product is left alone; nil when it is not.
  private static func obstacle(_ node: Node, _ graph: Graph, _ origins: WeightOrigins) -> String? {
    guard let input = node.input(0), let name = node.input(1) else { return "an input is left out" }
    guard let weight = graph.floatConstant(name) else { return origins.reason(against: name) }
    guard graph.constant(input) == nil else { return "its first operand is constant" }
    guard weight.count > 0 else { return "its weights are empty" }
    let isConvolution = node.opType == "Conv"
    guard isConvolution ? weight.shape.count >= 3 : weight.shape.count == 2 else {
      return "its weights have the unusual shape \(weight.shape)"
    }
    if isConvolution, let groups = node.int("group"), groups < 1 || weight.shape[0] % groups != 0 {
      return "its \(weight.shape[0]) filters do not fit \(groups) groups"
    }
    return nil
  }
}
