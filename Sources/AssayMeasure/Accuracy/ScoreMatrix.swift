public import AssayCore

/// What can be wrong with outputs and labels that are to be judged.
public enum AccuracyErrorCode: String, FaultCode {
  /// The number of values does not fit rows and classes, or two lists differ in length.
  case shape
  /// A label is not a class of the model.
  case label

  /// 65: the data and the model do not belong together.
  public var exitStatus: ExitStatus { .badInput }
}

/// An error of judging answers.
public typealias AccuracyError = Fault<AccuracyErrorCode>

/// The outputs of a model for many rows: one score for each row and class, row after row.
public struct ScoreMatrix: Sendable, Hashable {
  /// rows × classes scores.
  public let values: [Float]
  public let rows: Int
  public let classes: Int

  /// Takes rows × classes scores.
  ///
  /// - Throws: `shape` when there is no class, a number is negative or the values do not fill the matrix.
  public init(_ values: [Float], rows: Int, classes: Int) throws(AccuracyError) {
    let (count, overflow) = rows.multipliedReportingOverflow(by: classes)
    guard classes > 0, rows >= 0, !overflow, count == values.count else {
      throw AccuracyError(
        .shape, "\(values.count) output values do not fill \(rows) rows of \(classes) classes",
        remedy: "judge one output of shape [rows, classes] at a time")
    }
    self.values = values
    self.rows = rows
    self.classes = classes
  }

  /// Calls `body` with the scores of each row in turn.
  func forEachRow(_ body: (_ row: Int, _ scores: UnsafeBufferPointer<Float>) -> Void) {
    values.withUnsafeBufferPointer { all in
      for row in 0..<rows { body(row, UnsafeBufferPointer(rebasing: all[row * classes..<(row + 1) * classes])) }
    }
  }
}

/// Outputs to be judged and what to judge them by.
public struct AccuracyInput: Sendable {
  public let outputs: ScoreMatrix
  /// True class of each row, or 0 (normal) and 1 (anomalous) where the outputs are a single score; nil without.
  public let labels: [Int]?
  /// True values, as many as outputs, for regression; nil otherwise.
  public let targets: [Float]?
  /// Outputs of the baseline for the same rows; nil when judging the baseline itself.
  public let baseline: ScoreMatrix?
  /// Predicted classes of the outputs, found once for all metrics.
  let predicted: [Int]
  /// Rows, right ones and answers by class; nil without labels and for a single score column, which has no classes.
  let counts: ClassCounts?

  /// Checks that everything belongs together.
  ///
  /// - Throws: `shape` when numbers of rows or classes differ, `label` when a label is outside 0..<classes (0 and 1 for a
  ///   single score column).
  public init(
    outputs: ScoreMatrix, labels: [Int]? = nil, targets: [Float]? = nil, baseline: ScoreMatrix? = nil
  ) throws(AccuracyError) {
    if let labels {
      guard labels.count == outputs.rows else {
        throw AccuracyError(
          .shape, "\(labels.count) labels for \(outputs.rows) rows of outputs",
          remedy: "give one label for each row")
      }
      let limit = max(2, outputs.classes)
      if let row = labels.firstIndex(where: { !(0..<limit).contains($0) }) {
        let known =
          outputs.classes == 1
          ? "a single score column only knows 0 (normal) and 1 (anomalous)"
          : "the model has \(outputs.classes) classes (0 to \(outputs.classes - 1))"
        throw AccuracyError(
          .label, "row \(row) is labelled \(labels[row]), but \(known)",
          remedy: "check that data and model belong together")
      }
    }
    if let targets, targets.count != outputs.values.count {
      throw AccuracyError(
        .shape, "\(targets.count) target values for \(outputs.values.count) outputs",
        remedy: "give one target for each output value")
    }
    if let baseline, (baseline.rows, baseline.classes) != (outputs.rows, outputs.classes) {
      throw AccuracyError(
        .shape,
        "the baseline answers [\(baseline.rows), \(baseline.classes)], the variant [\(outputs.rows), "
          + "\(outputs.classes)]", remedy: "compare models with the same outputs on the same rows")
    }
    self.outputs = outputs
    self.labels = labels
    self.targets = targets
    self.baseline = baseline
    let predicted = predictedClasses(outputs)
    self.predicted = predicted
    counts =
      outputs.classes == 1
      ? nil : labels.map { ClassCounts(labels: $0, predicted: predicted, classes: outputs.classes) }
  }
}
