/// How often each true class was taken for each class.
public struct ConfusionMatrix: Sendable, Hashable {
  public let classes: Int
  /// classes × classes counts, the row being the true class, the column the predicted one.
  public let counts: [Int]
  /// Rows without an answer (NaN), by true class.
  public let unanswered: [Int]

  /// Rows, right ones and answers by class.
  public let totals: ClassCounts

  /// Counts pairs of label and predicted class; a prediction outside 0..<classes counts as unanswered.
  ///
  /// - Precondition: labels are as many as predictions and lie in 0..<classes (as `AccuracyInput` checks).
  public init(labels: [Int], predicted: [Int], classes: Int) {
    var counts = [Int](repeating: 0, count: classes * classes)
    var unanswered = [Int](repeating: 0, count: classes)
    for (label, prediction) in zip(labels, predicted) {
      if (0..<classes).contains(prediction) {
        counts[label * classes + prediction] += 1
      } else {
        unanswered[label] += 1
      }
    }
    self.classes = classes
    self.counts = counts
    self.unanswered = unanswered
    totals = ClassCounts(labels: labels, predicted: predicted, classes: classes)
  }

  /// Counts the lists of a run record; nil when they differ in length, a label is not a class or there are more than 4,096
  /// classes (whose table nobody reads).
  public init?(labels: [UInt64], answers: [UInt64], classes: Int) {
    guard (1...4096).contains(classes), labels.count == answers.count else { return nil }
    let limit = UInt64(classes)
    guard labels.allSatisfy({ $0 < limit }) else { return nil }
    self.init(
      labels: labels.map { Int($0) }, predicted: answers.map { Int(min($0, limit)) }, classes: classes)
  }

  /// How often the rows of a true class were taken for each class, by class.
  public func row(_ label: Int) -> ArraySlice<Int> { counts[label * classes..<(label + 1) * classes] }

  /// Rows of class `label` that were taken for class `prediction`.
  public func count(label: Int, prediction: Int) -> Int { counts[label * classes + prediction] }

  /// Rows of a true class, answered or not.
  public func support(_ label: Int) -> Int { totals.support[label] }

  /// Rows that were taken for a class.
  public func predictions(_ prediction: Int) -> Int { totals.predictions[prediction] }

  /// Right ones among the rows taken for a class; 0 when there are none.
  public func precision(_ index: Int) -> Double { totals.precision(index) }

  /// Right ones among the rows of a class; 0 when there are none.
  public func recall(_ index: Int) -> Double { totals.recall(index) }

  /// Harmonic mean of precision and recall of a class; 0 when there are none.
  public func f1(_ index: Int) -> Double { totals.f1(index) }

  /// Mean precision over the classes that occur among labels or answers; nil when none does.
  public var macroPrecision: Double? { totals.value(.macroPrecision) }
  /// Mean recall over the classes that occur among labels or answers; nil when none does.
  public var macroRecall: Double? { totals.value(.macroRecall) }
  /// Mean F1 over the classes that occur among labels or answers; nil when none does.
  public var macroF1: Double? { totals.value(.macroF1) }
}
