public import AssayCore
public import AssayONNX

/// Stores weights and computes in 16-bit floats, behind an interface of 32-bit floats.
public struct ConvertToFloat16: Method {
  public static let description = MethodDescription(
    name: "float16",
    summary: "stores weights and computes activations in IEEE half precision; halves the file, and speeds up only "
      + "where the engine has half-precision kernels",
    source: "IEEE 754 binary16, round to nearest, ties to even; magnitudes above 65,504 are clamped to it; below 2⁻²⁵ "
      + "they become zero",
    options: [
      OptionDescription(
        "keep-io", .bool, default: .bool(true), "whether the model's inputs and outputs stay 32-bit floats"),
      OptionDescription(
        "keep-float", .names,
        "operators, or nodes by name, that stay 32-bit besides those that must (Resize and "
          + "the like)"),
    ])

  private let keepsInterface: Bool
  private let keptNames: [String]

  public init(_ options: StepOptions) throws(MethodError) {
    keepsInterface = options.bool("keep-io") ?? true
    keptNames = options.names("keep-float") ?? []
  }

  public func apply(to model: Model, in context: MethodContext) throws(MethodError) -> Rewrite {
    try model.graph.checkOperands()
    var report = StepReport(step: "float16")
    for pattern in keptNames
    where !model.graph.nodes.contains(where: { matches($0.opType, pattern) || matches($0.name, pattern) }) {
      let names = model.graph.nodes.flatMap { [$0.opType, $0.name] }
      throw MethodError(
        .badOption, "'float16': '\(pattern)' matches no operator or node",
        remedy: nearestName(to: pattern, among: names).map { "did you mean '\($0)'?" })
    }
    if let node = model.graph.nodes.first(where: { !$0.subgraphs.isEmpty }) {
      throw MethodError(
        .model, "float16 cannot yet convert models with subgraphs", at: Place(node: node.label),
        remedy: "leave this model in float, or quantize it")
    }
    guard !model.opsets.isEmpty, model.opset >= 7 else {
      throw MethodError(
        .model, "opset \(model.opset) is too old for float16", remedy: "convert the model to opset 7 or later")
    }
    var writer = HalfPrecisionWriter(model, keepsInterface: keepsInterface)
    let keptNames = keptNames
    let graph = try writer.write(
      keepsFloat: { node in keptNames.contains { matches(node.opType, $0) || matches(node.name, $0) } }, &report)
    guard writer.convertedCount > 0 else {
      report.notes.append("no node of the model computes with 32-bit floats that could be 16-bit")
      return Rewrite(model: model, report: report)
    }
    report.notes.append(
      "CPU engines mostly compute float16 nodes in float32 and convert around them: expect half the file, not more speed"
    )
    var result = model
    result.graph = graph
    return Rewrite(model: result, report: report, forms: writer.forms)
  }
}
