import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@Suite struct GraphCheckTests {
  private func problem(_ nodes: [Node], outputs: [String] = ["y"], opsets: [String: Int] = ["": 17]) throws -> ONNXError
  {
    var graph = Graph(nodes: nodes, inputs: [ValueInfo(name: "x", elementType: .float, shape: [.fixed(2)])])
    graph.outputs = outputs.map { ValueInfo(name: $0, elementType: .float, shape: nil) }
    var model = Model(graph: graph)
    model.opsets = opsets
    return try #require(throws: ONNXError.self) { try model.check() }
  }

  private func relu(_ name: String, _ input: String, _ output: String) -> Node {
    Node("Relu", name: name, inputs: [input], outputs: [output])
  }

  @Test func aCycleIsNamed() throws {
    let error = try problem([
      relu("first", "x", "a"), Node("Add", name: "second", inputs: ["a", "c"], outputs: ["b"]),
      relu("third", "b", "c"), relu("fourth", "c", "y"),
    ])
    #expect(error.code == .invalidGraph)
    #expect(error.message.contains("cycle"))
    #expect(error.message.contains("second") && error.message.contains("third"))
    #expect(!error.message.contains("first") && !error.message.contains("fourth"))
  }

  @Test func aDanglingInputIsNamedWithTheNearestValue() throws {
    let error = try problem([relu("a", "x", "hidden"), relu("b", "hiden", "y")])
    #expect(error.place?.node == "b")
    #expect(error.message.contains("'hiden'"))
    #expect(error.remedy?.contains("'hidden'") == true)
  }

  @Test func aValueMadeTwiceIsNamed() throws {
    let error = try problem([relu("a", "x", "y"), relu("b", "x", "y")])
    #expect(error.place?.node == "b")
    #expect(try problem([relu("a", "x", "x")], outputs: ["x"]).message.contains("an input"))
  }

  @Test func aMissingOutputIsNamed() throws {
    let error = try problem([relu("a", "x", "z")])
    #expect(error.place?.node == "y")
  }

  @Test func aMissingOperatorSetIsNamed() throws {
    let error = try problem([relu("a", "x", "y")], opsets: [:])
    #expect(error.code == .unsupportedVersion)
    let other = try problem([Node("Gelu", name: "g", domain: "com.microsoft", inputs: ["x"], outputs: ["y"])])
    #expect(other.message.contains("com.microsoft"))
  }

  @Test func unsortedNodesAreReportedAndSorted() throws {
    let nodes = [relu("last", "b", "y"), relu("first", "x", "a"), relu("middle", "a", "b"), relu("free", "x", "c")]
    let error = try problem(nodes)
    #expect(error.place?.node == "last")
    #expect(error.remedy?.contains("sort") == true)
    let graph = try Graph(nodes: nodes).sortedTopologically()
    #expect(graph.nodes.map(\.name) == ["first", "middle", "last", "free"])
    #expect(try graph.sortedTopologically().nodes.map(\.name) == graph.nodes.map(\.name))
  }

  @Test func sortingIsRightForRandomGraphs() throws {
    for seed in 1...20 {
      var generator = SeededGenerator(seed: UInt64(seed))
      let count = 40
      var nodes = (0..<count).map { index in
        let inputs = (0..<3).map { _ in index == 0 ? "x" : "v\(generator.integer(in: 0...(index - 1)))" }
        return Node("Sum", name: "\(index)", inputs: inputs, outputs: ["v\(index)"])
      }
      nodes.shuffle(using: &generator)
      let sorted = try Graph(nodes: nodes).sortedTopologically()
      var made: Set<String> = ["x"]
      for node in sorted.nodes {
        #expect(node.inputs.allSatisfy(made.contains), "seed \(seed)")
        made.formUnion(node.outputs)
      }
      #expect(sorted.nodes.count == count)
    }
  }

  @Test func anInitializerThatDoesNotFitItsInputIsNamed() throws {
    var graph = GraphBuilder()
    let x = graph.input("x", [3])
    graph.input("w", [2])
    let w = graph.constant(Tensor([1, 2, 3] as [Float], shape: [3]), name: "w")
    let y = graph.node("Add", [x, w])
    let error = try #require(throws: ONNXError.self) { try graph.model(outputs: [y]).check() }
    #expect(error.place?.node == "w")
  }

  @Test func subgraphsSeeTheValuesAround() throws {
    var branch = Graph(nodes: [relu("inner", "x", "z")])
    branch.outputs = [ValueInfo(name: "z", elementType: .float, shape: nil)]
    var graph = GraphBuilder()
    graph.input("x", [2])
    let condition = graph.constant(Tensor([true], shape: []))
    func model(_ branch: Graph) -> Model {
      var graph = graph
      let y = graph.node(
        "If", [condition], [Attribute("then_branch", .graph(branch)), Attribute("else_branch", .graph(branch))])
      return graph.model(outputs: [y])
    }
    try model(branch).check()
    #expect(model(branch).cost().macs == nil)
    #expect(model(branch).cost().unknownOperators == ["If"])
    branch.nodes[0].inputs = ["nowhere"]
    let error = try #require(throws: ONNXError.self) { try model(branch).check() }
    #expect(error.place?.node == "inner")
  }
}
