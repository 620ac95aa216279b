import AssayCore
import Testing

@testable import AssayMeasure

/// Laws of the accuracy figures that need probabilities, scores or classes one by one.
struct CalibrationTests {
  static let seeds: [UInt64] = Array(1...20)

  private func matrix(_ rows: [[Float]]) throws -> ScoreMatrix {
    try ScoreMatrix(rows.flatMap(\.self), rows: rows.count, classes: rows[0].count)
  }

  @Test func certaintyIsRewardedAndPunished() throws {
    let sure = try matrix([[1, 0, 0], [0, 0, 1]])
    #expect(expectedCalibrationError(sure, labels: [0, 2]) == 0 && brierScore(sure, labels: [0, 2]) == 0)
    #expect(expectedCalibrationError(sure, labels: [1, 1]) == 1 && brierScore(sure, labels: [1, 1]) == 2)
    let even = try matrix([[3, 3, 3, 3]])
    #expect(agree(brierScore(even, labels: [1]), 0.75))
    #expect(agree(expectedCalibrationError(even, labels: [0]), 0.75))
    let none = try ScoreMatrix([], rows: 0, classes: 2)
    #expect(expectedCalibrationError(none, labels: []) == nil && brierScore(none, labels: []) == nil)
    // What has no probabilities counts as certain and wrong.
    let broken = try matrix([[.nan, 1], [.infinity, 0], [-.infinity, -.infinity]])
    #expect(expectedCalibrationError(broken, labels: [1, 0, 0]) == 1 && brierScore(broken, labels: [1, 0, 0]) == 2)
    let masked = try matrix([[-.infinity, 2]])
    #expect(expectedCalibrationError(masked, labels: [1]) == 0 && brierScore(masked, labels: [1]) == 0)
  }

  @Test(arguments: seeds)
  func softmaxOfLogitsIsWhatProbabilitiesGive(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let (rows, classes) = (1 + random.index(below: 20), 2 + random.index(below: 6))
    let logits = (0..<rows * classes).map { _ in Float(random.unit() * 8 - 4) }
    let labels = (0..<rows).map { _ in random.index(below: classes) }
    let scores = try ScoreMatrix(logits, rows: rows, classes: classes)
    var probabilities: [Float] = []
    scores.forEachProbabilities { _, row in probabilities += (row.map(Array.init) ?? []).map { Float($0) } }
    let given = try ScoreMatrix(probabilities, rows: rows, classes: classes)
    #expect(areProbabilities(given), "seed \(seed)")
    let (brier, error) = (brierScore(scores, labels: labels), expectedCalibrationError(scores, labels: labels))
    #expect(agree(brierScore(given, labels: labels), brier ?? .nan, 1e-5), "seed \(seed)")
    #expect(agree(expectedCalibrationError(given, labels: labels), error ?? .nan, 1e-4), "seed \(seed)")
    #expect((0...2).contains(brier ?? -1) && (0...1).contains(error ?? -1), "seed \(seed)")
    // One bin: the plain difference between top-1 and mean confidence.
    var confidence = 0.0
    scores.forEachProbabilities { _, row in confidence += row?.max() ?? 1 }
    let top1 = topKAccuracy(scores, labels: labels, k: 1) ?? .nan
    let single = expectedCalibrationError(scores, labels: labels, bins: 1)
    #expect(agree(single, abs(top1 - confidence / Double(rows))), "seed \(seed)")
    #expect((single ?? 2) <= (error ?? -1) + 1e-12, "seed \(seed)")
  }

  @Test(arguments: seeds)
  func areaIsTheShareOfPairsInOrder(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let count = 2 + random.index(below: 30)
    let scores = (0..<count).map { _ in Double(random.index(below: 6)) }
    var positive = (0..<count).map { _ in random.unit() < 0.4 }
    (positive[0], positive[1]) = (true, false)
    var (won, pairs) = (0.0, 0.0)
    for i in 0..<count where positive[i] {
      for j in 0..<count where !positive[j] {
        won += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0
        pairs += 1
      }
    }
    let area = try #require(areaUnderROC(scores: scores, positive: positive))
    #expect(agree(area, won / pairs), "seed \(seed)")
    #expect(agree(areaUnderROC(scores: scores.map { -$0 }, positive: positive), 1 - area), "seed \(seed)")
    #expect(agree(areaUnderROC(scores: scores, positive: positive.map { !$0 }), 1 - area), "seed \(seed)")
    #expect(areaUnderROC(scores: scores.map { $0 * $0 * $0 + 4 }, positive: positive) == area, "seed \(seed)")
  }

  @Test func areaAtTheEdges() throws {
    #expect(areaUnderROC(scores: [1, 1, 1], positive: [true, false, true]) == 0.5)
    #expect(
      areaUnderROC(scores: [1, 2], positive: [true, true]) == nil && areaUnderROC(scores: [], positive: []) == nil)
    #expect(areaUnderROC(scores: [1], positive: [true, false]) == nil)
    // NaN is wrong as a positive and as a negative, whatever the others are.
    #expect(areaUnderROC(scores: [.nan, -.infinity], positive: [true, false]) == 0)
    #expect(areaUnderROC(scores: [.infinity, .nan], positive: [true, false]) == 0)
    #expect(areaUnderROC(scores: [.nan, .nan], positive: [true, false]) == 0)
    let three = try matrix([[0, 1, 2], [0, 1, 2]])
    #expect(areaUnderROC(three, labels: [0, 1]) == nil)
    // The difference of the logits still orders what a softmax in single precision calls 1.
    let saturated = try matrix([[-100, 100], [-200, 200], [0, 50]])
    #expect(areaUnderROC(saturated, labels: [0, 1, 0]) == 1)
    let broken = try matrix([[.nan, 1], [0, 1]])
    #expect(areaUnderROC(broken, labels: [1, 0]) == 0)
  }

  @Test func aSingleScoreColumnHasNoClasses() throws {
    let scores = try matrix([[0.1], [0.9], [0.4]])
    let input = try AccuracyInput(outputs: scores, labels: [0, 1, 0], baseline: scores)
    let values = AccuracyMetricCatalog.evaluate(input)
    #expect(values["accuracy.auroc"] == 1)
    #expect(values.keys.sorted() == ["accuracy.auroc", "accuracy.unanswered", "drift.cosine"])
    #expect(AccuracyMetricCatalog.answers(input, dataset: "test").classes.values.isEmpty)
  }

  @Test(arguments: seeds)
  func figuresOfClassesKeepTheirLaws(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let (rows, classes) = (1 + random.index(below: 40), 1 + random.index(below: 5))
    let labels = (0..<rows).map { _ in random.index(below: classes) }
    let answers = (0..<rows).map { _ in random.index(below: classes + 1) }
    let counts = ClassCounts(labels: labels, predicted: answers, classes: classes)
    for figure in ClassFigure.allCases {
      let value = try #require(counts.value(figure))
      #expect((0...1).contains(value), "seed \(seed), \(figure)")
    }
    let right = zip(labels, answers).count { $0 == $1 }
    #expect(agree(counts.value(.top1), Double(right) / Double(rows)), "seed \(seed)")
    #expect((counts.value(.microF1) ?? -1) >= (counts.value(.top1) ?? 2), "seed \(seed)")
    let allAnswered = ClassCounts(labels: labels, predicted: answers.map { min($0, classes - 1) }, classes: classes)
    #expect(allAnswered.value(.microF1) == allAnswered.value(.top1), "seed \(seed)")
    #expect(allAnswered.value(.microPrecision) == allAnswered.value(.microRecall), "seed \(seed)")
    // From the lists of a record, the same; and rows of the table add up.
    let table = try #require(
      ConfusionMatrix(labels: labels.map { UInt64($0) }, answers: answers.map { UInt64($0) }, classes: classes))
    #expect(table.totals == counts, "seed \(seed)")
    for label in 0..<classes {
      #expect(table.row(label).reduce(0, +) + table.unanswered[label] == table.support(label), "seed \(seed)")
      #expect(table.row(label)[table.row(label).startIndex + label] == counts.right[label], "seed \(seed)")
    }
  }

  @Test func tablesOfBrokenRecordsAreRefused() {
    #expect(ConfusionMatrix(labels: [2], answers: [0], classes: 2) == nil)
    #expect(ConfusionMatrix(labels: [1], answers: [], classes: 2) == nil)
    #expect(ConfusionMatrix(labels: [1], answers: [1], classes: .max) == nil)
    #expect(ConfusionMatrix(labels: [], answers: [], classes: 0) == nil)
    #expect(ConfusionMatrix(labels: [1], answers: [.max], classes: 2)?.unanswered == [0, 1])
    #expect(ClassCounts(labels: [], predicted: [], classes: 2).value(.top1) == nil)
  }

  @Test(arguments: seeds)
  func changesOfClassesAddUpToTheFlips(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let rows = random.index(below: 60)
    func draw() -> [UInt64] { (0..<rows).map { _ in UInt64(random.index(below: 4)) } }
    let (labels, baseline, variant) = (draw(), draw(), draw())
    let changes = try #require(classChanges(labels: labels, baseline: baseline, variant: variant))
    let flips = try #require(PairedAnswers(baseline: baseline, variant: variant, labels: labels))
    #expect(changes.reduce(0) { $0 + $1.support } == rows, "seed \(seed)")
    #expect(changes.reduce(0) { $0 + $1.lost } == flips.lost, "seed \(seed)")
    #expect(changes.reduce(0) { $0 + $1.gained } == flips.gained, "seed \(seed)")
    #expect(changes.map(\.label) == Set(labels).sorted(), "seed \(seed)")
    let back = try #require(classChanges(labels: labels, baseline: variant, variant: baseline))
    for (one, other) in zip(changes, back) {
      #expect((one.lost, one.gained) == (other.gained, other.lost), "seed \(seed)")
      #expect(one.recallBefore == other.recallAfter, "seed \(seed)")
      let net = Double(one.gained - one.lost) / Double(one.support)
      #expect(abs(one.difference - net) < 1e-12, "seed \(seed)")
    }
    #expect(classChanges(labels: [1], baseline: [], variant: [1]) == nil)
  }
}
