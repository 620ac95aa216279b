import AssayCore
import AssayData
import AssayEngines
import AssayMeasure
import AssayMethods
import AssayONNX
import AssayRuntime
import AssayTestSupport
import FoundationEssentials
import Testing

@testable import AssayPipeline

/// A baseline of a shipped suite with all its weights at 4 bits in blocks of 32.
struct WeightOnlyCase: Sendable, CustomTestStringConvertible {
  var suite: String
  var baseline: String
  /// Rows that the float model answers right.
  var float: Int
  /// Rows that may be lost: 0.2 points of a perceptron, 1 point where convolutions are at 4 bits too.
  var tolerance: Int
  /// What onnxruntime 1.31.1's MatMulNBitsQuantizer answers right with symmetric blocks of 32, which leaves convolutions
  /// float; counted by AssayMethodsTests/Oracles/peer_weight_only.py.
  var peer: Int

  init(_ suite: String, _ baseline: String, float: Int, tolerance: Int, peer: Int) {
    (self.suite, self.baseline, self.float, self.tolerance, self.peer) = (suite, baseline, float, tolerance, peer)
  }

  var testDescription: String { "\(suite)/\(baseline)" }

  static let ours = [
    WeightOnlyCase("digits", "digits-mlp", float: 1732, tolerance: 3, peer: 1732),
    WeightOnlyCase("digits", "digits-cnn", float: 1784, tolerance: 17, peer: 1784),
  ]
  static let others = [
    WeightOnlyCase("mnist", "lenet300", float: 9850, tolerance: 20, peer: 9848),
    WeightOnlyCase("mnist", "lenet5", float: 9924, tolerance: 100, peer: 9925),
    WeightOnlyCase("mnist", "mnist-net_256x4", float: 9764, tolerance: 20, peer: 9757),
    WeightOnlyCase("cifar10", "resnet8", float: 660, tolerance: 10, peer: 663),
  ]
}

private let hasEngine: Bool = {
  if case .found = OnnxRuntimeEngine().probe() { true } else { false }
}()

struct WeightOnlyAccuracyTests {
  @Test(
    "Weights of 4 bits answer nearly as many rows right as float ones",
    .enabled(if: hasEngine, Comment(rawValue: noEngineIsHere)), arguments: WeightOnlyCase.ours)
  func ours(item: WeightOnlyCase) throws { try check(item) }

  @Test(
    "Weights of 4 bits answer nearly as many rows right as float ones, on data from elsewhere",
    .enabled(if: hasEngine, Comment(rawValue: noEngineIsHere)),
    .enabled(if: TestEnvironment.data != nil, Comment(rawValue: TestEnvironment.dataAreMissing)),
    .enabled(if: TestEnvironment.models != nil, Comment(rawValue: TestEnvironment.modelsAreMissing)),
    arguments: WeightOnlyCase.others)
  func others(item: WeightOnlyCase) throws { try check(item) }

  private func check(_ item: WeightOnlyCase) throws {
    let suite = try AssayPipeline.Suite.read(
      path: "\(Repository.root)/suites/\(item.suite).yaml", environment: ProcessInfo.processInfo.environment)
    let baseline = try #require(suite.baselines.first { $0.name == item.baseline })
    let source = try Model(contentsOf: try #require(baseline.model).get())
    let correct = try correct(source, Step(method: "quantize-weights"), baseline)
    #expect(correct >= item.float - item.tolerance, "\(correct) right, float \(item.float)")
    // The peer leaves convolutions float, which is another model; its ranges are those of `max`.
    guard !source.graph.nodes.contains(where: { $0.opType == "Conv" }) else { return }
    let whole = try self.correct(
      source, Step(method: "quantize-weights", options: ["range": .text("max")]), baseline)
    #expect(whole >= item.peer, "\(whole) right, onnxruntime's quantizer \(item.peer)")
  }

  /// Test rows that the baseline answers right after a step.
  private func correct(_ source: Model, _ step: Step, _ baseline: SuiteBaseline) throws -> Int {
    let context = MethodContext(cpu: currentEnvironment(engines: []).cpuFeatures)
    let built = try VariantBuilder(context: context).build(source, [step])
    return try withTemporaryFolder { folder in
      try built.model.write(to: "\(folder)/model.onnx")
      let description = try baseline.test.get()
      let dataset = try description.open()
      let session = try OnnxRuntimeEngine().open(path: "\(folder)/model.onnx", settings: SessionSettings())
      let input = try WorkerInput(rows: try dataset.prepare(description.preparation), session: session, batch: 1)
      var correct = 0
      for (row, label) in dataset.labels.enumerated() {
        let scores = try session.run(input.batch(from: row, count: 1))[0].elements(Float.self)
        if scores.indices.reduce(0, { scores[$1] > scores[$0] ? $1 : $0 }) == label { correct += 1 }
      }
      return correct
    }
  }
}
