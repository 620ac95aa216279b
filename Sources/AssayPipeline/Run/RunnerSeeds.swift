import AssayCore
import AssayData
import AssayMeasure
import AssayONNX
import AssayRuntime
import FoundationEssentials

/// The seeds of a variant: what each answers, and which stands for all in the measurements.
extension Runner {
  /// Lets the model of every seed answer the test rows in every engine, and chooses the representatives.
  ///
  /// Times are measured of one model, since another seed changes values and not the work. It is the one whose accuracy lies
  /// in the middle (the lower one of two); of variants made from the baseline's models the one that belongs to the
  /// baseline's representative, so that rows that flip and drift compare a model with what it was made from.
  ///
  /// - Throws: `interrupted`, `writeFailed`.
  func answerSeeds(_ plan: Plan, _ rows: [String: PreparedRows], _ record: inout RunRecord) throws {
    for baseline in plan.suite.baselines {
      guard let rows = rows[baseline.name] else { continue }
      for index in record.variants.indices where record.variants[index].baseline == baseline.name {
        guard record.variants[index].seeds != nil else { continue }
        for engine in plan.suite.engines {
          guard let group = plan.groups.first(where: { $0.baseline == baseline.name && $0.engine == engine }) else {
            continue
          }
          try answer(index, group, rows, &record)
        }
      }
      chooseRepresentatives(of: baseline.name, plan, &record)
    }
  }

  private func answer(
    _ index: Int, _ group: ComparisonGroup, _ rows: PreparedRows, _ record: inout RunRecord
  ) throws(PipelineError) {
    let variant = record.variants[index]
    var isNew = false
    for (position, member) in (variant.seeds?.members ?? []).enumerated() {
      let isKnown = member.answers.contains {
        $0.engine == group.engine && $0.device == group.device && $0.answers != nil
      }
      guard !isKnown, case .built(let built) = member.build else { continue }
      observe(.answering(baseline: variant.baseline, variant: variant.name, seed: member.seed))
      var answers = SeedAnswers(engine: group.engine, device: group.device, answers: nil)
      do {
        answers.answers = try self.answers(of: built.path, group, rows)
      } catch let error as PipelineError where error.code == .interrupted {
        throw error
      } catch {
        answers.failure = "\(error)"
      }
      record.variants[index].seeds?.members[position].answers.removeAll {
        $0.engine == group.engine && $0.device == group.device
      }
      record.variants[index].seeds?.members[position].answers.append(answers)
      isNew = true
    }
    if isNew { try store.save(record) }
  }

  /// The answers of a model to all test rows, from a worker with the session settings of the measurement.
  private func answers(of path: String, _ group: ComparisonGroup, _ rows: PreparedRows) throws -> Answers {
    let outputs = "\(store.outputsFolder)/seed.npy"
    let process = try WorkerProcess(launcher(cpus: []))
    defer { process.end() }
    try process.awaitReady()
    let model = WorkerModel(
      path: path, engine: group.engine, settings: SessionSettings(device: group.device, threads: group.threads),
      rowsPath: rows.path, batch: fixedBatch(path) ?? group.batch, hotInput: false)
    for request in [WorkerRequest.open(.model(model)), .evaluate(outputPath: outputs)] {
      guard case .failed(_, let message) = try process.ask(request, timeout_s: 3600) else { continue }
      throw PipelineError(.worker, message)
    }
    return try AnswerJudge.judge(try NPY.map(outputs), rows, baseline: nil)
  }

  // MARK: Representatives

  private func chooseRepresentatives(of baseline: String, _ plan: Plan, _ record: inout RunRecord) {
    let engine = plan.suite.engines.first ?? ""
    let isBaseline = { (variant: VariantRecord) in variant.name == Trial.baselineVariant }
    var ofBaseline: UInt64?
    let own = record.variants.indices.filter { record.variants[$0].baseline == baseline }
    for index in own.filter({ isBaseline(record.variants[$0]) }) + own.filter({ !isBaseline(record.variants[$0]) }) {
      guard let seeds = record.variants[index].seeds else { continue }
      // What was measured stays: a run that goes on does not change its mind.
      let chosen =
        seeds.representative
        ?? (seeds.followsBaseline ? seeds.members.first { $0.seed == ofBaseline && $0.build.built != nil }?.seed : nil)
        ?? Self.middle(seeds.members, engine: engine)
      if isBaseline(record.variants[index]) { ofBaseline = chosen }
      guard let member = seeds.members.first(where: { $0.seed == chosen }) else { continue }
      record.variants[index].seeds?.representative = chosen
      record.variants[index].build = member.build
    }
  }

  /// The seed whose accuracy lies in the middle, of an even number the lower one of the two; without answers the first that
  /// was built.
  static func middle(_ members: [SeedRecord], engine: String) -> UInt64? {
    let scores = members.compactMap { member -> (seed: UInt64, value: Double)? in
      guard let metrics = member.answers.first(where: { $0.engine == engine })?.answers?.metrics,
        let value = metrics["accuracy.top1"] ?? metrics["accuracy.mse"]
      else { return nil }
      return (member.seed, value)
    }.sorted { ($0.value, $0.seed) < ($1.value, $1.seed) }
    if !scores.isEmpty { return scores[(scores.count - 1) / 2].seed }
    return members.first { $0.build.built != nil }?.seed
  }
}
