import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

@Test func weightsAndActivationsBecomeHalfBehindAFloatInterface() throws {
  let model = residualNetwork(seed: 1)
  let result = try apply("float16", to: model)
  #expect(result.model.graph.initializers.allSatisfy { $0.tensor?.elementType == .float16 })
  #expect(result.model.graph.inputs[0].tensorType?.elementType == .float)
  #expect(result.model.graph.operatorCounts["Cast"] == 2)
  #expect(result.report.notes.contains { $0.contains("expect half the file, not more speed") })
  for batch in residualInputs(seed: 5) {
    #expect(
      difference(try run(result.model, batch)[0], try run(model, batch)[0], absolute: 0.02, relative: 0.01) == nil)
  }
}

@Test func theInterfaceMayBecomeHalfToo() throws {
  let result = try apply("float16", ["keep-io": .bool(false)], to: perceptron(seed: 1))
  #expect(result.model.graph.inputs[0].tensorType?.elementType == .float16)
  #expect(result.model.graph.outputs[0].tensorType?.elementType == .float16)
  #expect(result.model.graph.operatorCounts["Cast"] == nil)
}

@Test func numbersOutOfRangeAreClampedAndCounted() throws {
  let values: [Float] = [1e6, -1e30, 65_504, 65_519, 1e-9, -2.9e-8, 3e-8, 0, .infinity]
  let (half, clamped, vanished) = try #require(halfPrecision(Tensor(values, shape: [9])))
  #expect(half.floatValues() == [65_504, -65_504, 65_504, 65_504, 0, -0x1p-25 * 0, 0x1p-24, 0, 65_504])
  #expect(clamped == 4 && vanished == 2)
  var graph = GraphBuilder()
  let x = graph.input("x", [1, 9])
  let output = graph.node("Mul", [x, graph.constant(Tensor(values, shape: [9]), name: "w")])
  let model = graph.model(outputs: [output])
  let report = try apply("float16", to: model).report
  #expect(
    report.changes.map(\.text) == ["9 values as float16; 4 out of range, clamped to ±65504; 2 too small, now zero"])
}

@Test func namedAndUnsuitableOperatorsStayFloat() throws {
  let model = residualNetwork(seed: 3)
  let result = try apply("float16", ["keep-float": .list([.text("GlobalAveragePool"), .text("c2")])], to: model)
  #expect(result.report.skips.map(\.node).contains("c2") && result.report.skips.count == 2)
  #expect(result.model.graph.constant("c2.weight")?.elementType == .float)
  for batch in residualInputs(seed: 5) {
    #expect(
      difference(try run(result.model, batch)[0], try run(model, batch)[0], absolute: 0.02, relative: 0.01) == nil)
  }
  #expect(throws: MethodError.self) { try apply("float16", ["keep-float": .text("GlobalAveragePol")], to: model) }
}

@Test func aQuantizedModelHasNothingButItsGlueToConvert() throws {
  let source = ReferenceActivations(batches: residualInputs(seed: 2))
  let quantized = try apply("quantize", to: residualNetwork(seed: 1), calibration: source).model
  let result = try apply("float16", to: quantized)
  for batch in residualInputs(seed: 5) {
    #expect(difference(try run(result.model, batch)[0], try run(quantized, batch)[0], absolute: 0.2) == nil)
  }
}
