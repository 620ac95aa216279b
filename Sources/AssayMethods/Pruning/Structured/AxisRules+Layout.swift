import AssayCore
import AssayONNX

/// Rules of operators that move elements without computing.
extension AxisRules {
  static func transpose(_ call: AxisCall, _ axes: inout ChannelAxes) {
    guard let x = axes.axes(of: call.node.input(0)), let y = axes.axes(of: call.node.output(0)), x.count == y.count
    else { return }
    let order = call.node.ints("perm") ?? x.indices.reversed()
    guard order.sorted() == Array(x.indices) else { return }
    for (place, axis) in order.enumerated() { axes.tie(x[axis], y[place]) }
  }

  /// Squeeze and Unsqueeze: the axes that are on one side only have extent 1.
  static func squeeze(_ call: AxisCall, _ axes: inout ChannelAxes) {
    guard var x = axes.axes(of: call.node.input(0)), var y = axes.axes(of: call.node.output(0)),
      let list = call.list("axes", orInput: 1)
    else { return }
    if call.node.opType == "Unsqueeze" { swap(&x, &y) }
    let removed =
      list.isEmpty
      ? Set(x.indices.filter { axes.extent(x[$0]) == 1 }) : Set(list.compactMap { resolved($0, rank: x.count) })
    let kept = x.indices.filter { !removed.contains($0) }
    guard kept.count == y.count else { return }
    for (place, axis) in kept.enumerated() { axes.tie(x[axis], y[place]) }
  }

  static func concat(_ call: AxisCall, _ axes: inout ChannelAxes) {
    guard let y = axes.axes(of: call.node.output(0)), let axis = resolved(call.node.int("axis") ?? 1, rank: y.count)
    else { return }
    var offset = 0
    for input in call.node.inputs {
      guard let x = axes.axes(of: input), x.count == y.count, axes.extent(x[axis]) > 0 else {
        // Where the rest begins is not known.
        return y.forEach { axes.freeze($0) }
      }
      for other in x.indices where other != axis { axes.tie(x[other], y[other]) }
      axes.tie(x[axis], from: 0, y[axis], from: offset, count: axes.extent(x[axis]))
      offset += axes.extent(x[axis])
    }
  }

  static func split(_ call: AxisCall, _ axes: inout ChannelAxes) {
    guard let x = axes.axes(of: call.node.input(0)), let axis = resolved(call.node.int("axis") ?? 0, rank: x.count)
    else { return }
    var offset = 0
    for output in call.node.outputs {
      guard let y = axes.axes(of: output), y.count == x.count, axes.extent(y[axis]) > 0 else {
        return x.forEach { axes.freeze($0) }
      }
      for other in x.indices where other != axis { axes.tie(x[other], y[other]) }
      axes.tie(x[axis], from: offset, y[axis], from: 0, count: axes.extent(y[axis]))
      offset += axes.extent(y[axis])
    }
  }

  /// Where a Slice cuts: the axes with their first index; nil where it is computed or does not go step by step.
  static func sliceStarts(_ call: AxisCall, extents: [Int]) -> [Int: Int]? {
    guard let starts = call.list("starts", orInput: 1), let ends = call.list("ends", orInput: 2),
      let given = call.list("axes", orInput: 3), let steps = call.list("steps", orInput: 4),
      starts.count == ends.count, steps.allSatisfy({ $0 == 1 })
    else { return nil }
    let list = given.isEmpty ? Array(starts.indices) : given
    let places = list.compactMap { resolved($0, rank: extents.count) }
    guard places.count == starts.count, Set(places).count == places.count else { return nil }
    var result: [Int: Int] = [:]
    for (place, start) in zip(places, starts) {
      let extent = extents[place]
      result[place] = min(max(start < 0 ? start + extent : start, 0), extent)
    }
    return result
  }

  static func slice(_ call: AxisCall, _ axes: inout ChannelAxes) {
    guard let x = axes.axes(of: call.node.input(0)), let y = axes.axes(of: call.node.output(0)), x.count == y.count,
      let starts = sliceStarts(call, extents: x.map { axes.extent($0) })
    else { return }
    for axis in x.indices {
      if let start = starts[axis] {
        axes.tie(x[axis], from: start, y[axis], from: 0, count: axes.extent(y[axis]))
      } else {
        axes.tie(x[axis], y[axis])
      }
    }
  }

  static func pad(_ call: AxisCall, _ axes: inout ChannelAxes) {
    guard let x = axes.axes(of: call.node.input(0)), let y = axes.axes(of: call.node.output(0)), x.count == y.count,
      let pads = call.list("pads", orInput: 1), let given = call.list("axes", orInput: 3)
    else { return }
    let places = given.isEmpty ? Array(x.indices) : given.compactMap { resolved($0, rank: x.count) }
    guard pads.count == 2 * places.count else { return }
    var isPadded: Set<Int> = []
    for (index, place) in places.enumerated() where pads[index] != 0 || pads[index + places.count] != 0 {
      isPadded.insert(place)
    }
    for axis in x.indices where !isPadded.contains(axis) { axes.tie(x[axis], y[axis]) }
  }

  static func gather(_ call: AxisCall, _ axes: inout ChannelAxes) {
    guard let x = axes.axes(of: call.node.input(0)), let indices = axes.axes(of: call.node.input(1)),
      let y = axes.axes(of: call.node.output(0)), let axis = resolved(call.node.int("axis") ?? 0, rank: x.count),
      y.count == x.count + indices.count - 1
    else { return }
    for other in x.indices where other != axis {
      axes.tie(x[other], y[other < axis ? other : other + indices.count - 1])
    }
    for (place, index) in indices.enumerated() { axes.tie(index, y[axis + place]) }
  }

  static func tile(_ call: AxisCall, _ axes: inout ChannelAxes) {
    guard let x = axes.axes(of: call.node.input(0)), let y = axes.axes(of: call.node.output(0)), x.count == y.count,
      let repeats = call.integers(1), repeats.count == x.count
    else { return }
    for axis in x.indices where repeats[axis] == 1 { axes.tie(x[axis], y[axis]) }
  }

  // MARK: Reshape and Flatten

  static func flatten(_ call: AxisCall, _ axes: inout ChannelAxes) {
    guard let x = axes.axes(of: call.node.input(0)), let y = axes.axes(of: call.node.output(0)), y.count == 2 else {
      return
    }
    let stated = call.node.int("axis") ?? 1
    let split = stated < 0 ? stated + x.count : stated
    guard 0...x.count ~= split else { return }
    tieGroup(Array(x[..<split]), [y[0]], &axes)
    tieGroup(Array(x[split...]), [y[1]], &axes)
  }

  static func reshape(_ call: AxisCall, _ axes: inout ChannelAxes) {
    guard let input = call.node.input(0), let output = call.node.output(0), let x = axes.axes(of: input),
      let y = axes.axes(of: output), call.node.input(1) != nil, let from = call.shapes[input].shape,
      let to = call.shapes[output].shape, let groups = ReshapeGroups(from, to),
      ReshapeGroups.target(from, to, allowsZero: call.node.int("allowzero") ?? 0 != 0) != nil
    else { return }
    for group in groups.pairs { tieGroup(Array(x[group.from]), Array(y[group.to]), &axes) }
  }

  /// Ties axes whose elements are the same in row-major order: one axis on one side at most, or one on both.
  ///
  /// Of several axes that become one, the first that can be cut at all is followed: channels before their heights and
  /// widths, heads before what is in them.
  private static func tieGroup(_ from: [Int], _ to: [Int], _ axes: inout ChannelAxes) {
    func long(_ list: [Int]) -> [Int] { list.filter { axes.extent($0) != 1 } }
    let (left, right) = (long(from), long(to))
    for axis in from + to where axes.extent(axis) == 1 { axes.touch(axis) }
    if left.count == 1, right.count == 1 { return axes.tie(left[0], right[0]) }
    guard let fine = left.count == 1 ? left.first : right.count == 1 ? right.first : nil else { return }
    let many = left.count == 1 ? right : left
    guard !axes.isFrozen(fine), many.allSatisfy({ axes.extent($0) > 0 }) else { return }
    var run = many.reduce(1) { $0 * axes.extent($1) }
    guard run == axes.extent(fine) else { return }
    for axis in many {
      run /= axes.extent(axis)
      if !axes.isFrozen(axis) { return axes.tie(coarse: axis, fine: fine, run: run) }
    }
  }
}

/// Which runs of axes of a shape hold the same elements as which runs of another.
struct ReshapeGroups {
  private(set) var pairs: [(from: Range<Int>, to: Range<Int>)] = []

  /// - Returns: nil when the shapes are too little known.
  init?(_ from: [Dimension], _ to: [Dimension]) {
    var (i, j) = (0, 0)
    while i < from.count, j < to.count {
      guard let a = from[i].value, let b = to[j].value else {
        guard Self.areEqual(i, j, from, to) else { return nil }
        pairs.append((i..<(i + 1), j..<(j + 1)))
        (i, j) = (i + 1, j + 1)
        continue
      }
      guard a > 0, b > 0 else { return nil }
      var (endFrom, endTo, left, right) = (i + 1, j + 1, a, b)
      while left != right {
        let takesLeft = left < right
        guard let next = takesLeft ? from.element(endFrom)?.value : to.element(endTo)?.value, next > 0 else {
          return nil
        }
        let (product, overflow) = (takesLeft ? left : right).multipliedReportingOverflow(by: next)
        guard !overflow else { return nil }
        if takesLeft { (left, endFrom) = (product, endFrom + 1) } else { (right, endTo) = (product, endTo + 1) }
      }
      pairs.append((i..<endFrom, j..<endTo))
      (i, j) = (endFrom, endTo)
    }
    // What is left over must be axes of extent 1; they belong to the last group.
    guard from[i...].allSatisfy({ $0 == .fixed(1) }), to[j...].allSatisfy({ $0 == .fixed(1) }),
      let last = pairs.popLast()
    else { return nil }
    pairs.append((last.from.lowerBound..<from.count, last.to.lowerBound..<to.count))
  }

  /// Whether two extents of which one is not fixed must be the same.
  private static func areEqual(_ i: Int, _ j: Int, _ from: [Dimension], _ to: [Dimension]) -> Bool {
    if case .symbolic = from[i], from[i] == to[j] { return true }
    guard from[i].value == nil, to[j].value == nil else { return false }
    // The only open ones on both sides, and all others of the same product.
    func others(_ shape: [Dimension], _ place: Int) -> Int? {
      var product = 1
      for (index, dimension) in shape.enumerated() where index != place {
        guard let value = dimension.value else { return nil }
        let (next, overflow) = product.multipliedReportingOverflow(by: value)
        guard !overflow else { return nil }
        product = next
      }
      return product
    }
    guard let left = others(from, i), let right = others(to, j) else { return false }
    return left == right && left > 0
  }

  /// The shape operand with which a Reshape gives `to`; nil when more than one extent would have to be inferred.
  static func target(_ from: [Dimension], _ to: [Dimension], allowsZero: Bool) -> [Int]? {
    var result: [Int] = []
    for (place, dimension) in to.enumerated() {
      if let value = dimension.value {
        result.append(value)
      } else if !allowsZero, case .symbolic = dimension, from.element(place) == dimension {
        result.append(0)
      } else {
        result.append(-1)
      }
    }
    return result.count { $0 == -1 } <= 1 && (allowsZero || to.allSatisfy { $0 != .fixed(0) }) ? result : nil
  }
}

extension [Dimension] {
  fileprivate func element(_ index: Int) -> Dimension? { indices.contains(index) ? self[index] : nil }
}
