import AssayCore
import AssayData
import AssayMeasure
import AssayONNX
import AssayRuntime
import AssayTestSupport
import FoundationEssentials
import Glibc
import Testing

@testable import AssayPipeline

struct SelftestModelTests {
  @Test("The model made here is valid, computes, and is the same file every time")
  func generated() throws {
    let model = SelftestModel.generated()
    #expect(model.problems().isEmpty)
    #expect(model.cost().figures(file_B: 0).parameters == 784 * 300 + 300 + 300 * 100 + 100 + 100 * 10 + 10)
    #expect(try model.serialized() == SelftestModel.generated().serialized())
    try withTemporaryFolder { folder in
      let files = try SelftestModel(model: nil, folder: folder, seed: 5)
      #expect(files.batch == 1)
      let rows = try NPY.map(files.rowsPath)
      #expect(rows.shape == [1000, 784])
      let values = rows.elements(Float.self)
      #expect(values.allSatisfy { (0..<1).contains($0) } && Set(values.prefix(100)).count > 90)
      let session = try ReferenceEngine().open(path: files.path, settings: SessionSettings())
      let row = Tensor(Array(values.prefix(784)), shape: [1, 784])
      let output = try #require(try session.run(["x": row]).first).elements(Float.self)
      #expect(output.count == 10 && output.allSatisfy(\.isFinite) && Set(output).count == 10)
    }
  }

  @Test("Rows fit the input of a model that is given, open extents as 1")
  func rows() throws {
    try withTemporaryFolder { folder in
      func files(_ dimensions: [Dimension]?) throws -> SelftestModel {
        var graph = GraphBuilder()
        graph.input("x", dimensions: dimensions)
        graph.node("Relu", ["x"], output: "y")
        try graph.model(outputs: ["y"]).write(to: "\(folder)/m.onnx")
        return try SelftestModel(model: "\(folder)/m.onnx", folder: folder, seed: 1)
      }
      let open = try files([.symbolic("N"), .fixed(3), .unknown])
      #expect(open.batch == 1)
      #expect(try NPY.map("\(folder)/rows.npy").shape == [1000, 3, 1])
      #expect(try files([.fixed(32), .fixed(2)]).batch == 32)
      #expect(try NPY.map("\(folder)/rows.npy").shape == [32_000, 2])
      // Rows as large as the pool are at least a batch.
      #expect(try files([.symbolic("N"), .fixed(3 << 20)]).batch == 1)
      #expect(try NPY.map("\(folder)/rows.npy").shape == [1, 3 << 20])
      for dimensions: [Dimension]? in [nil, [], [.fixed(1), .fixed(1 << 40)], [.fixed(1 << 40), .fixed(1)]] {
        let error = #expect(throws: PipelineError.self, "\(dimensions ?? [])") { try files(dimensions) }
        #expect(error?.exitStatus == .badInput)
      }
      let missing = #expect(throws: PipelineError.self) {
        try SelftestModel(model: "\(folder)/none.onnx", folder: folder, seed: 1)
      }
      #expect(missing?.exitStatus == .badInput)
    }
  }
}

struct SelftestScoresTests {
  /// A launch whose blocks have a hundred samples of the given latencies.
  private func launch(_ number: Int, _ latencies_ns: [UInt64], load_ns: UInt64, peak_B: Int?) -> LaunchRecord {
    LaunchRecord(
      launch: number, phases: Phases(processStart_ns: 1, load_ns: load_ns, firstInference_ns: 0), warmUp: Samples(),
      blocks: latencies_ns.enumerated().map { round, latency_ns in
        BlockRecord(
          round: round, position: 0, samples: Samples([UInt64](repeating: latency_ns, count: 100)),
          elapsed_ns: 100 * latency_ns, involuntarySwitches: 0)
      }, memory: MemoryFigures(beforeLoad_B: peak_B.map { _ in 1000 }, peak_B: peak_B))
  }

  @Test("Launches are paired by number, latencies by block round, other figures by launch")
  func scores() throws {
    let base = [
      launch(0, [100, 200, 100], load_ns: 1000, peak_B: 5000), launch(1, [100, 100, 100], load_ns: 1000, peak_B: nil),
    ]
    let own = [
      launch(1, [200, 200, 100], load_ns: 500, peak_B: 5000), launch(0, [110, 220, 300], load_ns: 2000, peak_B: 3000),
      launch(7, [1, 1, 1], load_ns: 1, peak_B: 2000),
    ]
    let scores = SelftestScores.scores(of: own, to: base)
    func expect(_ name: String, _ ratios: [Double], sourceLocation: SourceLocation = #_sourceLocation) throws {
      let values = try #require(scores[name], sourceLocation: sourceLocation)
      #expect(values.count == ratios.count, sourceLocation: sourceLocation)
      for (value, ratio) in zip(values, ratios) {
        #expect(abs(value - log(ratio)) < 1e-12, sourceLocation: sourceLocation)
      }
    }
    try expect("latency.p50", [1.1, 2])
    try expect("latency.p90", [1.1, 2])
    try expect("throughput", [1 / 1.1, 0.5])
    try expect("start.load", [2, 0.5])
    try expect("memory.peak", [0.5])
    #expect(scores["start.first-inference"] == nil, "a figure of zero has no ratio")
  }
}
