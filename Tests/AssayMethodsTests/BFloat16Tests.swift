import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

@Test func weightsAreStoredInTwoBytesAndReadAsFloats() throws {
  for seed in UInt64(1)...3 {
    let model = residualNetwork(seed: seed)
    let result = try apply("bfloat16", to: model)
    let graph = result.model.graph
    #expect(graph.operatorCounts["Cast"] == 3 && result.report.changes.map(\.node) == ["c1", "c2", "fc"])
    for name in ["c1.weight", "c2.weight", "fc.weight"] {
      let before = try #require(model.graph.constant(name)).elements(Float.self)
      let stored = try #require(graph.constant("\(name)_bfloat16"))
      #expect(stored.elementType == .bfloat16 && stored.bytes.count == 2 * before.count)
      for (a, b) in zip(before, stored.floatValues() ?? []) { #expect(abs(a - b) <= abs(a) * 0x1p-8, "seed \(seed)") }
      let form = try #require(result.forms["\(name)_bfloat16"])
      var bytes: [UInt8] = []
      form.encode(into: &bytes)
      #expect(bytes.count <= 2 * before.count + 8 && form.dense() == stored)
    }
    // Biases stay as they are.
    #expect(graph.constant("c1.bias")?.elementType == .float)
    for batch in residualInputs(seed: 5) {
      let expected = try run(model, batch)[0]
      let range = expected.elements(Float.self).map(\.magnitude).max() ?? 1
      #expect(difference(try run(result.model, batch)[0], expected, absolute: Double(range) * 0.02) == nil)
    }
  }
}

@Test func anOldModelIsUpgradedForItsCasts() throws {
  let result = try apply("bfloat16", to: residualNetwork(seed: 1, opset: 9))
  #expect(result.model.opset == 13)
  #expect(throws: Never.self) { try result.model.check() }
}

@Test func weightsOutOfRangeAreClampedAndNoNumbersRefused() throws {
  func model(_ values: [Float]) -> Model {
    .ofOneOperator(
      "MatMul", inputs: [("x", [1, values.count])], constants: [Tensor(values, shape: [values.count, 1])])
  }
  let result = try apply("bfloat16", to: model([.greatestFiniteMagnitude, -.greatestFiniteMagnitude, 1, 1e-30]))
  #expect(result.report.changes[0].text.hasSuffix("2 out of range, clamped"))
  let stored = result.model.graph.initializers.compactMap(\.tensor).first { $0.elementType == .bfloat16 }
  #expect(stored?.floatValues()?.allSatisfy { $0.isFinite } == true)
  for bad in [Float.nan, .infinity] {
    let error = #expect(throws: MethodError.self) { try apply("bfloat16", to: model([1, bad])) }
    #expect(error?.code == .notFinite)
  }
}

@Test func weightsByNameStayFloat() throws {
  let model = residualNetwork(seed: 1)
  let result = try apply("bfloat16", ["exclude": .list([.text("c2.weight"), .text("fc")])], to: model)
  #expect(result.report.changes.map(\.node) == ["c1"] && result.report.skips.map(\.node) == ["c2", "fc"])
  #expect(throws: MethodError.self) { try apply("bfloat16", ["include": .text("c9")], to: model) }
  let twice = try apply("bfloat16", to: try apply("bfloat16", to: model).model)
  #expect(twice.report.changes.isEmpty && twice.report.skips.count == 3)
}
