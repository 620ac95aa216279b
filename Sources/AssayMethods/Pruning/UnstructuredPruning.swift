import AssayCore
import AssayONNX

/// Pruning that sets weights to zero and keeps shapes: `prune` with the target `weight`.
struct UnstructuredPruning: Sendable {
  static let source =
    "|w|: Han et al.: Learning both Weights and Connections for Efficient Neural Networks, NIPS 2015, section 3; wanda "
    + "|w|·‖x‖₂: Sun et al.: A Simple and Effective Pruning Approach for Large Language Models, ICLR 2024, section 3; taylor: "
    + "Molchanov et al.: Importance Estimation for Neural Network Pruning, CVPR 2019, equation 8; movement: Sanh et al.: "
    + "Movement Pruning, NeurIPS 2020, equation 4; N:M: Mishra et al.: Accelerating "
    + "Sparse Deep Neural Networks, 2021. Exactly round(sparsity·n) weights (or blocks) become zero, those "
    + "that are zero already among them; of equal scores the earlier goes first"

  /// The options that the target `weight` has; `include` and `exclude` apart.
  static let options = [
    OptionDescription(
      "sparsity", .number(0...1), "share of the weights, or of the blocks, that become zero; with N:M it is 1 − N/M"),
    OptionDescription(
      "scope", .choice(["global", "layer", "row"]),
      "whether the share holds for all weights together, each weight tensor, or each output's row; global unless said, "
        + "row for wanda, which compares within rows with layer too, layer for movement"),
    OptionDescription(
      "criterion", .choice(criteria), default: .text("magnitude"),
      "what goes first: the least |w| (magnitude, l1; l2 differs for blocks only, where it is the norm), |w|·‖x‖ of the "
        + "input feature on calibration data (wanda), (w·∂L/∂w)² over a pass of the training rows (taylor), −w·∂L/∂w while "
        + "training goes on for a pass (movement), or by chance, as a control (random)"),
    OptionDescription(
      "pattern", .form("unstructured, block, or N:M as in 2:4"), default: .text("unstructured"),
      "which weights can only go together: N:M keeps N of each M neighbours along the inputs of an output"),
    OptionDescription(
      "block", .form("rows x columns as in 4x4 or 1x8"),
      "block of the matrix [outputs, inputs] that goes whole; pattern: block is implied"),
  ]

  /// The criteria as they are written.
  static let criteria = WeightCriterion.allCases.map(\.rawValue)

  enum Scope: String, Sendable {
    case global, layer, row
  }

  private let sparsity: Double
  private let scope: Scope
  private let criterion: WeightCriterion
  private let pattern: PruningPattern
  private let filter: NameFilter

  /// - Throws: `badOption` for values that are no pattern and for options that contradict each other.
  init(_ options: StepOptions) throws(MethodError) {
    guard let criterion = WeightCriterion(rawValue: options.text("criterion") ?? "magnitude") else {
      throw MethodError(
        .badOption, "'prune': single weights cannot be judged by \(options.text("criterion") ?? "")",
        remedy: "their criteria are \(Self.criteria.joined(separator: ", "))")
    }
    self.criterion = criterion
    pattern = try PruningPattern(
      pattern: options.isGiven("pattern") ? options["pattern"] : nil, block: options["block"])
    let scope = options.text("scope").flatMap(Scope.init(rawValue:))
    if case .kept(let kept, let group) = pattern {
      let implied = 1 - Double(kept) / Double(group)
      guard options.number("sparsity").map({ abs($0 - implied) < 1e-9 }) ?? true else {
        throw MethodError(
          .badOption,
          "'prune': \(kept):\(group) is a sparsity of \(implied), not of \(options["sparsity"]?.description ?? "")",
          remedy: "leave out sparsity")
      }
      guard scope == nil else {
        throw MethodError(
          .badOption, "'prune': scope has no meaning with \(kept):\(group), which holds in every row",
          remedy: "leave out scope")
      }
      sparsity = implied
    } else {
      guard let sparsity = options.number("sparsity") else {
        throw MethodError(.badOption, "'prune' needs the option 'sparsity': a number from 0 to 1")
      }
      self.sparsity = sparsity
    }
    if case .block = pattern, scope == .row {
      throw MethodError(
        .badOption, "'prune': blocks span rows, so that scope: row has no meaning", remedy: "write global or layer")
    }
    // As in the paper: the outputs of a layer are compared row by row.
    let comparesRows = criterion == .wanda && pattern == .unstructured && scope != .global
    // Movements of different layers do not compare; the paper takes the best of each matrix.
    self.scope = comparesRows ? .row : scope ?? (criterion == .movement ? .layer : .global)
    filter = NameFilter(options)
  }

  /// Only the criterion wanda looks at calibration data.
  static func calibrationUse(_ options: StepOptions) -> CalibrationUse {
    options.text("criterion") == WeightCriterion.wanda.rawValue ? .required : .none
  }

  /// Criteria that look at gradients do so on training rows.
  static func learns(_ options: StepOptions) -> Bool {
    options.text("criterion").flatMap(WeightCriterion.init(rawValue:))?.gradient != nil
  }

  func apply(to model: Model, in context: MethodContext) throws(MethodError) -> Rewrite {
    try model.graph.checkOperands()
    var rewrite = Rewrite(model: model, report: StepReport(step: "prune"))
    let chosen = try chosenWeights(model, context, &rewrite.report)
    let scores = try WeightScores(
      criterion: criterion,
      norms: criterion == .wanda && !chosen.isEmpty
        ? FeatureNorms(chosen, in: model, from: context.calibration).norms : [:],
      gradients: gradients(of: chosen, model, context),
      seed: context.seed)
    let total = chosen.reduce(0) { $0 + $1.tensor.count }
    guard sparsity > 0, total > 0 else {
      // A weight that is no number is told even where nothing is to be done.
      _ = try MagnitudeCut(tensors: chosen.map { ($0.name, $0.tensor) }, sparsity: 0)
      rewrite.report.notes.append(
        total == 0 ? "no weight to prune" : "a sparsity of 0 leaves every weight as it is")
      return rewrite
    }
    switch pattern {
    case .unstructured where scope != .row: try cutWeights(chosen, scores, &rewrite)
    case .unstructured: try cutRows(chosen, scores, .share(sparsity), &rewrite)
    case .kept(let kept, let group): try cutRows(chosen, scores, .keeping(kept, of: group), &rewrite)
    case .block(let rows, let columns): try cutBlocks(chosen, scores, rows, columns, &rewrite)
    }
    describe(total, context, &rewrite.report)
    return rewrite
  }

  /// The weights that are not left alone for a reason, which is reported.
  private func chosenWeights(
    _ model: Model, _ context: MethodContext, _ report: inout StepReport
  ) throws(MethodError) -> [Weight] {
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
      } else if needsRows, weight.layout == nil {
        report.skipped(
          weight.node.label, "'\(weight.name)' stays: \(weight.node.opType) has no rows of inputs that Assay knows")
      } else {
        chosen.append(weight)
      }
    }
    guard criterion == .wanda, !chosen.isEmpty else { return chosen }
    let obstacles = FeatureNorms.obstacles(chosen, model.graph)
    return chosen.filter { weight in
      guard let reason = obstacles[weight.name] else { return true }
      report.skipped(weight.node.label, "'\(weight.name)' stays: \(reason)")
      return false
    }
  }

  private func gradients(
    of chosen: [Weight], _ model: Model, _ context: MethodContext
  ) throws(MethodError) -> [String: Tensor] {
    guard let gradient = criterion.gradient, !chosen.isEmpty, sparsity > 0 else { return [:] }
    return try GradientScores(gradient, of: chosen, in: model, context).scores
  }

  private var needsRows: Bool { pattern != .unstructured || scope == .row || criterion == .wanda }

  private func cutWeights(_ chosen: [Weight], _ scores: WeightScores, _ rewrite: inout Rewrite) throws(MethodError) {
    let numbered = Array(chosen.enumerated())
    for group in scope == .global ? [numbered] : numbered.map({ [$0] }) {
      if criterion != .magnitude { try checkFinite(group.map(\.element)) }
      let judged = group.map { scores.scores(of: $0.element, number: $0.offset) }
      let cut = try MagnitudeCut(
        tensors: zip(group, judged).map { (name: $0.element.name, tensor: $1) }, sparsity: sparsity)
      guard cut.zeroCount > 0 else { continue }
      for ((_, weight), (pruned, zeros)) in zip(group, cut.apply(to: group.map(\.element.tensor), scores: judged)) {
        rewrite.replace(weight, with: pruned, zeros: zeros)
      }
    }
  }

  private func cutRows(
    _ chosen: [Weight], _ scores: WeightScores, _ cut: RowCut, _ rewrite: inout Rewrite
  ) throws(MethodError) {
    try checkFinite(chosen)
    for (number, weight) in chosen.enumerated() {
      guard let layout = weight.layout else { continue }
      let (pruned, zeros) = cut.apply(
        to: weight.tensor, scores: scores.scores(of: weight, number: number), layout)
      guard case .kept(let kept, let group) = pattern else {
        rewrite.replace(weight, with: pruned, zeros: zeros)
        continue
      }
      let rest = layout.columns % group
      let text =
        rest == 0
        ? ""
        : "; the last \(rest) of the \(layout.columns) inputs form a group of their own, of which at most \(kept) stay"
      rewrite.replace(
        weight, with: pruned, zeros: zeros, text,
        form: GroupSparseForm(pruned, kept: kept, of: group, columns: layout.columns, stride: layout.stride))
    }
  }

  private func cutBlocks(
    _ chosen: [Weight], _ scores: WeightScores, _ rows: Int, _ columns: Int, _ rewrite: inout Rewrite
  ) throws(MethodError) {
    try checkFinite(chosen)
    var grids: [(weight: Weight, grid: BlockGrid, norms: Tensor)] = []
    for (number, weight) in chosen.enumerated() {
      guard let layout = weight.layout else { continue }
      let grid = BlockGrid(rows: rows, columns: columns, layout: layout, count: weight.tensor.count)
      let judged = scores.scores(of: weight, number: number)
      grids.append((weight, grid, norms(of: judged, grid, number: number, scores.seed)))
    }
    for group in scope == .global ? [grids] : grids.map({ [$0] }) {
      let cut = try MagnitudeCut(tensors: group.map { ($0.weight.name, $0.norms) }, sparsity: sparsity)
      guard cut.zeroCount > 0 else { continue }
      for ((weight, grid, _), isGone) in zip(group, cut.selection(in: group.map(\.norms))) {
        let (pruned, zeros) = grid.clearing(isGone, in: weight.tensor)
        rewrite.replace(
          weight, with: pruned, zeros: zeros,
          "; \(isGone.count { $0 }) of \(grid.count) blocks of \(rows)x\(columns) went",
          form: BlockSparseForm(
            pruned, rows: rows, columns: columns, rowLength: grid.layout.columns, stride: grid.layout.stride))
      }
    }
  }

  private func norms(of scores: Tensor, _ grid: BlockGrid, number: Int, _ seed: UInt64) -> Tensor {
    let norms = grid.norms(of: scores, squared: criterion == .l2)
    guard criterion == .random else { return norms }
    // A mean of many random numbers would make every block alike; what is zero still goes first.
    var generator = SeededGenerator(seed: seed, stream: UInt64(number))
    return Tensor(
      norms.elements(Float.self).map { norm in
        let score = Float(generator.next() >> 40) + 1
        return norm == 0 ? 0 : score
      }, shape: norms.shape)
  }

  private func checkFinite(_ weights: [Weight]) throws(MethodError) {
    for weight in weights where weight.tensor.firstNotFinite() != nil {
      throw notFinite(weight: weight.name, weight.tensor)
    }
  }

  private func describe(_ total: Int, _ context: MethodContext, _ report: inout StepReport) {
    let place =
      switch scope {
      case .global: "global"
      case .layer: "per-layer"
      case .row: "per-row"
      }
    switch pattern {
    case .unstructured:
      report.notes.append(
        "\(place) pruning by \(criterion.text) of \(total) weights to a sparsity of \(sparsity); biases are never pruned"
      )
    case .kept(let kept, let group):
      report.notes.append(
        "\(kept) of each \(group) neighbours along the inputs stay, by \(criterion.text), in \(total) weights; biases are "
          + "never pruned")
    case .block(let rows, let columns):
      report.notes.append(
        "\(place) pruning of blocks of \(rows) outputs x \(columns) inputs, by \(blockText), to a sparsity of \(sparsity)"
      )
    }
    switch criterion {
    case .wanda:
      report.notes.append(
        "‖x‖ of each input feature on \(context.calibration?.rowCount ?? 0) calibration rows; for convolutions of each "
          + "input channel over all its positions"
          + (scope == .global ? "; between layers |w|·‖x‖/√n is compared, which the paper does not do" : ""))
    case .taylor, .movement:
      report.notes.append("gradients on \(context.training?.rowCount ?? 0) training rows, one pass")
    case .random: report.notes.append("by chance, with the seed \(context.seed): a control, not a method")
    default: break
    }
    report.notes.append(
      "the shapes stay: dense kernels compute with the zeros, so the model is no faster, and its file as large")
  }

  private var blockText: String {
    switch criterion {
    case .l2: "the root of the mean w² (L2)"
    case .wanda: "the mean of |w|·‖x‖"
    case .random: "chance"
    case .taylor, .movement: "the mean of \(criterion.text)"
    default: "the mean of |w| (L1)"
    }
  }
}

extension Rewrite {
  /// Puts a pruned weight in its place, in the form that takes the fewest bytes.
  fileprivate mutating func replace(
    _ weight: Weight, with pruned: Tensor, zeros: Int, _ text: String = "", form: (any SparseForm)? = nil
  ) {
    model.graph.setInitializer(weight.name, pruned)
    forms[weight.name] = smallestForm(of: pruned, nonzeros: pruned.count - zeros, among: form)
    if zeros > 0 { masks.insert(weight.name) }
    report.changed(weight.node.label, "'\(weight.name)': \(zeros) of \(pruned.count) weights are zero\(text)")
  }
}
