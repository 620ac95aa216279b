import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

/// A random choice of half of what can be cut, and the cut model.
private func cutHalf(
  _ model: Model, seed: UInt64
) throws -> (roots: Set<Int>, axes: ChannelAxes, model: Model, report: StepReport) {
  let analysis = try ChannelAnalysis(model, followsShapes: true)
  var generator = SeededGenerator(seed: seed)
  let scores = analysis.groups.map { $0.roots.map { _ in generator.unit() } }
  let selection = UnitSelection(
    analysis.groups, scores: scores, ratio: 0.5, isGlobal: seed % 2 == 0, minimum: 1, from: analysis.axes)
  var report = StepReport(step: "prune")
  let cut = ChannelCut(selection.roots, from: analysis.axes)
  return (selection.roots, analysis.axes, try cut.apply(to: model, analysis.shapes, &report), report)
}

/// The largest magnitude in the tensors.
private func scale(_ tensors: [Tensor]) -> Double {
  tensors.flatMap { $0.doubleValues ?? [] }.reduce(1e-3) { max($0, abs($1)) }
}

@Test(arguments: UInt64(1)...60)
func cuttingIsTheSameAsMaskingOnRandomNetworks(seed: UInt64) throws {
  let model = RandomNetwork.model(seed: seed, keepsZero: false)
  #expect(throws: Never.self) { try model.check() }
  let cut = try cutHalf(model, seed: seed)
  #expect(!cut.roots.isEmpty && !cut.report.changes.isEmpty, "seed \(seed)")
  #expect(throws: Never.self) { try cut.model.check() }
  var generator = SeededGenerator(seed: seed)
  let inputs = ["x": generator.tensor([2, 2, 8, 8])]
  let expected = try run(masked(model, cut.roots, cut.axes), inputs)
  let actual = try run(Model(serialized: cut.model.serialized()), inputs)
  let found = difference(actual[0], expected[0], absolute: 1e-5 * scale(expected))
  #expect(found == nil, "seed \(seed): \(found ?? "")")
}

@Test(arguments: UInt64(1)...30)
func cuttingWhatIsZeroChangesNothing(seed: UInt64) throws {
  let model = RandomNetwork.model(seed: seed, keepsZero: true)
  let choice = try cutHalf(model, seed: seed)
  let silent = zeroed(model, choice.roots, choice.axes)
  let analysis = try ChannelAnalysis(silent, followsShapes: true)
  var report = StepReport(step: "prune")
  let cut = try ChannelCut(choice.roots, from: analysis.axes).apply(to: silent, analysis.shapes, &report)
  var generator = SeededGenerator(seed: seed)
  let inputs = ["x": generator.tensor([2, 2, 8, 8])]
  let (expected, actual) = (try run(silent, inputs), try run(cut, inputs))
  #expect(actual[0] == expected[0], "seed \(seed): \(difference(actual[0], expected[0]) ?? "")")
}

@Test func headsOfATransformerAreCutWhole() throws {
  for seed in [UInt64(1), 3, 5] {
    let model = transformer(seed: seed)
    let analysis = try ChannelAnalysis(model, followsShapes: true)
    #expect(analysis.groups.map(\.kind) == [.head, .neuron], "seed \(seed)")
    #expect(analysis.groups.map(\.roots.count) == [4, 12], "seed \(seed)")
    #expect(analysis.groups[0].producers.map(\.node) == ["q", "k", "v"])
    let cut = try cutHalf(model, seed: seed)
    #expect(["q.w", "k.w", "v.w"].map { cut.model.graph.constant($0)?.shape } == [[8, 4], [8, 4], [8, 4]])
    #expect(throws: Never.self) { try cut.model.check() }
    var generator = SeededGenerator(seed: seed)
    let inputs = ["x": generator.tensor([2, 5, 8])]
    let expected = try run(masked(model, cut.roots, cut.axes), inputs)
    let found = difference(try run(cut.model, inputs)[0], expected[0], absolute: 1e-5 * scale(expected))
    #expect(found == nil, "seed \(seed): \(found ?? "")")
  }
}

private let repository = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(
  separator: "/")

/// Models of this repository.
@Test(arguments: ["digits-mlp", "digits-cnn", "lenet300", "lenet5"])
func cuttingIsTheSameAsMaskingOnTheModelsOfTheSuites(name: String) throws {
  try checkModel(Model(contentsOf: "\(repository)/suites/models/\(name).onnx"), name)
}

@Test(
  .enabled(if: TestEnvironment.models != nil, Comment(rawValue: TestEnvironment.modelsAreMissing)),
  arguments: ["ort_mnist", "mnist-net_256x4", "resnet_2b", "cifar_deep_kw", "cifar10_small"])
func cuttingIsTheSameAsMaskingOnModelsOfOthers(name: String) throws {
  try checkModel(Model(contentsOf: try #require(TestEnvironment.model("\(name).onnx"))), name)
}

private func checkModel(_ source: Model, _ name: String) throws {
  let model = try MethodCatalog.prepare(source, in: MethodContext(cpu: modernCPU)).model
  let cut = try cutHalf(model, seed: 3)
  #expect(cut.roots.count > 4)
  #expect(throws: Never.self) { try cut.model.check() }
  let input = try #require(model.graph.requiredInputs.first)
  let inputs = [input.name: SeededTensors.tensor(try #require(input.tensorType?.shape).map { $0.value ?? 1 }, seed: 4)]
  let expected = try run(masked(model, cut.roots, cut.axes), inputs)
  let actual = try run(cut.model, inputs)
  let found = difference(actual[0], expected[0], absolute: 1e-5 * scale(expected))
  #expect(found == nil, "\(name): \(found ?? "")")
  let (before, after) = (model.cost(), cut.model.cost())
  #expect(try #require(after.macs) < #require(before.macs))
  #expect(try #require(after.parameters) < #require(before.parameters))
}

/// Too large to be run here: the shapes are followed and checked.
@Test(
  .enabled(if: TestEnvironment.models != nil, Comment(rawValue: TestEnvironment.modelsAreMissing)),
  arguments: ["light_resnet50", "basic_pitch_nmp"])
func largeModelsStayConsistent(name: String) throws {
  let source = try Model(contentsOf: try #require(TestEnvironment.model("\(name).onnx")))
  let context = MethodContext(cpu: modernCPU)
  let model = try MethodCatalog.prepare(source, in: context).model
  let step = Step(method: "prune", options: ["target": .text("channel"), "ratio": .number(0.5)])
  let rewrite = try MethodCatalog.apply(step, to: model, in: context)
  #expect(!rewrite.report.changes.isEmpty)
  #expect(throws: Never.self) { try rewrite.model.check() }
  #expect(inferShapes(of: rewrite.model).contradictions.isEmpty)
}
