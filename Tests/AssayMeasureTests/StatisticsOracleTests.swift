import AssayMeasure
import Testing

/// Against SciPy and NumPy: Oracles/statistics.py.
struct StatisticsOracleTests {
  @Test func everyFunctionAgreesWithSciPy() throws {
    let rows = try OracleTable("statistics").rows
    #expect(rows.count > 200)
    for row in rows {
      let function = try #require(Self.functions[row.name], "no function for \(row.name)")
      let value = function(row)
      #expect(agree(value, row.expected), "\(row.testDescription): \(String(describing: value))")
    }
    #expect(Set(rows.map(\.name)) == Set(Self.functions.keys))
  }

  @Test func binomialTailsAreGoodTo1e12() throws {
    for row in try OracleTable("statistics").rows where row.name.hasPrefix("binomial") || row.name == "incompleteBeta" {
      let function = try #require(Self.functions[row.name])
      let value = try #require(function(row))
      #expect(abs(value - row.expected) <= 1e-12, "\(row.testDescription): \(value)")
    }
  }

  private static let functions: [String: @Sendable (OracleTable.Row) -> Double?] = [
    "binomialLowerTail": { binomialLowerTail($0.integer(1), trials: $0.integer(2), probability: $0.number(3)) },
    "binomialUpperTail": { binomialUpperTail($0.integer(1), trials: $0.integer(2), probability: $0.number(3)) },
    "binomialProbability": { binomialProbability($0.integer(1), trials: $0.integer(2), probability: $0.number(3)) },
    "incompleteBeta": { incompleteBeta($0.number(3), $0.number(1), $0.number(2)).lower },
    "normalQuantile": { normalQuantile($0.number(1)) },
    "wilsonLow": { wilsonInterval(successes: $0.integer(1), count: $0.integer(2), confidence: $0.number(3))?.low },
    "wilsonHigh": { wilsonInterval(successes: $0.integer(1), count: $0.integer(2), confidence: $0.number(3))?.high },
    "mcNemarExact": { PairedAnswers(rows: 5000, lost: $0.integer(1), gained: $0.integer(2))?.exactP },
    "mcNemarMid": { PairedAnswers(rows: 5000, lost: $0.integer(1), gained: $0.integer(2))?.midP },
    "mcNemarWorse": { PairedAnswers(rows: 5000, lost: $0.integer(1), gained: $0.integer(2))?.worseP },
    "quantile": { SortedValues($0.numbers(1))?.quantile($0.number(2)) },
    "nearestRank": { SortedValues($0.numbers(1))?.nearestRank($0.number(2)) },
    "medianLow": { interval($0)?.low },
    "medianHigh": { interval($0)?.high },
    "medianCoverage": { interval($0)?.coverage },
    "signFlip": { signFlipP($0.numbers(1), above: $0.number(2)) },
    "holm": { holmAdjusted($0.numbers(1))[$0.integer(2)] },
  ]

  private static func interval(_ row: OracleTable.Row) -> ConfidenceInterval? {
    SortedValues(row.numbers(1)).flatMap { medianInterval($0, confidence: row.number(2)) }
  }
}
