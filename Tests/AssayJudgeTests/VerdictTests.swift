import AssayCore
import AssayJudge
import AssayMeasure
import Testing

private typealias Variant = MadeRun.Variant

private func within(
  _ variants: [MadeRun.Variant], gates: [Gate] = [], _ change: (inout MadeRun) -> Void = { _ in }
) -> Comparison {
  var run = MadeRun([Variant("baseline")] + variants)
  run.gates = gates
  change(&run)
  return Comparison(withinRun: run.record())
}

@Suite("Every verdict is reached within a run")
struct VerdictTests {
  @Test("Times", arguments: [UInt64](1...2))
  func times(seed: UInt64) throws {
    let comparison = within([Variant("slow", time: 1.05), Variant("equal"), Variant("fast", time: 0.7)]) {
      $0.seed = seed
    }
    #expect(comparison.verdict("slow", "latency.p50") == .regressed, "seed \(seed)")
    #expect(comparison.verdict("equal", "latency.p50") == .same, "seed \(seed)")
    #expect(comparison.verdict("fast", "latency.p50") == .improved, "seed \(seed)")
    #expect(comparison.verdict("slow", "throughput") == .regressed, "seed \(seed)")
    #expect(comparison.verdict("fast", "throughput") == .improved, "seed \(seed)")
    let fast = try #require(comparison.row("fast", "latency.p50"))
    let ratio = try #require(fast.change?.value)
    #expect(abs(ratio / 0.7 - 1) < 0.01 && fast.change?.interval?.contains(ratio) == true, "seed \(seed)")
    #expect(fast.adjustedP == nil && (fast.p ?? 0) > 0.9 && (fast.resolution ?? 1) < 0.02, "seed \(seed)")
    // Nothing is gated, so nothing fails.
    #expect(comparison.exitStatus == .success && comparison.needsConfirmation.isEmpty)
    #expect(comparison.base == nil && comparison.scope == .withinRun)
  }

  @Test(
    "What no gate names has a q for exploring: Benjamini and Hochberg's over just these rows",
    arguments: [UInt64](1...3))
  func exploring(seed: UInt64) throws {
    let gates = [try gate("latency.p50 rise <= 5 %")]
    let variants = [Variant("slow", time: 1.2), Variant("equal"), Variant("fast", time: 0.7)]
    let comparison = within(variants, gates: gates) { $0.seed = seed }
    let explored = comparison.rows.filter { $0.q != nil }
    #expect(explored.allSatisfy { $0.adjustedP == nil && $0.metric.name != "latency.p50" && $0.metric.kind != .exact })
    #expect(comparison.rows.allSatisfy { $0.metric.kind != .timed || ($0.q == nil) == ($0.adjustedP != nil) })
    // Never below the p it came from, two-sided; the order stays.
    for row in explored {
      guard let q = row.q, let p = row.p else { continue }
      #expect(q <= 1 && q >= min(p, 1 - p) - 1e-12, "\(row.metric.name): q \(q), p \(p), seed \(seed)")
    }
    let throughput = { (name: String) in comparison.row(name, "throughput")?.q ?? 1 }
    #expect(throughput("fast") < 0.05 && throughput("slow") < 0.05 && throughput("equal") > 0.05, "seed \(seed)")
    // Without gates every tested row is one of them.
    let all = within(variants) { $0.seed = seed }
    #expect(all.row("fast", "latency.p50")?.q.map { $0 < 0.05 } == true, "seed \(seed)")
  }

  @Test("Counts are compared without statistics, and memory above its floor")
  func counts() {
    let comparison = within([
      Variant("small", file_B: 3999, memory_B: 40_000_000), Variant("large", file_B: 4001, memory_B: 60_000_000),
      Variant("same", memory_B: 50_100_000),
    ])
    #expect(comparison.verdict("small", "size.file") == .improved)
    #expect(comparison.verdict("large", "size.file") == .regressed)
    #expect(comparison.verdict("same", "size.file") == .same)
    #expect(comparison.verdict("small", "memory.peak") == .improved)
    #expect(comparison.verdict("large", "memory.peak") == .regressed)
    #expect(comparison.verdict("same", "memory.peak") == .same)
  }

  @Test("A change below the absolute floor is none, however large its share")
  func floor() {
    let comparison = within([Variant("slow", time: 1.3)]) { $0.latency_ns = 120 }
    #expect(comparison.verdict("slow", "latency.p50") == .same)
    let large = within([Variant("slow", time: 1.3)])
    #expect(large.verdict("slow", "latency.p50") == .regressed)
  }

  @Test("Zeros are compared by difference")
  func zeros() throws {
    let comparison = within([Variant("new", memory_B: 2_000_000)]) { run in
      run.variants[0] = Variant("baseline", memory_B: 0)
    }
    let row = try #require(comparison.row("new", "memory.loaded"))
    #expect(row.verdict == .regressed && row.change?.kind == .difference && row.change?.value == 1_000_000)
    #expect(row.base == 0)
    var record = MadeRun([Variant("baseline"), Variant("a")]).record()
    guard case .built(var built) = record.variants[0].build else { return }
    built.figures.nonzeros = 0
    record.variants[0].build = .built(built)
    let zero = try #require(Comparison(withinRun: record).row("a", "size.nonzeros"))
    #expect(zero.verdict == .regressed && zero.change?.kind == .difference && zero.change?.value == 500)
  }

  @Test("What cannot be told is inconclusive, with the resolution")
  func resolution() throws {
    let comparison = within([Variant("maybe", time: 1.02)]) { $0.luck = 0.06 }
    let row = try #require(comparison.row("maybe", "latency.p50"))
    #expect(
      row.verdict == .inconclusive && row.reason.contains("resolution ") && row.reason.contains("> threshold 2 %"))
    // Which seeds give an interval across the threshold is chance; that some of them do is not.
    let crossing = (1...8).filter { seed in
      let near = within([Variant("maybe", time: 1.018)]) { ($0.luck, $0.seed) = (0.005, UInt64(seed)) }
      let row = near.row("maybe", "latency.p50")
      return row?.verdict == .inconclusive && row?.reason.contains("crosses the threshold 2 %") == true
    }
    #expect(!crossing.isEmpty)
  }

  @Test("A wide interval that lies wholly beyond the threshold is no reason to hesitate")
  func wide() {
    let comparison = within([Variant("slow", time: 2)]) { $0.luck = 0.06 }
    #expect(comparison.verdict("slow", "latency.p50") == .regressed)
  }

  @Test("Too few launches give no hard verdict", arguments: [1, 2, 4])
  func fewLaunches(launches: Int) throws {
    let comparison = within(
      [Variant("slow", time: 1.5), Variant("equal")], gates: [try gate("latency.p50 rise <= 5 %", ["slow"])]
    ) { $0.launches = launches }
    let row = try #require(comparison.row("slow", "latency.p50"))
    #expect(row.verdict == .inconclusive && row.reason.contains("too few launches"), "\(row.reason)")
    #expect(comparison.verdict("equal", "latency.p50") == .inconclusive)
    #expect(comparison.result("slow") == .notJudged && comparison.exitStatus == .success)
    #expect(comparison.warnings.contains { $0.contains("too few launches") })
  }

  @Test("Holm's correction asks for more launches than one test")
  func manyTests() throws {
    // 25 variants: 9 launches are needed, 8 are there.
    let variants = (0..<25).map { Variant("v\($0)", time: 1.3) }
    let comparison = within(variants, gates: [try gate("latency.p50 rise <= 5 %")]) { $0.launches = 8 }
    #expect(comparison.gates.allSatisfy { $0.result == .notJudged })
    #expect(comparison.row("v3", "latency.p50")?.reason.contains("8 of the 9 that 25 tests together need") == true)
    let enough = within(variants, gates: [try gate("latency.p50 rise <= 5 %")]) { $0.launches = 9 }
    #expect(enough.gates.allSatisfy { $0.result == .failed })
    let adjusted = try #require(enough.row("v3", "latency.p50")?.adjustedP)
    #expect(adjusted > 0.04 && adjusted < 0.05)
  }

  @Test("A kernel that moved between the members' blocks contaminates")
  func contamination() throws {
    var run = MadeRun([Variant("baseline"), Variant("slow", time: 1.06)])
    run.rounds = 15
    run.gates = [try gate("latency.p50 rise <= 5 %")]
    var record = run.record()
    // The kernel is slower wherever it runs beside the variant.
    for launch in record.groups[0].launches.indices {
      let members = record.trials.map { $0.result.data?.launches[launch].blocks ?? [] }
      for round in record.groups[0].launches[launch].control.indices {
        let block = record.groups[0].launches[launch].control[round]
        let (base, own) = (members[0][round].position, members[1][round].position)
        guard abs(block.position - own) < abs(block.position - base) else { continue }
        record.groups[0].launches[launch].control[round].samples = Samples(
          block.samples.nanoseconds.map { UInt64(Double($0) * 1.1) })
      }
    }
    let comparison = Comparison(withinRun: record)
    #expect(comparison.verdict("slow", "latency.p50") == .inconclusive)
    #expect(comparison.result("slow") == .notJudged)
    #expect(comparison.warnings.contains { $0.contains("contaminated") && $0.contains("control kernel") })
    #expect(comparison.contaminated == [run.group])
    // Once it was measured again that was all: what is aside is not judged, and not a reason to go on measuring.
    record.setAside = [ConfirmationRecord(group: run.group, launches: [], members: [])]
    let again = Comparison(withinRun: record)
    #expect(again.contaminated.isEmpty && again.warnings.contains { $0.contains("so it was in a second measurement") })
    #expect(Comparison(withinRun: run.record()).verdict("slow", "latency.p50") != .inconclusive)
  }

  @Test("A trial that failed, one that was skipped, and one without a baseline")
  func ends() throws {
    let comparison = within([Variant("broken", end: .failed), Variant("fixed", end: .skipped)])
    #expect(comparison.rows.first?.verdict == .failed && comparison.rows.first?.reason == "load: no kernel for Foo")
    #expect(comparison.exitStatus == .trialFailed && comparison.rows.count == 1)
    let alone = Comparison(withinRun: MadeRun([Variant("baseline", end: .failed), Variant("a")]).record())
    #expect(alone.rows.map(\.verdict) == [.failed, .new])
    #expect(alone.row("a", "latency.p50")?.reason.contains("no kernel for Foo") == true)
    let orphan = Comparison(withinRun: MadeRun([Variant("a")]).record())
    #expect(orphan.rows.map(\.verdict) == [.new] && orphan.exitStatus == .success)
  }

  @Test("Accuracy: proven worse, not proven within the margin, same, better")
  func accuracy() throws {
    let comparison = within([
      Variant("bad", wrong: Set(0..<40)), Variant("unsure", wrong: Set(0..<2)), Variant("equal"),
    ])
    #expect(comparison.verdict("bad", "accuracy.top1") == .regressed)
    let unsure = try #require(comparison.row("unsure", "accuracy.top1"))
    #expect(unsure.verdict == .inconclusive && unsure.reason.contains("not proven within the margin 0.5 pp"))
    #expect(comparison.verdict("equal", "accuracy.top1") == .same)
    let better = within([Variant("better")]) { $0.variants[0] = Variant("baseline", wrong: Set(0..<40)) }
    #expect(better.verdict("better", "accuracy.top1") == .improved)
    let row = try #require(comparison.row("bad", "accuracy.top1"))
    #expect(row.change?.flips == PairedAnswers(rows: 400, lost: 40, gained: 0) && row.change?.value == -0.1)
  }

  @Test("Other qualities are compared by value")
  func qualities() throws {
    let comparison = within([
      Variant("a", metrics: ["accuracy.f1": 0.89, "accuracy.log-loss": 0.3, "drift.agreement": 0.5]),
      Variant("b", metrics: ["accuracy.f1": 0.896, "accuracy.log-loss": 0.2]),
    ]) { $0.variants[0] = Variant("baseline", metrics: ["accuracy.f1": 0.9, "accuracy.log-loss": 0.2]) }
    #expect(comparison.verdict("a", "accuracy.f1") == .regressed)
    #expect(comparison.verdict("a", "accuracy.log-loss") == .regressed)
    #expect(comparison.verdict("b", "accuracy.f1") == .same && comparison.verdict("b", "accuracy.log-loss") == .same)
    #expect(comparison.row("a", "drift.agreement") == nil)
  }
}

@Suite("A regression that counts is measured again")
struct ConfirmationTests {
  private func comparison(_ again: @escaping ([MadeRun.Variant]) -> [MadeRun.Variant]) throws -> Comparison {
    var run = MadeRun([Variant("baseline"), Variant("slow", time: 1.2), Variant("equal")])
    run.gates = [try gate("latency.p50 rise <= 5 %")]
    run.confirmation = again
    return Comparison(withinRun: run.record())
  }

  @Test("Without a second measurement it keeps its verdict and asks for one")
  func absent() throws {
    var run = MadeRun([Variant("baseline"), Variant("slow", time: 1.2), Variant("equal")])
    run.gates = [try gate("latency.p50 rise <= 5 %")]
    let comparison = Comparison(withinRun: run.record())
    let row = try #require(comparison.row("slow", "latency.p50"))
    #expect(row.verdict == .regressed && row.reason.contains("not confirmed by a second measurement"))
    #expect(comparison.needsConfirmation == [Trial(variant: "slow", group: run.group)])
    #expect(comparison.exitStatus == .regression && comparison.result("slow") == .failed)
    #expect(comparison.result("equal") == .passed)
  }

  @Test("Found again it is confirmed")
  func confirmed() throws {
    let comparison = try comparison { $0 }
    let row = try #require(comparison.row("slow", "latency.p50"))
    #expect(row.verdict == .regressed && row.reason.contains("; confirmed by a second measurement (+"))
    #expect(comparison.needsConfirmation.isEmpty && comparison.exitStatus == .regression)
  }

  @Test("Not found again it is unconfirmed, and no failure")
  func unconfirmed() throws {
    let comparison = try comparison { $0.map { MadeRun.Variant($0.name) } }
    #expect(comparison.verdict("slow", "latency.p50") == .unconfirmed)
    #expect(comparison.result("slow") == .notProven && comparison.exitStatus == .success)
    #expect(comparison.needsConfirmation.isEmpty)
  }

  @Test("Less than half the threshold is not enough")
  func half() throws {
    let comparison = try comparison { $0.map { MadeRun.Variant($0.name, time: $0.name == "slow" ? 1.02 : 1) } }
    #expect(comparison.verdict("slow", "latency.p50") == .unconfirmed)
  }

  @Test("An empty second measurement clears nothing")
  func empty() throws {
    var run = MadeRun([Variant("baseline"), Variant("slow", time: 1.2)])
    run.gates = [try gate("latency.p50 rise <= 5 %")]
    var record = run.record()
    record.confirmations = [
      ConfirmationRecord(group: run.group, launches: [], members: [.init(variant: "slow", launches: [])]),
      ConfirmationRecord(group: run.group, launches: [], members: []),
    ]
    let comparison = Comparison(withinRun: record)
    #expect(comparison.verdict("slow", "latency.p50") == .regressed && comparison.needsConfirmation.count == 1)
  }
}
