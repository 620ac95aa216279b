public import AssayCore
public import AssayMethods

/// The keys `train:` of baselines and variants.
struct SuiteTrainings {
  let paths: SuitePaths
  /// Whether the suite has rows that models may learn from.
  let hasRows: Bool

  /// - Parameter isWhole: Whether nothing can come from a baseline's own training.
  func read(_ value: SuiteValue, isWhole: Bool = true) throws(PipelineError) -> SuiteTraining {
    let keys = try value.mapping("the options of a training, like { architecture: lenet-300-100, epochs: 20 }")
    try keys.refuseUnknown(["model"] + TrainRecipe.options.map(\.name))
    var options: [String: OptionValue] = [:]
    for entry in keys.entries where entry.key != "model" {
      let option = Self.numeric(try entry.value.option())
      // Alone, so that a wrong value is told with its own line.
      try check(Step(method: TrainRecipe.name, options: [entry.key: option], place: entry.place))
      options[entry.key] = option
    }
    let start = try keys["model"].map { value throws(PipelineError) in try paths.path(value) }
    let training = SuiteTraining(
      step: Step(method: TrainRecipe.name, options: options, place: value.place), start: start)
    guard hasRows else { throw Self.withoutRows(TrainRecipe.name, at: value.place) }
    if isWhole { try checkWhole(training) }
    return training
  }

  /// Checks trainings of variants with what they have from each baseline.
  func check(_ variants: [SuiteVariant], over baselines: [SuiteBaseline]) throws(PipelineError) {
    for variant in variants {
      for baseline in baselines {
        guard case .trained(let training, _) = variant.origin else { continue }
        try checkWhole(training.over(baseline.training))
      }
    }
  }

  private func checkWhole(_ training: SuiteTraining) throws(PipelineError) {
    try check(training.step)
    switch (training.start, training.step.options["architecture"]) {
    case (nil, nil):
      throw PipelineError(
        .suiteInvalid, "'train' names neither an architecture nor a model to start from", at: training.step.place,
        remedy: "add architecture: lenet-300-100, or model: PATH")
    case (.some, .some):
      throw PipelineError(
        .suiteInvalid, "'train' names both an architecture and a model to start from", at: training.step.place,
        remedy: "leave one of the two out")
    default: break
    }
  }

  private func check(_ step: Step) throws(PipelineError) {
    do {
      _ = try TrainRecipe(step, seed: 1)
    } catch {
      throw invalid(step.place.map(error.located) ?? error)
    }
  }

  static func withoutRows(_ step: String, at place: Place?) -> PipelineError {
    PipelineError(
      .suiteInvalid, "'\(step)' learns, but 'data' has no key 'train'", at: place,
      remedy: "add train: { FORMAT: PATH } to data")
  }

  /// A fraction, `1/64`, as the number it is.
  static func numeric(_ option: OptionValue) -> OptionValue {
    guard case .text(let text) = option else { return option }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let numerator = finiteNumber(String(parts[0])),
      let denominator = finiteNumber(String(parts[1])), (numerator / denominator).isFinite
    else { return option }
    return .number(numerator / denominator)
  }
}

extension SuiteTraining {
  /// This training with what it does not say taken from the baseline's.
  func over(_ baseline: SuiteTraining?) -> SuiteTraining {
    guard let baseline else { return self }
    var whole = self
    whole.step.options = baseline.step.options.merging(step.options) { $1 }
    if start != nil {
      whole.step.options["architecture"] = step.options["architecture"]
    } else if step.options["architecture"] == nil {
      whole.start = baseline.start
    }
    return whole
  }
}

extension Step {
  /// Whether the step trains.
  ///
  /// - Throws: as `MethodCatalog.method(for:)`.
  public func learns() throws(MethodError) -> Bool {
    guard let type = MethodCatalog.methods.first(where: { $0.description.name == method }) else { return false }
    return type.description.learns(try StepOptions(self, type.description.options))
  }
}

extension SuiteValue {
  /// How often a training is repeated.
  func seeds() throws(PipelineError) -> Int { try integer(1...1000) }
}
