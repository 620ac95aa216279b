import AssayCore
import AssayONNX

/// Where the quantize–dequantize pairs of a graph go, so that an engine finds a pair around every integer operator.
///
/// - A convolution's result is always quantized, a matrix product's only where an integer operator uses it.
/// - Between an operator and the only `Relu` or `Clip` after it stands no pair: the engine fuses them, and clamping is
///   what a zero point of zero does anyway.
/// - Operators that only move or choose values (pooling by maximum, reshaping) pass the scale of their input on.
/// - `Add`, `Mul`, `Concat` and mean pooling become integer where all their inputs come from integer operators and an
///   integer operator uses their result; elsewhere quantizing would cost accuracy and time.
struct ActivationPlan {
  /// One scale and zero point.
  struct Scale {
    /// The value whose range on calibration data decides.
    var observed: String
  }
  /// A value that gets a pair.
  struct Pair {
    var value: String
    /// Index into `scales`.
    var scale: Int
    /// Whether every user reads the dequantized value; else only integer operators do.
    var replacesAllUses: Bool
  }

  private(set) var scales: [Scale] = []
  /// In the order of the nodes that make the values; inputs of the graph first.
  private(set) var pairs: [Pair] = []
  /// Nodes, targets or others, that read quantized values.
  private(set) var integerNodes: Set<Int>
  /// Index into `scales` of each value that has one.
  private(set) var scaleOfValue: [String: Int] = [:]

  private let graph: Graph
  private let index: GraphIndex
  private let targets: Set<Int>
  /// Values that an integer operator reads, which therefore get a pair.
  private var wanted: Set<String> = []
  /// Values between an operator and the clamp after it, which share a scale but get no pair.
  private var unplaced: Set<String> = []

  private static let movers: Set<String> = ["MaxPool", "Flatten", "Reshape", "Transpose", "Squeeze", "Unsqueeze"]
  private static let combiners: Set<String> = ["Add", "Mul", "Concat", "AveragePool", "GlobalAveragePool"]

  init(_ graph: Graph, targets: [QuantizationTarget]) {
    self.graph = graph
    self.index = GraphIndex(graph)
    self.targets = Set(targets.map(\.position))
    self.integerNodes = self.targets
    chooseValues(madeByIntegers: valuesMadeByIntegers())
    assignScales()
  }

  private func isMover(_ node: Node) -> Bool {
    node.domain.isEmpty && Self.movers.contains(node.opType) && node.outputs.dropFirst().allSatisfy(\.isEmpty)
      && node.input(0).map { graph.constant($0) == nil } ?? false
  }

  private func isCombiner(_ node: Node) -> Bool {
    node.domain.isEmpty && Self.combiners.contains(node.opType)
      && !node.inputs.isEmpty && node.inputs.allSatisfy { !$0.isEmpty && graph.constant($0) == nil }
  }

  private func isClamp(_ node: Node) -> Bool {
    if node.isONNX("Relu") { return true }
    return node.isONNX("Clip") && node.inputs.dropFirst().allSatisfy { $0.isEmpty || graph.constant($0) != nil }
  }

  /// The clamp that alone uses `value`.
  private func clamp(after value: String) -> Int? {
    guard let user = index.soleConsumer(of: value), isClamp(graph.nodes[user]), graph.nodes[user].inputs[0] == value
    else { return nil }
    return user
  }

  /// Values that would come out of integer operators if all that can be were.
  private func valuesMadeByIntegers() -> Set<String> {
    var made = Set(graph.requiredInputs.map(\.name))
    for (position, node) in graph.nodes.enumerated() {
      let isInteger =
        targets.contains(position)
        || (isMover(node) || isClamp(node)) && made.contains(node.inputs[0])
        || isCombiner(node) && node.inputs.allSatisfy(made.contains)
      if isInteger { made.formUnion(node.outputs) }
    }
    return made
  }

  /// Walks from the outputs to the inputs and decides which values are wanted as integers.
  private mutating func chooseValues(madeByIntegers made: Set<String>) {
    for (position, node) in graph.nodes.enumerated().reversed() {
      guard let output = node.output(0) else { continue }
      if targets.contains(position) {
        if node.opType == "Conv", !wanted.contains(output), !unplaced.contains(output) {
          if let clamp = clamp(after: output), let clamped = graph.nodes[clamp].output(0) {
            unplaced.insert(output)
            wanted.insert(clamped)
            integerNodes.insert(clamp)
          } else {
            wanted.insert(output)
          }
        }
        wanted.insert(node.inputs[0])
      } else if isClamp(node), wanted.contains(output) || unplaced.contains(output), clamp(after: node.inputs[0]) == position {
        unplaced.insert(node.inputs[0])
        integerNodes.insert(position)
      } else if isMover(node), wanted.contains(output) || unplaced.contains(output) {
        wanted.insert(node.inputs[0])
        integerNodes.insert(position)
      } else if isCombiner(node), wanted.contains(output) || unplaced.contains(output),
        node.inputs.allSatisfy(made.contains)
      {
        wanted.formUnion(node.inputs)
        integerNodes.insert(position)
      }
    }
  }

  private mutating func assignScales() {
    for input in graph.requiredInputs where wanted.contains(input.name) {
      place(input.name, scale: newScale(for: input.name), replacesAllUses: false)
    }
    for (position, node) in graph.nodes.enumerated() {
      for output in node.outputs where wanted.contains(output) || unplaced.contains(output) {
        let isInteger = integerNodes.contains(position)
        let sharesScale = isInteger && !targets.contains(position) && (isMover(node) || isClamp(node))
        let scale = sharesScale ? scaleOfValue[node.inputs[0]] ?? newScale(for: output) : newScale(for: output)
        scaleOfValue[output] = scale
        if wanted.contains(output) { place(output, scale: scale, replacesAllUses: isInteger) }
      }
    }
  }

  private mutating func place(_ value: String, scale: Int, replacesAllUses: Bool) {
    scaleOfValue[value] = scale
    pairs.append(Pair(value: value, scale: scale, replacesAllUses: replacesAllUses))
  }

  /// Adds a scale that begins with `value`.
  ///
  /// The range is taken as late as possible: clamping commutes with taking maxima and with moving values, so what a
  /// `Relu` or a pooling by maximum drops later need not be represented before.
  private mutating func newScale(for value: String) -> Int {
    var observed = value
    while let user = index.soleConsumer(of: observed), integerNodes.contains(user), !targets.contains(user),
      isMover(graph.nodes[user]) || isClamp(graph.nodes[user]), graph.nodes[user].inputs[0] == observed,
      let next = graph.nodes[user].output(0), wanted.contains(next) || unplaced.contains(next)
    {
      observed = next
    }
    scales.append(Scale(observed: observed))
    return scales.count - 1
  }
}
