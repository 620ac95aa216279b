import AssayCore
import AssayMeasure
import Testing

struct StepTests {
  static let seeds: [UInt64] = Array(1...20)

  private func noise(_ count: Int, _ machine: inout SharedMachine) -> [Double] {
    (0..<count).map { _ in 1 + 0.005 * machine.normal() }
  }

  @Test(arguments: seeds)
  func segmentsCoverTheSeriesAndMoveWithIt(seed: UInt64) {
    var machine = SharedMachine(seed: seed)
    let count = 1 + machine.random.index(below: 40)
    var values = noise(count, &machine)
    for index in values.indices where index >= count / 2 { values[index] *= 1.03 }
    let segments = steps(in: values)
    #expect(segments.first?.range.lowerBound == 0 && segments.last?.range.upperBound == count, "seed \(seed)")
    for (one, next) in zip(segments, segments.dropFirst()) {
      #expect(one.range.upperBound == next.range.lowerBound, "seed \(seed)")
    }
    for segment in segments {
      #expect(segment.range.count >= min(2, count), "seed \(seed)")
      #expect(segment.level == median(Array(values[segment.range])), "seed \(seed)")
      #expect(segment.deviation >= 0, "seed \(seed)")
    }
    #expect(steps(in: values.map { $0 * 1024 }).map(\.range) == segments.map(\.range), "seed \(seed)")
    #expect(steps(in: values, minimumSegment: 5).allSatisfy { $0.range.count >= min(5, count) }, "seed \(seed)")
  }

  /// By simulation, of series of 20 and more under 1 % see a step in noise: of 60, more than 4 would come up once in 10⁴.
  @Test func stepsAreFoundAndNoiseIsNot() {
    var machine = SharedMachine(seed: 7)
    var (found, falseAlarms) = (0, 0)
    for _ in 0..<60 {
      var values = noise(20, &machine)
      if steps(in: values).count > 1 { falseAlarms += 1 }
      for index in 10..<20 { values[index] *= 1.02 }
      let segments = steps(in: values)
      if segments.count == 2, abs(segments[0].range.upperBound - 10) <= 1 { found += 1 }
    }
    #expect(falseAlarms <= 4, "seed 7: \(falseAlarms)")
    #expect(found >= 54, "seed 7: \(found)")
  }

  @Test func seriesWithoutNoise() {
    #expect(steps(in: []).isEmpty && steps(in: [1, .nan, 2]).isEmpty)
    #expect(steps(in: [5]) == [Segment(range: 0..<1, level: 5, deviation: 0)])
    #expect(steps(in: [0, 0, 0, 0]) == [Segment(range: 0..<4, level: 0, deviation: 0)])
    #expect(
      steps(in: [100, 100, 100, 90, 90, 90])
        == [Segment(range: 0..<3, level: 100, deviation: 0), Segment(range: 3..<6, level: 90, deviation: 0)])
    // One value off is an outlier, not a step.
    #expect(steps(in: [100, 100, 100, 100, 90, 100, 100, 100]).count == 1)
    #expect(
      steps(in: [1, 2, 3], minimumSegment: .max).count == 1 && steps(in: [1, 2, 3], minimumSegment: -4).count >= 1)
    #expect(steps(in: [.greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0]).last?.range.upperBound == 3)
  }

  @Test(arguments: seeds)
  func fenceDoesNotDependOnTheUnit(seed: UInt64) throws {
    var machine = SharedMachine(seed: seed)
    let values = noise(9 + machine.random.index(below: 60), &machine)
    let fence = try #require(changeFence(values))
    #expect(fence > 0 && agree(changeFence(values.map { $0 * 4096 }), fence), "seed \(seed)")
    // Only the last changes count.
    #expect(
      changeFence([7, 1, 9, 3] + values.suffix(31)) == changeFence(Array(values.suffix(31))) || values.count < 31)
  }

  @Test func fenceNeedsEightChanges() {
    #expect(changeFence([Double](repeating: 2, count: 9)) == 0)
    #expect(changeFence([Double](repeating: 2, count: 8)) == nil)
    #expect(changeFence([1, 2, 0, 1, 1, 1, 1, 1, 1, 1]) == nil && changeFence([]) == nil)
    #expect(changeFence([Double](repeating: 2, count: 20), window: -1) == nil)
  }
}
