import AssayCore
import AssayONNX

/// Convolutions over one to three axes, grouped and depthwise ones included.
enum Convolutions {
  static let conv: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let attributes = try WindowAttributes(plan)
    let group = plan.node.int("group") ?? 1
    guard group > 0, group <= Int(Int32.max) else { throw plan.failure("group \(group) cannot be") }
    let convolution = try plan.operation("aten::convolution")
    return { call throws(TorchError) in
      let (input, weight) = (try call.input(0), try call.input(1))
      let (shape, weightShape) = (input.shape, weight.shape)
      guard shape.count >= 3, weightShape.count == shape.count, weightShape[0] % group == 0 else {
        throw .run("input \(shape), weight \(weightShape) and group \(group) do not fit")
      }
      let window = try attributes.window(over: shape[2...], kernel: Array(weightShape[2...]))
      let zeros = [Int](repeating: 0, count: shape.count - 2)
      let isSymmetric = window.isSymmetric
      let source = isSymmetric ? input : try window.padded(input, aten, with: 0, toLastWindow: false)
      return [
        try convolution(
          .tensor(source), .tensor(weight), .optional(call.optional(2)), .ints(window.strides),
          .ints(isSymmetric ? window.before : zeros), .ints(window.dilations), false, .ints(zeros), .int(group))
      ]
    }
  }

  /// The gradient of a convolution: every input element spreads its kernel over the output.
  static let convTranspose: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let attributes = try TransposedAttributes(plan)
    let group = plan.node.int("group") ?? 1
    guard group > 0, group <= Int(Int32.max) else { throw plan.failure("group \(group) cannot be") }
    let convolution = try plan.operation("aten::convolution")
    return { call throws(TorchError) in
      let (input, weight) = (try call.input(0), try call.input(1))
      let (shape, weightShape) = (input.shape, weight.shape)
      guard shape.count >= 3, shape.count <= 5, weightShape.count == shape.count, weightShape[0] % group == 0,
        shape[1] == weightShape[0], (shape[2...] + weightShape).allSatisfy({ $0 > 0 })
      else {
        throw .run("input \(shape), weight \(weightShape) and group \(group) do not fit")
      }
      let place = try attributes.placement(over: Array(shape[2...]), kernel: Array(weightShape[2...]))
      let bias = call.optional(2)
      if let direct = place.direct {
        return [
          try convolution(
            .tensor(input), .tensor(weight), .optional(bias), .ints(place.strides), .ints(direct.padding),
            .ints(place.dilations), true, .ints(direct.extra), .int(group))
        ]
      }
      let zeros = [Int](repeating: 0, count: shape.count - 2)
      let full = try convolution(
        .tensor(input), .tensor(weight), .none, .ints(place.strides), .ints(zeros), .ints(place.dilations), true,
        .ints(zeros), .int(group))
      // Cut in front, cut or filled up behind.
      let placed = try aten.pad(full, before: [0, 0] + place.before.map { -$0 }, after: [0, 0] + place.missing)
      guard let bias else { return [placed] }
      return [try aten.add(placed, try aten.reshape(bias, [-1] + zeros.map { _ in 1 }))]
    }
  }
}

/// The attributes of a transposed convolution.
private struct TransposedAttributes {
  private let strides, dilations, extra, pads, wanted, kernel: [Int]?
  private let mode: String

  /// Where the output lies in the full result of the transposed convolution.
  struct Placement {
    var strides: [Int]
    var dilations: [Int]
    /// Elements of the full result in front of the output.
    var before: [Int] = []
    /// Elements of the output behind the full result; negative where the result goes on.
    var missing: [Int] = []
    /// As ATen's own padding and output padding, where they say the same.
    var direct: (padding: [Int], extra: [Int])?
  }

  init(_ plan: NodePlan) throws(TorchError) {
    strides = try plan.moderateInts("strides")
    dilations = try plan.moderateInts("dilations")
    extra = try plan.moderateInts("output_padding")
    pads = try plan.moderateInts("pads")
    wanted = try plan.moderateInts("output_shape")
    kernel = try plan.moderateInts("kernel_shape")
    mode = plan.node.string("auto_pad") ?? "NOTSET"
  }

  func placement(over spatial: [Int], kernel: [Int]) throws(TorchError) -> Placement {
    let rank = spatial.count
    let ones = [Int](repeating: 1, count: rank)
    let (strides, dilations) = (strides ?? ones, dilations ?? ones)
    let extra = extra ?? ones.map { _ in 0 }
    let pads = pads ?? ones.flatMap { _ in [0, 0] }
    guard strides.count == rank, dilations.count == rank, extra.count == rank, pads.count == 2 * rank,
      wanted.map({ $0.count >= rank }) ?? true, (strides + dilations).allSatisfy({ $0 > 0 }),
      (extra + pads).allSatisfy({ $0 >= 0 }), self.kernel == nil || self.kernel == kernel
    else {
      throw .run("strides \(strides), dilations \(dilations), pads \(pads) do not fit the axes \(spatial)")
    }
    var place = Placement(strides: strides, dilations: dilations)
    var direct: (padding: [Int], extra: [Int])? = ([], [])
    for axis in 0..<rank {
      let full = strides[axis] * (spatial[axis] - 1) + (kernel[axis] - 1) * dilations[axis] + 1
      var target = wanted.map { $0[$0.count - rank + axis] }
      if target == nil, mode == "SAME_UPPER" || mode == "SAME_LOWER" { target = spatial[axis] * strides[axis] }
      var (before, extent) = (0, full + extra[axis])
      if let target {
        let total = max(0, full + extra[axis] - target)
        (before, extent) = (mode == "SAME_UPPER" ? total / 2 : total - total / 2, target)
      } else if mode != "VALID" {
        before = pads[axis]
        extent -= pads[axis] + pads[rank + axis]
      }
      guard extent > 0 else { throw .run("the output would be empty") }
      place.before.append(before)
      let missing = extent + before - full
      place.missing.append(missing)
      // ATen's output has full − 2·padding + extra elements, and the extra are fewer than a stride or a dilation.
      let more = missing + before
      if more >= 0, more < max(strides[axis], dilations[axis]) {
        direct?.padding.append(before)
        direct?.extra.append(more)
      } else {
        direct = nil
      }
    }
    place.direct = direct
    return place
  }
}
