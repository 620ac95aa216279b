public import AssayCore
public import AssayONNX

/// Finds which layers to run with 8-bit integers and which to leave float, within a budget for changed outputs.
public struct QuantizeMixed: Method {
  public static let description = MethodDescription(
    name: "quantize-mixed",
    summary: "runs some layers with 8-bit integers and leaves the others float: the fastest mix that a budget for the "
      + "model's outputs allows, measured on the engine, or as many integers as it allows; what each layer costs is "
      + "reported",
    source:
      "Sensitivity of a layer: KL divergence of the class probabilities (or Σ(y−ŷ)²/Σy² of the outputs) with only "
      + "that layer quantized, on the calibration rows; Cai et al.: ZeroQ, CVPR 2020, section 3.2. The most sensitive stay float: "
      + "Wu et al.: Integer Quantization for Deep Learning Inference, arXiv 2004.09602, section 6.1; here in the order of "
      + "sensitivity by multiply-accumulate. Expected loss of accuracy: mean of p(a) − p(b), the float model's "
      + "probabilities of its own answer a and of the quantized model's answer b",
    options: options, calibration: { _ in .required },
    timesModels: { $0.text("prefer") != "integers" })

  /// The ways to judge that `measure` chooses among.
  private static let measures = ["auto", "expected-loss", "changed-answers", "sqnr"]
  /// Ranges that `calibration: auto` tries.
  private static let calibrations = ["min-max", "percentile", "entropy", "mse"]
  /// Scales of weights that `granularity: auto` tries, the fastest first.
  private static let granularities = ["tensor", "channel"]

  private static let options: [OptionDescription] =
    [
      OptionDescription(
        "prefer", .choice(["latency", "integers"]), default: .text("latency"),
        "what is sought within the budget: the fastest mix, by timing mixes, int8 throughout and float beside one another on the "
          + "engine; or as many integers as the budget allows, whatever they take"),
      OptionDescription(
        "budget", .number(0...200),
        "most that may be lost: percentage points of expected-loss (0.2 by default) or changed-answers (0.2), or least sqnr in "
          + "dB (20)"),
      OptionDescription(
        "measure", .choice(measures), default: .text("auto"),
        "what the budget is about; auto: expected-loss where the output holds class scores, else sqnr"),
      OptionDescription(
        "calibration", .choice(["auto"] + calibrations), default: .text("auto"),
        "how the range of an activation is chosen; auto: the way that costs least with every layer quantized"),
      OptionDescription(
        "granularity", .choice(["auto"] + granularities), default: .text("auto"),
        "one scale for a weight tensor or one for each output channel; auto: tensor where every layer then fits the budget, as "
          + "kernels are faster, else what costs least"),
    ] + passedOn

  /// Options that `quantize` gets as they are.
  private static let passedOn = Quantize.description.options.filter {
    !["mode", "calibration", "granularity"].contains($0.name)
  }

  private let prefersIntegers: Bool
  private let measure: String
  private let limit: Double?
  private let calibrations: [String]
  private let granularities: [String]
  private let quantizeOptions: [String: OptionValue]

  public init(_ options: StepOptions) throws(MethodError) {
    prefersIntegers = options.text("prefer") == "integers"
    measure = options.text("measure") ?? "auto"
    limit = options.number("budget")
    if let limit, measure != "sqnr", measure != "auto", limit > 100 {
      throw MethodError(.badOption, "'quantize-mixed': a budget of \(limit) percentage points is more than there are")
    }
    let calibration = options.text("calibration") ?? "auto"
    calibrations = calibration == "auto" ? Self.calibrations : [calibration]
    let granularity = options.text("granularity") ?? "auto"
    granularities = granularity == "auto" ? Self.granularities : [granularity]
    var passed: [String: OptionValue] = [:]
    for option in Self.passedOn where options.isGiven(option.name) { passed[option.name] = options[option.name] }
    quantizeOptions = passed
    for calibration in calibrations {
      let manner = QuantizationManner(granularity: granularities[0], calibration: calibration)
      _ = try MixMaker.quantizer(manner, passed)
    }
    guard !options.isGiven("percentile") || calibrations.contains("percentile") else {
      throw MethodError(
        .badOption, "'quantize-mixed': percentile is given, but the calibration is \(calibration)",
        remedy: "write calibration: percentile, or auto")
    }
  }

  /// A mix with what it does to the outputs.
  private struct Judged {
    var mix: PrecisionMix
    var damage: OutputDamage
  }

  public func apply(to model: Model, in context: MethodContext) throws(MethodError) -> Rewrite {
    guard let source = context.calibration else {
      throw MethodError(
        .calibration, "quantize-mixed judges layers by calibration data, and there are none",
        remedy: "name some under data: calibration:")
    }
    try model.graph.checkOperands()
    var (context, report) = (context, StepReport(step: Self.description.name))
    context.calibrationMemory = CalibrationMemory()
    let original = try model.requiring(opset: 13, for: "scales for each channel", &report)
    let manner = QuantizationManner(granularity: granularities[0], calibration: calibrations[0])
    let first = try MixMaker.quantizer(manner, quantizeOptions).apply(to: original, in: context)
    let layers = Self.layers(of: original, in: first.report)
    guard !layers.isEmpty else {
      report.skips = first.report.skips
      report.notes += first.report.notes
      return Rewrite(model: model, report: report)
    }
    let judge = try OutputJudge(original, source)
    let budget = try budgetInUse(judge)
    report.notes.append("judged on \(source.rowCount) calibration rows; the budget is \(budget)")

    let maker = MixMaker(
      original: original, judge: judge, budget: budget, context: context, options: quantizeOptions)
    let uniform = try bestUniform(PrecisionMix(manner: manner, leftOut: [], rewrite: first), maker, &report)
    let ranked = try sensitivities(of: layers, uniform, maker)
    let found = try leastLeftOut(of: ranked.count) { leftOut throws(MethodError) -> Judged? in
      if leftOut.isEmpty { return budget.admits(uniform.damage) ? uniform : nil }
      guard let manner = uniform.mix.manner else { return nil }
      let mix = try maker.mix(manner, leaving: Set(leftOut.map { ranked[$0].node }))
      let damage = try maker.damage(of: mix)
      return budget.admits(damage) ? Judged(mix: mix, damage: damage) : nil
    }
    var chosen = found?.candidate
    if !prefersIntegers { chosen = try fastest(chosen, uniform, layers, maker, &report) }
    if found == nil, chosen == nil { report.notes.append("nothing fits the budget") }
    return finish(model, chosen, ranked, uniform, report)
  }

  /// Labels of the convolutions and products that were quantized, in the order of the graph, each once.
  private static func layers(of model: Model, in report: StepReport) -> [String] {
    let changed = Set(report.changes.map(\.node))
    var seen: Set<String> = []
    return model.graph.nodes.filter { ["Conv", "Gemm", "MatMul"].contains($0.opType) }.map(\.label)
      .filter { changed.contains($0) && seen.insert($0).inserted }
  }

  private func budgetInUse(_ judge: OutputJudge) throws(MethodError) -> PrecisionBudget {
    let measure = self.measure == "auto" ? (judge.hasClasses ? "expected-loss" : "sqnr") : self.measure
    let result: PrecisionBudget =
      switch measure {
      case "sqnr": .sqnr_dB(limit ?? 20)
      case "changed-answers": .changedAnswers((limit ?? 0.2) / 100)
      default: .expectedLoss((limit ?? 0.2) / 100)
      }
    guard judge.hasClasses || !result.needsClasses else {
      throw MethodError(
        .badOption, "'quantize-mixed': \(measure) needs one output with a score for each row and class",
        remedy: "write measure: sqnr")
    }
    return result
  }

  /// The manner that costs least with everything quantized: among the coarsest scales with which that fits the budget, or
  /// else among all; the first of equals.
  private func bestUniform(
    _ first: PrecisionMix, _ maker: MixMaker, _ report: inout StepReport
  ) throws(MethodError) -> Judged {
    var best = Judged(mix: first, damage: try maker.damage(of: first))
    for granularity in granularities {
      for calibration in calibrations {
        let manner = QuantizationManner(granularity: granularity, calibration: calibration)
        guard manner != first.manner else { continue }
        let mix = try maker.mix(manner)
        let damage = try maker.damage(of: mix)
        if damage.severity < best.damage.severity { best = Judged(mix: mix, damage: damage) }
      }
      if maker.budget.admits(best.damage) { break }
    }
    if let manner = best.mix.manner, calibrations.count > 1 || granularities.count > 1 {
      report.notes.append(
        "\(manner): of \(calibrations.joined(separator: ", ")) what costs least with all layers in int8")
    }
    report.notes.append("all layers in int8: \(best.damage)")
    return best
  }

  /// The fastest mix that the budget admits, where there is something to time it with; `found` keeps what is equally fast.
  private func fastest(
    _ found: Judged?, _ uniform: Judged, _ layers: [String], _ maker: MixMaker, _ report: inout StepReport
  ) throws(MethodError) -> Judged? {
    guard let latencies = maker.context.latencies else {
      report.notes.append(
        "nothing here can time models: as many layers in int8 as the budget allows (as with prefer: integers)")
      return found
    }
    var choices: [FastestMix.Uniform] = []
    if let found, let manner = found.mix.manner {
      let name =
        found.mix.leftOut.isEmpty ? "int8 with \(manner.scales)" : "as many layers in int8 as the budget allows"
      choices.append(FastestMix.Uniform(name: name, mix: found.mix))
    }
    choices += try otherChoices(uniform, maker)
    let float = Rewrite(model: maker.original, report: StepReport(step: Self.description.name))
    choices.append(
      FastestMix.Uniform(name: "float", mix: PrecisionMix(manner: nil, leftOut: Set(layers), rewrite: float)))
    let search = FastestMix(maker: maker, latencies: latencies, layers: layers)
    guard let result = try search.search(choices) else { return found }
    let others = result.others.map { "\($0.name) \($0.latency)" }.joined(separator: ", ")
    let kind = result.mix.isUniformlyFloat ? "float is fastest" : "the fastest mix is chosen"
    report.notes.append("\(kind), measured on \(latencies.conditions); times its latency: \(others)")
    guard !result.mix.isUniformlyFloat else { return nil }
    return Judged(mix: result.mix, damage: try maker.damage(of: result.mix))
  }

  /// Uniform choices beside the least costly one that the budget admits: other scales of weights, ranges found at run time.
  private func otherChoices(_ uniform: Judged, _ maker: MixMaker) throws(MethodError) -> [FastestMix.Uniform] {
    var manners = granularities.filter { $0 != uniform.mix.manner?.granularity }
      .map { QuantizationManner(granularity: $0, calibration: uniform.mix.manner?.calibration) }
    manners.append(QuantizationManner(granularity: "auto", calibration: nil))
    var choices: [FastestMix.Uniform] = []
    for manner in manners {
      let mix = try maker.mix(manner)
      guard !mix.rewrite.report.changes.isEmpty, try maker.admits(mix) else { continue }
      choices.append(FastestMix.Uniform(name: "int8 with \(manner.isDynamic ? "\(manner)" : manner.scales)", mix: mix))
    }
    return choices
  }

  /// What each layer costs alone, by multiply-accumulates, the costliest first.
  private func sensitivities(
    of layers: [String], _ uniform: Judged, _ maker: MixMaker
  ) throws(MethodError) -> [LayerSensitivity] {
    var macs: [String: Int] = [:]
    for node in maker.original.cost().nodes { if let count = node.macs { macs[node.node, default: 0] += count } }
    var ranked: [(cost: Double, layer: LayerSensitivity)] = []
    for layer in layers {
      var damage = uniform.damage
      if layers.count > 1, let manner = uniform.mix.manner {
        damage = try maker.damage(of: maker.mix(manner, leaving: Set(layers).subtracting([layer])))
      }
      let sensitivity = LayerSensitivity(
        node: layer, macs: macs[layer], noise: damage.noise, divergence: damage.answers?.divergence,
        changedAnswers: damage.answers?.changed, expectedLoss: damage.answers?.expectedLoss, isLeftAlone: false)
      // A layer that cannot be counted counts as one product: little is gained by it as far as is known.
      ranked.append((damage.severity / Double(max(1, macs[layer] ?? 1)), sensitivity))
    }
    // Equal costs stay in the order of the graph.
    return ranked.enumerated().sorted { ($1.element.cost, $0.offset) < ($0.element.cost, $1.offset) }
      .map(\.element.layer)
  }

  private func finish(
    _ model: Model, _ chosen: Judged?, _ ranked: [LayerSensitivity], _ uniform: Judged, _ report: StepReport
  ) -> Rewrite {
    var (report, ranked) = (report, ranked)
    let changed = Set(chosen?.mix.rewrite.report.changes.map(\.node) ?? [])
    for position in ranked.indices { ranked[position].isLeftAlone = !changed.contains(ranked[position].node) }
    report.sensitivities = ranked
    let byName = Dictionary(ranked.map { ($0.node, $0) }, uniquingKeysWith: { first, _ in first })
    report.skips = uniform.mix.rewrite.report.skips
    for layer in ranked where layer.isLeftAlone { report.skipped(layer.node, "stays float: \(layer.cost)") }
    guard let chosen else {
      report.notes.append("all \(ranked.count) layers stay float")
      return Rewrite(model: model, report: report)
    }
    report.changes = chosen.mix.rewrite.report.changes.map { entry in
      guard let layer = byName[entry.node] else { return entry }
      return StepReport.Entry(node: entry.node, text: "\(entry.text); \(layer.cost)")
    }
    let left = ranked.count(where: \.isLeftAlone)
    if left == 0 {
      report.notes.append("everything fits the budget: all \(ranked.count) layers are int8")
    } else {
      let all = ranked.reduce(0) { $0 + ($1.macs ?? 0) }
      let float = ranked.reduce(0) { $0 + ($1.isLeftAlone ? $1.macs ?? 0 : 0) }
      let share = all > 0 ? ", \(significant(100 * Double(float) / Double(all))) % of their multiply-accumulates" : ""
      report.notes.append("\(left) of \(ranked.count) layers stay float\(share): \(chosen.damage)")
    }
    report.notes += chosen.mix.rewrite.report.notes
    return Rewrite(model: chosen.mix.rewrite.model, report: report, forms: chosen.mix.rewrite.forms)
  }
}

extension LayerSensitivity {
  /// What the layer costs alone, in words.
  fileprivate var cost: String {
    var answers: OutputDamage.Answers?
    if let divergence, let changedAnswers, let expectedLoss {
      answers = OutputDamage.Answers(divergence: divergence, changed: changedAnswers, expectedLoss: expectedLoss)
    }
    return "alone in int8: \(OutputDamage(noise: noise, answers: answers))"
  }
}
