import AssayCore
import AssayJudge
import AssayMeasure
import Testing

private typealias Variant = MadeRun.Variant

/// A run whose variants have the accuracies given for each seed.
private func run(
  _ accuracies: [String: [Double]], follows: Bool = true, seed: UInt64 = 1, gates: [Gate] = [],
  _ change: (inout RunRecord) -> Void = { _ in }
) -> RunRecord {
  let metrics = ["accuracy.top1": 0.97, "accuracy.f1": 0.96, "drift.agreement": 0.9]
  var made = MadeRun(
    ["baseline", "learnt", "other"].map { Variant($0, wrong: Set(0..<12), metrics: metrics) }, seed: seed)
  made.gates = gates
  var record = made.record()
  for index in record.variants.indices {
    guard let values = accuracies[record.variants[index].name] else { continue }
    record.variants[index].seeds = SeedMembers(
      members: values.enumerated().map { offset, value in
        SeedRecord(
          seed: UInt64(offset + 1), build: record.variants[index].build,
          answers: [
            SeedAnswers(
              engine: "onnxruntime", device: "cpu",
              answers: Answers(
                dataset: "net", classes: PackedIntegers([]),
                metrics: ["accuracy.top1": value, "accuracy.f1": value]))
          ])
      }, representative: 1, followsBaseline: follows)
  }
  change(&record)
  return record
}

private func top1(_ record: RunRecord, _ variant: String) throws -> Figure {
  let summary = RunSummary(record)
  let group = try #require(record.trials.first?.trial.group)
  return try #require(summary.rows(in: group).first { $0.trial.variant == variant }?.figure("accuracy.top1"))
}

struct SeedTests {
  @Test("Seeds are members of one row: mean, standard deviation, Student's interval")
  func row() throws {
    // numpy: mean 0.97, std(ddof=1) 0.01; scipy: t(0.975, 2)·s/√3 = 0.0248414.
    let figure = try top1(run(["learnt": [0.96, 0.97, 0.98]]), "learnt")
    #expect(abs((figure.value ?? 0) - 0.97) < 1e-12 && figure.count == 3)
    #expect(abs((figure.seeds?.standardDeviation ?? 0) - 0.01) < 1e-12)
    #expect(abs((figure.interval?.low ?? 0) - 0.945_158_6) < 1e-6)
    #expect(figure.seeds?.values.map(\.seed) == [1, 2, 3] && figure.change?.flips == nil)
  }

  @Test("A variant that was built once is judged as before, row by row")
  func once() throws {
    let figure = try top1(run(["learnt": [0.96, 0.97, 0.98]]), "other")
    #expect(figure.seeds == nil && figure.change?.flips != nil && figure.count == MadeRun.rows)
  }

  @Test("Against one baseline the seeds are replicates; drift stays that of the representative")
  func oneBaseline() throws {
    let record = run(["learnt": [0.940, 0.942, 0.941]])
    let row = try #require(Comparison(withinRun: record).row("learnt", "accuracy.top1"))
    #expect(row.verdict == .regressed && row.reason.contains("the mean of 3 seeds against one model"))
    #expect(row.reason.contains("Student's p"))
    let summary = RunSummary(record)
    let drift = summary.rows(in: try #require(record.trials.first?.trial.group)).first { $0.trial.variant == "learnt" }
    #expect(drift?.value("drift.agreement") == 0.9 && drift?.figure("drift.agreement")?.change == nil)
  }

  @Test("One good seed proves nothing where the seeds spread")
  func spread() throws {
    let record = run(["learnt": [0.93, 0.99, 0.96]])
    #expect(Comparison(withinRun: record).verdict("learnt", "accuracy.top1") == .inconclusive)
  }

  @Test("Members made from the baseline's members pair; trainings of their own do not")
  func pairs() throws {
    // Each loses 1 pp, while the seeds lie 4 pp apart.
    let values = ["baseline": [0.94, 0.96, 0.98], "learnt": [0.93, 0.9501, 0.9699]]
    let paired = try #require(Comparison(withinRun: run(values)).row("learnt", "accuracy.top1"))
    #expect(paired.verdict == .regressed && paired.reason.contains("each against the baseline of its seed"))
    let apart = try #require(Comparison(withinRun: run(values, follows: false)).row("learnt", "accuracy.top1"))
    #expect(apart.verdict == .inconclusive && apart.reason.contains("means of 3 and 3 seeds"))
    // scipy.stats.ttest_ind(..., equal_var=False), one-sided.
    #expect(abs((apart.p ?? 0) - 0.2865) < 0.001, "\(apart.p ?? .nan)")
  }

  @Test("A variant from elsewhere is held against the mean of the baseline's seeds")
  func elsewhere() throws {
    let row = try #require(
      Comparison(withinRun: run(["baseline": [0.940, 0.941, 0.942]])).row("other", "accuracy.top1"))
    #expect(row.verdict == .improved && abs((row.change?.value ?? 0) - 0.029) < 1e-9)
    #expect((row.change?.interval?.low ?? 0) > 0.02 && (row.change?.interval?.high ?? 1) < 0.04)
  }

  @Test("When a seed failed, the others are no fair choice")
  func failedSeed() throws {
    let record = run(["learnt": [0.90, 0.90, 0.90]]) { record in
      let index = record.variants.firstIndex { $0.name == "learnt" } ?? 0
      record.variants[index].seeds?.members[1] = SeedRecord(seed: 2, build: .failed(message: "the loss is no number"))
    }
    let row = try #require(Comparison(withinRun: record).row("learnt", "accuracy.top1"))
    #expect(row.verdict == .inconclusive && row.reason == "a seed failed: seed 2: the loss is no number")
    #expect(try top1(record, "learnt").count == 2)
  }

  @Test("Gates look at the seeds' interval")
  func gates() throws {
    let gates = [try gate("accuracy.top1 >= 95 %"), try gate("accuracy.top1 drop <= 1 pp")]
    func results(_ values: [Double]) -> [GateOutcome.Result?] {
      let comparison = Comparison(withinRun: run(["learnt": values], gates: gates))
      return gates.map { gate in
        comparison.gates.first { $0.gate == gate && $0.trial.variant == "learnt" }?.result
      }
    }
    #expect(results([0.969, 0.970, 0.971]) == [.passed, .passed])
    #expect(results([0.920, 0.921, 0.922]) == [.failed, .failed])
    #expect(results([0.94, 0.97, 0.99]) == [.notProven, .notProven])
  }

  @Test("Two runs of a trained variant are compared by their seeds, without pairing them")
  func acrossRuns() throws {
    let base = run(["learnt": [0.960, 0.962, 0.961]])
    let worse = run(["learnt": [0.940, 0.942, 0.941]], seed: 2)
    let row = try #require(try Comparison(of: worse, against: base).row("learnt", "accuracy.top1"))
    #expect(row.verdict == .regressed && row.reason.contains("means of 3 and 3 seeds"))
    let same = run(["learnt": [0.961, 0.9605, 0.9615]], seed: 3)
    #expect(try Comparison(of: same, against: base).verdict("learnt", "accuracy.top1") == .same)
  }

  @Test("In a choice a variant with seeds is one candidate, as sure as its seeds are")
  func choice() throws {
    func choice(_ learnt: [Double], _ constraints: [String] = []) throws -> Choice {
      let record = run(["learnt": learnt])
      return try #require(choices(record, goal: try Goal(.accuracy, constraints: constraints)).first)
    }
    // 0.97 of the others is told from all three seeds, or from none.
    let better = try choice([0.990, 0.991, 0.992])
    #expect(better.candidates.count == 3 && better.answer == .recommended("learnt"), "\(better.headline)")
    let open = try choice([0.96, 0.98, 0.99])
    guard case .undecided(let best, let rivals, let more) = open.answer else {
      Issue.record("\(open.answer)")
      return
    }
    #expect(best == "learnt" && rivals.contains("baseline") && more == nil)
    #expect(open.headline.contains("over the training seeds") && open.headline.contains("more seeds would tell"))
    // A limit that the seeds' interval crosses is not shown to be met.
    let crossed = try choice([0.96, 0.98, 0.99], ["accuracy.top1 >= 97 %"])
    let check = crossed.candidates.first { $0.variant == "learnt" }?.checks.first
    #expect(check?.result == .metNotShown, "\(String(describing: check))")
  }
}
