import AssayCore
import AssayONNX

/// The attributes of a sliding window: of a convolution or a pool.
struct WindowAttributes {
  private let strides: [Int]?
  private let dilations: [Int]?
  private let pads: [Int]?
  private let placement: Placement
  private let roundsUp: Bool
  let kernel: [Int]?

  private enum Placement { case given, valid, sameUpper, sameLower }

  init(_ plan: NodePlan) throws(TorchError) {
    strides = try plan.moderateInts("strides")
    dilations = try plan.moderateInts("dilations")
    pads = try plan.moderateInts("pads")
    kernel = try plan.moderateInts("kernel_shape")
    roundsUp = plan.flag("ceil_mode")
    switch plan.node.string("auto_pad") ?? "NOTSET" {
    case "NOTSET", "": placement = .given
    case "VALID": placement = .valid
    case "SAME_UPPER": placement = .sameUpper
    case "SAME_LOWER": placement = .sameLower
    case let mode: throw plan.failure("auto_pad '\(mode)' is unknown")
    }
  }

  /// Where the window lies over axes of these extents.
  func window(over spatial: ArraySlice<Int>, kernel: [Int]) throws(TorchError) -> Window {
    let rank = spatial.count
    guard (1...3).contains(rank) else { throw .run("windows over \(rank) axes are not computed here") }
    let strides = strides ?? [Int](repeating: 1, count: rank)
    let dilations = dilations ?? [Int](repeating: 1, count: rank)
    let pads = pads ?? [Int](repeating: 0, count: 2 * rank)
    guard kernel.count == rank, strides.count == rank, dilations.count == rank, pads.count == 2 * rank,
      kernel.allSatisfy({ $0 > 0 }), strides.allSatisfy({ $0 > 0 }), dilations.allSatisfy({ $0 > 0 }),
      pads.allSatisfy({ $0 >= 0 }), self.kernel == nil || self.kernel == kernel
    else {
      throw .run(
        "kernel \(kernel), strides \(strides), dilations \(dilations) and pads \(pads) do not fit the axes \(spatial)")
    }
    var window = Window(
      kernel: kernel, strides: strides, dilations: dilations, before: Array(pads[..<rank]), after: Array(pads[rank...]))
    for (axis, extent) in spatial.enumerated() {
      let reach = (kernel[axis] - 1) * dilations[axis] + 1
      switch placement {
      case .given: break
      case .valid: (window.before[axis], window.after[axis]) = (0, 0)
      case .sameUpper, .sameLower:
        let places = (extent + strides[axis] - 1) / strides[axis]
        let total = max(0, (places - 1) * strides[axis] + reach - extent)
        window.before[axis] = placement == .sameUpper ? total / 2 : total - total / 2
        window.after[axis] = total - window.before[axis]
      }
      let room = extent + window.before[axis] + window.after[axis] - reach
      guard room >= 0 else { throw .run("the window of \(reach) is larger than the padded axis of \(extent)") }
      var places = (room + (roundsUp ? strides[axis] - 1 : 0)) / strides[axis] + 1
      // A last window that would begin in the padding behind the input is left out.
      if roundsUp, (places - 1) * strides[axis] >= extent + window.before[axis] { places -= 1 }
      window.output.append(places)
      // What a rounded-up window reaches beyond the padding, or what no window reaches (negative).
      window.overhang.append((places - 1) * strides[axis] + reach - extent - window.before[axis] - window.after[axis])
    }
    return window
  }
}

/// Where a sliding window lies, axis by axis.
struct Window {
  let kernel: [Int]
  let strides: [Int]
  let dilations: [Int]
  var before: [Int]
  var after: [Int]
  var output: [Int] = []
  /// How far the last window reaches beyond the padded axis; negative where it does not reach its end.
  var overhang: [Int] = []

  /// Whether the padding is the same on both sides of every axis, as ATen's operators take it.
  var isSymmetric: Bool { before == after }

  /// Whether ATen's pools take the padding: at most half a kernel, the same on both sides.
  var fitsPools: Bool { isSymmetric && zip(before, kernel).allSatisfy { $0 <= $1 / 2 } }

  /// `input` with padding on both sides of its spatial axes, cut or filled up to where the last window ends.
  func padded(
    _ input: TorchTensor, _ aten: ATen, with value: TorchValue, toLastWindow: Bool
  ) throws(TorchError) -> TorchTensor {
    let ends = toLastWindow ? zip(after, overhang).map { $0 + $1 } : after
    if before.allSatisfy({ $0 == 0 }), ends.allSatisfy({ $0 == 0 }) { return input }
    return try aten.pad(input, before: [0, 0] + before, after: [0, 0] + ends, with: value)
  }
}
