import AssayCore
import AssayONNX
import AssayTestSupport
import FoundationEssentials
import Testing

@Suite struct SharedMemoryTests {
  private func address(_ bytes: Bytes) -> UInt { bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } }

  private func modelOfTwoWeights() -> Model {
    var graph = GraphBuilder()
    var generator = SeededGenerator(seed: 9)
    let x = graph.input("x", [1, 64])
    let first = graph.node("MatMul", [x, graph.constant(generator.tensor([64, 64]), name: "a")])
    let second = graph.node("MatMul", [first, graph.constant(generator.tensor([64, 8]), name: "b")])
    return graph.model(outputs: [second])
  }

  @Test func weightsLieInTheBytesThatWereRead() throws {
    let bytes = try modelOfTwoWeights().serialized()
    let model = try Model(serialized: bytes)
    let range = address(bytes)..<(address(bytes) + UInt(bytes.count))
    for name in ["a", "b"] {
      let weights = try #require(model.graph.constant(name))
      #expect(range.contains(address(weights.bytes)), "\(name) was copied")
    }
  }

  @Test func copiesAndEditsShareTheWeights() throws {
    let model = modelOfTwoWeights()
    var edited = model
    edited.graph.setInitializer("b", Tensor([Float](repeating: 0, count: 512), shape: [64, 8]))
    let (before, after) = (try #require(model.graph.constant("a")), try #require(edited.graph.constant("a")))
    #expect(address(before.bytes) == address(after.bytes))
    let upgraded = try #require(try edited.upgraded(to: 17).model.graph.constant("a"))
    #expect(address(upgraded.bytes) == address(before.bytes))
    let other = try #require(model.graph.constant("b"))
    #expect(other != edited.graph.constant("b"))
  }

  @Test func aModelMayBeWrittenOverItself() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/model.onnx"
      try modelOfTwoWeights().write(to: path)
      let model = try Model(contentsOf: path)
      try model.write(to: path)
      #expect(try Model(contentsOf: path).graph.constant("a") == model.graph.constant("a"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["model.onnx"])
    }
  }

  @Test func aFolderThatIsNotThereIsNamed() throws {
    let error = try #require(throws: ONNXError.self) { try modelOfTwoWeights().write(to: "/nowhere/model.onnx") }
    #expect(error.code == .cannotCreate)
    #expect(error.place?.file == "/nowhere/model.onnx")
  }
}
