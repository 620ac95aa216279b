import AssayCore
import AssayMethods
import AssayONNX
import AssayRuntime
import AssayTestSupport
import FoundationEssentials
import Synchronization
import Testing

@testable import AssayPipeline

/// A run with a trainer in memory: everything but the learning itself.
private struct TrainedRun {
  let folder: String
  var trainer = MemoryTrainer()
  var isTrainerMissing = false
  let events = EventLog()

  final class EventLog: Sendable {
    private let state = Mutex<[String]>([])
    var texts: [String] { state.withLock { $0 } }
    func append(_ text: String) { state.withLock { $0.append(text) } }
  }

  func run(
    _ suite: String, resuming: Bool = false, _ change: (inout Plan.Selection) -> Void = { _ in }
  ) throws -> RunRecord {
    try SmallSuite.write(to: folder)
    try SmallSuite.file(suite, "\(folder)/s.yaml")
    var selection = Plan.Selection()
    change(&selection)
    let plan = try Plan(
      try AssayPipeline.Suite.read(path: "\(folder)/s.yaml", environment: [:]), selection, engines: ["reference"])
    let store = RunStore(folder: "\(folder)/r")
    let (trainer, events) = (trainer, events)
    let finding: TrainerFinding =
      isTrainerMissing
      ? .missing(reason: "libtorch was not found", remedy: "run scripts/setup") : .found(trainer, version: "memory 1")
    let runner = Runner(
      engines: [ReferenceEngine()], findTrainer: { finding }, store: store,
      cache: VariantCache(environment: ["ASSAY_CACHE": "\(folder)/cache"]),
      workerCommand: [Repository.executable ?? "", "worker"], environment: ["PATH": "/usr/bin:/bin"],
      observe: { event in
        if case .training(_, let variant, let seed, let progress) = event {
          events.append("\(variant) \(seed.map { "\($0)" } ?? "-") \(progress.epoch)/\(progress.epochs)")
        }
        if case .note(let text) = event { events.append(text) }
      }, isInterrupted: { false })
    let record = try runner.run(plan, command: [], resuming: resuming ? try RunStore.load("\(folder)/r") : nil)
    #expect(runner.exitStatus(.success, of: plan) == .success)
    #expect(runner.exitStatus(.regression, of: plan) == .regression)
    #expect(runner.exitStatus(.trialFailed, of: plan) == (isTrainerMissing ? .engineMissing : .trialFailed))
    return record
  }
}

private let header = """
  suite: trained
  data: { test: { csv: t.csv }, train: { csv: t.csv }, calibration: { from: train, count: 3 } }
  engines: [ reference ]
  measure: { launches: 2, rounds: 2, block: 1 ms }

  """

private func variant(_ record: RunRecord, _ name: String) throws -> VariantRecord {
  try #require(record.variants.first { $0.name == name })
}

@Suite(.serialized, .enabled(if: Repository.executable != nil, Comment(rawValue: commandIsMissing)))
struct TrainedSuiteTests {
  @Test("A trained baseline with seeds: one row, a representative in the middle, variants made seed by seed")
  func seeds() throws {
    try withTemporaryFolder { folder in
      let run = TrainedRun(folder: folder)
      let record = try run.run(
        header + """
          baseline: { name: net, train: { architecture: mlp, hidden: 3, epochs: 2 }, seeds: 3 }
          variants: { half: [ prune: { sparsity: 0.5 } ] }
          """)
      #expect(record.finishedAt != nil && record.variants.map(\.name) == ["baseline", "half"])
      let baseline = try variant(record, "baseline")
      let members = try #require(baseline.seeds?.members)
      #expect(members.map(\.seed) == [1, 2, 3] && Set(members.compactMap { $0.build.built?.sha256 }).count == 3)
      #expect(baseline.steps.map(\.method) == ["train"] && baseline.build.built?.reports.first?.epochs?.count == 2)
      let scores = members.compactMap { $0.answers.first?.answers?.metrics["accuracy.top1"] }
      #expect(scores.count == 3)
      let representative = try #require(members.first { $0.seed == baseline.seeds?.representative })
      #expect(representative.answers.first?.answers?.metrics["accuracy.top1"] == scores.sorted()[1])
      #expect(baseline.build == representative.build)
      let half = try variant(record, "half")
      #expect(half.seeds?.followsBaseline == true && half.seeds?.representative == baseline.seeds?.representative)
      #expect(half.seeds?.members.map(\.build.built?.figures.nonzeros).count == 3)
      #expect(record.trials.count == 2 && record.trials.allSatisfy { $0.result.data?.launches.count == 2 })
      #expect(run.trainer.log.trainings.map(\.settings.seed) == [1, 2, 3])
      #expect(run.events.texts.prefix(3) == ["baseline 1 1/2", "baseline 1 2/2", "baseline 2 1/2"])
      #expect(FileManager.default.fileExists(atPath: "\(folder)/r/models/net/baseline-seed-2.onnx"))
    }
  }

  @Test("What was trained is taken from the cache, and trained anew when an option, the data or the seed change")
  func cache() throws {
    try withTemporaryFolder { folder in
      func epochs(_ options: String, seed: Int = 1) throws -> Int {
        let run = TrainedRun(folder: folder)
        try? FileManager.default.removeItem(atPath: "\(folder)/r")
        _ = try run.run(
          header.replacing("launches: 2", with: "launches: 2, seed: \(seed)")
            + "baseline: { train: { architecture: mlp, hidden: 3, epochs: 2\(options) } }\n")
        return run.trainer.log.epochs
      }
      let trained = [
        try epochs(""), try epochs(""), try epochs(", optimizer: sgd"), try epochs("", seed: 2), try epochs(""),
      ]
      #expect(trained == [2, 0, 2, 2, 0])
    }
  }

  @Test("A run that is killed in the middle of a training goes on from the checkpoint, and comes to the same model")
  func killed() throws {
    try withTemporaryFolder { folder in
      let suite = header + "baseline: { train: { architecture: mlp, hidden: 3, epochs: 4 } }\n"
      let killed = TrainedRun(folder: folder, trainer: MemoryTrainer(lastEpoch: 3))
      #expect(throws: (any Error).self) { _ = try killed.run(suite) }
      let resumed = TrainedRun(folder: folder)
      let record = try resumed.run(suite, resuming: true)
      #expect(record.finishedAt != nil && resumed.trainer.log.epochs == 2)
      let built = try #require(try variant(record, "baseline").build.built)
      #expect(built.reports.first?.notes == ["went on from epoch 3"])
      try withTemporaryFolder { other in
        let whole = try TrainedRun(folder: other).run(suite)
        #expect(try variant(whole, "baseline").build.built?.sha256 == built.sha256)
      }
    }
  }

  @Test("Variants that train anew take what they do not say from the baseline, each seed for itself")
  func trainedVariant() throws {
    try withTemporaryFolder { folder in
      let run = TrainedRun(folder: folder)
      let record = try run.run(
        header + """
          seeds: 2
          baseline: { train: { architecture: mlp, hidden: 3, epochs: 2, optimizer: adam } }
          variants:
            momentum: { train: { optimizer: momentum } }
            from-file: { train: { model: m.onnx }, steps: [ prune: { sparsity: 0.5 } ], seeds: 3 }
          """)
      let momentum = try variant(record, "momentum")
      #expect(momentum.seeds?.followsBaseline == false && momentum.seeds?.members.count == 2)
      #expect(momentum.steps.first?.options["optimizer"] == .text("momentum"))
      #expect(momentum.steps.first?.options["architecture"] == .text("mlp"))
      let file = try variant(record, "from-file")
      #expect(file.steps.map(\.method) == ["train", "prune"] && file.seeds?.members.count == 3)
      #expect(file.steps.first?.options["architecture"] == nil && file.steps.first?.options["model"] != nil)
      #expect(run.trainer.log.trainings.map(\.settings.optimizer.kind).filter { $0 == .momentum }.count == 2)
    }
  }

  @Test("Variants that begin with the same steps train once, and masks outlive the cache")
  func stages() throws {
    try withTemporaryFolder { folder in
      let tuned = "prune: { sparsity: 0.5 }, finetune: { epochs: 2 }"
      let run = TrainedRun(folder: folder)
      let record = try run.run(
        header + """
          seeds: 2
          baseline: { model: m.onnx }
          variants:
            tuned: [ \(tuned) ]
            twice: [ \(tuned), finetune: { epochs: 3 } ]
            coded: [ \(tuned), float16 ]
          """)
      #expect(run.trainer.log.epochs == 2 * (2 + 3))
      let tuned2 = try #require(try variant(record, "tuned").seeds)
      #expect(!tuned2.followsBaseline && tuned2.members.map(\.seed) == [1, 2])
      let twice = try #require(try variant(record, "twice").build.built)
      #expect(twice.figures.nonzeros == 6 && twice.reports.compactMap(\.epochs).map(\.count) == [2, 3])
      #expect(try variant(record, "baseline").seeds == nil)
      // Only the last training again: the first is kept behind its step.
      let again = TrainedRun(folder: folder)
      try FileManager.default.removeItem(atPath: "\(folder)/r")
      _ = try again.run(
        header + """
          seeds: 2
          baseline: { model: m.onnx }
          variants: { longer: [ \(tuned), finetune: { epochs: 4 } ] }
          """)
      #expect(again.trainer.log.epochs == 2 * 4)
    }
  }

  @Test(
    "Without what trains, variants that learn fail in their place with what to install, and the others are measured")
  func missing() throws {
    try withTemporaryFolder { folder in
      let run = TrainedRun(folder: folder, isTrainerMissing: true)
      let suite =
        header + """
          baseline: { name: net, model: m.onnx }
          variants:
            tuned: [ prune: { sparsity: 0.5 }, finetune: { epochs: 2 } ]
            half:  [ prune: { sparsity: 0.5 } ]
          """
      let record = try run.run(suite)
      #expect(record.finishedAt != nil && record.variants.map(\.name) == ["baseline", "tuned", "half"])
      guard case .failed(let message) = try variant(record, "tuned").build else {
        Issue.record("learnt without a trainer")
        return
      }
      #expect(message.contains("'finetune' learns") && message.contains("scripts/setup"), "\(message)")
      #expect(try variant(record, "half").build.built != nil)
      #expect(record.trials.count { $0.result.data?.launches.count == 2 } == 2)
      let told = run.events.texts.filter { $0.contains("libtorch was not found") }
      #expect(told.count == 1 && told[0].contains("'tuned'") && told[0].contains("run scripts/setup"), "\(told)")
      // Once it is installed, only what was missing is made.
      let resumed = try TrainedRun(folder: folder).run(suite, resuming: true)
      #expect(try variant(resumed, "tuned").build.built != nil)
      #expect(resumed.trials.count == 3 && resumed.trials.allSatisfy { ($0.result.data?.launches.count ?? 0) >= 2 })
    }
    try withTemporaryFolder { folder in
      let run = TrainedRun(folder: folder, isTrainerMissing: true)
      let error = #expect(throws: PipelineError.self) {
        _ = try run.run(header + "baseline: { train: { architecture: mlp, hidden: 3, epochs: 2 } }\n")
      }
      #expect(error?.exitStatus == .engineMissing && error?.remedy == "run scripts/setup")
    }
  }

  @Test("A student learns from the teacher of its seed, which is built first and need not be measured")
  func teacher() throws {
    try withTemporaryFolder { folder in
      let suite =
        header + """
          seeds: 2
          baseline: { name: net, model: m.onnx }
          variants:
            student: [ distill: { teacher: teacher, epochs: 2 } ]
            teacher: { train: { model: m.onnx, epochs: 1 } }
          """
      let run = TrainedRun(folder: folder)
      let record = try run.run(suite) { $0.variants = ["student"] }
      #expect(record.variants.map(\.name) == ["baseline", "student"])
      let trainings = run.trainer.log.trainings
      #expect(trainings.map(\.settings.seed) == [1, 2, 1, 2] && trainings.map(\.settings.epochs) == [1, 1, 2, 2])
      #expect(trainings.map { $0.distillation?.teachers.count } == [nil, nil, 1, 1])
      let teachers = trainings.compactMap { $0.distillation?.teachers.first?.graph.initializer("w")?.tensor }
      #expect(teachers.count == 2 && teachers[0] != teachers[1])
    }
    try withTemporaryFolder { folder in
      let run = TrainedRun(folder: folder)
      let record = try run.run(
        header + """
          baseline: { name: net, model: m.onnx }
          variants: { student: [ distill: { teacher: techer, epochs: 2 } ], teacher: [ float16 ] }
          """)
      guard case .failed(let message) = try variant(record, "student").build else {
        Issue.record("learnt from nobody")
        return
      }
      #expect(message.contains("'techer' is no variant or baseline of the suite"))
    }
  }

  @Test("A seed that does not train costs itself; a baseline of which none trains ends the run")
  func diverging() throws {
    try withTemporaryFolder { folder in
      let suite =
        header + """
          baseline: { train: { architecture: mlp, hidden: 3, epochs: 2 }, seeds: 2 }
          variants: { half: [ prune: { sparsity: 0.5 } ] }
          """
      let record = try TrainedRun(folder: folder, trainer: MemoryTrainer(divergingSeeds: [2])).run(suite)
      let members = try #require(try variant(record, "half").seeds?.members)
      #expect(members[0].build.built != nil)
      guard case .failed(let message) = members[1].build else {
        Issue.record("the variant of a seed that was not trained was built")
        return
      }
      #expect(message.contains("the loss became NaN in step 3"))
      #expect(try variant(record, "baseline").seeds?.representative == 1)
    }
    try withTemporaryFolder { folder in
      let run = TrainedRun(folder: folder, trainer: MemoryTrainer(divergingSeeds: [1]))
      let error = #expect(throws: MethodError.self) {
        _ = try run.run(header + "baseline: { train: { architecture: mlp, hidden: 3, epochs: 2 } }\n")
      }
      #expect(error?.code == .diverged)
    }
  }
}
