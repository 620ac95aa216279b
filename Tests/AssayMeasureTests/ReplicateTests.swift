import AssayCore
import AssayMeasure
import Glibc
import Testing

/// Laws of intervals and tests over replicates: shares, means, two independent runs, corrections.
struct ReplicateTests {
  static let seeds: [UInt64] = Array(1...20)

  @Test(arguments: seeds)
  func clopperPearsonHoldsTheShareAndIsNotNarrowerThanItSays(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let n = 1 + random.index(below: 300)
    let k = random.index(below: n + 1)
    let interval = try #require(clopperPearsonInterval(successes: k, count: n))
    let mirror = try #require(clopperPearsonInterval(successes: n - k, count: n))
    #expect(interval.contains(Double(k) / Double(n)) && interval.low >= 0 && interval.high <= 1, "seed \(seed)")
    #expect(abs(interval.low - (1 - mirror.high)) < 1e-12, "seed \(seed)")
    let wider = try #require(clopperPearsonInterval(successes: k, count: n, confidence: 0.99))
    #expect(wider.low <= interval.low && wider.high >= interval.high, "seed \(seed)")
    // Coverage at a random true share: the probability of the counts whose interval holds it.
    let truth = random.unit()
    var covered = 0.0
    for count in 0...min(n, 40) {
      let one = try #require(clopperPearsonInterval(successes: count, count: min(n, 40)))
      if one.contains(truth) { covered += binomialProbability(count, trials: min(n, 40), probability: truth) }
    }
    #expect(covered >= 0.95 - 1e-9, "seed \(seed): \(covered)")
  }

  @Test func clopperPearsonAtTheEdges() throws {
    let none = try #require(clopperPearsonInterval(successes: 0, count: 100))
    #expect(none.low == 0 && agree(none.high, 1 - pow(0.025, 0.01), 1e-9))
    #expect(clopperPearsonInterval(successes: 100, count: 100)?.high == 1)
    #expect(clopperPearsonInterval(successes: 1, count: 0) == nil)
    #expect(clopperPearsonInterval(successes: 3, count: 2) == nil)
    #expect(clopperPearsonInterval(successes: 1, count: 2, confidence: .nan) == nil)
  }

  @Test(arguments: seeds)
  func studentsTIsOddAndInvertsItsTail(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let (p, degrees) = (random.unit(), 0.5 + random.unit() * 40)
    let t = studentTQuantile(p, degreesOfFreedom: degrees)
    #expect(abs(t + studentTQuantile(1 - p, degreesOfFreedom: degrees)) <= 1e-9 * max(1, abs(t)), "seed \(seed)")
    #expect(agree(studentTUpperTail(t, degreesOfFreedom: degrees), 1 - p, 1e-9), "seed \(seed)")
    #expect(studentTQuantile(min(1, p + 0.01), degreesOfFreedom: degrees) > t, "seed \(seed)")
    #expect(agree(studentTQuantile(p, degreesOfFreedom: 1e9), normalQuantile(p), 1e-6), "seed \(seed)")
  }

  @Test func studentsTAtTheEdges() {
    #expect(studentTQuantile(0, degreesOfFreedom: 3) == -.infinity && studentTQuantile(0.5, degreesOfFreedom: 3) == 0)
    #expect(studentTQuantile(1.5, degreesOfFreedom: 3).isNaN && studentTQuantile(0.5, degreesOfFreedom: 0).isNaN)
    #expect(studentTUpperTail(.infinity, degreesOfFreedom: 3) == 0 && studentTUpperTail(1, degreesOfFreedom: -1).isNaN)
    #expect(studentTUpperTail(-1e200, degreesOfFreedom: 3) == 1)
  }

  @Test(arguments: seeds)
  func meanOfSeedsMovesWithItsValues(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let values = (0..<2 + random.index(below: 9)).map { _ in random.unit() }
    let one = try #require(MeanEstimate(values))
    let interval = try #require(one.interval)
    let moved = try #require(MeanEstimate(values.map { $0 * 3 - 7 })?.interval)
    #expect(interval.contains(one.mean) && abs(midpoint(of: interval) - one.mean) < 1e-12, "seed \(seed)")
    #expect(agree(moved.low, interval.low * 3 - 7) && agree(moved.high, interval.high * 3 - 7), "seed \(seed)")
  }

  @Test func meanNeedsTwoValuesForAnInterval() {
    #expect(MeanEstimate([4.0])?.mean == 4 && MeanEstimate([4.0])?.interval == nil)
    #expect(MeanEstimate([2, 2, 2])?.interval == ConfidenceInterval(low: 2, high: 2, coverage: 0.95))
    #expect(MeanEstimate([]) == nil && MeanEstimate([1, .nan]) == nil && MeanEstimate([1, 2], confidence: 1) == nil)
  }

  private func midpoint(of interval: ConfidenceInterval) -> Double { (interval.low + interval.high) / 2 }

  @Test(arguments: seeds)
  func benjaminiHochbergLiesBetweenPAndHolm(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let p = (0..<1 + random.index(below: 12)).map { _ in random.unit() * random.unit() }
    let (adjusted, holm) = (benjaminiHochbergAdjusted(p), holmAdjusted(p))
    for i in p.indices {
      #expect(adjusted[i] >= p[i] && adjusted[i] <= holm[i] + 1e-15, "seed \(seed)")
      for j in p.indices where p[i] < p[j] { #expect(adjusted[i] <= adjusted[j], "seed \(seed)") }
    }
    #expect(benjaminiHochbergAdjusted([0.03]) == [0.03] && benjaminiHochbergAdjusted([]) == [], "seed \(seed)")
  }

  @Test(arguments: seeds)
  func shiftOfTwoRunsKeepsItsLaws(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let base = (0..<2 + random.index(below: 8)).map { _ in random.unit() }
    let candidate = (0..<2 + random.index(below: 8)).map { _ in random.unit() }
    let forth = try #require(ShiftEstimate(base: base, candidate: candidate))
    let back = try #require(ShiftEstimate(base: candidate, candidate: base))
    let (one, other) = (try #require(forth.interval), try #require(back.interval))
    #expect(one.contains(forth.shift) && abs(forth.shift + back.shift) < 1e-12, "seed \(seed)")
    #expect(abs(one.low + other.high) < 1e-12 && abs(one.high + other.low) < 1e-12, "seed \(seed)")
    #expect(one.coverage > 0 && one.coverage <= 1 && agree(one.coverage, other.coverage), "seed \(seed)")
    let raised = try #require(ShiftEstimate(base: base, candidate: candidate.map { $0 + 2 }))
    #expect(agree(raised.shift, forth.shift + 2), "seed \(seed)")
    let wider = try #require(ShiftEstimate(base: base, candidate: candidate, confidence: 0.999)?.interval)
    #expect(wider.low <= one.low && wider.high >= one.high, "seed \(seed)")
  }

  @Test func shiftNeedsLaunches() {
    #expect(ShiftEstimate(base: [], candidate: [1]) == nil && ShiftEstimate(base: [.nan], candidate: [1]) == nil)
    #expect(ShiftEstimate(base: [1], candidate: [3, 5])?.shift == 3)
    #expect(ShiftEstimate(base: [1], candidate: [3, 5])?.interval == nil)
    #expect(ShiftEstimate(base: [Double](repeating: 0, count: 101), candidate: [1]) == nil)
    // Ten launches each: the interval between the 24th smallest and largest of the 100 differences, as tables have it.
    let ten = ShiftEstimate(base: [Double](repeating: 0, count: 10), candidate: (1...10).map { Double($0) })
    #expect(agree(ten?.interval?.coverage, 0.9567, 1e-4) && ten?.interval?.low == 3 && ten?.interval?.high == 8)
  }

  @Test(arguments: seeds)
  func permutationKeepsItsLaws(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let base = (0..<1 + random.index(below: 5)).map { _ in random.unit() }
    var candidate = (0..<1 + random.index(below: 5)).map { _ in random.unit() }
    let p = try #require(permutationP(base: base, candidate: candidate))
    #expect(p > 0 && p <= 1, "seed \(seed)")
    let mirrored = permutationP(
      base: base.reversed().map { $0 * 100 }, candidate: candidate.reversed().map { $0 * 100 })
    #expect(mirrored == p, "seed \(seed)")
    candidate[0] += 0.4
    let raised = try #require(permutationP(base: base, candidate: candidate))
    #expect(raised <= p, "seed \(seed)")
    let moved = try #require(permutationP(base: base, candidate: candidate.map { $0 + 0.25 }, above: 0.25))
    #expect(agree(moved, raised), "seed \(seed)")
  }

  @Test func permutationOfManyLaunchesIsDrawn() throws {
    #expect(permutationP(base: [], candidate: [1]) == nil && permutationP(base: [1], candidate: [.infinity]) == nil)
    let low = [Double](repeating: 0, count: 5)
    #expect(permutationP(base: low, candidate: low.map { $0 + 1 }) == 1.0 / 252)
    // Zeros and ones: the sum is hypergeometric. 15 against 15, 10 of 14 ones on the candidate's side.
    let base = (0..<15).map { $0 < 4 ? 1.0 : 0 }
    let candidate = (0..<15).map { $0 < 10 ? 1.0 : 0 }
    let exact = 0.032797739417185105  // SciPy: hypergeom.sf(9, 30, 14, 15)
    let drawn = try #require(permutationP(base: base, candidate: candidate, seed: 5))
    #expect(abs(drawn - exact) < 5 * (exact * (1 - exact) / 20_000).squareRoot())
    #expect(permutationP(base: base, candidate: candidate, seed: 5) == drawn)
  }

  @Test(arguments: seeds)
  func sameIsShownByTheWholeInterval(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let (a, b) = (random.unit() * 0.08 - 0.04, random.unit() * 0.08 - 0.04)
    let interval = ConfidenceInterval(low: min(a, b), high: max(a, b), coverage: 0.95)
    let mirrored = ConfidenceInterval(low: -max(a, b), high: -min(a, b), coverage: 0.95)
    let isWithin = interval.liesWithin(tolerance: 0.02)
    #expect(isWithin == (max(abs(a), abs(b)) <= 0.02), "seed \(seed)")
    #expect(isWithin == mirrored.liesWithin(tolerance: 0.02), "seed \(seed)")
    #expect(!isWithin || interval.liesWithin(tolerance: 0.03), "seed \(seed)")
    let ratio = ConfidenceInterval(low: 1 + interval.low, high: 1 + interval.high, coverage: 0.95)
    let inverted = ConfidenceInterval(low: 1 / ratio.high, high: 1 / ratio.low, coverage: 0.95)
    #expect(
      ratio.ratioLiesWithin(tolerance: 0.02) == inverted.ratioLiesWithin(tolerance: 0.02), "seed \(seed)")
    #expect(interval.resolution == (max(a, b) - min(a, b)) / 2, "seed \(seed)")
  }

  @Test func ratioToleranceCountsItsEdges() {
    #expect(ConfidenceInterval(low: 0.99, high: 1.02, coverage: 0.95).ratioLiesWithin(tolerance: 0.02))
    #expect(!ConfidenceInterval(low: 0.99, high: 1.0201, coverage: 0.95).ratioLiesWithin(tolerance: 0.02))
    #expect(!ConfidenceInterval(low: 0.98, high: 1, coverage: 0.95).ratioLiesWithin(tolerance: 0.02))
    #expect(!ConfidenceInterval(low: 1, high: 1, coverage: 0.95).ratioLiesWithin(tolerance: -0.1))
  }
}
