import AssayCore
import AssayONNX

/// Convolutions in floating point, and what the quantized ones share with them.
enum Convolution {
  /// The window and channels of a convolution node, checked against its inputs.
  static func geometry(
    _ call: OperatorCall, _ input: Tensor, _ weight: Tensor
  ) throws(EngineError) -> (window: Window, channels: Window.Channels, shape: [Int]) {
    let group = call.node.int("group") ?? 1
    guard input.shape.count >= 3, weight.shape.count == input.shape.count, group > 0, group <= weight.shape[0],
      input.shape[1] / group == weight.shape[1], input.shape[1] % group == 0, weight.shape[0] % group == 0
    else {
      throw call.failure("input \(input.shape), weight \(weight.shape) and group \(group) do not fit")
    }
    let kernel = Array(weight.shape[2...])
    if let declared = call.node.ints("kernel_shape"), declared != kernel {
      throw call.failure("kernel_shape \(declared) is not that of the weight \(weight.shape)")
    }
    let window = try Window(call, spatial: Array(input.shape[2...]), kernel: kernel)
    let channels = Window.Channels(
      batch: input.shape[0], input: input.shape[1], output: weight.shape[0], group: group)
    let shape = [channels.batch, channels.output] + window.outputShape
    _ = try call.count(shape)
    return (window, channels, shape)
  }

  static func conv(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let (input, weight) = (try call.input(0), try call.input(1))
    let (window, channels, shape) = try geometry(call, input, weight)
    var sums = window.convolve(try call.reals(input), try call.reals(weight), channels)
    if let bias = call.optional(2) {
      try add(call, bias: try call.reals(bias), to: &sums, channels: channels.output, batch: channels.batch)
    }
    return [try call.tensor(.real(sums), as: input.elementType, shape: shape)]
  }

  /// Adds one number per channel to `[batch, channels, ...]`.
  static func add(
    _ call: OperatorCall, bias: [Double], to sums: inout [Double], channels: Int, batch: Int
  ) throws(EngineError) {
    guard bias.count == channels else { throw call.failure("\(bias.count) biases for \(channels) channels") }
    let size = sums.count / max(1, batch * channels)
    for index in sums.indices { sums[index] += bias[index / size % channels] }
  }

  /// The gradient of a convolution: every input element spreads its kernel over the output.
  static func convTranspose(_ call: OperatorCall) throws(EngineError) -> [Tensor] {
    let (input, weight) = (try call.input(0), try call.input(1))
    let group = call.node.int("group") ?? 1
    guard input.shape.count >= 3, weight.shape.count == input.shape.count, group > 0, weight.shape[0] > 0,
      weight.shape[0] % group == 0, input.shape[1] == weight.shape[0]
    else {
      throw call.failure("input \(input.shape), weight \(weight.shape) and group \(group) do not fit")
    }
    let spatial = Array(input.shape[2...])
    let kernel = Array(weight.shape[2...])
    let output = try transposedExtents(call, spatial, kernel)
    let channels = weight.shape[1] * group
    let shape = [input.shape[0], channels] + output.extents
    _ = try call.count(shape)
    // Seen from the output it is the window of an ordinary convolution, of which only the geometry is used.
    let dilations = try call.moderateInts("dilations") ?? [Int](repeating: 1, count: spatial.count)
    let strides = try call.moderateInts("strides") ?? [Int](repeating: 1, count: spatial.count)
    let (values, factors) = (try call.reals(input), try call.reals(weight))
    var sums = [Double](repeating: 0, count: try call.count(shape))
    let places = coordinates(spatial)
    let kernelPlaces = coordinates(kernel)
    let outputStrides = rowMajorStrides(output.extents)
    let size = output.extents.reduce(1, *)
    let (inputs, perGroup) = (input.shape[1] / group, weight.shape[1])
    for (kernelIndex, k) in kernelPlaces.enumerated() {
      for (placeIndex, place) in places.enumerated() {
        var offset = 0
        var isInside = true
        for axis in spatial.indices {
          let coordinate = place[axis] * strides[axis] + k[axis] * dilations[axis] - output.padsBefore[axis]
          isInside = coordinate >= 0 && coordinate < output.extents[axis]
          guard isInside else { break }
          offset += coordinate * outputStrides[axis]
        }
        guard isInside else { continue }
        for image in 0..<input.shape[0] {
          for channel in 0..<input.shape[1] {
            let value = values[(image * input.shape[1] + channel) * places.count + placeIndex]
            for filter in 0..<perGroup {
              let target = image * channels + channel / inputs * perGroup + filter
              sums[target * size + offset] +=
                value * factors[(channel * perGroup + filter) * kernelPlaces.count + kernelIndex]
            }
          }
        }
      }
    }
    if let bias = call.optional(2) {
      try add(call, bias: try call.reals(bias), to: &sums, channels: channels, batch: input.shape[0])
    }
    return [try call.tensor(.real(sums), as: input.elementType, shape: shape)]
  }

  /// Every coordinate of a grid, in row-major order.
  private static func coordinates(_ extents: [Int]) -> [[Int]] {
    extents.reduce([[]]) { grid, extent in grid.flatMap { place in (0..<extent).map { place + [$0] } } }
  }

  private static func transposedExtents(
    _ call: OperatorCall, _ spatial: [Int], _ kernel: [Int]
  ) throws(EngineError) -> (extents: [Int], padsBefore: [Int]) {
    let rank = spatial.count
    let ones = [Int](repeating: 1, count: rank)
    let strides = try call.moderateInts("strides") ?? ones
    let dilations = try call.moderateInts("dilations") ?? ones
    let extra = try call.moderateInts("output_padding") ?? ones.map { _ in 0 }
    let pads = try call.moderateInts("pads") ?? ones.flatMap { _ in [0, 0] }
    let wanted = try call.moderateInts("output_shape")
    guard strides.count == rank, dilations.count == rank, extra.count == rank, pads.count == 2 * rank,
      wanted == nil || (wanted?.count ?? 0) >= rank, (strides + dilations + kernel).allSatisfy({ $0 > 0 }),
      (extra + pads).allSatisfy({ $0 >= 0 })
    else {
      throw call.failure("strides \(strides), dilations \(dilations), pads \(pads) on \(spatial)")
    }
    if let declared = call.node.ints("kernel_shape"), declared != kernel {
      throw call.failure("kernel_shape \(declared) is not that of the weight")
    }
    let mode = call.node.string("auto_pad") ?? "NOTSET"
    var (extents, before) = ([Int](), [Int]())
    for axis in 0..<rank {
      guard spatial[axis] > 0 else { throw call.failure("an axis of \(spatial) is empty") }
      let full = strides[axis] * (spatial[axis] - 1) + extra[axis] + (kernel[axis] - 1) * dilations[axis] + 1
      var target = wanted.map { $0[$0.count - rank + axis] }
      if target == nil, mode == "SAME_UPPER" || mode == "SAME_LOWER" { target = spatial[axis] * strides[axis] }
      guard let target else {
        before.append(mode == "VALID" ? 0 : pads[axis])
        extents.append(mode == "VALID" ? full : full - pads[axis] - pads[rank + axis])
        continue
      }
      let total = max(0, full - target)
      before.append(mode == "SAME_UPPER" ? total / 2 : total - total / 2)
      extents.append(target)
    }
    return (extents, before)
  }
}
