public import AssayCore
public import AssayONNX

/// Whether multiplying with integers can be faster than with floats on a processor, told from the graph alone.
///
/// An estimate in vector instructions of 256 bits for one row of input, with M multiply-accumulates and E elements read
/// and made: float M/8 (a fused multiply-add takes 8), uint8 × int8 M/32 with a dot product instruction, 3·M/32 without
/// (AVX2 multiplies pairs into 16 bits, adds pairs into 32, and adds), each with E more for quantizing. Large operators
/// are thus at most 4 times as fast, without dot products at most 1.33 times; operators with few products for each
/// element, such as depthwise convolutions, are slower with integers. Memory traffic and the engine's own overhead for
/// each node are not in it.
struct IntegerGain {
  /// What is known of one operator.
  struct Entry: Equatable {
    var position: Int
    var label: String
    var opType: String
    /// Instructions with floats and with integers.
    var float: Double
    var integer: Double

    var pays: Bool { integer < float }
  }

  let hasDotProduct: Bool
  /// Operators whose shapes are known, in the order of the targets.
  private(set) var entries: [Entry] = []

  init(_ model: Model, _ targets: [QuantizationTarget], cpu: CPUFeatures) {
    hasDotProduct = cpu.hasInt8DotProduct
    let shapes = inferShapes(of: model)
    for target in targets {
      let node = model.graph.nodes[target.position]
      guard let weight = model.graph.constant(target.weight), let output = node.output(0),
        let read = Self.elements(shapes[target.input].shape), let made = Self.elements(shapes[output].shape)
      else { continue }
      let macs = Double(made) * Double(weight.count) / Double(max(weight.shape[target.channelAxis], 1))
      let elements = Double(read) + Double(made)
      entries.append(
        Entry(
          position: target.position, label: node.label, opType: node.opType, float: macs / 8,
          integer: macs * (hasDotProduct ? 1 : 3) / 32 + elements))
    }
  }

  /// Elements of one row; nil where an extent other than the first is open.
  private static func elements(_ shape: [Dimension]?) -> Int? {
    guard let shape, !shape.isEmpty else { return nil }
    var product = 1
    for dimension in shape.dropFirst() {
      guard let extent = dimension.value else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      guard !overflow else { return nil }
      product = next
    }
    return product
  }

  /// Instructions with integers where float has 1, over all operators that are known; nil when none is.
  var ratio: Double? {
    let float = entries.reduce(0) { $0 + $1.float }
    return float > 0 ? entries.reduce(0) { $0 + $1.integer } / float : nil
  }

  /// What to tell before anything is tried.
  func notes(isDynamic: Bool, isPerChannel: Bool, hasSignedActivations: Bool) -> [String] {
    var notes: [String] = []
    if let ratio {
      let machine =
        hasDotProduct
        ? "with int8 dot products" : "without int8 dot products, where 32 products take 3 instructions instead of 1"
      let text = "estimate for this CPU, \(machine): "
      notes.append(
        ratio >= 1
          ? StepReport.warning + text
            + "int8 will not pay: about \(Self.text(ratio)) times the instructions of float; keep float, or only the small file"
          : text + "about \(Self.text(ratio)) of float's instructions")
    }
    let slow = entries.filter { !$0.pays }
    if !slow.isEmpty {
      let kinds = Dictionary(slow.map { ($0.opType, 1) }, uniquingKeysWith: +).sorted { $0.key < $1.key }
      let text = kinds.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
      let names = slow.prefix(4).map { "'\($0.label)'" }.joined(separator: ", ") + (slow.count > 4 ? " ..." : "")
      notes.append(
        StepReport.warning
          + "int8 will not pay for \(text), with few products for each element quantized: \(names); only-gains: true leaves "
          + "them float")
    }
    if hasSignedActivations, !hasDotProduct {
      notes.append(
        StepReport.warning
          + "int8 will not pay with int8 activations on residual networks here: measured 1.3 to 1.7 times float's time")
    }
    if isDynamic, entries.contains(where: { $0.opType == "Conv" }) {
      notes.append(
        StepReport.warning + "int8 will not pay for convolutions in dynamic mode: measured 6 to 11 times float's time")
    }
    if isPerChannel, !isDynamic, entries.contains(where: { $0.opType != "Conv" }) {
      notes.append(
        "ONNX Runtime multiplies matrices with scales by channel slower than with one scale; granularity: tensor is faster "
          + "for Gemm and MatMul")
    }
    return notes
  }

  private static func text(_ ratio: Double) -> String { "\((ratio * 100).rounded() / 100)" }
}

/// What integers of 8 bits would bring on a processor, in words, told from the graph before anything is tried.
///
/// - Returns: The estimate for the whole model and a warning for operators that would be slower; nothing where the model
///   has no weights that `quantize` would take, or weights that are no numbers.
public func integerEstimate(of model: Model, cpu: CPUFeatures) -> [String] {
  guard (try? model.graph.checkOperands()) != nil, let options = try? StepOptions(Step(method: "quantize"), []),
    let targets = try? QuantizationTargets(model.graph, NameFilter(options), skipsConvolutions: nil).targets
  else { return [] }
  return IntegerGain(model, targets, cpu: cpu).notes(
    isDynamic: false, isPerChannel: false, hasSignedActivations: false)
}
