/// Which method fits which need: one row of the table.
public struct AdviceRule: Sendable, Hashable {
  /// Name in reports and documentation.
  public var id: String
  /// Facts that must all be known for the rule to apply.
  public var when: Set<AdviceFact>
  /// The situation, in words.
  public var situation: String
  /// What to try first, and the families that are it.
  public var first: Advised
  /// What else to try.
  public var second: Advised
  /// What not to expect anything from.
  public var avoid: Advised
  /// Paper and section.
  public var source: String

  /// A piece of advice: words for people, families for the program.
  public struct Advised: Sendable, Hashable {
    public var text: String
    public var families: Set<MethodFamily>

    public init(_ text: String, _ families: Set<MethodFamily> = []) {
      self.text = text
      self.families = families
    }

    /// Nothing to advise.
    public static let nothing = Advised("–")
  }

  public init(
    _ id: String, when: Set<AdviceFact>, _ situation: String, first: Advised, second: Advised = .nothing,
    avoid: Advised = .nothing, source: String
  ) {
    self.id = id
    self.when = when
    self.situation = situation
    self.first = first
    self.second = second
    self.avoid = avoid
    self.source = source
  }
}

/// The rules, as one table; docs/choosing.md shows the same rows.
public enum AdviceRules {
  private static let survey = "Cheng et al., arXiv 1710.09282, VIII-A"

  /// Every rule; of several that apply the earlier says more.
  public static let all: [AdviceRule] = [
    AdviceRule(
      "simple-model", when: [.isSimple], "a linear model or a small perceptron",
      first: .init("leave it as it is, or 16-bit floats for the file", [.halfPrecision]),
      second: .init("batching", []),
      avoid: .init(
        "expecting speed: an inference is mostly the engine's own time", [.zeros, .staticInt8, .dynamicInt8, .lowRank]),
      source: "measured: the baseline's own time against its multiply-accumulates"),
    AdviceRule(
      "accuracy-first", when: [.wantsAccuracy], "accuracy-critical, 0.1 point may be lost: keep generalization first",
      first: .init(
        "16-bit floats; int8 with the sensitive layers in float; quantization-aware training",
        [.halfPrecision, .mixedPrecision, .refinedInt8]),
      second: .init("an ensemble, distilled; regularization while training", [.distillation, .ensemble]),
      avoid: .init("binary weights, 4 bits rounded to nearest", [.binary, .weightOnly4]),
      source:
        "Jacob et al., CVPR 2018, Tab. 4.7; Nagel et al., arXiv 2106.08295, Tab. 6; Hinton et al., arXiv 1503.02531"),
    AdviceRule(
      "accuracy-retrained", when: [.wantsAccuracy, .canTrain], "accuracy-critical and trainable",
      first: .init("prune at most 9 to 12 times and retrain (dense layers)", [.zeros, .training]),
      second: .init("distillation, for small and medium data sets", [.distillation]),
      avoid: .init("training the small net from scratch"),
      source: "Han et al., NIPS 2015, Tab. 1; \(survey)"),
    AdviceRule(
      "speed-structure", when: [.wantsSpeed], "latency at batch 1 on an ordinary CPU: reduce the computing first",
      first: .init("cut channels, neurons or blocks; a smaller student", [.structured, .distillation]),
      second: .init("low rank for large layers; several threads; a pipeline of stages", [.lowRank]),
      avoid: .init(
        "zeroed weights below 80 %, hashing (random access), 2:4 on a CPU", [.zeros, .hashing]),
      source: "Li et al., ICLR 2017; Blalock et al., MLSys 2020; \(survey)"),
    AdviceRule(
      "speed-int8", when: [.wantsSpeed, .int8Instructions], "latency, and the CPU has int8 dot products",
      first: .init("static int8, or the fastest mix of int8 and float layers", [.staticInt8, .mixedPrecision]),
      second: .init("dynamic int8 for dense layers", [.dynamicInt8]),
      avoid: .init("16-bit integers: computed in float", []),
      source: "onnx/models, published int8 results (1.05 to 2.31 times); Jacob et al., CVPR 2018, Tab. 4.6; "
        + "own measurement of mixes: docs/methods/mixed-precision.md"),
    AdviceRule(
      "no-int8-instructions", when: [.noInt8Instructions], "the CPU has no int8 dot products",
      first: .init("cut channels; a smaller student; low rank", [.structured, .distillation, .lowRank]),
      second: .init("int8 for the file only", [.weightOnly8]),
      avoid: .init(
        "expecting speed of int8; 8-bit weights with uint8 activations saturate: use 7", [.staticInt8, .dynamicInt8]),
      source: "own count of vector instructions: docs/methods/quantization.md, \"Will int8 pay?\""),
    AdviceRule(
      "size-combined", when: [.wantsSize, .canTrain], "size or download, and trainable",
      first: .init(
        "prune, cluster, code (35 to 49 times)", [.zeros, .clustering, .entropyCoding]),
      second: .init("hashing at 1/8 to 1/64", [.hashing]),
      avoid: .init("judging by the number of parameters: index, codebook, scales and header count"),
      source: "Han et al., ICLR 2016 (1510.00149), Tab. 1; Chen et al., ICML 2015, Tab. 1 and 2"),
    AdviceRule(
      "size-extreme", when: [.wantsSize, .canTrain, .hasDenseLayers], "1/32 of the size and less, trainable",
      first: .init("hashing, with a teacher where there is one", [.hashing]),
      second: .init("binary or ternary weights (16 to 32 times)", [.binary]),
      avoid: .init("low rank with a random factor", [.lowRank]),
      source: "Chen et al., ICML 2015, Tab. 2 (MNIST 1/64: 2.65 % against 29 %)"),
    AdviceRule(
      "size-untrained", when: [.wantsSize], "size or download, without training",
      first: .init(
        "8-bit weights by channel; 4-bit weights by block; entropy coding",
        [.weightOnly8, .weightOnly4, .entropyCoding]),
      second: .init("clusters of 8 bits; 16-bit floats", [.clustering, .halfPrecision]),
      avoid: .init("zeroed weights in a dense file: zeros are stored", [.zeros]),
      source: "Krishnamoorthi, arXiv 1806.08342, Tab. 2"),
    AdviceRule(
      "memory", when: [.wantsMemory], "memory, or bound by the bandwidth of weights (batch 1, dense layers)",
      first: .init("8- or 4-bit weights by group", [.weightOnly8, .weightOnly4, .staticInt8]),
      second: .init("cut channels; sparse storage at high sparsity", [.structured, .zeros]),
      avoid: .init("16-bit floats that the engine widens when it loads", [.halfPrecision]),
      source: "own synthesis; Han et al., ICLR 2016, 6.3 (sparse only helps at batch 1)"),
    AdviceRule(
      "no-data", when: [.noCalibration], "a trained model, no data",
      first: .init(
        "8-bit weights by channel; 16-bit floats; lossless coding",
        [.weightOnly8, .halfPrecision, .entropyCoding, .dynamicInt8]),
      second: .init("clusters of 8 bits; equalized int8", [.clustering, .refinedInt8]),
      avoid: .init("fixed ranges of activations; pruning beyond 30 to 50 % at once", [.staticInt8, .zeros]),
      source: "Nagel et al., ICCV 2019 (data-free quantization); Krishnamoorthi, arXiv 1806.08342"),
    AdviceRule(
      "calibration-only", when: [.hasCalibration], "100 to 1000 rows without training",
      first: .init("static int8 by channel, ranges by least error, bias correction", [.staticInt8, .refinedInt8]),
      second: .init("the worst layers in float; adaptive rounding for 4 bits", [.mixedPrecision, .weightOnly4]),
      avoid: .init("one scale a tensor for depthwise convolutions"),
      source: "Nagel et al., arXiv 2106.08295; AdaRound, arXiv 2004.10568"),
    AdviceRule(
      "train-a-little", when: [.canTrain], "labels and a little training",
      first: .init("prune, fine-tune with a teacher, then quantize", [.zeros, .structured, .training, .distillation]),
      second: .init("network slimming", [.structured]),
      avoid: .init("training the pruned net from scratch"),
      source: "Han et al., NIPS 2015; Liu et al., ICCV 2017; \(survey)"),
    AdviceRule(
      "depthwise", when: [.hasDepthwise], "depthwise convolutions",
      first: .init("scales by channel, equalization, the worst layers in float", [.refinedInt8, .mixedPrecision]),
      second: .init("quantization-aware training", [.training]),
      avoid: .init("one scale a tensor (MobileNetV2: 71.7 % to 0.1 %)"),
      source: "Krishnamoorthi, arXiv 1806.08342, Tab. 3; Nagel et al., ICCV 2019"),
    AdviceRule(
      "smooth-activations", when: [.hasSmoothActivations], "SiLU, hard-swish or GELU",
      first: .init("ranges by error or percentile, the worst layers in float", [.refinedInt8, .mixedPrecision]),
      second: .init("ReLU6 in their place and fine-tuning", [.training]),
      avoid: .init("symmetric ranges from the extremes (EfficientNet-B0: 76.9 % to 22.3 %)"),
      source: "Wu et al., arXiv 2004.09602"),
    AdviceRule(
      "convolutions-and-dense", when: [.hasConvolutions, .hasDenseLayers], "convolutions and dense layers",
      first: .init(
        "convolutions: cut channels or low rank; dense layers: pruning or clusters",
        [.structured, .lowRank, .clustering]),
      second: .nothing,
      avoid: .init("one ratio for all layers: the first and the last are sensitive"),
      source: "\(survey); Han et al., NIPS 2015, 4"),
    AdviceRule(
      "stable-accuracy", when: [.wantsAccuracy, .canTrain], "a trained model whose accuracy must stay",
      first: .init("pruning and sharing of weights", [.zeros, .clustering]),
      second: .init("low rank", [.lowRank]), source: survey),
    AdviceRule(
      "several-models", when: [], "several models for one task",
      first: .init("an ensemble for accuracy, then distilled into one"),
      second: .init("the mean of their weights, only from the same start"),
      avoid: .init("averaging weights of nets that began differently"),
      source: "Hinton et al., arXiv 1503.02531; Wortsman et al., ICML 2022"),
    AdviceRule(
      "order", when: [], "combining",
      first: .init("architecture, prune, recover, quantize, code: the weaker change first"),
      second: .nothing,
      avoid: .init("training that overwrites the zeros; a teacher only after quantization"),
      source: "Han et al., ICLR 2016; own synthesis"),
  ]

  /// The rule of that name.
  public static func rule(_ id: String) -> AdviceRule? { all.first { $0.id == id } }

  /// The rules whose facts are all known, in the table's order.
  public static func applying(to facts: Set<AdviceFact>) -> [AdviceRule] {
    all.filter { !$0.when.isEmpty && $0.when.isSubset(of: facts) }
  }
}

extension AdviceRules {
  /// How promising a variant is before anything is measured: what rules for the facts say of its families.
  ///
  /// 3 for each family that is a first choice, 1 for a second, −2 for one to avoid, over all rules that apply, divided by the number
  /// of families, so that a list of steps is not better for being long. Larger is tried earlier; the number means nothing else.
  public static func promise(of families: Set<MethodFamily>, _ facts: Set<AdviceFact>) -> Double {
    guard !families.isEmpty else { return 0 }
    var score = 0.0
    for rule in applying(to: facts) {
      score += 3 * Double(rule.first.families.intersection(families).count)
      score += Double(rule.second.families.intersection(families).count)
      score -= 2 * Double(rule.avoid.families.intersection(families).count)
    }
    return score / Double(families.count)
  }
}
