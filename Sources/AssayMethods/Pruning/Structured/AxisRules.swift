import AssayCore
import AssayONNX

/// One node as a rule sees it.
struct AxisCall {
  let node: Node
  /// Position among the nodes of the graph.
  let position: Int
  /// Version of the operator set of the node's domain.
  let version: Int
  let graph: Graph
  let shapes: InferredShapes

  /// The integers of an input, where they follow from constants and shapes.
  func integers(_ input: Int) -> [Int]? { node.input(input).flatMap { shapes[$0].fixedIntegers } }

  /// A list given by the attribute or, in newer operator sets, by the input; nil where it is computed.
  ///
  /// An empty list when there is neither.
  func list(_ name: String, orInput input: Int) -> [Int]? {
    if let values = node.ints(name) { return values }
    return node.input(input) == nil ? [] : integers(input)
  }
}

/// Says which indices of the axes around a node can only be cut together; what it leaves untouched is frozen.
typealias AxisRule = @Sendable (_ call: AxisCall, _ axes: inout ChannelAxes) -> Void

/// The one list of operators through which channels are followed; others freeze what they touch.
///
/// A rule may tie an axis only if the operator works on each index of it alone, or sums over it with a weight.
enum AxisRules {
  static func rule(for node: Node) -> AxisRule? {
    node.domain.isEmpty ? rules[node.opType] : node.domain == "com.microsoft" ? microsoftRules[node.opType] : nil
  }

  /// Operators whose work depends on how all elements lie; they are followed after all others.
  static let layouts: Set<String> = ["Reshape", "Flatten"]

  private static let rules: [String: AxisRule] = [
    // Products
    "Conv": convolution, "ConvTranspose": transposedConvolution, "Gemm": gemm, "MatMul": matMul,
    "LSTM": recurrent, "GRU": recurrent, "RNN": recurrent,
    // Each element alone
    "Relu": likeInput, "LeakyRelu": likeInput, "ThresholdedRelu": likeInput, "Elu": likeInput, "Celu": likeInput,
    "Selu": likeInput, "Gelu": likeInput, "Mish": likeInput, "Sigmoid": likeInput, "HardSigmoid": likeInput,
    "HardSwish": likeInput, "Softplus": likeInput, "Softsign": likeInput, "Tanh": likeInput, "Erf": likeInput,
    "Exp": likeInput, "Log": likeInput, "Sqrt": likeInput, "Abs": likeInput, "Neg": likeInput,
    "Reciprocal": likeInput, "Floor": likeInput, "Ceil": likeInput, "Round": likeInput, "Sign": likeInput,
    "Sin": likeInput, "Cos": likeInput, "Tan": likeInput, "Sinh": likeInput, "Cosh": likeInput, "Asin": likeInput,
    "Acos": likeInput, "Atan": likeInput, "Asinh": likeInput, "Acosh": likeInput, "Atanh": likeInput,
    "Shrink": likeInput, "Not": likeInput, "IsNaN": likeInput, "IsInf": likeInput, "Identity": likeInput,
    "Cast": likeInput, "CastLike": likeInput, "Clip": likeInput, "Dropout": likeInput,
    "PRelu": elementwise, "Add": elementwise, "Sub": elementwise, "Mul": elementwise, "Div": elementwise,
    "Pow": elementwise, "Mod": elementwise, "Min": elementwise, "Max": elementwise, "Sum": elementwise,
    "Mean": elementwise, "And": elementwise, "Or": elementwise, "Xor": elementwise, "Equal": elementwise,
    "Less": elementwise, "LessOrEqual": elementwise, "Greater": elementwise, "GreaterOrEqual": elementwise,
    "Where": elementwise,
    // Each channel alone
    "BatchNormalization": batchNormalization, "InstanceNormalization": instanceNormalization,
    "MaxPool": pooling, "AveragePool": pooling, "LpPool": pooling, "GlobalAveragePool": pooling,
    "GlobalMaxPool": pooling, "GlobalLpPool": pooling, "Resize": resize, "Upsample": resize,
    // All but some axes
    "LayerNormalization": layerNormalization, "RMSNormalization": layerNormalization,
    "Softmax": softmax, "LogSoftmax": softmax, "Hardmax": softmax,
    "LpNormalization": allButAxis(default: -1), "CumSum": allButAxisInput, "TopK": allButAxis(default: -1),
    "LRN": allButChannels, "MeanVarianceNormalization": meanVariance,
    "ArgMax": argument, "ArgMin": argument,
    "ReduceSum": reduction, "ReduceMean": reduction, "ReduceMax": reduction, "ReduceMin": reduction,
    "ReduceProd": reduction, "ReduceL1": reduction, "ReduceL2": reduction, "ReduceLogSum": reduction,
    "ReduceLogSumExp": reduction, "ReduceSumSquare": reduction,
    // The same elements elsewhere
    "Reshape": reshape, "Flatten": flatten, "Transpose": transpose, "Squeeze": squeeze, "Unsqueeze": squeeze,
    "Concat": concat, "Split": split, "Slice": slice, "Pad": pad, "Gather": gather, "Tile": tile,
  ]

  private static let microsoftRules: [String: AxisRule] = [
    "Gelu": likeInput, "QuickGelu": likeInput, "FastGelu": elementwise, "BiasGelu": elementwise,
    "SkipLayerNormalization": layerNormalization, "Attention": attention,
  ]

  // MARK: Elements and channels alone

  /// Outputs like the first input; further inputs are numbers.
  static func likeInput(_ call: AxisCall, _ axes: inout ChannelAxes) {
    guard let x = axes.axes(of: call.node.input(0)) else { return }
    for output in call.node.outputs where !output.isEmpty {
      guard let y = axes.axes(of: output), y.count == x.count else { continue }
      for (a, b) in zip(x, y) { axes.tie(a, b) }
    }
  }

  static func elementwise(_ call: AxisCall, _ axes: inout ChannelAxes) {
    // Before opset 7 operands were aligned by an attribute.
    guard call.node.int("broadcast") ?? 0 == 0, let output = call.node.output(0), let y = axes.axes(of: output) else {
      return
    }
    for input in call.node.inputs where !input.isEmpty {
      if let x = axes.axes(of: input) { axes.tieBroadcast(x, y) } else { y.forEach { axes.freeze($0) } }
    }
  }

  static func batchNormalization(_ call: AxisCall, _ axes: inout ChannelAxes) {
    guard let x = axes.axes(of: call.node.input(0)), let y = axes.axes(of: call.node.output(0)), x.count == y.count,
      x.count >= 2
    else { return }
    for (a, b) in zip(x, y) { axes.tie(a, b) }
    for input in 1...4 {
      guard let name = call.node.input(input), let parameter = axes.axes(of: name), parameter.count == 1 else {
        axes.freeze(x[1])
        continue
      }
      axes.tie(parameter[0], x[1])
      if input == 1, call.graph.constant(name)?.elementType == .float {
        axes.add(ChannelAxes.Scale(weight: name, axis: parameter[0]))
      }
    }
  }

  static func instanceNormalization(_ call: AxisCall, _ axes: inout ChannelAxes) {
    guard let x = axes.axes(of: call.node.input(0)), let y = axes.axes(of: call.node.output(0)), x.count == y.count,
      x.count >= 2
    else { return }
    for axis in 0...1 { axes.tie(x[axis], y[axis]) }
    for input in 1...2 {
      let parameter = axes.axes(of: call.node.input(input)) ?? []
      axes.tie(parameter.count == 1 ? parameter[0] : nil, x[1])
    }
  }

  /// Windows over the axes after the channels; these are frozen.
  static func pooling(_ call: AxisCall, _ axes: inout ChannelAxes) {
    guard let x = axes.axes(of: call.node.input(0)), let y = axes.axes(of: call.node.output(0)), x.count == y.count,
      x.count >= 2
    else { return }
    for axis in 0...1 { axes.tie(x[axis], y[axis]) }
    // The indices of MaxPool count through all channels.
    if call.node.output(1) != nil { axes.freeze(x[1]) }
  }

  static func resize(_ call: AxisCall, _ axes: inout ChannelAxes) {
    // Sizes would name the number of channels.
    if call.node.opType == "Resize", call.node.input(3) != nil { return }
    pooling(call, &axes)
  }

  // MARK: All but some axes

  /// Ties the axes of the first input to those of every output of the same rank, but for those in `excluded`.
  private static func tie(_ call: AxisCall, excluding excluded: Set<Int>, _ axes: inout ChannelAxes) {
    guard let x = axes.axes(of: call.node.input(0)) else { return }
    for output in call.node.outputs where !output.isEmpty {
      guard let y = axes.axes(of: output), y.count == x.count else { continue }
      for axis in x.indices where !excluded.contains(axis) { axes.tie(x[axis], y[axis]) }
    }
  }

  /// An axis counted from the front; nil when there is none such.
  static func resolved(_ axis: Int, rank: Int) -> Int? {
    let front = axis < 0 ? axis + rank : axis
    return 0..<rank ~= front ? front : nil
  }

  private static func rank(_ call: AxisCall, _ axes: ChannelAxes) -> Int? { axes.axes(of: call.node.input(0))?.count }

  static func layerNormalization(_ call: AxisCall, _ axes: inout ChannelAxes) {
    guard let rank = rank(call, axes), let first = resolved(call.node.int("axis") ?? -1, rank: rank) else { return }
    if call.node.opType == "SkipLayerNormalization" {
      // Input and skip are added before; both keep the normalized axis.
      guard let x = axes.axes(of: call.node.input(0)), let skip = axes.axes(of: call.node.input(1)),
        skip.count == x.count
      else { return }
      for axis in 0..<first { axes.tie(x[axis], skip[axis]) }
    }
    tie(call, excluding: Set(first..<rank), &axes)
  }

  static func softmax(_ call: AxisCall, _ axes: inout ChannelAxes) {
    guard let rank = rank(call, axes) else { return }
    guard let axis = resolved(call.node.int("axis") ?? (call.version < 13 ? 1 : -1), rank: rank) else { return }
    tie(call, excluding: call.version < 13 ? Set(axis..<rank) : [axis], &axes)
  }

  static func allButAxis(default fallback: Int) -> AxisRule {
    { call, axes in
      guard let rank = rank(call, axes), let axis = resolved(call.node.int("axis") ?? fallback, rank: rank) else {
        return
      }
      tie(call, excluding: [axis], &axes)
    }
  }

  static func allButAxisInput(_ call: AxisCall, _ axes: inout ChannelAxes) {
    guard let rank = rank(call, axes), let given = call.integers(1)?.first, let axis = resolved(given, rank: rank)
    else { return }
    tie(call, excluding: [axis], &axes)
  }

  static func allButChannels(_ call: AxisCall, _ axes: inout ChannelAxes) { tie(call, excluding: [1], &axes) }

  static func meanVariance(_ call: AxisCall, _ axes: inout ChannelAxes) {
    guard let rank = rank(call, axes) else { return }
    tie(call, excluding: Set((call.node.ints("axes") ?? [0, 2, 3]).compactMap { resolved($0, rank: rank) }), &axes)
  }

  static func argument(_ call: AxisCall, _ axes: inout ChannelAxes) {
    reduce(call, over: [call.node.int("axis") ?? 0], &axes)
  }

  static func reduction(_ call: AxisCall, _ axes: inout ChannelAxes) {
    guard let list = call.list("axes", orInput: 1) else { return }
    if list.isEmpty, call.node.int("noop_with_empty_axes") == 1 { return likeInput(call, &axes) }
    if !list.isEmpty { reduce(call, over: list, &axes) }
  }

  private static func reduce(_ call: AxisCall, over list: [Int], _ axes: inout ChannelAxes) {
    guard let x = axes.axes(of: call.node.input(0)), let y = axes.axes(of: call.node.output(0)) else { return }
    let reduced = Set(list.compactMap { resolved($0, rank: x.count) })
    guard reduced.count == list.count else { return }
    let keepsAxes = call.node.int("keepdims") ?? 1 != 0
    let kept = x.indices.filter { !reduced.contains($0) }
    guard y.count == (keepsAxes ? x.count : kept.count) else { return }
    for (place, axis) in kept.enumerated() { axes.tie(x[axis], y[keepsAxes ? axis : place]) }
  }
}
