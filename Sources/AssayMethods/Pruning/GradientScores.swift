import AssayCore
import AssayONNX

/// Scores of weights that tell from gradients on training rows what a weight matters.
struct GradientScores {
  /// By name of the weight, in its shape: positive, zero where the weight is zero; larger stays.
  let scores: [String: Tensor]

  /// Trains, or looks, for one pass over the rows.
  ///
  /// - Throws: `trainer`, `training` as `MethodContext.learning`, and what the trainer throws.
  init(
    _ criterion: GradientCriterion, of weights: [Weight], in model: Model, _ context: MethodContext
  ) throws(MethodError) {
    let (trainer, data) = try context.learning(for: "prune")
    var settings = TrainingSettings(epochs: 1, seed: context.seed)
    settings.optimizer.rate /= 10
    let found = try trainer.sensitivities(
      of: model, weights: weights.map(\.name), criterion: criterion, settings: settings, data: data)
    var least: Float = 0
    for tensor in found.values { tensor.withElements(Float.self) { for value in $0 { least = min(least, value) } } }
    var scores: [String: Tensor] = [:]
    for weight in weights {
      guard let tensor = found[weight.name], tensor.shape == weight.tensor.shape else {
        throw MethodError(.model, "the weight '\(weight.name)' has no gradient", remedy: "leave it out with exclude:")
      }
      scores[weight.name] = Self.shifted(tensor, by: -least, where: weight.tensor)
    }
    self.scores = scores
  }

  /// Scores from the smallest positive number on, so that what is zero already goes before all else.
  private static func shifted(_ scores: Tensor, by shift: Float, where weight: Tensor) -> Tensor {
    scores.withElements(Float.self) { scores in
      weight.withElements(Float.self) { weight in
        Tensor.floats(shape: [scores.count]) { target in
          for index in target.indices {
            target[index] = weight[index] == 0 ? 0 : max(.leastNormalMagnitude, scores[index] + shift)
          }
        }
      }
    }.reshaped(weight.shape)
  }
}
