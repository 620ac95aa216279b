public import AssayCore
public import AssayONNX

/// Sets weights to zero, those that matter least first.
public struct Prune: Method {
  public static let description = MethodDescription(
    name: "prune",
    summary:
      "sets the given share of the weights to zero: single ones, all but N of each M, or whole blocks; shapes stay, "
      + "so the file shrinks and runs faster only where something exploits zeros",
    source: UnstructuredPruning.source,
    options: UnstructuredPruning.options + NameFilter.options,
    calibration: UnstructuredPruning.calibrationUse)

  private let unstructured: UnstructuredPruning

  public init(_ options: StepOptions) throws(MethodError) { unstructured = try UnstructuredPruning(options) }

  public func apply(to model: Model, in context: MethodContext) throws(MethodError) -> Rewrite {
    try unstructured.apply(to: model, in: context)
  }
}
