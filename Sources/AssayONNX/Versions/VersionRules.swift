import AssayCore

/// The rewrites that `VersionTable` names.
enum VersionRules {
  static func batchNormalizationSpatial(_: inout GraphUpgrade, _ node: Node) throws(ONNXError) -> [Node] {
    guard node.int("spatial") ?? 1 == 1 else {
      throw refusal(node, "statistics for each position (spatial = 0), which newer versions do not have")
    }
    return [node.without("spatial")]
  }

  static func batchNormalizationTraining(_: inout GraphUpgrade, _ node: Node) throws(ONNXError) -> [Node] {
    guard (1..<max(node.outputs.count, 1)).allSatisfy({ node.output($0) == nil }) else {
      throw refusal(node, "outputs of training, whose meaning changed")
    }
    var node = node
    node.outputs = Array(node.outputs.prefix(1))
    return [node]
  }

  static func clip(_ upgrade: inout GraphUpgrade, _ node: Node) throws(ONNXError) -> [Node] {
    var result = node.without("min", "max")
    let low = node.float("min").map { upgrade.constant("\(node.stem)_min", Tensor(scalar: $0)) }
    let high = node.float("max").map { upgrade.constant("\(node.stem)_max", Tensor(scalar: $0)) }
    if low != nil || high != nil { result.inputs.append(low ?? "") }
    if let high { result.inputs.append(high) }
    if low != nil || high != nil { upgrade.note(node, "min and max became inputs") }
    return [result]
  }

  static func dropoutMask(_ upgrade: inout GraphUpgrade, _ node: Node) throws(ONNXError) -> [Node] {
    if let mask = node.output(1), upgrade.isUsed(mask) {
      throw refusal(node, "a mask whose element type changed to bool")
    }
    var node = node
    node.outputs = Array(node.outputs.prefix(1))
    return [node]
  }

  /// In inference the ratio has no effect.
  static func dropoutRatio(_ upgrade: inout GraphUpgrade, _ node: Node) throws(ONNXError) -> [Node] {
    if node.float("ratio") != nil { upgrade.note(node, "the ratio, without effect in inference, was dropped") }
    return [node.without("ratio")]
  }

  /// Until 12 the axes from `axis` on were one; since 13 only `axis` itself is normalized.
  static func softmax(_ upgrade: inout GraphUpgrade, _ node: Node) throws(ONNXError) -> [Node] {
    let axis = node.int("axis") ?? 1
    var result = node
    result.set(Attribute("axis", int: -1))
    if let rank = node.input(0).flatMap({ upgrade.rank($0) }), axis == rank - 1 || axis == -1 {
      upgrade.note(node, "axis \(axis) is written as -1")
      return [result]
    }
    guard let input = node.input(0), let output = node.output(0) else { return [node] }
    let (shape, flat, soft) = (
      upgrade.fresh("\(output)_shape"), upgrade.fresh("\(output)_flat"), upgrade.fresh("\(output)_soft")
    )
    result.inputs = [flat]
    result.outputs = [soft]
    upgrade.note(node, "the axes from \(axis) on are flattened, as the old version did")
    return [
      Node("Shape", name: "\(node.name)_shape", inputs: [input], outputs: [shape]),
      Node(
        "Flatten", name: "\(node.name)_flat", inputs: [input], outputs: [flat],
        attributes: [Attribute("axis", int: axis)]),
      result,
      Node("Reshape", name: "\(node.name)_reshape", inputs: [soft, shape], outputs: [output]),
    ]
  }

  static func pad(_ upgrade: inout GraphUpgrade, _ node: Node) throws(ONNXError) -> [Node] {
    guard let pads = node.ints("pads") else { throw refusal(node, "no pads") }
    var result = node.without("pads", "value")
    result.inputs.append(upgrade.constant("\(node.stem)_pads", ints: pads))
    if let value = node.float("value"), value != 0 {
      result.inputs.append(upgrade.constant("\(node.stem)_value", Tensor(scalar: value)))
    }
    upgrade.note(node, "pads became an input")
    return [result]
  }

  static func axesToInput(_ upgrade: inout GraphUpgrade, _ node: Node) throws(ONNXError) -> [Node] {
    guard let axes = node.ints("axes") else { return [node] }
    var result = node.without("axes")
    result.inputs.append(upgrade.constant("\(node.stem)_axes", ints: axes))
    upgrade.note(node, "axes became an input")
    return [result]
  }

  static func splitToInput(_ upgrade: inout GraphUpgrade, _ node: Node) throws(ONNXError) -> [Node] {
    guard let sizes = node.ints("split") else { return [node] }
    var result = node.without("split")
    result.inputs.append(upgrade.constant("\(node.stem)_split", ints: sizes))
    upgrade.note(node, "split became an input")
    return [result]
  }

  static func slice(_ upgrade: inout GraphUpgrade, _ node: Node) throws(ONNXError) -> [Node] {
    guard let starts = node.ints("starts"), let ends = node.ints("ends") else {
      throw refusal(node, "no starts or ends")
    }
    var result = node.without("starts", "ends", "axes")
    result.inputs.append(upgrade.constant("\(node.stem)_starts", ints: starts))
    result.inputs.append(upgrade.constant("\(node.stem)_ends", ints: ends))
    if let axes = node.ints("axes") { result.inputs.append(upgrade.constant("\(node.stem)_axes", ints: axes)) }
    upgrade.note(node, "starts, ends and axes became inputs")
    return [result]
  }

  static func topK(_ upgrade: inout GraphUpgrade, _ node: Node) throws(ONNXError) -> [Node] {
    guard let k = node.int("k") else { throw refusal(node, "no k") }
    var result = node.without("k")
    result.inputs.append(upgrade.constant("\(node.stem)_k", ints: [k]))
    upgrade.note(node, "k became an input")
    return [result]
  }

  static func upsampleScales(_ upgrade: inout GraphUpgrade, _ node: Node) throws(ONNXError) -> [Node] {
    guard let scales = node.floats("scales") else { throw refusal(node, "no scales") }
    var result = node.without("scales")
    result.inputs.append(upgrade.constant("\(node.stem)_scales", Tensor(scales, shape: [scales.count])))
    upgrade.note(node, "scales became an input")
    return [result]
  }

  static func upsampleToResize(_ upgrade: inout GraphUpgrade, _ node: Node) throws(ONNXError) -> [Node] {
    var result = node
    result.opType = "Resize"
    upgrade.note(node, "Upsample became Resize")
    return [result]
  }

  /// Version 10 knew one way of placing pixels, which is named since 11.
  static func resize(_ upgrade: inout GraphUpgrade, _ node: Node) throws(ONNXError) -> [Node] {
    guard node.inputs.count == 2 else { throw refusal(node, "\(node.inputs.count) inputs") }
    var result = node
    let region = upgrade.constant("\(node.stem)_roi", Tensor([Float](), shape: [0]))
    result.inputs = [node.inputs[0], region, node.inputs[1]]
    result.set(Attribute("coordinate_transformation_mode", string: "asymmetric"))
    if node.string("mode") ?? "nearest" == "nearest" { result.set(Attribute("nearest_mode", string: "floor")) }
    upgrade.note(node, "the placement of pixels is written out (asymmetric, floor)")
    return [result]
  }

  static func roiAlign(_: inout GraphUpgrade, _ node: Node) throws(ONNXError) -> [Node] {
    var result = node
    result.set(Attribute("coordinate_transformation_mode", string: "output_half_pixel"))
    return [result]
  }

  static func scatter(_ upgrade: inout GraphUpgrade, _ node: Node) throws(ONNXError) -> [Node] {
    var result = node
    result.opType = "ScatterElements"
    upgrade.note(node, "Scatter became ScatterElements")
    return [result]
  }

  private static func refusal(_ node: Node, _ what: String) -> ONNXError {
    ONNXError(
      .unsupportedVersion, "the operator \(node.opType) has \(what)", at: Place(node: node.label),
      remedy: "export the model again with a newer opset")
  }
}

extension Node {
  /// What names of new values beside the node are made from.
  fileprivate var stem: String { outputs.first ?? name }

  fileprivate func without(_ names: String...) -> Node {
    var copy = self
    copy.attributes.removeAll { names.contains($0.name) }
    return copy
  }
}
