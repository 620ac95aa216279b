import AssayCore
import AssayMeasure
import Testing

/// Laws that the doc comments promise, on seeded random input.
struct StatisticsLawTests {
  static let seeds: [UInt64] = Array(1...25)

  @Test(arguments: seeds)
  func quantilesRiseAndStayInside(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let values = (0..<1 + random.index(below: 50)).map { _ in random.unit() * 100 - 50 }
    let sorted = try #require(SortedValues(values))
    #expect(sorted.quantile(0) == values.min() && sorted.quantile(1) == values.max(), "seed \(seed)")
    #expect(agree(sorted.quantile(0.5), sorted.median, 1e-12), "seed \(seed)")
    var last = (-Double.infinity, -Double.infinity)
    for step in 0...40 {
      let next = (sorted.quantile(Double(step) / 40), sorted.nearestRank(Double(step) / 40))
      #expect(next.0 >= last.0 && next.1 >= last.1 && values.contains(next.1), "seed \(seed), step \(step)")
      last = next
    }
  }

  @Test func latenciesKeepTheirValues() {
    #expect(SortedValues([24_000, 12_000, 18_000] as [UInt64])?.values == [12_000, 18_000, 24_000])
  }

  @Test func nothingOrNotFiniteIsNotSorted() {
    #expect(SortedValues([Double]()) == nil && SortedValues([UInt64]()) == nil)
    #expect(SortedValues([1, .nan]) == nil && SortedValues([1, .infinity]) == nil)
    #expect(median([]) == nil && median([3, 1, 2]) == 2)
  }

  @Test(arguments: seeds)
  func betaMirrorsAndTailsAddUp(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let (a, b, x) = (random.unit() * 300 + 0.1, random.unit() * 300 + 0.1, random.unit())
    let (lower, upper) = incompleteBeta(x, a, b)
    let mirrored = incompleteBeta(1 - x, b, a)
    #expect(abs(lower + upper - 1) < 1e-14 && abs(lower - mirrored.upper) < 1e-12, "seed \(seed)")
    #expect(incompleteBeta(min(1, x + 0.05), a, b).lower >= lower, "seed \(seed)")
    let n = 1 + random.index(below: 500)
    let k = random.index(below: n + 1)
    let both =
      binomialLowerTail(k - 1, trials: n, probability: x) + binomialUpperTail(k, trials: n, probability: x)
    #expect(abs(both - 1) < 1e-12, "seed \(seed), n \(n), k \(k)")
  }

  @Test(arguments: seeds)
  func wilsonHoldsTheShareAndMirrors(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let n = 1 + random.index(below: 2000)
    let k = random.index(below: n + 1)
    let interval = try #require(wilsonInterval(successes: k, count: n))
    let mirror = try #require(wilsonInterval(successes: n - k, count: n))
    #expect(interval.contains(Double(k) / Double(n)) && interval.low >= 0 && interval.high <= 1, "seed \(seed)")
    #expect(abs(interval.low - (1 - mirror.high)) < 1e-12, "seed \(seed)")
    let wider = try #require(wilsonInterval(successes: k, count: n, confidence: 0.99))
    #expect(wider.low <= interval.low && wider.high >= interval.high, "seed \(seed)")
  }

  @Test func wilsonRefusesWhatIsNoShare() {
    #expect(wilsonInterval(successes: 1, count: 0) == nil && wilsonInterval(successes: 3, count: 2) == nil)
    #expect(
      wilsonInterval(successes: -1, count: 2) == nil && wilsonInterval(successes: 1, count: 2, confidence: 1) == nil)
  }

  @Test(arguments: seeds)
  func medianIntervalHoldsTheMedian(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let sorted = try #require(SortedValues((0..<2 + random.index(below: 40)).map { _ in random.unit() }))
    var last: ConfidenceInterval?
    for confidence in [0.5, 0.8, 0.95, 0.99] {
      let interval = try #require(medianInterval(sorted, confidence: confidence))
      #expect(interval.contains(sorted.median), "seed \(seed)")
      #expect(interval.coverage >= confidence || interval.low == sorted.values[0], "seed \(seed)")
      if let last { #expect(interval.low <= last.low && interval.high >= last.high, "seed \(seed)") }
      last = interval
    }
  }

  @Test func fiveLaunchesReachNotQuite95Percent() throws {
    let five = try #require(SortedValues([5.0, 1, 4, 2, 3]))
    let interval = medianInterval(five)
    #expect(interval == ConfidenceInterval(low: 1, high: 5, coverage: 0.9375))
    let one = try #require(SortedValues([1.0]))
    #expect(medianInterval(one) == nil)
  }

  @Test(arguments: seeds)
  func mcNemarIsSymmetricAndMidIsSmaller(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let (lost, gained) = (random.index(below: 60), random.index(below: 60))
    let one = try #require(PairedAnswers(rows: 200, lost: lost, gained: gained))
    let other = try #require(PairedAnswers(rows: 200, lost: gained, gained: lost))
    #expect(one.exactP == other.exactP && one.midP <= one.exactP && one.exactP <= 1, "seed \(seed)")
    #expect(one.difference == -other.difference, "seed \(seed)")
    let interval = try #require(one.differenceInterval())
    #expect(interval.low >= -1 && interval.high <= 1 && interval.low < interval.high, "seed \(seed)")
    #expect(interval.contains(one.difference), "seed \(seed)")
  }

  @Test func pairedAnswersAreCountedRowByRow() {
    let flips = PairedAnswers(baseline: [1, 1, 2, 3, 0], variant: [1, 2, 2, 1, 0], labels: [1, 1, 1, 1, 4])
    #expect(flips == PairedAnswers(rows: 5, lost: 1, gained: 1))
    #expect(PairedAnswers(baseline: [1], variant: [1, 2], labels: [1]) == nil)
    #expect(PairedAnswers(rows: 3, lost: 2, gained: 2) == nil && PairedAnswers(rows: 3, lost: -1, gained: 2) == nil)
    #expect(PairedAnswers(rows: 0, lost: 0, gained: 0)?.differenceInterval() == nil)
    // Bonett and Price by hand: n = 98 + 2, up .06, down .02: 0.04 ± z √((.08 − .0016)/100)
    let interval = PairedAnswers(rows: 98, lost: 1, gained: 5)?.differenceInterval()
    #expect(agree(interval?.low, 0.04 - 1.959963984540054 * 0.028))
    #expect(agree(interval?.high, 0.04 + 1.959963984540054 * 0.028))
  }

  @Test(arguments: seeds)
  func signFlipKeepsItsLaws(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var values = (0..<1 + random.index(below: 9)).map { _ in random.unit() * 2 - 1 }
    let p = try #require(signFlipP(values))
    #expect(p >= 1 / Double(1 << values.count) && p <= 1, "seed \(seed)")
    #expect(signFlipP(values.reversed().map { $0 * 1000 }) == p, "seed \(seed)")
    values[0] += 0.5
    let raised = try #require(signFlipP(values))
    #expect(raised <= p, "seed \(seed)")
    #expect(signFlipP(values.map { abs($0) + 0.1 }) == 1 / Double(1 << values.count), "seed \(seed)")
  }

  @Test func signFlipBeyondFourteenIsDrawnAndNearTheExactValue() throws {
    #expect(signFlipP([]) == nil && signFlipP([1, .nan]) == nil)
    // Equal magnitudes: the sum depends on the number of positive signs only, so p is a binomial tail.
    let values = (0..<20).map { $0 < 14 ? 1.0 : -1 }
    let exact = binomialUpperTail(14, trials: 20, probability: 0.5)
    let drawn = try #require(signFlipP(values, seed: 3))
    #expect(abs(drawn - exact) < 5 * (exact * (1 - exact) / 20_000).squareRoot())
    #expect(signFlipP(values, seed: 3) == drawn)
    #expect(agree(signFlipP([Double](repeating: 1, count: 70), draws: 999), 0.001))
  }

  @Test(arguments: seeds)
  func holmKeepsOrderAndNeverLowers(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let p = (0..<1 + random.index(below: 8)).map { _ in random.unit() }
    let adjusted = holmAdjusted(p)
    for i in p.indices {
      #expect(adjusted[i] >= p[i] && adjusted[i] <= 1, "seed \(seed)")
      for j in p.indices where p[i] < p[j] { #expect(adjusted[i] <= adjusted[j], "seed \(seed)") }
    }
    #expect(holmAdjusted([0.03]) == [0.03] && holmAdjusted([]) == [], "seed \(seed)")
  }
}
