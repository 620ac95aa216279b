import AssayCore

/// Which weights can only go together.
enum PruningPattern: Sendable, Equatable {
  /// Each weight for itself.
  case unstructured
  /// Of every `group` neighbours along a row `kept` stay.
  case kept(Int, of: Int)
  /// Blocks of the matrix [outputs, inputs] go whole.
  case block(rows: Int, columns: Int)

  /// The longest group of N:M.
  static let longestGroup = 32
  /// Most weights of a block.
  static let largestBlock = 4096

  /// Reads the options `pattern` and `block`.
  ///
  /// - Throws: `badOption`, with what can be written.
  init(pattern: OptionValue?, block: OptionValue?) throws(MethodError) {
    let text = pattern?.description ?? (block == nil ? "unstructured" : "block")
    if text != "block", let block {
      throw MethodError(
        .badOption, "'prune': block is \(block), but the pattern is \(text)", remedy: "write pattern: block")
    }
    switch text {
    case "unstructured": self = .unstructured
    case "block":
      guard let block else {
        throw MethodError(
          .badOption,
          "'prune': pattern: block needs the option 'block': rows x columns of the matrix [outputs, inputs]",
          remedy: "write block: 4x4, or 1x8")
      }
      self = try Self.readBlock(block)
    default:
      let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
      guard numbers.count == 2, let kept = numbers[0], let group = numbers[1] else {
        throw MethodError(
          .badOption, "'prune': pattern is \(text), but takes unstructured, block, or N:M as in 2:4",
          remedy: nearestName(to: text, among: ["unstructured", "block"]).map { "did you mean '\($0)'?" })
      }
      guard 1 <= kept, kept < group, group <= Self.longestGroup else {
        throw MethodError(
          .badOption,
          "'prune': pattern is \(text), but of N:M N is at least 1 and below M, and M at most "
            + "\(Self.longestGroup)")
      }
      self = .kept(kept, of: group)
    }
  }

  /// Reads `4x4`, which the command line hands over as a list.
  private static func readBlock(_ value: OptionValue) throws(MethodError) -> PruningPattern {
    var extents: [Int?] = []
    switch value {
    case .text(let text): extents = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    case .list(let values): extents = values.map { if case .integer(let extent) = $0 { extent } else { nil } }
    default: break
    }
    guard extents.count == 2, let rows = extents[0], let columns = extents[1], rows > 0, columns > 0,
      rows <= largestBlock, columns <= largestBlock, rows * columns > 1, rows * columns <= largestBlock
    else {
      throw MethodError(
        .badOption,
        "'prune': block is \(value), but takes rows x columns, as in 4x4 or 1x8, of 2 to \(largestBlock) weights"
      )
    }
    return .block(rows: rows, columns: columns)
  }
}

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
          return cut(pieces[index], of: groups, source, scores, target)
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

  private func cut(
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
