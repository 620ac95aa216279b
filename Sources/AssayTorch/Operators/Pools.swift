import AssayCore
import AssayONNX

/// Windows that keep the largest element or the mean.
enum Pools {
  static let maxPool: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let attributes = try WindowAttributes(plan)
    guard let kernel = attributes.kernel, (1...3).contains(kernel.count) else {
      throw plan.failure("kernel_shape is missing or not of 1 to 3 axes")
    }
    if plan.node.output(1) != nil { return try maxPoolWithPlaces(plan, attributes, kernel) }
    let operation = try plan.operation("aten::max_pool\(kernel.count)d")
    return { call throws(TorchError) in
      let input = try call.input(0)
      let shape = input.shape
      guard shape.count == kernel.count + 2 else { throw .run("shape \(shape) for the kernel \(kernel)") }
      let window = try attributes.window(over: shape[2...], kernel: kernel)
      // ATen rounds down; where that is not what is asked for, the input is filled up to the last window.
      if window.fitsPools, zip(window.overhang, window.strides).allSatisfy({ $0 <= 0 && -$0 < $1 }) {
        return [
          try operation(
            .tensor(input), .ints(kernel), .ints(window.strides), .ints(window.before), .ints(window.dilations))
        ]
      }
      let padded = try window.padded(input, aten, with: lowest(input), toLastWindow: true)
      let zeros = [Int](repeating: 0, count: kernel.count)
      return [
        try operation(.tensor(padded), .ints(kernel), .ints(window.strides), .ints(zeros), .ints(window.dilations))
      ]
    }
  }

  /// What no element is smaller than.
  private static func lowest(_ tensor: TorchTensor) -> TorchValue {
    switch tensor.elementType {
    case .uint8, .bool: 0
    case .int8: .int(Int(Int8.min))
    case .int16: .int(Int(Int16.min))
    case .int32: .int(Int(Int32.min))
    case .int64: .int(Int.min)
    default: .double(-.infinity)
    }
  }

  /// The maxima and, as ONNX counts them, their places in the whole tensor.
  private static func maxPoolWithPlaces(
    _ plan: NodePlan, _ attributes: WindowAttributes, _ kernel: [Int]
  ) throws(TorchError) -> NodeFunction {
    guard !plan.flag("storage_order") else { throw plan.unsupported("places in column-major order") }
    let aten = plan.aten
    let operation = try plan.operation("aten::max_pool\(kernel.count)d_with_indices")
    return { call throws(TorchError) in
      let input = try call.input(0)
      let shape = input.shape
      guard shape.count == kernel.count + 2 else { throw .run("shape \(shape) for the kernel \(kernel)") }
      let window = try attributes.window(over: shape[2...], kernel: kernel)
      guard window.fitsPools, zip(window.overhang, window.strides).allSatisfy({ $0 <= 0 && -$0 < $1 }) else {
        throw .run("places of maxima are computed with equal pads and without ceil_mode only")
      }
      let results = try operation.call([
        .tensor(input), .ints(kernel), .ints(window.strides), .ints(window.before), .ints(window.dilations),
      ])
      guard results.count == 2 else { return results }
      let size = try elementCount(shape[2...])
      let starts = try aten.integers(
        (0..<(shape[0] * shape[1])).map { $0 * size },
        shape: [shape[0], shape[1]] + [Int](repeating: 1, count: kernel.count), on: input.device)
      return [results[0], try aten.add(results[1], starts)]
    }
  }

  static let averagePool: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let attributes = try WindowAttributes(plan)
    guard let kernel = attributes.kernel, (1...3).contains(kernel.count) else {
      throw plan.failure("kernel_shape is missing or not of 1 to 3 axes")
    }
    let countsPads = plan.flag("count_include_pad")
    let roundsUp = plan.flag("ceil_mode")
    let operation = try plan.operation("aten::avg_pool\(kernel.count)d")
    let convolution = try plan.operation("aten::convolution")
    return { call throws(TorchError) in
      let input = try call.input(0)
      let shape = input.shape
      guard shape.count == kernel.count + 2 else { throw .run("shape \(shape) for the kernel \(kernel)") }
      let window = try attributes.window(over: shape[2...], kernel: kernel)
      if window.fitsPools, window.dilations.allSatisfy({ $0 == 1 }) {
        return [
          try operation(
            .tensor(input), .ints(kernel), .ints(window.strides), .ints(window.before), .bool(roundsUp),
            .bool(countsPads))
        ]
      }
      // Sums and numbers of elements, both as convolutions with ones.
      let zeros = [Int](repeating: 0, count: kernel.count)
      let ones = try aten.library.ones([1, 1] + kernel, like: input)
      func sums(_ tensor: TorchTensor) throws(TorchError) -> TorchTensor {
        try convolution(
          .tensor(tensor), .tensor(ones), .none, .ints(window.strides), .ints(zeros), .ints(window.dilations), false,
          .ints(zeros), 1)
      }
      let planes = try aten.reshape(input, [shape[0] * shape[1], 1] + shape[2...])
      let total = try sums(try window.padded(planes, aten, with: 0, toLastWindow: true))
      var places = try aten.library.ones([1, 1] + shape[2...], like: input)
      if countsPads {
        // The padding counts, what a rounded-up window reaches beyond it does not.
        places = try aten.pad(places, before: [0, 0] + window.before, after: [0, 0] + window.after, with: 1)
        places = try aten.pad(places, before: [0, 0] + zeros, after: [0, 0] + window.overhang)
      } else {
        places = try window.padded(places, aten, with: 0, toLastWindow: true)
      }
      return [try aten.reshape(try aten.divide(total, try sums(places)), Array(shape[..<2]) + window.output)]
    }
  }

  static let globalAveragePool = global { plan throws(TorchError) in
    let aten = plan.aten
    return { input, axes throws(TorchError) in try aten.mean(input, axes, keep: true) }
  }

  static let globalMaxPool = global { plan throws(TorchError) in
    let operation = try plan.operation("aten::amax")
    return { input, axes throws(TorchError) in try operation(.tensor(input), .ints(axes), true) }
  }

  private typealias Reduction = (TorchTensor, [Int]) throws(TorchError) -> TorchTensor

  private static func global(
    _ make: @escaping @Sendable (NodePlan) throws(TorchError) -> Reduction
  ) -> Lowering {
    { plan throws(TorchError) in
      let reduce = try make(plan)
      return { call throws(TorchError) in
        let input = try call.input(0)
        let rank = input.rank
        guard rank >= 3 else { throw .run("shape \(input.shape) has no spatial axes") }
        return [try reduce(input, Array(2..<rank))]
      }
    }
  }
}

extension TorchLibrary {
  /// Ones, or that number, of the element type and on the device of `tensor`.
  func ones(_ shape: [Int], like tensor: TorchTensor, times number: Int = 1) throws(TorchError) -> TorchTensor {
    let zeros = try TorchTensor(zeros: shape, type: tensor.elementType ?? .float, on: tensor.device, library: self)
    return try call("aten::add_.Scalar", .tensor(zeros), .int(number))[0]
  }
}
