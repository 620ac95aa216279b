import AssayCore
import Testing

@testable import AssayPipeline

struct CalibrationRunsTests {
  /// Groups of ranges until there are no more; a row's values take `row_B`.
  private func groups(_ runs: CalibrationRuns, row_B: Int) -> [[Range<Int>]] {
    var (runs, groups) = (runs, [[Range<Int>]]())
    while let group = runs.next() {
      groups.append(group)
      runs.learn(values_B: row_B * group[0].count)
    }
    return groups
  }

  @Test("Every row comes once and in order, whatever its values take", arguments: [1, 2, 3] as [UInt64])
  func coversRows(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      let count = generator.index(below: 700)
      let fixed = generator.index(below: 3) == 0 ? 1 + generator.index(below: 9) : nil
      let wanted = generator.index(below: 3) == 0 ? 1 + generator.index(below: 9) : nil
      let runs = CalibrationRuns(
        rowCount: count, fixed: fixed, wanted: wanted, sideBySide: 1 + generator.index(below: 4))
      let rows = groups(runs, row_B: 1 << generator.index(below: 26)).flatMap { $0 }
      let expected = fixed.map { count / $0 * $0 } ?? count
      #expect(rows.flatMap { Array($0) } == Array(0..<expected), "seed \(seed), \(count) rows, fixed \(fixed ?? -1)")
      if let size = fixed ?? wanted { #expect(rows.dropLast().allSatisfy { $0.count == size }, "seed \(seed)") }
    }
  }

  @Test("Small values are asked for in few runs, large ones in runs that the cache holds")
  func sizes() {
    let open = CalibrationRuns(rowCount: 300, fixed: nil, wanted: nil, sideBySide: 2)
    #expect(groups(open, row_B: 1640).map(\.count) == [1, 5])
    #expect(groups(open, row_B: 1640)[1].map(\.count) == [64, 64, 64, 64, 40])
    #expect(groups(open, row_B: 500_000).flatMap { $0 }.allSatisfy { $0.count == 4 })
    #expect(groups(open, row_B: 500_000).dropFirst().dropLast().allSatisfy { $0.count == 4 })
    let single = CalibrationRuns(rowCount: 300, fixed: 1, wanted: nil, sideBySide: 2)
    #expect(groups(single, row_B: 1640).map(\.count).max() == 32)
  }

  @Test("A batch of no rows, or more than there are, gives none")
  func none() {
    for fixed in [0, 7] {
      #expect(groups(CalibrationRuns(rowCount: 6, fixed: fixed, wanted: nil, sideBySide: 2), row_B: 1).isEmpty)
    }
    #expect(groups(CalibrationRuns(rowCount: 0, fixed: nil, wanted: nil, sideBySide: 2), row_B: 1).isEmpty)
  }
}
