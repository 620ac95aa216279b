public import AssayCore
public import AssayONNX

/// Lets the weights of a layer share values by hashing their positions.
public struct Hash: Method {
  public static let description = MethodDescription(
    name: "hash",
    summary:
      "lets the weights and the bias of each layer share a few values, chosen by a hash of their positions: only the values "
      + "and a seed are stored. Needs finetune to be of use. The packed file shrinks; engines compute with dense weights",
    source: "w(n) = ξ(n)·v[h(n)], h = ⌊XXH32(n)·K/2³²⌋, ξ = ±1 by a second XXH32; K = round(ratio·weights), biases "
      + "among the weights, first and last layer like all others; untrained v[k] = mean of ξ(n)·w(n) over h(n) = k. Chen, "
      + "Wilson, Tyree, Weinberger, Chen: Compressing Neural Networks with the Hashing Trick, ICML 2015, section 4",
    options: [
      OptionDescription(
        "ratio", .form("a share above 0 and at most 1, as in 1/64 or 0.125"), isRequired: true,
        "values of a layer as a share of its weights and biases"),
      OptionDescription(
        "start", .choice(["means", "random"]), default: .text("means"),
        "what the values are before training: the means of the weights that share them, or by chance, ±1/√inputs"),
      OptionDescription("convolutions", .bool, default: .bool(false), "whether convolutions share values too"),
      OptionDescription(
        "biases", .bool, default: .bool(true), "whether biases are hashed with the weights, as in the paper"),
    ] + NameFilter.options)

  private let ratio: Double
  private let startsRandom: Bool
  private let takesConvolutions: Bool
  private let takesBiases: Bool
  private let filter: NameFilter

  public init(_ options: StepOptions) throws(MethodError) {
    guard let ratio = options["ratio"].flatMap(Self.share), ratio > 0, ratio <= 1 else {
      throw MethodError(
        .badOption, "'hash': ratio is \(options.text("ratio") ?? ""), but takes a share above 0 and at most 1",
        remedy: "write it as 1/64 or as 0.015625")
    }
    self.ratio = ratio
    startsRandom = options.text("start") == "random"
    takesConvolutions = options.bool("convolutions") ?? false
    takesBiases = options.bool("biases") ?? true
    filter = NameFilter(options)
  }

  /// A number, or the quotient of two as in `1/64`.
  private static func share(_ value: OptionValue) -> Double? {
    guard case .text(let text) = value else { return value.asNumber }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map {
      Double($0.filter { $0 != " " })
    }
    guard parts.count <= 2, let first = parts.first ?? nil else { return nil }
    guard parts.count == 2 else { return first }
    return parts[1].map { first / $0 }
  }

  public func apply(to model: Model, in context: MethodContext) throws(MethodError) -> Rewrite {
    try model.graph.checkOperands()
    var report = StepReport(step: "hash")
    // Upgrading may rewrite nodes, so it comes before nodes are chosen.
    let source = try model.requiring(opset: 10, for: "taking a bias out of the hashed matrix", &report)
    let found = SharedLayers(source.graph)
    guard !found.layers.isEmpty || !found.skips.isEmpty else {
      throw MethodError(.model, "the model has no convolution or matrix product to hash")
    }
    try filter.check(against: found.candidates)
    report.skips = found.skips
    let layers = found.layers.filter { layer in
      guard let reason = reasonAgainst(layer) else { return true }
      report.skipped(layer.node.label, reason)
      return false
    }
    guard !layers.isEmpty else {
      report.notes = []
      return Rewrite(model: model, report: report)
    }
    var writer = SharedLayerWriter(source.graph)
    var forms: [String: any WeightForm] = [:]
    var (before_B, after_B) = (0, 0)
    for (number, layer) in layers.enumerated() {
      var layer = layer
      if !takesBiases { layer.bias = nil }
      let joined = layer.joined()
      guard joined.firstNotFinite() == nil else { throw notFinite(weight: layer.weight, joined) }
      let form = form(of: layer, joined, number: number, context)
      forms[writer.write(layer, form.dense())] = form
      let stored_B = form.encodedByteCount
      report.changed(layer.node.label, text(layer, form, stored_B: stored_B, weights: joined.count))
      (before_B, after_B) = (before_B + joined.bytes.count, after_B + stored_B)
    }
    var result = source
    result.graph = writer.finished()
    report.notes += notes(before_B, after_B, context)
    return Rewrite(model: result, report: report, forms: forms)
  }

  private func reasonAgainst(_ layer: SharedLayer) -> String? {
    if let reason = filter.reasonAgainst([layer.weight, layer.node.label]) { return reason }
    if layer.isConvolution, !takesConvolutions {
      return "a convolution stays as it is; convolutions: true hashes it too"
    }
    return nil
  }

  private func form(of layer: SharedLayer, _ joined: Tensor, number: Int, _ context: MethodContext) -> HashedForm {
    var generator = SeededGenerator(seed: context.seed, stream: UInt64(number))
    let seed = UInt32(truncatingIfNeeded: generator.next())
    let buckets = max(1, Int((ratio * Double(joined.count)).rounded()))
    guard startsRandom else { return HashedForm(nearest: joined, buckets: buckets, seed: seed) }
    let limit = 1 / Double(max(layer.inputs, 1)).squareRoot()
    let values = (0..<buckets).map { _ in Float((2 * generator.unit() - 1) * limit) }
    return HashedForm(values: values, seed: seed, shape: joined.shape)
  }

  private func text(_ layer: SharedLayer, _ form: HashedForm, stored_B: Int, weights: Int) -> String {
    let what = layer.bias == nil ? "'\(layer.weight)'" : "'\(layer.weight)' with its bias '\(layer.bias?.name ?? "")'"
    return "\(what): \(form.values.count) values for \(weights) weights, \(weights * 4) → \(stored_B) bytes"
  }

  private func notes(_ before_B: Int, _ after_B: Int, _ context: MethodContext) -> [String] {
    [
      "weights took \(before_B) bytes and take \(after_B) in their form: values, seed and shape; no index is stored",
      startsRandom
        ? "the values are random, with the seed \(context.seed): the model is of no use before finetune"
        : "the values are means of the weights that share them, which keeps little of a model; finetune brings it back",
      "engines have no kernel for hashed weights and compute with dense ones: the runnable file is as large and as fast as "
        + "before, the packed one is smaller",
    ]
  }
}
