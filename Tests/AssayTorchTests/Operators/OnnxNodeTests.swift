import AssayCore
import AssayONNX
import AssayTestSupport
import AssayTorch
import FoundationEssentials
import Testing

/// The ONNX project's own tests of every operator, run on libtorch.
///
/// Oracle: the outputs stored there, which ONNX computes with numpy or PyTorch. Numbers may differ by
/// 1e-5 + 1e-3·|expected|, as in ONNX's own test runner; integers must be equal.
@Suite("ONNX's own tests on libtorch", .enabled(if: TorchFixture.isThere, TorchFixture.isMissing))
struct OnnxNodeTests {
  /// Tests of operators that are in the table, but in a form that is left out, with the reason.
  static let leftOut: [String: String] = [
    "test_batchnorm_epsilon_training_mode": "training mode",
    "test_batchnorm_example_training_mode": "training mode",
    "test_cast_FLOAT_to_BFLOAT16": truncated,
    "test_cast_FLOAT_to_STRING": "string tensors",
    "test_cast_STRING_to_FLOAT": "string tensors",
    "test_castlike_BFLOAT16_to_FLOAT": contradictory,
    "test_castlike_BFLOAT16_to_FLOAT_expanded": contradictory,
    "test_castlike_FLOAT_to_BFLOAT16": contradictory,
    "test_castlike_FLOAT_to_BFLOAT16_expanded": contradictory,
    "test_castlike_FLOAT_to_STRING": "string tensors",
    "test_castlike_FLOAT_to_STRING_expanded": "string tensors",
    "test_castlike_STRING_to_FLOAT": "string tensors",
    "test_castlike_STRING_to_FLOAT_expanded": "string tensors",
    "test_identity_opt": "optional values",
    "test_identity_sequence": "sequences",
    "test_max_uint64": unsigned,
    "test_maxpool_with_argmax_2d_precomputed_strides": "column-major places",
    "test_min_uint64": unsigned,
    "test_mod_uint64": unsigned,
    "test_pow_types_float32_uint64": unsigned,
    "test_training_dropout": "training mode",
    "test_training_dropout_default": "training mode",
    "test_training_dropout_default_mask": "training mode",
    "test_training_dropout_mask": "training mode",
  ]

  private static let truncated = "the stored bfloat16 numbers are truncated, where ONNX asks for the nearest"
  private static let contradictory = "the model declares another shape for 'like' than the stored tensor has"
  private static let unsigned = "libtorch computes nothing with unsigned integers of 64 bits"

  /// As many tests as are covered today; a smaller number means that something was lost.
  static let minimumCovered = 837

  @Test(
    "Every test of operators in the table passes",
    .enabled(if: TestEnvironment.onnxTests != nil, Comment(rawValue: TestEnvironment.onnxTestsAreMissing)))
  func everyTest() throws {
    let library = try TorchFixture.loaded()
    let root = try #require(TestEnvironment.onnxTests)
    let operators = Set(TorchGraph.operators)
    var covered = 0
    var failures: [String] = []
    var needless: [String] = []
    for kind in ["node", "pytorch-converted", "pytorch-operator"] {
      let names = try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(kind)").filter {
        $0.hasPrefix("test_")
      }
      for name in names.sorted() {
        let model = try Model(contentsOf: "\(root)/\(kind)/\(name)/model.onnx")
        let used = Set(model.graph.nodes.map { $0.domain.isEmpty ? $0.opType : "\($0.domain):\($0.opType)" })
        guard used.isSubset(of: operators) else { continue }
        let failure = Self.failure(of: model, folder: "\(root)/\(kind)/\(name)", library)
        if Self.leftOut[name] != nil {
          if failure == nil { needless.append(name) }
          continue
        }
        covered += 1
        if let failure { failures.append("\(name): \(failure)") }
      }
    }
    print(
      "ONNX's tests on libtorch: \(covered) covered, \(failures.count) fail, \(Self.leftOut.count) left out by name")
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
    #expect(needless.isEmpty, "these pass and need not be left out")
    #expect(covered >= Self.minimumCovered)
  }

  /// What goes wrong when the model runs on its stored inputs; nil when all outputs are right.
  private static func failure(of model: Model, folder: String, _ library: TorchLibrary) -> String? {
    do {
      let graph = try TorchGraph(model, library: library)
      let files = TestEnvironment.files(under: folder, suffix: ".pb")
      let sets = Set(files.compactMap { $0.split(separator: "/").dropLast().last.map(String.init) }).sorted()
      guard !sets.isEmpty else { return "no stored inputs" }
      for set in sets {
        var inputs: [String: TorchTensor] = [:]
        for (index, info) in model.graph.inputs.enumerated() {
          let path = "\(folder)/\(set)/input_\(index).pb"
          guard FileManager.default.fileExists(atPath: path) else { continue }
          inputs[info.name] = try graph.input(tensor(at: path, info))
        }
        let outputs = try graph.run(inputs).outputs
        for (index, output) in outputs.enumerated() {
          let expected = try tensor(at: "\(folder)/\(set)/output_\(index).pb", model.graph.outputs[index])
          let isReal = expected.elementType.isFloatingPoint
          let actual = try graph.output(output, declared: expected.elementType)
          if let difference = difference(actual, expected, absolute: isReal ? 1e-5 : 0, relative: isReal ? 1e-3 : 0) {
            return "\(set), output \(index): \(difference)"
          }
        }
      }
      return nil
    } catch {
      return "\(error)"
    }
  }

  private static func tensor(at path: String, _ info: ValueInfo) throws -> Tensor {
    let data = try Data(contentsOf: URL(filePath: path))
    let tensor = try #require(try StoredTensor(serialized: Bytes(copying: [UInt8](data))).tensor)
    // The files store the bits of bfloat16 under the type uint16.
    guard info.tensorType?.elementType == .bfloat16, tensor.elementType == .uint16 else { return tensor }
    return try #require(Tensor(.bfloat16, shape: tensor.shape, bytes: tensor.bytes))
  }
}
