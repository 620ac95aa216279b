import AssayCore
import Testing

@testable import AssayMeasure

struct AccuracyTests {
  /// Against NumPy, SciPy and scikit-learn: Oracles/accuracy.py.
  @Test func everyMetricAgreesWithItsOracle() throws {
    let rows = try OracleTable("accuracy").rows
    #expect(rows.count > 75)
    for row in rows {
      let found = AccuracyMetricCatalog.all.first { $0.metric.name == row.name }
      let entry = try #require(found)
      let given = try input(row)
      let value = entry.evaluate(given)
      #expect(agree(value, row.expected, 1e-9), "\(row.testDescription): \(String(describing: value))")
    }
  }

  private func input(_ row: OracleTable.Row) throws -> AccuracyInput {
    let (classes, outputs) = (row.integer(1), row.numbers(2).map { Float($0) })
    let rows = outputs.count / classes
    if ["accuracy.mae", "accuracy.mse", "accuracy.r2"].contains(row.name) {
      return try AccuracyInput(
        outputs: try ScoreMatrix(outputs, rows: rows, classes: classes), targets: row.numbers(3).map { Float($0) })
    }
    return try AccuracyInput(
      outputs: try ScoreMatrix(outputs, rows: rows, classes: classes),
      labels: row.cells[4].split(separator: " ").map { Int($0) ?? -1 },
      baseline: try ScoreMatrix(row.numbers(3).map { Float($0) }, rows: rows, classes: classes))
  }

  private func matrix(_ rows: [[Float]]) throws -> ScoreMatrix {
    try ScoreMatrix(rows.flatMap(\.self), rows: rows.count, classes: rows[0].count)
  }

  @Test func tiesGoToTheLowestIndexAndNaNIsNoAnswer() throws {
    let scores = try matrix([
      [1, 1, 0], [0, 2, 2], [.nan, 1, 0], [0, 1, .nan], [-.infinity, -.infinity, -.infinity],
    ])
    #expect(predictedClasses(scores) == [0, 1, 3, 3, 0])
    #expect(unansweredRows(scores) == 2)
    #expect(topKAccuracy(scores, labels: [1, 1, 1, 1, 0], k: 1) == 0.4)
    #expect(topKAccuracy(scores, labels: [1, 2, 1, 1, 2], k: 2) == 0.4)
    #expect(topKAccuracy(scores, labels: [1, 2, 1, 1, 2], k: 3) == 0.6)
    let none = try ScoreMatrix([], rows: 0, classes: 3)
    #expect(topKAccuracy(none, labels: [], k: 1) == nil)
  }

  @Test func logLossKnowsProbabilitiesAndBoundsWhatIsImpossible() throws {
    let even = try matrix([[5, 5, 5, 5]])
    #expect(agree(logLoss(even, labels: [2]), 1.3862943611198906))
    let sure = try matrix([[1, 0], [0, 1]])
    #expect(areProbabilities(sure) && logLoss(sure, labels: [0, 1]) == 0)
    #expect(agree(logLoss(sure, labels: [1, 1]), 34.538776394910684 / 2))
    let broken = try matrix([[.nan, 1], [1, 0]])
    #expect(agree(logLoss(broken, labels: [1, 0]), 34.538776394910684 / 2))
    let (tooLarge, negative) = (try matrix([[0.5, 0.5], [0.5, 0.6]]), try matrix([[1.5, -0.5]]))
    #expect(!areProbabilities(tooLarge) && !areProbabilities(negative))
    let extreme = try matrix([[1000, -1000]])
    #expect(agree(logLoss(extreme, labels: [1]), 34.538776394910684))
  }

  @Test func confusionCountsUnansweredRowsAsMissed() {
    let confusion = ConfusionMatrix(labels: [0, 0, 1, 1], predicted: [0, 3, 1, 0], classes: 3)
    #expect(confusion.count(label: 0, prediction: 0) == 1 && confusion.unanswered == [1, 0, 0])
    #expect(confusion.support(0) == 2 && confusion.recall(0) == 0.5 && confusion.precision(0) == 0.5)
    // Class 2 occurs nowhere and has no part in the mean: (0.5 + 0.5) / 2.
    #expect(confusion.macroRecall == 0.5 && confusion.macroPrecision == 0.75)
    #expect(ConfusionMatrix(labels: [], predicted: [], classes: 2).macroF1 == nil)
  }

  @Test func regressionByHand() throws {
    let errors = try #require(RegressionErrors(outputs: [1, 2, 5], targets: [1, 3, 2]))
    #expect(agree(errors.meanAbsolute, 4.0 / 3) && agree(errors.meanSquared, 10.0 / 3) && agree(errors.r2, -4))
    #expect(RegressionErrors(outputs: [1], targets: [2])?.r2 == nil)
    #expect(RegressionErrors(outputs: [], targets: []) == nil && RegressionErrors(outputs: [1], targets: []) == nil)
  }

  @Test func anOutputDoesNotDriftFromItself() throws {
    let scores = try matrix([[1, 2, 3], [0, -5, 1], [-.infinity, 0, 1]])
    #expect(OutputDrift.agreement(scores, with: scores) == 1)
    #expect(OutputDrift.divergence(of: scores, from: scores) == 0)
    let finite = try matrix([[1, 2, 3], [0, 0, 0]])
    #expect(
      agree(OutputDrift.cosine(finite, with: finite), 1)
        && OutputDrift.sqnr_dB(of: finite, against: finite) == .infinity)
    let broken = try matrix([[.nan, 2, 3], [0, 0, 0]])
    #expect(OutputDrift.agreement(broken, with: finite) == 0.5 && OutputDrift.divergence(of: broken, from: finite) == 0)
    #expect(OutputDrift.cosine(broken, with: finite) == nil)
    #expect(OutputDrift.agreement(finite, with: scores) == nil)
  }

  @Test func whatCannotBeStoredIsLeftOut() throws {
    let scores = try matrix([[1, 2], [3, 4]])
    let input = try AccuracyInput(outputs: scores, labels: [1, 0], baseline: scores)
    let values = AccuracyMetricCatalog.evaluate(input)
    #expect(values["drift.sqnr"] == nil && values["accuracy.top5"] == nil && values["accuracy.mae"] == nil)
    #expect(values["accuracy.top1"] == 0.5 && values["drift.agreement"] == 1)
    let answers = AccuracyMetricCatalog.answers(input, dataset: "test")
    #expect(answers.classes.values == [1, 1] && answers.metrics == values)
    #expect(Set(AccuracyMetricCatalog.all.map(\.metric.name)).count == AccuracyMetricCatalog.all.count)
  }

  @Test func inputThatDoesNotFitIsRefused() throws {
    let scores = try matrix([[1, 2], [3, 4]])
    #expect(throws: AccuracyError.self) { _ = try ScoreMatrix([1, 2, 3], rows: 2, classes: 2) }
    #expect(throws: AccuracyError.self) { _ = try ScoreMatrix([], rows: .max, classes: 2) }
    #expect(throws: AccuracyError.self) { _ = try ScoreMatrix([], rows: 0, classes: 0) }
    #expect(throws: AccuracyError.self) { _ = try AccuracyInput(outputs: scores, labels: [0]) }
    #expect(throws: AccuracyError.self) { _ = try AccuracyInput(outputs: scores, targets: [0, 2]) }
    let other = try matrix([[1, 2]])
    #expect(throws: AccuracyError.self) { _ = try AccuracyInput(outputs: scores, baseline: other) }
    let error = #expect(throws: AccuracyError.self) { _ = try AccuracyInput(outputs: scores, labels: [0, 2]) }
    #expect(error?.code == .label && error?.message.contains("row 1") == true)
    let anomaly = try matrix([[0.5], [2]])
    let second = #expect(throws: AccuracyError.self) { _ = try AccuracyInput(outputs: anomaly, labels: [0, 2]) }
    #expect(second?.message.contains("0 (normal) and 1 (anomalous)") == true)
  }
}
