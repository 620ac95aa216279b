public import AssayCore
public import AssayONNX

/// Quantizes as many layers as a budget for changed outputs allows; the most sensitive stay float.
public struct QuantizeMixed: Method {
  public static let description = MethodDescription(
    name: "quantize-mixed",
    summary: "quantizes to 8-bit integers (static) as many layers as a budget for the model's outputs allows; the most "
      + "sensitive layers stay float, and what each layer costs is reported",
    source:
      "Sensitivity of a layer: KL divergence of the class probabilities (or Σ(y−ŷ)²/Σy² of the outputs) with only "
      + "that layer quantized, on the calibration rows; Cai et al.: ZeroQ, CVPR 2020, section 3.2. The most sensitive stay float: "
      + "Wu et al.: Integer Quantization for Deep Learning Inference, arXiv 2004.09602, section 6.1; here in the order of "
      + "sensitivity by multiply-accumulate. Expected loss of accuracy: mean of p(a) − p(b), the float model's "
      + "probabilities of its own answer a and of the quantized model's answer b",
    options: options, calibration: { _ in .required })

  /// The ways to judge that `measure` chooses among.
  private static let measures = ["auto", "expected-loss", "changed-answers", "sqnr"]
  /// Ranges that `calibration: auto` tries.
  private static let calibrations = ["min-max", "percentile", "entropy", "mse"]
  /// Scales of weights that `granularity: auto` tries, the fastest first.
  private static let granularities = ["tensor", "channel"]

  private static let options: [OptionDescription] =
    [
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

  private let measure: String
  private let limit: Double?
  private let calibrations: [String]
  private let granularities: [String]
  private let quantizeOptions: [String: OptionValue]

  public init(_ options: StepOptions) throws(MethodError) {
    measure = options.text("measure") ?? "auto"
    limit = options.number("budget")
    if let limit, measure != "sqnr", measure != "auto", limit > 100 {
      throw MethodError(.badOption, "'quantize-mixed': a budget of \(limit) percentage points is more than there are")
    }
    let calibration = options.text("calibration") ?? "auto"
    calibrations = calibration == "auto" ? Self.calibrations : [calibration]
    let granularity = options.text("granularity") ?? "auto"
    granularities = granularity == "auto" ? Self.granularities : [granularity]
    var passed: [String: OptionValue] = ["mode": .text("static")]
    for option in Self.passedOn where options.isGiven(option.name) { passed[option.name] = options[option.name] }
    quantizeOptions = passed
    for calibration in calibrations {
      _ = try quantizer(Manner(granularity: granularities[0], calibration: calibration), leaving: [])
    }
    guard !options.isGiven("percentile") || calibrations.contains("percentile") else {
      throw MethodError(
        .badOption, "'quantize-mixed': percentile is given, but the calibration is \(calibration)",
        remedy: "write calibration: percentile, or auto")
    }
  }

  /// How every layer is quantized.
  private struct Manner {
    var granularity: String
    var calibration: String
  }

  /// `quantize` with the options passed on and more nodes excluded.
  private func quantizer(_ manner: Manner, leaving names: [String]) throws(MethodError) -> Quantize {
    var options = quantizeOptions
    options["calibration"] = .text(manner.calibration)
    options["granularity"] = .text(manner.granularity)
    if manner.calibration != "percentile" { options["percentile"] = nil }
    if !names.isEmpty {
      let own: [OptionValue] =
        switch options["exclude"] {
        case .list(let values)?: values
        case let value?: [value]
        case nil: []
        }
      options["exclude"] = .list(own + names.map { .text($0) })
    }
    return try Quantize(StepOptions(Step(method: "quantize", options: options), Quantize.description.options))
  }

  /// Everything, or what may be, quantized in one manner.
  private struct Uniform {
    var manner: Manner
    var rewrite: Rewrite
    var damage: OutputDamage
  }

  public func apply(to model: Model, in context: MethodContext) throws(MethodError) -> Rewrite {
    guard let source = context.calibration else {
      throw MethodError(
        .calibration, "quantize-mixed judges layers by calibration data, and there are none",
        remedy: "name some under data: calibration:")
    }
    try model.graph.checkOperands()
    var report = StepReport(step: Self.description.name)
    let original = try model.requiring(opset: 13, for: "scales for each channel", &report)
    let manner = Manner(granularity: granularities[0], calibration: calibrations[0])
    let first = try quantizer(manner, leaving: []).apply(to: original, in: context)
    let layers = Self.layers(of: original, in: first.report)
    guard !layers.isEmpty else {
      report.skips = first.report.skips
      report.notes += first.report.notes
      return Rewrite(model: model, report: report)
    }
    let judge = try OutputJudge(original, source)
    let budget = try budgetInUse(judge)
    report.notes.append("judged on \(source.rowCount) calibration rows; the budget is \(budget)")

    let uniform = try bestUniform(first, original, judge, budget, context, &report)
    let ranked = try sensitivities(of: layers, uniform, original, judge, context)
    let found = try leastLeftOut(of: ranked.count) { leftOut throws(MethodError) -> Uniform? in
      if leftOut.isEmpty { return budget.admits(uniform.damage) ? uniform : nil }
      let names = leftOut.sorted().map { ranked[$0].node }
      let rewrite = try quantizer(uniform.manner, leaving: names).apply(to: original, in: context)
      let damage = try judge.damage(of: rewrite.model)
      return budget.admits(damage) ? Uniform(manner: uniform.manner, rewrite: rewrite, damage: damage) : nil
    }
    return finish(model, found?.candidate, found?.leftOut ?? Set(ranked.indices), ranked, uniform, report)
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
    _ first: Rewrite, _ model: Model, _ judge: OutputJudge, _ budget: PrecisionBudget, _ context: MethodContext,
    _ report: inout StepReport
  ) throws(MethodError) -> Uniform {
    var known: Rewrite? = first
    var best: Uniform?
    for granularity in granularities {
      for calibration in calibrations {
        let manner = Manner(granularity: granularity, calibration: calibration)
        let rewrite: Rewrite
        if let first = known {
          (rewrite, known) = (first, nil)
        } else {
          rewrite = try quantizer(manner, leaving: []).apply(to: model, in: context)
        }
        let damage = try judge.damage(of: rewrite.model)
        if best.map({ damage.severity < $0.damage.severity }) ?? true {
          best = Uniform(manner: manner, rewrite: rewrite, damage: damage)
        }
      }
      if let best, budget.admits(best.damage) { break }
    }
    // There are always a granularity and a calibration, whose damage was found first.
    guard let best else { throw MethodError(.underlying, "no way to quantize was tried") }
    if calibrations.count > 1 || granularities.count > 1 {
      let scales = best.manner.granularity == "tensor" ? "one scale a weight tensor" : "one scale an output channel"
      report.notes.append(
        "\(best.manner.calibration) calibration and \(scales): of \(calibrations.joined(separator: ", ")) what costs least with "
          + "all layers in int8")
    }
    report.notes.append("all layers in int8: \(best.damage)")
    return best
  }

  /// What each layer costs alone, by multiply-accumulates, the costliest first.
  private func sensitivities(
    of layers: [String], _ uniform: Uniform, _ model: Model, _ judge: OutputJudge, _ context: MethodContext
  ) throws(MethodError) -> [LayerSensitivity] {
    var macs: [String: Int] = [:]
    for node in model.cost().nodes { if let count = node.macs { macs[node.node, default: 0] += count } }
    var ranked: [(cost: Double, layer: LayerSensitivity)] = []
    for layer in layers {
      var damage = uniform.damage
      if layers.count > 1 {
        let others = layers.filter { $0 != layer }
        let rewrite = try quantizer(uniform.manner, leaving: others).apply(to: model, in: context)
        damage = try judge.damage(of: rewrite.model)
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
    _ model: Model, _ found: Uniform?, _ leftOut: Set<Int>, _ ranked: [LayerSensitivity], _ uniform: Uniform,
    _ report: StepReport
  ) -> Rewrite {
    var (report, ranked) = (report, ranked)
    for position in leftOut { ranked[position].isLeftAlone = true }
    report.sensitivities = ranked
    let byName = Dictionary(ranked.map { ($0.node, $0) }, uniquingKeysWith: { first, _ in first })
    report.skips = uniform.rewrite.report.skips
    for layer in ranked where layer.isLeftAlone { report.skipped(layer.node, "stays float: \(layer.cost)") }
    guard let found else {
      report.notes.append("nothing fits the budget: all \(ranked.count) layers stay float")
      return Rewrite(model: model, report: report)
    }
    report.changes = found.rewrite.report.changes.map { entry in
      guard let layer = byName[entry.node] else { return entry }
      return StepReport.Entry(node: entry.node, text: "\(entry.text); \(layer.cost)")
    }
    if leftOut.isEmpty {
      report.notes.append("everything fits the budget: all \(ranked.count) layers are int8")
    } else {
      let all = ranked.reduce(0) { $0 + ($1.macs ?? 0) }
      let float = ranked.reduce(0) { $0 + ($1.isLeftAlone ? $1.macs ?? 0 : 0) }
      let share = all > 0 ? ", \(significant(100 * Double(float) / Double(all))) % of their multiply-accumulates" : ""
      report.notes.append("\(leftOut.count) of \(ranked.count) layers stay float\(share): \(found.damage)")
    }
    report.notes += found.rewrite.report.notes
    return Rewrite(model: found.rewrite.model, report: report, forms: found.rewrite.forms)
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
