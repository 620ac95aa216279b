import AssayCore
import AssayONNX

/// Operators that shift and scale by statistics, given or computed.
enum Normalizations {
  /// Inference with the running statistics; in training with those of the batch, handing new running ones to the run.
  ///
  /// ONNX's momentum is the share of the old value. As PyTorch has it, the running variance is that of a sample
  /// (divided by n − 1), the one that normalizes is the batch's own (divided by n).
  static let batch: Lowering = { plan throws(TorchError) in
    let node = plan.node
    guard !plan.flag("training_mode") else { throw plan.unsupported("training_mode 1") }
    guard plan.opset >= 9 || plan.flag("spatial", otherwise: true) else {
      throw plan.unsupported("statistics that are not per channel")
    }
    guard node.outputs.dropFirst().allSatisfy(\.isEmpty) else { throw plan.unsupported("more than one output") }
    let aten = plan.aten
    let epsilon = plan.double("epsilon", otherwise: Double(Float(1e-5)))
    let momentum = 1 - plan.double("momentum", otherwise: Double(Float(0.9)))
    let operation = try plan.operation("aten::batch_norm")
    let (meanName, varianceName) = (node.input(3) ?? "", node.input(4) ?? "")
    return { call throws(TorchError) in
      let input = try call.input(0)
      var (mean, variance) = (try call.input(3), try call.input(4))
      let isTraining = call.state.isTraining
      if isTraining {
        guard input.count > mean.count else {
          throw TorchError(
            .graph, "one value for each channel has no variance to normalize by",
            remedy: "train with batches of more than one row")
        }
        // Written to in place; what is handed in stays as it is.
        mean = try aten.copy(try mean.detached())
        variance = try aten.copy(try variance.detached())
      } else if mean.requiresGradient || variance.requiresGradient {
        (mean, variance) = (try mean.detached(), try variance.detached())
      }
      let result = try operation(
        .tensor(input), .tensor(try call.input(1)), .tensor(try call.input(2)), .tensor(mean), .tensor(variance),
        .bool(isTraining), .double(momentum), .double(epsilon), true)
      if isTraining {
        call.state.statistics[meanName] = mean
        call.state.statistics[varianceName] = variance
      }
      return [result]
    }
  }

  static let instance: Lowering = { plan throws(TorchError) in
    let epsilon = plan.double("epsilon", otherwise: Double(Float(1e-5)))
    let operation = try plan.operation("aten::instance_norm")
    return { call throws(TorchError) in
      let input = try call.input(0)
      guard input.rank >= 3 else { throw .run("shape \(input.shape) has no spatial axes") }
      return [
        try operation(
          .tensor(input), .tensor(try call.input(1)), .tensor(try call.input(2)), .none, .none, true, 0.0,
          .double(epsilon), true)
      ]
    }
  }

  /// Standardizes over the axes from `axis` on; the result, the means and the inverse deviations.
  static let layer: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let axis = plan.node.int("axis") ?? -1
    let epsilon = plan.double("epsilon", otherwise: Double(Float(1e-5)))
    let operation = try plan.operation("aten::native_layer_norm")
    return { call throws(TorchError) in
      let input = try call.input(0)
      let shape = input.shape
      let tail = Array(shape[(try checkedAxis(axis, rank: shape.count))...])
      guard tail.allSatisfy({ $0 > 0 }) else { throw .run("shape \(shape) has nothing from axis \(axis) on") }
      func fitting(_ tensor: TorchTensor?) throws(TorchError) -> TorchTensor? {
        guard let tensor, tensor.shape != tail else { return tensor }
        return try aten.expand(tensor, tail)
      }
      return try operation.call([
        .tensor(input), .ints(tail), .optional(try fitting(try call.input(1))),
        .optional(try fitting(call.optional(2))), .double(epsilon),
      ])
    }
  }

  /// x / √(mean(x²) + ε) · scale over the axes from `axis` on (opset 23).
  static let rootMeanSquare: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let axis = plan.node.int("axis") ?? -1
    let epsilon = plan.double("epsilon", otherwise: Double(Float(1e-5)))
    let inverse = try plan.operation("aten::rsqrt")
    return { call throws(TorchError) in
      let input = try call.input(0)
      let rank = input.rank
      let axes = Array((try checkedAxis(axis, rank: rank))..<rank)
      let square = try aten.mean(try aten.multiply(input, input), axes, keep: true)
      let factor = try inverse(.tensor(try aten.add(square, epsilon)))
      return [try aten.multiply(try aten.multiply(input, factor), try call.input(1))]
    }
  }

  /// Scale and bias are per group before opset 21, per channel since.
  static let group: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    guard let groups = plan.node.int("num_groups"), groups > 0 else { throw plan.failure("num_groups is missing") }
    let epsilon = plan.double("epsilon", otherwise: Double(Float(1e-5)))
    let isPerGroup = plan.opset < 21
    let operation = try plan.operation("aten::group_norm")
    let `repeat` = try plan.operation("aten::repeat_interleave.self_int")
    return { call throws(TorchError) in
      let input = try call.input(0)
      let shape = input.shape
      guard shape.count >= 2, shape[1] % groups == 0 else { throw .run("\(groups) groups of shape \(shape)") }
      let size = shape[1] / groups
      func perChannel(_ tensor: TorchTensor) throws(TorchError) -> TorchTensor {
        isPerGroup && size > 1 ? try `repeat`(.tensor(tensor), .int(size)) : tensor
      }
      return [
        try operation(
          .tensor(input), .int(groups), .tensor(try perChannel(try call.input(1))),
          .tensor(try perChannel(try call.input(2))), .double(epsilon), true)
      ]
    }
  }

  /// (x − mean) / (deviation + 1e-9), as the operator's definition has it.
  static let meanVariance: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    let given = plan.node.ints("axes") ?? [0, 2, 3]
    return { call throws(TorchError) in
      let input = try call.input(0)
      let axes = try checkedAxes(given, rank: input.rank)
      let centred = try aten.subtract(input, try aten.mean(input, axes, keep: true))
      let variance = try aten.mean(try aten.multiply(centred, centred), axes, keep: true)
      return [try aten.divide(centred, try aten.add(try aten.squareRoot(variance), 1e-9))]
    }
  }

  /// `x / (bias + alpha / size * Σ x²)^beta` over the neighbouring channels.
  static let localResponse: Lowering = { plan throws(TorchError) in
    let aten = plan.aten
    guard let size = plan.node.int("size"), size > 0, size < 1 << 16 else { throw plan.failure("the size cannot be") }
    let alpha = plan.double("alpha", otherwise: Double(Float(0.0001)))
    let (beta, bias) = (plan.double("beta", otherwise: 0.75), plan.double("bias", otherwise: 1))
    let unfold = try plan.operation("aten::unfold")
    return { call throws(TorchError) in
      let input = try call.input(0)
      let rank = input.rank
      guard rank >= 3 else { throw .run("shape \(input.shape) has no spatial axes") }
      let rest = [Int](repeating: 0, count: rank - 2)
      let squares = try aten.pad(
        try aten.multiply(input, input), before: [0, (size - 1) / 2] + rest, after: [0, size / 2] + rest)
      let sums = try aten.sum(try unfold(.tensor(squares), 1, .int(size), 1), [rank], keep: false)
      let divisor = try aten.power(try aten.add(try aten.multiply(sums, alpha / Double(size)), bias), beta)
      return [try aten.divide(input, divisor)]
    }
  }
}
