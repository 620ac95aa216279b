import AssayCore

/// Which units go.
struct UnitSelection {
  /// The roots of the units that go.
  private(set) var roots: Set<Int> = []
  /// By group, how many units go.
  private(set) var counts: [Int]
  /// Units that would have gone, had they not been the last on some axis.
  private(set) var spared = 0

  /// - Parameters:
  ///   - ratio: Share of the units of each group, or of all together; rounded to the nearest count.
  ///   - minimum: Units of each group that stay at least.
  ///   - multiple: The units of each group that stay are as many or more, up to a multiple of this (or all).
  init(
    _ groups: [UnitGroup], scores: [[Double]], ratio: Double, isGlobal: Bool, minimum: Int, multiple: Int = 1,
    from axes: ChannelAxes
  ) {
    counts = []
    var candidates: [(score: Double, group: Int, unit: Int)] = []
    for (number, group) in groups.enumerated() {
      for unit in group.roots.indices { candidates.append((scores[number][unit], number, unit)) }
    }
    // Of equal scores the earlier goes first.
    candidates.sort { ($0.score, $0.group, $0.unit) < ($1.score, $1.group, $1.unit) }
    let order = candidates.map { (group: $0.group, unit: $0.unit) }
    let most = groups.map { max($0.roots.count - minimum, 0) }
    let wanted: [Int]
    if isGlobal {
      select(order, of: groups, limits: most, total: Int((ratio * Double(order.count)).rounded()), axes)
      wanted = counts
    } else {
      wanted = zip(groups, most).map { min(Int((ratio * Double($0.roots.count)).rounded()), $1) }
    }
    let limits = zip(groups, wanted).map { group, count in
      let staying = (group.roots.count - count + multiple - 1) / multiple * multiple
      return max(group.roots.count - staying, 0)
    }
    select(order, of: groups, limits: limits, total: order.count, axes)
  }

  /// Takes units in that order until each group's limit or the total is reached.
  private mutating func select(
    _ order: [(group: Int, unit: Int)], of groups: [UnitGroup], limits: [Int], total: Int, _ axes: ChannelAxes
  ) {
    (roots, counts, spared) = ([], [Int](repeating: 0, count: groups.count), 0)
    var occupancy = AxisOccupancy(groups.flatMap(\.roots), axes)
    for (group, unit) in order where counts[group] < limits[group] && roots.count < total {
      let root = groups[group].roots[unit]
      guard occupancy.remove(root) else {
        spared += 1
        continue
      }
      roots.insert(root)
      counts[group] += 1
    }
  }
}

/// How many indices stay on each axis; no axis may become empty.
private struct AxisOccupancy {
  private var remaining: [Int]
  /// By root the axes it lies on, with the number of its indices there.
  private var places: [Int: [(axis: Int, count: Int)]] = [:]

  init(_ roots: [Int], _ axes: ChannelAxes) {
    var axes = axes
    let wanted = Set(roots)
    remaining = axes.axes.indices.map { axes.extent($0) }
    for axis in remaining.indices {
      for index in 0..<remaining[axis] {
        let root = axes.root(axis, index)
        guard wanted.contains(root) else { continue }
        if let last = places[root]?.last, last.axis == axis {
          places[root, default: []][(places[root]?.count ?? 1) - 1].count += 1
        } else {
          places[root, default: []].append((axis, 1))
        }
      }
    }
  }

  /// Takes the indices of a unit away; false, and nothing taken, when an axis would be left without any.
  mutating func remove(_ root: Int) -> Bool {
    let list = places[root] ?? []
    guard list.allSatisfy({ remaining[$0.axis] > $0.count }) else { return false }
    for (axis, count) in list { remaining[axis] -= count }
    return true
  }
}
