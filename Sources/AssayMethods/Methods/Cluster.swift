public import AssayCore
public import AssayONNX

/// Lets the weights of a layer share few values.
public struct Cluster: Method {
  public static let description = MethodDescription(
    name: "cluster",
    summary:
      "lets the weights of each layer share a few values, found by k-means: a weight is stored as the number of its value. "
      + "Zeros of a pruned weight stay zero and are no value. The packed file shrinks; engines compute with dense weights",
    source:
      "least Σ(w−c)² by Lloyd's algorithm from linear, density or random values on; n weights take n·log₂(k) bits "
      + "and k floats. Han, Mao, Dally: Deep Compression, ICLR 2016, section 3",
    options: [
      OptionDescription(
        "count", .integer(2...CodebookForm.mostValues),
        "values of a layer at most; unless said 256 for convolutions and 32 for other layers, as in the paper"),
      OptionDescription(
        "bits", .integer(1...12), "bits of a weight's number: 2^bits values at most, in place of count"),
      OptionDescription(
        "start", .choice(CodebookSearch.Start.allCases.map(\.rawValue)), default: .text("linear"),
        "where the values begin: evenly spaced, evenly spaced in rank, or weights chosen by chance"),
      OptionDescription("convolutions", .bool, default: .bool(true), "whether convolutions share values too"),
    ] + NameFilter.options)

  /// nil for the numbers of the paper.
  private let count: Int?
  private let start: CodebookSearch.Start
  private let takesConvolutions: Bool
  private let filter: NameFilter

  public init(_ options: StepOptions) throws(MethodError) {
    guard !options.isGiven("count") || !options.isGiven("bits") else {
      throw MethodError(.badOption, "'cluster': count and bits say the same", remedy: "leave out one of them")
    }
    count = options.integer("count") ?? options.integer("bits").map { 1 << $0 }
    start = options.text("start").flatMap(CodebookSearch.Start.init(rawValue:)) ?? .linear
    takesConvolutions = options.bool("convolutions") ?? true
    filter = NameFilter(options)
  }

  public func apply(to model: Model, in context: MethodContext) throws(MethodError) -> Rewrite {
    try model.graph.checkOperands()
    var rewrite = Rewrite(model: model, report: StepReport(step: "cluster"))
    let chosen = try chosenWeights(model, &rewrite.report)
    for weight in chosen where weight.tensor.firstNotFinite() != nil {
      throw notFinite(weight: weight.name, weight.tensor)
    }
    let found = clustered(chosen, context)
    var (before_B, after_B) = (0, 0)
    for (weight, result) in zip(chosen, found) {
      let stored_B = result.form.encodedByteCount
      guard stored_B < weight.tensor.bytes.count else {
        rewrite.report.skipped(
          weight.node.label,
          "too few weights: '\(weight.name)' takes \(weight.tensor.bytes.count) bytes, and \(stored_B) with shared values"
        )
        continue
      }
      rewrite.model.graph.setInitializer(weight.name, result.form.dense())
      rewrite.forms[weight.name] = result.form
      if result.form.keepsZeros { rewrite.masks.insert(weight.name) }
      rewrite.report.changed(weight.node.label, text(weight, result, stored_B: stored_B))
      (before_B, after_B) = (before_B + weight.tensor.bytes.count, after_B + stored_B)
    }
    guard !rewrite.forms.isEmpty else { return rewrite }
    rewrite.report.notes += [
      "k-means for each weight from a \(start.rawValue) start; weights took \(before_B) bytes and take \(after_B) in their "
        + "form, values and numbers included",
      "engines have no kernel for shared values and compute with dense weights: the runnable file is as large and as fast "
        + "as before, the packed one is smaller",
    ]
    return rewrite
  }

  private func chosenWeights(_ model: Model, _ report: inout StepReport) throws(MethodError) -> [Weight] {
    let (weights, skipped) = model.graph.weights()
    guard !weights.isEmpty || !skipped.isEmpty else {
      throw MethodError(.model, "the model has no convolution, matrix product or recurrent node to cluster")
    }
    try filter.check(against: weights.flatMap { [$0.name, $0.node.label] } + skipped.map(\.node))
    report.skips = skipped
    return weights.filter { weight in
      if let reason = filter.reasonAgainst([weight.name, weight.node.label]) {
        report.skipped(weight.node.label, "'\(weight.name)' is \(reason)")
      } else if weight.isOfConvolution, !takesConvolutions {
        report.skipped(weight.node.label, "left out, as asked for (convolutions: false)")
      } else if weight.tensor.count == 0 {
        report.skipped(weight.node.label, "'\(weight.name)' is empty")
      } else {
        return true
      }
      return false
    }
  }

  /// A weight's form, how it was found, and what is lost.
  private struct Result {
    var form: CodebookForm
    var rounds: Int
    /// Σ(w−ŵ)² / Σw².
    var lostShare: Double
  }

  private func clustered(_ weights: [Weight], _ context: MethodContext) -> [Result] {
    weights.enumerated().map { number, weight in
      let keepsZeros = Self.isMask(weight, context.forms)
      let sorted = SortedWeights(weight.tensor, skipsZeros: keepsZeros)
      var generator = SeededGenerator(seed: context.seed, stream: UInt64(number))
      let search = CodebookSearch(start: start, seed: generator.next())
      let found = search.values(of: sorted, count: count ?? (weight.isOfConvolution ? 256 : 32))
      // A weight of zeros alone has a value that nothing uses.
      let values = found.values.isEmpty ? [0] : found.values
      let (numbers, error) = CodebookSearch.nearest(weight.tensor, values, keepsZeros: keepsZeros)
      return Result(
        form: CodebookForm(values: values, numbers: numbers, shape: weight.tensor.shape), rounds: found.rounds,
        lostShare: error / max(weight.tensor.sumOfSquares(), .leastNormalMagnitude))
    }
  }

  /// Whether the zeros of a weight are a mask: known from the step that made it, or, in a model pruned elsewhere, by
  /// their number.
  private static func isMask(_ weight: Weight, _ forms: WeightForms) -> Bool {
    forms.isMasked(weight.name) || 10 * weight.tensor.zeroCount >= weight.tensor.count
  }

  private func text(_ weight: Weight, _ result: Result, stored_B: Int) -> String {
    let form = result.form
    var text = "'\(weight.name)': \(form.values.count) values for \(weight.tensor.count - form.zeroCount) weights"
    text += result.rounds == 0 ? ", as many as there were" : " after \(result.rounds) rounds"
    if form.keepsZeros { text += "; \(form.zeroCount) zeros stay zero" }
    let lost = Float((result.lostShare * 100_000).rounded() / 1000)
    return text + "; \(weight.tensor.bytes.count) → \(stored_B) bytes, \(lost) % of the squared weights lost"
  }
}

extension Weight {
  /// Whether the node that uses it first is a convolution.
  fileprivate var isOfConvolution: Bool { node.isONNX("Conv") || node.isONNX("ConvTranspose") }
}
