import AssayCore
import AssayONNX

/// Pruning that makes shapes smaller: `prune` with a target that is not `weight`.
struct StructuredPruning: Sendable {
  /// What is cut.
  enum Target: String, CaseIterable {
    /// Channels and neurons.
    case unit
    /// Outputs of convolutions.
    case channel
    /// Another word for channel.
    case filter
    /// Outputs of matrix products.
    case neuron
    /// Heads of attentions.
    case head
    /// Residual blocks.
    case layer

    var kinds: Set<UnitGroup.Kind> {
      switch self {
      case .unit: [.channel, .neuron]
      case .channel, .filter: [.channel]
      case .neuron: [.neuron]
      case .head: [.head]
      case .layer: []
      }
    }
  }

  /// The options of `prune` that only these targets have.
  static let options = [
    OptionDescription("ratio", .number(0...1), "share of the units, heads or blocks that are cut (not for weights)"),
    OptionDescription(
      "minimum", .integer(1...1_000_000), default: .integer(1),
      "units of each layer that stay in any case (not for weights)"),
    OptionDescription(
      "multiple", .integer(1...1024), default: .integer(1),
      "units of each layer that stay are rounded up to a multiple: 8 fills the blocks of convolution kernels (not for "
        + "weights)"),
    OptionDescription(
      "reconstruct", .bool, default: .bool(false),
      "solve the weights of the layers that lost inputs anew on calibration data (channels, neurons and heads)"),
  ]

  /// The targets as they are written.
  static let targets = Target.allCases.map(\.rawValue)
  /// The criteria as they are written.
  static let criteria = UnitCriterion.allCases.map(\.rawValue)

  private let target: Target
  private let ratio: Double
  private let minimum: Int
  private let multiple: Int
  private let criterion: UnitCriterion
  private let isGlobal: Bool
  private let reconstructs: Bool
  private let filter: NameFilter

  /// - Returns: nil when the target is `weight`.
  /// - Throws: `badOption` when an option has no meaning for the target.
  init?(_ options: StepOptions) throws(MethodError) {
    func refuse(_ names: [String], _ reason: String) throws(MethodError) {
      guard let name = names.first(where: options.isGiven) else { return }
      throw MethodError(
        .badOption, "'prune': \(name) has no meaning with target: \(options.text("target") ?? "weight")", remedy: reason
      )
    }
    guard let target = options.text("target").flatMap(Target.init(rawValue:)) else {
      try refuse(
        ["ratio", "minimum", "multiple", "reconstruct", "criterion"],
        "write sparsity, or one of target: \(Self.targets.joined(separator: ", "))")
      return nil
    }
    try refuse(["sparsity"], "write ratio: the share of what is cut")
    if target == .layer {
      try refuse(
        ["criterion", "scope", "minimum", "multiple", "reconstruct"],
        "blocks are judged by the model's outputs; leave it out")
    }
    guard let ratio = options.number("ratio") else {
      throw MethodError(
        .badOption, "'prune' with target: \(target.rawValue) needs the option 'ratio': a number from 0.0 to 1.0")
    }
    self.target = target
    self.ratio = ratio
    minimum = options.integer("minimum") ?? 1
    multiple = options.integer("multiple") ?? 1
    criterion = options.text("criterion").flatMap(UnitCriterion.init(rawValue:)) ?? .l2
    isGlobal = options.isGiven("scope") && options.text("scope") == "global"
    reconstructs = options.bool("reconstruct") ?? false
    filter = NameFilter(options)
  }

  /// Whether the step looks at calibration data; nil when the target is `weight`.
  static func calibrationUse(_ options: StepOptions) -> CalibrationUse? {
    guard let target = options.text("target").flatMap(Target.init(rawValue:)) else { return nil }
    let criterion = options.text("criterion").flatMap(UnitCriterion.init(rawValue:)) ?? .l2
    return target == .layer || options.bool("reconstruct") == true || criterion.needsCalibration
      ? .required : CalibrationUse.none
  }

  func apply(to model: Model, in context: MethodContext) throws(MethodError) -> Rewrite {
    try model.graph.checkOperands()
    if target == .layer {
      return try BlockRemoval(ratio: ratio, filter: filter).apply(to: model, from: try calibration(context))
    }
    do {
      return try cut(model, context, followsShapes: true)
    } catch  where error.code == .model {
      // What is computed from the shape of a value may not follow when that loses channels; then these stay.
      return try cut(model, context, followsShapes: false)
    }
  }

  private func calibration(_ context: MethodContext) throws(MethodError) -> any ActivationSource {
    guard let source = context.calibration else {
      throw MethodError(
        .calibration,
        "\(target == .layer ? "target: layer" : "reconstruct: true") needs calibration data, and there are none",
        remedy: "name some under data: calibration:")
    }
    return source
  }

  private func cut(_ model: Model, _ context: MethodContext, followsShapes: Bool) throws(MethodError) -> Rewrite {
    var report = StepReport(step: "prune")
    let (weights, skipped) = model.graph.weights()
    guard !weights.isEmpty || !skipped.isEmpty else {
      throw MethodError(.model, "the model has no convolution or matrix product to cut")
    }
    let source = reconstructs ? try calibration(context) : nil
    let analysis = try ChannelAnalysis(model, followsShapes: followsShapes)
    report.skips = skipped + analysis.skips
    let groups = try eligible(analysis, weights, skipped, &report)
    let scores = try UnitScores(groups, by: criterion, of: model, in: context)
    let judged = groups.indices.filter { scores.obstacles[$0] == nil }
    for (position, reason) in scores.obstacles.sorted(by: { $0.key < $1.key }) {
      report.skipped(groups[position].label, reason)
    }
    let chosen = judged.map { groups[$0] }
    let selection = UnitSelection(
      chosen, scores: judged.map { scores.scores[$0] }, ratio: ratio, isGlobal: isGlobal, minimum: minimum,
      multiple: multiple,
      from: analysis.axes)
    let cut = ChannelCut(selection.roots, from: analysis.axes)
    var result = selection.roots.isEmpty ? model : try cut.apply(to: model, analysis.shapes, &report)
    if let source, !selection.roots.isEmpty {
      let reconstruction = Reconstruction(original: model, source: source, seed: context.seed)
      result = try reconstruction.apply(to: result, after: cut, analysis.axes, &report)
    }
    note(chosen, selection, from: model, to: result, &report)
    return Rewrite(model: result, report: report)
  }

  /// The groups of the target's kinds that no name excludes.
  private func eligible(
    _ analysis: ChannelAnalysis, _ weights: [Weight], _ skipped: [StepReport.Entry], _ report: inout StepReport
  ) throws(MethodError) -> [UnitGroup] {
    try filter.check(against: weights.flatMap { [$0.name, $0.node.label] } + skipped.map(\.node))
    var groups: [UnitGroup] = []
    for group in analysis.groups where target.kinds.contains(group.kind) {
      // What is tied together goes together: one excluded member keeps all.
      let reason = group.producers.lazy.compactMap { filter.reasonAgainst([$0.tensor, $0.node]) }.first
      if let reason { report.skipped(group.label, reason) } else { groups.append(group) }
    }
    return groups
  }

  private func note(
    _ groups: [UnitGroup], _ selection: UnitSelection, from old: Model, to new: Model, _ report: inout StepReport
  ) {
    let total = groups.reduce(0) { $0 + $1.roots.count }
    report.notes.append(
      "\(selection.roots.count) of \(total) \(target.rawValue)s in \(groups.count) \(groups.count == 1 ? "group" : "groups") are cut: \(isGlobal ? "global" : "layer") "
        + "scope, ratio \(ratio), least first by \(criterion.rawValue) (\(criterion.text))")
    for (group, count) in zip(groups, selection.counts) {
      report.notes.append("'\(group.label)': \(count) of \(group.roots.count) \(group.kind.rawValue)s")
    }
    if selection.spared > 0 {
      report.notes.append("\(selection.spared) of the least stayed, as an axis would have been left without any")
    }
    guard !selection.roots.isEmpty else { return }
    let (before, after) = (old.cost(), new.cost())
    if let a = before.macs, let b = after.macs { report.notes.append("multiply-accumulates \(a) → \(b)") }
    if let a = before.parameters, let b = after.parameters { report.notes.append("parameters \(a) → \(b)") }
  }
}
