import AssayCore
import AssayONNX

/// Windows that keep the largest element or the mean.
enum Pooling {
  private static func geometry(_ call: OperatorCall, _ input: Tensor) throws(EngineError) -> Window {
    guard input.shape.count >= 3, let kernel = try call.moderateInts("kernel_shape") else {
      throw call.failure("shape \(input.shape) or a missing kernel_shape")
    }
    let window = try Window(
      call, spatial: Array(input.shape[2...]), kernel: kernel, roundsUp: (call.node.int("ceil_mode") ?? 0) != 0)
    _ = try call.count(input.shape[..<2] + window.outputShape)
    return window
  }

  /// Calls `body` with every output place and the part of its window that lies within the input.
  private static func visit(_ window: Window, _ body: (_ place: [Int], _ begins: [Int], _ ends: [Int]) -> Void) {
    for z in 0..<window.output[0] {
      for y in 0..<window.output[1] {
        for x in 0..<window.output[2] {
          let place = [z, y, x]
          let starts = (0..<3).map { place[$0] * window.strides[$0] - window.padsBefore[$0] }
          // First and one past the last kernel place that meets the input.
          let begins = (0..<3).map { axis in
            starts[axis] >= 0 ? 0 : (-starts[axis] + window.dilations[axis] - 1) / window.dilations[axis]
          }
          let ends = (0..<3).map { axis in
            let room = window.input[axis] - 1 - starts[axis]
            return room < 0 ? 0 : min(window.kernel[axis], room / window.dilations[axis] + 1)
          }
          body(starts, begins, ends)
        }
      }
    }
  }

  static func maxPool(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let window = try geometry(call, input)
    let values = try call.reals(input)
    let size = window.input.reduce(1, *)
    let planes = input.shape[0] * input.shape[1]
    let isColumnMajor = (call.node.int("storage_order") ?? 0) != 0
    var (positions, indices): ([Int], [Int64]) = ([], [])
    for plane in 0..<planes {
      visit(window) { starts, begins, ends in
        var best = -1
        for kz in begins[0]..<max(begins[0], ends[0]) {
          let z = starts[0] + kz * window.dilations[0]
          for ky in begins[1]..<max(begins[1], ends[1]) {
            let y = starts[1] + ky * window.dilations[1]
            for kx in begins[2]..<max(begins[2], ends[2]) {
              let x = starts[2] + kx * window.dilations[2]
              let index = plane * size + (z * window.input[1] + y) * window.input[2] + x
              if best < 0 || values[index] > values[best] || values[index].isNaN { best = index }
            }
          }
        }
        positions.append(best)
        indices.append(Int64(isColumnMajor && best >= 0 ? columnMajor(best, plane * size, window) : best))
      }
    }
    let shape = input.shape[..<2] + window.outputShape
    guard !positions.contains(-1) else { throw call.failure("a window lies wholly in the padding") }
    return [try call.picking(input, positions, shape: Array(shape)), Tensor(indices, shape: Array(shape))]
  }

  /// The index of an element when the spatial axes are stored first axis fastest.
  private static func columnMajor(_ index: Int, _ planeStart: Int, _ window: Window) -> Int {
    var rest = index - planeStart
    let x = rest % window.input[2]
    rest /= window.input[2]
    let (y, z) = (rest % window.input[1], rest / window.input[1])
    let extents = window.input.suffix(window.rank)
    var (result, factor) = (planeStart, 1)
    for (coordinate, extent) in zip([z, y, x].suffix(window.rank), extents) {
      result += coordinate * factor
      factor *= extent
    }
    return result
  }

  static func averagePool(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let window = try geometry(call, input)
    let result = try averages(call, try call.reals(input), planes: input.shape[0] * input.shape[1], window)
    return [
      try call.tensor(.real(result), as: input.elementType, shape: Array(input.shape[..<2] + window.outputShape))
    ]
  }

  private static func averages(
    _ call: OperatorCall, _ values: [Double], planes: Int, _ window: Window
  ) throws(EngineError) -> [Double] {
    let countsPads = (call.node.int("count_include_pad") ?? 0) != 0
    let size = window.input.reduce(1, *)
    var result: [Double] = []
    for plane in 0..<planes {
      visit(window) { starts, begins, ends in
        var (sum, count) = (0.0, 0.0)
        for kz in begins[0]..<max(begins[0], ends[0]) {
          let z = starts[0] + kz * window.dilations[0]
          for ky in begins[1]..<max(begins[1], ends[1]) {
            let y = starts[1] + ky * window.dilations[1]
            for kx in begins[2]..<max(begins[2], ends[2]) {
              let x = starts[2] + kx * window.dilations[2]
              sum += values[plane * size + (z * window.input[1] + y) * window.input[2] + x]
              count += 1
            }
          }
        }
        if countsPads {
          // The padding counts, what a rounded-up window reaches beyond it does not.
          count = (0..<3).reduce(1) { product, axis in
            let room = window.input[axis] + window.padsAfter[axis] - 1 - starts[axis]
            return product * Double(min(window.kernel[axis], room / window.dilations[axis] + 1))
          }
        }
        result.append(sum / count)
      }
    }
    return result
  }

  static func globalAveragePool(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    try global(call) { row in row.reduce(0, +) / Double(row.count) }
  }

  static func globalMaxPool(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    try global(call) { row in row.reduce(-.infinity) { $0.isNaN || $0 > $1 ? $0 : $1 } }
  }

  private static func global(
    _ call: OperatorCall, _ function: (ArraySlice<Double>) -> Double
  ) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    guard input.shape.count >= 3 else { throw call.failure("shape \(input.shape) has no spatial axes") }
    let values = try call.reals(input)
    let size = input.shape[2...].reduce(1, *)
    let planes = input.shape[0] * input.shape[1]
    let result = (0..<planes).map { function(values[($0 * size)..<(($0 + 1) * size)]) }
    let shape = input.shape[..<2] + input.shape[2...].map { _ in 1 }
    return [try call.tensor(.real(result), as: input.elementType, shape: Array(shape))]
  }
}
