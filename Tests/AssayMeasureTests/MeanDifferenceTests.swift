import AssayCore
import Testing

@testable import AssayMeasure

struct MeanDifferenceTests {
  /// Against SciPy: Oracles/seeds.py.
  @Test func everyEstimateAgreesWithSciPy() throws {
    let rows = try OracleTable("seeds").rows
    #expect(rows.count == 75)
    for row in rows {
      let estimate = try #require(Self.estimate(row), "\(row.testDescription)")
      let value: Double =
        if row.name.hasSuffix("P") {
          estimate.p(above: row.number(3))
        } else if row.name.hasSuffix("Low") {
          estimate.interval.low
        } else if row.name.hasSuffix("High") {
          estimate.interval.high
        } else if row.name.hasSuffix("Degrees") {
          estimate.degreesOfFreedom
        } else {
          estimate.difference
        }
      #expect(agree(value, row.expected, 1e-8), "\(row.testDescription): \(value), not \(row.expected)")
    }
  }

  private static func estimate(_ row: OracleTable.Row) -> MeanDifference? {
    let (base, candidate) = (row.numbers(1), row.numbers(2))
    if row.name.hasPrefix("welch") { return MeanDifference(base: base, candidate: candidate) }
    if row.name.hasPrefix("against") { return MeanDifference(candidate, against: base[0]) }
    return MeanDifference(pairs: Array(zip(base, candidate)))
  }

  @Test(arguments: Array(UInt64(1)...20))
  func differencesMirrorAndMove(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let base = (0..<2 + random.index(below: 6)).map { _ in random.unit() }
    let candidate = (0..<2 + random.index(below: 6)).map { _ in random.unit() }
    let forth = try #require(MeanDifference(base: base, candidate: candidate))
    let back = try #require(MeanDifference(base: candidate, candidate: base))
    #expect(abs(forth.difference + back.difference) < 1e-12, "seed \(seed)")
    #expect(abs(forth.interval.low + back.interval.high) < 1e-12, "seed \(seed)")
    #expect(abs(forth.mirrored.interval.low - back.interval.low) < 1e-12, "seed \(seed)")
    #expect(agree(forth.p(above: 0.1) + back.p(above: -0.1), 1, 1e-9), "seed \(seed)")
    #expect(forth.interval.contains(forth.difference) && forth.p(above: 0.2) >= forth.p(above: 0.1), "seed \(seed)")
    let moved = try #require(MeanDifference(base: base.map { $0 * 3 }, candidate: candidate.map { $0 * 3 + 1 }))
    #expect(agree(moved.difference, 3 * forth.difference + 1), "seed \(seed)")
    #expect(agree(moved.degreesOfFreedom, forth.degreesOfFreedom, 1e-6), "seed \(seed)")
  }

  @Test func withoutSpreadTheDifferenceIsCertain() throws {
    let same = try #require(MeanDifference(base: [0.5, 0.5], candidate: [0.75, 0.75]))
    #expect(same.interval == ConfidenceInterval(low: 0.25, high: 0.25, coverage: 0.95))
    #expect(same.p(above: 0.2) == 0 && same.p(above: 0.25) == 1)
    #expect(MeanDifference(pairs: [(1, 2), (3, 4)])?.standardError == 0)
  }

  @Test func aSingleRunIsNoEvidence() {
    #expect(MeanDifference(base: [1], candidate: [1, 2]) == nil && MeanDifference([1], against: 0) == nil)
    #expect(MeanDifference(base: [1, .nan], candidate: [1, 2]) == nil && MeanDifference([], against: 0) == nil)
    #expect(MeanDifference([1, 2], against: .infinity) == nil)
    #expect(MeanDifference(base: [1, 3], candidate: [1, 2], confidence: 1) == nil)
  }
}
