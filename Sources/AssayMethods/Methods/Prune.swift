public import AssayCore
public import AssayONNX

/// Sets the weights of least magnitude to zero, or cuts whole units out.
public struct Prune: Method {
  public static let description = MethodDescription(
    name: "prune",
    summary: "sets the given share of the weights, those of least magnitude, to zero; shapes stay, so the file shrinks "
      + "and runs faster only where something exploits zeros. With another target it cuts channels, neurons, heads or "
      + "residual blocks out, and shapes really shrink",
    source: "magnitude pruning; Han et al.: Learning both Weights and Connections for Efficient Neural Networks, NIPS "
      + "2015, section 3. Exactly round(sparsity·n) weights become zero (weights that are zero already count among "
      + "them); of equal magnitudes the earlier goes first. "
      + "Units: Li et al.: Pruning Filters for Efficient ConvNets, ICLR 2017 (l1, l2); Liu et al.: Network Slimming, ICCV "
      + "2017 (batch-norm); Luo, Wu: An Entropy-based Pruning Method for CNN Compression, 2017 (entropy); reconstruction: "
      + "He et al.: Channel Pruning, ICCV 2017, section 3.1",
    options: [
      OptionDescription(
        "target", .choice(["weight"] + StructuredPruning.targets), default: .text("weight"),
        "what goes: single weights, or units (channels and neurons), channels (filters), neurons, heads, layers (residual "
          + "blocks)"),
      OptionDescription("sparsity", .number(0...1), "share of the weights that become zero; must be given for weights"),
      OptionDescription(
        "scope", .choice(["global", "layer"]),
        "whether the share holds for all together (weights, unless said) or for each layer (units, unless said)"),
      OptionDescription(
        "criterion", .choice(StructuredPruning.criteria),
        "by what units are judged, the least first; l2 unless said (not for weights)"),
    ] + StructuredPruning.options + NameFilter.options,
    calibration: { StructuredPruning.calibrationUse($0) ?? .none })

  private let structured: StructuredPruning?
  private let sparsity: Double
  private let isGlobal: Bool
  private let filter: NameFilter

  public init(_ options: StepOptions) throws(MethodError) {
    structured = try StructuredPruning(options)
    guard let sparsity = structured == nil ? options.number("sparsity") : 0 else {
      throw MethodError(.badOption, "'prune' needs the option 'sparsity': a number from 0.0 to 1.0")
    }
    self.sparsity = sparsity
    isGlobal = options.text("scope") != "layer"
    filter = NameFilter(options)
  }

  public func apply(to model: Model, in context: MethodContext) throws(MethodError) -> Rewrite {
    if let structured { return try structured.apply(to: model, in: context) }
    var model = model
    try model.graph.checkOperands()
    var report = StepReport(step: "prune")
    let (weights, skipped) = model.graph.weights()
    guard !weights.isEmpty || !skipped.isEmpty else {
      throw MethodError(.model, "the model has no convolution, matrix product or recurrent node to prune")
    }
    try filter.check(against: weights.flatMap { [$0.name, $0.node.label] } + skipped.map(\.node))
    report.skips = skipped
    var chosen: [Weight] = []
    for weight in weights {
      if let reason = filter.reasonAgainst([weight.name, weight.node.label]) {
        report.skipped(weight.node.label, "'\(weight.name)' is \(reason)")
      } else {
        chosen.append(weight)
      }
    }
    var forms: [String: any WeightForm] = [:]
    for group in isGlobal ? [chosen] : chosen.map({ [$0] }) {
      let cut = try MagnitudeCut(tensors: group.map { ($0.name, $0.tensor) }, sparsity: sparsity)
      guard cut.zeroCount > 0 else { continue }
      for (weight, (pruned, zeros)) in zip(group, cut.apply(to: group.map(\.tensor))) {
        model.graph.setInitializer(weight.name, pruned)
        forms[weight.name] = MaskedForm(pruned)
        report.changed(weight.node.label, "'\(weight.name)': \(zeros) of \(pruned.count) weights are zero")
      }
    }
    let total = chosen.reduce(0) { $0 + $1.tensor.count }
    if sparsity > 0, total > 0 {
      report.notes.append(
        "\(isGlobal ? "global" : "per-layer") magnitude pruning of \(total) weights to a sparsity of \(sparsity); biases "
          + "are never pruned")
    } else {
      report.notes.append(total == 0 ? "no weight to prune" : "a sparsity of 0 leaves every weight as it is")
    }
    return Rewrite(model: model, report: report, forms: forms)
  }
}
