import AssayCore
import AssayEngines
import AssayMeasure
import AssayMethods
import AssayONNX
import AssayPipeline
import AssayRuntime
import AssayTestSupport
import FoundationEssentials
import Glibc
import Testing

/// A model made elsewhere, from the folder that ASSAY_MODELS names.
struct RealModel: Sendable, CustomTestStringConvertible {
  var path: String
  var testDescription: String { path.split(separator: "/").last.map(String.init) ?? path }

  /// Too large to be rewritten many times, or fed with what is not here: only the structure of the result is checked.
  var isStructureOnly: Bool { Self.structureOnly.contains(testDescription) }

  static let structureOnly: Set<String> = ["light_resnet50.onnx", "basic_pitch_nmp.onnx"]
  static let all = (TestEnvironment.models.map { TestEnvironment.files(under: $0, suffix: ".onnx") } ?? [])
    .map(RealModel.init)
  static let small = all.filter { !$0.isStructureOnly }
  static let large = all.filter(\.isStructureOnly)

  /// One batch of values from 0 to 1, symbolic extents taken as 1.
  func inputs(_ model: Model) throws -> [String: Tensor] {
    var generator = SeededGenerator(seed: 7)
    let input = try #require(model.graph.requiredInputs.first)
    let shape = try #require(input.tensorType?.shape).map { $0.value ?? 1 }
    return [input.name: generator.tensor(shape, in: 0...1)]
  }
}

/// A method of the catalogue as the contract first uses it.
private struct RealCase: Sendable {
  var step: Step
  /// For methods that keep what a model computes: the least ratio of signal to noise in dB at its outputs.
  ///
  /// Calibration and test input are the same random row, so that ranges fit and what remains is rounding: about 2⁻²² for
  /// reordered float sums, 2⁻¹¹ for half precision, 2⁻⁸ a layer for 8-bit integers. Mixed precision keeps its own floor.
  var floor_dB: Double?

  private static let floors: [String: Double] = [
    "fold": 80, "canonicalize": 80, "float16": 40, "quantize": 10, "quantize-mixed": 20,
  ]
  /// The method that runs the model once for each layer and more.
  static let mixed = Step(
    method: "quantize-mixed",
    options: ["calibration": .text("min-max"), "measure": .text("sqnr"), "budget": .integer(20)])

  static let all: [RealCase] = MethodCatalog.methods.map { type in
    let name = type.description.name
    let first = MethodCase.all.first { $0.step.method == name }?.step ?? Step(method: name)
    return RealCase(step: name == mixed.method ? mixed : first, floor_dB: floors[name])
  }
}

#if DEBUG
  private let isOptimized = false
#else
  private let isOptimized = true
#endif

/// Every method of the catalogue on models from several exporters and of opsets 8 to 17.
struct RealModelTests {
  @Test(
    "Every method keeps its contract on a model made elsewhere",
    .enabled(if: !RealModel.small.isEmpty, Comment(rawValue: TestEnvironment.modelsAreMissing)),
    arguments: RealModel.small)
  func contract(model: RealModel) throws {
    let original = try Model(contentsOf: model.path)
    let inputs = try model.inputs(original)
    var context = context(rows: inputs.values.first)
    context.trainer = StubTrainer()
    context.training = try trainingData(Array(inputs.values.first?.shape.dropFirst() ?? [1]))
    let prepared = try VariantBuilder(context: context).build(original, []).model
    for item in RealCase.all {
      let source = MethodCatalog.preparation.contains { $0.method == item.step.method } ? original : prepared
      guard let rewrite = try applied(item.step, to: source, context) else { continue }
      try checkStructure(rewrite, from: source, item)
      let again = try MethodCatalog.apply(item.step, to: source, in: context)
      #expect(try again.model.serialized() == rewrite.model.serialized(), "\(item.step) is not deterministic")
      #expect(again.report == rewrite.report, "the report of \(item.step) is not deterministic")
      for engine in foundEngines {
        let (expected, actual) = (try answers(source, engine, inputs), try answers(rewrite.model, engine, inputs))
        #expect(actual.map(\.shape) == expected.map(\.shape), "\(item.step) in \(engine.name)")
        guard let floor_dB = item.floor_dB else { continue }
        for (e, a) in zip(expected, actual) {
          let ratio = ratio_dB(of: a, against: e)
          #expect(ratio >= floor_dB, "\(item.step) in \(engine.name): \(ratio) dB")
        }
      }
    }
  }

  @Test(
    "Preparation keeps a large model valid",
    .enabled(if: !RealModel.large.isEmpty, Comment(rawValue: TestEnvironment.modelsAreMissing)),
    arguments: RealModel.large)
  func preparation(model: RealModel) throws {
    let source = try Model(contentsOf: model.path)
    let built = try VariantBuilder(context: context(rows: nil)).build(source, [])
    #expect(throws: Never.self) { try built.model.check() }
    #expect(inferShapes(of: built.model).contradictions.isEmpty)
    #expect(built.model.graph.outputs.map(\.name) == source.graph.outputs.map(\.name))
    #expect(built.reports.allSatisfy { !$0.changes.isEmpty || $0.notes.contains(StepReport.nothingChanged) })
  }

  @Test(
    "Every method keeps a large model valid",
    .enabled(if: !RealModel.large.isEmpty, Comment(rawValue: TestEnvironment.modelsAreMissing)),
    .enabled(if: isOptimized, "minutes without optimization; run swift test -c release"), arguments: RealModel.large)
  func structure(model: RealModel) throws {
    let original = try Model(contentsOf: model.path)
    let inputs = try model.inputs(original)
    var context = context(rows: inputs.values.first)
    context.trainer = StubTrainer()
    context.training = try trainingData(Array(inputs.values.first?.shape.dropFirst() ?? [1]))
    let prepared = try VariantBuilder(context: context).build(original, []).model
    // What looks at each layer alone runs the model hundreds of times.
    for item in RealCase.all where item.step != RealCase.mixed {
      guard let rewrite = try applied(item.step, to: prepared, context) else { continue }
      try checkStructure(rewrite, from: prepared, item)
      for engine in foundEngines {
        let shapes = try answers(rewrite.model, engine, inputs).map(\.shape)
        #expect(shapes == (try answers(prepared, engine, inputs).map(\.shape)), "\(item.step) in \(engine.name)")
      }
    }
  }

  // MARK: Parts

  private func context(rows: Tensor?) -> MethodContext {
    let engine = foundEngines.first ?? ReferenceEngine()
    return MethodContext(
      cpu: currentEnvironment(engines: []).cpuFeatures,
      calibration: rows.map { EngineActivationSource(rows: $0, engine: engine, threads: 1, batch: 1) })
  }

  /// The result; nil where the method says that there is nothing for it in the model.
  private func applied(_ step: Step, to model: Model, _ context: MethodContext) throws -> Rewrite? {
    do {
      return try MethodCatalog.apply(step, to: model, in: context)
    } catch  where error.code == .model {
      #expect(!error.message.isEmpty)
      return nil
    }
  }

  private func checkStructure(_ rewrite: Rewrite, from source: Model, _ item: RealCase) throws {
    #expect(throws: Never.self, "\(item.step)") { try rewrite.model.check() }
    let (graph, old) = (rewrite.model.graph, source.graph)
    #expect(graph.requiredInputs.map(\.name) == old.requiredInputs.map(\.name), "\(item.step)")
    #expect(graph.requiredInputs.map(\.tensorType) == old.requiredInputs.map(\.tensorType), "\(item.step)")
    #expect(graph.outputs.map(\.name) == old.outputs.map(\.name), "\(item.step)")
    #expect(graph.outputs.map(\.tensorType) == old.outputs.map(\.tensorType), "\(item.step)")
    let (before, after) = (inferShapes(of: source), inferShapes(of: rewrite.model))
    #expect(after.contradictions.isEmpty, "\(item.step): \(after.contradictions.map(\.message))")
    for output in old.outputs {
      let known = before[output.name].fixedShape
      #expect(known == nil || after[output.name].fixedShape == known, "\(item.step): '\(output.name)'")
    }
    let report = rewrite.report
    #expect(!report.changes.isEmpty || !report.skips.isEmpty || !report.notes.isEmpty, "\(item.step)")
    for entry in report.changes + report.skips { #expect(!entry.text.isEmpty, "\(item.step): '\(entry.node)'") }
  }

  /// 10·log₁₀(Σ expected² / Σ (expected − actual)²).
  private func ratio_dB(of actual: Tensor, against expected: Tensor) -> Double {
    guard let a = actual.doubleValues, let e = expected.doubleValues, a.count == e.count else { return -.infinity }
    var (signal, noise) = (0.0, 0.0)
    for index in e.indices {
      signal += e[index] * e[index]
      noise += (e[index] - a[index]) * (e[index] - a[index])
    }
    return noise == 0 ? .infinity : 10 * log10(signal / noise)
  }
}
