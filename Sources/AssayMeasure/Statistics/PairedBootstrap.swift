import AssayCore

/// Percentile interval of a figure of two models on the same rows, by the paired bootstrap.
///
/// Each of `replicates` times as many rows are drawn with replacement as there are, *the same rows for both models*, and
/// `difference` is asked for the figure's difference on them; the interval runs between the type 7 quantiles at
/// (1 ∓ confidence)/2 (B. Efron, R. Tibshirani, An Introduction to the Bootstrap, chapter 13). Draws for which there is no
/// difference are left out. Equal seeds give equal intervals. Laws: two equal models have [0, 0]; exchanging the models
/// mirrors the interval; it widens with the confidence. Nil without rows, or when no draw has a finite difference.
///
/// - Parameter difference: Gets row indices, 0..<rows, `rows` of them; some occur several times.
/// - Complexity: O(replicates · rows), and `replicates` calls.
public func pairedBootstrap(
  rows: Int, replicates: Int = 2000, seed: UInt64 = 1, confidence: Double = 0.95,
  difference: (_ drawn: [Int]) -> Double?
) -> ConfidenceInterval? {
  guard rows > 0, confidence > 0, confidence < 1 else { return nil }
  var generator = SeededGenerator(seed: seed)
  var drawn = [Int](repeating: 0, count: rows)
  var differences: [Double] = []
  for _ in 0..<max(1, replicates) {
    for place in drawn.indices { drawn[place] = generator.index(below: rows) }
    if let value = difference(drawn), value.isFinite { differences.append(value) }
  }
  return percentileInterval(differences, confidence: confidence)
}

/// The range between the type 7 quantiles at (1 ∓ confidence)/2; nil without values.
func percentileInterval(_ statistics: [Double], confidence: Double) -> ConfidenceInterval? {
  SortedValues(statistics).map {
    ConfidenceInterval(
      low: $0.quantile((1 - confidence) / 2), high: $0.quantile((1 + confidence) / 2), coverage: confidence)
  }
}

/// The classes that two models answered on the same rows, with what is right.
///
/// Rows with the same label and the same two answers are one case with a count, so that a bootstrap draw costs a counter
/// for each row and a few operations for each case.
public struct PairedClasses: Sendable, Hashable {
  /// Rows compared.
  public var rows: Int { caseOfRow.count }
  /// Which case each row is.
  private let caseOfRow: [Int32]
  private let cases: [Case]
  /// Classes that occur, renumbered from 0.
  private let classes: Int

  /// Label and answers as renumbered classes; −1 for an answer that is no class.
  private struct Case: Sendable, Hashable {
    var label: Int
    var baseline: Int
    var variant: Int
  }

  /// Takes lists as the run record holds them.
  ///
  /// - Parameter classes: Number of the model's classes; an answer from there on is a row without an answer (NaN). With nil
  ///   every answer is a class.
  /// - Returns: nil when the lists differ in length, have more than 2³¹ − 1 rows, or a label is not a class.
  /// - Complexity: O(rows), whatever the numbers of the classes are.
  public init?(labels: [UInt64], baseline: [UInt64], variant: [UInt64], classes: Int? = nil) {
    guard labels.count == baseline.count, labels.count == variant.count, labels.count < Int32.max else { return nil }
    let limit = classes.map { UInt64(max(0, $0)) }
    guard limit.map({ limit in labels.allSatisfy { $0 < limit } }) ?? true else { return nil }
    var numbers: [UInt64: Int] = [:]
    func number(_ value: UInt64) -> Int {
      if let limit, value >= limit { return -1 }
      if let known = numbers[value] { return known }
      numbers[value] = numbers.count
      return numbers.count - 1
    }
    var places: [Case: Int32] = [:]
    var cases: [Case] = []
    var caseOfRow: [Int32] = []
    caseOfRow.reserveCapacity(labels.count)
    for row in labels.indices {
      let one = Case(label: number(labels[row]), baseline: number(baseline[row]), variant: number(variant[row]))
      let place = places[one] ?? Int32(cases.count)
      if place == cases.count {
        places[one] = place
        cases.append(one)
      }
      caseOfRow.append(place)
    }
    self.caseOfRow = caseOfRow
    self.cases = cases
    self.classes = numbers.count
  }

  /// The figure of the variant minus the baseline's, over all rows; nil without rows.
  public func difference(_ figure: ClassFigure) -> Double? {
    var counts = [Int32](repeating: 0, count: cases.count)
    for place in caseOfRow { counts[Int(place)] += 1 }
    return difference(figure, counts)
  }

  /// Percentile interval of `difference`, as `pairedBootstrap` defines it; nil without rows.
  public func bootstrapInterval(
    _ figure: ClassFigure, replicates: Int = 2000, seed: UInt64 = 1, confidence: Double = 0.95
  ) -> ConfidenceInterval? {
    guard rows > 0, confidence > 0, confidence < 1 else { return nil }
    var generator = SeededGenerator(seed: seed)
    var counts = [Int32](repeating: 0, count: cases.count)
    var differences: [Double] = []
    for _ in 0..<max(1, replicates) {
      counts.withUnsafeMutableBufferPointer { counts in
        caseOfRow.withUnsafeBufferPointer { caseOfRow in
          counts.update(repeating: 0)
          for _ in 0..<caseOfRow.count { counts[Int(caseOfRow[generator.index(below: caseOfRow.count)])] += 1 }
        }
      }
      if let value = difference(figure, counts) { differences.append(value) }
    }
    return percentileInterval(differences, confidence: confidence)
  }

  private func difference(_ figure: ClassFigure, _ counts: [Int32]) -> Double? {
    var before = ClassCounts(classes: classes)
    var after = before
    for (place, one) in cases.enumerated() where counts[place] > 0 {
      before.add(label: one.label, prediction: one.baseline, count: Int(counts[place]))
      after.add(label: one.label, prediction: one.variant, count: Int(counts[place]))
    }
    guard let baseline = before.value(figure), let variant = after.value(figure) else { return nil }
    return variant - baseline
  }
}
