import AssayCore
import AssayONNX
import AssayRuntime
import AssayTestSupport
import Testing

struct ReferenceSessionTests {
  private static func twoLayers() -> Model {
    var graph = GraphBuilder()
    let x = graph.input("x", dimensions: [.symbolic("N"), .fixed(2)])
    let weight = graph.constant(Tensor([Float(1), -1, 2, 0.5], shape: [2, 2]), name: "w")
    let product = graph.node("MatMul", [x, weight], name: "product", output: "product")
    let y = graph.node("Relu", [product], name: "relu", output: "y")
    return graph.model(outputs: [y])
  }

  private static let input = Tensor([Float(1), 2, -3, 1], shape: [2, 2])

  private static func code(_ body: () throws -> Void) -> EngineErrorCode? {
    do {
      try body()
      return nil
    } catch {
      return (error as? EngineError)?.code
    }
  }

  @Test func nodesMayStandInAnyOrder() throws {
    var model = Self.twoLayers()
    model.graph.nodes.reverse()
    let outputs = try ReferenceSession(model).run(["x": Self.input])
    #expect(outputs == [Tensor([Float(5), 0, 0, 3.5], shape: [2, 2])])
  }

  @Test func intermediateValuesInputsAndConstantsCanBeFetched() throws {
    let session = try ReferenceSession(Self.twoLayers())
    let values = try session.run(["x": Self.input], fetching: ["product", "w", "x"])
    #expect(values["product"] == Tensor([Float(5), 0, -1, 3.5], shape: [2, 2]))
    #expect(values["w"]?.shape == [2, 2])
    #expect(values["x"] == Self.input)
    #expect(values["y"] == nil)
    #expect(Self.code { _ = try session.run(["x": Self.input], fetching: ["nothing"]) } == .input)
  }

  @Test func boundInferencesVisitThePool() throws {
    let session = try ReferenceSession(Self.twoLayers())
    let bound = try session.bind([["x": Self.input], ["x": Tensor([Float](repeating: 0, count: 4), shape: [2, 2])]])
    #expect(bound.poolCount == 2)
    try bound.infer(0)
    #expect(try bound.outputs() == [Tensor([Float(5), 0, 0, 3.5], shape: [2, 2])])
    try bound.infer(1)
    #expect(try bound.outputs() == [Tensor([Float](repeating: 0, count: 4), shape: [2, 2])])
    #expect(Self.code { try bound.infer(2) } == .input)
    #expect(Self.code { _ = try session.bind([]) } == .input)
  }

  @Test func inputsThatDoNotFitAreRefused() throws {
    let session = try ReferenceSession(Self.twoLayers())
    let wrong: [[String: Tensor]] = [
      [:],
      ["z": Self.input],
      ["x": Self.input, "w": Self.input],
      ["x": Tensor([Float(1), 2, 3], shape: [1, 3])],
      ["x": Tensor([Float(1), 2], shape: [2])],
      ["x": Tensor([Int32(1), 2], shape: [1, 2])],
    ]
    for inputs in wrong { #expect(Self.code { _ = try session.run(inputs) } == .input, "\(inputs)") }
  }

  @Test func anUnknownOperatorIsNamedWithItsNode() {
    var graph = GraphBuilder()
    let x = graph.input("x", [1])
    let y = graph.node("Frobnicate", [x], name: "here", domain: "my.domain")
    let model = graph.model(outputs: [y], domains: ["my.domain": 1])
    let error = #expect(throws: EngineError.self) { _ = try ReferenceSession(model) }
    #expect(error?.code == .unsupported)
    #expect(error?.place?.node == "here")
    #expect(error?.message.contains("my.domain:Frobnicate") == true)
  }

  @Test func cyclesAndDanglingInputsAreRefused() {
    var graph = GraphBuilder()
    let x = graph.input("x", [1])
    graph.node("Add", [x, "b"], name: "first", output: "a")
    graph.node("Add", [x, "a"], name: "second", output: "b")
    #expect(Self.code { _ = try ReferenceSession(graph.model(outputs: ["a"])) } == .load)
    var dangling = GraphBuilder()
    let y = dangling.node("Relu", ["nowhere"], name: "here")
    let error = #expect(throws: EngineError.self) { _ = try ReferenceSession(dangling.model(outputs: [y])) }
    #expect(error?.code == .load && error?.place?.node == "here")
    #expect(error?.message.contains("nowhere") == true)
    #expect(Self.code { _ = try ReferenceSession(Self.twoLayersWithout("relu")) } == .load)
  }

  private static func twoLayersWithout(_ node: String) -> Model {
    var model = twoLayers()
    model.graph.nodes.removeAll { $0.name == node }
    return model
  }

  @Test func shapesThatContradictEachOtherNameTheNode() throws {
    var graph = GraphBuilder()
    let x = graph.input("x", [2, 3])
    let y = graph.node("MatMul", [x, x], name: "here")
    let session = try ReferenceSession(graph.model(outputs: [y]))
    let error = #expect(throws: EngineError.self) {
      _ = try session.run(["x": Tensor([Float](repeating: 0, count: 6), shape: [2, 3])])
    }
    #expect(error?.code == .inference && error?.place?.node == "here")
  }

  @Test func aMissingFileAndAnotherDeviceAreRefused() {
    let engine = ReferenceEngine()
    #expect(Self.code { _ = try engine.open(path: "/nonexistent.onnx", settings: SessionSettings()) } == .load)
    let settings = SessionSettings(device: "cuda:0")
    #expect(Self.code { _ = try engine.open(path: "/nonexistent.onnx", settings: settings) } == .placement)
  }

  @Test func aShapeTooLargeForMemoryIsAnError() throws {
    var graph = GraphBuilder()
    let shape = graph.constant(ints: [1 << 40, 1 << 40])
    let y = graph.node("ConstantOfShape", [shape])
    #expect(Self.code { _ = try ReferenceSession(graph.model(outputs: [y])).run([:]) } == .inference)
  }

  @Test func bfloat16IsRoundedOnce() throws {
    // 1 + 2⁻⁸ is a tie between two bfloat16 numbers; a Double just above it must go up, not back to the even one.
    let tie = 1 + 0x1p-8
    let input = Tensor([tie, tie.nextUp, tie.nextDown, -tie.nextUp], shape: [4])
    var graph = GraphBuilder()
    let x = graph.input("x", [4], .double)
    let low = graph.node("Cast", [x], [Attribute("to", int: Int(ElementType.bfloat16.rawValue))])
    let y = graph.node("Cast", [low], [Attribute("to", int: Int(ElementType.double.rawValue))])
    let result = try ReferenceSession(graph.model(outputs: [y], elementType: .double)).run(["x": input])
    #expect(result == [Tensor([1, 1 + 0x1p-7, 1, -1 - 0x1p-7], shape: [4])])
  }
}
