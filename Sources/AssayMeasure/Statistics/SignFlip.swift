import AssayCore

/// The exact one-sided sign-flip test that the centre of `differences` exceeds `threshold`.
///
/// Under the hypothesis each d − threshold is as likely positive as negative. p is the share of all 2ᴿ sign vectors whose
/// sum is at least the observed one (R. A. Fisher, The Design of Experiments, section 21), exactly for R ≤ 14; beyond, of
/// `draws` seeded random vectors, as (1 + hits)/(1 + draws) (B. Phipson, G. Smyth, 2010). Sums that differ by rounding
/// only count as equal. Laws: at least 2⁻ᴿ; does not depend on order or scale; does not grow when a difference grows.
/// Nil when there are no differences or one is not finite.
///
/// - Complexity: O(2ᴿ·R), or O(draws·R).
public func signFlipP(
  _ differences: [Double], above threshold: Double = 0, draws: Int = 20_000, seed: UInt64 = 1
) -> Double? {
  let shifted = differences.map { $0 - threshold }
  guard !shifted.isEmpty, shifted.allSatisfy(\.isFinite) else { return nil }
  let observed = shifted.reduce(0, +)
  let bar = observed - 1e-12 * shifted.reduce(0) { $0 + abs($1) }
  func sum(_ signs: UInt64) -> Double {
    var (total, bits) = (0.0, signs)
    for value in shifted {
      total += bits & 1 == 0 ? value : -value
      bits >>= 1
    }
    return total
  }
  if shifted.count <= 14 {
    let vectors: UInt64 = 1 << UInt64(shifted.count)
    var hits = 0
    for signs in 0..<vectors where sum(signs) >= bar { hits += 1 }
    return Double(hits) / Double(vectors)
  }
  var generator = SeededGenerator(seed: seed)
  let total = max(1, draws)
  var hits = 0
  for _ in 0..<total {
    var (flipped, bits) = (0.0, UInt64(0))
    for (index, value) in shifted.enumerated() {
      if index % 64 == 0 { bits = generator.next() }
      flipped += bits & 1 == 0 ? value : -value
      bits >>= 1
    }
    if flipped >= bar { hits += 1 }
  }
  return Double(1 + hits) / Double(1 + total)
}

/// Holm's step-down correction: p values adjusted for all being tested together, in the order given.
///
/// Sorted ascending, the i-th of m becomes the largest of (m − j + 1)·p₍ⱼ₎ for j ≤ i, at most 1 (S. Holm, Scandinavian
/// Journal of Statistics 6, 1979). Rejecting where the adjusted p is below α keeps the chance of any false rejection
/// below α. Laws: not below the p given; keeps their order; one p alone stays.
public func holmAdjusted(_ p: [Double]) -> [Double] {
  let order = p.indices.sorted { (p[$0], $0) < (p[$1], $1) }
  var adjusted = p
  var largest = 0.0
  for (place, index) in order.enumerated() {
    largest = max(largest, min(1, Double(p.count - place) * p[index]))
    adjusted[index] = largest
  }
  return adjusted
}

/// The fewest launches with which Holm's correction over `tests` tests can reach `level` at all: ⌈log₂(tests / level)⌉.
///
/// The smallest p of a sign-flip test is 2⁻ᴿ. 8 for 10 tests at 0.05, 9 for 20, 10 for 50.
public func launchesNeeded(tests: Int, level: Double = 0.05) -> Int {
  var launches = 1
  while launches < 62, Double(max(1, tests)) > level * Double(UInt64(1) << UInt64(launches)) { launches += 1 }
  return launches
}
