import AssayCore
import AssayONNX
import AssayTestSupport
import Testing

@testable import AssayMethods

/// A large convolution and a depthwise one.
private func mobileLike() -> Model {
  var generator = SeededGenerator(seed: 1)
  var graph = GraphBuilder()
  let x = graph.input("x", dimensions: [.symbolic("N"), .fixed(16), .fixed(8), .fixed(8)])
  let padded = [Attribute("pads", ints: [1, 1, 1, 1])]
  let large = graph.node("Conv", [x, graph.constant(generator.tensor([16, 16, 3, 3]))], padded, name: "large")
  let y = graph.node(
    "Conv", [large, graph.constant(generator.tensor([16, 1, 3, 3]))], padded + [Attribute("group", int: 16)],
    name: "depthwise")
  return graph.model(outputs: [y])
}

private func gain(_ model: Model, _ cpu: CPUFeatures) throws -> IntegerGain {
  let filter = NameFilter(try StepOptions(Step(method: "quantize"), []))
  let targets = try QuantizationTargets(model.graph, filter, skipsConvolutions: nil).targets
  return IntegerGain(model, targets, cpu: cpu)
}

@Test func instructionsAreCountedForARow() throws {
  // 16·8·8 outputs of 144 products; 1,024 elements read and as many made.
  let modern = try gain(mobileLike(), modernCPU).entries
  #expect(modern.map(\.label) == ["large", "depthwise"])
  #expect(modern[0].float == 147_456 / 8 && modern[0].integer == 147_456 / 32 + 2048)
  #expect(modern[1].float == 9216 / 8 && modern[1].integer == 9216 / 32 + 2048)
  let old = try gain(mobileLike(), oldCPU).entries
  #expect(old[0].integer == 3 * 147_456 / 32 + 2048)
  #expect(modern[0].pays && old[0].pays && !modern[1].pays && !old[1].pays)
}

@Test func theToolSaysBeforehandWhereIntegersDoNotPay() throws {
  let source = ReferenceActivations(batches: [["x": SeededTensors.tensor([1, 16, 8, 8], seed: 1)]])
  func notes(_ cpu: CPUFeatures, _ options: [String: OptionValue] = [:]) throws -> [String] {
    try apply("quantize", options, to: mobileLike(), calibration: source, cpu: cpu).report.notes
  }
  let old = try notes(oldCPU)
  #expect(old.contains { $0.hasPrefix("estimate for this CPU, without int8 dot products") })
  #expect(old.contains { $0.hasPrefix("warning: int8 will not pay for 1 Conv") && $0.contains("'depthwise'") })
  #expect(try notes(modernCPU).contains { $0.hasPrefix("estimate for this CPU, with int8 dot products: about") })
  #expect(try notes(oldCPU, ["activations": .text("int8")]).contains { $0.contains("int8 activations on residual") })
  #expect(
    try !notes(modernCPU, ["activations": .text("int8")]).contains { $0.contains("int8 activations on residual") })
  #expect(
    try notes(oldCPU, ["mode": .text("dynamic"), "convolutions": .bool(true)]).contains { $0.contains("6 to 11 times") }
  )
  let perceptron = try apply(
    "quantize", ["mode": .text("static"), "granularity": .text("channel")], to: perceptron(seed: 1),
    calibration: ReferenceActivations(batches: [["x": SeededTensors.tensor([4, 6], seed: 1)]]), cpu: oldCPU)
  // Six inputs are too few to pay for anything.
  #expect(perceptron.report.notes.contains { $0.contains("int8 will not pay: about") })
  #expect(perceptron.report.notes.contains { $0.contains("granularity: tensor") })
}

@Test func onlyGainsLeavesTheRestFloat() throws {
  let source = ReferenceActivations(batches: [["x": SeededTensors.tensor([1, 16, 8, 8], seed: 1)]])
  let result = try apply("quantize", ["only-gains": .bool(true)], to: mobileLike(), calibration: source, cpu: oldCPU)
  #expect(result.report.changes.map(\.node) == ["large"] && result.report.skips.map(\.node) == ["depthwise"])
  #expect(result.report.skips[0].text.contains("would not pay on this CPU"))
  let nothing = try apply(
    "quantize", ["only-gains": .bool(true), "mode": .text("dynamic")], to: perceptron(seed: 1), cpu: oldCPU)
  #expect(
    nothing.report.changes.isEmpty && nothing.report.notes.contains { $0.hasPrefix("nothing could be quantized") })
}
