import AssayCore
import AssayONNX
import Glibc

/// Operators that shift and scale by statistics, given or computed.
enum Normalization {
  /// Inference: `(x - mean) / sqrt(var + epsilon) * scale + bias`, one of each per channel.
  static func batch(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    guard (call.node.int("training_mode") ?? 0) == 0, call.node.outputs.dropFirst().allSatisfy(\.isEmpty) else {
      throw call.unsupported("training mode")
    }
    guard input.shape.count >= 2, call.opset >= 9 || (call.node.int("spatial") ?? 1) != 0 else {
      throw call.failure("shape \(input.shape) without channels, or statistics that are not per channel")
    }
    let channels = input.shape[1]
    var parameters: [[Double]] = []
    for index in 1...4 {
      parameters.append(try call.reals(try call.input(index)))
      guard parameters[index - 1].count == channels else {
        throw call.failure("input \(index) has not one element for each of \(channels) channels")
      }
    }
    let epsilon = Double(call.node.float("epsilon") ?? 1e-5)
    let factors = zip(parameters[0], parameters[3]).map { $0 / ($1 + epsilon).squareRoot() }
    let size = input.shape[2...].reduce(1, *)
    var values = try call.reals(input)
    for index in values.indices {
      let channel = index / size % channels
      values[index] = (values[index] - parameters[2][channel]) * factors[channel] + parameters[1][channel]
    }
    return [try call.tensor(.real(values), as: input.elementType, shape: input.shape)]
  }

  static func instance(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    guard input.shape.count >= 3 else { throw call.failure("shape \(input.shape) has no spatial axes") }
    let (scale, bias) = (try call.reals(try call.input(1)), try call.reals(try call.input(2)))
    let channels = input.shape[1]
    guard scale.count == channels, bias.count == channels else {
      throw call.failure("scale or bias has not one element for each of \(channels) channels")
    }
    let rows = try Rows(call, input, axes: Array(2..<input.shape.count))
    var values = try call.reals(input)
    _ = standardize(&values, length: rows.length, epsilon: Double(call.node.float("epsilon") ?? 1e-5))
    for index in values.indices {
      let channel = index / rows.length % channels
      values[index] = values[index] * scale[channel] + bias[channel]
    }
    return [try call.tensor(.real(values), as: input.elementType, shape: input.shape)]
  }

  /// Brings every row of `length` to mean 0 and variance 1; returns the means and inverse deviations.
  private static func standardize(
    _ values: inout [Double], length: Int, epsilon: Double
  ) -> (means: [Double], inverses: [Double]) {
    var (means, inverses): ([Double], [Double]) = ([], [])
    guard length > 0 else { return (means, inverses) }
    for start in stride(from: 0, to: values.count, by: length) {
      let range = start..<(start + length)
      let mean = values[range].reduce(0, +) / Double(length)
      let variance = values[range].reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(length)
      let inverse = 1 / (variance + epsilon).squareRoot()
      for index in range { values[index] = (values[index] - mean) * inverse }
      means.append(mean)
      inverses.append(inverse)
    }
    return (means, inverses)
  }

  /// Standardizes over the axes from `axis` on; mean and inverse deviation are float, as `stash_type` 1 says.
  static func layer(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let axis = try call.axis(call.node.int("axis") ?? -1, rank: input.shape.count)
    let tail = Array(input.shape[axis...])
    let length = tail.reduce(1, *)
    guard length > 0 else { throw call.failure("shape \(input.shape) has nothing from axis \(axis) on") }
    var values = try call.reals(input)
    let statistics = standardize(&values, length: length, epsilon: Double(call.node.float("epsilon") ?? 1e-5))
    let scale = try call.reals(try call.expanded(try call.input(1), to: tail))
    let bias = try call.optional(2).map { bias throws(EngineError) in
      try call.reals(try call.expanded(bias, to: tail))
    }
    for index in values.indices {
      values[index] = values[index] * scale[index % length] + (bias?[index % length] ?? 0)
    }
    let shape = input.shape[..<axis] + tail.map { _ in 1 }
    return [
      try call.tensor(.real(values), as: input.elementType, shape: input.shape),
      try call.tensor(.real(statistics.means), as: .float, shape: Array(shape)),
      try call.tensor(.real(statistics.inverses), as: .float, shape: Array(shape)),
    ]
  }

  static func meanVariance(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    let rows = try Rows(
      call, input, axes: try call.axes(call.node.ints("axes") ?? [0, 2, 3], rank: input.shape.count))
    var values = try call.reals(rows.tensor)
    // The operator's definition adds 1e-9 to the deviation, so that a constant row becomes 0.
    for start in stride(from: 0, to: values.count, by: max(1, rows.length)) {
      let range = start..<(start + rows.length)
      let mean = values[range].reduce(0, +) / Double(rows.length)
      let variance = values[range].reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows.length)
      for index in range { values[index] = (values[index] - mean) / (variance.squareRoot() + 1e-9) }
    }
    let result = try call.tensor(.real(values), as: input.elementType, shape: rows.tensor.shape)
    return [try rows.restored(call, result)]
  }

  /// `x / (bias + alpha / size * Σ x²)^beta` over the neighbouring channels.
  static func localResponse(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let input = try call.input(0)
    guard input.shape.count >= 3, let size = call.node.int("size"), size > 0 else {
      throw call.failure("shape \(input.shape) or a size that is missing or not positive")
    }
    let alpha = Double(call.node.float("alpha") ?? 0.0001)
    let (beta, bias) = (Double(call.node.float("beta") ?? 0.75), Double(call.node.float("bias") ?? 1))
    let values = try call.reals(input)
    let channels = input.shape[1]
    let plane = input.shape[2...].reduce(1, *)
    let (before, after) = (min((size - 1) / 2, channels), min(size / 2, channels))
    let result = values.indices.map { index in
      let channel = index / plane % channels
      var sum = 0.0
      for other in max(0, channel - before)...min(channels - 1, channel + after) {
        let neighbour = values[index + (other - channel) * plane]
        sum += neighbour * neighbour
      }
      return values[index] / pow(bias + alpha / Double(size) * sum, beta)
    }
    return [try call.tensor(.real(result), as: input.elementType, shape: input.shape)]
  }
}
