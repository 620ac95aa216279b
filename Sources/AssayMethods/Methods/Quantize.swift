public import AssayCore
public import AssayONNX

/// Lets convolutions and matrix products run with integers.
public struct Quantize: Method {
  public static let description = MethodDescription(
    name: "quantize",
    summary:
      "runs convolutions and matrix products with 8-bit integers, or with 16-bit ones, for which engines compute "
      + "in float; scales of activations are found beforehand on calibration data (static) or at run time (dynamic)",
    source: "x ≈ scale·(q − zero point); weights symmetric, q = clamp(round(w/scale), ±127), scale = max|w|/127; "
      + "activations asymmetric, scale = (max − min)/255, or symmetric, scale = max|x|/127 (16 bits: 65,535 and 32,767); "
      + "Jacob et al., CVPR 2018, section 2. Power-of-two scales are raised to the next 2^−n: q = round(x·2ⁿ). Ranges: "
      + "min-max; "
      + "percentile p: values between the (100−p)-th and p-th percentile; entropy: least KL divergence over thresholds, "
      + "up to 2,048 bins into 128 levels, zeros left out (Migacz, GTC 2017); mse: least Σ(x−x̂)² over a grid of ranges. Histograms have "
      + "2,048 to 4,096 bins per sign. Bias correction: b' = b + (W − Ŵ)·E[x], or b + E[y] − E[ŷ] layer after "
      + "layer, by output channel on the calibration data (Nagel et al.: Data-Free Quantization, ICCV 2019, section 4.2). adaround: least Σ‖(W−Ŵ)x̂‖² over "
      + "rounding up or down (Nagel et al.: Up or Down?, ICML 2020, equation 13), by coordinate descent from the nearest "
      + "integers instead of the paper's gradient",
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
      OptionDescription(
        "bits", .choice(["8", "16"]),
        "width of the activations' integers; 16 (static) keeps accuracy, but engines compute in float; 8, or as "
          + "activations says"),
      OptionDescription(
        "weight-bits", .choice(["8", "16"]), default: .integer(8),
        "width of the weights' integers; 16 (static) makes engines compute in float"),
      OptionDescription(
        "calibration", .choice(["min-max", "percentile", "entropy", "mse"]),
        "how the range of an activation is chosen (static); mse unless said, with 16 bits min-max"),
      OptionDescription(
        "percentile", .number(50...100), default: .number(99.99), "share of the values that is represented, in percent"),
      OptionDescription(
        "granularity", .choice(["auto", "tensor", "channel"]), default: .text("auto"),
        "one scale for a weight tensor or one for each output channel; auto: channels of convolutions, matrices whole where "
          + "that rounds them finely, as kernels are faster (dynamic: channels)"),
      OptionDescription(
        "activations", .choice(["uint8", "int8", "uint16", "int16"]),
        "type of the activations; uint8, which is what x86 kernels multiply with int8 weights, or uint16 with bits: 16"),
      OptionDescription(
        "symmetry", .choice(["asymmetric", "symmetric"]), default: .text("asymmetric"),
        "whether the zero point of activations is where the range demands, or 0 (static); of unsigned types the middle "
          + "where values are negative too"),
      OptionDescription(
        "scale", .choice(["float", "power-of-two"]), default: .text("float"),
        "what numbers the scales of weights and activations may be (static)"),
      OptionDescription(
        "rounding", .choice(["nearest", "adaround"]), default: .text("nearest"),
        "weights to the nearest integer, or up or down as changes a layer's outputs on calibration data least (static)"),
      OptionDescription(
        "bias-correction", .choice(["weights", "true", "false"]), default: .text("weights"),
        "what is taken out of the bias of each output channel (static): the mean error on calibration data that rounding the "
          + "weights makes; the whole mean error, measured layer after layer with a run for each (true); or nothing"),
      OptionDescription(
        "reduce-range", .choice(["auto", "true", "false"]), default: .text("auto"),
        "7-bit weights, which cannot saturate 16-bit sums; auto: where the CPU has no int8 dot product"),
      OptionDescription(
        "convolutions", .bool,
        "whether convolutions are quantized; static: true, dynamic: false, as they would be slower"
      ),
      OptionDescription(
        "only-gains", .bool, default: .bool(false),
        "whether operators stay float that the estimate for this CPU calls no faster with integers"),
    ] + NameFilter.options

  private enum Mode { case `static`, dynamic }
  private enum BiasTarget { case nothing, weights, everything }
  private enum ReduceRange { case auto, always, never }

  private let mode: Mode?
  private let calibration: Calibration
  private let granularity: WeightQuantization.Granularity
  private let scheme: ActivationScheme
  private let weightBits: Int
  private let adaptsRounding: Bool
  private let biasCorrection: BiasTarget
  private let reduceRange: ReduceRange
  private let convolutions: Bool?
  private let onlyGains: Bool
  private let filter: NameFilter

  public init(_ options: StepOptions) throws(MethodError) {
    mode = Self.requestedMode(options)
    scheme = try Self.scheme(options)
    calibration =
      switch options.text("calibration") {
      case "percentile": .percentile(options.number("percentile") ?? 99.99)
      case "entropy": .entropy
      case "mse": .meanSquaredError
      case nil where scheme.type.bits == 8: .meanSquaredError
      default: .minMax
      }
    if options.isGiven("percentile"), options.text("calibration") != "percentile" {
      throw MethodError(
        .badOption,
        "'quantize': percentile is given, but the calibration is \(calibration)",
        remedy: "write calibration: percentile")
    }
    if mode == .dynamic, let option = Self.staticOptions.first(where: options.isGiven) ?? Self.wideOption(options) {
      throw MethodError(
        .badOption, "'quantize': \(option) has no meaning with mode: dynamic, where uint8 ranges are found at run time",
        remedy: "leave out \(option), or write mode: static")
    }
    granularity = options.text("granularity").flatMap(WeightQuantization.Granularity.init(rawValue:)) ?? .automatic
    weightBits = options.text("weight-bits") == "16" ? 16 : 8
    if calibration == .entropy, scheme.type.bits == 16 {
      throw MethodError(
        .badOption, "'quantize': calibration: entropy compares 128 levels, and 16 bits have 65,536",
        remedy: "write calibration: min-max, percentile or mse")
    }
    adaptsRounding = options.text("rounding") == "adaround"
    biasCorrection =
      switch options.text("bias-correction") {
      case "true": .everything
      case "false": .nothing
      default: .weights
      }
    reduceRange =
      switch options.text("reduce-range") {
      case "true": .always
      case "false": .never
      default: .auto
      }
    convolutions = options.bool("convolutions")
    onlyGains = options.bool("only-gains") ?? false
    filter = NameFilter(options)
  }

  private static func scheme(_ options: StepOptions) throws(MethodError) -> ActivationScheme {
    let type =
      options.text("activations").flatMap(ActivationType.init(rawValue:))
      ?? (options.text("bits") == "16" ? .uint16 : .uint8)
    if let bits = options.text("bits"), bits != "\(type.bits)" {
      throw MethodError(
        .badOption, "'quantize': activations: \(type.rawValue) has \(type.bits) bits, not \(bits)",
        remedy: "leave out bits, or write activations: \(bits == "16" ? "uint16" : "uint8")")
    }
    return ActivationScheme(
      type: type, isSymmetric: options.text("symmetry") == "symmetric",
      isPowerOfTwo: options.text("scale") == "power-of-two")
  }

  private static let staticOptions = [
    "calibration", "percentile", "activations", "symmetry", "scale", "rounding", "bias-correction",
  ]

  /// The option that asks for 16 bits, which only static quantization has.
  private static func wideOption(_ options: StepOptions) -> String? {
    ["bits", "weight-bits"].first { options.isGiven($0) && options.text($0) == "16" }
  }

  /// The mode written or implied by an option that only static quantization has; nil leaves it to the data.
  private static func requestedMode(_ options: StepOptions) -> Mode? {
    switch options.text("mode") {
    case "static": .static
    case "dynamic": .dynamic
    default: staticOptions.contains(where: options.isGiven) || wideOption(options) != nil ? .static : nil
    }
  }

  public func apply(to model: Model, in context: MethodContext) throws(MethodError) -> Rewrite {
    let isStatic = mode.map { $0 == .static } ?? (context.calibration != nil)
    try model.graph.checkOperands()
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
    var choice = try QuantizationTargets(graphModel.graph, filter, skipsConvolutions: skipsConvolutions)
    guard !choice.targets.isEmpty || !choice.skips.isEmpty else {
      throw MethodError(.model, "the model has no convolution or matrix product to quantize")
    }
    let is8Bit = scheme.type.bits == 8 && weightBits == 8
    if is8Bit {
      let gain = IntegerGain(graphModel, choice.targets, cpu: context.cpu)
      if onlyGains { choice.leave(gain.entries.filter { !$0.pays }) }
      report.notes += gain.notes(
        isDynamic: !isStatic, isPerChannel: granularity == .channel,
        hasSignedActivations: isStatic && scheme.type == .int8)
    } else {
      report.notes.append(
        "16-bit integers: ONNX Runtime has no kernels that multiply them; it computes in float between QuantizeLinear and "
          + "DequantizeLinear, slower than the float model")
    }
    report.skips = choice.skips
    guard !choice.targets.isEmpty else {
      report.notes.append("nothing could be quantized; the reasons stand at the nodes")
      return Rewrite(model: model, report: report)
    }
    let limit = is8Bit ? weightLimit(context.cpu, &report) : weightBits == 16 ? 32_767 : 127
    let weights = WeightQuantization(
      limit: limit, granularity: !isStatic && granularity == .automatic ? .channel : granularity,
      isPowerOfTwo: scheme.isPowerOfTwo)
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
    var means = biasCorrection == .weights ? InputMeans(of: targets, in: model.graph) : nil
    let ranges = try calibratedRanges(
      of: plan.scales, in: model, from: source, by: calibration, scheme: scheme, means: &means,
      memory: context.calibrationMemory)
    report.notes.append("static: \(calibration) calibration of \(ranges.count) activations on \(source.rowCount) rows")
    report.notes += schemeNotes
    let parameters = ranges.map { AffineParameters($0, scheme) }
    let rounding =
      adaptsRounding ? try AdaptiveRounding(targets, in: model, plan, parameters, from: source) : nil
    let quantizer = StaticQuantizer(
      weights: weights, parameters: parameters, addsBiases: biasCorrection != .nothing, rounding: rounding, means: means
    )
    let (quantized, layers) = quantizer.rewrite(model, targets, plan, &report)
    guard biasCorrection == .everything else { return quantized }
    var rewrite = quantized
    try BiasCorrection(source: source).apply(to: &rewrite.model, layers, original: model, &rewrite.report)
    return rewrite
  }

  private var schemeNotes: [String] {
    var notes: [String] = []
    switch scheme.type {
    case .uint8 where !scheme.isSymmetric:
      notes.append("uint8 activations: x86 kernels multiply uint8 by int8, and a zero point of 0 makes Relu free")
    case .int8:
      notes.append(
        "int8 activations, as asked for; on x86 ONNX Runtime leaves operators in float whose int8 input has several users"
      )
    default: notes.append("\(scheme.type.rawValue) activations\(scheme.isSymmetric ? ", symmetric" : "")")
    }
    if scheme.isPowerOfTwo { notes.append("every scale is a power of two: integers are round(x·2ⁿ)") }
    if calibration == .entropy {
      notes.append("inputs of the model keep their full range: entropy calibration is for activations")
    }
    return notes
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
