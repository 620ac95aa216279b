import AssayCore
import Dispatch

/// Rounds weights one input after the other and lets the later ones make up for the error of the earlier: GPTQ.
///
/// For each output channel the squared error Σ((w−ŵ)x)² = (w−ŵ)H(w−ŵ)ᵀ of its answers is kept small: when column i is
/// rounded with the error w_i − ŵ_i, every later w_j takes −(w_i − ŵ_i)·U_ij/U_ii, where H⁻¹ = UᵀU (Frantar et al.:
/// GPTQ, ICLR 2023, algorithm 1). The grid of a group is chosen when its first column is reached, from the weights as
/// they are then; with columns in order of their activation beforehand, from the weights as they were. When all codes
/// are found the scales of a row are solved anew for them (`ScaleFit`).
struct SecondOrderRounding: Sendable {
  let search: GridSearch
  let ordersByActivation: Bool

  static let damping = 0.01

  /// A rounded weight with the error of its answers; channels for which plain rounding is better keep it.
  struct Result: Sendable {
    var weight: QuantizedWeight
    /// Σ((w−ŵ)x)² over all channels and inputs, after plain rounding and now.
    var plainError: Double
    var error: Double
  }

  /// - Parameters:
  ///   - matrix: Float elements, an output channel in each row.
  ///   - plain: The same matrix after plain rounding.
  /// - Returns: nil when the correlation cannot be inverted.
  /// - Complexity: O(columns³ + rows·columns²).
  func quantized(_ matrix: Tensor, plain: QuantizedWeight, _ correlation: InputCorrelation) -> Result? {
    let (layout, size) = (plain.layout, plain.layout.columns)
    let full = correlation.matrix()
    var order = Array(0..<size)
    if ordersByActivation {
      order.sort { (-full[$0 * size + $0], $0) < (-full[$1 * size + $1], $1) }
    }
    var factor: [Float]?
    for attempt in [1.0, 10, 100] where factor == nil {
      factor = InputCorrelation.inverseFactor(full, size: size, order: order, damping: Self.damping * attempt)
    }
    guard let factor else { return nil }
    let trace = (0..<size).reduce(0.0) { $0 + full[$1 * size + $1] }
    let ridge = Self.damping * trace / Double(max(size, 1))
    var result = plain
    var zeros = plain.zeros ?? [UInt8](repeating: UInt8(plain.levels.middle), count: layout.groupCount)
    var errors = [Double](repeating: 0, count: 2 * layout.rows)
    let pass = RowPass(
      rounding: self, layout: layout, order: order,
      isGridFixed: ordersByActivation || layout.isSingle)
    matrix.withElements(Float.self) { source in
      full.withUnsafeBufferPointer { full in
        factor.withUnsafeBufferPointer { factor in
          result.codes.withUnsafeMutableBufferPointer { codes in
            result.scales.withUnsafeMutableBufferPointer { scales in
              zeros.withUnsafeMutableBufferPointer { zeros in
                errors.withUnsafeMutableBufferPointer { errors in
                  guard let source = source.baseAddress, let full = full.baseAddress, let factor = factor.baseAddress,
                    let codes = codes.baseAddress, let scales = scales.baseAddress, let zeros = zeros.baseAddress,
                    let errors = errors.baseAddress
                  else { return }
                  // Each part writes what belongs to rows of its own; a single group's grid is only read.
                  nonisolated(unsafe) let memory = RowPass.Memory(
                    source: source, correlation: full, factor: factor, codes: codes, scales: scales, zeros: zeros,
                    errors: errors, ridge: ridge)
                  let parts = (layout.rows + RowPass.tile - 1) / RowPass.tile
                  DispatchQueue.concurrentPerform(iterations: parts) { part in
                    pass.run((part * RowPass.tile)..<min(layout.rows, (part + 1) * RowPass.tile), memory)
                  }
                }
              }
            }
          }
        }
      }
    }
    if plain.zeros != nil { result.zeros = zeros }
    let (before, after) = (errors[..<layout.rows].reduce(0, +), errors[layout.rows...].reduce(0, +))
    return Result(weight: result, plainError: before, error: after)
  }
}

/// The work on a few rows, which need nothing of the others.
private struct RowPass: Sendable {
  /// Rows worked on together, so that the factor is read once for all of them.
  static let tile = 8

  struct Memory {
    let source: UnsafePointer<Float>
    let correlation: UnsafePointer<Double>
    let factor: UnsafePointer<Float>
    let codes: UnsafeMutablePointer<UInt8>
    let scales: UnsafeMutablePointer<Float>
    let zeros: UnsafeMutablePointer<UInt8>
    /// Of plain rounding for every row, then of this.
    let errors: UnsafeMutablePointer<Double>
    /// What is added to the correlation's diagonal where scales are fitted.
    let ridge: Double
  }

  let rounding: SecondOrderRounding
  let layout: GroupLayout
  let order: [Int]
  let isGridFixed: Bool

  func run(_ rows: Range<Int>, _ memory: Memory) {
    let size = layout.columns
    var work = [Float](repeating: 0, count: rows.count * size)
    var codes = [UInt8](repeating: 0, count: rows.count * size)
    var grids = [WeightGrid](repeating: WeightGrid(scale: 1, zero: 0), count: rows.count * layout.groupsPerRow)
    for (place, row) in rows.enumerated() {
      for column in 0..<size { work[place * size + column] = memory.source[row * size + order[column]] }
      for group in 0..<layout.groupsPerRow {
        let index = layout.isSingle ? 0 : row * layout.groupsPerRow + group
        grids[place * layout.groupsPerRow + group] = WeightGrid(
          scale: memory.scales[index], zero: Float(memory.zeros[index]))
      }
    }
    round(rows.count, &work, &codes, &grids, memory.factor)
    for (place, row) in rows.enumerated() {
      let chosen = Array(grids[(place * layout.groupsPerRow)..<((place + 1) * layout.groupsPerRow)])
      finish(row, Array(codes[(place * size)..<((place + 1) * size)]), chosen, memory)
    }
  }

  /// The codes of `count` rows, columns in `order`.
  private func round(
    _ count: Int, _ work: inout [Float], _ codes: inout [UInt8], _ grids: inout [WeightGrid],
    _ factor: UnsafePointer<Float>
  ) {
    let size = layout.columns
    // A whole number of groups, so that a group's weights are up to date when its grid is chosen.
    let lazy = layout.block >= 128 ? layout.block : layout.block * (128 / layout.block)
    let perRow = layout.groupsPerRow
    var errors = [Float](repeating: 0, count: count * min(lazy, size))
    work.withUnsafeMutableBufferPointer { work in
      codes.withUnsafeMutableBufferPointer { codes in
        grids.withUnsafeMutableBufferPointer { grids in
          errors.withUnsafeMutableBufferPointer { errors in
            guard let work = work.baseAddress, let errors = errors.baseAddress else { return }
            for start in stride(from: 0, to: size, by: lazy) {
              let end = min(start + lazy, size)
              for column in start..<end {
                let row = factor + column * size
                let pivot = row[column]
                for place in 0..<count {
                  let weights = work + place * size
                  let group = place * perRow + (isGridFixed ? order[column] : column) / layout.block
                  if !isGridFixed, column % layout.block == 0 {
                    let members = min(layout.block, size - column)
                    grids[group] = rounding.search.grid(
                      of: UnsafeBufferPointer(start: weights + column, count: members))
                  }
                  let grid = grids[group]
                  let code = rounding.search.code(of: weights[column], grid)
                  codes[place * size + column] = UInt8(code)
                  let error = (weights[column] - (code - grid.zero) * grid.scale) / pivot
                  errors[place * (end - start) + column - start] = error
                  subtract(error, row + column + 1, weights + column + 1, end - column - 1)
                }
              }
              guard end < size else { break }
              for column in start..<end {
                let row = factor + column * size
                for place in 0..<count {
                  subtract(
                    errors[place * (end - start) + column - start], row + end, work + place * size + end, size - end)
                }
              }
            }
          }
        }
      }
    }
  }

  @inline(__always)
  private func subtract(
    _ factor: Float, _ row: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    var index = 0
    while index < count {
      target[index] -= factor * row[index]
      index += 1
    }
  }

  /// Keeps the row's new codes, with the scales that suit them, if its answers have less error with them.
  private func finish(_ row: Int, _ codes: [UInt8], _ chosen: [WeightGrid], _ memory: Memory) {
    let size = layout.columns
    let grids = fitted(chosen, to: codes, of: memory.source + row * size, memory)
    var (old, new) = ([Double](repeating: 0, count: size), [Double](repeating: 0, count: size))
    let weights = memory.source + row * size
    for column in 0..<size {
      let group = layout.group(row: row, column: column)
      let value = (Float(memory.codes[row * size + column]) - Float(memory.zeros[group])) * memory.scales[group]
      old[column] = Double(weights[column]) - Double(value)
    }
    for place in 0..<size {
      let column = order[place]
      let grid = grids[layout.isSingle ? 0 : column / layout.block]
      new[column] = Double(weights[column]) - Double((Float(codes[place]) - grid.zero) * grid.scale)
    }
    let (before, after) = (cost(old, memory.correlation), cost(new, memory.correlation))
    memory.errors[row] = before
    memory.errors[layout.rows + row] = min(before, after)
    guard after < before else { return }
    for place in 0..<size { memory.codes[row * size + order[place]] = codes[place] }
    guard !layout.isSingle else { return }
    for group in 0..<layout.groupsPerRow {
      memory.scales[row * layout.groupsPerRow + group] = grids[group].scale
      memory.zeros[row * layout.groupsPerRow + group] = UInt8(grids[group].zero)
    }
  }

  /// The grids with scales that suit the row's codes all together; power-of-two and shared scales stay.
  private func fitted(
    _ grids: [WeightGrid], to codes: [UInt8], of weights: UnsafePointer<Float>, _ memory: Memory
  ) -> [WeightGrid] {
    guard !layout.isSingle, !rounding.search.isPowerOfTwo else { return grids }
    var steps = [Float](repeating: 0, count: layout.columns)
    for (place, column) in order.enumerated() {
      steps[column] = Float(codes[place]) - grids[column / layout.block].zero
    }
    var scales = grids.map(\.scale)
    let fit = ScaleFit(correlation: memory.correlation, size: layout.columns, ridge: memory.ridge, block: layout.block)
    fit.improve(&scales, steps: steps, of: weights)
    return zip(grids, scales).map { WeightGrid(scale: $1, zero: $0.zero) }
  }

  /// eHeᵀ.
  private func cost(_ error: [Double], _ correlation: UnsafePointer<Double>) -> Double {
    let size = layout.columns
    return error.withUnsafeBufferPointer { error in
      var total = 0.0
      for i in 0..<size where error[i] != 0 {
        let row = correlation + i * size
        var lanes = SIMD4<Double>(repeating: 0)
        let whole = size / 4 * 4
        var j = 0
        while j < whole {
          lanes +=
            SIMD4(row[j], row[j + 1], row[j + 2], row[j + 3])
            * SIMD4(error[j], error[j + 1], error[j + 2], error[j + 3])
          j += 4
        }
        var sum = lanes.sum()
        while j < size {
          sum += row[j] * error[j]
          j += 1
        }
        total += error[i] * sum
      }
      return total
    }
  }
}
