/// Area under the receiver operating characteristic: how surely a random positive row scores above a random negative one.
///
/// (R − p(p + 1)/2) / (p·n), R the sum of the positive rows' ranks among all, equal scores sharing their mean rank: the
/// Mann-Whitney statistic, and the trapezoid under the curve (J. Hanley, B. McNeil, Radiology 143, 1982). A row with a NaN is
/// wrong either way: it ranks lowest as a positive, highest as a negative. Laws: 0...1; ½ for equal scores; exchanging
/// the two kinds of rows, or the signs of the scores, mirrors it about ½ (without NaN); any increasing function of the scores
/// leaves it. Nil when the lists differ in length or one of the two kinds is missing.
///
/// - Complexity: O(n log n).
public func areaUnderROC(scores: [Double], positive: [Bool]) -> Double? {
  guard scores.count == positive.count else { return nil }
  let positives = positive.count { $0 }
  let negatives = positive.count - positives
  guard positives > 0, negatives > 0 else { return nil }
  // NaN goes beyond both ends, and positives without a score below everything else, even below minus infinity.
  func key(_ row: Int) -> (Int, Double) {
    scores[row].isNaN ? (positive[row] ? -1 : 1, 0) : (0, scores[row])
  }
  let order = scores.indices.map(key).enumerated().sorted { $0.element < $1.element }
  var rankSum = 0.0
  var start = 0
  while start < order.count {
    var end = start
    var tied = 0
    while end < order.count, order[end].element == order[start].element {
      if positive[order[end].offset] { tied += 1 }
      end += 1
    }
    rankSum += Double(tied) * (Double(start + 1) + Double(end)) / 2
    start = end
  }
  let (p, n) = (Double(positives), Double(negatives))
  return (rankSum - p * (p + 1) / 2) / (p * n)
}

/// The area under the ROC curve of a model's outputs, with label 1 as the positive class.
///
/// A single column is the score itself; of two columns it is the probability of class 1 (or the difference of the logits,
/// which orders rows alike and saturates less). Nil for more columns, or when only one label occurs.
public func areaUnderROC(_ scores: ScoreMatrix, labels: [Int]) -> Double? {
  guard scores.classes <= 2, labels.count == scores.rows else { return nil }
  let areGiven = scores.classes == 2 && areProbabilities(scores)
  var values: [Double] = []
  values.reserveCapacity(scores.rows)
  scores.forEachRow { _, row in
    if row.count == 1 {
      values.append(Double(row[0]))
    } else {
      let isMissing = row[0].isNaN || row[1].isNaN
      values.append(isMissing ? .nan : areGiven ? Double(row[1]) : Double(row[1]) - Double(row[0]))
    }
  }
  return areaUnderROC(scores: values, positive: labels.map { $0 == 1 })
}
