import AssayCore
import AssayMeasure
import Glibc
import Testing

@testable import AssayJudge

/// Launch scores around ln(1 + change), normal with the given standard deviation.
func scores(_ change: Double, deviation: Double, launches: Int = 10, _ random: inout SeededGenerator) -> [Double] {
  (0..<launches).map { _ in log1p(change) + deviation * normalQuantile(max(1e-12, random.unit())) }
}

struct SelftestJudgeTests {
  private let judge = SelftestJudge()

  @Test(
    "A verdict needs the test, the floor, and the second measurement",
    arguments: [
      // Every launch at +5 %.
      (first: [0.05], count: 10, second: [0.05], verdict: Verdict.regressed),
      ([0.05], 10, [0.0], .unconfirmed),
      // Half the floor is enough the second time: 1.5 % of 2 %.
      ([0.05], 10, [0.015], .regressed),
      ([0.05], 10, [0.009], .unconfirmed),
      ([0.05], 10, [], .unconfirmed),
      // Shown by the test (above 1 %), but below the floor of 2 %.
      ([0.015], 10, [], .same),
      // Five launches reach 1/32 and no less; four cannot reach 0.05.
      ([0.05], 5, [0.05], .regressed),
      ([0.05], 4, [0.05], .inconclusive),
      ([-0.05], 10, [], .improved),
      ([0.0], 10, [], .same),
      // The median is above the floor, but the launches disagree.
      ([0.05, 0.05, -0.08], 9, [0.05], .inconclusive),
    ])
  func verdicts(first: [Double], count: Int, second: [Double], verdict: Verdict) {
    func repeated(_ pattern: [Double]) -> [Double] {
      (0..<count).map { log1p(pattern[$0 % pattern.count]) }
    }
    let confirmation = second.isEmpty ? nil : repeated(second)
    #expect(judge.verdict(first: repeated(first), confirmation: confirmation) == verdict)
  }

  @Test("Nothing measured, or no number, is no verdict on speed")
  func nothing() {
    #expect(judge.verdict(first: [], confirmation: nil) == .failed)
    #expect(judge.verdict(first: [.nan, 0], confirmation: nil) == .failed)
    #expect(judge.verdict(first: [0.2], confirmation: nil) == .inconclusive)
    #expect(!judge.isConfirmed([]) && !judge.isCandidate([]))
  }

  @Test("Exchanging the sides exchanges better and worse, order does not matter, and slower stays worse")
  func laws() {
    for seed in 0..<60 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      let change = 0.08 * random.unit() - 0.04
      let values = scores(change, deviation: 0.01 * random.unit(), launches: 8, &random)
      let mirrored = values.map { -$0 }
      let verdict = judge.verdict(first: values, confirmation: values)
      #expect(
        judge.isCandidate(values) == (judge.verdict(first: mirrored, confirmation: nil) == .improved), "seed \(seed)")
      #expect(judge.verdict(first: values.reversed(), confirmation: values) == verdict, "seed \(seed)")
      let slower = values.map { $0 + 0.03 }
      #expect(!judge.isCandidate(values) || judge.isCandidate(slower), "seed \(seed)")
    }
  }

  @Test("With the scatter of pinned, interleaved launches no alarm is false and 3 % is found")
  func rates() {
    var random = SeededGenerator(seed: 3)
    let noise = (0..<100).map { _ in scores(0, deviation: 0.005, launches: 8, &random) }
    #expect(noise.allSatisfy { !judge.isCandidate($0) }, "seed 3")
    let found = (0..<100).count { _ in
      judge.verdict(
        first: scores(0.03, deviation: 0.005, launches: 8, &random),
        confirmation: scores(0.03, deviation: 0.005, launches: 8, &random)) == .regressed
    }
    #expect(found >= 95, "\(found) of 100, seed 3")
  }

  @Test("The threshold is the smallest without a false alarm that every comparison resolves")
  func thresholds() {
    func flat(_ change: Double) -> [Double] { [Double](repeating: log1p(change), count: 10) }
    // Half of the launches at each end: the interval is the whole range.
    func wide(_ half: Double) -> [Double] { (0..<10).map { log1p($0 % 2 == 0 ? half : -half) } }
    #expect(suggestedThreshold([flat(0), flat(0.005)]) == 0.01)
    #expect(suggestedThreshold([flat(0), flat(0.015)]) == 0.02)
    #expect(suggestedThreshold([flat(0), flat(-0.025)]) == 0.03, "either direction is a false alarm")
    #expect(suggestedThreshold([flat(0), wide(0.04)]) == 0.05)
    #expect(suggestedThreshold([wide(0.2)]) == nil)
    #expect(suggestedThreshold([]) == nil && suggestedThreshold([[]]) == nil && suggestedThreshold([[.nan]]) == nil)
    for seed in 0..<20 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      let some = (0..<4).map { _ in scores(0, deviation: 0.03 * random.unit(), launches: 7, &random) }
      let louder = some.map { $0.map { 1.5 * $0 } }
      #expect((suggestedThreshold(some) ?? 1) <= (suggestedThreshold(louder) ?? 1), "seed \(seed)")
    }
  }
}

struct SelftestReportTests {
  private func comparison(_ itself: Double, again: Double?, slow: Double, seconds: Double) -> SelftestComparison {
    func flat(_ change: Double) -> [Double] { [Double](repeating: log1p(change), count: 6) }
    return SelftestComparison(
      subjects: [
        SelftestSubject(
          slowdown: nil, scores: ["latency.p50": flat(itself), "memory.peak": flat(0.001)],
          confirmation: again.map(flat)),
        SelftestSubject(slowdown: 0.1, scores: ["latency.p50": flat(slow)], confirmation: flat(slow)),
      ], measured_s: 2 * seconds, pair_s: seconds, confirmation_s: again == nil ? nil : 5)
  }

  private func report(_ comparisons: [SelftestComparison]) -> SelftestReport {
    SelftestReport(
      SelftestRecord(
        programVersion: "1", startedAt: "",
        environment: Environment(
          cpuModel: "c", cpuFeatures: CPUFeatures(flags: []), allowedCPUs: [0], cgroupCPUs: nil, memory_B: nil,
          kernel: "",
          operatingSystem: "", host: "", governor: nil, engines: []), model: nil, engine: "null", threads: 1,
        workerCPUs: [0], parentCPU: 0, noiseCPU: nil, settings: MeasureSettings(), plannedComparisons: 4,
        comparisons: comparisons))
  }

  @Test("Verdicts, rates, noise and durations are counted over all comparisons")
  func counts() {
    let report = report([
      comparison(0.001, again: nil, slow: 0.1, seconds: 1), comparison(0.028, again: 0, slow: 0.1, seconds: 2),
      comparison(0.028, again: 0.03, slow: 0.005, seconds: 3), comparison(-0.028, again: nil, slow: 0.1, seconds: 8),
    ])
    #expect(report.itself.verdicts == [.same, .unconfirmed, .regressed, .improved])
    #expect([report.itself.regressed, report.itself.unconfirmed, report.itself.improved].map(\.count) == [1, 1, 1])
    #expect(report.slowdowns.map(\.slowdown) == [0.1])
    #expect(report.slowdowns[0].regressed.count == 3 && report.slowdowns[0].regressed.total == 4)
    #expect(report.noise.map(\.metric) == ["latency.p50", "memory.peak"])
    #expect(abs(report.noise[0].largest - 0.028) < 1e-12)
    #expect(report.noise[0].threshold == 0.03 && report.noise[1].threshold == 0.01)
    // Of 0.1, 2.8, 2.8 and −2.8 %: mean 0.725, squares 0.390625 + 2·4.305625 + 12.425625, over 3 (by hand).
    #expect(abs((report.noise[0].spread ?? 0) - (21.4275 / 3).squareRoot() / 100) < 1e-9)
    #expect(report.durations.pair_s == 2.5 && report.durations.longestPair_s == 8)
    #expect(report.durations.comparison_s == 5 && report.durations.confirmations == 2)
  }

  @Test("An interrupted self-test without comparisons has no rates")
  func empty() {
    let report = report([])
    #expect(report.itself.regressed == ObservedShare(0, of: 0) && report.itself.regressed.share == nil)
    #expect(report.itself.regressed.low == 0 && report.itself.regressed.high == 1)
    #expect(report.slowdowns.isEmpty && report.noise.isEmpty && report.durations.confirmation_s == nil)
  }

  /// scipy.stats.binomtest(1, 40).proportion_ci(method="wilson"), SciPy 1.17.
  @Test("Rates have Wilson's interval")
  func intervals() {
    let share = ObservedShare(1, of: 40)
    #expect(abs(share.low - 0.004426831502681396) < 1e-12 && abs(share.high - 0.1288136896347409) < 1e-12)
  }
}
