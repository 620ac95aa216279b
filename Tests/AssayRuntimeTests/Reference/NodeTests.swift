import AssayCore
import AssayONNX
import AssayRuntime
import AssayTestSupport
import FoundationEssentials
import Testing

/// The ONNX project's own tests of every operator, run with the reference engine.
///
/// Oracle: the outputs stored there, which ONNX computes with numpy. Numbers may differ by 1e-5 + 1e-3·|expected|, as in
/// ONNX's own test runner; integers must be equal.
struct NodeTests {
  /// Tests of operators that the engine has, but in a form that it leaves out, with the reason.
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
    "test_training_dropout": "training mode",
    "test_training_dropout_default": "training mode",
    "test_training_dropout_default_mask": "training mode",
    "test_training_dropout_mask": "training mode",
  ]

  private static let truncated = "the stored bfloat16 numbers are truncated, where ONNX asks for the nearest"
  private static let contradictory = "the model declares another shape for 'like' than the stored tensor has"

  /// As many tests as are covered today; a smaller number means that something was lost.
  static let minimumCovered = 728

  private struct Outcome {
    var covered = 0
    var failures: [String] = []
    var missing: [String: Int] = [:]
    var needlesslyLeftOut: [String] = []
  }

  @Test(
    .enabled(if: TestEnvironment.onnxTests != nil, Comment(rawValue: TestEnvironment.onnxTestsAreMissing)))
  func everyNodeTestOfASupportedOperatorPasses() throws {
    let root = try #require(TestEnvironment.onnxTests) + "/node"
    let names = try FileManager.default.contentsOfDirectory(atPath: root).filter { $0.hasPrefix("test_") }.sorted()
    let operators = Set(ReferenceEngine.operators)
    var outcome = Outcome()
    for name in names {
      let model = try Model(contentsOf: "\(root)/\(name)/model.onnx")
      let unknown = Set(model.graph.nodes.map { $0.domain.isEmpty ? $0.opType : "\($0.domain):\($0.opType)" })
        .subtracting(operators)
      guard unknown.isEmpty else {
        for type in unknown { outcome.missing[type, default: 0] += 1 }
        #expect(Self.leftOut[name] == nil, "\(name) is left out because of an operator that is not there at all")
        continue
      }
      let failure = Self.failure(of: model, folder: "\(root)/\(name)")
      if Self.leftOut[name] != nil {
        if failure == nil { outcome.needlesslyLeftOut.append(name) }
        continue
      }
      outcome.covered += 1
      if let failure { outcome.failures.append("\(name): \(failure)") }
    }
    Self.report(outcome, of: names.count)
    #expect(outcome.failures.isEmpty, "\(outcome.failures.joined(separator: "\n"))")
    #expect(outcome.needlesslyLeftOut.isEmpty, "these pass and need not be left out")
    #expect(outcome.covered >= Self.minimumCovered)
    let absent = Self.leftOut.keys.filter { !names.contains($0) }
    #expect(absent.isEmpty, "no such tests to leave out")
  }

  private static func report(_ outcome: Outcome, of count: Int) {
    let missing = outcome.missing.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let failed = outcome.failures.count
    print(
      """
      node tests: \(outcome.covered) of \(count) covered, \(failed == 0 ? "all pass" : "\(failed) fail"), \
      \(leftOut.count) left out by name
      not covered, by operator: \(missing.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
      """)
  }

  /// What goes wrong when the model runs on its stored inputs; nil when all outputs are right.
  private static func failure(of model: Model, folder: String) -> String? {
    do {
      let session = try ReferenceSession(model)
      let files = TestEnvironment.files(under: folder, suffix: ".pb")
      let sets = Set(files.compactMap { $0.split(separator: "/").dropLast().last.map(String.init) }).sorted()
      guard !sets.isEmpty else { return "no stored inputs" }
      for set in sets {
        var inputs: [String: Tensor] = [:]
        for (index, info) in model.graph.inputs.enumerated() {
          let path = "\(folder)/\(set)/input_\(index).pb"
          guard FileManager.default.fileExists(atPath: path) else { continue }
          inputs[info.name] = try tensor(at: path, info)
        }
        let outputs = try session.run(inputs)
        for (index, output) in outputs.enumerated() {
          let expected = try tensor(at: "\(folder)/\(set)/output_\(index).pb", model.graph.outputs[index])
          let isReal = expected.elementType.isFloatingPoint
          if let difference = difference(
            output, expected, absolute: isReal ? 1e-5 : 0, relative: isReal ? 1e-3 : 0)
          {
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
