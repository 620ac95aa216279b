import AssayCore
import AssayData
import AssayMeasure
import AssayMethods
import AssayRuntime
import FoundationEssentials
import Glibc

/// Building the variants of a plan.
extension Runner {
  /// Builds every variant that the record does not have yet, teachers before their students.
  ///
  /// - Throws: what is wrong with a baseline model; what is wrong with a variant is recorded instead.
  func build(_ plan: Plan, _ trainer: TrainerFinding, _ record: inout RunRecord) throws {
    var shelf = ModelShelf(plan, environment: environment)
    var materials: [String: Materials] = [:]
    if plan.learns, let reason = Folder.create(TrainedModels.learningFolder(cache)) {
      throw PipelineError(
        .cannotCreate, "cannot create the folder of checkpoints: \(reason)",
        at: Place(file: TrainedModels.learningFolder(cache)))
    }
    let measured = Set(plan.variants.map { ModelShelf.Key($0) })
    for variant in plan.buildOrder {
      let key = ModelShelf.Key(variant)
      let known = record.variants.first { $0.baseline == key.baseline && $0.name == key.variant }
      if let known, Self.isUsable(known, variant) {
        shelf.put(known, key)
        continue
      }
      if isInterrupted() { throw PipelineError(.interrupted, "interrupted while building variants") }
      observe(.building(baseline: key.baseline, variant: key.variant))
      let name = key.baseline
      if materials[name] == nil { materials[name] = try self.materials(of: variant.baseline, plan, trainer, record) }
      guard let material = materials[name] else { continue }
      let built = try build(variant, material, shelf)
      shelf.put(built, key)
      observe(.built(built))
      guard measured.contains(key) else { continue }
      record.variants.removeAll { $0.baseline == key.baseline && $0.name == key.variant }
      record.variants.append(built)
      if variant.learns { try store.save(record) }
    }
    record.sortVariants(plan)
  }

  private static func isUsable(_ record: VariantRecord, _ planned: Plan.PlannedVariant) -> Bool {
    guard let seeds = planned.seeds else { return record.build.isUsable }
    guard let members = record.seeds?.members else { return false }
    return members.map(\.seed) == seeds && members.allSatisfy(\.build.isUsable)
  }

  // MARK: One variant

  private func build(
    _ variant: Plan.PlannedVariant, _ materials: Materials, _ shelf: ModelShelf
  ) throws -> VariantRecord {
    var record = VariantRecord(
      baseline: variant.baseline.name, name: variant.name, steps: variant.recordedSteps,
      build: .failed(message: "no seed was built"))
    guard let seeds = variant.seeds else {
      record.build = try result(variant, seed: nil, materials, shelf, mayFail: !variant.isBaseline)
      return record
    }
    var members: [SeedRecord] = []
    for seed in seeds {
      if isInterrupted() { throw PipelineError(.interrupted, "interrupted while building variants") }
      // A baseline without any model ends the run; one that lacks a seed does not.
      let mayFail = !variant.isBaseline || seed != seeds.last || members.contains { $0.build.built != nil }
      members.append(
        SeedRecord(seed: seed, build: try result(variant, seed: seed, materials, shelf, mayFail: mayFail)))
    }
    record.seeds = SeedMembers(members: members, followsBaseline: variant.followsBaseline)
    record.build = members.first { $0.build.built != nil }?.build ?? members.first?.build ?? record.build
    return record
  }

  private func result(
    _ variant: Plan.PlannedVariant, seed: UInt64?, _ materials: Materials, _ shelf: ModelShelf, mayFail: Bool
  ) throws -> BuildResult {
    do {
      return .built(try model(variant, seed: seed, materials, shelf))
    } catch let error as PipelineError where error.code == .interrupted {
      throw error
    } catch  where mayFail {
      return .failed(message: "\(error)")
    }
  }

  private func model(
    _ variant: Plan.PlannedVariant, seed: UInt64?, _ materials: Materials, _ shelf: ModelShelf
  ) throws -> BuiltVariant {
    let baseline = variant.baseline.name
    var context = materials.context
    if let seed { context.seed = seed }
    context.models = shelf.source(baseline: baseline, seed: seed)
    context.progress = { [observe] progress in
      observe(.training(baseline: baseline, variant: variant.name, seed: seed, progress))
    }
    let builder = VariantBuilder(context: context)
    let trained = TrainedModels(cache: cache, context: context, trainerVersion: materials.trainerVersion)
    switch variant.origin {
    case .model(let path): return try builder.take(source: try path.get())
    case .trained(let training, let steps):
      let start = try trained.build(training)
      guard !steps.isEmpty else { return try publish(start, variant, seed: seed) }
      var built = try builder.build(
        source: start.path, steps, cache: cache, key: try key(variant, seed, materials, shelf))
      built.reports = start.reports + built.reports
      return try publish(built, variant, seed: seed)
    case .steps(let steps):
      let key = ModelShelf.Key(baseline: baseline, variant: Trial.baselineVariant)
      guard let source = shelf.member(key, seed: seed) else {
        throw PipelineError(
          .suiteInvalid, "the baseline's model of this seed was not built: \(shelf.failure(key) ?? "it is missing")")
      }
      let built = try builder.build(
        source: source, steps, cache: cache, key: try self.key(variant, seed, materials, shelf))
      return try publish(built, variant, seed: seed)
    }
  }

  /// What the steps of a variant look at besides its model.
  private func key(
    _ variant: Plan.PlannedVariant, _ seed: UInt64?, _ materials: Materials, _ shelf: ModelShelf
  ) throws -> VariantBuilder.CacheKey {
    var learning: String?
    if variant.steps.contains(where: { (try? $0.learns()) == true }) {
      let teachers = try variant.steps.flatMap(\.modelNames).map { name in
        let path = try shelf.path(named: name, baseline: variant.baseline.name, seed: seed)
        return ContentHash.sha256(file: path) ?? path
      }
      learning = (teachers + [materials.context.training?.identity ?? "", materials.trainerVersion]).joined(
        separator: "\u{1}")
    }
    let isTimed = variant.steps.contains { (try? MethodCatalog.timesModels($0)) == true }
    return VariantBuilder.CacheKey(
      calibration: materials.calibrationKey, learning: learning, timing: isTimed ? materials.timingKey : nil)
  }

  /// Puts a built model into the folder of the run, where the user finds it, as a link to the cached file.
  private func publish(
    _ built: BuiltVariant, _ variant: Plan.PlannedVariant, seed: UInt64?
  ) throws -> BuiltVariant {
    let folder = "\(store.folder)/models/\(FileName.safe(variant.baseline.name))"
    let name = seed.map { "\(variant.name)-seed-\($0)" } ?? variant.name
    let path = "\(folder)/\(FileName.safe(name)).onnx"
    let files = FileManager.default
    try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
    unlink(path)
    if link(built.path, path) != 0 { try files.copyItem(atPath: built.path, toPath: path) }
    // External data are found by the name inside the model, which is that of the cached file.
    let data = built.path + ".data"
    if access(data, R_OK) == 0 {
      let beside = "\(folder)/\(data.split(separator: "/").last.map(String.init) ?? "model.data")"
      unlink(beside)
      if link(data, beside) != 0 { try files.copyItem(atPath: data, toPath: beside) }
    }
    var published = built
    published.path = path
    return published
  }

  // MARK: Materials

  /// What the variants of a baseline are made with.
  private struct Materials {
    var context: MethodContext
    var calibrationKey: String
    /// Engine, settings and processor that models are timed with.
    var timingKey: String
    var trainerVersion: String
  }

  private func materials(
    of baseline: SuiteBaseline, _ plan: Plan, _ trainer: TrainerFinding, _ record: RunRecord
  ) throws(PipelineError) -> Materials {
    let variants = plan.buildOrder.filter { $0.baseline.name == baseline.name }
    let calibration = try calibration(of: baseline, variants)
    let latencies = calibration.flatMap { latencySource($0.rows, plan, record) }
    var context = MethodContext(
      cpu: record.environment.cpuFeatures, calibration: calibration?.source, latencies: latencies,
      seed: record.settings.seed)
    if variants.contains(where: \.learns) {
      context.trainer = trainer.trainer
      context.training = try baseline.train.map { rows throws(PipelineError) in
        try TrainingRows(try rows.get(), name: baseline.name)
      }
      context.learningFolder = TrainedModels.learningFolder(cache)
    }
    return Materials(
      context: context, calibrationKey: calibration?.key ?? "",
      timingKey: "\(latencies?.conditions ?? "nothing") \(record.environment.cpuModel)",
      trainerVersion: trainer.version)
  }

  /// Times models as the run will, in the first engine, threads and batch of the suite.
  private func latencySource(_ rows: Tensor, _ plan: Plan, _ record: RunRecord) -> EngineLatencySource? {
    let wanted = plan.suite.engines.first
    guard let engine = engines.first(where: { $0.name == wanted }), case .found = engine.probe() else { return nil }
    let measure = plan.suite.measure
    return EngineLatencySource(
      rows: rows, engine: engine, threads: measure.threads.first ?? 1, batch: measure.batches.first ?? 1,
      seed: record.settings.seed)
  }

  private struct Calibration {
    var rows: Tensor
    var source: EngineActivationSource
    var key: String
  }

  /// The calibration rows of a baseline, read only when a step needs them.
  private func calibration(
    of baseline: SuiteBaseline, _ variants: [Plan.PlannedVariant]
  ) throws(PipelineError) -> Calibration? {
    guard let dataset = baseline.calibration, variants.contains(where: usesCalibration) else { return nil }
    guard let engine = engines.first(where: { if case .found = $0.probe() { $0.name != "null" } else { false } }) else {
      return nil
    }
    do {
      let description = try dataset.get()
      let rows = try description.open()
      let key =
        [String(decoding: try JSONEncoder().encode(description), as: UTF8.self)]
        + rows.files.map { ContentHash.sha256(file: $0) ?? $0 }
      let prepared = try rows.prepare(description.preparation)
      return Calibration(
        rows: prepared, source: EngineActivationSource(rows: prepared, engine: engine, threads: 1),
        key: ContentHash.sha256(text: key.joined(separator: "\n")))
    } catch let error as PipelineError {
      throw error
    } catch {
      throw PipelineError(.suiteInvalid, "the calibration data of '\(baseline.name)' cannot be used", cause: error)
    }
  }

  private func usesCalibration(_ variant: Plan.PlannedVariant) -> Bool {
    variant.steps.contains { step in
      let use = try? MethodCatalog.calibrationUse(step)
      return use != nil && use != CalibrationUse.none
    }
  }
}

extension BuildResult {
  /// Whether the file is still there.
  fileprivate var isUsable: Bool { built.map { FileAccess.isReadable($0.path) } ?? false }
}

extension ModelShelf.Key {
  init(_ variant: Plan.PlannedVariant) { self.init(baseline: variant.baseline.name, variant: variant.name) }
}

extension ModelShelf {
  fileprivate mutating func put(_ record: VariantRecord, _ key: Key) {
    guard let members = record.seeds?.members else { return put(record.build, key, seed: nil) }
    for member in members { put(member.build, key, seed: member.seed) }
  }
}

extension Plan.PlannedVariant {
  /// The steps as reports name them, the training first.
  fileprivate var recordedSteps: [Step] {
    guard case .trained(let training, let steps) = origin else { return steps }
    var step = training.step
    if let start = training.start { step.options["model"] = .text(start.text) }
    return [step] + steps
  }
}

extension RunRecord {
  /// Variants in the order of the plan, whatever order they were built in.
  fileprivate mutating func sortVariants(_ plan: Plan) {
    let order = Dictionary(
      plan.variants.enumerated().map { (ModelShelf.Key($1), $0) }, uniquingKeysWith: { first, _ in first })
    func place(_ record: VariantRecord) -> Int {
      order[ModelShelf.Key(baseline: record.baseline, variant: record.name)] ?? .max
    }
    variants.sort { place($0) < place($1) }
  }
}

/// File names made from the names users give.
enum FileName {
  /// The name itself where a file may have it, or else one made from it, with what a file name cannot hold replaced by
  /// `_`, cut to 100 bytes, and ended by a part of its hash: different names are different files.
  static func safe(_ name: String) -> String {
    let kept = name.unicodeScalars.map { scalar -> Character in
      scalar.value < 0x20 || scalar == "/" || scalar == "\\" || scalar.value == 0x7f ? "_" : Character(scalar)
    }
    var text = String(kept)
    while text.utf8.count > 100 { text.removeLast() }
    guard text != name || text.isEmpty || text == "." || text == ".." else { return text }
    return text + "-" + ContentHash.sha256(text: name).prefix(8)
  }
}
