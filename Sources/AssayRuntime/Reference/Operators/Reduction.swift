import AssayCore
import AssayONNX
import Glibc

/// A tensor turned so that what is worked on together lies in consecutive rows.
struct Rows {
  /// The elements, row after row.
  let tensor: Tensor
  let count: Int
  let length: Int
  private let permutation: [Int]

  /// Brings `axes` to the end, in ascending order; every combination of the other axes is a row.
  init(_ call: OperatorCall, _ source: Tensor, axes: [Int]) throws(EngineError) {
    let kept = source.shape.indices.filter { !axes.contains($0) }
    permutation = kept + axes
    tensor = try call.transposed(source, permutation)
    length = axes.reduce(1) { $0 * source.shape[$1] }
    count = kept.reduce(1) { $0 * source.shape[$1] }
  }

  /// A tensor laid out like `tensor`, turned back to the axes of the source.
  func restored(_ call: OperatorCall, _ result: Tensor) throws(EngineError) -> Tensor {
    try call.transposed(result, inverse(permutation))
  }
}

/// Operators that make one number of many.
enum Reduction {
  /// How a row becomes a number, for reals and, where integers differ, for integers.
  private struct Rule: Sendable {
    var real: @Sendable (ArraySlice<Double>) -> Double
    var signed: (@Sendable (ArraySlice<Int64>) -> Int64)?
    var unsigned: (@Sendable (ArraySlice<UInt64>) -> UInt64)?
  }

  static let sum = reduce(
    Rule(real: { $0.reduce(0, +) }, signed: { $0.reduce(0, &+) }, unsigned: { $0.reduce(0, &+) }))
  static let prod = reduce(
    Rule(real: { $0.reduce(1, *) }, signed: { $0.reduce(1, &*) }, unsigned: { $0.reduce(1, &*) }))
  static let mean = reduce(Rule(real: { $0.reduce(0, +) / Double($0.count) }))
  static let max = reduce(
    Rule(
      real: { $0.reduce(-.infinity) { $0.isNaN || $0 > $1 ? $0 : $1 } }, signed: { $0.max() ?? .min },
      unsigned: { $0.max() ?? 0 }))
  static let min = reduce(
    Rule(
      real: { $0.reduce(.infinity) { $0.isNaN || $0 < $1 ? $0 : $1 } }, signed: { $0.min() ?? .max },
      unsigned: { $0.min() ?? .max }))
  static let l1 = reduce(Rule(real: { $0.reduce(0) { $0 + $1.magnitude } }))
  static let l2 = reduce(Rule(real: { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }))
  static let sumSquare = reduce(Rule(real: { $0.reduce(0) { $0 + $1 * $1 } }))
  static let logSum = reduce(Rule(real: { log($0.reduce(0, +)) }))
  static let logSumExp = reduce(
    Rule(real: { row in
      let peak = row.max() ?? 0
      guard peak.isFinite else { return log(row.reduce(0) { $0 + exp($1) }) }
      return peak + log(row.reduce(0) { $0 + exp($1 - peak) })
    }))

  private static func reduce(_ rule: Rule) -> Operator {
    { call throws(EngineError) in
      let input = try call.input(0)
      let rank = input.shape.count
      let given = try call.integers("axes", orInput: 1) ?? []
      if given.isEmpty, (call.node.int("noop_with_empty_axes") ?? 0) != 0 { return [input] }
      let axes = given.isEmpty ? Array(0..<rank) : try call.axes(given, rank: rank)
      let shape = reducedShape(input.shape, axes, keep: (call.node.int("keepdims") ?? 1) != 0)
      let rows = try Rows(call, input, axes: axes)
      let result: Numbers
      switch (try call.numbers(rows.tensor), rule.signed, rule.unsigned) {
      case (.signed(let values), let function?, _): result = .signed(map(values, rows, function))
      case (.unsigned(let values), _, let function?): result = .unsigned(map(values, rows, function))
      default: result = .real(map(try call.reals(rows.tensor), rows, rule.real))
      }
      return [try call.tensor(result, as: input.elementType, shape: shape)]
    }
  }

  private static func map<T>(_ values: [T], _ rows: Rows, _ function: (ArraySlice<T>) -> T) -> [T] {
    (0..<rows.count).map { function(values[($0 * rows.length)..<(($0 + 1) * rows.length)]) }
  }

  static func reducedShape(_ shape: [Int], _ axes: [Int], keep: Bool) -> [Int] {
    shape.enumerated().compactMap { axis, extent in axes.contains(axis) ? (keep ? 1 : nil) : extent }
  }

  static let argMax: Operator = { call throws(EngineError) in try extreme(call, sign: 1) }
  static let argMin: Operator = { call throws(EngineError) in try extreme(call, sign: -1) }

  private static func extreme(_ call: OperatorCall, sign: Double) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let axis = try call.axis(call.node.int("axis") ?? 0, rank: input.shape.count)
    let shape = reducedShape(input.shape, [axis], keep: (call.node.int("keepdims") ?? 1) != 0)
    let takesLast = (call.node.int("select_last_index") ?? 0) != 0
    let rows = try Rows(call, input, axes: [axis])
    guard rows.length > 0 else { throw call.failure("axis \(axis) of shape \(input.shape) is empty") }
    let values = try call.reals(rows.tensor)
    let winners = (0..<rows.count).map { row in
      var best = 0
      for index in 1..<Swift.max(rows.length, 1) {
        let (value, leader) = (sign * values[row * rows.length + index], sign * values[row * rows.length + best])
        if value > leader || (takesLast && value == leader) { best = index }
      }
      return Int64(best)
    }
    return [Tensor(winners, shape: shape)]
  }

  static let softmax: Operator = { call throws(EngineError) in try normalize(call, logarithm: false) }
  static let logSoftmax: Operator = { call throws(EngineError) in try normalize(call, logarithm: true) }

  /// Softmax over one axis (opset 13, by default the last), before over all axes from `axis` (by default 1) on.
  private static func normalize(_ call: OperatorCall, logarithm: Bool) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let rows = try Rows(call, input, axes: try softmaxAxes(call, input))
    var values = try call.reals(rows.tensor)
    for row in 0..<rows.count {
      let range = (row * rows.length)..<((row + 1) * rows.length)
      let peak = values[range].max() ?? 0
      let total = values[range].reduce(0) { $0 + exp($1 - peak) }
      let logTotal = log(total)
      for index in range {
        values[index] = logarithm ? values[index] - peak - logTotal : exp(values[index] - peak) / total
      }
    }
    let result = try call.tensor(.real(values), as: input.elementType, shape: rows.tensor.shape)
    return [try rows.restored(call, result)]
  }

  static func hardmax(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let rows = try Rows(call, input, axes: try softmaxAxes(call, input))
    let values = try call.reals(rows.tensor)
    var result = [Double](repeating: 0, count: values.count)
    for row in 0..<rows.count where rows.length > 0 {
      let range = (row * rows.length)..<((row + 1) * rows.length)
      let best = range.reduce(range.lowerBound) { values[$1] > values[$0] ? $1 : $0 }
      result[best] = 1
    }
    return [
      try rows.restored(call, try call.tensor(.real(result), as: input.elementType, shape: rows.tensor.shape))
    ]
  }

  private static func softmaxAxes(_ call: OperatorCall, _ input: Tensor) throws(EngineError) -> [Int] {
    let rank = input.shape.count
    if call.opset >= 13 { return [try call.axis(call.node.int("axis") ?? -1, rank: rank)] }
    let axis = call.node.int("axis") ?? 1
    return axis == rank ? [] : Array(try call.axis(axis, rank: rank)..<rank)
  }

  /// Running sums along one axis.
  static func cumSum(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let axis = try call.axis(truncated(try call.scalar(try call.input(1)), Int.self), rank: input.shape.count)
    let isReverse = (call.node.int("reverse") ?? 0) != 0
    let isExclusive = (call.node.int("exclusive") ?? 0) != 0
    let rows = try Rows(call, input, axes: [axis])
    func sums<T>(_ values: [T], _ zero: T, _ add: (T, T) -> T) -> [T] {
      var result = values
      for row in 0..<rows.count {
        var total = zero
        for step in 0..<rows.length {
          let index = row * rows.length + (isReverse ? rows.length - 1 - step : step)
          let next = add(total, values[index])
          result[index] = isExclusive ? total : next
          total = next
        }
      }
      return result
    }
    let result: Numbers =
      switch try call.numbers(rows.tensor) {
      case .real(let values): .real(sums(values, 0, +))
      case .signed(let values): .signed(sums(values, 0, &+))
      case .unsigned(let values): .unsigned(sums(values, 0, &+))
      }
    return [try rows.restored(call, try call.tensor(result, as: input.elementType, shape: rows.tensor.shape))]
  }

  /// The k largest (or smallest) along an axis, with their places; equal values in the order of their places.
  static func topK(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let axis = try call.axis(call.node.int("axis") ?? -1, rank: input.shape.count)
    let isLargest = (call.node.int("largest") ?? 1) != 0
    let wanted = call.opset >= 10 ? try call.integers(try call.input(1)).first : call.node.int("k")
    guard let k = wanted, k >= 0, k <= input.shape[axis] else {
      throw call.failure("k = \(wanted ?? 0) does not fit the axis of \(input.shape[axis])")
    }
    let rows = try Rows(call, input, axes: [axis])
    let values = try call.reals(rows.tensor)
    var (positions, places): ([Int], [Int64]) = ([], [])
    for row in 0..<rows.count {
      let start = row * rows.length
      let order = (0..<rows.length).sorted { a, b in
        let (x, y) = (values[start + a], values[start + b])
        return x == y ? a < b : (isLargest ? x > y : x < y)
      }
      positions += order.prefix(k).map { start + $0 }
      places += order.prefix(k).map { Int64($0) }
    }
    let shape = Array(rows.tensor.shape.dropLast()) + [k]
    let picked = try call.picking(rows.tensor, positions, shape: shape)
    return [try rows.restored(call, picked), try rows.restored(call, Tensor(places, shape: shape))]
  }
}
