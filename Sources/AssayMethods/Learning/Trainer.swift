public import AssayCore
public import AssayONNX

/// What changes the weights of a model so that it answers better.
///
/// Methods know no library that differentiates; whoever runs them hands one of these in through `MethodContext.trainer`.
public protocol Trainer: Sendable {
  /// Trains, and hands back the model with its new values.
  ///
  /// Equal requests, data, thread counts and library versions give equal bits, also when the training was killed and
  /// went on from `request.checkpoint`.
  ///
  /// - Parameter progress: Called on the calling thread, a few times a second at most.
  /// - Throws: `trainer` without the library, `training` when data and model do not fit, `diverged` for a loss that is no
  ///   number, `model` for an operator without a gradient, `memory` (what was saved last stays), `underlying` when the disk ends.
  func train(
    _ request: TrainingRequest, data: any TrainingData, progress: @escaping @Sendable (TrainingProgress) -> Void
  ) throws(MethodError) -> TrainingOutcome

  /// How much each element of the named initializers matters, over `settings.epochs` passes; the model stays as it is.
  ///
  /// - Throws: as `train`.
  func sensitivities(
    of model: Model, weights: [String], criterion: GradientCriterion, settings: TrainingSettings, data: any TrainingData
  ) throws(MethodError) -> [String: Tensor]
}

/// How much a weight matters, as far as gradients tell; larger matters more.
public enum GradientCriterion: String, Sendable, Hashable, Codable, CaseIterable {
  /// (w·∂L/∂w)², the first term of Taylor's series, squared and summed over the batches (Molchanov and others, "Importance
  /// Estimation for Neural Network Pruning", CVPR 2019, equation 8).
  case taylor
  /// −w·∂L/∂w summed over steps: weights that move away from zero stay (Sanh, Wolf, Rush, "Movement Pruning", NeurIPS
  /// 2020, equation 4).
  case movement
}

/// One training: where it starts, what may change, and towards what.
public struct TrainingRequest: Sendable {
  /// The graph with the values that it starts from. Its outputs, or what goes into their `Softmax`, are the logits.
  public var model: Model
  public var settings: TrainingSettings
  /// Initializers that are functions of parameters, by name; the parameters are trained in their place.
  public var weights: [String: TrainableWeight]
  /// Initializers that stay as they are.
  public var frozen: Set<String>
  /// nil learns from the labels alone.
  public var distillation: Distillation?
  /// Beginning of the path of the file that the training goes on from where it is there, and where its state is saved;
  /// nil saves nothing. The trainer adds what tells this request from others, and removes the file at the end.
  public var checkpoint: String?

  public init(
    model: Model, settings: TrainingSettings, weights: [String: TrainableWeight] = [:], frozen: Set<String> = [],
    distillation: Distillation? = nil, checkpoint: String? = nil
  ) {
    self.model = model
    self.settings = settings
    self.weights = weights
    self.frozen = frozen
    self.distillation = distillation
    self.checkpoint = checkpoint
  }
}

/// What a training made.
public struct TrainingOutcome: Sendable {
  /// The graph of the request with trained values in its initializers.
  public var model: Model
  /// The trained parameters of each of `TrainingRequest.weights`.
  public var parameters: [String: [Tensor]]
  /// One entry for each epoch, in order.
  public var epochs: [TrainedEpoch]
  /// Choices and events: "stopped early after epoch 7", "went on from epoch 3".
  public var notes: [String]

  public init(model: Model, parameters: [String: [Tensor]], epochs: [TrainedEpoch], notes: [String]) {
    self.model = model
    self.parameters = parameters
    self.epochs = epochs
    self.notes = notes
  }
}

/// Where a training stands.
public struct TrainingProgress: Sendable, Hashable {
  /// What is done: `training`, or the teacher's `soft targets`.
  public enum Phase: String, Sendable, Hashable, Codable { case training, softTargets }

  public var phase: Phase
  /// 1-based, of `epochs`.
  public var epoch: Int
  public var epochs: Int
  /// Steps done in all epochs, of `steps`.
  public var step: Int
  public var steps: Int
  /// Mean over the steps since the last report; at the end of an epoch over the whole epoch.
  public var loss: Double
  /// Share of right answers on the training rows as `loss` counts; nil for regression.
  public var accuracy: Double?
  /// On the held-out rows after the last epoch; nil without.
  public var validationAccuracy: Double?
  /// The learning rate of the last step.
  public var rate: Double
  /// Training rows in a second.
  public var rowsPerSecond: Double?
  public var secondsLeft: Double?

  public init(
    phase: Phase = .training, epoch: Int, epochs: Int, step: Int, steps: Int, loss: Double, accuracy: Double? = nil,
    validationAccuracy: Double? = nil, rate: Double, rowsPerSecond: Double? = nil, secondsLeft: Double? = nil
  ) {
    self.phase = phase
    self.epoch = epoch
    self.epochs = epochs
    self.step = step
    self.steps = steps
    self.loss = loss
    self.accuracy = accuracy
    self.validationAccuracy = validationAccuracy
    self.rate = rate
    self.rowsPerSecond = rowsPerSecond
    self.secondsLeft = secondsLeft
  }
}
