/// What became of one class between two sets of answers on the same rows.
public struct ClassChange: Sendable, Hashable {
  public let label: UInt64
  /// Rows of the class.
  public let support: Int
  /// Rows of the class the baseline has right and the variant wrong.
  public let lost: Int
  /// Rows of the class the variant has right and the baseline wrong.
  public let gained: Int
  /// Share of the class' rows the baseline has right, 0...1.
  public let recallBefore: Double
  /// Share of the class' rows the variant has right, 0...1.
  public let recallAfter: Double

  /// Change of the recall, −1...1.
  public var difference: Double { recallAfter - recallBefore }
}

/// The change of every class that has rows, in the order of the classes; nil when the lists differ in length.
///
/// An average can hide that one class was given up. Laws: supports, losses and gains add up to those of `PairedAnswers`;
/// exchanging the answers exchanges losses and gains.
///
/// - Complexity: O(rows + classes · log classes).
public func classChanges(labels: [UInt64], baseline: [UInt64], variant: [UInt64]) -> [ClassChange]? {
  guard labels.count == baseline.count, labels.count == variant.count else { return nil }
  var counts: [UInt64: (support: Int, before: Int, lost: Int, gained: Int)] = [:]
  for row in labels.indices {
    let (before, after) = (baseline[row] == labels[row], variant[row] == labels[row])
    var count = counts[labels[row]] ?? (0, 0, 0, 0)
    count.support += 1
    if before { count.before += 1 }
    if before && !after { count.lost += 1 }
    if after && !before { count.gained += 1 }
    counts[labels[row]] = count
  }
  return counts.sorted { $0.key < $1.key }.map { label, count in
    let support = Double(count.support)
    return ClassChange(
      label: label, support: count.support, lost: count.lost, gained: count.gained,
      recallBefore: Double(count.before) / support,
      recallAfter: Double(count.before - count.lost + count.gained) / support)
  }
}
