import AssayCore
import AssayONNX

/// Solves the weights of layers that lost inputs anew, so that they give what they gave before.
///
/// Layer after layer in graph order, W minimizes Σ‖y − Wᵀz‖² + λ‖W − W₀‖² over samples of the calibration data, where z
/// is what the layer is given in the cut model (its predecessors already solved), y what it gave in the original, W₀ the
/// weights that were left. λ is chosen among `ridges` by the error on every fifth row, left out for that; weights that
/// no λ betters stay. A layer whose output only enters a residual sum is given the sum's original value less what the
/// other operand is now, so that it makes up for the errors of the shortcut too. He, Zhang, Sun: Channel Pruning for Accelerating Very Deep Neural Networks, ICCV 2017, sections
/// 3.1 (the second step) and 3.3 (multi-branch networks), with the ridge towards W₀ in place of none; Luo, Wu, Lin: ThiNet, ICCV 2017, section 3.2.3.
struct Reconstruction {
  let original: Model
  let source: any ActivationSource
  let seed: UInt64

  /// λ in units of the mean diagonal of Σ z·zᵀ.
  static let ridges = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0]
  /// Samples in all, unless that is less than four for each unknown.
  static let samples = 8192
  /// More inputs of one output need too much memory and time.
  static let mostUnknowns = 6000
  /// One row in so many is left out to choose λ.
  static let fold = 5

  /// A layer with constant weights as a matrix.
  private struct Layer {
    var position: Int
    var input: String
    var output: String
    /// The residual sum that alone reads the output, and its other operand, when that is final already.
    var sum: (output: String, other: String)?
    var weight: String
    var sampler: LayerSampler
    var features: Int
    var outputs: [Int]
    var hasBias: Bool
    /// Whether the weights lie as inputs × outputs.
    var isTransposed: Bool
  }

  /// - Parameter cut: What was cut out of `original` to give `model`.
  func apply(
    to model: Model, after cut: ChannelCut, _ axes: ChannelAxes, _ report: inout StepReport
  ) throws(MethodError) -> Model {
    guard source.rowCount > 0 else {
      throw MethodError(.calibration, "the calibration data have no rows", remedy: "ask for more than zero rows")
    }
    var model = model
    var names = NameAllocator(graph: model.graph)
    let index = GraphIndex(model.graph)
    let affected = axes.consumers.filter { cut.kept[$0.inputAxis] != nil }.sorted { $0.node < $1.node }
    for consumer in affected {
      let node = model.graph.nodes[consumer.node]
      let outputs = cut.kept[consumer.outputAxis] ?? Array(0..<axes.extent(consumer.outputAxis))
      switch layer(consumer, node, model.graph, index, outputs) {
      case .failure(let reason): report.skipped(node.label, "not reconstructed: \(reason.text)")
      case .success(let layer): try solve(layer, in: &model, &names, &report)
      }
    }
    return model
  }

  private struct Reason: Error { var text: String }

  private func layer(
    _ consumer: ChannelAxes.Consumer, _ node: Node, _ graph: Graph, _ index: GraphIndex, _ outputs: [Int]
  ) -> Result<Layer, Reason> {
    func no(_ text: String) -> Result<Layer, Reason> { .failure(Reason(text: text)) }
    guard let weight = graph.floatConstant(consumer.weight), weight.count > 0, let output = node.output(0) else {
      return no("its weights are not constant floats")
    }
    guard index.consumers[consumer.weight]?.count == 1 else { return no("its weights are shared") }
    var (window, features, isTransposed) = (LayerSampler.Window?.none, 0, false)
    switch node.opType {
    case "Conv":
      guard weight.shape.count >= 3, let found = LayerSampler.Window(node, kernel: Array(weight.shape[2...])) else {
        return no("its window is unusual")
      }
      (window, features) = (found, weight.shape[1...].reduce(1, *))
    case "Gemm":
      guard node.int("transA") ?? 0 == 0, node.float("alpha") ?? 1 == 1, node.float("beta") ?? 1 == 1 else {
        return no("it has a transA, alpha or beta of its own")
      }
      isTransposed = node.int("transB") ?? 0 == 0
      features = weight.shape[isTransposed ? 0 : 1]
    case "MatMul": (features, isTransposed) = (weight.shape[0], true)
    default: return no("\(node.opType) is not solved")
    }
    guard features < Self.mostUnknowns else { return no("\(features) unknowns for each output are too many") }
    let hasBias = node.opType != "MatMul"
    if hasBias, let name = node.input(2), graph.floatConstant(name)?.broadcastVector(count: outputs.count) == nil {
      return no("its bias is not a constant vector")
    }
    let wanted = max(Self.samples, 4 * features)
    let perRow = (wanted + source.rowCount - 1) / source.rowCount
    let sampler = LayerSampler(window: window, perRow: perRow, seed: seed, stream: consumer.node)
    return .success(
      Layer(
        position: consumer.node, input: consumer.input, output: output,
        sum: Self.residualSum(of: output, at: consumer.node, graph, index), weight: consumer.weight, sampler: sampler,
        features: features, outputs: outputs, hasBias: hasBias, isTransposed: isTransposed))
  }

  private static func residualSum(
    of output: String, at position: Int, _ graph: Graph, _ index: GraphIndex
  ) -> (output: String, other: String)? {
    guard let user = index.soleConsumer(of: output), graph.nodes[user].isONNX("Add"),
      graph.nodes[user].inputs.count == 2, let sum = graph.nodes[user].output(0),
      let other = graph.nodes[user].inputs.first(where: { $0 != output }),
      // Nodes stand in order: what is made before this layer is not changed after it.
      let maker = index.producer[other], maker < position
    else { return nil }
    return (sum, other)
  }

  // MARK: Samples

  private func unusable(_ layer: Layer, _ model: Model) -> MethodError {
    MethodError(
      .calibration, "the values around the layer do not have the form it needs",
      at: Place(node: model.graph.nodes[layer.position].label))
  }

  /// What the layer shall give, and the extents of one channel of it.
  private func targets(_ layer: Layer, _ model: Model) throws(MethodError) -> (samples: [Float], extents: [Int]) {
    var targets = try samples(of: layer.output, in: original, channels: layer.outputs, layer)
    guard let sum = layer.sum else { return targets }
    let whole = try samples(of: sum.output, in: original, channels: layer.outputs, layer)
    let other = try samples(of: sum.other, in: model, channels: Array(layer.outputs.indices), layer)
    // An operand that is broadcast is no shortcut.
    guard whole.extents == targets.extents, other.extents == targets.extents,
      other.samples.count == whole.samples.count
    else { return targets }
    for index in targets.samples.indices { targets.samples[index] = whole.samples[index] - other.samples[index] }
    return targets
  }

  /// A value of the form of the layer's output, at the places that are sampled.
  private func samples(
    of value: String, in model: Model, channels: [Int], _ layer: Layer
  ) throws(MethodError) -> (samples: [Float], extents: [Int]) {
    var (samples, extents) = ([Float](), [Int]())
    var generator = layer.sampler.generator()
    try source.observe(model, values: [value]) { batch throws(MethodError) in
      guard let tensor = batch.first,
        layer.sampler.outputs(tensor, channels: channels, into: &samples, &generator)
      else { throw unusable(layer, model) }
      extents = Array(tensor.shape.dropFirst(2))
    }
    return (samples, extents)
  }

  /// The equations of the rows that are solved with, and of those that are left out.
  private func equations(
    _ layer: Layer, _ model: Model, _ targets: (samples: [Float], extents: [Int])
  ) throws(MethodError) -> (solved: NormalEquations, left: NormalEquations) {
    let (width, height) = (layer.features + (layer.hasBias ? 1 : 0), layer.outputs.count)
    let empty = NormalEquations(features: layer.features, outputs: height, hasBias: layer.hasBias)
    var parts = [empty, empty]
    var generator = layer.sampler.generator()
    var (row, sample) = (0, 0)
    try source.observe(model, values: [layer.input]) { batch throws(MethodError) in
      var z: [Double] = []
      guard let tensor = batch.first,
        let counts = layer.sampler.inputs(
          tensor, outputExtents: targets.extents, features: layer.features, hasBias: layer.hasBias, into: &z,
          &generator)
      else { throw unusable(layer, model) }
      let total = counts.reduce(0, +)
      guard (sample + total) * height <= targets.samples.count else { throw unusable(layer, model) }
      let y = targets.samples[(sample * height)..<((sample + total) * height)].map { Double($0) }
      guard z.allSatisfy(\.isFinite), y.allSatisfy(\.isFinite) else {
        throw MethodError(
          .notFinite, "the value is NaN or infinite on the calibration data", at: Place(node: layer.input),
          remedy: "check the preparation of the data (scale, mean, standard deviation)")
      }
      var done = 0
      for count in counts {
        let part = source.rowCount >= 2 * Self.fold && row % Self.fold == Self.fold - 1 ? 1 : 0
        z.withUnsafeBufferPointer { z in
          y.withUnsafeBufferPointer { y in
            parts[part].add(
              UnsafeBufferPointer(rebasing: z[(done * width)...]), UnsafeBufferPointer(rebasing: y[(done * height)...]),
              samples: count)
          }
        }
        done += count
        row += 1
      }
      sample += total
    }
    return (parts[0], parts[1])
  }

  // MARK: Solving

  private func solve(
    _ layer: Layer, in model: inout Model, _ names: inout NameAllocator, _ report: inout StepReport
  ) throws(MethodError) {
    let label = model.graph.nodes[layer.position].label
    let (solved, left) = try equations(layer, model, try targets(layer, model))
    guard solved.count > 0 else {
      throw MethodError(.calibration, "the calibration data have no rows", remedy: "ask for more than zero rows")
    }
    let prior = weights(of: layer, model.graph)
    let judge = left.count > 0 ? left : solved
    let before = judge.squaredError(of: prior)
    var best: (ridge: Double, error: Double)?
    // Without rows left out nothing tells a good ridge from a bad one; a middle one is safe.
    for ridge in left.count > 0 ? Self.ridges : [1e-2] {
      guard let found = solved.solution(ridge: ridge, prior: prior) else { continue }
      let error = judge.squaredError(of: found)
      if error < best?.error ?? before { best = (ridge, error) }
    }
    guard let best, let final = solved.merged(with: left).solution(ridge: best.ridge, prior: prior),
      final.allSatisfy({ Float($0).isFinite })
    else {
      report.skipped(label, "not reconstructed: the weights that were left are as good as any solved ones")
      return
    }
    store(final, for: layer, in: &model.graph, &names)
    let total = judge.squaredError(of: [Double](repeating: 0, count: prior.count))
    let (old, new) = (Self.percent(before, of: total), Self.percent(best.error, of: total))
    report.changed(
      label,
      "weights solved on \(solved.count + left.count) samples (ridge \(best.ridge)): error \(old) → \(new) of the output's "
        + "power\(left.count > 0 ? ", on rows left out" : "")")
  }

  private static func percent(_ part: Double, of whole: Double) -> String {
    guard whole > 0 else { return "0 %" }
    let tenths = (part / whole * 1000).rounded()
    return tenths.magnitude < 1e9 ? "\(tenths / 10) %" : "much"
  }

  /// The layer's weights, inputs × outputs, and its bias as the last row.
  private func weights(of layer: Layer, _ graph: Graph) -> [Double] {
    let (width, height) = (layer.features, layer.outputs.count)
    var matrix = [Double](repeating: 0, count: (width + (layer.hasBias ? 1 : 0)) * height)
    guard let tensor = graph.floatConstant(layer.weight) else { return matrix }
    tensor.withElements(Float.self) { values in
      for row in 0..<width {
        for column in 0..<height {
          matrix[row * height + column] = Double(
            values[layer.isTransposed ? row * height + column : column * width + row])
        }
      }
    }
    if layer.hasBias, let bias = graph.floatConstant(graph.nodes[layer.position].input(2)),
      let vector = bias.broadcastVector(count: height)
    {
      for column in 0..<height { matrix[width * height + column] = Double(vector[column]) }
    }
    return matrix
  }

  private func store(_ matrix: [Double], for layer: Layer, in graph: inout Graph, _ names: inout NameAllocator) {
    let (width, height) = (layer.features, layer.outputs.count)
    let shape = graph.constant(layer.weight)?.shape ?? []
    let tensor = Tensor.floats(shape: shape) { target in
      for row in 0..<width {
        for column in 0..<height {
          target[layer.isTransposed ? row * height + column : column * width + row] =
            Float(matrix[row * height + column])
        }
      }
    }
    graph.setInitializer(layer.weight, tensor)
    guard layer.hasBias else { return }
    let bias = (0..<height).map { Float(matrix[width * height + $0]) }
    let inputs = graph.nodes[layer.position].inputs
    if let old = graph.nodes[layer.position].input(2), let tensor = graph.constant(old), tensor.count == height,
      graph.nodes.reduce(0, { $0 + $1.inputs.count { $0 == old } }) == 1
    {
      graph.setInitializer(old, Tensor(bias, shape: tensor.shape))
    } else {
      let name = names.fresh("\(layer.weight)_solved_bias")
      graph.setInitializer(name, Tensor(bias, shape: [height]))
      graph.nodes[layer.position].inputs = [inputs[0], inputs[1], name]
    }
  }
}
