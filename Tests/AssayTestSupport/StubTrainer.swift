public import AssayCore
public import AssayMethods
public import AssayONNX

/// Trains nothing: makes every number that could be trained one percent larger.
public struct StubTrainer: Trainer {
  /// What parameters and weights are multiplied with.
  public var factor: Float
  /// Told of every request.
  public var observe: @Sendable (TrainingRequest) -> Void

  public init(factor: Float = 1.01, observe: @escaping @Sendable (TrainingRequest) -> Void = { _ in }) {
    self.factor = factor
    self.observe = observe
  }

  public func train(
    _ request: TrainingRequest, data: any TrainingData, progress: @escaping @Sendable (TrainingProgress) -> Void
  ) throws(MethodError) -> TrainingOutcome {
    observe(request)
    var outcome = TrainingOutcome(
      model: request.model, parameters: [:],
      epochs: (1...request.settings.epochs).map { TrainedEpoch(epoch: $0, loss: 1, rate: 0.1) }, notes: [])
    for (name, weight) in request.weights {
      let parameters = weight.parameters.map(grown)
      outcome.parameters[name] = parameters
      outcome.model.graph.setInitializer(name, try weight.evaluated(parameters))
    }
    for initializer in request.model.graph.initializers
    where request.weights[initializer.name] == nil && !request.frozen.contains(initializer.name) {
      guard let tensor = initializer.tensor, tensor.elementType == .float, tensor.shape.count >= 2 else { continue }
      outcome.model.graph.setInitializer(initializer.name, grown(tensor))
    }
    return outcome
  }

  public func sensitivities(
    of model: Model, weights: [String], criterion: GradientCriterion, settings: TrainingSettings,
    data: any TrainingData
  ) throws(MethodError) -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: weights.compactMap { name in model.graph.constant(name).map { (name, $0) } })
  }

  private func grown(_ tensor: Tensor) -> Tensor {
    Tensor(tensor.elements(Float.self).map { $0 * factor }, shape: tensor.shape)
  }
}

/// Random rows and classes for a model.
public func trainingData(
  _ example: [Int], rows: Int = 8, classes: Int = 3, seed: UInt64 = 1
) throws(MethodError) -> PreparedTrainingData {
  var generator = SeededGenerator(seed: seed)
  let values = generator.tensor([rows] + example)
  return try PreparedTrainingData(
    rows: values, targets: .classes((0..<rows).map { $0 % classes }, count: classes), identity: "\(seed)")
}
