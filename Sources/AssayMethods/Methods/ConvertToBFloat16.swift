public import AssayCore
public import AssayONNX

/// Stores weights in bfloat16; engines compute in 32-bit floats.
public struct ConvertToBFloat16: Method {
  public static let description = MethodDescription(
    name: "bfloat16",
    summary:
      "stores the weights of matrix products, convolutions and recurrent nodes in 2 bytes with the range of a 32-bit "
      + "float; halves the file. ONNX Runtime's CPU kernels have no bfloat16: a Cast makes them floats when the model is "
      + "loaded, so the speed is that of float",
    source: "bfloat16: sign, 8 bits of exponent, 7 of fraction; round to nearest, ties to even: |w − ŵ| ≤ 2⁻⁸·|w| for "
      + "normal numbers; what would round to infinity becomes the largest finite number",
    options: NameFilter.options)

  private let filter: NameFilter

  public init(_ options: StepOptions) throws(MethodError) { filter = NameFilter(options) }

  /// `Cast` takes bfloat16 from this version on.
  private static let opset = 13

  public func apply(to model: Model, in context: MethodContext) throws(MethodError) -> Rewrite {
    try model.graph.checkOperands()
    var report = StepReport(step: "bfloat16")
    let (weights, skipped) = model.graph.weights()
    try filter.check(against: weights.flatMap { [$0.name, $0.node.label] } + skipped.map(\.node))
    report.skips = skipped
    var chosen: [Weight] = []
    let outputs = Set(model.graph.outputs.map(\.name))
    for weight in weights {
      if let reason = filter.reasonAgainst([weight.name, weight.node.label]) {
        report.skipped(weight.node.label, reason)
      } else if outputs.contains(weight.name) {
        report.skipped(weight.node.label, "its weight is an output of the model")
      } else {
        chosen.append(weight)
      }
    }
    guard !chosen.isEmpty else {
      report.notes.append("the model has no 32-bit float weights that may be stored in bfloat16")
      return Rewrite(model: model, report: report)
    }
    var result = try model.requiring(opset: Self.opset, for: "a Cast of bfloat16", &report)
    var names = NameAllocator(graph: result.graph)
    var (casts, forms) = ([Node](), [String: any WeightForm]())
    var stored: [(name: String, tensor: Tensor)] = []
    for weight in chosen {
      guard let (half, clamped) = try rounded(weight) else { continue }
      let name = names.fresh("\(weight.name)_bfloat16")
      stored.append((name, half))
      // The float value keeps the name, so that every user finds it.
      casts.append(
        Node(
          "Cast", name: names.fresh("\(weight.name)_Cast"), inputs: [name], outputs: [weight.name],
          attributes: [Attribute("to", int: Int(ElementType.float.rawValue))]))
      forms[name] = DenseForm(half)
      report.changed(
        weight.node.label,
        "\(half.count) weights as bfloat16" + (clamped > 0 ? "; \(clamped) out of range, clamped" : ""))
    }
    let replaced = Set(chosen.map(\.name))
    result.graph.removeInitializers(where: replaced.contains)
    for (name, tensor) in stored { result.graph.setInitializer(name, tensor) }
    result.graph.nodes = casts + result.graph.nodes
    report.notes.append(
      "weights are stored in 2 bytes and made floats when the model is loaded; activations and sums stay 32-bit: half the "
        + "file, the memory and speed of float")
    return Rewrite(model: result, report: report, forms: forms)
  }

  /// The weight in bfloat16, and how many values were clamped.
  private func rounded(_ weight: Weight) throws(MethodError) -> (half: Tensor, clamped: Int)? {
    // 2¹²⁷·(2 − 2⁻⁷); half a step above begins what rounds to infinity.
    let largest = Float(sign: .plus, exponent: 127, significand: 2 - 0x1p-7)
    var (clamped, isFinite) = (0, true)
    let inRange = weight.tensor.withElements(Float.self) { source in
      for value in source {
        if !value.isFinite { isFinite = false }
        if value.magnitude > largest { clamped += 1 }
      }
      guard clamped > 0 else { return weight.tensor }
      return Tensor.floats(shape: weight.tensor.shape) { target in
        for index in source.indices { target[index] = max(-largest, min(largest, source[index])) }
      }
    }
    guard isFinite else { throw notFinite(weight: weight.name, weight.tensor) }
    return inRange.converted(to: .bfloat16).map { ($0, clamped) }
  }
}
