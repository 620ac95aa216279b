import AssayCore
import AssayONNX

/// Compares what rewritten models answer on the calibration rows with what the original does.
///
/// Keeps the original's float outputs for all rows: rows × elements of an output × 4 bytes.
struct OutputJudge {
  private let source: any ActivationSource
  private let names: [String]
  /// Outputs of the original, by batch and output.
  private let reference: [[Tensor]]
  private let scores: DamageSum.Scores

  /// Whether the only float output holds one score for each row and class.
  var hasClasses: Bool { scores != .none }

  /// Runs the original over all rows.
  ///
  /// - Throws: `model` without a float output, `notFinite` when an output is, `calibration` without rows.
  init(_ model: Model, _ source: any ActivationSource) throws(MethodError) {
    self.source = source
    let wanted = model.graph.outputs.filter { $0.tensorType?.elementType ?? .float == .float }.map(\.name)
    guard !wanted.isEmpty else {
      throw MethodError(.model, "no output of the model is float, so there is nothing to judge changes by")
    }
    var batches: [[Tensor]] = []
    try source.observe(model, values: wanted) { batch throws(MethodError) in
      guard batch.count == wanted.count else {
        throw MethodError(.calibration, "\(batch.count) outputs were observed instead of \(wanted.count)")
      }
      for (name, tensor) in zip(wanted, batch) {
        guard tensor.elementType == .float else {
          throw MethodError(.calibration, "the output is \(tensor.elementType), not float", at: Place(node: name))
        }
        guard tensor.withElements(Float.self, { $0.allSatisfy(\.isFinite) }) else {
          throw MethodError(
            .notFinite, "the output is NaN or infinite on the calibration data", at: Place(node: name),
            remedy: "check the preparation of the data (scale, mean, standard deviation)")
        }
      }
      batches.append(batch)
    }
    guard batches.contains(where: { $0.contains { $0.count > 0 } }) else {
      throw MethodError(.calibration, "the calibration data have no rows", remedy: "ask for more than zero rows")
    }
    names = wanted
    reference = batches
    scores = wanted.count == 1 ? Self.scores(batches.map { $0[0] }) : .none
  }

  /// What `model` does otherwise than the original.
  ///
  /// - Throws: `underlying` when it cannot be run or answers in another shape.
  func damage(of model: Model) throws(MethodError) -> OutputDamage {
    let classes = hasClasses ? reference[0][0].shape[1] : 1
    var sums = names.map { _ in DamageSum(scores, classes: classes) }
    var position = 0
    try source.observe(model, values: names) { batch throws(MethodError) in
      guard position < reference.count, batch.count == names.count else { throw Self.otherShape() }
      for (index, (before, after)) in zip(reference[position], batch).enumerated() {
        guard after.elementType == .float, after.shape == before.shape else { throw Self.otherShape() }
        before.withElements(Float.self) { old in
          after.withElements(Float.self) { new in sums[index].add(old, new) }
        }
      }
      position += 1
    }
    guard position == reference.count else { throw Self.otherShape() }
    return OutputDamage(noise: sums.reduce(0) { max($0, $1.noise) }, answers: sums[0].answers)
  }

  private static func otherShape() -> MethodError {
    MethodError(.underlying, "the rewritten model answers in another shape than the original")
  }

  /// Matrices of at least two columns are scores of classes; probabilities when no row says otherwise.
  private static func scores(_ outputs: [Tensor]) -> DamageSum.Scores {
    guard let columns = outputs.first?.shape.last, columns > 1,
      outputs.allSatisfy({ $0.shape.count == 2 && $0.shape[1] == columns })
    else { return .none }
    let areProbabilities = outputs.allSatisfy { tensor in
      tensor.withElements(Float.self) { values in
        stride(from: 0, to: values.count, by: columns).allSatisfy { start in
          let row = values[start..<start + columns]
          return row.allSatisfy { $0 >= 0 } && abs(row.reduce(0, +) - 1) < 1e-3
        }
      }
    }
    return areProbabilities ? .probabilities : .logits
  }
}
