import AssayCore
import AssayMeasure
import Testing

struct SampleSizeTests {
  /// MLPerf Inference, early stopping at 99 % confidence, tolerance 0: totals with t over-latency queries.
  @Test(arguments: [
    (0.90, 0, 44), (0.95, 0, 90), (0.97, 0, 152), (0.99, 0, 459), (0.999, 0, 4603),
    (0.90, 1, 64), (0.95, 1, 130), (0.97, 1, 219), (0.99, 1, 662), (0.999, 1, 6636),
    (0.90, 10, 197), (0.99, 10, 2010), (0.5, 1, 11), (0.1, 1, 64),
  ])
  func minimumIsMLPerfs(percentile: Double, over: Int, expected: Int) {
    #expect(minimumSamples(forPercentile: percentile, overLatency: over) == expected)
  }

  /// MLPerf's server scenario: with t over the bound, h(t) + t samples pass and one fewer do not.
  @Test(arguments: [(0.9, 0), (0.9, 1), (0.9, 10), (0.99, 1), (0.99, 10), (0.999, 1)])
  func theBoundHoldsFromMLPerfsCountOn(percentile: Double, over: Int) throws {
    let within = try #require(samplesWithinBound(forPercentile: percentile, overLatency: over))
    #expect(within + over == minimumSamples(forPercentile: percentile, overLatency: over))
    #expect(percentileIsWithinBound(samples: within + over, overBound: over, percentile: percentile))
    #expect(!percentileIsWithinBound(samples: within + over - 1, overBound: over, percentile: percentile))
    // The definition: the smallest h with I_p(h, t + 1) <= 1 - c.
    #expect(incompleteBeta(percentile, Double(within), Double(over) + 1).lower <= 0.01)
    #expect(incompleteBeta(percentile, Double(within - 1), Double(over) + 1).lower > 0.01)
  }

  @Test(arguments: [UInt64](1...10))
  func aBoundThatTheEstimateKeepsIsKept(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let sorted = try #require(SortedValues((0..<64 + random.index(below: 400)).map { _ in random.unit() }))
    let bound = try #require(sorted.percentileUpperBound(0.9))
    let over = sorted.values.count { $0 > bound }
    #expect(percentileIsWithinBound(samples: sorted.count, overBound: over, percentile: 0.9), "seed \(seed)")
    #expect(bound >= sorted.quantile(0.9), "seed \(seed)")
  }

  @Test func aBoundIsNotKeptByNonsense() {
    #expect(samplesWithinBound(forPercentile: 0.1, overLatency: 1) == nil)
    #expect(!percentileIsWithinBound(samples: 10, overBound: 11, percentile: 0.9))
    #expect(!percentileIsWithinBound(samples: 1000, overBound: -1, percentile: 0.9))
    #expect(!percentileIsWithinBound(samples: 1000, overBound: 0, percentile: 1))
  }

  @Test func impossibleQuestionsHaveNoMinimum() {
    for probability in [0, 1, -0.1, 1.1, .nan] { #expect(minimumSamples(forPercentile: probability) == nil) }
    #expect(minimumSamples(forPercentile: 0.9, confidence: 1) == nil)
    #expect(minimumSamples(forPercentile: 0.9, overLatency: -1) == nil)
    #expect(minimumSamples(forPercentile: 1 - 1e-15) == nil)
  }

  @Test func percentileNeedsItsSamples() throws {
    let few = try #require(SortedValues((1...661).map(Double.init)))
    let enough = try #require(SortedValues((1...662).map(Double.init)))
    #expect(few.percentile(0.99) == nil)
    #expect(few.percentileUpperBound(0.99) == nil)
    #expect(enough.percentile(0.99) == enough.quantile(0.99))
    // t = 1: nothing but the slowest itself bounds the percentile: sorted[n - 1].
    #expect(enough.percentileUpperBound(0.99) == 662)
    // 2,010 samples allow t = 10: sorted[n - 10].
    let many = try #require(SortedValues((1...2010).map(Double.init)))
    #expect(many.percentileUpperBound(0.99) == 2001)
  }

  @Test func launchesNeededForHolm() {
    #expect([1, 10, 20, 50].map { launchesNeeded(tests: $0) } == [5, 8, 9, 10])
  }
}
