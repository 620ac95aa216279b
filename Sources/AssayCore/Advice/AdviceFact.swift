/// Something known of a task that decides which rules apply: what is wanted, what there is, what runs it.
public enum AdviceFact: String, Sendable, Hashable, Codable, CaseIterable {
  // What is wanted.
  case wantsSpeed = "speed is wanted"
  case wantsAccuracy = "accuracy is wanted"
  case wantsSize = "a small file is wanted"
  case wantsMemory = "little memory is wanted"
  // What there is.
  case noCalibration = "no data"
  case hasCalibration = "calibration data"
  case canTrain = "training data and a trainer"
  // The model.
  case isSimple = "a simple model"
  case hasConvolutions = "convolutions"
  case hasDenseLayers = "dense layers"
  case hasDepthwise = "depthwise convolutions"
  case hasSmoothActivations = "SiLU, hard-swish or GELU"
  // The machine.
  case int8Instructions = "int8 dot products"
  case noInt8Instructions = "no int8 dot products"
}

extension Priority {
  /// What the priority means for the rules; balanced wants a bit of everything.
  public var facts: Set<AdviceFact> {
    switch self {
    case .speed: [.wantsSpeed]
    case .accuracy: [.wantsAccuracy]
    case .size: [.wantsSize]
    case .memory: [.wantsMemory]
    case .balanced: [.wantsSpeed, .wantsSize, .wantsMemory, .wantsAccuracy]
    }
  }
}

/// How complex a model is, from counts alone, for the rule about simple models.
public enum ModelComplexity {
  /// Most multiply-accumulates of a simple model: below, an engine spends most of an inference on everything else.
  public static let simpleMacs = 100_000
  /// Most layers of a simple model.
  public static let simpleLayers = 3

  /// Whether a model is one that gains little: a linear model or a small perceptron.
  ///
  /// - Parameters:
  ///   - layers: Layers with multiply-accumulates.
  ///   - convolutions: Convolutions and recurrent layers among them.
  ///   - macs: Multiply-accumulates of one inference; nil when not known, which is never simple.
  public static func isSimple(layers: Int, convolutions: Int, macs: Int?) -> Bool {
    guard let macs, convolutions == 0, layers > 0 else { return false }
    return layers == 1 || (layers <= simpleLayers && macs <= simpleMacs)
  }
}
