/// A kind of optimization that rules speak of: several methods and options may be one family.
public enum MethodFamily: String, Sendable, Hashable, Codable, CaseIterable {
  /// Integers of 8 bits for weights and activations, ranges from calibration rows.
  case staticInt8 = "static int8"
  /// The same, with ranges found while running.
  case dynamicInt8 = "dynamic int8"
  /// Int8 with better ranges or rounding: mse, percentile, entropy, adaptive rounding, bias correction, equalization.
  case refinedInt8 = "refined int8"
  /// Int8 with the most sensitive layers left in float.
  case mixedPrecision = "int8 with float layers"
  /// Weights of 8 bits, arithmetic in float.
  case weightOnly8 = "8-bit weights"
  /// Weights of 2 to 4 bits.
  case weightOnly4 = "4-bit weights"
  /// Weights of 1 or 2 values.
  case binary = "binary or ternary weights"
  case halfPrecision = "16-bit floats"
  /// Single weights set to zero, shapes unchanged.
  case zeros = "zeroed weights"
  /// Channels, neurons, heads or blocks cut out.
  case structured = "cut channels"
  case lowRank = "low rank"
  case clustering
  case hashing
  case distillation
  /// Any training after the change.
  case training = "fine-tuning"
  case entropyCoding = "entropy coding"
  case ensemble

  /// The families of a list of steps, as a set: `prune`, then `quantize` is both.
  ///
  /// Steps of methods that no rule speaks of (`fold`, `canonicalize`) belong to none.
  public static func families(of steps: [Step]) -> Set<MethodFamily> {
    var families: Set<MethodFamily> = []
    for step in steps { families.formUnion(of(step)) }
    // Equalization and smoothing prepare for integers.
    if families.contains(.refinedInt8), families.contains(.staticInt8) || families.contains(.dynamicInt8) {
      families.remove(.dynamicInt8)
    }
    return families
  }

  /// What one step is.
  private static func of(_ step: Step) -> Set<MethodFamily> {
    func text(_ option: String) -> String? { step.options[option].map(\.description) }
    switch step.method {
    case "quantize":
      if text("mode") == "dynamic" { return [.dynamicInt8] }
      let isRefined =
        !["min-max", nil].contains(text("calibration")) || text("rounding") == "adaround"
        || text("bias-correction") == "true"
      return isRefined ? [.staticInt8, .refinedInt8] : [.staticInt8]
    case "equalize", "smooth-quant": return [.refinedInt8]
    case "quantize-mixed": return [.staticInt8, .mixedPrecision]
    case "quantize-weights":
      if text("levels") == "binary" || text("levels") == "ternary" { return [.binary] }
      return text("bits") == "8" ? [.weightOnly8] : [.weightOnly4]
    case "float16", "bfloat16": return [.halfPrecision]
    case "prune": return (text("target") ?? "weight") == "weight" ? [.zeros] : [.structured]
    case "low-rank", "factorize", "svd": return [.lowRank]
    case "cluster": return [.clustering]
    case "hash": return [.hashing]
    case "distill": return [.distillation, .training]
    case "finetune", "fine-tune", "train", "qat": return [.training]
    case "pack", "encode", "huffman": return [.entropyCoding]
    case "ensemble", "soup": return [.ensemble]
    default: return []
    }
  }
}
