import AssayCore
import AssayMethods
import AssayONNX
import AssayTorch

/// The model in training: its graph on the device, what is trained, and what only changes along.
final class Trainee {
  let graph: TorchGraph
  let prepared: TrainingGraph
  /// Everything that gradients change, in a fixed order: initializers, then the parameters of weight forms.
  let parameters: [TorchTensor]
  let weights: [TorchWeight]
  /// Initializers that are trained as they stand; the first parameters are theirs.
  let names: [String]
  /// Running statistics, by initializer.
  private var statistics: [String: TorchTensor] = [:]
  /// What takes the place of initializers in the next run.
  private var replacing: [String: TorchTensor] = [:]
  private let library: TorchLibrary
  private let clamp: TorchOperator
  /// Lays images out with the channels innermost; nil for networks that do not convolve them.
  private let channelsLast: TorchOperator?

  private static let channelsLastFormat = 2

  init(_ request: TrainingRequest, device: TorchDevice, _ library: TorchLibrary) throws {
    self.library = library
    prepared = try TrainingGraph(request)
    names = prepared.parameters
    let formNames = request.weights.keys.sorted()
    graph = try TorchGraph(
      prepared.model, library: library, device: device, gradients: .of(names + formNames),
      replaceable: Set(formNames))
    clamp = try library.operator("aten::clamp_")
    let convolves = prepared.model.graph.nodes.contains { $0.isONNX("Conv") }
    channelsLast = convolves ? try library.operator("aten::contiguous") : nil
    var leaves: [TorchTensor] = []
    for name in names {
      guard let tensor = prepared.model.graph.constant(name) else { continue }
      let leaf = try TorchTensor(tensor, on: device, library: library)
      try leaf.setRequiresGradient(true)
      leaves.append(leaf)
      replacing[name] = leaf
    }
    weights = try formNames.compactMap { name in
      try request.weights[name].map { try TorchWeight(name, $0, on: device, library) }
    }
    parameters = leaves + weights.flatMap(\.parameters)
    for name in Self.statisticNames(prepared.model.graph) {
      guard let tensor = prepared.model.graph.constant(name) else { continue }
      statistics[name] = try TorchTensor(tensor, on: device, library: library)
    }
    for (name, tensor) in statistics { replacing[name] = tensor }
  }

  /// Initializers of running means and variances.
  private static func statisticNames(_ graph: Graph) -> [String] {
    graph.nodes.filter { $0.isONNX("BatchNormalization") }.flatMap { node in [3, 4].compactMap(node.input) }
  }

  /// Which parameters the penalties are for: those of two or more axes, and all of weight forms but scales.
  var penalized: [Int] { parameters.indices.filter { parameters[$0].rank >= 2 } }

  /// Runs a batch.
  func run(
    _ rows: TorchTensor, isTraining: Bool, fetching names: [String] = []
  ) throws(TorchError) -> TorchRun {
    if isTraining || replacing.count < self.names.count + weights.count + statistics.count { try evaluateWeights() }
    let run = try graph.run(
      [prepared.input: try laidOut(rows)], replacing: replacing, mode: isTraining ? .training(seed: nil) : .inference,
      fetching: names)
    if isTraining, !run.statistics.isEmpty {
      for (name, tensor) in run.statistics {
        statistics[name] = tensor
        replacing[name] = tensor
      }
    }
    return run
  }

  /// Images of several channels in the layout that convolutions, normalizations and pools are fastest in on a CPU; they
  /// hand it on. With one channel both layouts are the same.
  private func laidOut(_ rows: TorchTensor) throws(TorchError) -> TorchTensor {
    guard let channelsLast, rows.rank == 4, rows.shape[1] > 1 else { return rows }
    return try channelsLast(.tensor(rows), .int(Self.channelsLastFormat))
  }

  private func evaluateWeights() throws(TorchError) {
    for weight in weights { replacing[weight.name] = try weight.evaluated() }
  }

  /// After a step: parameters of forms back into their ranges, their weights to be computed anew.
  func parametersChanged() throws(TorchError) {
    for weight in weights {
      try weight.keepBounds(clamp)
      replacing[weight.name] = nil
    }
  }

  // MARK: state

  /// Everything of the model that a later step depends on, in a fixed order.
  var state: [TorchTensor] { parameters + statistics.keys.sorted().compactMap { statistics[$0] } }

  /// Takes over a state of `state`.
  func restore(_ tensors: ArraySlice<Tensor>) throws {
    let targets = state
    guard tensors.count == targets.count else {
      throw TorchError(.argument, "\(tensors.count) tensors do not restore \(targets.count)")
    }
    try library.withoutGradients { for (target, tensor) in zip(targets, tensors) { try target.write(tensor) } }
    for weight in weights { replacing[weight.name] = nil }
  }

  /// The model with the values of a state, and the parameters of its weight forms.
  func outcome(_ source: Model, _ tensors: [Tensor]) throws -> (model: Model, parameters: [String: [Tensor]]) {
    var model = source
    for (name, tensor) in zip(names, tensors) { model.graph.setInitializer(name, tensor) }
    for (name, tensor) in zip(statistics.keys.sorted(), tensors.dropFirst(parameters.count)) {
      model.graph.setInitializer(name, tensor)
    }
    var (position, forms) = (names.count, [String: [Tensor]]())
    for weight in weights {
      forms[weight.name] = Array(tensors[position..<(position + weight.parameters.count)])
      position += weight.parameters.count
      let value = try library.withoutGradients { () throws(TorchError) in try weight.evaluated().values() }
      if model.graph.constant(weight.name)?.elementType == .float { model.graph.setInitializer(weight.name, value) }
    }
    return (model, forms)
  }
}
