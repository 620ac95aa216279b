import AssayCore
import AssayMeasure
import Glibc
import Testing

/// A seeded model of a shared machine: log-normal noise of a block's median, a neighbour that slows several block rounds
/// in a row by a quarter (both members alike), and a luck of its own for each process.
private struct NoisyMachine {
  var random: SeededGenerator
  var blockNoise = 0.01
  var launchLuck = 0.004

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  mutating func normal() -> Double { normalQuantile(max(1e-12, random.unit())) }

  /// Round log ratios of each launch for a member whose true ratio is `ratio`.
  mutating func measure(ratio: Double, launches: Int, rounds: Int) -> [[Double]] {
    (0..<launches).map { _ in
      let luck = exp(launchLuck * normal())
      var slow = false
      var member: [BlockScore] = []
      var baseline: [BlockScore] = []
      for round in 0..<rounds {
        if random.unit() < 0.2 { slow.toggle() }
        let neighbour = slow ? 1.25 : 1
        // Now and then the neighbour comes or goes between the two blocks of a round.
        let changed = random.unit() < 0.1 ? 1.25 : 1
        member.append(BlockScore(round: round, value: 24e3 * ratio * luck * neighbour * exp(blockNoise * normal())))
        baseline.append(BlockScore(round: round, value: 24e3 * neighbour * changed * exp(blockNoise * normal())))
      }
      return roundLogRatios(of: member, to: baseline.reversed())
    }
  }
}

struct RatioEstimateTests {
  @Test(arguments: [UInt64](1...8), [1.0, 1.02, 0.5])
  func theTrueRatioIsFoundThroughNoise(seed: UInt64, ratio: Double) throws {
    var machine = NoisyMachine(seed: seed)
    let estimate = try #require(
      RatioEstimate(roundLogRatios: machine.measure(ratio: ratio, launches: 10, rounds: 15)))
    #expect(abs(estimate.ratio / ratio - 1) < 0.007, "seed \(seed): \(estimate.ratio)")
    #expect(estimate.interval?.contains(estimate.ratio) == true, "seed \(seed)")
  }

  /// 200 simulated comparisons; the order-statistic interval at 10 launches covers with 97.9 %, so fewer than 185 would
  /// happen by chance less than once in 10⁴ times.
  @Test func theIntervalCoversAsOftenAsItSays() {
    var covered = 0
    for seed in UInt64(0)..<200 {
      var machine = NoisyMachine(seed: 1000 + seed)
      machine.blockNoise = 0.002
      let estimate = RatioEstimate(roundLogRatios: machine.measure(ratio: 1.1, launches: 10, rounds: 9))
      // The neighbour's changes lean one way only and shift the truth a little; the median over rounds removes them.
      if estimate?.interval?.contains(1.1) == true { covered += 1 }
    }
    #expect(covered >= 185, "covered \(covered) of 200")
  }

  @Test func aMemberAgainstItselfIsOneAndExchangeInverts() throws {
    let a = [3.0, 5, 4, 7].enumerated().map { BlockScore(round: $0.offset, value: $0.element) }
    let b = [6.0, 5, 9, 8].enumerated().map { BlockScore(round: $0.offset, value: $0.element) }
    #expect(RatioEstimate(roundLogRatios: [roundLogRatios(of: a, to: a)])?.ratio == 1)
    let forth = try #require(RatioEstimate(roundLogRatios: [roundLogRatios(of: a, to: b), [0.1], [0.3]]))
    let back = try #require(RatioEstimate(roundLogRatios: [roundLogRatios(of: b, to: a), [-0.1], [-0.3]]))
    #expect(agree(forth.ratio * back.ratio, 1, 1e-12))
    let (one, other) = (try #require(forth.interval), try #require(back.interval))
    #expect(agree(one.low * other.high, 1, 1e-12) && agree(one.high * other.low, 1, 1e-12))
  }

  @Test func onlyCommonRoundsCount() {
    let a = [BlockScore(round: 0, value: 2), BlockScore(round: 2, value: 8), BlockScore(round: 3, value: 0)]
    let b = [BlockScore(round: 2, value: 4), BlockScore(round: 1, value: 1), BlockScore(round: 3, value: 1)]
    #expect(roundLogRatios(of: a, to: b) == [log(2.0)])
    #expect(RatioEstimate(roundLogRatios: [[], []]) == nil)
    #expect(RatioEstimate(roundLogRatios: [[], [0.5]])?.interval == nil)
  }

  @Test func bootstrapIsSeededAndStaysInside() throws {
    var machine = NoisyMachine(seed: 5)
    let launches = machine.measure(ratio: 1.3, launches: 6, rounds: 7)
    let interval = try #require(hierarchicalBootstrap(launches, replicates: 300, seed: 9))
    #expect(interval == hierarchicalBootstrap(launches, replicates: 300, seed: 9))
    #expect(interval != hierarchicalBootstrap(launches, replicates: 300, seed: 10))
    #expect(interval.contains(log(1.3)))
    let all = launches.flatMap(\.self)
    #expect(interval.low >= all.min() ?? 0 && interval.high <= all.max() ?? 0)
    let wider = try #require(hierarchicalBootstrap(launches, replicates: 300, seed: 9, confidence: 0.99))
    #expect(wider.low <= interval.low && wider.high >= interval.high)
    let constant = hierarchicalBootstrap([[2, 2], [], [2]], replicates: 20)
    #expect(constant?.low == 2 && constant?.high == 2)
    #expect(hierarchicalBootstrap([[], []]) == nil && hierarchicalBootstrap([[.nan]]) == nil)
  }
}
