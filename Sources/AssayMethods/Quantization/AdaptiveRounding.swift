import AssayCore
import AssayONNX

/// Rounds each weight of a layer up or down such that the layer's outputs on calibration data change least.
///
/// The objective is AdaRound's (Nagel et al.: Up or Down? Adaptive Rounding for Post-Training Quantization, ICML 2020,
/// equations 13 and 21): least Σ‖(W − Ŵ)x̂‖² over the quantized inputs x̂ of the layer, w/s rounded to ⌊w/s⌋ or ⌊w/s⌋ + 1.
/// With H = Σx̂x̂ᵀ this is (w − ŵ)H(w − ŵ)ᵀ for each output channel. Where the paper relaxes the choices to a rectified
/// sigmoid and follows its gradient, this goes down one coordinate after the other from the nearest integers: a weight
/// takes its other choice where that lowers the objective, until none does. It ends in a local minimum that is never
/// worse than the nearest integers, without a random start.
struct AdaptiveRounding {
  /// Of each group's inputs, by the position of the node.
  private var correlations: [Int: [InputCorrelation]] = [:]
  /// Why nodes keep the nearest integers, by position.
  private(set) var reasons: [Int: String] = [:]

  /// Inputs of one output channel beyond which H takes too much memory and time.
  static let largestSize = 2304
  /// Doubles that the correlations of one pass over the data may take.
  private static let budget = 32 << 20
  private static let sweeps = 16

  /// - Parameter parameters: Scale and zero point by the plan's scales.
  /// - Throws: `calibration` when the data have no rows or do not fit the model, `notFinite`.
  init(
    _ targets: [QuantizationTarget], in model: Model, _ plan: ActivationPlan, _ parameters: [AffineParameters],
    from source: any ActivationSource
  ) throws(MethodError) {
    let uses = Dictionary(targets.map { ($0.weight, 1) }, uniquingKeysWith: +)
    var (pass, doubles) = ([Layer](), 0)
    for target in targets {
      guard let weight = model.graph.constant(target.weight), let scale = plan.scaleOfValue[target.input] else {
        continue
      }
      let layer = Layer(target, model.graph.nodes[target.position], weight, parameters[scale])
      if uses[target.weight] ?? 1 > 1 {
        reasons[target.position] = "its weights are used by other nodes too"
      } else if let reason = layer.obstacle {
        reasons[target.position] = reason
      } else {
        let needed = layer.size * layer.size * layer.groups
        if !pass.isEmpty, doubles + needed > Self.budget {
          try collect(pass, in: model, from: source)
          (pass, doubles) = ([], 0)
        }
        pass.append(layer)
        doubles += needed
      }
    }
    if !pass.isEmpty { try collect(pass, in: model, from: source) }
  }

  private mutating func collect(
    _ layers: [Layer], in model: Model, from source: any ActivationSource
  ) throws(MethodError) {
    var sums = layers.map { layer in (0..<layer.groups).map { _ in InputCorrelation(size: layer.size) } }
    let values = Array(Set(layers.map(\.input))).sorted()
    let places = Dictionary(values.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    try source.observe(model, values: values) { batch throws(MethodError) in
      for (index, layer) in layers.enumerated() {
        guard let place = places[layer.input], place < batch.count else { continue }
        guard layer.add(batch[place], to: &sums[index]) else {
          throw MethodError(
            .calibration, "the value of shape \(batch[place].shape) does not fit the weights of '\(layer.label)'",
            at: Place(node: layer.label), remedy: "check the shape of the calibration data")
        }
      }
    }
    for (layer, sum) in zip(layers, sums) {
      guard sum.allSatisfy({ $0.sampleCount > 0 }) else {
        throw MethodError(.calibration, "the calibration data have no rows", remedy: "ask for more than zero rows")
      }
      correlations[layer.position] = sum
    }
  }

  /// A rounded weight, how many of its integers are not the nearest, and Σ‖(W − Ŵ)x̂‖² before and after.
  struct Result {
    var integers: Tensor
    var moved = 0
    var errorBefore = 0.0
    var errorAfter = 0.0
  }

  /// - Parameter nearest: The weight's integers, int8 or int16, rounded to nearest.
  /// - Returns: nil for a node that keeps the nearest integers.
  /// - Complexity: O(outputs · inputs²).
  func rounded(
    _ target: QuantizationTarget, _ weight: Tensor, nearest: Tensor, scales: [Float], limit: Int
  ) -> Result? {
    guard let correlations = correlations[target.position] else { return nil }
    let isTransposed = target.channelAxis == 1
    let rows = isTransposed ? weight.transposedMatrix() : weight
    guard let start = isTransposed ? nearest.transposed([1, 0]) : nearest, let values = start.intValues() else {
      return nil
    }
    var result = Result(integers: nearest)
    var integers = values.map { Int32($0) }
    let count = weight.shape[target.channelAxis]
    let perGroup = count / correlations.count
    rows.withElements(Float.self) { source in
      integers.withUnsafeMutableBufferPointer { integers in
        for (group, correlation) in correlations.enumerated() {
          let matrix = correlation.matrix()
          let size = correlation.size
          for row in (group * perGroup)..<((group + 1) * perGroup) {
            let range = (row * size)..<((row + 1) * size)
            var descent = RowDescent(scale: Double(scales[scales.count == 1 ? 0 : row]), limit: limit)
            descent.run(
              UnsafeBufferPointer(rebasing: source[range]), UnsafeMutableBufferPointer(rebasing: integers[range]),
              matrix, sweeps: Self.sweeps)
            result.moved += descent.moved
            result.errorBefore += descent.before
            result.errorAfter += descent.after
          }
        }
      }
    }
    let tensor =
      nearest.elementType == .int16
      ? Tensor(integers.map { Int16(truncatingIfNeeded: $0) }, shape: start.shape)
      : Tensor(integers.map { Int8(truncatingIfNeeded: $0) }, shape: start.shape)
    guard let oriented = isTransposed ? tensor.transposed([1, 0]) : tensor else { return nil }
    result.integers = oriented
    return result
  }
}

/// A target with the inputs of its output channels.
private struct Layer {
  let position: Int
  let label: String
  let input: String
  /// Inputs of one output channel.
  let size: Int
  let groups: Int
  private let parameters: AffineParameters
  private let patches: ConvolutionPatches?
  private let isConvolution: Bool
  private let channels: Int

  init(_ target: QuantizationTarget, _ node: Node, _ weight: Tensor, _ parameters: AffineParameters) {
    position = target.position
    label = node.label
    input = target.input
    self.parameters = parameters
    isConvolution = node.opType == "Conv"
    size = weight.count / max(weight.shape[target.channelAxis], 1)
    groups = isConvolution ? max(node.int("group") ?? 1, 1) : 1
    patches = isConvolution ? ConvolutionPatches(node, weight: weight.shape) : nil
    channels = weight.shape[target.channelAxis]
  }

  /// Why the layer's inputs cannot be taken; nil when they can.
  var obstacle: String? {
    if size > AdaptiveRounding.largestSize { return "\(size) inputs are too many (\(AdaptiveRounding.largestSize))" }
    if size == 0 || channels % groups != 0 { return "its weights do not fit its groups" }
    if isConvolution, patches == nil { return "only convolutions over one or two axes are known" }
    return nil
  }

  /// Adds the inputs in a batch as the quantized model sees them.
  ///
  /// - Returns: Whether the batch fits the weights.
  func add(_ value: Tensor, to sums: inout [InputCorrelation]) -> Bool {
    guard value.elementType == .float, isConvolution || value.shape.last == size else { return false }
    let rounded = value.withElements(Float.self) { source in
      Tensor.floats(shape: value.shape) { parameters.rounded(source, into: $0) }
    }
    guard let patches else {
      rounded.withElements(Float.self) { sums[0].add($0) }
      return true
    }
    return patches.add(rounded, to: &sums)
  }
}

/// One output channel on its way down.
private struct RowDescent {
  let scale: Double
  let limit: Int
  private(set) var moved = 0
  private(set) var before = 0.0
  private(set) var after = 0.0

  init(scale: Double, limit: Int) { (self.scale, self.limit) = (scale, limit) }

  /// - Parameter integers: The nearest integers, and then those chosen.
  mutating func run(
    _ weights: UnsafeBufferPointer<Float>, _ integers: UnsafeMutableBufferPointer<Int32>, _ correlation: [Double],
    sweeps: Int
  ) {
    let size = weights.count
    let nearest = Array(integers)
    var errors = [Double](repeating: 0, count: size)
    for index in 0..<size { errors[index] = Double(weights[index]) - scale * Double(integers[index]) }
    correlation.withUnsafeBufferPointer { correlation in
      errors.withUnsafeMutableBufferPointer { errors in
        var slopes = product(correlation, errors)
        before = sum(slopes, errors)
        after = before
        slopes.withUnsafeMutableBufferPointer { slopes in
          for _ in 0..<sweeps {
            guard sweep(weights, integers, correlation, errors, slopes) > 0 else { break }
          }
        }
        // Summed up anew, as many small steps lose digits.
        after = sum(product(correlation, errors), errors)
      }
    }
    if after < before {
      for index in 0..<size where integers[index] != nearest[index] { moved += 1 }
    } else {
      for index in 0..<size { integers[index] = nearest[index] }
      after = before
    }
  }

  /// Visits every weight once; returns how many took their other choice.
  private func sweep(
    _ weights: UnsafeBufferPointer<Float>, _ integers: UnsafeMutableBufferPointer<Int32>,
    _ correlation: UnsafeBufferPointer<Double>, _ errors: UnsafeMutableBufferPointer<Double>,
    _ slopes: UnsafeMutableBufferPointer<Double>
  ) -> Int {
    let size = weights.count
    var changes = 0
    for index in 0..<size {
      let diagonal = correlation[index * size + index]
      // The error of the other choice has the other sign; a weight on the grid stays there.
      let step: Int32 = errors[index] > 0 ? 1 : errors[index] < 0 ? -1 : 0
      let other = integers[index] + step
      guard step != 0, diagonal > 0, Int(other.magnitude) <= limit else { continue }
      let change = -Double(step) * scale
      let gain = -(2 * change * slopes[index] + change * change * diagonal)
      // Differences below rounding would go on for ever.
      guard gain > 1e-12 * before else { continue }
      integers[index] = other
      errors[index] += change
      let row = index * size
      for column in 0..<size { slopes[column] += change * correlation[row + column] }
      changes += 1
    }
    return changes
  }

  private func product(
    _ matrix: UnsafeBufferPointer<Double>, _ vector: UnsafeMutableBufferPointer<Double>
  ) -> [Double] {
    let size = vector.count
    var result = [Double](repeating: 0, count: size)
    result.withUnsafeMutableBufferPointer { result in
      for row in 0..<size where vector[row] != 0 {
        let factor = vector[row]
        for column in 0..<size { result[column] += factor * matrix[row * size + column] }
      }
    }
    return result
  }

  private func sum(_ a: [Double], _ b: UnsafeMutableBufferPointer<Double>) -> Double {
    var total = 0.0
    for index in a.indices { total += a[index] * b[index] }
    return total
  }
}
