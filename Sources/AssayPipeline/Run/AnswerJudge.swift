import AssayCore
import AssayData
import AssayMeasure

/// From the outputs on all rows to the answers that the record keeps.
enum AnswerJudge {
  /// Judges `outputs` of shape [rows, classes], or [rows, values] for regression, against the targets of `rows`.
  ///
  /// - Parameter baseline: Outputs of the baseline on the same rows, for agreement and drift.
  /// - Throws: `shape` when the outputs are not one row of scores for each row of data, `label` when the data have
  ///   classes that the model has not.
  static func judge(
    _ outputs: Tensor?, _ rows: PreparedRows, baseline: Tensor?
  ) throws(AccuracyError) -> Answers {
    guard let outputs else { throw AccuracyError(.shape, "the outputs cannot be read back") }
    let baseline = try baseline.map { tensor throws(AccuracyError) in try scores(tensor) }
    let own = try scores(outputs)
    let input =
      switch rows.targets {
      case .classes(let labels, _): try AccuracyInput(outputs: own, labels: labels, baseline: baseline)
      case .values(let values): try AccuracyInput(outputs: own, targets: values, baseline: baseline)
      case .unlabelled: try AccuracyInput(outputs: own, baseline: baseline)
      }
    return AccuracyMetricCatalog.answers(input, dataset: rows.record.name)
  }

  private static func scores(_ outputs: Tensor) throws(AccuracyError) -> ScoreMatrix {
    guard outputs.elementType == .float, outputs.shape.count == 2 else {
      throw AccuracyError(.shape, "the outputs are \(outputs.elementType) of shape \(outputs.shape)")
    }
    return try ScoreMatrix(outputs.elements(Float.self), rows: outputs.shape[0], classes: outputs.shape[1])
  }
}
