import AssayCore
import AssayTestSupport
import FoundationEssentials
import Testing

@testable import AssayONNX

/// Reading and writing back changes no field of a message, except that a tensor's values always stand in `raw_data`.
@Suite struct LosslessTests {
  /// A model's message with the values of all tensors in `raw_data`.
  ///
  /// Source of the encoding: comments of onnx.proto at TensorProto. Written apart from the reader, which it judges.
  private func normalized(_ model: Onnx_ModelProto) -> Onnx_ModelProto {
    var model = model
    if model.hasGraph { model.graph = normalized(model.graph) }
    return model
  }

  private func normalized(_ graph: Onnx_GraphProto) -> Onnx_GraphProto {
    var graph = graph
    graph.initializer = graph.initializer.map(normalized)
    graph.node = graph.node.map { node in
      var node = node
      node.attribute = node.attribute.map { attribute in
        var attribute = attribute
        if attribute.hasT { attribute.t = normalized(attribute.t) }
        if attribute.hasG { attribute.g = normalized(attribute.g) }
        attribute.tensors = attribute.tensors.map(normalized)
        attribute.graphs = attribute.graphs.map(normalized)
        return attribute
      }
      return node
    }
    return graph
  }

  private func normalized(_ tensor: Onnx_TensorProto) -> Onnx_TensorProto {
    var tensor = tensor
    func append(_ value: some FixedWidthInteger) {
      withUnsafeBytes(of: value.littleEndian) { tensor.rawData.append(contentsOf: $0) }
    }
    // Strings stay where they are, and no other type has more than one field of values.
    guard tensor.dataType != 8 else { return tensor }
    if !tensor.hasRawData { tensor.rawData = Data() }
    for value in tensor.floatData { append(value.bitPattern) }
    for value in tensor.doubleData { append(value.bitPattern) }
    for value in tensor.int64Data { append(value) }
    for value in tensor.uint64Data {
      if tensor.dataType == 12 { append(UInt32(truncatingIfNeeded: value)) } else { append(value) }
    }
    for value in tensor.int32Data {
      switch tensor.dataType {
      case 6: append(value)
      case 4, 5, 10, 16: append(UInt16(truncatingIfNeeded: value))
      default: append(UInt8(truncatingIfNeeded: value))
      }
    }
    tensor.floatData = []
    tensor.doubleData = []
    tensor.int64Data = []
    tensor.uint64Data = []
    tensor.int32Data = []
    return tensor
  }

  private func expectLossless(_ path: String, keptIn keep: String?) throws {
    let original = try Data(contentsOf: URL(fileURLWithPath: path))
    let written = try Model(contentsOf: path).serialized()
    let copy = written.withUnsafeBytes { Data($0) }
    let before = normalized(try decode(Onnx_ModelProto.self, original))
    let after = normalized(try decode(Onnx_ModelProto.self, copy))
    #expect(before == after, "\(path)")
    let again = try Model(serialized: written).serialized()
    #expect(again == written, "\(path): a second round changes the bytes")
    if let keep {
      let name = path.split(separator: "/").suffix(3).joined(separator: "+")
      try copy.write(to: URL(fileURLWithPath: "\(keep)/\(name)"))
    }
  }

  /// Compared a second time by the onnx package: see Oracles/compare_round_trip.py.
  @Test(.enabled(if: TestEnvironment.onnxTests != nil, Comment(rawValue: TestEnvironment.onnxTestsAreMissing)))
  func everyModelOfTheONNXProjectIsWrittenBackAsItWasRead() throws {
    let keep = ProcessInfo.processInfo.environment["ASSAY_KEEP_ROUND_TRIPS"]
    let paths = TestEnvironment.files(under: try #require(TestEnvironment.onnxTests), suffix: ".onnx")
    for path in paths { try expectLossless(path, keptIn: keep) }
    #expect(paths.count > 500)
    print("\(paths.count) models of the ONNX project were written back without loss")
  }

  @Test(.enabled(if: TestEnvironment.models != nil, Comment(rawValue: TestEnvironment.modelsAreMissing)))
  func theSharedModelsAreWrittenBackAsTheyWereRead() throws {
    for path in TestEnvironment.files(under: try #require(TestEnvironment.models), suffix: ".onnx") {
      try expectLossless(path, keptIn: nil)
    }
  }

  /// Made by Oracles/make_unusual_model.py: every element type in both encodings, functions, metadata, subgraphs, sparse
  /// initializers, training information, unknown fields, spelled-out empty fields.
  @Test func unusualPartsOfAModelSurvive() throws {
    try expectLossless(Fixture.path("unusual.onnx"), keptIn: nil)
    let model = try Model(contentsOf: Fixture.path("unusual.onnx"))
    #expect(model.localFunctions.count == 1)
    #expect(model.metadata.map(\.key) == ["author", "note"])
    // The onnx package of the oracle does not know the 2-bit types yet.
    for type in ElementType.allCases where type != .int2 && type != .uint2 {
      let typed = model.graph.constant("typed_\(type.onnxName)")
      let raw = model.graph.constant("raw_\(type.onnxName)")
      #expect(typed != nil, "\(type)")
      if type != .string, raw != nil { #expect(typed == raw, "\(type)") }
    }
    try model.check()
  }

  @Test func anEditedAttributeLeavesNothingOfItsOldType() throws {
    let model = try Model(contentsOf: Fixture.path("unusual.onnx"))
    var node = try #require(model.graph.nodes.first { $0.int("axis") != nil })
    let index = try #require(node.attributes.firstIndex { $0.name == "axis" })
    node.attributes[index].value = .float(0)
    var edited = model
    edited.graph.nodes = [node]
    edited.opsets["com.example"] = 3
    edited.opsets["ai.onnx.ml"] = nil
    let again = try Model(serialized: try edited.serialized())
    #expect(again.graph.nodes[0].float("axis") == 0)
    #expect(again.graph.nodes[0].int("axis") == nil)
    #expect(again.opsets["com.example"] == 3)
    #expect(again.opsets["ai.onnx.ml"] == nil)
    #expect(again.opset == model.opset)
  }
}
