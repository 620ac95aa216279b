import AssayCore
import AssayONNX

/// A form whose codes stand for weights in groups.
protocol GroupedWeightForm: WeightForm {
  var weight: QuantizedWeight { get }
  var layout: GroupedShape { get }
}

extension BlockQuantizedForm: GroupedWeightForm {}
extension PowerOfTwoForm: GroupedWeightForm {}
extension BinaryForm: GroupedWeightForm {}
extension TernaryForm: GroupedWeightForm {}

/// Where in a graph a weight form stands, and how it is exchanged for floats and back.
struct WeightSite {
  private enum Kind {
    /// The initializer itself is float.
    case initializer
    /// Integers that nodes dequantize to values.
    case dequantized(scale: String)
    /// Packed codes, and the nodes that unpack them to one value.
    case unpacked(scales: String, columns: Int)
    /// Blocks of `MatMulNBits`.
    case blocks(scales: String, block: Int, bits: Int)
  }

  /// The initializer that the form belongs to.
  let name: String
  /// The initializer of floats that stands for it in training.
  let value: String
  private let kind: Kind
  private let shape: [Int]
  private let isTransposed: Bool
  /// Outputs of the nodes that training does without.
  private let replaced: Set<String>

  /// - Returns: nil where the weight goes into an operator of integers.
  init?(_ name: String, _ form: any WeightForm, in graph: Graph) {
    guard let tensor = graph.constant(name) else { return nil }
    self.name = name
    shape = form.shape
    isTransposed = (form as? any GroupedWeightForm)?.layout.isTransposed ?? false
    let index = GraphIndex(graph)
    let users = (index.consumers[name] ?? []).map { graph.nodes[$0] }
    if tensor.elementType == .float, tensor.shape == form.shape {
      (value, kind, replaced) = (name, .initializer, [])
      return
    }
    guard let first = users.first, let output = first.output(0) else { return nil }
    if users.count == 1, first.opType == "DequantizeLinear", let scale = first.input(1), form is AffineQuantizedForm {
      (value, kind, replaced) = (output, .dequantized(scale: scale), [output])
      return
    }
    if users.allSatisfy({ $0.opType == "MatMulNBits" && $0.input(1) == name }), let scales = first.input(2),
      let block = first.int("block_size"), let bits = first.int("bits"), form is any GroupedWeightForm
    {
      (value, kind, replaced) = ("\(name)_float", .blocks(scales: scales, block: block, bits: bits), [])
      return
    }
    guard form is any GroupedWeightForm, let chain = UnpackingChain(from: name, in: graph, index) else { return nil }
    (value, kind) = (chain.value, .unpacked(scales: chain.scales, columns: chain.columns))
    replaced = chain.outputs
  }

  /// Puts the floats in the place of what the form wrote.
  func makeFloat(_ graph: inout Graph, _ dense: Tensor) {
    graph.nodes.removeAll { node in node.output(0).map(replaced.contains) ?? false }
    graph.setInitializer(value, dense)
    guard case .blocks = kind else { return }
    var names = NameAllocator(graph: graph)
    graph.nodes = graph.nodes.flatMap { node -> [Node] in
      guard node.opType == "MatMulNBits", node.input(1) == name else { return [node] }
      return product(node, &names)
    }
  }

  /// A matrix product with floats, and the addition of a bias, in the place of `MatMulNBits`.
  private func product(_ node: Node, _ names: inout NameAllocator) -> [Node] {
    guard let input = node.input(0), let output = node.output(0) else { return [node] }
    var nodes: [Node] = []
    var matrix = value
    if !isTransposed {
      matrix = names.fresh("\(value)_transposed")
      nodes.append(
        Node(
          "Transpose", name: matrix, inputs: [value], outputs: [matrix], attributes: [Attribute("perm", ints: [1, 0])]))
    }
    guard let bias = node.input(5) else {
      return nodes + [Node("MatMul", name: node.name, inputs: [input, matrix], outputs: [output])]
    }
    let sum = names.fresh("\(output)_product")
    nodes.append(Node("MatMul", name: node.name, inputs: [input, matrix], outputs: [sum]))
    nodes.append(Node("Add", name: names.fresh("\(node.name)_bias"), inputs: [sum, bias], outputs: [output]))
    return nodes
  }

  /// Writes a trained form where the old one stood.
  ///
  /// - Throws: `model` when the form is not of the kind that stood there.
  func write(_ form: any WeightForm, into graph: inout Graph) throws(MethodError) {
    switch kind {
    case .initializer: graph.setInitializer(name, form.dense())
    case .dequantized(let scale):
      guard let form = form as? AffineQuantizedForm, let old = graph.constant(scale), old.count == form.scales.count
      else { throw misfit(form) }
      graph.setInitializer(name, form.integers)
      graph.setInitializer(scale, Tensor(form.scales, shape: old.shape))
    case .unpacked(let scales, let columns):
      guard let form = form as? any GroupedWeightForm, let old = graph.constant(scales),
        let codes = graph.constant(name),
        old.count == form.weight.scales.count
      else { throw misfit(form) }
      graph.setInitializer(name, Self.packed(form.weight, columns: columns, like: codes))
      graph.setInitializer(scales, Tensor(form.weight.scales, shape: old.shape))
    case .blocks(let scales, let block, let bits):
      guard let form = form as? any GroupedWeightForm, let old = graph.constant(scales),
        old.count == form.weight.scales.count
      else { throw misfit(form) }
      graph.setInitializer(name, BlockProduct.packed(form.weight, block: block, bits: bits).codes)
      graph.setInitializer(scales, Tensor(form.weight.scales, shape: old.shape))
    }
  }

  private static func packed(_ weight: QuantizedWeight, columns: Int, like old: Tensor) -> Tensor {
    let codes = columns == weight.layout.columns ? weight.codes : weight.paddedCodes(to: columns)
    guard weight.levels.count == 256 else { return DigitPacking(weight.levels).packed(codes) }
    return old.elementType == .int8
      ? Tensor(codes.map { Int8(truncatingIfNeeded: Int($0) - 128) }, shape: old.shape)
      : Tensor(codes, shape: old.shape)
  }

  private func misfit(_ form: any WeightForm) -> MethodError {
    MethodError(.model, "the trained form '\(type(of: form).name)' does not fit into the graph", at: Place(node: name))
  }
}

/// The nodes that unpack codes, as `WeightOnlyWriter` writes them: each reads the one before and constants.
private struct UnpackingChain {
  /// The value that operators read.
  var value = ""
  var outputs: Set<String> = []
  /// The initializer that the numbers are multiplied with.
  var scales = ""
  /// Columns of a row with what fills up its last group.
  var columns = 0

  init?(from name: String, in graph: Graph, _ index: GraphIndex) {
    var (current, isFloat) = (name, false)
    while let position = index.soleConsumer(of: current) {
      let node = graph.nodes[position]
      let others = node.inputs.filter { $0 != current && !$0.isEmpty }
      guard let output = node.output(0), node.input(0) == current,
        ["Cast", "Div", "Mod", "Reshape", "Slice", "Sub", "Mul", "Transpose"].contains(node.opType),
        others.allSatisfy({ graph.constant($0) != nil })
      else { break }
      if node.opType == "Cast" { isFloat = node.int("to") == Int(ElementType.float.rawValue) }
      if node.opType == "Mul", isFloat, scales.isEmpty { scales = others.first ?? "" }
      if node.opType == "Reshape", let shape = graph.intConstant(node.input(1)), shape.count > 1, columns == 0 {
        // [rows, columns] or [rows, groups, block].
        columns = shape.dropFirst().reduce(1, *)
      }
      outputs.insert(output)
      (current, value) = (output, output)
    }
    if columns == 0, let shape = graph.constant(name)?.shape, shape.count > 1 {
      columns = shape.dropFirst().reduce(1, *)
    }
    guard !scales.isEmpty, columns > 0 else { return nil }
  }
}
