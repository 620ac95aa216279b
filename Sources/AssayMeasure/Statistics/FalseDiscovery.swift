/// Benjamini and Hochberg's step-up correction: p values adjusted so that a share of false discoveries is bounded.
///
/// Sorted ascending, the i-th of m becomes the smallest of m·p₍ⱼ₎ / j for j ≥ i, at most 1 (Y. Benjamini, Y. Hochberg,
/// Journal of the Royal Statistical Society B 57, 1995). Of the tests with an adjusted p of at most q, an expected share of
/// q or less is false, for independent or positively dependent tests. For exploring; gates use `holmAdjusted`. Laws: not
/// below the p given and not above Holm's; keeps their order; one p alone stays.
public func benjaminiHochbergAdjusted(_ p: [Double]) -> [Double] {
  let order = p.indices.sorted { (p[$0], $0) < (p[$1], $1) }
  var adjusted = p
  var smallest = 1.0
  for (place, index) in order.enumerated().reversed() {
    smallest = min(smallest, Double(p.count) / Double(place + 1) * p[index])
    adjusted[index] = smallest
  }
  return adjusted
}
