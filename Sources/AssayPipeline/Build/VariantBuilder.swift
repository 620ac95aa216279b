public import AssayCore
import AssayMeasure
public import AssayMethods
public import AssayONNX
import FoundationEssentials
import Glibc

/// Makes variants of a model: preparation steps first, each visible in the report, then the steps of the variant.
public struct VariantBuilder: Sendable {
  public var context: MethodContext

  public init(context: MethodContext) { self.context = context }

  /// Oldest opset of ONNX's own operators that variants are written in: per-channel quantization needs 13.
  public static let oldestOpset = 13

  /// A model and what was done to it.
  public struct Built: Sendable {
    public var model: Model
    public var reports: [StepReport]
    /// How the weights of `model` are stored.
    public var forms = WeightForms()
  }

  /// Applies the preparation and `steps` to `model`.
  ///
  /// - Throws: `ONNXError` when the model is invalid or too old to upgrade, `MethodError` when a step fails.
  public func build(_ model: Model, _ steps: [Step]) throws -> Built { try build(model, steps, stages: nil) }

  /// - Parameter stages: Where models behind steps that learn are kept; nil keeps none.
  func build(_ model: Model, _ steps: [Step], stages: StageCache?) throws -> Built {
    var (stage, done): (StageCache.Stage, Int)
    if let known = stages?.longest(steps) {
      (stage, done) = (known.stage, known.count)
    } else {
      let prepared = try prepare(model)
      (stage, done) = (StageCache.Stage(model: prepared.model, reports: prepared.reports, forms: WeightForms()), 0)
    }
    var context = context
    for (index, step) in steps.enumerated().dropFirst(done) {
      context.forms = stage.forms
      let rewrite = try MethodCatalog.apply(step, to: stage.model, in: context)
      stage.model = rewrite.model
      stage.reports.append(rewrite.report)
      stage.forms = rewrite.accumulated
      try stages?.keep(stage, after: steps[...index])
    }
    // Whether steps go together is known of the whole list only, and stages are shared by many.
    let first = stage.reports.count - steps.count
    for warning in Composition.check(steps) where stage.reports.indices.contains(first + warning.step) {
      stage.reports[first + warning.step].notes.append(StepReport.warning + warning.text)
    }
    return Built(model: stage.model, reports: stage.reports, forms: stage.forms)
  }

  private func prepare(_ model: Model) throws -> Built {
    try model.check()
    var built = Built(model: model, reports: [])
    if model.opset < Self.oldestOpset {
      let upgrade = try model.upgraded(to: Self.oldestOpset)
      built.model = upgrade.model
      built.reports.append(
        StepReport(
          step: "upgrade opset \(model.opset) to \(Self.oldestOpset)", isAutomatic: true,
          changes: upgrade.changes.map { StepReport.Entry(node: $0.node, text: $0.text) },
          notes: ["per-channel quantization exists from opset 13 on"]))
    }
    let prepared = try MethodCatalog.prepare(built.model, in: context)
    built.model = prepared.model
    built.reports += prepared.reports
    return built
  }
}

extension VariantBuilder {
  /// What steps look at besides the model and their options, as far as the cache must know it.
  struct CacheKey {
    /// Identifies the calibration rows; empty for none.
    var calibration = ""
    /// Identifies training rows, teachers and the library that trains; nil where nothing is trained.
    ///
    /// What took long to train outlives a new build of the same version of Assay.
    var learning: String?
    /// Identifies what models are timed on; nil where no step looks at latencies.
    var timing: String?
  }

  /// Builds a variant into the cache, or takes it from there.
  ///
  /// - Parameters:
  ///   - source: Path of the baseline model.
  ///   - key: What the steps look at besides.
  /// - Returns: The built variant; its path is in the cache.
  func build(source: String, _ steps: [Step], cache: VariantCache, key: CacheKey) throws -> BuiltVariant {
    let parts =
      [
        ContentHash.sha256(file: source) ?? source, key.calibration,
        context.cpu.hasInt8DotProduct ? "dot product" : "no dot product", "\(context.seed)",
      ] + (key.learning.map { [$0, ProgramIdentity.version] } ?? [ProgramIdentity.buildKey])
      + (key.timing.map { [$0] } ?? [])
    let stages = key.learning == nil ? nil : StageCache(cache: cache, key: parts.joined(separator: "\u{1}"))
    let key = ContentHash.sha256(
      text: (parts + [steps.map(\.description).joined(separator: "\n")]).joined(separator: "\u{1}"))
    let path = cache.path(kind: "variant", key: key, extension: "onnx")
    let notes = cache.path(kind: "variant", key: key, extension: "json")
    if let known = BuiltVariant.cached(path, notes: notes) { return known }
    let clock = MachineClock()
    let begin = clock.now_ns()
    let built = try build(try Model(contentsOf: source), steps, stages: stages)
    // Its hash is compared when it is taken from the cache, so that a file which the disk lost is made again.
    try built.model.write(to: path, isSynced: false)
    let build_ns = clock.now_ns() - begin
    let variant = BuiltVariant(
      path: path, sha256: ContentHash.sha256(file: path) ?? "",
      figures: try ModelFile.figures(path, forms: built.forms),
      reports: built.reports, build_ns: build_ns)
    try AtomicJSON.write(variant, to: notes)
    return variant
  }

  /// A model that is measured as it is: the baseline, or one made by another tool.
  func take(source: String) throws -> BuiltVariant {
    let model = try Model(contentsOf: source)
    try model.check()
    return BuiltVariant(
      path: source, sha256: ContentHash.sha256(file: source) ?? "", figures: try ModelFile.figures(source),
      reports: [], build_ns: nil)
  }
}
