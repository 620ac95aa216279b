public import AssayCore
public import AssayONNX

/// Lets convolutions and matrix products run with eight-bit integers.
public struct Quantize: Method {
  public static let description = MethodDescription(
    name: "quantize",
    summary: "runs convolutions and matrix products with 8-bit integers; scales of activations are found beforehand on "
      + "calibration data (static) or at run time (dynamic)",
    source: "x ≈ scale·(q − zero point); weights symmetric, q = clamp(round(w/scale), ±127), scale = max|w|/127; "
      + "activations asymmetric, scale = (max − min)/255; Jacob et al., CVPR 2018, section 2. Ranges: min-max; "
      + "percentile p: values between the (100−p)-th and p-th percentile; entropy: least KL divergence over thresholds, "
      + "up to 2,048 bins into 128 levels, zeros left out (Migacz, GTC 2017); mse: least Σ(x−x̂)² over a grid of ranges. Histograms have "
      + "2,048 to 4,096 bins per sign",
    options: options,
    calibration: { options in
      switch requestedMode(options) {
      case .static: .required
      case .dynamic: .none
      case nil: .optional
      }
    })

  private static let options =
    [
      OptionDescription(
        "mode", .choice(["static", "dynamic"]),
        "when scales of activations are found; static when calibration data are given, else dynamic"),
      OptionDescription("bits", .choice(["8"]), default: .integer(8), "width of the integers"),
      OptionDescription(
        "calibration", .choice(["min-max", "percentile", "entropy", "mse"]), default: .text("min-max"),
        "how the range of an activation is chosen (static)"),
      OptionDescription(
        "percentile", .number(50...100), default: .number(99.99), "share of the values that is represented, in percent"),
      OptionDescription(
        "granularity", .choice(["tensor", "channel"]), default: .text("channel"),
        "one scale for a weight tensor or one for each output channel"),
      OptionDescription(
        "activations", .choice(["uint8", "int8"]), default: .text("uint8"),
        "type of the activations; uint8 is what x86 kernels multiply with int8 weights"),
      OptionDescription(
        "reduce-range", .choice(["auto", "true", "false"]), default: .text("auto"),
        "7-bit weights, which cannot saturate 16-bit sums; auto: where the CPU has no int8 dot product"),
      OptionDescription(
        "convolutions", .bool,
        "whether convolutions are quantized; static: true, dynamic: false, as they would be slower"
      ),
    ] + NameFilter.options

  private enum Mode { case `static`, dynamic }
  private enum ReduceRange { case auto, always, never }

  private let mode: Mode?
  private let calibration: Calibration
  private let isPerChannel: Bool
  private let activations: ActivationType
  private let reduceRange: ReduceRange
  private let convolutions: Bool?
  private let filter: NameFilter

  public init(_ options: StepOptions) throws(MethodError) {
    mode = Self.requestedMode(options)
    calibration =
      switch options.text("calibration") {
      case "percentile": .percentile(options.number("percentile") ?? 99.99)
      case "entropy": .entropy
      case "mse": .meanSquaredError
      default: .minMax
      }
    if options.isGiven("percentile"), options.text("calibration") != "percentile" {
      throw MethodError(
        .badOption,
        "'quantize': percentile is given, but the calibration is \(options.text("calibration") ?? "min-max")",
        remedy: "write calibration: percentile")
    }
    if mode == .dynamic, let option = Self.staticOptions.first(where: options.isGiven) {
      throw MethodError(
        .badOption, "'quantize': \(option) has no meaning with mode: dynamic, where uint8 ranges are found at run time",
        remedy: "leave out \(option), or write mode: static")
    }
    isPerChannel = options.text("granularity") != "tensor"
    activations = options.text("activations") == "int8" ? .int8 : .uint8
    reduceRange =
      switch options.text("reduce-range") {
      case "true": .always
      case "false": .never
      default: .auto
      }
    convolutions = options.bool("convolutions")
    filter = NameFilter(options)
  }

  private static let staticOptions = ["calibration", "percentile", "activations"]

  /// The mode written or implied by an option that only static quantization has; nil leaves it to the data.
  private static func requestedMode(_ options: StepOptions) -> Mode? {
    switch options.text("mode") {
    case "static": .static
    case "dynamic": .dynamic
    default: staticOptions.contains(where: options.isGiven) ? .static : nil
    }
  }

  public func apply(to model: Model, in context: MethodContext) throws(MethodError) -> Rewrite {
    let isStatic = mode.map { $0 == .static } ?? (context.calibration != nil)
    var report = StepReport(step: "quantize")
    let skipsConvolutions: String? =
      (convolutions ?? isStatic)
      ? nil
      : isStatic
        ? "left out, as asked for (convolutions: false)"
        : "convolutions with scales found at run time are 6 to 11 times slower than float; write convolutions: true to "
          + "have them, or use mode: static"
    // Upgrading may rewrite nodes, so it comes before nodes are chosen.
    let graphModel =
      try model.requiring(
        opset: isStatic ? 13 : 11, for: isStatic ? "scales for each channel" : "DynamicQuantizeLinear", &report)
    let choice = try QuantizationTargets(graphModel.graph, filter, skipsConvolutions: skipsConvolutions)
    report.skips = choice.skips
    guard !choice.targets.isEmpty || !choice.skips.isEmpty else {
      throw MethodError(.model, "the model has no convolution or matrix product to quantize")
    }
    guard !choice.targets.isEmpty else {
      report.notes = ["nothing could be quantized; the reasons stand at the nodes"]
      return Rewrite(model: model, report: report)
    }
    let weights = WeightQuantization(limit: weightLimit(context.cpu, &report), isPerChannel: isPerChannel)
    if isStatic {
      return try quantizeStatically(graphModel, choice.targets, weights, context, report)
    }
    report.notes.append("dynamic: activations are uint8 with scales found at run time, for each inference anew")
    var quantizer = DynamicQuantizer(graphModel.graph, weights: weights)
    return quantizer.rewrite(graphModel, choice.targets, &report)
  }

  private func quantizeStatically(
    _ model: Model, _ targets: [QuantizationTarget], _ weights: WeightQuantization, _ context: MethodContext,
    _ report: StepReport
  ) throws(MethodError) -> Rewrite {
    var report = report
    guard let source = context.calibration else {
      throw MethodError(
        .calibration, "static quantization needs calibration data, and there are none",
        remedy: "name some under data: calibration:, or write mode: dynamic")
    }
    let plan = ActivationPlan(model.graph, targets: targets)
    let ranges = try calibratedRanges(
      of: plan.scales, in: model, from: source, by: calibration, type: activations)
    report.notes.append("static: \(calibration) calibration of \(ranges.count) activations on \(source.rowCount) rows")
    report.notes.append(
      activations == .uint8
        ? "uint8 activations: x86 kernels multiply uint8 by int8, and a zero point of 0 makes Relu free"
        : "int8 activations, as asked for; on x86 ONNX Runtime leaves operators in float whose int8 input has several users"
    )
    if calibration == .entropy {
      report.notes.append("inputs of the model keep their full range: entropy calibration is for activations")
    }
    let quantizer = StaticQuantizer(weights: weights, activations: activations, ranges: ranges)
    return quantizer.rewrite(model, targets, plan, &report)
  }

  /// The largest integer of a weight, with the reason noted.
  private func weightLimit(_ cpu: CPUFeatures, _ report: inout StepReport) -> Int {
    let flags = cpu.relevant.isEmpty ? "unknown" : cpu.relevant.joined(separator: " ")
    switch reduceRange {
    case .always:
      report.notes.append("7-bit weights, as asked for (reduce-range: true)")
      return 64
    case .never:
      report.notes.append(
        "8-bit weights, as asked for (reduce-range: false)"
          + (cpu.hasInt8DotProduct ? "" : "; without int8 dot product (CPU: \(flags)) sums of products may saturate"))
      return 127
    case .auto where cpu.hasInt8DotProduct:
      report.notes.append("8-bit weights: the CPU sums uint8 × int8 products in 32 bits (\(flags))")
      return 127
    case .auto:
      report.notes.append(
        "7-bit weights: without int8 dot product (CPU: \(flags)) uint8 × int8 products are summed in 16 bits, which "
          + "8-bit weights saturate")
      return 64
    }
  }
}

extension Calibration: CustomStringConvertible {
  /// The option as it is written.
  var description: String {
    switch self {
    case .minMax: "min-max"
    case .percentile(let percentile): "percentile (\(percentile))"
    case .entropy: "entropy"
    case .meanSquaredError: "mse"
    }
  }
}
