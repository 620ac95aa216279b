import AssayCore
import AssayMeasure
import Testing

struct PairedBootstrapTests {
  static let seeds: [UInt64] = Array(1...12)

  /// Labels and two sets of answers, the second worse; class 9 stands for rows without an answer.
  private func answers(seed: UInt64) -> (labels: [UInt64], baseline: [UInt64], variant: [UInt64]) {
    var random = SeededGenerator(seed: seed)
    let rows = 20 + random.index(below: 40)
    let labels = (0..<rows).map { _ in UInt64(random.index(below: 4)) }
    func guess(_ right: Double) -> [UInt64] {
      labels.map { random.unit() < right ? $0 : random.unit() < 0.1 ? 9 : UInt64(random.index(below: 4)) }
    }
    return (labels, guess(0.9), guess(0.7))
  }

  private func counts(_ labels: [UInt64], _ answers: [UInt64], _ rows: [Int]) -> ClassCounts {
    ClassCounts(labels: rows.map { Int(labels[$0]) }, predicted: rows.map { Int(answers[$0]) }, classes: 9)
  }

  @Test(arguments: seeds, ClassFigure.allCases)
  func fastWayEqualsTheGenericOne(seed: UInt64, figure: ClassFigure) throws {
    let (labels, baseline, variant) = answers(seed: seed)
    let pairs = try #require(PairedClasses(labels: labels, baseline: baseline, variant: variant, classes: 9))
    let slow = pairedBootstrap(rows: labels.count, replicates: 30, seed: seed) { rows in
      guard let one = counts(labels, variant, rows).value(figure) else { return nil }
      return counts(labels, baseline, rows).value(figure).map { one - $0 }
    }
    let fast = try #require(pairs.bootstrapInterval(figure, replicates: 30, seed: seed))
    // The classes are summed up in another order, hence not to the last bit.
    #expect(agree(fast.low, slow?.low ?? .nan, 1e-12) && agree(fast.high, slow?.high ?? .nan, 1e-12), "seed \(seed)")
    let all = Array(labels.indices)
    let difference =
      (counts(labels, variant, all).value(figure) ?? .nan) - (counts(labels, baseline, all).value(figure) ?? .nan)
    #expect(agree(pairs.difference(figure), difference), "seed \(seed)")
  }

  @Test(arguments: seeds)
  func exchangingTheModelsMirrors(seed: UInt64) throws {
    let (labels, baseline, variant) = answers(seed: seed)
    let forth = try #require(PairedClasses(labels: labels, baseline: baseline, variant: variant, classes: 9))
    let back = try #require(PairedClasses(labels: labels, baseline: variant, variant: baseline, classes: 9))
    let one = try #require(forth.bootstrapInterval(.macroF1, replicates: 200, seed: seed))
    let other = try #require(back.bootstrapInterval(.macroF1, replicates: 200, seed: seed))
    #expect(abs(one.low + other.high) < 1e-12 && abs(one.high + other.low) < 1e-12, "seed \(seed)")
    let wider = try #require(forth.bootstrapInterval(.macroF1, replicates: 200, seed: seed, confidence: 0.99))
    #expect(wider.low <= one.low && wider.high >= one.high, "seed \(seed)")
    let itself = try #require(PairedClasses(labels: labels, baseline: variant, variant: variant, classes: 9))
    let none = itself.bootstrapInterval(.macroF1, replicates: 20)
    #expect(none?.low == 0 && none?.high == 0, "seed \(seed)")
  }

  /// For top-1 the bootstrap must come out near the normal interval of the paired difference.
  @Test func topOneIntervalIsNearTheNormalOne() throws {
    var random = SeededGenerator(seed: 3)
    let rows = 1500
    let labels = [UInt64](repeating: 1, count: rows)
    let baseline = labels.map { _ in UInt64(random.unit() < 0.95 ? 1 : 0) }
    let variant = baseline.map { random.unit() < 0.96 ? $0 : 1 - $0 }
    let pairs = try #require(PairedClasses(labels: labels, baseline: baseline, variant: variant))
    let flips = try #require(PairedAnswers(baseline: baseline, variant: variant, labels: labels))
    let (b, c, n) = (Double(flips.lost), Double(flips.gained), Double(rows))
    let half = 1.96 * ((b + c - (b - c) * (b - c) / n)).squareRoot() / n
    let interval = try #require(pairs.bootstrapInterval(.top1, replicates: 400))
    #expect(agree(pairs.difference(.top1), flips.difference))
    #expect(abs(interval.low - (flips.difference - half)) < 0.15 * half, "\(interval), \(half)")
    #expect(abs(interval.high - (flips.difference + half)) < 0.15 * half, "\(interval), \(half)")
  }

  @Test func seedsCountAndNonsenseIsRefused() throws {
    let (labels, baseline, variant) = answers(seed: 1)
    let pairs = try #require(PairedClasses(labels: labels, baseline: baseline, variant: variant))
    #expect(pairs.rows == labels.count)
    #expect(pairs.bootstrapInterval(.top1, seed: 4) == pairs.bootstrapInterval(.top1, seed: 4))
    #expect(pairs.bootstrapInterval(.macroF1, seed: 4) != pairs.bootstrapInterval(.macroF1, seed: 5))
    #expect(PairedClasses(labels: [1], baseline: [1], variant: []) == nil)
    #expect(PairedClasses(labels: [3], baseline: [1], variant: [1], classes: 3) == nil)
    #expect(PairedClasses(labels: [0], baseline: [1], variant: [1], classes: -3) == nil)
    // Classes from a broken record: huge numbers cost no memory.
    let huge = try #require(PairedClasses(labels: [.max, 0], baseline: [.max, 7], variant: [1 << 40, 0]))
    #expect(huge.difference(.top1) == 0)
    let none = try #require(PairedClasses(labels: [], baseline: [], variant: []))
    #expect(none.difference(.top1) == nil && none.bootstrapInterval(.top1) == nil)
    #expect(pairedBootstrap(rows: 0) { _ in 1 } == nil && pairedBootstrap(rows: 3, replicates: 5) { _ in nil } == nil)
  }
}
