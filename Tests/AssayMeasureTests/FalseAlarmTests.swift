import AssayCore
import AssayMeasure
import Glibc
import Testing

/// The whole analysis on a simulated shared machine: how often it cries wolf, and how often it finds the wolf.
///
/// The tables of docs/statistics.md come from here. Counts are held against what chance makes of the nominal rate: a bound
/// that a right algorithm exceeds once in 10⁴ times, and the seeds are fixed.
struct FalseAlarmTests {
  /// What a comparison at the given floor makes of one member.
  struct Outcome {
    let estimate: RatioEstimate
    /// One-sided p that the member is slower than half the floor.
    let p: Double

    init?(_ launches: [[Double]], floor: Double) {
      guard let estimate = RatioEstimate(roundLogRatios: launches),
        let p = signFlipP(estimate.launchScores, above: log1p(floor) / 2)
      else { return nil }
      (self.estimate, self.p) = (estimate, p)
    }

    /// Statistically slower and past the relative floor.
    func isCandidate(floor: Double, adjustedP: Double? = nil) -> Bool {
      (adjustedP ?? p) < 0.05 && estimate.ratio - 1 > floor
    }
  }

  /// Whether a right algorithm with this rate would show so many alarms, but for one chance in 10⁴.
  private func isCredible(_ alarms: Int, of trials: Int, rate: Double) -> Bool {
    binomialUpperTail(alarms, trials: trials, probability: rate) > 1e-4
  }

  /// The reachable p values are multiples of 2⁻ᴿ, so that the real level is the largest of them below 5 %.
  @Test(arguments: [(5, 800, 1.0 / 32), (7, 600, 6.0 / 128), (10, 400, 51.0 / 1024)])
  func signFlipKeepsItsLevelUnderNoChange(launches: Int, trials: Int, level: Double) throws {
    let seed = UInt64(launches)
    var machine = SharedMachine(seed: seed)
    var (alarms, smallest) = (0, 1.0)
    for _ in 0..<trials {
      let group = machine.group(ratios: [1], launches: launches)
      let outcome = try #require(Outcome(group[0], floor: 0))
      if outcome.p < 0.05 { alarms += 1 }
      smallest = min(smallest, outcome.p)
    }
    #expect(isCredible(alarms, of: trials, rate: level), "seed \(seed): \(alarms) of \(trials)")
    // And not far below it either: the test gives nothing away.
    #expect(
      binomialLowerTail(alarms, trials: trials, probability: level) > 1e-4, "seed \(seed): \(alarms) of \(trials)")
    #expect(smallest >= 1 / Double(1 << launches), "seed \(seed): \(smallest)")
  }

  /// Ten variants that share one baseline, and with it its luck: any false alarm among them.
  @Test func holmKeepsTheFamilysLevel() throws {
    var machine = SharedMachine(seed: 11)
    var (families, single) = (0, 0)
    let trials = 60
    for _ in 0..<trials {
      let p = try machine.group(ratios: [Double](repeating: 1, count: 10), launches: 8).map {
        try #require(Outcome($0, floor: 0)).p
      }
      if (holmAdjusted(p).min() ?? 1) < 0.05 { families += 1 }
      if (p.min() ?? 1) < 0.05 { single += 1 }
    }
    #expect(isCredible(families, of: trials, rate: 0.05), "seed 11: \(families) of \(trials)")
    #expect(single > 8, "seed 11: without the correction \(single) of \(trials)")
  }

  /// Two runs made apart, each with its own baseline: the permutation test over launch scores.
  @Test func twoRunsWithoutAChangeKeepTheLevel() throws {
    var machine = SharedMachine(seed: 13)
    var (alarms, outside) = (0, 0)
    let trials = 400
    for _ in 0..<trials {
      let runs = try (0..<2).map { _ in
        try #require(RatioEstimate(roundLogRatios: machine.group(ratios: [1.5], launches: 5)[0])).launchScores
      }
      let p = try #require(permutationP(base: runs[0], candidate: runs[1]))
      if p < 0.05 { alarms += 1 }
      let interval = try #require(ShiftEstimate(base: runs[0], candidate: runs[1])?.interval)
      if !interval.contains(0) { outside += 1 }
    }
    #expect(isCredible(alarms, of: trials, rate: 12.0 / 252), "seed 13: \(alarms) of \(trials)")
    #expect(isCredible(outside, of: trials, rate: 0.05), "seed 13: \(outside) of \(trials)")
  }

  /// The default floor of 2 % and 10 launches, on machines whose launch scores scatter by 0.3, 0.5 and 0.7 %.
  @Test(arguments: [0.6, 1, 1.4])
  func powerRisesWithTheEffect(spread: Double) throws {
    let seed = UInt64(spread * 10)
    let trials = 30
    var found: [Int] = []
    var (furthest, squares, scores) = (0.0, 0.0, 0)
    for ratio in [1, 1.01, 1.02, 1.03, 1.05] {
      var machine = SharedMachine(seed: seed, spread: spread)
      var count = 0
      for _ in 0..<trials {
        let outcome = try #require(Outcome(machine.group(ratios: [ratio], launches: 10)[0], floor: 0.02))
        if outcome.isCandidate(floor: 0.02) { count += 1 }
        furthest = max(furthest, abs(outcome.estimate.ratio / ratio - 1))
        for score in outcome.estimate.launchScores { squares += (score - log(ratio)) * (score - log(ratio)) }
        scores += outcome.estimate.launchScores.count
      }
      found.append(count)
    }
    let comment: Comment = "seed \(seed): \(found) of \(trials), furthest \(furthest)"
    #expect(found[0] == 0 && found[1] == 0, comment)
    // A change as large as the floor is past it every other time.
    #expect((6...24).contains(found[2]), comment)
    #expect(found[3] >= 29 && found[4] == trials && found == found.sorted(), comment)
    #expect(furthest < 0.01, comment)
    let deviation = (squares / Double(scores)).squareRoot()
    #expect(abs(deviation / (0.005 * spread) - 1) < 0.2, "seed \(seed): scores scatter by \(deviation)")
  }

  /// Without a floor the test alone finds 2 % surely and 1 % often, also with half the launches.
  @Test(arguments: [5, 10])
  func smallChangesAreFoundByTheTestAlone(launches: Int) throws {
    let seed = UInt64(20 + launches)
    var machine = SharedMachine(seed: seed)
    var (one, two) = (0, 0)
    let trials = 40
    for _ in 0..<trials {
      let group = machine.group(ratios: [1.01, 1.02], launches: launches)
      if try #require(Outcome(group[0], floor: 0)).p < 0.05 { one += 1 }
      if try #require(Outcome(group[1], floor: 0)).p < 0.05 { two += 1 }
    }
    #expect(one >= 26 && two >= 39 && one <= two, "seed \(seed): 1 % in \(one), 2 % in \(two) of \(trials)")
  }

  /// A stored baseline against a new run, one process each: Mann-Whitney and Welch over the pooled samples.
  @Test func theUsualTestsCryWolfNearlyEveryOtherTime() throws {
    var machine = SharedMachine(seed: 17)
    var (rankSum, welch) = (0, 0)
    let trials = 300
    for _ in 0..<trials {
      let (stored, fresh) = (machine.process(blocks: 30), machine.process(blocks: 30))
      if try #require(rankSumP(stored, fresh)) < 0.05 { rankSum += 1 }
      if welchP(stored, fresh) < 0.05 { welch += 1 }
    }
    #expect((100...160).contains(rankSum), "seed 17: Mann-Whitney \(rankSum) of \(trials)")
    #expect((100...160).contains(welch), "seed 17: Welch \(welch) of \(trials)")
  }

  /// Two-sided p of the Mann-Whitney test, normal approximation: the area under the ROC curve is U / mn.
  private func rankSumP(_ a: [Double], _ b: [Double]) -> Double? {
    guard
      let area = areaUnderROC(
        scores: a + b, positive: [Bool](repeating: false, count: a.count) + [Bool](repeating: true, count: b.count))
    else { return nil }
    let (m, n) = (Double(a.count), Double(b.count))
    let z = abs(area - 0.5) / ((m + n + 1) / (12 * m * n)).squareRoot()
    return erfc(z / 2.0.squareRoot())
  }

  /// Two-sided p of Welch's t test.
  private func welchP(_ a: [Double], _ b: [Double]) -> Double {
    func moments(_ x: [Double]) -> (mean: Double, error: Double) {
      let mean = x.reduce(0, +) / Double(x.count)
      let squares = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return (mean, squares / Double((x.count - 1) * x.count))
    }
    let (one, other) = (moments(a), moments(b))
    let error = one.error + other.error
    let degrees =
      error * error
      / (one.error * one.error / Double(a.count - 1) + other.error * other.error / Double(b.count - 1))
    return 2 * studentTUpperTail(abs(one.mean - other.mean) / error.squareRoot(), degreesOfFreedom: degrees)
  }
}
