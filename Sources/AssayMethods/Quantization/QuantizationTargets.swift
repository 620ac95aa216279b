import AssayCore
import AssayONNX

/// A node whose multiplications shall be done with integers.
struct QuantizationTarget {
  var position: Int
  /// Name of the activation, the weights, and the bias where there is one.
  var input: String
  var weight: String
  var bias: String?
  /// The axis of the weights along which each output channel has a slice.
  var channelAxis: Int
}

/// Which nodes of a graph can be quantized, and why others cannot.
struct QuantizationTargets {
  private(set) var targets: [QuantizationTarget] = []
  private(set) var skips: [StepReport.Entry] = []

  /// - Parameter skipsConvolutions: The reason to leave convolutions alone, nil to take them.
  init(_ graph: Graph, _ filter: NameFilter, skipsConvolutions: String?) throws(MethodError) {
    let origins = WeightOrigins(graph)
    var candidates: [String] = []
    for (position, node) in graph.nodes.enumerated() {
      if WeightOrigins.isInteger(node) {
        candidates.append(node.label)
        skips.append(.init(node: node.label, text: "already quantized (\(node.opType))"))
        continue
      }
      guard node.domain.isEmpty else { continue }
      switch node.opType {
      case "Conv", "Gemm", "MatMul":
        candidates.append(node.label)
        if let reason = filter.reasonAgainst([node.label]) {
          skips.append(.init(node: node.label, text: reason))
        } else if node.opType == "Conv", let skipsConvolutions {
          skips.append(.init(node: node.label, text: skipsConvolutions))
        } else if let reason = Self.obstacle(node, graph, origins) {
          skips.append(.init(node: node.label, text: reason))
        } else {
          let axis = node.opType == "Conv" || node.int("transB") == 1 ? 0 : 1
          targets.append(
            QuantizationTarget(
              position: position, input: node.inputs[0], weight: node.inputs[1], bias: node.input(2), channelAxis: axis)
          )
        }
      case "ConvTranspose", "LSTM", "GRU", "RNN":
        candidates.append(node.label)
        skips.append(.init(node: node.label, text: "\(node.opType) stays float: engines have no integer kernel for it"))
      default: break
      }
    }
    try filter.check(against: candidates)
    for target in targets {
      guard let tensor = graph.constant(target.weight) else { continue }
      guard tensor.firstNotFinite() == nil else { throw notFinite(weight: target.weight, tensor) }
    }
  }

  /// Leaves operators in float that integers would not make faster.
  mutating func leave(_ entries: [IntegerGain.Entry]) {
    let positions = Set(entries.map(\.position))
    targets.removeAll { positions.contains($0.position) }
    for entry in entries {
      let factor = (100 * entry.integer / entry.float).rounded() / 100
      skips.append(
        .init(
          node: entry.label,
          text: "int8 would not pay on this CPU: about \(factor) times the instructions of float (only-gains: true)"))
    }
  }

  /// Why a convolution or matrix product cannot be quantized; nil when it can.
  private static func obstacle(_ node: Node, _ graph: Graph, _ origins: WeightOrigins) -> String? {
    guard let input = node.input(0), let name = node.input(1) else { return "an input is left out" }
    guard let weight = graph.constant(name) else { return origins.reason(against: name) }
    guard graph.constant(input) == nil else { return "its first operand is constant" }
    guard weight.elementType == .float else { return origins.reason(against: name) }
    guard weight.count > 0 else { return "its weights are empty" }
    switch node.opType {
    case "Conv":
      guard weight.shape.count >= 3 else { return "its weights have the unusual shape \(weight.shape)" }
    case "Gemm":
      guard weight.shape.count == 2 else { return "its weights are not a matrix" }
      guard node.int("transA") ?? 0 == 0 else { return "it transposes its input (transA)" }
      guard node.float("alpha") ?? 1 == 1, node.float("beta") ?? 1 == 1 else { return "its alpha or beta is not 1" }
    default:
      guard weight.shape.count == 2 else { return "its weights are not a matrix but have the shape \(weight.shape)" }
    }
    guard let biasName = node.input(2) else { return nil }
    let channels = weight.shape[node.opType == "Conv" || node.int("transB") == 1 ? 0 : 1]
    guard let bias = graph.constant(biasName), let vector = bias.broadcastVector(count: channels) else {
      return "its bias is not a constant float vector"
    }
    return vector.allSatisfy(\.isFinite) ? nil : "its bias is NaN or infinite"
  }
}
