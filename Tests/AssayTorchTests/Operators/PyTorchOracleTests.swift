import AssayCore
import AssayONNX
import AssayTestSupport
import AssayTorch
import FoundationEssentials
import Testing

/// Graphs against Python's PyTorch, whose answers and gradients are stored in `Oracles/operators.txt`.
@Suite("PyTorch's own answers", .enabled(if: TorchFixture.isThere, TorchFixture.isMissing))
struct PyTorchOracleTests {
  /// One model with its stored inputs, outputs, weights of the outputs, gradients and statistics.
  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var model = ""
    var isTraining = false
    var tensors: [String: [(name: String, tensor: Tensor)]] = [:]
    var testDescription: String { name }
  }

  static let cases: [Case] = (try? readCases()) ?? []

  private static func readCases(beside test: String = #filePath) throws -> [Case] {
    let folder = test.split(separator: "/").dropLast(2).joined(separator: "/")
    let text = try String(contentsOfFile: "/\(folder)/Oracles/operators.txt", encoding: .utf8)
    var cases: [Case] = []
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let words = line.split(separator: " ")
      switch words[0] {
      case "case": cases.append(Case(name: String(line.dropFirst(5))))
      case "model": cases[cases.count - 1].model = String(words[1])
      case "mode": cases[cases.count - 1].isTraining = words[1] == "training"
      default:
        cases[cases.count - 1].tensors[String(words[0]), default: []].append(
          (String(words[1]), try tensor(words.dropFirst(2))))
      }
    }
    return cases
  }

  /// Type, shape (`2x3`, `-` for a scalar) and values.
  private static func tensor(_ words: ArraySlice<Substring>) throws -> Tensor {
    let words = Array(words)
    let shape = words[1] == "-" ? [] : words[1].split(separator: "x").compactMap { Int($0) }
    guard words[0] == "double" else { return Tensor(try words[2...].map { try #require(Int64($0)) }, shape: shape) }
    return Tensor(try words[2...].map { try #require(Double($0)) }, shape: shape)
  }

  private static func bytes(hexadecimal text: String) throws -> Bytes {
    var bytes: [UInt8] = []
    var digits = text.utf8.makeIterator()
    while let high = digits.next(), let low = digits.next() {
      bytes.append(try #require(UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)))
    }
    return Bytes(copying: bytes)
  }

  @Test("The cases are there")
  func count() { #expect(Self.cases.count == 41) }

  /// Oracle: torch 2.13.0+cpu in double precision (Oracles/operators.py).
  @Test("A graph answers, and is differentiated, as in PyTorch", arguments: cases)
  func agreement(item: Case) throws {
    let library = try TorchFixture.loaded()
    let model = try Model(serialized: Self.bytes(hexadecimal: item.model))
    let graph = try TorchGraph(model, library: library, precision: .double)
    var inputs: [String: TorchTensor] = [:]
    for (name, tensor) in item.tensors["input"] ?? [] {
      inputs[name] = try TorchTensor(tensor, library: library)
      if tensor.elementType == .double { try inputs[name]?.setRequiresGradient(true) }
    }
    let run = try graph.run(inputs, mode: item.isTraining ? .training(seed: 1) : .evaluation)
    func check(_ actual: TorchTensor?, _ expected: Tensor, _ what: String) throws {
      let largest = expected.doubleValues?.map(\.magnitude).max() ?? 0
      let found = difference(
        try #require(actual).values(), expected, absolute: 1e-12 * max(1, largest), relative: 1e-10)
      #expect(found == nil, "\(what): \(found ?? "")")
    }
    let expected = try #require(item.tensors["output"])
    #expect(run.outputs.count == expected.count)
    for (output, expected) in zip(run.outputs, expected) {
      try check(output, expected.tensor, "output \(expected.name)")
    }
    let weights = try (item.tensors["weight"] ?? []).map { try TorchTensor($0.tensor, library: library) }
    let gradients = try #require(item.tensors["gradient"])
    let derivatives = try library.derivatives(
      of: run.outputs, by: gradients.map { try #require(inputs[$0.name]) }, weights: weights)
    for (gradient, derivative) in zip(gradients, derivatives) {
      try check(derivative, gradient.tensor, "gradient by \(gradient.name)")
    }
    let statistics = item.tensors["statistic"] ?? []
    #expect(run.statistics.count == statistics.count)
    for (name, tensor) in statistics { try check(run.statistics[name], tensor, "statistic \(name)") }
  }
}
