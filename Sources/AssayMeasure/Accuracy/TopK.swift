/// The class of the largest score of each row; the lowest index wins a tie.
///
/// A row that holds a NaN has no answer: it gets the index `scores.classes`, one beyond the last class, which no label
/// equals, so that it counts as wrong everywhere.
///
/// - Complexity: O(rows · classes).
public func predictedClasses(_ scores: ScoreMatrix) -> [Int] {
  var classes = [Int](repeating: scores.classes, count: scores.rows)
  scores.forEachRow { row, values in
    var best = 0
    var hasNaN = false
    for index in values.indices {
      hasNaN = hasNaN || values[index].isNaN
      if values[index] > values[best] { best = index }
    }
    if !hasNaN { classes[row] = best }
  }
  return classes
}

/// Rows without an answer because a score is NaN.
public func unansweredRows(_ scores: ScoreMatrix) -> Int {
  predictedClasses(scores).count { $0 == scores.classes }
}

/// Share of rows whose label is among the `k` highest scores, 0...1; nil without rows.
///
/// Of equal scores the lower index ranks higher, as in `predictedClasses`: top-1 is the share of rows predicted right.
/// Rows with a NaN count as wrong. Laws: grows with k; 1 for k ≥ classes without NaN.
///
/// - Precondition: labels are as many as rows and lie in 0..<classes (as `AccuracyInput` checks).
public func topKAccuracy(_ scores: ScoreMatrix, labels: [Int], k: Int) -> Double? {
  guard scores.rows > 0 else { return nil }
  var right = 0
  scores.forEachRow { row, values in
    let label = labels[row]
    let score = values[label]
    var rank = 0
    var hasNaN = false
    for index in values.indices {
      let value = values[index]
      hasNaN = hasNaN || value.isNaN
      if value > score || (value == score && index < label) { rank += 1 }
    }
    if !hasNaN && rank < k { right += 1 }
  }
  return Double(right) / Double(scores.rows)
}
