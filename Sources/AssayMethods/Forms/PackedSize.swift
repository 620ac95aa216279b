public import AssayCore
public import AssayONNX

extension WeightForms {
  /// Bytes of the packed file of a model whose weights have these forms.
  ///
  /// A weight, with the scales and zero points that its form holds too, counts with the bytes of its form where these are
  /// fewer than in the runnable file; everything else counts as it lies there. So a model without forms is as large
  /// packed as it runs. Bytes of a form count only after they were decoded again to the same numbers.
  ///
  /// - Parameters:
  ///   - model: As it was written.
  ///   - file_B: Bytes of the runnable file with its external data.
  /// - Complexity: O(n) in the weights that have a form.
  public func packedFigures(of model: Model, file_B: Int) -> PackedFigures {
    let packing = Packing(graph: model.graph, index: GraphIndex(model.graph))
    var result = PackedFigures()
    var left = model.graph.initializers.reduce(0) { $0 + ($1.tensor?.bytes.count ?? 0) }
    left += model.graph.nodes.reduce(0) { $0 + ($1.opType == "Constant" ? $1.tensor("value")?.bytes.count ?? 0 : 0) }
    // Files of other tools may store numbers in fewer bytes than they have in memory.
    result.header_B = max(0, file_B - left)
    left = file_B - result.header_B
    var taken: Set<String> = []
    for name in names {
      guard let form = self[name] else { continue }
      let replaced = packing.replaced(name, form).subtracting(taken)
      let replaced_B = replaced.reduce(0) { $0 + (model.graph.constant($1)?.bytes.count ?? 0) }
      guard let parts = packing.parts(name, form, below: replaced_B), replaced_B <= left else { continue }
      taken.formUnion(replaced)
      left -= replaced_B
      result = result + parts
    }
    result.values_B += left
    return result
  }
}

/// Finds what the form of a weight replaces in a graph, and its bytes.
private struct Packing {
  let graph: Graph
  let index: GraphIndex

  /// The initializer of the form, and those of the scales and zero points that the form holds as well.
  func replaced(_ name: String, _ form: any WeightForm) -> Set<String> {
    var names: Set<String> = [name]
    guard let position = index.soleConsumer(of: name) else { return names }
    let node = graph.nodes[position]
    switch form {
    case is AffineQuantizedForm where node.opType == "DequantizeLinear": names.formUnion(own(node, 1, 2))
    case is any GroupedForm where node.opType == "MatMulNBits": names.formUnion(own(node, 2, 3))
    case is any GroupedForm: names.formUnion(unpackingOperands(from: name))
    default: break
    }
    return names
  }

  /// Constants among a node's inputs that nothing else reads.
  private func own(_ node: Node, _ positions: Int...) -> [String] {
    positions.compactMap(node.input).filter { graph.constant($0) != nil && index.soleConsumer(of: $0) != nil }
  }

  /// The zero points and scales of the nodes that unpack codes to floats.
  private func unpackingOperands(from name: String) -> [String] {
    var (current, isFloat) = (name, false)
    var operands: [String] = []
    while let position = index.soleConsumer(of: current) {
      let node = graph.nodes[position]
      guard ["Cast", "Div", "Mod", "Reshape", "Slice", "Sub", "Mul"].contains(node.opType), node.input(0) == current,
        let output = node.output(0)
      else { break }
      if node.opType == "Cast" { isFloat = node.int("to") == Int(ElementType.float.rawValue) }
      if isFloat, node.opType == "Sub" || node.opType == "Mul" { operands += own(node, 1) }
      if isFloat, node.opType == "Mul" { break }
      current = output
    }
    return operands
  }

  /// The bytes of a form; nil where they are not fewer than `limit_B`, or do not give the weight back.
  func parts(_ name: String, _ form: any WeightForm, below limit_B: Int) -> PackedFigures? {
    var bytes: [UInt8] = []
    form.encode(into: &bytes)
    guard bytes.count < limit_B else { return nil }
    let dense = form.dense()
    if let stored = graph.constant(name), stored.elementType == dense.elementType, stored.shape == dense.shape,
      !stored.hasSameNumbers(as: dense)
    {
      return nil
    }
    var reader = FormReader(bytes)
    guard let decoded = try? type(of: form).init(decoding: &reader), reader.remaining == 0,
      decoded.dense().hasSameNumbers(as: dense)
    else { return nil }
    return form.packedFigures(encoded_B: bytes.count)
  }
}

extension WeightForm {
  public func packedFigures(encoded_B: Int) -> PackedFigures { parts(of: encoded_B) }

  /// The shape is header, and what is not said to be anything else is values.
  func parts(of encoded_B: Int, indices_B: Int = 0, codebooks_B: Int = 0, moreHeader_B: Int = 0) -> PackedFigures {
    let header_B = byteCount(ofShape: shape) + moreHeader_B
    return PackedFigures(
      values_B: encoded_B - indices_B - codebooks_B - header_B, indices_B: indices_B, codebooks_B: codebooks_B,
      header_B: header_B)
  }
}

extension Tensor {
  /// Whether all elements are equal as numbers, so that zeros may differ in their sign.
  fileprivate func hasSameNumbers(as other: Tensor) -> Bool {
    guard elementType == other.elementType, shape == other.shape else { return false }
    guard elementType == .float else { return self == other }
    return withElements(Float.self) { own in
      other.withElements(Float.self) { others in
        var isSame = true
        for index in own.indices { isSame = isSame && own[index] == others[index] }
        return isSame
      }
    }
  }
}
