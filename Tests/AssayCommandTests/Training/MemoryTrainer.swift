import AssayCore
import AssayMethods
import AssayONNX
import FoundationEssentials
import Synchronization

/// A trainer without a library: each epoch moves every weight a little, by the seed; the state is a file.
///
/// It keeps the trainer's promises: equal requests give equal bits, also when the training was cut and went on.
final class MemoryTrainer: Trainer {
  /// What was asked of it.
  struct Log {
    var trainings: [TrainingRequest] = []
    /// Epochs really made, by all trainings together.
    var epochs = 0
  }

  private let state = Mutex(Log())
  /// Dies, as a killed process does, in this epoch of all that it makes; nil never.
  private let lastEpoch: Int?
  /// Seeds whose loss becomes no number.
  private let divergingSeeds: Set<UInt64>

  struct Killed: Error {}

  init(lastEpoch: Int? = nil, divergingSeeds: Set<UInt64> = []) {
    self.lastEpoch = lastEpoch
    self.divergingSeeds = divergingSeeds
  }

  var log: Log { state.withLock { $0 } }

  func train(
    _ request: TrainingRequest, data: any TrainingData, progress: @escaping @Sendable (TrainingProgress) -> Void
  ) throws(MethodError) -> TrainingOutcome {
    state.withLock { $0.trainings.append(request) }
    let settings = request.settings
    if divergingSeeds.contains(settings.seed) {
      throw MethodError(.diverged, "the loss became NaN in step 3", remedy: "lower the rate")
    }
    let done = request.checkpoint.flatMap { FileManager.default.contents(atPath: $0) }.flatMap {
      Int(String(decoding: $0, as: UTF8.self))
    }
    let first = (done ?? 0) + 1
    for epoch in stride(from: first, through: settings.epochs, by: 1) {
      let made = state.withLock { log in
        log.epochs += 1
        return log.epochs
      }
      if made == lastEpoch { throw MethodError(.underlying, "killed") }
      progress(
        TrainingProgress(
          epoch: epoch, epochs: settings.epochs, step: epoch, steps: settings.epochs, loss: 1 / Double(epoch),
          accuracy: 0.5, rate: settings.optimizer.rate, rowsPerSecond: 100, secondsLeft: 1))
      if let path = request.checkpoint { try? Data("\(epoch)".utf8).write(to: URL(filePath: path)) }
    }
    if let path = request.checkpoint { try? FileManager.default.removeItem(atPath: path) }
    return TrainingOutcome(
      model: trained(request),
      parameters: request.weights.mapValues { weight in
        weight.parameters.map { tensor in
          Tensor(
            tensor.elements(Float.self).map { $0 * (1 + Float(settings.seed) / 16 + Float(settings.epochs) / 64) },
            shape: tensor.shape)
        }
      },
      epochs: (1...settings.epochs).map {
        TrainedEpoch(epoch: $0, loss: 1 / Double($0), accuracy: 0.5, rate: settings.optimizer.rate)
      }, notes: done.map { ["went on from epoch \($0 + 1)"] } ?? [])
  }

  func sensitivities(
    of model: Model, weights: [String], criterion: GradientCriterion, settings: TrainingSettings, data: any TrainingData
  ) throws(MethodError) -> [String: Tensor] { [:] }

  private func trained(_ request: TrainingRequest) -> Model {
    var model = request.model
    var generator = SeededGenerator(seed: request.settings.seed, stream: 7)
    for initializer in model.graph.initializers {
      guard let tensor = initializer.tensor, tensor.elementType == .float else { continue }
      let values = tensor.elements(Float.self).map { $0 + Float(generator.unit() * Double(request.settings.epochs)) }
      model.graph.setInitializer(initializer.name, Tensor(values, shape: tensor.shape))
    }
    return model
  }
}
