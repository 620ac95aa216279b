import AssayCore
import AssayONNX

/// How large the input features are that weights multiply: ‖x‖₂/√n over the calibration data, by weight and feature.
///
/// n counts rows, and positions where an input has several (tokens, pixels); within one weight the division changes no
/// order, between weights it makes what is summed up often comparable with what is summed up once. A convolution's
/// feature is an input channel over all its positions; that kernels see the border less often is left out.
struct FeatureNorms {
  /// By name of the weight, divided by the largest of all; a value for each feature, group by group.
  private(set) var norms: [String: [Float]] = [:]
  /// A value whose features are measured, along one of its axes.
  private struct Input: Hashable {
    var value: String
    var axis: Axis
  }

  private enum Axis: Hashable {
    case first, second, last, beforeLast
  }

  /// - Throws: `calibration` without data or rows, or when the values have other features than the weights; `notFinite`.
  init(_ weights: [Weight], in model: Model, from source: (any ActivationSource)?) throws(MethodError) {
    guard let source else {
      throw MethodError(
        .calibration, "criterion: wanda needs calibration data, and there are none",
        remedy: "name some under data: calibration:, or take another criterion")
    }
    let inputs = Self.inputs(of: weights, model.graph).found
    var order: [Input] = []
    var positions: [Input: Int] = [:]
    for input in weights.compactMap({ inputs[$0.name] }).flatMap({ $0 }) where positions[input] == nil {
      positions[input] = order.count
      order.append(input)
    }
    var sums = [FeatureSums](repeating: FeatureSums(), count: order.count)
    if !order.isEmpty { try Self.observe(order, model, source, &sums) }
    for weight in weights {
      guard let layout = weight.layout, let used = inputs[weight.name] else { continue }
      let expected = layout.columns / layout.kernel * layout.groups
      var total = FeatureSums()
      for input in used {
        guard let position = positions[input] else { continue }
        try total.add(sums[position])
      }
      guard total.squares.count == expected else {
        throw MethodError(
          .calibration, "the input has \(total.squares.count) features, but the weight '\(weight.name)' \(expected)",
          at: Place(node: weight.node.label))
      }
      norms[weight.name] = total.rootMeanSquares
    }
    let largest = norms.values.reduce(Float(0)) { max($0, $1.max() ?? 0) }
    guard largest > 0 else { return }
    norms = norms.mapValues { $0.map { $0 / largest } }
  }

  /// Why weights have no norms, by name.
  static func obstacles(_ weights: [Weight], _ graph: Graph) -> [String: String] {
    inputs(of: weights, graph).obstacles
  }

  /// What each weight is multiplied with, in all nodes that use it, or why that cannot be seen.
  private static func inputs(
    of weights: [Weight], _ graph: Graph
  ) -> (found: [String: [Input]], obstacles: [String: String]) {
    var (inputs, obstacles) = ([String: [Input]](), [String: String]())
    let names = Set(weights.map(\.name))
    for node in graph.nodes where node.domain.isEmpty {
      for (position, name) in node.inputs.enumerated() where names.contains(name) {
        guard let (other, axis) = factor(of: node, weightAt: position), let value = node.input(other) else {
          obstacles[name] =
            obstacles[name] ?? "what its columns are multiplied with inside \(node.opType) cannot be seen"
          continue
        }
        guard graph.initializer(value) == nil else {
          obstacles[name] = "the input of '\(node.label)' is constant"
          continue
        }
        inputs[name, default: []].append(Input(value: value, axis: axis))
      }
    }
    for weight in weights where weight.layout == nil {
      obstacles[weight.name] = "\(weight.node.opType) has no rows of inputs that Assay knows"
    }
    for name in obstacles.keys { inputs[name] = nil }
    return (inputs, obstacles)
  }

  /// The other operand of a product, and the axis of its features.
  private static func factor(of node: Node, weightAt position: Int) -> (input: Int, axis: Axis)? {
    switch (node.opType, position) {
    case ("Conv", 1): (0, .second)
    case ("Gemm", 0): (1, node.int("transB") == 1 ? .last : .first)
    case ("Gemm", 1): (0, node.int("transA") == 1 ? .first : .last)
    case ("MatMul", 0): (1, .beforeLast)
    case ("MatMul", 1), ("LSTM", 1), ("GRU", 1), ("RNN", 1): (0, .last)
    default: nil
    }
  }

  private static func observe(
    _ order: [Input], _ model: Model, _ source: any ActivationSource, _ sums: inout [FeatureSums]
  ) throws(MethodError) {
    var values: [String] = []
    var positions: [String: Int] = [:]
    for input in order where positions[input.value] == nil {
      positions[input.value] = values.count
      values.append(input.value)
    }
    var rows = 0
    try source.observe(model, values: values) { batch throws(MethodError) in
      guard batch.count == values.count else {
        throw MethodError(.calibration, "\(batch.count) values were observed instead of \(values.count)")
      }
      rows += 1
      for (index, input) in order.enumerated() {
        guard let position = positions[input.value] else { continue }
        try sums[index].add(batch[position], along: input.axis, of: input.value)
      }
    }
    guard rows > 0 else {
      throw MethodError(.calibration, "the calibration data have no rows", remedy: "ask for more than zero rows")
    }
  }

  /// Sums of squares of the features of one value.
  private struct FeatureSums {
    var squares: [Double] = []
    /// Values of one feature.
    var count = 0

    var rootMeanSquares: [Float] { squares.map { Float(($0 / Double(max(count, 1))).squareRoot()) } }

    mutating func add(_ other: FeatureSums) throws(MethodError) {
      if squares.isEmpty { squares = [Double](repeating: 0, count: other.squares.count) }
      guard squares.count == other.squares.count else {
        throw MethodError(.calibration, "the users of a weight have inputs of different extents")
      }
      for index in squares.indices { squares[index] += other.squares[index] }
      count += other.count
    }

    mutating func add(_ tensor: Tensor, along axis: Axis, of value: String) throws(MethodError) {
      guard tensor.elementType == .float else {
        throw MethodError(.calibration, "the value is \(tensor.elementType), not float", at: Place(node: value))
      }
      let shape = tensor.shape
      let position =
        switch axis {
        case .first: 0
        case .second: 1
        case .last: shape.count - 1
        case .beforeLast: max(0, shape.count - 2)
        }
      guard shape.indices.contains(position), squares.isEmpty || squares.count == shape[position] else {
        throw MethodError(
          .calibration, "the value has the shape \(shape), which does not fit", at: Place(node: value))
      }
      let extent = shape[position]
      if squares.isEmpty { squares = [Double](repeating: 0, count: extent) }
      let inner = shape[(position + 1)...].reduce(1, *)
      guard tensor.count > 0 else { return }
      let isFinite = tensor.withElements(Float.self) { source in
        squares.withUnsafeMutableBufferPointer { squares in
          var start = 0
          while start < source.count {
            for feature in 0..<extent {
              var sum = 0.0
              for index in start..<(start + inner) { sum += Double(source[index]) * Double(source[index]) }
              squares[feature] += sum
              start += inner
            }
          }
          return squares.allSatisfy(\.isFinite)
        }
      }
      guard isFinite else {
        throw MethodError(
          .notFinite, "the value is NaN or infinite on the calibration data", at: Place(node: value),
          remedy: "check the preparation of the data (scale, mean, standard deviation)")
      }
      count += tensor.count / max(extent, 1)
    }
  }
}
