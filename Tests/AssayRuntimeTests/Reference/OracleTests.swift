import AssayCore
import AssayONNX
import AssayRuntime
import AssayTestSupport
import Testing

/// The reference engine against ONNX Runtime, whose answers are stored in `Fixtures`.
struct OracleTests {
  /// One operator with its stored inputs and outputs.
  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var model = ""
    var inputs: [String: Tensor] = [:]
    var outputs: [Tensor] = []
    var testDescription: String { name }
  }

  static let cases: [Case] = (try? readCases()) ?? []

  private static func readCases() throws -> [Case] {
    var cases: [Case] = []
    for line in try Fixture.lines("operators.txt") {
      let words = line.split(separator: " ")
      switch words[0] {
      case "case": cases.append(Case(name: String(line.dropFirst(5))))
      case "model": cases[cases.count - 1].model = String(words[1])
      case "input": cases[cases.count - 1].inputs[String(words[1])] = try Fixture.tensor(words[2...])
      default: cases[cases.count - 1].outputs.append(try Fixture.tensor(words[2...]))
      }
    }
    return cases
  }

  @Test func theCasesAreThere() { #expect(Self.cases.count == 68) }

  /// Oracle: onnxruntime 1.31.1 (Oracles/operators.py). Integers are equal; floats differ by its rounding only.
  @Test(arguments: cases)
  func anOperatorAnswersLikeONNXRuntime(_ item: Case) throws {
    let session = try ReferenceSession(Model(serialized: Fixture.bytes(hexadecimal: item.model[...])))
    let outputs = try session.run(item.inputs)
    #expect(outputs.count == item.outputs.count)
    for (output, expected) in zip(outputs, item.outputs) {
      let tolerance: Double =
        switch expected.elementType {
        case .float: 2e-6
        case .float16: 1e-3
        default: 0
        }
      #expect(difference(output, expected, absolute: tolerance, relative: tolerance) == nil)
    }
  }

  /// Oracle: onnxruntime 1.31.1 (Oracles/models.py), within 1e-4. The logits of ort_mnist reach 840, where the rounding
  /// of 32-bit sums alone is larger than that: they may differ by a millionth of the largest.
  @Test(
    .enabled(if: TestEnvironment.models != nil, Comment(rawValue: TestEnvironment.modelsAreMissing)),
    arguments: ["digits-mlp", "digits-cnn", "lenet300", "lenet5", "resnet8", "cifar10_small", "ort_mnist"])
  func aModelAnswersLikeONNXRuntime(_ name: String) throws {
    let path = try #require(TestEnvironment.model("\(name).onnx"))
    let session = try ReferenceEngine().open(path: path, settings: SessionSettings())
    let input = session.inputs[0]
    let rows = try Fixture.lines("models.txt").map { $0.split(separator: " ") }.filter { $0[0] == name }
    try #require(rows.count == 3)
    let extents = input.shape.dropFirst().compactMap(\.value)
    let size = extents.reduce(1, *)
    let inputs = rows.indices.map { row in
      (0..<size).map { index in
        Float((7919 * index + 101 * row + 17) % 1009) / 1009 * (name == "ort_mnist" ? 255 : 1)
      }
    }
    // Where the model takes any number of rows, all at once; else one after the other.
    let isBatched = input.shape[0].value == nil
    let runs = isBatched ? [inputs.flatMap { $0 }] : inputs
    var answers: [Double] = []
    for run in runs {
      let tensor = Tensor(run, shape: [run.count / size] + extents)
      answers += try #require(try session.run([input.name: tensor])[0].doubleValues)
    }
    let expected = rows.flatMap { $0.dropFirst(2).compactMap { Double($0) } }
    let largest = expected.map(\.magnitude).max() ?? 0
    #expect(difference(answers, expected, absolute: max(1e-4, 1e-6 * largest)) == nil)
  }

  @Test(.enabled(if: TestEnvironment.models != nil, Comment(rawValue: TestEnvironment.modelsAreMissing)))
  func everyOperatorOfTheModelsIsThere() throws {
    let paths = TestEnvironment.files(under: try #require(TestEnvironment.models), suffix: ".onnx")
    #expect(!paths.isEmpty)
    for path in paths {
      #expect(throws: Never.self) { _ = try ReferenceEngine().open(path: path, settings: SessionSettings()) }
    }
  }
}
