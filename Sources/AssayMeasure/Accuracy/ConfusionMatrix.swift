/// How often each true class was taken for each class.
public struct ConfusionMatrix: Sendable, Hashable {
  public let classes: Int
  /// classes × classes counts, the row being the true class, the column the predicted one.
  public let counts: [Int]
  /// Rows without an answer (NaN), by true class.
  public let unanswered: [Int]

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
  }

  /// Rows of class `label` that were taken for class `prediction`.
  public func count(label: Int, prediction: Int) -> Int { counts[label * classes + prediction] }

  /// Rows of a true class, answered or not.
  public func support(_ label: Int) -> Int {
    (0..<classes).reduce(unanswered[label]) { $0 + count(label: label, prediction: $1) }
  }

  /// Rows that were taken for a class.
  public func predictions(_ prediction: Int) -> Int {
    (0..<classes).reduce(0) { $0 + count(label: $1, prediction: prediction) }
  }

  /// Right ones among the rows taken for a class; 0 when there are none.
  public func precision(_ index: Int) -> Double { share(count(label: index, prediction: index), predictions(index)) }

  /// Right ones among the rows of a class; 0 when there are none.
  public func recall(_ index: Int) -> Double { share(count(label: index, prediction: index), support(index)) }

  /// Harmonic mean of precision and recall: 2·TP / (rows of the class + rows taken for it); 0 when there are none.
  public func f1(_ index: Int) -> Double {
    share(2 * count(label: index, prediction: index), support(index) + predictions(index))
  }

  /// Mean precision over the classes that occur among labels or answers; nil when none does.
  public var macroPrecision: Double? { mean(precision) }
  /// Mean recall over the classes that occur among labels or answers; nil when none does.
  public var macroRecall: Double? { mean(recall) }
  /// Mean F1 over the classes that occur among labels or answers; nil when none does.
  public var macroF1: Double? { mean(f1) }

  private func mean(_ figure: (Int) -> Double) -> Double? {
    let present = (0..<classes).filter { support($0) > 0 || predictions($0) > 0 }
    return present.isEmpty ? nil : present.reduce(0) { $0 + figure($1) } / Double(present.count)
  }

  private func share(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }
}
