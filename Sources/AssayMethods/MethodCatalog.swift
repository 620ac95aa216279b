public import AssayCore
public import AssayONNX

/// The methods Assay knows, one line each.
public enum MethodCatalog {
  /// Every method, in the order of `assay list methods`.
  public static let methods: [any Method.Type] = [
    Fold.self,
    Canonicalize.self,
    Prune.self,
    Cluster.self,
    Hash.self,
    Equalize.self,
    SmoothQuant.self,
    Quantize.self,
    QuantizeMixed.self,
    QuantizeWeights.self,
    ConvertToFloat16.self,
    ConvertToBFloat16.self,
    Finetune.self,
    Distill.self,
  ]

  /// The steps that go before those of any variant, so that later steps meet few and plain operators.
  public static let preparation: [Step] = [Step(method: "fold"), Step(method: "canonicalize")]

  /// Makes the method that `step` names.
  ///
  /// - Throws: `unknownMethod` with the nearest name, `unknownOption`, `badOption`; each located at the step.
  public static func method(for step: Step) throws(MethodError) -> any Method {
    guard let type = methods.first(where: { $0.description.name == step.method }) else {
      let names = methods.map { $0.description.name }
      let remedy = nearestName(to: step.method, among: names).map { "did you mean '\($0)'?" }
      throw MethodError(
        .unknownMethod, "there is no method '\(step.method)'", at: step.place,
        remedy: remedy ?? "the methods are \(names.joined(separator: ", "))")
    }
    do {
      return try type.init(try StepOptions(step, type.description.options))
    } catch {
      throw step.place.map(error.located) ?? error
    }
  }

  /// Whether `step` looks at calibration data.
  ///
  /// - Throws: as `method(for:)`.
  public static func calibrationUse(_ step: Step) throws(MethodError) -> CalibrationUse {
    guard let type = methods.first(where: { $0.description.name == step.method }) else {
      _ = try method(for: step)
      return .none
    }
    return type.description.calibration(try StepOptions(step, type.description.options))
  }

  /// Whether the outcome of `step` depends on how long models take.
  ///
  /// - Throws: as `method(for:)`.
  public static func timesModels(_ step: Step) throws(MethodError) -> Bool {
    guard let type = methods.first(where: { $0.description.name == step.method }) else {
      _ = try method(for: step)
      return false
    }
    return type.description.timesModels(try StepOptions(step, type.description.options))
  }

  /// Makes the method of `step` and applies it; the report carries the step as it was written.
  ///
  /// - Parameter context: Its forms are what the rewrite of the step before accumulated.
  /// - Throws: as `method(for:)` and `Method.apply`, located at the step.
  public static func apply(
    _ step: Step, to model: Model, in context: MethodContext, isAutomatic: Bool = false
  ) throws(MethodError) -> Rewrite {
    let method = try method(for: step)
    var rewrite: Rewrite
    // What Assay does itself before the first step keeps zeros by construction.
    let ledger = isAutomatic ? nil : SparsityLedger(model)
    do {
      rewrite = try method.apply(to: model, in: context)
    } catch {
      throw step.place.map(error.located) ?? error
    }
    rewrite.report.step = step.description
    rewrite.report.isAutomatic = isAutomatic
    if let ledger, !rewrite.report.changes.isEmpty { rewrite.report.notes += ledger.notes(after: rewrite) }
    if rewrite.report.changes.isEmpty { rewrite.report.notes.append(StepReport.nothingChanged) }
    rewrite.accumulated = context.forms.after(rewrite, of: model)
    return rewrite
  }

  /// Applies the steps of `preparation`; their reports are marked automatic.
  public static func prepare(
    _ model: Model, in context: MethodContext
  ) throws(MethodError) -> (model: Model, reports: [StepReport]) {
    var result = (model: model, reports: [StepReport]())
    for step in preparation {
      let rewrite = try apply(step, to: result.model, in: context, isAutomatic: true)
      result.model = rewrite.model
      result.reports.append(rewrite.report)
    }
    return result
  }
}
