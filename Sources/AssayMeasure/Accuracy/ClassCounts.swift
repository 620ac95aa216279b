/// A figure of right and wrong classes over a set of rows.
public enum ClassFigure: String, Sendable, Hashable, CaseIterable {
  /// Share of rows answered right.
  case top1
  case macroPrecision, macroRecall, macroF1
  case microPrecision, microRecall, microF1
}

/// How often each class was right, was there and was answered: all that precision, recall and F1 need.
public struct ClassCounts: Sendable, Hashable {
  /// Rows of the class that were answered right (true positives).
  public private(set) var right: [Int]
  /// Rows of the class, answered or not.
  public private(set) var support: [Int]
  /// Rows that were taken for the class.
  public private(set) var predictions: [Int]

  /// Number of classes.
  public var classes: Int { right.count }

  /// No rows yet.
  init(classes: Int) {
    right = [Int](repeating: 0, count: max(0, classes))
    support = right
    predictions = right
  }

  /// Counts pairs of label and predicted class; a prediction outside 0..<classes counts as unanswered, hence as missed.
  ///
  /// - Precondition: labels lie in 0..<classes (as `AccuracyInput` checks).
  public init(labels: [Int], predicted: [Int], classes: Int) {
    self.init(classes: classes)
    for (label, prediction) in zip(labels, predicted) { add(label: label, prediction: prediction, count: 1) }
  }

  mutating func add(label: Int, prediction: Int, count: Int) {
    support[label] += count
    if right.indices.contains(prediction) { predictions[prediction] += count }
    if label == prediction { right[label] += count }
  }

  /// Right ones among the rows taken for a class; 0 when there are none.
  public func precision(_ index: Int) -> Double { share(right[index], predictions[index]) }

  /// Right ones among the rows of a class; 0 when there are none.
  public func recall(_ index: Int) -> Double { share(right[index], support[index]) }

  /// Harmonic mean of precision and recall: 2·TP / (rows of the class + rows taken for it); 0 when there are none.
  public func f1(_ index: Int) -> Double { share(2 * right[index], support[index] + predictions[index]) }

  /// A figure over all classes; nil without rows.
  ///
  /// Macro figures are means over the classes that occur among labels or answers; micro figures pool the counts of all
  /// classes first: with TP right rows of n, of which a were answered, precision TP/a, recall TP/n (which is top-1) and F1
  /// 2·TP/(a + n). Without unanswered rows the three micro figures are one number. Laws: 0...1.
  public func value(_ figure: ClassFigure) -> Double? {
    let rows = total(support)
    guard rows > 0 else { return nil }
    return switch figure {
    case .top1, .microRecall: share(total(right), rows)
    case .microPrecision: share(total(right), total(predictions))
    case .microF1: share(2 * total(right), total(predictions) + rows)
    case .macroPrecision: mean(precision)
    case .macroRecall: mean(recall)
    case .macroF1: mean(f1)
    }
  }

  private func mean(_ figure: (Int) -> Double) -> Double {
    var (sum, present) = (0.0, 0)
    for index in right.indices where support[index] > 0 || predictions[index] > 0 {
      sum += figure(index)
      present += 1
    }
    return sum / Double(present)
  }

  private func total(_ counts: [Int]) -> Int { counts.reduce(0, +) }

  private func share(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }
}
