import AssayCore
import AssayONNX
import AssayTestSupport
import FoundationEssentials

/// A suite that takes no time: one product of matrices, four rows, the reference engine.
enum SmallSuite {
  static let text = """
    suite: small
    baseline: { model: m.onnx }
    data:
      test: { csv: t.csv }
      train: { csv: t.csv }
      calibration: { from: train, count: 3 }
    variants:
      half: [ prune: { sparsity: 0.5 } ]
      most: [ prune: { sparsity: 0.9 } ]
    engines: [ reference ]
    measure: { launches: 2, rounds: 2, block: 1 ms }
    """

  /// Writes the suite, its model and its data into `folder`.
  static func write(to folder: String, replacing changes: [(String, String)] = []) throws {
    try model().write(to: "\(folder)/m.onnx")
    try file("0,2,1,3,1\n4,6,0,1,0\n8,10,1,0,1\n1,2,3,4,2\n", "\(folder)/t.csv")
    let text = changes.reduce(text) { $0.replacing($1.0, with: $1.1) }
    try file(text + "\n", "\(folder)/s.yaml")
  }

  static func file(_ text: String, _ path: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

  /// Rows of four features, three classes.
  static func model(opset: Int = 17, input: String = "x", outputs: Int = 3) -> Model {
    var generator = SeededGenerator(seed: 1)
    var graph = GraphBuilder()
    graph.input("x", dimensions: [.symbolic("N"), .fixed(4)])
    let y = graph.node(
      "MatMul", [input, graph.constant(generator.tensor([4, outputs]), name: "w")], name: "product", output: "y")
    return graph.model(outputs: [y], shape: [.symbolic("N"), .fixed(outputs)], opset: opset)
  }

  /// Two nodes that wait for each other.
  static func cycle() -> Model {
    var graph = GraphBuilder()
    graph.input("x", dimensions: [.symbolic("N"), .fixed(4)])
    graph.node("Relu", ["b"], name: "first", output: "a")
    graph.node("Relu", ["a"], name: "second", output: "b")
    return graph.model(outputs: ["b"], shape: [.symbolic("N"), .fixed(4)])
  }
}
