import AssayCore

/// How far the launch scores of one run lie above those of another that was made independently.
///
/// For two runs whose launches have nothing in common, so that pairing them by number would be arbitrary: launch scores are
/// log ratios to each run's own baseline or control kernel.
public struct ShiftEstimate: Sendable, Hashable {
  /// Median of all differences candidate − base: Hodges and Lehmann's estimate of the shift.
  public var shift: Double
  /// Distribution-free interval of the shift; nil when either side has a single score.
  public var interval: ConfidenceInterval?

  /// Estimates the shift.
  ///
  /// The interval is [D₍ₖ₎, D₍ₘₙ₊₁₋ₖ₎] of the sorted differences with the largest k for which 1 − 2·P(U ≤ k − 1) ≥ confidence, U
  /// the Mann-Whitney statistic under no shift (M. Hollander, D. Wolfe, Nonparametric Statistical Methods, section 4.3);
  /// with too few launches it is the whole range and `coverage` says what that achieves. Laws: within the range of the
  /// differences; holds the shift; exchanging the runs mirrors it; adding a constant to the candidate shifts it. Nil when a
  /// side is empty or a score not finite.
  ///
  /// - Complexity: O(m²n²) for m and n launches; nil beyond 100 launches a side.
  public init?(base: [Double], candidate: [Double], confidence: Double = 0.95) {
    guard base.count <= 100, candidate.count <= 100 else { return nil }
    guard let sorted = SortedValues(candidate.flatMap { value in base.map { value - $0 } }) else { return nil }
    shift = sorted.median
    guard base.count > 1, candidate.count > 1 else { return }
    let tail = rankSumTail(base.count, candidate.count)
    var rank = 1
    while rank < sorted.count / 2, 1 - 2 * tail[rank] >= confidence { rank += 1 }
    interval = ConfidenceInterval(
      low: sorted.values[rank - 1], high: sorted.values[sorted.count - rank], coverage: 1 - 2 * tail[rank - 1])
  }
}

/// P(U ≤ u) for u in 0...m·n, U the Mann-Whitney statistic of samples of m and n values from one distribution without ties.
///
/// By the probabilities' own recursion over the largest value's side: P₍ₘₙ₎(u) = m/(m+n)·P₍ₘ₋₁,ₙ₎(u − n) + n/(m+n)·P₍ₘ,ₙ₋₁₎(u)
/// (H. Mann, D. Whitney, Annals of Mathematical Statistics 18, 1947).
func rankSumTail(_ m: Int, _ n: Int) -> [Double] {
  // One row of tables, for 0...n values on the second side, renewed for each value more on the first.
  var row = [[Double]](repeating: [1], count: n + 1)
  for first in stride(from: 1, through: m, by: 1) {
    var next: [[Double]] = [[1]]
    for second in stride(from: 1, through: n, by: 1) {
      let (fewerFirst, fewerSecond) = (row[second], next[second - 1])
      let (p, q) = (Double(first) / Double(first + second), Double(second) / Double(first + second))
      next.append(
        (0...first * second).map { u in
          let above = u >= second ? p * fewerFirst[u - second] : 0
          return u < fewerSecond.count ? above + q * fewerSecond[u] : above
        })
    }
    row = next
  }
  var sum = 0.0
  return row[n].map {
    sum += $0
    return min(1, sum)
  }
}

/// The one-sided permutation test that the candidate's scores exceed the base's by more than `threshold`.
///
/// p is the share of all ways to deal the pooled scores (the candidate's less the threshold) to the two runs whose sum on the
/// candidate's side is at least the observed one (R. A. Fisher; E. Pitman, JRSS Supplement 4, 1937), exactly up to 200,000
/// ways; beyond, of `draws` seeded deals, as (1 + hits)/(1 + draws). Sums that differ by rounding only count as equal. The
/// smallest p is 1 in (m + n choose n): 1/252 for 5 launches each, 1/184,756 for 10. Laws: does not depend on order or scale;
/// does not grow when a candidate's score grows. Nil when a side is empty or a score not finite.
///
/// - Complexity: O(ways), or O(draws·(m + n)).
public func permutationP(
  base: [Double], candidate: [Double], above threshold: Double = 0, draws: Int = 20_000, seed: UInt64 = 1
) -> Double? {
  let raised = candidate.map { $0 - threshold }
  guard !base.isEmpty, !raised.isEmpty, base.allSatisfy(\.isFinite), raised.allSatisfy(\.isFinite) else { return nil }
  var pooled = raised + base
  let bar = raised.reduce(0, +) - 1e-12 * pooled.reduce(0) { $0 + abs($1) }
  let taken = raised.count
  var ways = 1.0
  for step in 0..<taken { ways *= Double(pooled.count - step) / Double(step + 1) }
  if ways < 200_000.5 {
    var hits = 0
    func deal(from first: Int, missing: Int, sum: Double) {
      if missing == 0 {
        if sum >= bar { hits += 1 }
        return
      }
      for index in first...(pooled.count - missing) {
        deal(from: index + 1, missing: missing - 1, sum: sum + pooled[index])
      }
    }
    deal(from: 0, missing: taken, sum: 0)
    return Double(hits) / ways.rounded()
  }
  var generator = SeededGenerator(seed: seed)
  let total = max(1, draws)
  var hits = 0
  for _ in 0..<total {
    var sum = 0.0
    for place in 0..<taken {
      pooled.swapAt(place, place + generator.index(below: pooled.count - place))
      sum += pooled[place]
    }
    if sum >= bar { hits += 1 }
  }
  return Double(1 + hits) / Double(1 + total)
}
