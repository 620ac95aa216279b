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

  private static let integerOperators: Set<String> = [
    "ConvInteger", "MatMulInteger", "QLinearConv", "QLinearMatMul", "QGemm", "DynamicQuantizeMatMul",
    "MatMulIntegerToFloat", "MatMulNBits",
  ]

  /// - Throws: `notFinite` naming a weight, `badOption` for a name that matches nothing.
  init(_ graph: Graph, _ filter: NameFilter, takesConvolutions: Bool) throws(MethodError) {
    let search = WeightObstacles(graph)
    var candidates: [String] = []
    var places: [String: Int] = [:]
    for (position, node) in graph.nodes.enumerated() {
      if Self.integerOperators.contains(node.opType) {
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
        } else if let reason = search.obstacle(node) {
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
      let isFinite = target.tensor.withElements(Float.self) { values in values.allSatisfy(\.isFinite) }
      guard isFinite else { throw notFinite(weight: target.name, target.tensor) }
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
}

/// Looks for reasons to leave a weight as it is.
private struct WeightObstacles {
  private let graph: Graph
  private let index: GraphIndex

  init(_ graph: Graph) { (self.graph, index) = (graph, GraphIndex(graph)) }

  /// Why a convolution or matrix product is left alone; nil when it is not.
  func obstacle(_ node: Node) -> String? {
    guard let input = node.input(0), let name = node.input(1) else { return "an input is left out" }
    guard let weight = graph.constant(name) else {
      if graph.initializer(name) != nil { return "its weights have an element type unknown here" }
      return origin(of: name)
    }
    guard graph.constant(input) == nil else { return "its first operand is constant" }
    guard weight.elementType == .float else {
      let isQuantized = (weight.elementType.bitWidth ?? 64) <= 8
      return isQuantized
        ? "already quantized (\(weight.elementType))" : "its weights are \(weight.elementType), not float"
    }
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

  /// What weights that are no constant are made from.
  private func origin(of value: String) -> String {
    var seen: Set<String> = []
    var open = [value]
    var integers: String?
    while let name = open.popLast() {
      guard seen.insert(name).inserted else { continue }
      if let constant = graph.initializer(name) {
        // Shapes are of 64 bits; what is narrower holds the weights.
        if let type = constant.tensor?.elementType, !type.isFloatingPoint, type != .int64, constant.shape.count > 1 {
          integers = integers ?? name
        }
      } else if let maker = index.producer[name] {
        open += graph.nodes[maker].inputs.filter { !$0.isEmpty }
      } else {
        return "its weights are computed, not constant"
      }
    }
    return integers.map { "already quantized: its weights are unpacked from '\($0)'" }
      ?? "its weights are computed, not constant"
  }
}
