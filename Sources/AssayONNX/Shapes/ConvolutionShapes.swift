import AssayCore

/// Shape rules of convolutions and pooling.
///
/// Legend: N batch, C input channels, M output channels, g groups, D₁… spatial extents.
enum ConvolutionShapes {
  /// A window that slides over one axis.
  private struct Window {
    var kernel: Int
    var stride = 1
    var dilation = 1
    var before = 0
    var after = 0

    /// Extent of the window with the holes that dilation makes; all factors are at most 2³⁰.
    var reach: Int { (kernel - 1) * dilation + 1 }
  }

  private static func windows(
    _ call: ShapeCall, kernel: [Int]
  ) throws(ShapeProblem) -> [Window] {
    let rank = kernel.count
    let strides = try call.ints("strides") ?? []
    let dilations = try call.ints("dilations") ?? []
    let pads = try call.ints("pads") ?? []
    guard strides.isEmpty || strides.count == rank, dilations.isEmpty || dilations.count == rank,
      pads.isEmpty || pads.count == 2 * rank
    else { throw .contradiction("strides, dilations or pads do not have \(rank) axes") }
    var windows: [Window] = []
    for axis in 0..<rank {
      var window = Window(kernel: kernel[axis])
      if !strides.isEmpty { window.stride = strides[axis] }
      if !dilations.isEmpty { window.dilation = dilations[axis] }
      if !pads.isEmpty { (window.before, window.after) = (pads[axis], pads[axis + rank]) }
      guard window.kernel >= 1, window.kernel <= 1 << 30, window.stride >= 1, window.dilation >= 1 else {
        throw .contradiction("kernel, strides and dilations must be positive")
      }
      windows.append(window)
    }
    return windows
  }

  /// Number of positions of the window on an axis.
  private static func positions(
    _ extent: Dimension, _ window: Window, autoPad: String, ceiling: Bool
  ) throws(ShapeProblem) -> Dimension {
    guard let extent = extent.value else {
      // A stride of 1 with padding that keeps the extent keeps its name too.
      let keeps =
        window.stride == 1
        && (autoPad.hasPrefix("SAME") || (autoPad == "NOTSET" && window.before + window.after == window.reach - 1))
      return keeps ? extent : .unknown
    }
    if autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER" {
      return .fixed((extent + window.stride - 1) / window.stride)
    }
    let padding = autoPad == "VALID" ? 0 : window.before + window.after
    let room = extent + padding - window.reach
    guard room >= 0 else {
      throw .contradiction("a window of \(window.reach) does not fit an extent of \(extent) with padding \(padding)")
    }
    var count = room / window.stride + 1
    if ceiling, room % window.stride != 0 {
      // The last window must begin within the data or the padding before them (ONNX and PyTorch agree).
      if count * window.stride < extent + window.before { count += 1 }
    }
    return .fixed(count)
  }

  /// Conv and its relatives: x [N,C,D…] and w [M,C/g,K…] give [N,M,…].
  static func convolution(data: Int, weight: Int, output: OutputType = .ofInput(0)) -> ShapeRule {
    { call throws(ShapeProblem) in [try convolve(call, data: data, weight: weight, output: output)] }
  }

  private static func convolve(
    _ call: ShapeCall, data: Int, weight: Int, output: OutputType
  ) throws(ShapeProblem) -> InferredValue {
    let x = try channelsFirst(call, try call.shape(data, rank: 3...16))
    let w = try call.shape(weight, rank: x.count...x.count)
    let group = try call.int("group", 1)
    guard group >= 1 else { throw .contradiction("group is \(group)") }
    if let channels = x[1].value, let perGroup = w[1].value, checkedProduct([perGroup, group]) != channels {
      throw .contradiction(
        "the input has \(channels) channels, but weights of shape \(w.text) in \(group) groups need "
          + "\(checkedProduct([perGroup, group]).map { "\($0)" } ?? "too many")")
    }
    if let filters = w[0].value, filters % group != 0 {
      throw .contradiction("\(filters) filters cannot be divided into \(group) groups")
    }
    let kernel = try kernelShape(call, weights: Array(w.dropFirst(2)))
    let spatial = try slide(call, Array(x.dropFirst(2)), kernel)
    return InferredValue(output.type(call), try channelsAsGiven(call, [x[0], w[0]] + spatial))
  }

  /// ONNX Runtime's own variants may have the axes in the order N, D…, C (`channels_last`, or by their name).
  private static func channelsLast(_ call: ShapeCall) throws(ShapeProblem) -> Bool {
    let stated = try call.int("channels_last", 0) != 0
    return stated || call.node.opType.hasPrefix("Nhwc")
  }

  private static func channelsFirst(_ call: ShapeCall, _ x: [Dimension]) throws(ShapeProblem) -> [Dimension] {
    try channelsLast(call) ? [x[0], x[x.count - 1]] + x[1..<(x.count - 1)] : x
  }

  private static func channelsAsGiven(_ call: ShapeCall, _ x: [Dimension]) throws(ShapeProblem) -> [Dimension] {
    try channelsLast(call) ? [x[0]] + x[2...] + [x[1]] : x
  }

  private static func kernelShape(_ call: ShapeCall, weights: [Dimension]) throws(ShapeProblem) -> [Int] {
    let stated = try call.ints("kernel_shape")
    guard let actual = weights.fixedExtents else {
      guard let stated, stated.count == weights.count else { throw .unknown }
      return stated
    }
    if let stated, stated != actual {
      throw .contradiction("kernel_shape says \(stated), but the weights have \(actual)")
    }
    return actual
  }

  private static func slide(
    _ call: ShapeCall, _ spatial: [Dimension], _ kernel: [Int], ceiling: Bool = false
  ) throws(ShapeProblem) -> [Dimension] {
    guard kernel.count == spatial.count else {
      throw .contradiction("a kernel of \(kernel.count) axes on \(spatial.count) spatial axes")
    }
    let autoPad = call.node.string("auto_pad") ?? "NOTSET"
    var result: [Dimension] = []
    for (extent, window) in zip(spatial, try windows(call, kernel: kernel)) {
      result.append(try positions(extent, window, autoPad: autoPad, ceiling: ceiling))
    }
    return result
  }

  /// ConvTranspose: x [N,C,D…] and w [C,M/g,K…].
  static func transposed(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let x = try call.shape(0, rank: 3...16)
    let w = try call.shape(1, rank: x.count...x.count)
    let group = try call.int("group", 1)
    _ = try Extents.equal(x[1], w[0], "channels of input and weights")
    let kernel = try kernelShape(call, weights: Array(w.dropFirst(2)))
    let windows = try windows(call, kernel: kernel)
    let extra = try call.ints("output_padding") ?? Array(repeating: 0, count: windows.count)
    let stated = try call.ints("output_shape")
    let autoPad = call.node.string("auto_pad") ?? "NOTSET"
    guard extra.count == windows.count, stated == nil || stated?.count == windows.count || stated?.count == x.count
    else { throw .contradiction("output_padding or output_shape do not have \(windows.count) axes") }
    var shape = [x[0], Extents.product(w[1], .fixed(group))]
    for (axis, window) in windows.enumerated() {
      if let stated {
        shape.append(.fixed(stated[stated.count - windows.count + axis]))
      } else if let extent = x[axis + 2].value {
        guard extent <= 1 << 30 else { throw .unknown }
        let full = window.stride * (extent - 1) + extra[axis] + window.reach
        let padding = autoPad == "NOTSET" ? window.before + window.after : 0
        shape.append(.fixed(autoPad.hasPrefix("SAME") ? extent * window.stride : full - padding))
      } else {
        shape.append(.unknown)
      }
    }
    return [InferredValue(call.type(0), shape)]
  }

  /// MaxPool, AveragePool, LpPool: x [N,C,D…]; MaxPool's second output holds indices.
  static func pooling(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    let x = try channelsFirst(call, try call.shape(0, rank: 3...16))
    guard let kernel = try call.ints("kernel_shape") else { throw .contradiction("kernel_shape is missing") }
    let ceiling = try call.int("ceil_mode", 0) != 0
    let spatial = try slide(call, Array(x.dropFirst(2)), kernel, ceiling: ceiling)
    let shape = try channelsAsGiven(call, Array(x[..<2]) + spatial)
    return [InferredValue(call.type(0), shape), InferredValue(.int64, shape)]
  }

  /// GlobalAveragePool and its relatives: every spatial extent becomes 1.
  static func globalPooling(_ call: ShapeCall) throws(ShapeProblem) -> [InferredValue] {
    var x = try call.shape(0, rank: 2...16)
    if try call.int("channels_last", 0) != 0 {
      for axis in 1..<(x.count - 1) { x[axis] = .fixed(1) }
    } else {
      for axis in 2..<x.count { x[axis] = .fixed(1) }
    }
    return [InferredValue(call.type(0), x)]
  }
}

/// Where a rule takes the element type of its output from.
enum OutputType {
  case ofInput(Int)
  case fixed(ElementType)

  func type(_ call: ShapeCall) -> ElementType? {
    switch self {
    case .ofInput(let index): call.type(index)
    case .fixed(let type): type
    }
  }
}
