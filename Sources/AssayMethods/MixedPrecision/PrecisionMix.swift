import AssayCore
import AssayONNX

/// How every layer of a mix is quantized.
struct QuantizationManner: Sendable, Hashable {
  /// One scale a weight `tensor` or one an output `channel`.
  var granularity: String
  /// How ranges of activations are found; nil where they are found at run time.
  var calibration: String?

  var isDynamic: Bool { calibration == nil }

  var scales: String {
    switch granularity {
    case "tensor": "one scale a weight tensor"
    case "channel": "one scale an output channel"
    default: "scales as quantize chooses them"
    }
  }
}

extension QuantizationManner: CustomStringConvertible {
  /// `mse calibration and one scale a weight tensor`.
  var description: String {
    guard let calibration else { return "ranges found at run time" }
    return "\(calibration) calibration and \(scales)"
  }
}

/// Some layers of a model in int8, the others float.
struct PrecisionMix: Sendable {
  /// nil where every layer is float.
  var manner: QuantizationManner?
  /// Labels of the layers that stay float.
  var leftOut: Set<String>
  var rewrite: Rewrite

  var isUniformlyFloat: Bool { manner == nil }

  func isSame(as other: PrecisionMix) -> Bool { manner == other.manner && leftOut == other.leftOut }
}

/// Makes mixes of one model and judges what they do to its outputs.
struct MixMaker {
  let original: Model
  let judge: OutputJudge
  let budget: PrecisionBudget
  let context: MethodContext
  /// Options of `quantize` that hold for every manner.
  let options: [String: OptionValue]

  /// Options of `quantize` without a meaning where ranges are found at run time.
  private static let staticOptions: Set<String> = [
    "percentile", "activations", "symmetry", "scale", "rounding", "bias-correction", "bits", "weight-bits",
  ]

  /// `quantize` in a manner with more nodes excluded.
  static func quantizer(
    _ manner: QuantizationManner, _ options: [String: OptionValue], leaving names: Set<String> = []
  ) throws(MethodError) -> Quantize {
    var options = options
    options["mode"] = .text(manner.isDynamic ? "dynamic" : "static")
    options["granularity"] = .text(manner.granularity)
    options["calibration"] = manner.calibration.map { .text($0) }
    if manner.isDynamic { for name in staticOptions { options[name] = nil } }
    if manner.calibration != "percentile" { options["percentile"] = nil }
    if !names.isEmpty {
      let own: [OptionValue] =
        switch options["exclude"] {
        case .list(let values)?: values
        case let value?: [value]
        case nil: []
        }
      options["exclude"] = .list(own + names.sorted().map { .text($0) })
    }
    return try Quantize(StepOptions(Step(method: "quantize", options: options), Quantize.description.options))
  }

  /// Everything in int8 but `names`.
  func mix(_ manner: QuantizationManner, leaving names: Set<String> = []) throws(MethodError) -> PrecisionMix {
    let quantizer = try Self.quantizer(manner, options, leaving: names)
    return PrecisionMix(manner: manner, leftOut: names, rewrite: try quantizer.apply(to: original, in: context))
  }

  /// What the mix does to the outputs.
  func damage(of mix: PrecisionMix) throws(MethodError) -> OutputDamage { try judge.damage(of: mix.rewrite.model) }

  func admits(_ mix: PrecisionMix) throws(MethodError) -> Bool { budget.admits(try damage(of: mix)) }
}
