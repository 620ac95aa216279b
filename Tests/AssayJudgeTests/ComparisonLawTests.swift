import AssayCore
import AssayJudge
import AssayMeasure
import Testing

private typealias Variant = MadeRun.Variant

@Suite("Laws of the comparison")
struct ComparisonLawTests {
  private func run(_ times: [Double], seed: UInt64, scale: Double = 1) -> RunRecord {
    var run = MadeRun([Variant("baseline")], seed: seed)
    for (index, time) in times.enumerated() { run.variants.append(Variant("v\(index)", time: time)) }
    run.latency_ns *= scale
    return run.record()
  }

  private func opposite(_ verdict: Verdict) -> Verdict {
    switch verdict {
    case .improved: .regressed
    case .regressed: .improved
    case .new: .missing
    case .missing: .new
    default: verdict
    }
  }

  @Test("A run against itself is never worse", arguments: [UInt64](1...3))
  func itself(seed: UInt64) throws {
    let record = run([0.5, 1, 1.4], seed: seed)
    let comparison = try Comparison(of: record, against: record)
    #expect(comparison.rows.allSatisfy { $0.verdict == .same }, "seed \(seed)")
    #expect(comparison.exitStatus == .success && comparison.needsConfirmation.isEmpty && comparison.warnings.isEmpty)
  }

  @Test("Exchanging base and candidate exchanges the verdicts", arguments: [UInt64](1...3))
  func exchange(seed: UInt64) throws {
    let (a, b) = (run([0.9, 1, 1.02, 1.5], seed: seed), run([1, 1, 1, 1], seed: seed + 50))
    let gates = try ["latency.p50", "memory.peak"].map { try gate("\($0) regression <= 2 %") }
    let forth = try Comparison(of: a, against: b, gates: gates)
    let back = try Comparison(of: b, against: a, gates: gates)
    var moved = 0
    for row in forth.rows where row.adjustedP != nil || row.metric.kind == .exact {
      let other = try #require(back.row(row.trial.variant, row.metric.name))
      #expect(
        other.verdict == opposite(row.verdict), "seed \(seed): \(row.trial.variant) \(row.reason) | \(other.reason)")
      if row.verdict != .same { moved += 1 }
      guard let ratio = row.change?.value, let inverse = other.change?.value, row.change?.kind == .ratio else {
        continue
      }
      #expect(abs(ratio * inverse - 1) < 1e-9)
    }
    #expect(moved >= 2, "seed \(seed)")
  }

  @Test("Scaling all times changes no verdict", arguments: [0.25, 3, 1000.0])
  func scaling(scale: Double) {
    let one = Comparison(withinRun: run([0.8, 1, 1.05, 1.3], seed: 3))
    let other = Comparison(withinRun: run([0.8, 1, 1.05, 1.3], seed: 3, scale: scale))
    for row in one.rows where row.metric.name.hasPrefix("latency") || row.metric.name == "throughput" {
      #expect(
        other.verdict(row.trial.variant, row.metric.name) == row.verdict, "\(row.trial.variant) \(row.metric.name)")
    }
  }

  @Test("A larger effect is never judged better", arguments: [UInt64](1...2))
  func monotone(seed: UInt64) throws {
    func rank(_ verdict: Verdict) -> Int {
      switch verdict {
      case .improved: 0
      case .same: 1
      case .inconclusive: 2
      default: 3
      }
    }
    var seen: Set<Verdict> = []
    var last = 0
    for step in 0..<15 {
      var run = MadeRun([Variant("baseline"), Variant("v", time: 0.9 + 0.02 * Double(step))], seed: seed)
      run.gates = [try gate("latency.p50 rise <= 2 %")]
      let verdict = try #require(Comparison(withinRun: run.record()).verdict("v", "latency.p50"))
      // Between improved and same lies a doubt too.
      if verdict == .inconclusive, last == 0 { continue }
      #expect(rank(verdict) >= last, "seed \(seed), step \(step)")
      last = rank(verdict)
      seen.insert(verdict)
    }
    #expect(seen.isSuperset(of: [.improved, .same, .regressed]), "seed \(seed)")
  }

  @Test("No regression is found where there is none, and a real one is", arguments: [0.0, 0.04])
  func power(effect: Double) throws {
    var regressed = 0
    let runs = 20
    for seed in 0..<UInt64(runs) {
      var run = MadeRun([Variant("baseline"), Variant("v", time: 1 + effect)], seed: 900 + seed)
      run.gates = [try gate("latency.p50 rise <= 2 %")]
      run.count = 3
      if Comparison(withinRun: run.record()).verdict("v", "latency.p50") == .regressed { regressed += 1 }
    }
    // Of a noise of 0.4 % a launch, 4 % is found surely, and nothing is not taken for 2 %.
    #expect(effect == 0 ? regressed == 0 : regressed >= 19, "\(regressed) of \(runs)")
  }

  @Test("Equal records give equal comparisons, and the bootstrap agrees with the order statistics")
  func deterministic() throws {
    let record = run([0.7, 1.2], seed: 4)
    #expect(Comparison(withinRun: record) == Comparison(withinRun: record))
    var limits = ComparisonLimits()
    limits.interval = .hierarchicalBootstrap
    let comparison = Comparison(withinRun: record, limits: limits)
    #expect(comparison == Comparison(withinRun: record, limits: limits))
    #expect(
      comparison.verdict("v0", "latency.p50") == .improved && comparison.verdict("v1", "latency.p50") == .regressed)
    let interval = try #require(comparison.row("v0", "latency.p50")?.change?.interval)
    #expect(interval.contains(0.7) || abs(interval.low - 0.7) < 0.01)
    #expect(interval != Comparison(withinRun: record).row("v0", "latency.p50")?.change?.interval)
  }

  @Test("Rows stand worst first, gated ones before others of the same verdict")
  func order() throws {
    var run = MadeRun([Variant("baseline"), Variant("a", time: 1.5), Variant("b", time: 1.2), Variant("c", time: 0.5)])
    run.gates = [try gate("latency.p50 rise <= 5 %")]
    let rows = Comparison(withinRun: run.record()).rows
    #expect(rows.map(\.verdict) == rows.map(\.verdict).sorted())
    #expect(rows[0].trial.variant == "a" && rows[0].metric.name == "latency.p50" && rows[1].trial.variant == "b")
    #expect(rows[0].adjustedP != nil && rows[1].adjustedP != nil && rows[2].adjustedP == nil)
  }
}
