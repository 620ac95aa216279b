public import AssayCore

/// A way to judge answers: what it is called, what it means and the function that finds it.
public struct AccuracyMetric: Sendable {
  /// Name, unit and direction, as in gates and reports.
  public let metric: Metric
  /// One sentence for `assay list metrics`.
  public let summary: String
  /// The value, or nil when the input lacks what it needs (labels, targets, a baseline).
  public let evaluate: @Sendable (AccuracyInput) -> Double?

  public init(_ metric: Metric, _ summary: String, evaluate: @escaping @Sendable (AccuracyInput) -> Double?) {
    self.metric = metric
    self.summary = summary
    self.evaluate = evaluate
  }
}

/// Every accuracy metric Assay knows. A new one is a function in a file of this folder and an entry here.
public enum AccuracyMetricCatalog {
  public static let all: [AccuracyMetric] = [
    AccuracyMetric(
      Metric("accuracy.top1", unit: "fraction", .higherIsBetter, .quality),
      "share of rows whose highest score is the true class"
    ) { input in input.counts?.value(.top1) },
    AccuracyMetric(
      Metric("accuracy.top3", unit: "fraction", .higherIsBetter, .quality),
      "share of rows whose true class is among the three highest scores (models with more than three classes)"
    ) { input in input.topK(3) },
    AccuracyMetric(
      Metric("accuracy.top5", unit: "fraction", .higherIsBetter, .quality),
      "share of rows whose true class is among the five highest scores (models with more than five classes)"
    ) { input in input.topK(5) },
    AccuracyMetric(
      Metric("accuracy.log-loss", unit: "nat", .lowerIsBetter, .quality),
      "mean negative log probability of the true class"
    ) { input in input.classLabels.flatMap { logLoss(input.outputs, labels: $0) } },
    AccuracyMetric(
      Metric("accuracy.brier", unit: "score", .lowerIsBetter, .quality),
      "Brier score: mean squared distance of the probabilities from the truth, 0 to 2"
    ) { input in input.classLabels.flatMap { brierScore(input.outputs, labels: $0) } },
    AccuracyMetric(
      Metric("accuracy.ece", unit: "fraction", .lowerIsBetter, .quality),
      "expected calibration error: how far confidence and share of right answers lie apart, 15 bins"
    ) { input in input.classLabels.flatMap { expectedCalibrationError(input.outputs, labels: $0) } },
    AccuracyMetric(
      Metric("accuracy.auroc", unit: "fraction", .higherIsBetter, .quality),
      "area under the ROC curve, for anomaly scores and models with two classes"
    ) { input in input.labels.flatMap { areaUnderROC(input.outputs, labels: $0) } },
    AccuracyMetric(
      Metric("accuracy.precision", unit: "fraction", .higherIsBetter, .quality),
      "precision, the mean over the classes"
    ) { input in input.counts?.value(.macroPrecision) },
    AccuracyMetric(
      Metric("accuracy.recall", unit: "fraction", .higherIsBetter, .quality),
      "recall, the mean over the classes"
    ) { input in input.counts?.value(.macroRecall) },
    AccuracyMetric(
      Metric("accuracy.f1", unit: "fraction", .higherIsBetter, .quality),
      "F1, the mean over the classes"
    ) { input in input.counts?.value(.macroF1) },
    AccuracyMetric(
      Metric("accuracy.f1-micro", unit: "fraction", .higherIsBetter, .quality),
      "F1 of the pooled classes: top-1 unless rows are without an answer, which cost less here"
    ) { input in input.counts?.value(.microF1) },
    AccuracyMetric(
      Metric("accuracy.unanswered", unit: "count", .lowerIsBetter, .quality),
      "rows without an answer because an output is NaN; they count as wrong"
    ) { input in input.labels.map { _ in Double(input.predicted.count { $0 == input.outputs.classes }) } },
    AccuracyMetric(
      Metric("accuracy.mae", unit: "output", .lowerIsBetter, .quality), "mean absolute error, for regression"
    ) { input in input.regression?.meanAbsolute },
    AccuracyMetric(
      Metric("accuracy.mse", unit: "output²", .lowerIsBetter, .quality), "mean squared error, for regression"
    ) { input in input.regression?.meanSquared },
    AccuracyMetric(
      Metric("accuracy.r2", unit: "fraction", .higherIsBetter, .quality),
      "coefficient of determination, for regression"
    ) { input in input.regression?.r2 },
    AccuracyMetric(
      Metric("drift.agreement", unit: "fraction", .higherIsBetter, .quality),
      "share of rows with the baseline's predicted class"
    ) { input in input.baseline.flatMap { OutputDrift.agreement(input.outputs, with: $0) } },
    AccuracyMetric(
      Metric("drift.kl", unit: "nat", .lowerIsBetter, .quality),
      "mean Kullback-Leibler divergence of the variant's probabilities from the baseline's"
    ) { input in input.baseline.flatMap { OutputDrift.divergence(of: input.outputs, from: $0) } },
    AccuracyMetric(
      Metric("drift.cosine", unit: "fraction", .higherIsBetter, .quality),
      "mean cosine of the variant's and the baseline's output rows"
    ) { input in input.baseline.flatMap { OutputDrift.cosine(input.outputs, with: $0) } },
    AccuracyMetric(
      Metric("drift.sqnr", unit: "dB", .higherIsBetter, .quality),
      "ratio of the baseline's output power to the power of the difference; none when they are equal"
    ) { input in input.baseline.flatMap { OutputDrift.sqnr_dB(of: input.outputs, against: $0) } },
  ]

  /// Every metric the input allows, by name, as `Answers.metrics` stores them.
  ///
  /// A value that is not finite cannot be stored and is left out.
  public static func evaluate(_ input: AccuracyInput) -> [String: Double] {
    var values: [String: Double] = [:]
    for entry in all {
      if let value = entry.evaluate(input), value.isFinite { values[entry.metric.name] = value }
    }
    return values
  }

  /// The answers of a trial, ready for the run record.
  ///
  /// - Parameter dataset: Name of the `DatasetRecord` whose rows were judged.
  public static func answers(_ input: AccuracyInput, dataset: String) -> Answers {
    // A single score column has no classes to answer with.
    Answers(
      dataset: dataset, classes: PackedIntegers(input.counts == nil ? [] : input.predicted.map { UInt64($0) }),
      metrics: evaluate(input))
  }
}

extension AccuracyInput {
  /// Labels that are classes; nil for a single score column.
  var classLabels: [Int]? { outputs.classes > 1 ? labels : nil }

  /// Top-k accuracy where it says more than that there are k classes.
  func topK(_ k: Int) -> Double? {
    outputs.classes > k ? labels.flatMap { topKAccuracy(outputs, labels: $0, k: k) } : nil
  }

  var regression: RegressionErrors? {
    targets.flatMap { RegressionErrors(outputs: outputs.values, targets: $0) }
  }
}
