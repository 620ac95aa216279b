public import AssayCore
public import AssayONNX

/// Stores weights in few bits; activations stay float.
public struct QuantizeWeights: Method {
  public static let description = MethodDescription(
    name: "quantize-weights",
    summary:
      "stores the weights of matrix products and convolutions in 8, 4, 3 or 2 bits, or as ±a, or as −a, 0, a, with "
      + "scales for blocks, channels or tensors; activations stay float. Matrix products with blocks of 8, 4 or 2 bits "
      + "run as MatMulNBits; other weights are unpacked when the engine loads the model: the file is small, the run is "
      + "float",
    source: "w ≈ scale·(q − zero). Range max: symmetric scale = −m/2^(b−1) for the weight m of largest magnitude, "
      + "asymmetric scale = (max − min)/(2^b − 1); mse: least Σ(w−ŵ)² over a grid of ranges, then the scale that is "
      + "best for the codes. Power of two: q = round(w·2ⁿ). GPTQ: columns are rounded in turn, later ones take over the "
      + "error by H = Σxxᵀ of calibration inputs, 1 % of the mean diagonal added (Frantar et al., ICLR 2023). Binary: "
      + "sign(w)·mean|w| (Rastegari et al.: XNOR-Net, ECCV 2016, section 3.1). Ternary: zero below 0.7·mean|w|, else "
      + "± the mean of the rest (Li and Liu: Ternary Weight Networks, 2016, section 2.2). Zero is represented exactly "
      + "in all but binary",
    options: options,
    calibration: { options in
      switch options.text("algorithm") {
      case "gptq": .required
      case "auto": options.text("levels") == "integers" && options.text("bits") != "8" ? .optional : .none
      default: .none
      }
    })

  private static let options =
    [
      OptionDescription("bits", .choice(["8", "4", "3", "2"]), default: .integer(4), "width of the integers"),
      OptionDescription(
        "levels", .choice(["integers", "binary", "ternary"]), default: .text("integers"),
        "what a weight may become: an integer of so many bits, ±a, or −a, 0, a"),
      OptionDescription(
        "granularity", .choice(["tensor", "channel", "block"]),
        "what shares a scale: a weight tensor, an output channel, or a block within one; block, for binary and ternary "
          + "channel"),
      OptionDescription(
        "block", .integer(2...65536), default: .integer(32),
        "weights of a block; MatMulNBits takes 16, 32, 64, 128 and 256"),
      OptionDescription(
        "symmetry", .choice(["symmetric", "asymmetric"]), default: .text("symmetric"),
        "whether zero is the middle code or each group has a zero point"),
      OptionDescription(
        "scale", .choice(["float", "power-of-two"]), default: .text("float"), "what numbers a scale may be"),
      OptionDescription(
        "range", .choice(["max", "mse"]),
        "whether a group's range holds every weight or makes the least squared error; max at 8 bits, and at 4 bits for matrix "
          + "products that are rounded plainly, else mse"),
      OptionDescription(
        "algorithm", .choice(["auto", "round", "gptq"]), default: .text("auto"),
        "nearest integer, or such that errors cancel on calibration data; auto: gptq below 8 bits where there are "
          + "calibration data"),
      OptionDescription(
        "act-order", .bool, default: .bool(false), "gptq: rounds the columns of the largest inputs first"),
      OptionDescription(
        "compute", .choice(["auto", "float", "int8"]), default: .text("auto"),
        "whether MatMulNBits may round activations to 8 bits by block, which is faster; auto: at 8 and 2 bits only, "
          + "where its float kernel unpacks the matrix anew for every inference"),
      OptionDescription("convolutions", .bool, default: .bool(true), "whether convolutions are quantized too"),
    ] + NameFilter.options

  private enum Granularity { case tensor, channel, block }
  private enum Compute { case float, int8 }
  private enum Algorithm: String { case auto, round, gptq }

  private let levels: WeightLevels
  private let granularity: Granularity
  private let block: Int
  private let search: GridSearch
  /// Whether `range` was left to Assay.
  private let choosesRange: Bool
  private let algorithm: Algorithm
  private let ordersByActivation: Bool
  private let compute: Compute
  private let takesConvolutions: Bool
  private let filter: NameFilter

  public init(_ options: StepOptions) throws(MethodError) {
    let bits = options.text("bits").flatMap { Int($0) } ?? 4
    switch options.text("levels") {
    case "binary": levels = .binary
    case "ternary": levels = .ternary
    default: levels = .integers(bits: bits)
    }
    if levels == .binary || levels == .ternary {
      try Self.refuse(
        ["bits", "symmetry", "scale", "range", "algorithm", "act-order", "compute"], in: options,
        "has no meaning with levels: \(levels.text)")
    }
    switch options.text("granularity") {
    case "tensor": granularity = .tensor
    case "channel": granularity = .channel
    case "block": granularity = .block
    default: granularity = levels == .integers(bits: bits) || options.isGiven("block") ? .block : .channel
    }
    if granularity != .block { try Self.refuse(["block"], in: options, "needs granularity: block") }
    block = options.integer("block") ?? 32
    algorithm = options.text("algorithm").flatMap(Algorithm.init(rawValue:)) ?? .auto
    if algorithm != .gptq { try Self.refuse(["act-order"], in: options, "needs algorithm: gptq") }
    ordersByActivation = options.bool("act-order") ?? false
    search = GridSearch(
      bits: bits, isSymmetric: options.text("symmetry") != "asymmetric",
      isPowerOfTwo: options.text("scale") == "power-of-two",
      minimizesError: options.text("range").map { $0 == "mse" } ?? (bits < 8))
    choosesRange = !options.isGiven("range")
    switch options.text("compute") {
    case "float": compute = .float
    case "int8": compute = .int8
    default: compute = bits == 4 ? .float : .int8
    }
    takesConvolutions = options.bool("convolutions") ?? true
    filter = NameFilter(options)
  }

  private static func refuse(
    _ names: [String], in options: StepOptions, _ reason: String
  ) throws(MethodError) {
    if let name = names.first(where: options.isGiven) {
      throw MethodError(.badOption, "'quantize-weights': \(name) \(reason)", remedy: "leave out \(name)")
    }
  }

  public func apply(to model: Model, in context: MethodContext) throws(MethodError) -> Rewrite {
    try model.graph.checkOperands()
    if algorithm == .gptq, context.calibration == nil {
      throw MethodError(
        .calibration, "algorithm: gptq needs calibration data, and there are none",
        remedy: "name some under data: calibration:, or write algorithm: round")
    }
    var report = StepReport(step: "quantize-weights")
    // Upgrading may rewrite nodes, so it comes before nodes are chosen.
    let source = try model.requiring(opset: 13, for: "unpacking weights at load", &report)
    let choice = try WeightOnlyTargets(source.graph, filter, takesConvolutions: takesConvolutions)
    report.skips = choice.skips
    guard !choice.targets.isEmpty || !choice.skips.isEmpty else {
      throw MethodError(.model, "the model has no convolution or matrix product to quantize")
    }
    let targets = choice.targets.filter { target in
      guard let reason = reasonAgainst(target) else { return true }
      for use in target.uses { report.skipped(use.node.label, reason) }
      return false
    }
    guard !targets.isEmpty else {
      report.notes = ["nothing could be quantized; the reasons stand at the nodes"]
      return Rewrite(model: model, report: report)
    }
    var work = WeightOnlyWork(writer: WeightOnlyWriter(source.graph), report: report)
    let shapes = inferShapes(of: source)
    let usesCorrelation = self.usesCorrelation(context)
    for pass in usesCorrelation ? CorrelationCollection.passes(over: targets) : [targets.indices] {
      let members = Array(targets[pass])
      let found =
        try usesCorrelation
        ? context.calibration.map { calibration throws(MethodError) in
          try CorrelationCollection(members, in: source, from: calibration)
        } : nil
      for (place, target) in members.enumerated() {
        quantize(target, found?.correlations[place], found?.reasons[place], shapes, &work)
      }
    }
    if usesCorrelation, let rows = context.calibration?.rowCount {
      work.report.notes.append("GPTQ on \(rows) rows, damping 1 % of the mean diagonal")
    }
    return finish(source, work)
  }

  /// Why a weight had better stay float.
  private func reasonAgainst(_ target: WeightOnlyTarget) -> String? {
    let layout = layout(of: target, block: block)
    let bits = layout.count * levels.width + layout.groupCount * (search.isSymmetric ? 32 : 64)
    if bits >= layout.count * 32 {
      return "too few elements: the scales of '\(target.name)' would take more than its \(layout.count) weights"
    }
    guard levels == .binary else { return nil }
    let zeros = target.tensor.zeroCount
    if zeros * 10 > target.tensor.count {
      return
        "\(zeros) of the \(target.tensor.count) weights of '\(target.name)' are zero, and binary weights have no zero: "
        + "the pruning would be undone"
    }
    return nil
  }

  /// Whether errors of a weight shall cancel on calibration data.
  ///
  /// Left to Assay, those of few bits: plain rounding to 4 bits costs convolutions whole points of accuracy.
  private func usesCorrelation(_ context: MethodContext) -> Bool {
    switch algorithm {
    case .gptq: return true
    case .round: return false
    case .auto:
      guard case .integers(let bits) = levels else { return false }
      return bits < 8 && context.calibration != nil
    }
  }

  /// How the grids of a weight are chosen.
  ///
  /// With 4 bits and plain rounding, products keep more of their answers when no weight is clipped, convolutions when the
  /// squared error is least (docs/methods/weight-only.md has the figures).
  private func search(for target: WeightOnlyTarget, isPlain: Bool) -> GridSearch {
    var search = search
    if choosesRange, search.bits == 4, !target.isConvolution, isPlain { search.minimizesError = false }
    return search
  }

  private func layout(of target: WeightOnlyTarget, block: Int) -> GroupLayout {
    let shape = target.tensor.shape
    let rows = target.isTransposed ? shape[1] : shape[0]
    let columns = target.tensor.count / rows
    switch granularity {
    case .tensor: return GroupLayout(rows: rows, columns: columns, isSingle: true)
    case .channel: return GroupLayout(rows: rows, columns: columns)
    case .block: return GroupLayout(rows: rows, columns: columns, block: block)
    }
  }

  /// The block of `MatMulNBits` for a weight, or why it is unpacked instead.
  private func blockProduct(
    _ target: WeightOnlyTarget, _ shapes: InferredShapes, _ graph: Graph
  ) -> (block: Int?, reason: String) {
    guard !target.isConvolution else { return (nil, "a convolution") }
    guard case .integers(let bits) = levels, BlockProduct.widths.contains(bits), granularity == .block else {
      return (nil, "MatMulNBits has blocks of 2, 4 and 8 bits only")
    }
    if compute == .float, bits != 4 { return (nil, "the float kernel of MatMulNBits is slow at \(bits) bits") }
    let layout = layout(of: target, block: block)
    let chosen = BlockProduct.block(block, columns: layout.columns)
    guard BlockProduct.blocks.contains(chosen) else { return (nil, "MatMulNBits does not have blocks of \(block)") }
    if bits == 2, chosen == 16 { return (nil, "MatMulNBits is slow at 2 bits with blocks of 16") }
    for use in target.uses {
      if let obstacle = BlockProduct.obstacle(use, columns: layout.columns, rows: layout.rows, graph, shapes) {
        return (nil, "no MatMulNBits: \(obstacle)")
      }
    }
    return (chosen, "")
  }

  private func quantize(
    _ target: WeightOnlyTarget, _ correlations: [InputCorrelation]??, _ reason: String??, _ shapes: InferredShapes,
    _ work: inout WeightOnlyWork
  ) {
    let (product, obstacle) = blockProduct(target, shapes, work.writer.graph)
    let layout = layout(of: target, block: product ?? block)
    let matrix = target.matrix()
    let zeros = matrix.zeroCount
    let search = self.search(for: target, isPlain: (correlations ?? nil) == nil)
    var weight = WeightRounding(levels: levels, search: search).quantized(matrix, layout)
    var remarks: [String] = []
    if let correlations = correlations ?? nil {
      let rounding = SecondOrderRounding(search: search, ordersByActivation: ordersByActivation)
      if let share = rounding.quantize(&weight, matrix, correlations) {
        remarks.append("squared error on calibration data \(percent(share)) of plain rounding's")
      } else {
        remarks.append("plain rounding: the inputs of calibration are too alike for GPTQ")
      }
    } else if let reason = reason ?? nil {
      remarks.append(reason)
    }
    let form = weight.form(
      isPowerOfTwo: search.isPowerOfTwo, shape: target.tensor.shape, isTransposed: target.isTransposed)
    let before = work.writer.stored_B
    if let product {
      work.writer.writeBlockProducts(
        target, weight, form: form, block: product, roundsActivations: compute == .int8)
      work.productCount += target.uses.count
    } else {
      work.writer.writeUnpacked(target, weight, form: form)
      work.unpackedCount += 1
    }
    work.float_B += target.tensor.bytes.count
    work.names.append(target.name)
    if zeros * 5 > matrix.count, levels != .binary { remarks.append("all \(zeros) zeros stay zero") }
    let how =
      product.map { "MatMulNBits with blocks of \($0)" } ?? "unpacked at load (\(obstacle)), run in float"
    let size = work.writer.stored_B - before
    for use in target.uses {
      work.report.changed(
        use.node.label,
        ([
          "'\(target.name)' \(levels.text)\(weight.zeros == nil ? "" : " with zero points") \(scope(layout)): \(how); "
            + "\(target.tensor.bytes.count) → \(size) bytes"
        ] + remarks).joined(separator: "; "))
    }
  }

  private func scope(_ layout: GroupLayout) -> String {
    switch granularity {
    case .tensor: "by tensor"
    case .channel: "by channel"
    case .block: "by blocks of \(layout.block)"
    }
  }

  private func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }

  private func finish(_ source: Model, _ work: WeightOnlyWork) -> Rewrite {
    var (model, report) = (source, work.report)
    model.graph = work.writer.finished()
    if work.productCount > 0 {
      model.opsets["com.microsoft"] = model.opsets["com.microsoft"] ?? 1
      report.notes.append(
        compute == .float
          ? "MatMulNBits multiplies in float, about as fast as the float product; compute: int8 is faster and rounds "
            + "activations"
          : "MatMulNBits rounds activations to 8 bits by block (accuracy_level 4), so that results differ a little between "
            + "engines; compute: float avoids it")
    }
    if work.unpackedCount > 0 {
      report.notes.append(
        "\(work.unpackedCount) weights are unpacked when the model is loaded: the file is small, the run is float and as "
          + "fast and large in memory as before")
    }
    if levels == .binary || levels == .ternary {
      report.notes.append("\(levels.text) weights without training cost much accuracy")
    }
    report.notes.append("weights took \(work.float_B) bytes and take \(work.writer.stored_B), scales included")
    let remaining = Set(model.graph.initializers.map(\.name))
    for change in Set(work.names).intersection(remaining).sorted() {
      report.notes.append("'\(change)' is used elsewhere too and stays in the file as float")
    }
    return Rewrite(model: model, report: report, forms: work.writer.forms)
  }
}

/// What is written so far.
private struct WeightOnlyWork {
  var writer: WeightOnlyWriter
  var report: StepReport
  var productCount = 0
  var unpackedCount = 0
  var float_B = 0
  var names: [String] = []
}

extension SecondOrderRounding {
  /// Improves a plainly rounded weight, each group of a convolution by its own inputs.
  ///
  /// - Returns: The remaining share of the squared error of the answers; nil when a correlation cannot be inverted.
  fileprivate func quantize(
    _ weight: inout QuantizedWeight, _ matrix: Tensor, _ correlations: [InputCorrelation]
  ) -> Double? {
    let layout = weight.layout
    let rows = layout.rows / correlations.count
    var (before, after) = (0.0, 0.0)
    for (group, correlation) in correlations.enumerated() {
      let range = (group * rows)..<((group + 1) * rows)
      guard let part = matrix.rows(range),
        let result = quantized(part, plain: weight.rows(range), correlation)
      else { return nil }
      weight.replaceRows(range, by: result.weight)
      before += result.plainError
      after += result.error
    }
    return before > 0 ? after / before : 1
  }
}
