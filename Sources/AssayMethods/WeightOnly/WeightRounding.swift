import AssayCore
import Dispatch

/// Rounds every weight to the nearest number of its group's grid.
struct WeightRounding: Sendable {
  let levels: WeightLevels
  let search: GridSearch

  /// - Parameter matrix: Float elements, an output channel in each row.
  /// - Precondition: finite elements; the layout is that of the matrix.
  func quantized(_ matrix: Tensor, _ layout: GroupLayout) -> QuantizedWeight {
    var result = QuantizedWeight(
      layout: layout, levels: levels, codes: [UInt8](repeating: 0, count: layout.count),
      scales: [Float](repeating: 0, count: layout.groupCount), zeros: nil)
    var zeros = [UInt8](repeating: 0, count: layout.groupCount)
    matrix.withElements(Float.self) { source in
      result.codes.withUnsafeMutableBufferPointer { codes in
        result.scales.withUnsafeMutableBufferPointer { scales in
          zeros.withUnsafeMutableBufferPointer { zeros in
            guard let codes = codes.baseAddress, let scales = scales.baseAddress, let zeros = zeros.baseAddress else {
              return
            }
            // Each part writes what belongs to groups of its own.
            nonisolated(unsafe) let memory = (source: source, codes: codes, scales: scales, zeros: zeros)
            let parts = layout.count < 1 << 16 ? 1 : min(layout.groupCount, 64)
            DispatchQueue.concurrentPerform(iterations: parts) { part in
              for group in (layout.groupCount * part / parts)..<(layout.groupCount * (part + 1) / parts) {
                let range = layout.range(ofGroup: group)
                let grid = quantize(
                  UnsafeBufferPointer(rebasing: memory.source[range]), memory.codes + range.lowerBound)
                memory.scales[group] = grid.scale
                memory.zeros[group] = UInt8(grid.zero)
              }
            }
          }
        }
      }
    }
    if case .integers = levels, !search.isSymmetric { result.zeros = zeros }
    return result
  }

  /// Writes the codes of one group.
  private func quantize(_ values: UnsafeBufferPointer<Float>, _ codes: UnsafeMutablePointer<UInt8>) -> WeightGrid {
    switch levels {
    case .integers:
      let grid = search.grid(of: values)
      search.writeCodes(of: values, grid, to: codes)
      return grid
    case .binary:
      let mean = meanMagnitude(values)
      for index in values.indices { codes[index] = values[index] >= 0 ? 1 : 0 }
      // −1 and +1 lie half a code from the middle.
      return WeightGrid(scale: 2 * mean, zero: 0)
    case .ternary:
      let threshold = 0.7 * meanMagnitude(values)
      var (sum, count) = (0.0, 0)
      for index in values.indices {
        let value = values[index]
        guard value.magnitude > threshold else {
          codes[index] = 1
          continue
        }
        codes[index] = value > 0 ? 2 : 0
        sum += Double(value.magnitude)
        count += 1
      }
      return WeightGrid(scale: count == 0 ? 0 : Float(sum / Double(count)), zero: 1)
    }
  }

  /// At most half the largest number, so that it can be doubled.
  private func meanMagnitude(_ values: UnsafeBufferPointer<Float>) -> Float {
    var sum = 0.0
    for value in values { sum += Double(value.magnitude) }
    return min(Float(sum / Double(max(values.count, 1))), Float.greatestFiniteMagnitude / 2)
  }
}
