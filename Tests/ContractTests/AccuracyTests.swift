import AssayCore
import AssayData
import AssayEngines
import AssayRuntime
import AssayTestSupport
import FoundationEssentials
import Testing

@testable import AssayPipeline

/// A baseline of a shipped suite, with how many of its test rows it answers right.
struct BaselineCase: Sendable, CustomTestStringConvertible {
  var suite: String
  var baseline: String
  var correct: Int
  var rows: Int

  init(_ suite: String, _ baseline: String, _ correct: Int, of rows: Int) {
    (self.suite, self.baseline, self.correct, self.rows) = (suite, baseline, correct, rows)
  }

  var testDescription: String { "\(suite)/\(baseline)" }

  /// Data and models are in this repository.
  static let ours = [
    BaselineCase("digits", "digits-mlp", 1732, of: 1797), BaselineCase("digits", "digits-cnn", 1784, of: 1797),
  ]

  /// What their makers report, or counted by onnxruntime 1.31.1 in Python on the same rows.
  static let others = [
    BaselineCase("mnist", "lenet300", 9850, of: 10_000), BaselineCase("mnist", "lenet5", 9924, of: 10_000),
    BaselineCase("mnist", "ort_mnist", 9891, of: 10_000), BaselineCase("mnist", "mnist-net_256x4", 9764, of: 10_000),
    BaselineCase("cifar10", "resnet8", 660, of: 1000), BaselineCase("cifar10", "resnet_2b", 703, of: 1000),
    BaselineCase("cifar10", "cifar10_small", 630, of: 1000),
  ]
}

private let hasEngine: Bool = {
  if case .found = OnnxRuntimeEngine().probe() { true } else { false }
}()

/// From the text of a suite to the number of right answers, the way a run takes.
struct AccuracyTests {
  @Test(
    "A baseline in this repository answers as many rows right as its suite says",
    .enabled(if: hasEngine, Comment(rawValue: noEngineIsHere)), arguments: BaselineCase.ours)
  func ours(item: BaselineCase) throws { try check(item) }

  @Test(
    "A baseline made or tested elsewhere answers as many rows right as its suite says",
    .enabled(if: hasEngine, Comment(rawValue: noEngineIsHere)),
    .enabled(if: TestEnvironment.data != nil, Comment(rawValue: TestEnvironment.dataAreMissing)),
    .enabled(if: TestEnvironment.models != nil, Comment(rawValue: TestEnvironment.modelsAreMissing)),
    arguments: BaselineCase.others)
  func others(item: BaselineCase) throws { try check(item) }

  private func check(_ item: BaselineCase) throws {
    let suite = try AssayPipeline.Suite.read(
      path: "\(Repository.root)/suites/\(item.suite).yaml", environment: ProcessInfo.processInfo.environment)
    let baseline = try #require(suite.baselines.first { $0.name == item.baseline })
    let description = try baseline.test.get()
    let dataset = try description.open()
    #expect(dataset.count == item.rows && dataset.availableRows == item.rows)
    let session = try OnnxRuntimeEngine().open(path: try #require(baseline.model).get(), settings: SessionSettings())
    let input = try WorkerInput(rows: try dataset.prepare(description.preparation), session: session, batch: 1)
    var correct = 0
    for (row, label) in dataset.labels.enumerated() {
      let scores = try session.run(input.batch(from: row, count: 1))[0].elements(Float.self)
      let best = scores.indices.reduce(0) { scores[$1] > scores[$0] ? $1 : $0 }
      if best == label { correct += 1 }
    }
    #expect(correct == item.correct)
  }
}
