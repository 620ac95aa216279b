import AssayCore
import AssayMethods

/// The section `variants:`.
struct SuiteVariants {
  let paths: SuitePaths
  let trainings: SuiteTrainings
  /// Whether the suite has rows that methods may look at.
  let hasCalibration: Bool
  /// Whether it has rows that they may learn from.
  let hasTraining: Bool

  func read(_ value: SuiteValue) throws(PipelineError) -> [SuiteVariant] {
    var variants: [SuiteVariant] = []
    for entry in try value.mapping("a mapping of names to lists of steps").entries {
      try checkName(entry.key, called: "the name of a variant", at: entry.place)
      guard entry.key != Trial.baselineVariant else {
        throw PipelineError(
          .suiteInvalid, "a variant cannot be named '\(entry.key)'", at: entry.place,
          remedy: "the baseline is always measured under that name; name the variant otherwise")
      }
      variants.append(
        SuiteVariant(
          name: entry.key, origin: try origin(entry.value), seeds: try seeds(entry.value), place: entry.place))
    }
    return variants
  }

  private func origin(_ value: SuiteValue) throws(PipelineError) -> SuiteVariant.Origin {
    let takes = "a list of steps, like [ prune: { sparsity: 0.5 } ], or { model: PATH }"
    guard value.isMapping else { return .steps(try steps(value, takes)) }
    let keys = try value.mapping(takes)
    if let model = keys["model"] {
      try keys.refuseUnknown(["model"])
      return .model(try paths.path(model))
    }
    let written = try keys["steps"].map { value throws(PipelineError) in
      try steps(value, "a list of steps, like [ prune: { sparsity: 0.5 } ]")
    }
    if let train = keys["train"] {
      try keys.refuseUnknown(["train", "steps", "seeds"])
      return .trained(try trainings.read(train, isWhole: false), written ?? [])
    }
    guard let written else { throw value.wrong(takes: takes) }
    try keys.refuseUnknown(["steps", "seeds"])
    return .steps(written)
  }

  private func steps(_ value: SuiteValue, _ takes: String) throws(PipelineError) -> [Step] {
    var steps: [Step] = []
    for element in try value.list(takes) { steps.append(try step(element)) }
    return steps
  }

  private func seeds(_ value: SuiteValue) throws(PipelineError) -> Int? {
    guard value.isMapping else { return nil }
    return try value.mapping()["seeds"]?.seeds()
  }

  /// A step: the bare name of a method, or `method: { option: value }`.
  private func step(_ value: SuiteValue) throws(PipelineError) -> Step {
    let takes = "a step: the name of a method, or its name with options"
    guard value.isMapping else {
      return try checked(Step(method: try value.text(takes), place: value.place))
    }
    let keys = try value.mapping(takes)
    guard let entry = keys.entries.first else { throw value.wrong(takes: takes) }
    guard keys.entries.count == 1 else {
      throw PipelineError(
        .suiteInvalid,
        "a step of \(value.name) has the keys \(keys.entries.map { quoted($0.key) }.joined(separator: ", "))",
        at: keys.entries[1].place,
        remedy: entry.value.isNull
          ? "indent the options further than the method, or write { } around them" : "begin each step with '- '")
    }
    try checkName(entry.key, called: "the name of a method", at: entry.place)
    var options: [String: OptionValue] = [:]
    if !entry.value.isNull {
      for option in try entry.value.mapping("the options of a step, like { sparsity: 0.5 }").entries {
        options[option.key] = SuiteTrainings.numeric(try option.value.option())
      }
    }
    return try checked(Step(method: entry.key, options: options, place: entry.place))
  }

  private func checked(_ step: Step) throws(PipelineError) -> Step {
    let needsCalibration: Bool
    let learns: Bool
    do {
      _ = try MethodCatalog.method(for: step)
      needsCalibration = try MethodCatalog.calibrationUse(step) == .required
      learns = try step.learns()
    } catch {
      throw invalid(error)
    }
    guard hasTraining || !learns else { throw SuiteTrainings.withoutRows(step.method, at: step.place) }
    guard hasCalibration || !needsCalibration else {
      throw PipelineError(
        .suiteInvalid, "'\(step.method)' needs calibration data, which the suite does not have", at: step.place,
        remedy: "add calibration: { from: train, count: 300 } to data")
    }
    return step
  }
}
