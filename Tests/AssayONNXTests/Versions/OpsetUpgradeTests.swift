import AssayCore
import AssayONNX
import AssayTestSupport
import FoundationEssentials
import Testing

@Suite struct OpsetUpgradeTests {
  /// What the operators compute before and after is compared by onnxruntime: see Oracles/compare_upgraded.py.
  @Test(.enabled(if: TestEnvironment.models != nil, Comment(rawValue: TestEnvironment.modelsAreMissing)))
  func theSharedModelsAreUpgradedAndPassTheCheck() throws {
    let keep = ProcessInfo.processInfo.environment["ASSAY_KEEP_UPGRADED"]
    for path in TestEnvironment.files(under: try #require(TestEnvironment.models), suffix: ".onnx") {
      let model = try Model(contentsOf: path)
      for opset in [13, 17] {
        let (upgraded, changes) = try model.upgraded(to: opset)
        try upgraded.check()
        #expect(upgraded.opset == max(opset, model.opset))
        #expect(upgraded.irVersion >= 7)
        #expect(upgraded.graph.requiredInputs.map(\.name) == model.graph.requiredInputs.map(\.name))
        let (before, after) = (model.cost(), upgraded.cost())
        #expect(after.macs == before.macs && after.parameters == before.parameters, "\(path)")
        if model.opset >= opset { #expect(changes.isEmpty) }
        if let keep {
          let name = path.split(separator: "/").last.map(String.init) ?? ""
          try upgraded.write(to: "\(keep)/\(opset)-\(name)")
        }
      }
    }
  }

  private func upgraded(
    _ type: String, _ shape: [Int], _ attributes: [Attribute], from opset: Int, to target: Int = 17
  ) throws -> Model {
    let model = Model.ofOneOperator(type, inputs: [("x", shape)], attributes: attributes, opset: opset)
    let result = try model.upgraded(to: target)
    try result.model.check()
    return result.model
  }

  @Test func attributesBecomeInputs() throws {
    let squeeze = try upgraded("Squeeze", [1, 3], [Attribute("axes", ints: [0])], from: 11)
    #expect(squeeze.graph.nodes[0].attributes.isEmpty)
    #expect(squeeze.graph.constant(squeeze.graph.nodes[0].inputs[1])?.intValues() == [0])
    #expect(inferShapes(of: squeeze)["y"].fixedShape == [3])

    let clip = try upgraded("Clip", [3], [Attribute("max", float: 6)], from: 9).graph
    #expect(clip.nodes[0].inputs.count == 3)
    #expect(clip.nodes[0].inputs[1].isEmpty)
    #expect(clip.constant(clip.nodes[0].inputs[2])?.floatValues() == [6])

    let slice = try upgraded(
      "Slice", [4, 6], [Attribute("starts", ints: [1]), Attribute("ends", ints: [3]), Attribute("axes", ints: [1])],
      from: 9)
    #expect(inferShapes(of: slice)["y"].fixedShape == [4, 2])

    let pad = try upgraded("Pad", [2], [Attribute("pads", ints: [1, 2]), Attribute("value", float: 3)], from: 7)
    #expect(inferShapes(of: pad)["y"].fixedShape == [5])
    #expect(pad.graph.nodes[0].inputs.count == 3)
  }

  @Test func softmaxOverSeveralAxesIsFlattened() throws {
    let graph = try upgraded("Softmax", [2, 3, 4], [Attribute("axis", int: 1)], from: 11).graph
    #expect(graph.nodes.map(\.opType) == ["Shape", "Flatten", "Softmax", "Reshape"])
    let last = try upgraded("Softmax", [2, 3], [], from: 8).graph
    #expect(last.nodes.map(\.opType) == ["Softmax"])
    #expect(last.nodes[0].int("axis") == -1)
  }

  @Test func upsampleBecomesResize() throws {
    let model = try upgraded(
      "Upsample", [1, 1, 2, 2], [Attribute("scales", .floats([1, 1, 2, 2])), Attribute("mode", string: "nearest")],
      from: 7)
    #expect(model.graph.nodes.map(\.opType) == ["Resize"])
    #expect(inferShapes(of: model)["y"].fixedShape == [1, 1, 4, 4])
  }

  @Test func whatCannotBeCarriedOverIsRefusedByName() throws {
    let error = try #require(throws: ONNXError.self) { _ = try upgraded("Mystery", [2], [], from: 9) }
    #expect(error.code == .unsupportedVersion)
    #expect(error.message.contains("Mystery"))
    let spatial = try #require(throws: ONNXError.self) {
      _ = try upgraded("BatchNormalization", [2, 2], [Attribute("spatial", int: 0)], from: 7)
    }
    #expect(spatial.code == .unsupportedVersion)
    #expect(throws: ONNXError.self) { _ = try upgraded("Relu", [2], [], from: 5) }
    #expect(throws: ONNXError.self) { _ = try upgraded("Relu", [2], [], from: 9, to: 99) }
  }

  @Test func initializersLeaveTheInputsWithTheIRVersion() throws {
    var graph = GraphBuilder()
    let x = graph.input("x", [2])
    graph.input("w", [2])
    let w = graph.constant(Tensor([1, 2] as [Float], shape: [2]), name: "w")
    let y = graph.node("Add", [x, w])
    var model = graph.model(outputs: [y], opset: 8)
    model.irVersion = 3
    let result = try model.upgraded(to: 13)
    #expect(result.model.graph.inputs.map(\.name) == ["x"])
    #expect(result.model.irVersion == 7)
    #expect(!result.changes.isEmpty)
  }
}
