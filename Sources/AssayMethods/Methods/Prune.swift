public import AssayCore
public import AssayONNX

/// Sets weights to zero, those that matter least first, or cuts whole units out.
public struct Prune: Method {
  public static let description = MethodDescription(
    name: "prune",
    summary:
      "sets the given share of the weights to zero: single ones, all but N of each M, or whole blocks; shapes stay, "
      + "so the file shrinks and runs faster only where something exploits zeros. With another target it cuts channels, "
      + "neurons, heads or residual blocks out, and shapes really shrink",
    source: UnstructuredPruning.source + ". Units: " + StructuredPruning.source,
    options: [
      OptionDescription(
        "target", .choice(["weight"] + StructuredPruning.targets), default: .text("weight"),
        "what goes: single weights, or units (channels and neurons), channels (filters), neurons, heads, layers (residual "
          + "blocks)")
    ] + UnstructuredPruning.options.map(shared) + StructuredPruning.options + NameFilter.options,
    calibration: { StructuredPruning.calibrationUse($0) ?? UnstructuredPruning.calibrationUse($0) },
    learns: { UnstructuredPruning.learns($0) })

  private enum Kind: Sendable {
    case weights(UnstructuredPruning)
    case units(StructuredPruning)
  }

  private let kind: Kind

  public init(_ options: StepOptions) throws(MethodError) {
    kind =
      if let structured = try StructuredPruning(options) { .units(structured) } else {
        .weights(try UnstructuredPruning(options))
      }
  }

  public func apply(to model: Model, in context: MethodContext) throws(MethodError) -> Rewrite {
    switch kind {
    case .weights(let pruning): try pruning.apply(to: model, in: context)
    case .units(let pruning): try pruning.apply(to: model, in: context)
    }
  }

  /// The options that weights and units share, described for both.
  private static func shared(_ option: OptionDescription) -> OptionDescription {
    var option = option
    switch option.name {
    case "criterion":
      let others = StructuredPruning.criteria.filter { !UnstructuredPruning.criteria.contains($0) }
      option.kind = .choice(UnstructuredPruning.criteria + others)
      option.summary += "; units: \(StructuredPruning.criteria.joined(separator: ", ")), l2 unless said"
    case "scope": option.summary += "; units: global or layer, layer unless said"
    default: break
    }
    return option
  }
}
