public import AssayCore

extension Dataset {
  /// Shape of one prepared example, without the batch axis.
  ///
  /// - Throws: `shape`, `option` when the preparation does not fit.
  public func preparedShape(_ preparation: Preparation) throws(DataError) -> [Int] {
    try plan(preparation).shape
  }

  /// The rows of `range` (all without one) as a model reads them: float, shape `[rows] + preparedShape`.
  ///
  /// - Throws: `shape`, `option` when the preparation does not fit; `rows` for rows that are not there.
  /// - Complexity: O(values). Byte data go through a table of the 256 results, so each value costs one look-up.
  public func prepare(_ preparation: Preparation, rows range: Range<Int>? = nil) throws(DataError) -> Tensor {
    try prepare(preparation, rows: Array(range ?? 0..<count))
  }

  /// The rows at `positions` of this dataset, in that order and repeated where asked, as a model reads them.
  ///
  /// - Throws: `shape`, `option` when the preparation does not fit; `rows` for rows that are not there.
  public func prepare(_ preparation: Preparation, rows positions: [Int]) throws(DataError) -> Tensor {
    let plan = try plan(preparation)
    var examples: [Int] = []
    examples.reserveCapacity(positions.count)
    for position in positions {
      guard rows.indices.contains(position) else {
        throw DataError(
          .rows, "row \(position) is asked for, but there are \(count)", at: Place(file: source),
          remedy: "ask for rows 0 to \(count - 1)")
      }
      examples.append(rows[position])
    }
    let exampleCount = plan.channels * plan.positions
    let (values, tooMany) = positions.count.multipliedReportingOverflow(by: exampleCount)
    let (size_B, tooLarge) = values.multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
    guard !tooMany, !tooLarge else { throw DataError(.rows, "too many rows", at: Place(file: source)) }
    let bytes = try MemoryBlock.bytes(count: size_B, at: Place(file: source)) { target in
      fill(target.bindMemory(to: Float.self), plan: plan, examples: examples)
    }
    guard let tensor = Tensor(.float, shape: [positions.count] + plan.shape, bytes: bytes) else {
      throw DataError(.shape, "the prepared rows do not fill \(plan.shape)", at: Place(file: source))
    }
    return tensor
  }

  private func plan(_ preparation: Preparation) throws(DataError) -> PreparationPlan {
    try PreparationPlan(preparation, stored: exampleShape, layout: storedLayout, source: source)
  }

  private func fill(_ target: UnsafeMutableBufferPointer<Float>, plan: PreparationPlan, examples: [Int]) {
    let count = plan.channels * plan.positions
    guard let out = target.baseAddress, count > 0 else { return }
    if self.examples.elementType == .uint8 {
      let table = lookUpTable(plan)
      self.examples.withElements(UInt8.self) { stored in
        guard let values = stored.baseAddress else { return }
        table.withUnsafeBufferPointer { table in
          for (row, example) in examples.enumerated() {
            lookUp(values + example * count, into: out + row * count, plan: plan, table: table)
          }
        }
      }
    } else {
      self.examples.withElements(Float.self) { stored in
        guard let values = stored.baseAddress else { return }
        for (row, example) in examples.enumerated() {
          compute(values + example * count, into: out + row * count, plan: plan)
        }
      }
    }
  }
}

/// The results for all bytes: 256 for all channels when they are alike, or 256 for each.
private func lookUpTable(_ plan: PreparationPlan) -> [Float] {
  var table: [Float] = []
  for channel in 0..<(plan.isUniform ? 1 : plan.channels) {
    for value in 0..<256 { table.append(plan.prepared(Float(value), channel: channel)) }
  }
  return table
}

private func lookUp(
  _ source: UnsafePointer<UInt8>, into target: UnsafeMutablePointer<Float>, plan: PreparationPlan,
  table: UnsafeBufferPointer<Float>
) {
  guard let table = table.baseAddress else { return }
  if plan.isUniform && plan.source == plan.target {
    for i in 0..<(plan.channels * plan.positions) { target[i] = table[Int(source[i])] }
    return
  }
  for channel in 0..<plan.channels {
    let results = plan.isUniform ? table : table + channel * 256
    var from = source + channel * plan.source.channel
    var to = target + channel * plan.target.channel
    for _ in 0..<plan.positions {
      to.pointee = results[Int(from.pointee)]
      from += plan.source.position
      to += plan.target.position
    }
  }
}

private func compute(_ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, plan: PreparationPlan) {
  let (numerator, denominator) = (plan.numerator, plan.denominator)
  if plan.isUniform && plan.source == plan.target {
    let (mean, std) = (plan.mean[0], plan.std[0])
    for i in 0..<(plan.channels * plan.positions) { target[i] = ((source[i] * numerator) / denominator - mean) / std }
    return
  }
  for channel in 0..<plan.channels {
    let mean = plan.mean[plan.mean.count == 1 ? 0 : channel]
    let std = plan.std[plan.std.count == 1 ? 0 : channel]
    var from = source + channel * plan.source.channel
    var to = target + channel * plan.target.channel
    for _ in 0..<plan.positions {
      to.pointee = ((from.pointee * numerator) / denominator - mean) / std
      from += plan.source.position
      to += plan.target.position
    }
  }
}
