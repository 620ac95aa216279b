import AssayCore
import AssayONNX

/// Writes quantized weights into a graph such that an engine computes with exactly their values.
///
/// Matrix products become `MatMulNBits` where that fits. Any other weight is stored as packed codes with the arithmetic
/// that unpacks them beside it, in operators of opset 13; it depends on constants alone, so that an engine which folds
/// constants does it once, at load, and then runs in float. `DequantizeLinear` would say the same in one node, but ONNX
/// Runtime 1.31 leaves that to every inference, and has types below 8 bits only from opset 21 on.
struct WeightOnlyWriter {
  private(set) var graph: Graph
  private var names: NameAllocator
  private var shared: [String: String] = [:]
  /// Nodes that go before the one at a position.
  private var added: [Int: [Node]] = [:]
  private var replaced: [Int: Node] = [:]
  private(set) var forms: [String: any WeightForm] = [:]
  /// The nodes that unpack the weight being written, and the latest value.
  private var chain: [Node] = []
  private var value = ""
  private var stem = ""
  /// Bytes of codes, scales and zero points in the graph.
  private(set) var stored_B = 0

  init(_ graph: Graph) {
    self.graph = graph
    names = NameAllocator(graph: graph)
  }

  /// The graph with all that was written, nothing unused left in it.
  func finished() -> Graph {
    var result = graph
    result.nodes = graph.nodes.enumerated().flatMap { position, node in
      (added[position] ?? []) + [replaced[position] ?? node]
    }
    _ = result.removeDead()
    return result
  }

  // MARK: - MatMulNBits

  /// Lets matrix products multiply with packed blocks.
  ///
  /// - Parameter roundsActivations: Whether the engine may round the other operand to 8 bits, block by block.
  /// - Precondition: `BlockProduct` accepts every use; the layout has blocks, of a power of two of 16 or more.
  mutating func writeBlockProducts(
    _ target: WeightOnlyTarget, _ weight: QuantizedWeight, form: any WeightForm, block: Int, roundsActivations: Bool
  ) {
    guard case .integers(let bits) = weight.levels else { return }
    let layout = weight.layout
    let packed = BlockProduct.packed(weight, block: block, bits: bits)
    let (values, scales) = (names.fresh("\(target.name)_blocks"), names.fresh("\(target.name)_scales"))
    graph.setInitializer(values, packed.codes)
    graph.setInitializer(scales, Tensor(weight.scales, shape: [weight.scales.count]))
    stored_B += packed.codes.count + weight.scales.count * 4 + (packed.zeros?.count ?? 0)
    var zeros = ""
    if let tensor = packed.zeros {
      zeros = names.fresh("\(target.name)_zeros")
      graph.setInitializer(zeros, tensor)
    }
    forms[values] = form
    for use in target.uses {
      var inputs = [use.input, values, scales]
      let bias = use.node.opType == "Gemm" ? use.node.input(2) : nil
      if !zeros.isEmpty || bias != nil { inputs.append(zeros) }
      if let bias { inputs += ["", vector(bias, count: layout.rows)] }
      var attributes = [
        Attribute("K", int: layout.columns), Attribute("N", int: layout.rows), Attribute("bits", int: bits),
        Attribute("block_size", int: block),
      ]
      if roundsActivations { attributes.append(Attribute("accuracy_level", int: 4)) }
      replaced[use.position] = Node(
        "MatMulNBits", name: use.node.name, domain: "com.microsoft", inputs: inputs, outputs: use.node.outputs,
        attributes: attributes)
    }
  }

  /// The bias as a vector with an element for each column.
  private mutating func vector(_ name: String, count: Int) -> String {
    guard let tensor = graph.constant(name), tensor.shape != [count], let values = tensor.broadcastVector(count: count)
    else { return name }
    if let known = shared["vector \(count) \(name)"] { return known }
    let result = names.fresh("\(name)_vector")
    graph.setInitializer(result, Tensor(values, shape: [count]))
    shared["vector \(count) \(name)"] = result
    return result
  }

  // MARK: - Unpacking

  /// Lets nodes take their weight from packed codes that are unpacked beside them.
  mutating func writeUnpacked(_ target: WeightOnlyTarget, _ weight: QuantizedWeight, form: any WeightForm) {
    guard let first = target.uses.map(\.position).min() else { return }
    (chain, stem) = ([], target.name)
    let layout = weight.layout
    // Groups of a row lie beside each other as blocks of equal length.
    let isBlocked = !layout.isSingle && layout.groupsPerRow > 1
    let padded = isBlocked ? layout.groupsPerRow * layout.block : layout.columns
    let codes = padded == layout.columns ? weight.codes : weight.paddedCodes(to: padded)
    let view = isBlocked ? [layout.rows, layout.groupsPerRow, layout.block] : [layout.rows, layout.columns]
    let groups = layout.isSingle ? [] : isBlocked ? [layout.rows, layout.groupsPerRow, 1] : [layout.rows, 1]

    let offset = writeCodes(codes, weight.levels, hasZeros: weight.zeros != nil, view, form)
    then("Cast", [], [Attribute("to", int: Int(ElementType.float.rawValue))])
    if let zeros = weight.zeros {
      let floats = zeros.map { Float($0) }
      then("Sub", [own("zeros", Tensor(floats, shape: groups))])
      stored_B += floats.count * 4
    } else if offset != 0 {
      then("Sub", [constant("zero_\(offset)", Tensor(scalar: offset))])
    }
    then("Mul", [own("scales", Tensor(weight.scales, shape: groups))])
    stored_B += weight.scales.count * 4
    if padded != layout.columns {
      then("Reshape", [constant(ints: [layout.rows, padded])])
      then(
        "Slice",
        [
          constant(ints: [0]), constant(ints: [layout.columns]), constant(ints: [1]),
        ])
    }
    let rows = [layout.rows, layout.columns]
    let current = padded == layout.columns ? view : rows
    if target.isTransposed {
      if current != rows { then("Reshape", [constant(ints: rows)]) }
      then("Transpose", [], [Attribute("perm", ints: [1, 0])])
    } else if current != target.tensor.shape {
      then("Reshape", [constant(ints: target.tensor.shape)])
    }
    added[first, default: []] += chain
    for use in target.uses {
      var node = use.node
      node.inputs[1] = value
      replaced[use.position] = node
    }
  }

  /// Begins a chain with the codes as integers in the shape `view`.
  ///
  /// - Returns: What has to be taken off the integers so that zero is zero.
  private mutating func writeCodes(
    _ codes: [UInt8], _ levels: WeightLevels, hasZeros: Bool, _ view: [Int], _ form: any WeightForm
  ) -> Float {
    if levels.count == 256 {
      let tensor =
        hasZeros
        ? Tensor(codes, shape: view) : Tensor(codes.map { Int8(truncatingIfNeeded: Int($0) - 128) }, shape: view)
      value = own("integers", tensor)
      forms[value] = form
      stored_B += codes.count
      return 0
    }
    let packing = DigitPacking(levels)
    let packed = packing.packed(codes)
    value = own("packed", packed)
    forms[value] = form
    stored_B += packed.bytes.count
    if !packing.isWide { then("Cast", [], [Attribute("to", int: Int(ElementType.int32.rawValue))]) }
    let powers = packing.powers
    then("Div", [constant("powers_of_\(packing.base)", Tensor(powers, shape: [powers.count]))])
    then("Mod", [constant("base_\(packing.base)", Tensor(scalar: Int32(packing.base)))])
    if packed.count * packing.digits != codes.count {
      then("Reshape", [constant(ints: [-1])])
      then("Slice", [constant(ints: [0]), constant(ints: [codes.count])])
    }
    then("Reshape", [constant(ints: view)])
    return levels.middle
  }

  /// A constant of the weight being written.
  private mutating func own(_ part: String, _ tensor: Tensor) -> String {
    let name = names.fresh("\(stem)_\(part)")
    graph.setInitializer(name, tensor)
    return name
  }

  /// Adds a node that works on the latest value.
  private mutating func then(_ type: String, _ others: [String], _ attributes: [Attribute] = []) {
    let name = names.fresh("\(stem)_\(type)")
    let output = names.fresh("\(name)_output")
    chain.append(Node(type, name: name, inputs: [value] + others, outputs: [output], attributes: attributes))
    value = output
  }

  /// A constant that all weights share.
  private mutating func constant(_ stem: String, _ tensor: Tensor) -> String {
    if let known = shared[stem] { return known }
    let name = names.fresh("unpack_\(stem)")
    graph.setInitializer(name, tensor)
    shared[stem] = name
    return name
  }

  private mutating func constant(ints: [Int]) -> String {
    constant(
      ints.map { "\($0)" }.joined(separator: "x"), Tensor(ints.map { Int64($0) }, shape: [ints.count]))
  }
}

extension QuantizedWeight {
  /// The codes with every row filled up to `columns`, with zeros of its last group.
  func paddedCodes(to columns: Int) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(layout.rows * columns)
    for row in 0..<layout.rows {
      result += codes[(row * layout.columns)..<((row + 1) * layout.columns)]
      let zero = zero(ofGroup: layout.group(row: row, column: layout.columns - 1))
      for _ in layout.columns..<columns { result.append(UInt8(zero)) }
    }
    return result
  }
}
