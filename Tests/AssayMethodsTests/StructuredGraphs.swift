import AssayCore
import AssayONNX
import AssayRuntime
import AssayTestSupport

@testable import AssayMethods

/// A random network of the operators through which channels are followed.
struct RandomNetwork {
  private var generator: SeededGenerator
  private var graph = GraphBuilder()
  private var value: String
  private var channels: Int
  private var extent = 8
  /// Whether every activation maps 0 to 0.
  private let keepsZero: Bool

  static func model(seed: UInt64, keepsZero: Bool) -> Model {
    var network = RandomNetwork(seed: seed, keepsZero: keepsZero)
    return network.build()
  }

  private init(seed: UInt64, keepsZero: Bool) {
    generator = SeededGenerator(seed: seed)
    self.keepsZero = keepsZero
    channels = 2
    value = graph.input("x", dimensions: [seed % 2 == 0 ? .symbolic("N") : .fixed(2), .fixed(2), .fixed(8), .fixed(8)])
  }

  private mutating func build() -> Model {
    conv(to: generator.integer(in: 3...6))
    for _ in 0..<generator.integer(in: 2...6) { step() }
    let features = finish()
    let hidden = generator.integer(in: 3...6)
    let first = dense(value, features, hidden, transposed: true)
    let second = dense(graph.node("Relu", [first]), hidden, 3, transposed: false)
    return graph.model(outputs: [second], shape: nil)
  }

  private mutating func weight(_ shape: [Int]) -> String { graph.constant(generator.tensor(shape)) }

  private mutating func convolution(
    _ input: String, _ from: Int, _ to: Int, kernel: Int = 3, groups: Int = 1
  ) -> String {
    graph.node(
      "Conv",
      [input, weight([to, from / groups, kernel, kernel])] + (generator.index(below: 3) == 0 ? [] : [weight([to])]),
      [
        Attribute("pads", ints: [Int](repeating: kernel / 2, count: 4)), Attribute("group", int: groups),
        Attribute("kernel_shape", ints: [kernel, kernel]),
      ])
  }

  private mutating func conv(to count: Int) {
    value = convolution(value, channels, count, kernel: generator.index(below: 2) == 0 ? 1 : 3)
    channels = count
    activate()
  }

  private mutating func activate() {
    switch generator.index(below: keepsZero ? 4 : 6) {
    case 0: value = graph.node("Relu", [value])
    case 1: value = graph.node("LeakyRelu", [value])
    case 2: value = graph.node("PRelu", [value, weight([channels, 1, 1])])
    case 3:
      let (low, high) = (graph.constant(Tensor(scalar: Float(-1))), graph.constant(Tensor(scalar: Float(6))))
      value = graph.node("Clip", [value, low, high])
    case 4: value = graph.node("Sigmoid", [value])
    default: value = graph.node("Add", [value, weight([1, channels, 1, 1])])
    }
  }

  private mutating func step() {
    switch generator.index(below: 11) {
    case 0: conv(to: generator.integer(in: 2...6))
    case 1: value = convolution(value, channels, channels, groups: channels)  // depthwise
    case 2:
      let per = generator.integer(in: 1...2)
      conv(to: channels * 2)
      value = convolution(value, channels, channels / 2 * per, groups: channels / 2)
      channels = channels / 2 * per
    case 3:
      let branch = graph.node("Relu", [convolution(value, channels, channels)])
      value = graph.node("Add", [convolution(branch, channels, channels), value])
    case 4:
      let widths = (generator.integer(in: 2...4), generator.integer(in: 2...4))
      let (a, b) = (convolution(value, channels, widths.0), convolution(value, channels, widths.1, kernel: 1))
      value = graph.node("Concat", [a, value, b], [Attribute("axis", int: 1)])
      channels += widths.0 + widths.1
    case 5: normalize()
    case 6: squeezeAndExcite()
    case 7 where extent > 2:
      value = graph.node(
        generator.index(below: 2) == 0 ? "MaxPool" : "AveragePool", [value],
        [Attribute("kernel_shape", ints: [2, 2]), Attribute("strides", ints: [2, 2])])
      extent /= 2
    case 8:
      let to = generator.integer(in: 2...5)
      value = graph.node(
        "ConvTranspose", [value, weight([channels, to, 3, 3]), weight([to])], [Attribute("pads", ints: [1, 1, 1, 1])])
      channels = to
    case 9: splitAndSlice()
    default:
      let padded = graph.node("Pad", [value, graph.constant(ints: [0, 0, 1, 1, 0, 0, 1, 1])])
      value = graph.node("MaxPool", [padded], [Attribute("kernel_shape", ints: [3, 3])])
    }
  }

  private mutating func normalize() {
    if generator.index(below: 3) == 0 {
      value = graph.node("InstanceNormalization", [value, weight([channels]), weight([channels])])
    } else {
      value = graph.node(
        "BatchNormalization",
        [
          value, weight([channels]), weight([channels]), weight([channels]),
          graph.constant(generator.tensor([channels], in: 0.5...2)),
        ])
    }
  }

  private mutating func squeezeAndExcite() {
    let mean = graph.node("Flatten", [graph.node("GlobalAveragePool", [value])])
    let squeezed = graph.node("Relu", [dense(mean, channels, 3, transposed: true)])
    let gate = graph.node("Sigmoid", [dense(squeezed, 3, channels, transposed: false)])
    let shaped = graph.node("Reshape", [gate, graph.constant(ints: [-1, channels, 1, 1])])
    value = graph.node("Mul", [value, shaped])
  }

  private mutating func splitAndSlice() {
    guard channels >= 4 else { return }
    let parts = graph.node(
      "Split", [value, graph.constant(ints: [2, channels - 2])], [Attribute("axis", int: 1)], outputCount: 2)
    let slice = graph.node(
      "Slice",
      [value, graph.constant(ints: [1]), graph.constant(ints: [1 << 40]), graph.constant(ints: [1])])
    value = graph.node(
      "Concat", [convolution(parts[1], channels - 2, 3), parts[0], slice], [Attribute("axis", int: 1)])
    channels += 4
  }

  private mutating func dense(_ input: String, _ from: Int, _ to: Int, transposed: Bool) -> String {
    guard generator.index(below: 3) > 0 else { return graph.node("MatMul", [input, weight([from, to])]) }
    return graph.node(
      "Gemm", [input, weight(transposed ? [to, from] : [from, to]), weight([to])],
      [Attribute("transB", int: transposed ? 1 : 0)])
  }

  /// Makes a matrix of features of `value` and returns their number.
  private mutating func finish() -> Int {
    switch generator.index(below: 4) {
    case 0:
      value = graph.node("Flatten", [graph.node("GlobalAveragePool", [value])])
      return channels
    case 1:
      value = graph.node("Flatten", [value])
    case 2:
      let last = graph.node("Transpose", [value], [Attribute("perm", ints: [0, 2, 3, 1])])
      value = graph.node("Reshape", [last, graph.constant(ints: [-1, channels * extent * extent])])
    default:
      value = graph.node("ReduceMean", [value], [Attribute("axes", ints: [2, 3]), Attribute("keepdims", int: 0)])
      return channels
    }
    return channels * extent * extent
  }
}

/// A transformer block as exporters write it: attention of four heads of two, normalizations, a feed-forward part.
func transformer(seed: UInt64) -> Model {
  var generator = SeededGenerator(seed: seed)
  var graph = GraphBuilder()
  let x = graph.input("x", dimensions: [.symbolic("N"), .fixed(5), .fixed(8)])
  func linear(_ input: String, _ from: Int, _ to: Int, name: String) -> String {
    let product = graph.node(
      "MatMul", [input, graph.constant(generator.tensor([from, to]), name: "\(name).w")], name: name)
    return graph.node("Add", [product, graph.constant(generator.tensor([to]), name: "\(name).b")])
  }
  func norm(_ input: String) -> String {
    graph.node(
      "LayerNormalization", [input, graph.constant(generator.tensor([8])), graph.constant(generator.tensor([8]))])
  }
  func heads(_ input: String, _ order: [Int]) -> String {
    let shaped = graph.node("Reshape", [input, graph.constant(ints: [0, 5, 4, 2])])
    return graph.node("Transpose", [shaped], [Attribute("perm", ints: order)])
  }
  let normed = norm(x)
  let q = heads(linear(normed, 8, 8, name: "q"), [0, 2, 1, 3])
  let k = heads(linear(normed, 8, 8, name: "k"), [0, 2, 3, 1])
  let v = heads(linear(normed, 8, 8, name: "v"), [0, 2, 1, 3])
  let scores = graph.node(
    "Div", [graph.node("MatMul", [q, k]), graph.constant(Tensor(scalar: Float(1.5)))])
  let mixed = graph.node("MatMul", [graph.node("Softmax", [scores], [Attribute("axis", int: -1)]), v])
  let back = graph.node("Transpose", [mixed], [Attribute("perm", ints: [0, 2, 1, 3])])
  let joined = graph.node("Reshape", [back, graph.constant(ints: [0, -1, 8])])
  let attended = graph.node("Add", [linear(joined, 8, 8, name: "o"), x], name: "attention.sum")
  let widened = graph.node("Gelu", [linear(norm(attended), 8, 12, name: "up")], domain: "com.microsoft")
  let sum = graph.node("Add", [attended, linear(widened, 12, 8, name: "down")], name: "mlp.sum")
  let y = graph.node("MatMul", [norm(sum), graph.constant(generator.tensor([8, 3]), name: "head.w")], output: "y")
  return graph.model(
    outputs: [y], shape: [.symbolic("N"), .fixed(5), .fixed(3)], domains: ["com.microsoft": 1])
}

extension Graph {
  /// The graph with the slices of those indices set to zero.
  mutating func zero(_ name: String, axis: Int, _ indices: Set<Int>) {
    guard let tensor = constant(name), tensor.elementType == .float, !indices.isEmpty else { return }
    let inner = tensor.shape[(axis + 1)...].reduce(1, *)
    var values = tensor.elements(Float.self)
    for index in values.indices where indices.contains(index / inner % tensor.shape[axis]) { values[index] = 0 }
    setInitializer(name, Tensor(values, shape: tensor.shape))
  }
}

/// Indices of an axis that belong to one of the roots.
func indices(of axis: Int, in roots: Set<Int>, _ axes: ChannelAxes) -> Set<Int> {
  var axes = axes
  var found: Set<Int> = []
  for index in 0..<axes.extent(axis) where roots.contains(axes.root(axis, index)) { found.insert(index) }
  return found
}

/// The model whose weights pass over the units that are cut, shapes as they were.
func masked(_ model: Model, _ roots: Set<Int>, _ axes: ChannelAxes) -> Model {
  var model = model
  for consumer in axes.consumers {
    model.graph.zero(
      consumer.weight, axis: axes.axes[consumer.weightAxis].position, indices(of: consumer.weightAxis, in: roots, axes))
  }
  return model
}

/// The model whose weights and biases make nothing of the units that are cut, shapes as they were.
func zeroed(_ model: Model, _ roots: Set<Int>, _ axes: ChannelAxes) -> Model {
  var model = model
  let summed = Set(axes.consumers.map(\.weightAxis))
  for initializer in model.graph.initializers {
    for axis in axes.axes(of: initializer.name) ?? [] where !summed.contains(axis) {
      model.graph.zero(initializer.name, axis: axes.axes[axis].position, indices(of: axis, in: roots, axes))
    }
  }
  return model
}
