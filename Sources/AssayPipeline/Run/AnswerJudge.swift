import AssayCore
import AssayMeasure

/// From the outputs on all rows to the answers that the record keeps.
enum AnswerJudge {
  /// Judges `outputs` of shape [rows, classes] against the labels of `rows`.
  ///
  /// - Parameter baseline: Outputs of the baseline on the same rows, for agreement and drift.
  /// - Returns: nil when the outputs are not one row of scores for each row of data.
  static func judge(_ outputs: Tensor, _ rows: PreparedRows, baseline: Tensor?) -> Answers? {
    guard let scores = scores(outputs),
      let input = try? AccuracyInput(outputs: scores, labels: rows.labels, baseline: baseline.flatMap(self.scores))
    else { return nil }
    return AccuracyMetricCatalog.answers(input, dataset: rows.record.name)
  }

  private static func scores(_ outputs: Tensor) -> ScoreMatrix? {
    guard outputs.elementType == .float, outputs.shape.count == 2 else { return nil }
    return try? ScoreMatrix(outputs.elements(Float.self), rows: outputs.shape[0], classes: outputs.shape[1])
  }
}
