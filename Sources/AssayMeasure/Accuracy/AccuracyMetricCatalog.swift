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
    ) { input in input.labels.flatMap { topKAccuracy(input.outputs, labels: $0, k: 1) } },
    AccuracyMetric(
      Metric("accuracy.top5", unit: "fraction", .higherIsBetter, .quality),
      "share of rows whose true class is among the five highest scores (models with more than five classes)"
    ) { input in
      input.outputs.classes > 5 ? input.labels.flatMap { topKAccuracy(input.outputs, labels: $0, k: 5) } : nil
    },
    AccuracyMetric(
      Metric("accuracy.log-loss", unit: "nat", .lowerIsBetter, .quality),
      "mean negative log probability of the true class"
    ) { input in input.labels.flatMap { logLoss(input.outputs, labels: $0) } },
    AccuracyMetric(
      Metric("accuracy.precision", unit: "fraction", .higherIsBetter, .quality),
      "precision, the mean over the classes"
    ) { input in input.confusion?.macroPrecision },
    AccuracyMetric(
      Metric("accuracy.recall", unit: "fraction", .higherIsBetter, .quality),
      "recall, the mean over the classes"
    ) { input in input.confusion?.macroRecall },
    AccuracyMetric(
      Metric("accuracy.f1", unit: "fraction", .higherIsBetter, .quality),
      "F1, the mean over the classes"
    ) { input in input.confusion?.macroF1 },
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
    Answers(
      dataset: dataset, classes: PackedIntegers(input.labels == nil ? [] : input.predicted.map { UInt64($0) }),
      metrics: evaluate(input))
  }
}

extension AccuracyInput {
  var confusion: ConfusionMatrix? {
    labels.map { ConfusionMatrix(labels: $0, predicted: predicted, classes: outputs.classes) }
  }

  var regression: RegressionErrors? {
    targets.flatMap { RegressionErrors(outputs: outputs.values, targets: $0) }
  }
}
