import AssayCore

/// Sets the least of each group along the rows to zero.
struct RowCut: Sendable {
  /// Columns of a group; the whole row when it is longer than that.
  var group: Int
  /// How many of so many columns go.
  var dropped: @Sendable (_ columns: Int) -> Int

  /// Of each `group` neighbours `kept` stay; a shorter rest counts as filled up with zeros, which go first.
  static func keeping(_ kept: Int, of group: Int) -> RowCut {
    RowCut(group: group) { max(0, $0 - kept) }
  }

  /// The given share of each row goes.
  static func share(_ sparsity: Double) -> RowCut {
    RowCut(group: .max) { Int((sparsity * Double($0)).rounded()) }
  }

  /// The weights with the least scores of each group zero, and how many are zero then.
  ///
  /// - Parameter scores: As many as weights, finite, their magnitude counts; of equal ones the earlier goes first.
  func apply(to weight: Tensor, scores: Tensor, _ layout: WeightLayout) -> (pruned: Tensor, zeros: Int) {
    let (tensor, elements) = Tensor.unwritten(.float, shape: weight.shape)
    guard let elements else { return (tensor, 0) }
    let groups = Groups(layout, length: min(group, layout.columns), elements: weight.count)
    let pieces = Piece.list([groups.count], length: max(1, Piece.length / groups.length))
    nonisolated(unsafe) let target = elements.assumingMemoryBound(to: Float.self)
    let zeros = resultsSideBySide(pieces.count) { index -> Int in
      weight.bytes.withUnsafeBytes { source in
        scores.bytes.withUnsafeBytes { scores in
          guard let source = source.baseAddress, let scores = scores.baseAddress else { return 0 }
          return groups.length <= PruningPattern.longestGroup
            ? cutShort(pieces[index], of: groups, source, scores, target)
            : cutLong(pieces[index], of: groups, source, scores, target)
        }
      }
    }
    return (tensor, zeros.reduce(0, +))
  }

  /// The groups of a weight in the order in which their first elements lie, so that memory is read front to back.
  private struct Groups {
    let layout: WeightLayout
    /// Columns of a whole group.
    let length: Int
    let perRow: Int
    let count: Int

    init(_ layout: WeightLayout, length: Int, elements: Int) {
      (self.layout, self.length) = (layout, length)
      perRow = (layout.columns + length - 1) / length
      count = layout.rows(elements) * perRow
    }
  }

  /// Groups one by one, each by selection.
  private func cutLong(
    _ piece: Piece, of groups: Groups, _ source: UnsafeRawPointer, _ scores: UnsafeRawPointer,
    _ target: UnsafeMutablePointer<Float>
  ) -> Int {
    let (columns, stride, length) = (groups.layout.columns, groups.layout.stride, groups.length)
    // Of whole groups and of the rest of a row.
    let (dropped, droppedOfRest) = (self.dropped(length), self.dropped(columns % length))
    var (lane, band, zeros) = (piece.start % stride, piece.start / stride, 0)
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: length) { keys in
      for _ in 0..<piece.count {
        let start = band % groups.perRow * length
        let offset = (band / groups.perRow * columns + start) * stride + lane
        let count = min(length, columns - start)
        for column in 0..<count {
          let bits = scores.loadUnaligned(fromByteOffset: (offset &+ column &* stride) &* 4, as: UInt32.self)
          keys[column] = UInt64(bits & 0x7fff_ffff) << 32 | UInt64(truncatingIfNeeded: column)
        }
        let gone = count == length ? dropped : droppedOfRest
        moveLeast(gone, ofFirst: count, in: keys)
        for index in gone..<count {
          let position = offset &+ Int(keys[index] & 0xffff_ffff) &* stride
          let value = source.loadUnaligned(fromByteOffset: position &* 4, as: Float.self)
          if value == 0 { zeros &+= 1 } else { target[position] = value }
        }
        zeros &+= gone
        lane += 1
        if lane == stride { (lane, band) = (0, band + 1) }
      }
    }
    return zeros
  }

  /// Groups side by side, a lane each.
  ///
  /// A weight's rank within its group is the number of those that go before it: a comparison with each other weight,
  /// without branches and without sorting, in loops over lanes that the compiler makes vectors of.
  private func cutShort(
    _ piece: Piece, of groups: Groups, _ source: UnsafeRawPointer, _ scores: UnsafeRawPointer,
    _ target: UnsafeMutablePointer<Float>
  ) -> Int {
    let (columns, stride, length) = (groups.layout.columns, groups.layout.stride, groups.length)
    let (dropped, droppedOfRest) = (Int32(self.dropped(length)), Int32(self.dropped(columns % length)))
    var (lane, band, left, zeros) = (piece.start % stride, piece.start / stride, piece.count, 0)
    let size = length * GroupTile.lanes
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * size + GroupTile.lanes) { memory in
      memory.initialize(repeating: 0)
      guard let keys = memory.baseAddress else { return }
      while left > 0 {
        let start = band % groups.perRow * length
        let offset = (band / groups.perRow * columns + start) * stride + lane
        let count = min(length, columns - start)
        var tile = GroupTile(
          first: offset, count: count, stride: stride, step: 1, groups: min(left, stride - lane, GroupTile.lanes))
        if stride == 1, count == length {
          // Where rows hold whole groups only, the next row's groups follow.
          let inRow = columns % length == 0 ? left : (columns - start) / length
          tile = GroupTile(
            first: offset, count: count, stride: 1, step: length, groups: min(left, inRow, GroupTile.lanes))
        }
        zeros &+= tile.cut(
          count == length ? dropped : droppedOfRest, source: source, scores: scores, target: target, keys: keys,
          values: keys + size, ranks: keys + 2 * size)
        left -= tile.groups
        lane += stride == 1 ? 0 : tile.groups
        band += stride == 1 ? tile.groups : 0
        if stride > 1, lane == stride { (lane, band) = (0, band + 1) }
      }
    }
    return zeros
  }
}

/// Some groups of one length, a lane each.
private struct GroupTile {
  /// Most groups of a tile: their weights stay in the nearest cache.
  static let lanes = 64

  /// The first element of the first group.
  let first: Int
  /// Elements of a group, `stride` apart.
  let count: Int
  let stride: Int
  /// From one group's first element to the next one's.
  let step: Int
  let groups: Int

  /// Writes the weights that stay; returns how many are zero then.
  ///
  /// `keys` and `values` hold the elements of a place of all groups beside each other, place after place.
  func cut(
    _ dropped: Int32, source: UnsafeRawPointer, scores: UnsafeRawPointer, target: UnsafeMutablePointer<Float>,
    keys: UnsafeMutablePointer<Int32>, values: UnsafeMutablePointer<Int32>, ranks: UnsafeMutablePointer<Int32>
  ) -> Int {
    let lanes = Self.lanes
    load(source, into: values)
    load(scores, into: keys)
    for index in 0..<(count &* lanes) { keys[index] &= Int32.max }
    var kept = 0
    for place in 0..<count {
      let own = keys + place &* lanes
      for lane in 0..<lanes { ranks[lane] = 0 }
      for other in 0..<count where other != place {
        // Of equal ones the earlier goes first.
        add(keys + other &* lanes, before: own, orEqual: other < place, to: ranks)
      }
      kept &+= keep(values + place &* lanes, ranks, dropped)
    }
    store(values, to: target)
    return count &* groups &- kept
  }

  /// Raises the ranks of the lanes where the other goes before the own one.
  @inline(__always)
  private func add(
    _ others: UnsafeMutablePointer<Int32>, before own: UnsafeMutablePointer<Int32>, orEqual: Bool,
    to ranks: UnsafeMutablePointer<Int32>
  ) {
    if orEqual {
      for lane in 0..<Self.lanes { ranks[lane] &+= others[lane] <= own[lane] ? 1 : 0 }
    } else {
      for lane in 0..<Self.lanes { ranks[lane] &+= others[lane] < own[lane] ? 1 : 0 }
    }
  }

  /// Clears the values of too low a rank; returns how many of the groups' values are not zero then.
  @inline(__always)
  private func keep(
    _ values: UnsafeMutablePointer<Int32>, _ ranks: UnsafeMutablePointer<Int32>, _ dropped: Int32
  ) -> Int {
    for lane in 0..<Self.lanes {
      let isKept: Int32 = ranks[lane] >= dropped ? -1 : 0
      // A negative zero becomes zero as well.
      let isZero: Int32 = values[lane] & Int32.max == 0 ? -1 : 0
      values[lane] &= isKept & ~isZero
    }
    var kept: Int32 = 0
    for lane in 0..<groups { kept &+= values[lane] == 0 ? 0 : 1 }
    return Int(kept)
  }

  @inline(__always)
  private func load(_ source: UnsafeRawPointer, into lanes: UnsafeMutablePointer<Int32>) {
    if step == 1 {
      for place in 0..<count {
        let (from, to) = (source + (first &+ place &* stride) &* 4, lanes + place &* Self.lanes)
        for lane in 0..<groups { to[lane] = from.loadUnaligned(fromByteOffset: lane &* 4, as: Int32.self) }
      }
    } else {
      for lane in 0..<groups {
        let from = source + (first &+ lane &* step) &* 4
        for place in 0..<count {
          lanes[place &* Self.lanes &+ lane] = from.loadUnaligned(fromByteOffset: place &* stride &* 4, as: Int32.self)
        }
      }
    }
  }

  @inline(__always)
  private func store(_ lanes: UnsafeMutablePointer<Int32>, to target: UnsafeMutablePointer<Float>) {
    let target = UnsafeMutableRawPointer(target)
    if step == 1 {
      for place in 0..<count {
        let (from, to) = (lanes + place &* Self.lanes, target + (first &+ place &* stride) &* 4)
        for lane in 0..<groups { to.storeBytes(of: from[lane], toByteOffset: lane &* 4, as: Int32.self) }
      }
    } else {
      for lane in 0..<groups {
        let to = target + (first &+ lane &* step) &* 4
        for place in 0..<count {
          to.storeBytes(of: lanes[place &* Self.lanes &+ lane], toByteOffset: place &* stride &* 4, as: Int32.self)
        }
      }
    }
  }
}

/// Moves the `least` smallest of the first `count` keys, all different, to the front.
///
/// - Complexity: O(n) on average, O(n log n) at worst.
func moveLeast(_ least: Int, ofFirst count: Int, in keys: UnsafeMutableBufferPointer<UInt64>) {
  guard least > 0, least < count else { return }
  var (low, high) = (0, count)
  var rounds = 2 * (Int.bitWidth - count.leadingZeroBitCount)
  while high - low > 24 {
    guard rounds > 0 else {
      keys[low..<high].sort()
      return
    }
    rounds -= 1
    let (a, b, c) = (keys[low], keys[low + (high - low) / 2], keys[high - 1])
    let pivot = max(min(a, b), min(max(a, b), c))
    var (left, right) = (low, high - 1)
    while left <= right {
      while keys[left] < pivot { left += 1 }
      while keys[right] > pivot { right -= 1 }
      guard left <= right else { break }
      keys.swapAt(left, right)
      (left, right) = (left + 1, right - 1)
    }
    // low...right ≤ pivot ≤ left..<high, and between them only the pivot.
    if least <= right { high = right + 1 } else if least >= left { low = left } else { return }
  }
  for index in low..<min(least, high) {
    var smallest = index
    for other in (index + 1)..<high where keys[other] < keys[smallest] { smallest = other }
    keys.swapAt(index, smallest)
  }
}
