import AssayCore
import AssayONNX

/// The layers that architectures are made of.
extension NetworkBuilder {
  mutating func flatten() {
    guard shape.count > 1 else { return }
    node("Flatten", [value], [Attribute("axis", int: 1)])
    shape = [shape.reduce(1, *)]
  }

  /// y = x·Wᵀ + b; W is [units, inputs].
  mutating func dense(
    _ units: Int, name: String? = nil, isHidden: Bool = true, hasBias: Bool = true, output: String? = nil
  ) throws(MethodError) {
    flatten()
    let name = name ?? layer(stem: "fc")
    let inputs = shape[0]
    var operands = [
      value, try weight("\(name).weight", [units, inputs], fanIn: inputs, fanOut: units, isHidden: isHidden),
    ]
    if hasBias { operands.append(zeros("\(name).bias", units)) }
    node("Gemm", operands, [Attribute("transB", int: 1)], name: name, output: output)
    shape = [units]
  }

  /// The last layer.
  mutating func logits() throws(MethodError) { try dense(outputs, isHidden: false, output: "logits") }

  /// A hidden fully connected layer, normalized where asked, with its activation.
  mutating func hiddenDense(_ units: Int, normalizes: Bool) throws(MethodError) {
    try dense(units, hasBias: !normalizes)
    if normalizes { batchNormalize() }
    activate()
  }

  /// A square convolution; the weight is [channels, inputs / groups, kernel, kernel].
  mutating func convolve(
    _ channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, groups: Int = 1, hasBias: Bool = true
  ) throws(MethodError) {
    let name = layer(stem: "conv")
    let (inputs, area) = (shape[0], kernel * kernel)
    let extents = try shape.dropFirst().map { (extent) throws(MethodError) in
      let places = (extent + 2 * padding - kernel) / stride + 1
      guard extent + 2 * padding >= kernel, places > 0 else { throw tooSmall("a convolution of \(kernel)×\(kernel)") }
      return places
    }
    var operands = [
      value,
      try weight(
        "\(name).weight", [channels, inputs / groups, kernel, kernel], fanIn: inputs / groups * area,
        fanOut: channels / groups * area),
    ]
    if hasBias { operands.append(zeros("\(name).bias", channels)) }
    node(
      "Conv", operands,
      [
        Attribute("kernel_shape", ints: [kernel, kernel]), Attribute("strides", ints: [stride, stride]),
        Attribute("pads", ints: [padding, padding, padding, padding]), Attribute("group", int: groups),
      ], name: name)
    shape = [channels] + extents
  }

  /// A convolution, normalized where asked, with its activation.
  mutating func hiddenConvolve(
    _ channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, groups: Int = 1, normalizes: Bool
  ) throws(MethodError) {
    try convolve(
      channels, kernel: kernel, stride: stride, padding: padding, groups: groups, hasBias: !normalizes)
    if normalizes { batchNormalize() }
    activate()
  }

  /// Ioffe, Szegedy, ICML 2015; running statistics keep 0.9 of what they were.
  mutating func batchNormalize() {
    let name = layer(stem: "bn")
    let channels = shape[0]
    let ones = Tensor([Float](repeating: 1, count: channels), shape: [channels])
    let operands = [
      value, constant("\(name).weight", ones), zeros("\(name).bias", channels), zeros("\(name).mean", channels),
      constant("\(name).variance", ones),
    ]
    node(
      "BatchNormalization", operands, [Attribute("epsilon", float: 1e-5), Attribute("momentum", float: 0.9)],
      name: name)
  }

  mutating func maxPool(_ kernel: Int) throws(MethodError) {
    guard shape.dropFirst().allSatisfy({ $0 >= kernel }) else { throw tooSmall("a pooling of \(kernel)×\(kernel)") }
    node(
      "MaxPool", [value],
      [Attribute("kernel_shape", ints: [kernel, kernel]), Attribute("strides", ints: [kernel, kernel])])
    shape = [shape[0]] + shape.dropFirst().map { ($0 - kernel) / kernel + 1 }
  }

  mutating func globalAveragePool() {
    node("GlobalAveragePool", [value])
    shape = [shape[0], 1, 1]
    flatten()
  }

  /// Examples as images [channels, height, width]; [height, width] gets one channel.
  mutating func asImage() throws(MethodError) {
    switch shape.count {
    case 3: return
    case 2: shape = [1] + shape
    default:
      throw MethodError(
        .training, "a convolutional network needs examples [channels, height, width], these are \(shape)",
        remedy: "give the data a shape:, for example [1, 28, 28]")
    }
    let target = constant("image.shape", ints: [0] + shape)
    node("Reshape", [value, target], name: "image")
  }

  /// Examples as sequences [steps, features]: the rows of an image, or single numbers.
  mutating func asSequence() throws(MethodError) {
    switch shape.count {
    case 2: return
    case 1: shape = [shape[0], 1]
    case 3 where shape[0] == 1: shape = [shape[1], shape[2]]
    default:
      throw MethodError(
        .training, "a network over sequences needs examples [steps, features], these are \(shape)",
        remedy: "give the data a shape:, for example [28, 28]")
    }
    let target = constant("sequence.shape", ints: [0] + shape)
    node("Reshape", [value, target], name: "sequence")
  }

  func tooSmall(_ what: String) -> MethodError {
    MethodError(
      .training, "examples are too small: \(what) meets \(shape)",
      remedy: "choose another architecture, or larger images")
  }
}
