import AssayCore
import AssayONNX
import AssayRuntime
import AssayTestSupport
import AssayTorch
import FoundationEssentials
import Testing

@Suite("Real models on libtorch", .enabled(if: TorchFixture.isThere, TorchFixture.isMissing))
struct RealModelTests {
  /// Every model that the reference engine runs; the large ones take it minutes without optimization.
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

  /// What ONNX Runtime answered: output, number of elements, largest magnitude, every n-th element.
  private func stored(_ model: String, beside test: String = #filePath) throws -> [[Double]] {
    let folder = test.split(separator: "/").dropLast(2).joined(separator: "/")
    let text = try String(contentsOfFile: "/\(folder)/Oracles/models.txt", encoding: .utf8)
    return text.split(separator: "\n").map { $0.split(separator: " ") }.filter { $0[0] == model }
      .map { $0.dropFirst().compactMap { Double($0) } }
  }

  /// Oracle: onnxruntime 1.31.1 (Oracles/models.py), within 1e-5 of the largest output; deep sums differ in their rounding.
  /// basic_pitch takes logarithms of small sums: an input that moves by 6e-8 of itself moves ONNX Runtime's own answers by
  /// 1.4e-3, and its optimized graph differs from the plain one by 5.5e-3.
  @Test(
    "A large model answers as in ONNX Runtime",
    .enabled(if: TestEnvironment.models != nil, Comment(rawValue: TestEnvironment.modelsAreMissing)),
    arguments: paths.filter { largeNames.contains(name($0)) })
  func large(path: String) throws {
    let library = try TorchFixture.loaded()
    let graph = try TorchGraph(Model(contentsOf: path), library: library)
    var tensors: [String: TorchTensor] = [:]
    for description in graph.inputs {
      let shape = description.shape.map { $0.value ?? 1 }
      let values = (0..<shape.reduce(1, *)).map { Float((7919 * $0 + 17) % 1009) / 1009 }
      tensors[description.name] = try TorchTensor(Tensor(values, shape: shape), library: library)
    }
    let outputs = try graph.run(tensors).outputs
    let expected = try stored(Self.name(path))
    let tolerance = Self.name(path) == "basic_pitch_nmp.onnx" ? 5e-3 : 1e-5
    try #require(outputs.count == expected.count && !expected.isEmpty)
    for (output, expected) in zip(outputs, expected) {
      let values = try #require(try output.values().doubleValues)
      try #require(values.count == Int(expected[1]))
      let found = stride(from: 0, to: values.count, by: max(1, values.count / 64)).map { values[$0] }
      let difference = difference(found, Array(expected.dropFirst(3)), absolute: tolerance * expected[2])
      #expect(difference == nil, "output \(Int(expected[0])): \(difference ?? "")")
    }
  }
}
