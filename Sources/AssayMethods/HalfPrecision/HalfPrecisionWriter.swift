import AssayCore
import AssayONNX

/// Rewrites a graph so that its float values are float16, with casts where a node must stay float.
struct HalfPrecisionWriter {
  private var graph: Graph
  private let keepsInterface: Bool
  private var names: NameAllocator
  private var nodes: [Node] = []
  /// Values that are float in the original graph.
  private var floats: Set<String>
  /// Names of the casts made already, by value.
  private var asFloat: [String: String] = [:]
  /// The float16 value to read instead of an input of the model.
  private var asHalf: [String: String] = [:]
  private(set) var forms: [String: any WeightForm] = [:]
  private(set) var convertedCount = 0

  /// Operators whose float inputs or attributes may not be float16, or that define precision themselves.
  private static let keepingFloat: Set<String> = [
    "Resize", "Upsample", "NonMaxSuppression", "RoiAlign", "Range", "QuantizeLinear", "DequantizeLinear",
    "DynamicQuantizeLinear", "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger", "Multinomial", "CumSum",
    "ImageDecoder", "MelWeightMatrix", "StringNormalizer", "TfIdfVectorizer", "BatchNormalization",
  ]

  init(_ graph: Graph, keepsInterface: Bool) {
    self.graph = graph
    self.keepsInterface = keepsInterface
    names = NameAllocator(graph: graph)
    floats = graph.floatValues()
  }

  /// The new graph.
  mutating func write(
    keepsFloat isKept: (Node) -> Bool, _ report: inout StepReport
  ) throws(MethodError) -> Graph {
    let kept = graph.nodes.map { isKept($0) || mustKeepFloat($0) }
    let users = constantUsers(kept)
    let outputs = Set(graph.outputs.map(\.name))
    for (position, node) in graph.nodes.enumerated() where kept[position] {
      guard touchesFloat(node) else { continue }
      report.skipped(node.label, "\(node.opType) stays 32-bit float")
    }
    convertedCount = zip(graph.nodes, kept).count { touchesFloat($0) && !$1 && !$0.isONNX("Cast") }
    guard convertedCount > 0 else { return graph }
    convertConstants(users, &report)
    addInputCasts(users)
    for (position, node) in graph.nodes.enumerated() {
      if kept[position] { addKept(node, users) } else { addHalf(node, outputs) }
    }
    renameOutputs(outputs)
    graph.nodes = nodes
    for position in graph.valueInfos.indices where graph.valueInfos[position].tensorType?.elementType == .float {
      graph.valueInfos[position].tensorType?.elementType = .float16
    }
    if !keepsInterface {
      for position in graph.inputs.indices where graph.inputs[position].tensorType?.elementType == .float {
        graph.inputs[position].tensorType?.elementType = .float16
      }
      for position in graph.outputs.indices where graph.outputs[position].tensorType?.elementType == .float {
        graph.outputs[position].tensorType?.elementType = .float16
      }
    }
    _ = graph.removeDead()
    return graph
  }

  private func touchesFloat(_ node: Node) -> Bool { (node.inputs + node.outputs).contains(where: floats.contains) }

  private func mustKeepFloat(_ node: Node) -> Bool { !node.domain.isEmpty || Self.keepingFloat.contains(node.opType) }

  /// Which float constants are read by float16 nodes, which by nodes that stay float.
  private func constantUsers(_ kept: [Bool]) -> (half: Set<String>, float: Set<String>) {
    var (half, float) = (Set<String>(), Set<String>())
    for (position, node) in graph.nodes.enumerated() {
      for name in node.inputs where floats.contains(name) {
        if kept[position] { float.insert(name) } else { half.insert(name) }
      }
    }
    return (half, float)
  }

  private mutating func convertConstants(_ users: (half: Set<String>, float: Set<String>), _ report: inout StepReport) {
    let outputs = Set(graph.outputs.map(\.name))
    for initializer in graph.initializers where users.half.contains(initializer.name) {
      guard let tensor = initializer.tensor, let (half, clamped, vanished) = halfPrecision(tensor) else { continue }
      let isSharedWithFloat = users.float.contains(initializer.name) || outputs.contains(initializer.name)
      let name = isSharedWithFloat ? names.fresh("\(initializer.name)_float16") : initializer.name
      if isSharedWithFloat { asHalf[initializer.name] = name }
      graph.setInitializer(name, half)
      forms[name] = DenseForm(half)
      var text = "\(half.count) values as float16"
      if clamped > 0 { text += "; \(clamped) out of range, clamped to ±65504" }
      if vanished > 0 { text += "; \(vanished) too small, now zero" }
      report.changed(initializer.name, text)
    }
  }

  private mutating func addInputCasts(_ users: (half: Set<String>, float: Set<String>)) {
    for input in graph.requiredInputs where floats.contains(input.name) {
      if keepsInterface {
        guard users.half.contains(input.name) else { continue }
        let name = names.fresh("\(input.name)_float16")
        addCast(input.name, to: name, .float16)
        asHalf[input.name] = name
      }
    }
  }

  private mutating func addCast(_ value: String, to result: String, _ type: ElementType) {
    nodes.append(
      Node(
        "Cast", name: names.fresh("\(result)_Cast"), inputs: [value], outputs: [result],
        attributes: [Attribute("to", int: Int(type.rawValue))]))
  }

  private mutating func addHalf(_ node: Node, _ outputs: Set<String>) {
    var node = node
    node.inputs = node.inputs.map { asHalf[$0] ?? $0 }
    let isFloatMaker = ["Cast", "EyeLike", "RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike"]
    for key in ["to", "dtype"] where isFloatMaker.contains(node.opType) && node.int(key) == 1 {
      node.set(Attribute(key, int: Int(ElementType.float16.rawValue)))
    }
    for key in ["value", "value_float", "value_floats"] where ["Constant", "ConstantOfShape"].contains(node.opType) {
      let tensor =
        node.tensor(key) ?? node.float(key).map { Tensor(scalar: $0) }
        ?? node.floats(key).map { Tensor($0, shape: [$0.count]) }
      guard let tensor, let half = halfPrecision(tensor)?.half else { continue }
      node.removeAttribute(key)
      node.set(Attribute("value", .tensor(StoredTensor(name: "", tensor: half))))
    }
    if node.opType == "ConstantOfShape", node.tensor("value") == nil, let zero = halfPrecision(Tensor([Float(0)], shape: [1])) {
      node.set(Attribute("value", .tensor(StoredTensor(name: "", tensor: zero.half))))
    }
    nodes.append(node)
  }

  /// Adds a node that computes in float: its float inputs are cast up, its float outputs down.
  private mutating func addKept(_ node: Node, _ users: (half: Set<String>, float: Set<String>)) {
    var node = node
    for position in node.inputs.indices where floats.contains(node.inputs[position]) {
      let value = node.inputs[position]
      // Constants and inputs of the model keep a float version under their own name.
      if graph.initializer(value) != nil || keepsInterface && graph.inputs.contains(where: { $0.name == value }) { continue }
      if asFloat[value] == nil {
        let name = names.fresh("\(value)_float")
        addCast(value, to: name, .float)
        asFloat[value] = name
      }
      node.inputs[position] = asFloat[value] ?? value
    }
    var casts: [(from: String, to: String)] = []
    for position in node.outputs.indices where floats.contains(node.outputs[position]) {
      let value = node.outputs[position]
      node.outputs[position] = names.fresh("\(value)_float")
      // Later float nodes read this instead of casting up again.
      asFloat[value] = node.outputs[position]
      casts.append((node.outputs[position], value))
    }
    nodes.append(node)
    for cast in casts { addCast(cast.from, to: cast.to, .float16) }
  }

  /// Gives the float16 values behind the model's outputs other names, and casts them to the outputs.
  private mutating func renameOutputs(_ outputs: Set<String>) {
    guard keepsInterface else { return }
    for output in graph.outputs where floats.contains(output.name) {
      guard graph.initializer(output.name) == nil, !graph.inputs.contains(where: { $0.name == output.name }) else { continue }
      let inner = names.fresh("\(output.name)_float16")
      for position in nodes.indices {
        nodes[position].inputs = nodes[position].inputs.map { $0 == output.name ? inner : $0 }
        nodes[position].outputs = nodes[position].outputs.map { $0 == output.name ? inner : $0 }
      }
      addCast(inner, to: output.name, .float)
    }
  }
}

/// A float tensor as float16, how many finite values were clamped and how many became zero; nil for other types.
func halfPrecision(_ tensor: Tensor) -> (half: Tensor, clamped: Int, vanished: Int)? {
  guard tensor.elementType == .float else { return nil }
  let largest: Float = 65_504
  var (clamped, vanished) = (0, 0)
  let inRange = tensor.withElements(Float.self) { source in
    // 65,520 is where rounding to nearest would reach infinity.
    for value in source {
      if value.magnitude > largest { clamped += 1 }
      if value != 0, value.magnitude <= 0x1p-25 { vanished += 1 }
    }
    guard clamped > 0 else { return tensor }
    return Tensor.floats(shape: tensor.shape) { target in
      for index in source.indices {
        let value = source[index]
        target[index] = value.isNaN ? value : max(-largest, min(largest, value))
      }
    }
  }
  guard let half = inRange.converted(to: .float16) else { return nil }
  return (half, clamped, vanished)
}

extension Graph {
  /// Names of values that are 32-bit floats, as far as operators tell.
  ///
  /// Most operators give the type of their first float input; those that do not are listed.
  func floatValues() -> Set<String> {
    var floats = Set(initializers.filter { $0.tensor?.elementType == .float }.map(\.name))
    floats.formUnion(inputs.filter { $0.tensorType?.elementType == .float }.map(\.name))
    let integerMakers: Set<String> = [
      "Shape", "Size", "ArgMax", "ArgMin", "NonZero", "Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual",
      "IsNaN", "IsInf", "Not", "And", "Or", "Xor", "QuantizeLinear", "ConvInteger", "MatMulInteger", "QLinearConv",
      "QLinearMatMul", "NonMaxSuppression",
    ]
    for node in nodes {
      let floatOutputs: [String]
      switch node.opType {
      case _ where integerMakers.contains(node.opType): floatOutputs = []
      case "Cast": floatOutputs = node.int("to") == 1 ? node.outputs : []
      case "Constant":
        let isFloat = node.tensor("value")?.elementType == .float || node.float("value_float") != nil
        floatOutputs = isFloat || node.floats("value_floats") != nil ? node.outputs : []
      case "ConstantOfShape":
        floatOutputs = (node.tensor("value")?.elementType ?? .float) == .float ? node.outputs : []
      case "RandomNormal", "RandomUniform": floatOutputs = (node.int("dtype") ?? 1) == 1 ? node.outputs : []
      case "EyeLike", "RandomNormalLike", "RandomUniformLike":
        floatOutputs = node.int("dtype") == 1 || node.int("dtype") == nil && floats.contains(node.inputs[0]) ? node.outputs : []
      case "DynamicQuantizeLinear": floatOutputs = Array(node.outputs.dropFirst().prefix(1))
      case "DequantizeLinear": floatOutputs = floats.contains(node.input(1) ?? "") ? node.outputs : []
      case "TopK", "MaxPool", "Dropout", "Unique":
        // The further outputs are indices or masks.
        floatOutputs = floats.contains(node.input(0) ?? "") ? Array(node.outputs.prefix(1)) : []
      case "Where": floatOutputs = floats.contains(node.input(1) ?? "") ? node.outputs : []
      case "OneHot": floatOutputs = floats.contains(node.input(2) ?? "") ? node.outputs : []
      case "Gather", "GatherElements", "GatherND", "Reshape", "Expand", "Tile", "Pad", "Slice", "Squeeze", "Unsqueeze", "Resize":
        floatOutputs = floats.contains(node.input(0) ?? "") ? node.outputs : []
      default: floatOutputs = node.inputs.contains(where: floats.contains) ? node.outputs : []
      }
      floats.formUnion(floatOutputs.filter { !$0.isEmpty })
    }
    return floats
  }
}
