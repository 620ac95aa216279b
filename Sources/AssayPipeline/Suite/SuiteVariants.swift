import AssayCore
import AssayMethods

/// The section `variants:`.
struct SuiteVariants {
  let paths: SuitePaths
  /// Whether the suite has rows that methods may look at.
  let hasCalibration: Bool

  func read(_ value: SuiteValue) throws(PipelineError) -> [SuiteVariant] {
    var variants: [SuiteVariant] = []
    for entry in try value.mapping("a mapping of names to lists of steps").entries {
      try checkName(entry.key, called: "the name of a variant", at: entry.place)
      guard entry.key != Trial.baselineVariant else {
        throw PipelineError(
          .suiteInvalid, "a variant cannot be named '\(entry.key)'", at: entry.place,
          remedy: "the baseline is always measured under that name; name the variant otherwise")
      }
      variants.append(SuiteVariant(name: entry.key, origin: try origin(entry.value), place: entry.place))
    }
    return variants
  }

  private func origin(_ value: SuiteValue) throws(PipelineError) -> SuiteVariant.Origin {
    let takes = "a list of steps, like [ prune: { sparsity: 0.5 } ], or { model: PATH }"
    if value.isMapping {
      let keys = try value.mapping(takes)
      guard let model = keys["model"] else { throw value.wrong(takes: takes) }
      try keys.refuseUnknown(["model"])
      return .model(try paths.path(model))
    }
    var steps: [Step] = []
    for element in try value.list(takes) { steps.append(try step(element)) }
    return .steps(steps)
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
        options[option.key] = numeric(try option.value.option())
      }
    }
    return try checked(Step(method: entry.key, options: options, place: entry.place))
  }

  /// A fraction, `1/64`, as the number it is.
  private func numeric(_ option: OptionValue) -> OptionValue {
    guard case .text(let text) = option else { return option }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let numerator = finiteNumber(String(parts[0])),
      let denominator = finiteNumber(String(parts[1])), (numerator / denominator).isFinite
    else { return option }
    return .number(numerator / denominator)
  }

  private func checked(_ step: Step) throws(PipelineError) -> Step {
    let needsCalibration: Bool
    do {
      _ = try MethodCatalog.method(for: step)
      needsCalibration = try MethodCatalog.calibrationUse(step) == .required
    } catch {
      throw invalid(error)
    }
    guard hasCalibration || !needsCalibration else {
      throw PipelineError(
        .suiteInvalid, "'\(step.method)' needs calibration data, which the suite does not have", at: step.place,
        remedy: "add calibration: { from: train, count: 300 } to data")
    }
    return step
  }
}
