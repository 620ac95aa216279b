import AssayCore
import AssayMeasure
import AssayMethods
import AssayONNX
import FoundationEssentials

/// Trains the models of `train:` into the cache, or takes them from there.
struct TrainedModels {
  let cache: VariantCache
  /// With trainer and training rows.
  let context: MethodContext
  let trainerVersion: String

  /// Where checkpoints and soft targets lie.
  static func learningFolder(_ cache: VariantCache) -> String { cache.folder + "/learning" }

  /// The trained model of a seed, with the report of its training.
  ///
  /// Cached by what makes it: options, start file, rows, seed, versions of Assay and of the library that trains. A training
  /// that was killed goes on from its checkpoint.
  ///
  /// - Throws: `MethodError` of the trainer, `PipelineError` for paths and files.
  func build(_ training: SuiteTraining) throws -> BuiltVariant {
    let (trainer, data) = try context.learning(for: TrainRecipe.name)
    let start = try training.start?.get()
    let key = ContentHash.sha256(
      text: [
        training.step.description, start.map { ContentHash.sha256(file: $0) ?? $0 } ?? "", data.identity,
        "\(context.seed)", ProgramIdentity.version, trainerVersion,
      ].joined(separator: "\u{1}"))
    let path = cache.path(kind: "trained", key: key, extension: "onnx")
    let notes = cache.path(kind: "trained", key: key, extension: "json")
    if let known = BuiltVariant.cached(path, notes: notes) { return known }
    let clock = MachineClock()
    let begin = clock.now_ns()
    let recipe = try TrainRecipe(training.step, seed: context.seed, rowCount: data.rowCount)
    let request = TrainingRequest(
      model: try recipe.start(from: try start.map { try Model(contentsOf: $0) }, data), settings: recipe.settings,
      checkpoint: context.learningFolder.map { "\($0)/train-\(key.prefix(32)).checkpoint" })
    let outcome = try trainer.train(request, data: data, progress: context.progress)
    try outcome.model.check()
    try outcome.model.write(to: path)
    let built = BuiltVariant(
      path: path, sha256: ContentHash.sha256(file: path) ?? "", figures: try ModelFile.figures(path),
      reports: [report(training, outcome, data)], build_ns: clock.now_ns() - begin)
    try AtomicJSON.write(built, to: notes)
    return built
  }

  private func report(
    _ training: SuiteTraining, _ outcome: TrainingOutcome, _ data: any TrainingData
  ) -> StepReport {
    StepReport(
      step: training.step.description,
      changes: [
        StepReport.Entry(
          node: training.step.options["architecture"]?.description ?? "model",
          text: "trained on \(data.rowCount) rows, \(outcome.epochs.count) epochs, seed \(context.seed)")
      ], notes: outcome.notes, epochs: outcome.epochs)
  }
}

extension BuiltVariant {
  /// What was built before and is whole; nil when there is none.
  static func cached(_ path: String, notes: String) -> BuiltVariant? {
    guard FileAccess.isReadable(path), let data = FileManager.default.contents(atPath: notes),
      var known = try? JSONDecoder().decode(BuiltVariant.self, from: data),
      known.sha256 == ContentHash.sha256(file: path), known.figures.packed != nil
    else { return nil }
    known.build_ns = nil
    return known
  }
}
