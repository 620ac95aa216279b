import AssayCore
import AssayMethods
import AssayTorch

extension TrainingLoop {
  /// Sums over all steps of what a criterion says of each weight.
  ///
  /// - Throws: `model` for a weight that is not trained, `diverged`.
  func sums(of weights: [String], _ criterion: GradientCriterion) throws -> [String: Tensor] {
    let positions = try weights.map { name in
      guard let position = trainee.names.firstIndex(of: name) else {
        throw MethodError(.model, "the weight '\(name)' has no gradient", remedy: "leave it out with except:")
      }
      return position
    }
    let library = library
    let scores = try positions.map { position in
      try TorchTensor(
        zeros: trainee.parameters[position].shape, on: trainee.parameters[position].device, library: library)
    }
    let (multiply, square) = (try library.operator("aten::mul.Tensor"), try library.operator("aten::addcmul_"))
    isLearning = criterion == .movement
    observer = { (parameters, gradients) throws(TorchError) in
      for (score, position) in zip(scores, positions) {
        let (weight, gradient) = (parameters[position], gradients[position])
        switch criterion {
        case .taylor:
          let product = try multiply(.tensor(weight), .tensor(gradient))
          _ = try square.call([.tensor(score), .tensor(product), .tensor(product), 1.0])
        case .movement: _ = try square.call([.tensor(score), .tensor(weight), .tensor(gradient), -1.0])
        }
      }
    }
    _ = try run()
    return Dictionary(uniqueKeysWithValues: try zip(weights, scores).map { ($0, try $1.values()) })
  }
}
