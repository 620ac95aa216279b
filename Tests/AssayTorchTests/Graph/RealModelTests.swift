import AssayCore
import AssayONNX
import AssayRuntime
import AssayTestSupport
import AssayTorch
import Testing

@Suite("Real models on libtorch", .enabled(if: TorchFixture.isThere, TorchFixture.isMissing))
struct RealModelTests {
  /// Every model that the reference engine runs; the large ones take it minutes in a debug build.
  static let paths = TestEnvironment.models.map { TestEnvironment.files(under: $0, suffix: ".onnx") } ?? []
  static let largeNames: Set = ["light_resnet50.onnx", "basic_pitch_nmp.onnx", "resnet_2b.onnx", "cifar_deep_kw.onnx"]

  private static func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

  /// Inputs of at most two rows, drawn.
  private func inputs(_ graph: TorchGraph) -> [String: Tensor] {
    var generator = SeededGenerator(seed: 5)
    var inputs: [String: Tensor] = [:]
    for description in graph.inputs {
      inputs[description.name] = generator.tensor(description.shape.map { $0.value ?? 2 }, in: 0...1)
    }
    return inputs
  }

  /// Oracle: the reference engine. Sums of thousands of products differ in their rounding: 1e-5 of the largest output.
  @Test(
    "A model answers as in the reference engine",
    .enabled(if: TestEnvironment.models != nil, Comment(rawValue: TestEnvironment.modelsAreMissing)),
    arguments: paths.filter { !largeNames.contains(name($0)) })
  func agreement(path: String) throws {
    let library = try TorchFixture.loaded()
    let model = try Model(contentsOf: path)
    let graph = try TorchGraph(model, library: library, gradients: .all)
    let inputs = inputs(graph)
    let expected = try ReferenceSession(model).run(inputs)
    var tensors: [String: TorchTensor] = [:]
    for (name, tensor) in inputs { tensors[name] = try TorchTensor(tensor, library: library) }
    for mode in [TorchMode.inference, .evaluation] {
      let actual = try graph.run(tensors, mode: mode).outputs
      #expect(actual.count == expected.count)
      for (a, e) in zip(actual, expected) {
        let largest = e.doubleValues?.map(\.magnitude).max() ?? 0
        let found = difference(try a.values(), e, absolute: 1e-5 * largest, relative: 1e-5)
        #expect(found == nil, "\(mode): \(found ?? "")")
      }
    }
  }

  @Test(
    "A large model runs, and answers with finite numbers of the declared shapes",
    .enabled(if: TestEnvironment.models != nil, Comment(rawValue: TestEnvironment.modelsAreMissing)),
    arguments: paths.filter { largeNames.contains(name($0)) })
  func large(path: String) throws {
    let library = try TorchFixture.loaded()
    let model = try Model(contentsOf: path)
    let graph = try TorchGraph(model, library: library)
    var tensors: [String: TorchTensor] = [:]
    for (name, tensor) in inputs(graph) { tensors[name] = try TorchTensor(tensor, library: library) }
    let outputs = try graph.run(tensors).outputs
    #expect(outputs.count == graph.outputs.count)
    for (output, description) in zip(outputs, graph.outputs) {
      #expect(zip(output.shape, description.shape).allSatisfy { $1.value ?? $0 == $0 }, "\(description.name)")
      #expect(try output.values().doubleValues?.allSatisfy(\.isFinite) ?? false)
    }
  }
}
