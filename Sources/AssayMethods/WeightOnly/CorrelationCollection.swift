import AssayCore
import AssayONNX

/// Finds how the inputs of weights are correlated on calibration data.
struct CorrelationCollection {
  /// For each weight the correlation of each group's inputs; nil where it cannot be had, with the reason.
  private(set) var correlations: [[InputCorrelation]?]
  private(set) var reasons: [String?]

  /// Doubles that the correlations of one pass over the data may take: a quarter of a gigabyte.
  private static let budget = 32 << 20

  /// Splits targets into runs whose correlations fit into memory together.
  static func passes(over targets: [WeightOnlyTarget]) -> [Range<Int>] {
    var (passes, start, sum) = ([Range<Int>](), 0, 0)
    for (index, target) in targets.enumerated() {
      let columns = min(Self.columns(of: target), InputCorrelation.largestSize)
      let needed = columns * columns * target.groups
      if sum > 0, sum + needed > budget {
        passes.append(start..<index)
        (start, sum) = (index, 0)
      }
      sum += needed
    }
    return start < targets.count ? passes + [start..<targets.count] : passes
  }

  private static func columns(of target: WeightOnlyTarget) -> Int {
    target.isTransposed ? target.tensor.shape[0] : target.tensor.count / target.tensor.shape[0]
  }

  /// - Throws: `calibration` when there are no rows or they do not fit, `notFinite` naming a value.
  init(_ targets: [WeightOnlyTarget], in model: Model, from source: any ActivationSource) throws(MethodError) {
    correlations = []
    reasons = []
    for target in targets {
      let columns = Self.columns(of: target)
      let reason = Self.obstacle(target, columns)
      reasons.append(reason)
      correlations.append(
        reason == nil ? (0..<target.groups).map { _ in InputCorrelation(size: columns) } : nil)
    }
    let uses = targets.indices.filter { reasons[$0] == nil }.flatMap { place in
      targets[place].uses.map { (place: place, use: $0) }
    }
    guard !uses.isEmpty else { return }
    let names = Array(Set(uses.map(\.use.input))).sorted()
    let positions = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    var found = correlations
    try source.observe(model, values: names) { batch throws(MethodError) in
      guard batch.count == names.count else {
        throw MethodError(.calibration, "\(batch.count) values were observed instead of \(names.count)")
      }
      for (name, tensor) in zip(names, batch) { try Self.check(tensor, name) }
      for (place, use) in uses {
        guard let position = positions[use.input], var sums = found[place] else { continue }
        // Moved out and back, so that the sums are not copied.
        found[place] = nil
        let fits = Self.add(batch[position], use, targets[place], to: &sums)
        found[place] = sums
        guard fits else {
          throw MethodError(
            .calibration,
            "the value of shape \(batch[position].shape) does not fit the weights '\(targets[place].name)'",
            at: Place(node: use.node.label), remedy: "check the shape of the calibration data")
        }
      }
    }
    guard found.allSatisfy({ $0?.contains { $0.sampleCount == 0 } != true }) else {
      throw MethodError(.calibration, "the calibration data have no rows", remedy: "ask for more than zero rows")
    }
    correlations = found
  }

  private static func obstacle(_ target: WeightOnlyTarget, _ columns: Int) -> String? {
    guard columns <= InputCorrelation.largestSize else {
      return "plain rounding: \(columns) inputs are too many for GPTQ (\(InputCorrelation.largestSize))"
    }
    for use in target.uses {
      if use.node.int("transA") ?? 0 != 0 { return "plain rounding: '\(use.node.label)' transposes its input" }
      if target.isConvolution, ConvolutionPatches(use.node, weight: target.tensor.shape) == nil {
        return "plain rounding: GPTQ knows convolutions over one or two axes"
      }
    }
    return nil
  }

  private static func check(_ tensor: Tensor, _ name: String) throws(MethodError) {
    guard tensor.elementType == .float else {
      throw MethodError(.calibration, "the value is \(tensor.elementType), not float", at: Place(node: name))
    }
    let isFinite = tensor.withElements(Float.self) { values in values.allSatisfy(\.isFinite) }
    guard isFinite else {
      throw MethodError(
        .notFinite, "the value is NaN or infinite on the calibration data", at: Place(node: name),
        remedy: "check the preparation of the data (scale, mean, standard deviation)")
    }
  }

  /// - Returns: Whether the value fits the weights.
  private static func add(
    _ value: Tensor, _ use: WeightOnlyTarget.Use, _ target: WeightOnlyTarget, to sums: inout [InputCorrelation]
  ) -> Bool {
    if target.isConvolution {
      return ConvolutionPatches(use.node, weight: target.tensor.shape)?.add(value, to: &sums) ?? false
    }
    guard value.shape.last == sums[0].size else { return false }
    value.withElements(Float.self) { sums[0].add($0) }
    return true
  }
}
