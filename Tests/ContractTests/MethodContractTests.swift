import AssayCore
import AssayEngines
import AssayMeasure
import AssayMethods
import AssayONNX
import AssayPipeline
import AssayRuntime
import AssayTestSupport
import Testing

/// A method as it is used.
struct MethodCase: Sendable, CustomTestStringConvertible {
  var step: Step
  /// How far two engines may differ on the result, as a share of the largest answer: rounding of 32-bit sums, of half
  /// precision, or a quantized value that fell on the other side of a rounding.
  var bound: Double

  init(_ method: String, _ options: [String: OptionValue] = [:], bound: Double = 1e-5) {
    step = Step(method: method, options: options)
    self.bound = bound
  }

  var testDescription: String { step.description }

  /// Every method of the catalogue, plainly and with what changes its result most.
  static let all: [MethodCase] = [
    MethodCase("fold"),
    MethodCase("canonicalize"),
    MethodCase("prune", ["sparsity": .number(0.5)]),
    MethodCase("prune", ["sparsity": .number(0.9), "scope": .text("layer")]),
    MethodCase("prune", ["sparsity": .integer(1)]),
    MethodCase("prune", ["target": .text("unit"), "ratio": .number(0.5)]),
    MethodCase("prune", ["target": .text("unit"), "ratio": .number(0.25), "reconstruct": .bool(true)], bound: 1e-4),
    MethodCase("prune", ["target": .text("channel"), "ratio": .number(0.5), "criterion": .text("activation")]),
    MethodCase("prune", ["target": .text("neuron"), "ratio": .number(0.5), "scope": .text("global")]),
    MethodCase("prune", ["target": .text("layer"), "ratio": .number(0.5)]),
    MethodCase("prune", ["sparsity": .number(0.5), "criterion": .text("wanda")]),
    MethodCase("prune", ["sparsity": .number(0.5), "criterion": .text("random")]),
    MethodCase("prune", ["pattern": .text("2:4")]),
    MethodCase("prune", ["pattern": .text("4:8"), "criterion": .text("wanda")]),
    MethodCase("prune", ["sparsity": .number(0.75), "block": .text("4x4"), "criterion": .text("l2")]),
    MethodCase("cluster"),
    MethodCase("cluster", ["bits": .integer(2), "start": .text("density")]),
    MethodCase("hash", ["ratio": .text("1/8")]),
    MethodCase("hash", ["ratio": .text("1/4"), "convolutions": .bool(true), "start": .text("random")]),
    MethodCase("quantize", bound: 0.1),
    MethodCase("quantize", ["mode": .text("dynamic"), "convolutions": .bool(true)], bound: 0.1),
    MethodCase("quantize", ["mode": .text("static"), "calibration": .text("percentile")], bound: 0.1),
    MethodCase("quantize", ["mode": .text("static"), "calibration": .text("entropy")], bound: 0.1),
    MethodCase("quantize", ["mode": .text("static"), "calibration": .text("mse")], bound: 0.1),
    MethodCase("quantize", ["granularity": .text("tensor"), "activations": .text("int8")], bound: 0.1),
    MethodCase("quantize", ["granularity": .text("channel"), "bias-correction": .bool(false)], bound: 0.1),
    MethodCase("quantize", ["bits": .integer(16), "weight-bits": .integer(16)], bound: 0.001),
    MethodCase("quantize", ["activations": .text("int16"), "symmetry": .text("symmetric")], bound: 0.001),
    MethodCase("quantize", ["scale": .text("power-of-two"), "bias-correction": .bool(true)], bound: 0.1),
    MethodCase("quantize", ["rounding": .text("adaround"), "bias-correction": .bool(true)], bound: 0.1),
    MethodCase("quantize", ["mode": .text("static"), "only-gains": .bool(true)], bound: 0.1),
    MethodCase("equalize", bound: 1e-4),
    MethodCase("smooth-quant", bound: 1e-4),
    MethodCase("bfloat16", bound: 1e-4),
    MethodCase("quantize-mixed", ["calibration": .text("min-max")], bound: 0.1),
    MethodCase(
      "quantize-mixed", ["calibration": .text("min-max"), "measure": .text("sqnr"), "budget": .integer(40)], bound: 0.1),
    MethodCase("float16", bound: 0.02),
    MethodCase("float16", ["keep-float": .list([.text("Conv")])], bound: 0.02),
    MethodCase("quantize-weights"),
    // At 8 and 2 bits the engine rounds activations too.
    MethodCase("quantize-weights", ["bits": .integer(8)], bound: 0.05),
    MethodCase("quantize-weights", ["bits": .integer(2), "symmetry": .text("asymmetric")], bound: 0.05),
    MethodCase("quantize-weights", ["bits": .integer(2), "compute": .text("float")]),
    MethodCase("quantize-weights", ["bits": .integer(3), "granularity": .text("tensor")]),
    MethodCase("quantize-weights", ["scale": .text("power-of-two"), "symmetry": .text("asymmetric")]),
    MethodCase("quantize-weights", ["bits": .integer(8), "granularity": .text("channel")]),
    MethodCase("quantize-weights", ["levels": .text("binary")]),
    MethodCase("quantize-weights", ["levels": .text("ternary")]),
    MethodCase("finetune"),
    MethodCase("distill", ["architecture": .text("mlp"), "hidden": .integer(5)]),
    MethodCase("distill", ["width": .number(0.5)]),
  ]
}

struct MethodContractTests {
  @Test("Every method of the catalogue is under contract, and documented")
  func coverage() {
    #expect(Set(MethodCase.all.map(\.step.method)) == Set(MethodCatalog.methods.map { $0.description.name }))
    for type in MethodCatalog.methods {
      let description = type.description
      #expect(!description.summary.isEmpty && !description.source.isEmpty, "\(description.name)")
      for option in description.options { #expect(!option.summary.isEmpty, "\(description.name).\(option.name)") }
    }
  }

  @Test("A method keeps its contract on a model", arguments: MethodCase.all, SampleModel.all)
  func contract(item: MethodCase, sample: SampleModel) throws {
    let source = try sample.make()
    let inputs = try sample.inputs(source, seed: 5)
    let context = MethodContext(
      cpu: currentEnvironment(engines: []).cpuFeatures, calibration: calibration(sample), trainer: StubTrainer(),
      training: try trainingData(Array(sample.inputShape.dropFirst()), classes: classes(of: source)))
    if item.step.options["keep-float"] != nil, !source.graph.nodes.contains(where: { $0.opType == "Conv" }) {
      // A name that matches nothing is told, not passed over.
      #expect(throws: MethodError.self) { try MethodCatalog.apply(item.step, to: source, in: context) }
      return
    }
    let prepared =
      MethodCatalog.preparation.contains { $0.method == item.step.method }
      ? source : try VariantBuilder(context: context).build(source, []).model
    let first = try MethodCatalog.apply(item.step, to: prepared, in: context)
    try checkResult(first, of: item, from: prepared, context)

    // Runs, and both engines agree about what it computes.
    let model = try Model(serialized: first.model.serialized())
    let expected = try ReferenceSession(model).run(inputs)
    for tensor in expected { #expect(tensor.doubleValues?.allSatisfy { $0.isFinite } == true) }
    for engine in foundEngines {
      let actual = try answers(model, engine, inputs)
      #expect(actual.count == expected.count)
      let absolute = item.bound * scale(expected)
      for (a, e) in zip(actual, expected) {
        let found = difference(a, e, absolute: absolute)
        #expect(found == nil, "\(engine.name): \(found ?? "")")
      }
    }
  }

  private func checkResult(
    _ rewrite: Rewrite, of item: MethodCase, from source: Model, _ context: MethodContext
  ) throws {
    let before = try source.serialized()
    #expect(throws: Never.self) { try rewrite.model.check() }
    let (graph, old) = (rewrite.model.graph, source.graph)
    #expect(graph.requiredInputs.map(\.name) == old.requiredInputs.map(\.name))
    #expect(graph.requiredInputs.map(\.tensorType) == old.requiredInputs.map(\.tensorType))
    #expect(graph.outputs.map(\.name) == old.outputs.map(\.name))
    #expect(graph.outputs.map(\.tensorType) == old.outputs.map(\.tensorType))

    let again = try MethodCatalog.apply(item.step, to: source, in: context)
    let bytes = try rewrite.model.serialized()
    #expect(try again.model.serialized() == bytes, "not deterministic")
    #expect(again.report == rewrite.report, "the report is not deterministic")
    #expect(try source.serialized() == before, "the source was changed")

    let report = rewrite.report
    #expect(!report.changes.isEmpty || !report.skips.isEmpty || !report.notes.isEmpty, "nothing is accounted for")
    if bytes != before { #expect(!report.changes.isEmpty, "changed silently") }
    for entry in report.changes + report.skips { #expect(!entry.text.isEmpty, "'\(entry.node)' without a word") }
  }

  private func classes(of model: Model) -> Int {
    model.graph.outputs.first?.tensorType?.shape?.last?.value ?? 10
  }

  private func calibration(_ sample: SampleModel) -> EngineActivationSource {
    var generator = SeededGenerator(seed: 6)
    let rows = generator.tensor([4] + sample.inputShape.dropFirst(), in: 0...1)
    return EngineActivationSource(rows: rows, engine: foundEngines.first ?? ReferenceEngine(), threads: 1, batch: 2)
  }
}
