public import AssayCore
public import AssayONNX

/// Gives the channels between two layers weights of equal range, which quantize better; the function stays the same.
public struct Equalize: Method {
  public static let description = MethodDescription(
    name: "equalize",
    summary:
      "scales the output channels of a layer and, inversely, the inputs of the next one such that both have the same "
      + "largest weight for each channel; what the model computes stays the same up to rounding. Worth it before "
      + "quantize with granularity: tensor",
    source: "s_i = √(r1_i·r2_i)/r2_i with r the largest |w| of channel i in the first and second layer; W1_i/s_i, "
      + "b1_i/s_i, s_i·W2_i; over all pairs in turn until no s is farther than 0.1 % from 1 (Nagel et al.: Data-Free "
      + "Quantization Through Weight Equalization and Bias Correction, ICCV 2019, section 4.1). Between the layers may lie "
      + "what is positively homogeneous: Relu, LeakyRelu, PRelu, pooling, Flatten; not Clip (Relu6). High biases are not "
      + "absorbed",
    options: [
      OptionDescription(
        "iterations", .integer(1...1000), default: .integer(50), "most times that all pairs are visited")
    ] + NameFilter.options)

  private let iterations: Int
  private let filter: NameFilter

  public init(_ options: StepOptions) throws(MethodError) {
    iterations = options.integer("iterations") ?? 50
    filter = NameFilter(options)
  }

  /// Two layers and the factors that were moved between them.
  private struct Pair {
    var source: ChannelSource
    var use: ChannelUse
    /// Largest of max(s, 1/s) over the channels and all visits.
    var total: [Float]
    /// Largest ratio between the ranges of two channels of the second layer, before.
    var before: Float
  }

  public func apply(to model: Model, in context: MethodContext) throws(MethodError) -> Rewrite {
    try model.graph.checkOperands()
    try checkFinite(model.graph)
    var report = StepReport(step: "equalize")
    let walk = ChannelWalk(model, takesNormalizations: false)
    var scaling = ConstantScaling(model.graph)
    var pairs = try findPairs(model.graph, walk, scaling, &report)
    guard !pairs.isEmpty else {
      report.notes.append("no two layers follow each other with nothing but homogeneous operators between them")
      return Rewrite(model: model, report: report)
    }
    var (visits, farthest) = (0, Float.infinity)
    while visits < iterations, farthest > 1.001 {
      farthest = 1
      for index in pairs.indices {
        let factors = Self.factors(scaling, pairs[index])
        guard factors.contains(where: { $0 != 1 }) else { continue }
        scaling.divide(pairs[index].source, by: factors)
        scaling.multiply(pairs[index].use, pairs[index].source, by: factors)
        for channel in factors.indices {
          pairs[index].total[channel] *= factors[channel]
          farthest = max(farthest, factors[channel], 1 / factors[channel])
        }
      }
      visits += 1
    }
    var result = model
    result.graph = scaling.graph
    for pair in pairs { describe(pair, model.graph, &report) }
    report.notes.append(
      farthest > 1.001
        ? "stopped after \(visits) visits of all pairs; the last still moved a factor of \(farthest)"
        : "even after \(visits) visits of all pairs")
    return Rewrite(model: result, report: report)
  }

  private func findPairs(
    _ graph: Graph, _ walk: ChannelWalk, _ scaling: ConstantScaling, _ report: inout StepReport
  ) throws(MethodError) -> [Pair] {
    var (pairs, candidates) = ([Pair](), [String]())
    let origins = WeightOrigins(graph)
    for node in graph.nodes where WeightOrigins.isInteger(node) {
      candidates.append(node.label)
      report.skipped(node.label, "already quantized (\(node.opType))")
    }
    for (position, node) in graph.nodes.enumerated()
    where node.domain.isEmpty && ["Conv", "Gemm", "MatMul"].contains(node.opType) {
      candidates.append(node.label)
      let obstacle =
        node.input(1).flatMap { graph.floatConstant($0) == nil ? origins.reason(against: $0) : nil }
      if let reason = filter.reasonAgainst([node.label]) ?? obstacle {
        report.skipped(node.label, reason)
        continue
      }
      do {
        let use = try walk.use(at: position)
        let source = try walk.source(for: [use])
        if let reason = filter.reasonAgainst([graph.nodes[source.node].label]) {
          report.skipped(node.label, "'\(graph.nodes[source.node].label)' before it is \(reason)")
          continue
        }
        let ranges = scaling.largest(of: use, source).filter { $0 > 0 }
        pairs.append(
          Pair(
            source: source, use: use, total: [Float](repeating: 1, count: source.channels),
            before: (ranges.max() ?? 1) / (ranges.min() ?? 1)))
      } catch {
        report.skipped(node.label, "not equalized with a layer before it: \(error.text)")
      }
    }
    try filter.check(against: candidates)
    return pairs
  }

  /// s for each channel; 1 where one of the layers has only zeros, and where a number would leave the floats.
  private static func factors(_ scaling: ConstantScaling, _ pair: Pair) -> [Float] {
    guard let first = scaling.weight(of: pair.source.node),
      let axis = pair.source.constants.first(where: { $0.node == pair.source.node && $0.input == 1 })?.axis
    else { return [] }
    let firsts = first.largestMagnitudes(along: axis)
    let seconds = scaling.largest(of: pair.use, pair.source)
    return zip(zip(firsts, seconds), pair.total).map { ranges, total in
      let (one, two) = ranges
      guard one > 1e-20, two > 1e-20 else { return 1 }
      let factor = (one / two).squareRoot()
      // Far from 1 a bias would grow or vanish beyond what float holds exactly.
      return (1e-6...1e6).contains(factor * total) ? factor : 1
    }
  }

  private func describe(_ pair: Pair, _ graph: Graph, _ report: inout StepReport) {
    let (first, second) = (graph.nodes[pair.source.node].label, graph.nodes[pair.use.node].label)
    let (least, largest) = (pair.total.min() ?? 1, pair.total.max() ?? 1)
    guard least != 1 || largest != 1 else {
      report.skipped(second, "even with '\(first)' already")
      return
    }
    report.changed(
      second,
      "equalized with '\(first)': \(pair.total.count) channels divided by \(least) to \(largest); the ranges of its inputs "
        + "differed up to \(pair.before) times")
  }

  private func checkFinite(_ graph: Graph) throws(MethodError) {
    for weight in graph.weights().found {
      let isFinite = weight.tensor.withElements(Float.self) { values in
        var extremes = Extremes()
        return extremes.add(values)
      }
      guard isFinite else { throw notFinite(weight: weight.name, weight.tensor) }
    }
  }
}
