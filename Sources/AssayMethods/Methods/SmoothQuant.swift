public import AssayCore
public import AssayONNX
import Glibc

/// Moves the outliers of activations into weights, where quantizing copes with them; the function stays the same.
public struct SmoothQuant: Method {
  public static let description = MethodDescription(
    name: "smooth-quant",
    summary:
      "divides the inputs of matrix products by a factor for each channel and multiplies the weights by it, so that "
      + "activations with outliers quantize better; the factor goes into the layer normalization, the layer or the "
      + "constants before. What the model computes stays the same up to rounding",
    source:
      "s_j = max|X_j|^α / max|W_j|^(1−α), X_j/s_j, s_j·W_j; maxima of X over calibration data, of W over all products "
      + "that read X (Xiao et al.: SmoothQuant, ICML 2023, equations 3 and 4)",
    options: [
      OptionDescription(
        "alpha", .number(0...1), default: .number(0.5), "how much of the outliers goes into the weights")
    ] + NameFilter.options,
    calibration: { _ in .required })

  private let alpha: Double
  private let filter: NameFilter

  public init(_ options: StepOptions) throws(MethodError) {
    alpha = options.number("alpha") ?? 0.5
    filter = NameFilter(options)
  }

  /// Products that read one value, and what makes it.
  private struct Site {
    var value: String
    var source: ChannelSource
    var uses: [ChannelUse]
  }

  public func apply(to model: Model, in context: MethodContext) throws(MethodError) -> Rewrite {
    try model.graph.checkOperands()
    guard let source = context.calibration else {
      throw MethodError(
        .calibration, "'smooth-quant' needs calibration data, and there are none",
        remedy: "name some under data: calibration:")
    }
    var report = StepReport(step: "smooth-quant")
    let sites = try findSites(model, &report)
    guard !sites.isEmpty else {
      report.notes.append("no matrix product reads a value whose channels something before it could scale")
      return Rewrite(model: model, report: report)
    }
    let maxima = try largestInputs(of: sites, in: model, from: source)
    var scaling = ConstantScaling(model.graph)
    for (site, inputs) in zip(sites, maxima) { smooth(site, inputs, &scaling, model.graph, &report) }
    report.notes.append("alpha \(alpha), on \(source.rowCount) rows")
    var result = model
    result.graph = scaling.graph
    return Rewrite(model: result, report: report)
  }

  private func findSites(_ model: Model, _ report: inout StepReport) throws(MethodError) -> [Site] {
    let walk = ChannelWalk(model, takesNormalizations: true)
    var (order, products, candidates) = ([String](), [String: [Int]](), [String]())
    let origins = WeightOrigins(model.graph)
    for node in model.graph.nodes where WeightOrigins.isInteger(node) {
      candidates.append(node.label)
      report.skipped(node.label, "already quantized (\(node.opType))")
    }
    for (position, node) in model.graph.nodes.enumerated()
    where node.domain.isEmpty && ["Gemm", "MatMul"].contains(node.opType) {
      candidates.append(node.label)
      if let reason = filter.reasonAgainst([node.label]) {
        report.skipped(node.label, reason)
      } else if let weight = model.graph.floatConstant(node.input(1)), let input = node.input(0) {
        var extremes = Extremes()
        guard weight.withElements(Float.self, { extremes.add($0) }) else {
          throw notFinite(weight: node.inputs[1], weight)
        }
        if products[input] == nil { order.append(input) }
        products[input, default: []].append(position)
      } else {
        report.skipped(node.label, node.input(1).map(origins.reason) ?? "an input is left out")
      }
    }
    try filter.check(against: candidates)
    var sites: [Site] = []
    for value in order {
      let positions = products[value] ?? []
      do {
        let uses = try positions.map { position throws(ScalingObstacle) in try walk.use(at: position) }
        sites.append(Site(value: value, source: try walk.source(for: uses), uses: uses))
      } catch {
        for position in positions { report.skipped(model.graph.nodes[position].label, "not smoothed: \(error.text)") }
      }
    }
    return sites
  }

  /// max|X_j| for each channel of each site.
  private func largestInputs(
    of sites: [Site], in model: Model, from source: any ActivationSource
  ) throws(MethodError) -> [[Float]] {
    var maxima = sites.map { [Float](repeating: 0, count: $0.source.channels) }
    var rows = 0
    try source.observe(model, values: sites.map(\.value)) { batch throws(MethodError) in
      for (index, site) in sites.enumerated() where index < batch.count {
        let (value, block) = (batch[index], site.source.block)
        let width = site.source.channels * block
        guard value.elementType == .float, value.shape.last == width, width > 0 else {
          throw MethodError(
            .calibration, "the value of shape \(value.shape) has not \(width) columns", at: Place(node: site.value),
            remedy: "check the shape of the calibration data")
        }
        var extremes = Extremes()
        guard value.withElements(Float.self, { extremes.add($0) }) else {
          throw MethodError(
            .notFinite, "the value is NaN or infinite on the calibration data", at: Place(node: site.value),
            remedy: "check the preparation of the data (scale, mean, standard deviation)")
        }
        rows += value.count / width
        let columns = value.largestMagnitudes(along: value.shape.count - 1)
        for column in columns.indices {
          maxima[index][column / block] = max(maxima[index][column / block], columns[column])
        }
      }
    }
    guard rows > 0 else {
      throw MethodError(.calibration, "the calibration data have no rows", remedy: "ask for more than zero rows")
    }
    return maxima
  }

  private func smooth(
    _ site: Site, _ inputs: [Float], _ scaling: inout ConstantScaling, _ graph: Graph, _ report: inout StepReport
  ) {
    var weights = [Float](repeating: 0, count: site.source.channels)
    for use in site.uses {
      for (channel, magnitude) in scaling.largest(of: use, site.source).enumerated() {
        weights[channel] = max(weights[channel], magnitude)
      }
    }
    let factors = zip(inputs, weights).map { input, weight -> Float in
      guard input > 1e-20, weight > 1e-20 else { return 1 }
      let factor = pow(Double(input), alpha) / pow(Double(weight), 1 - alpha)
      return (1e-6...1e6).contains(factor) ? Float(factor) : 1
    }
    let labels = site.uses.map { graph.nodes[$0.node].label }
    guard factors.contains(where: { $0 != 1 }) else {
      for label in labels { report.skipped(label, "smooth already: every factor is 1") }
      return
    }
    scaling.divide(site.source, by: factors)
    for use in site.uses { scaling.multiply(use, site.source, by: factors) }
    let present = inputs.filter { $0 > 0 }
    let ratio = (present.max() ?? 1) / (present.min() ?? 1)
    for label in labels {
      report.changed(
        label,
        "input divided by \(factors.min() ?? 1) to \(factors.max() ?? 1) in '\(graph.nodes[site.source.node].label)'; its "
          + "channels differed up to \(ratio) times")
    }
  }
}
