import Testing

@testable import AssayMeasure

/// Against SciPy, statsmodels, scikit-learn and NumPy: Oracles/statistics.py.
struct StatisticsOracleTests {
  @Test func everyFunctionAgreesWithItsOracle() throws {
    let rows = try OracleTable("statistics").rows
    #expect(rows.count > 450)
    for row in rows {
      let function = try #require(functions[row.name], "no function for \(row.name)")
      let value = function(row)
      #expect(agree(value, row.expected), "\(row.testDescription): \(String(describing: value))")
    }
    #expect(Set(rows.map(\.name)) == Set(functions.keys))
  }

  @Test func binomialTailsAreGoodTo1e12() throws {
    for row in try OracleTable("statistics").rows where row.name.hasPrefix("binomial") || row.name == "incompleteBeta" {
      let function = try #require(functions[row.name])
      let value = try #require(function(row))
      #expect(abs(value - row.expected) <= 1e-12, "\(row.testDescription): \(value)")
    }
  }
}

private typealias Oracle = @Sendable (OracleTable.Row) -> Double?

private let functions = tails.merging(intervals) { $1 }.merging(tests) { $1 }.merging(series) { $1 }

private let tails: [String: Oracle] = [
  "binomialLowerTail": { binomialLowerTail($0.integer(1), trials: $0.integer(2), probability: $0.number(3)) },
  "binomialUpperTail": { binomialUpperTail($0.integer(1), trials: $0.integer(2), probability: $0.number(3)) },
  "binomialProbability": { binomialProbability($0.integer(1), trials: $0.integer(2), probability: $0.number(3)) },
  "incompleteBeta": { incompleteBeta($0.number(3), $0.number(1), $0.number(2)).lower },
  "normalQuantile": { normalQuantile($0.number(1)) },
  "tTail": { studentTUpperTail($0.number(1), degreesOfFreedom: $0.number(2)) },
  "tQuantile": { studentTQuantile($0.number(1), degreesOfFreedom: $0.number(2)) },
  "rankSumTail": { rankSumTail($0.integer(1), $0.integer(2))[$0.integer(3)] },
]

private let intervals: [String: Oracle] = [
  "wilsonLow": { wilsonInterval(successes: $0.integer(1), count: $0.integer(2), confidence: $0.number(3))?.low },
  "wilsonHigh": { wilsonInterval(successes: $0.integer(1), count: $0.integer(2), confidence: $0.number(3))?.high },
  "medianLow": { medianInterval($0)?.low },
  "medianHigh": { medianInterval($0)?.high },
  "medianCoverage": { medianInterval($0)?.coverage },
  "clopperLow": { clopperPearson($0)?.low },
  "clopperHigh": { clopperPearson($0)?.high },
  "meanLow": { MeanEstimate($0.numbers(1), confidence: $0.number(2))?.interval?.low },
  "meanHigh": { MeanEstimate($0.numbers(1), confidence: $0.number(2))?.interval?.high },
  "meanDeviation": { MeanEstimate($0.numbers(1))?.standardDeviation },
  "shift": { ShiftEstimate(base: $0.numbers(1), candidate: $0.numbers(2))?.shift },
  "shiftLow": { ShiftEstimate(base: $0.numbers(1), candidate: $0.numbers(2))?.interval?.low },
  "shiftHigh": { ShiftEstimate(base: $0.numbers(1), candidate: $0.numbers(2))?.interval?.high },
  "shiftCoverage": { ShiftEstimate(base: $0.numbers(1), candidate: $0.numbers(2))?.interval?.coverage },
  "pairedDifference": { row in figure(row).flatMap { paired(row)?.difference($0) } },
  "pairedLow": { pairedInterval($0)?.low },
  "pairedHigh": { pairedInterval($0)?.high },
]

private let tests: [String: Oracle] = [
  "mcNemarExact": { PairedAnswers(rows: 5000, lost: $0.integer(1), gained: $0.integer(2))?.exactP },
  "mcNemarMid": { PairedAnswers(rows: 5000, lost: $0.integer(1), gained: $0.integer(2))?.midP },
  "mcNemarWorse": { PairedAnswers(rows: 5000, lost: $0.integer(1), gained: $0.integer(2))?.worseP },
  "signFlip": { signFlipP($0.numbers(1), above: $0.number(2)) },
  "holm": { holmAdjusted($0.numbers(1))[$0.integer(2)] },
  "benjaminiHochberg": { benjaminiHochbergAdjusted($0.numbers(1))[$0.integer(2)] },
  "permutation": { permutationP(base: $0.numbers(1), candidate: $0.numbers(2), above: $0.number(3)) },
]

private let series: [String: Oracle] = [
  "quantile": { SortedValues($0.numbers(1))?.quantile($0.number(2)) },
  "nearestRank": { SortedValues($0.numbers(1))?.nearestRank($0.number(2)) },
  "samplesWithinBound": {
    samplesWithinBound(forPercentile: $0.number(1), overLatency: $0.integer(2), confidence: $0.number(3)).map {
      Double($0)
    }
  },
  "percentileUpperBound": { SortedValues($0.numbers(1))?.percentileUpperBound($0.number(2)) },
  "stepCount": { Double(steps(in: $0.numbers(1)).count) },
  "stepEnd": { Double(steps(in: $0.numbers(1))[$0.integer(2)].range.upperBound) },
  "stepLevel": { steps(in: $0.numbers(1))[$0.integer(2)].level },
  "changeFence": { changeFence($0.numbers(1)) },
]

private func medianInterval(_ row: OracleTable.Row) -> ConfidenceInterval? {
  SortedValues(row.numbers(1)).flatMap { medianInterval($0, confidence: row.number(2)) }
}

private func clopperPearson(_ row: OracleTable.Row) -> ConfidenceInterval? {
  clopperPearsonInterval(successes: row.integer(1), count: row.integer(2), confidence: row.number(3))
}

private func figure(_ row: OracleTable.Row) -> ClassFigure? { ClassFigure(rawValue: row.cells[1]) }

private func paired(_ row: OracleTable.Row) -> PairedClasses? {
  let lists = (2...4).map { row.numbers($0).map { UInt64($0) } }
  return PairedClasses(labels: lists[0], baseline: lists[1], variant: lists[2])
}

private func pairedInterval(_ row: OracleTable.Row) -> ConfidenceInterval? {
  guard let figure = figure(row) else { return nil }
  return paired(row)?.bootstrapInterval(figure, replicates: 100, seed: UInt64(row.integer(5)))
}
