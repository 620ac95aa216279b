/// A choice with a price and a worth.
public struct ParetoPoint: Sendable, Hashable {
  /// Lower is better: a latency, a size.
  public var cost: Double
  /// Higher is better: an accuracy.
  public var benefit: Double

  public init(cost: Double, benefit: Double) {
    self.cost = cost
    self.benefit = benefit
  }
}

/// Indices of the points that no other point dominates, by rising cost.
///
/// A point dominates another when it is at least as good in both and better in one; equal points stand beside each other.
/// Points with a NaN never take part. Laws: along the front cost and benefit both rise; every point left out is dominated
/// by one of the front; the order of the points does not matter but among equals, which keep theirs.
///
/// - Complexity: O(n log n).
public func paretoFront(_ points: [ParetoPoint]) -> [Int] {
  let order = points.indices.filter { !points[$0].cost.isNaN && !points[$0].benefit.isNaN }.sorted {
    let (a, b) = (points[$0], points[$1])
    if a.cost != b.cost { return a.cost < b.cost }
    return a.benefit != b.benefit ? a.benefit > b.benefit : $0 < $1
  }
  var front: [Int] = []
  for index in order {
    guard let last = front.last.map({ points[$0] }) else {
      front.append(index)
      continue
    }
    if points[index].benefit > last.benefit || points[index] == last { front.append(index) }
  }
  return front
}
