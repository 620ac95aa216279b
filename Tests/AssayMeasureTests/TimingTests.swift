import AssayCore
import Testing

@testable import AssayMeasure

struct TimingTests {
  private struct Broken: Error {}

  @Test func latenciesAreTheDifferencesOfReadingsAndAddUp() {
    let clock = ScriptedClock(start_ns: 500, steps_ns: [10, 20, 30, 40, 50])
    var timer = BlockTimer(clock: clock, slotCount: 3)
    let buffer = LatencyBuffer(capacity: 8)
    var slots: [Int] = []
    let block = timer.run(block_ns: 95, into: buffer) { slots.append($0) }
    #expect(block == BlockTiming(count: 4, elapsed_ns: 100))
    #expect(buffer.prefix(block.count) == [10, 20, 30, 40])
    #expect(clock.readings == 5, "one reading between two inferences, one before the first")
    // The next block goes on in the pool where this one stopped.
    _ = timer.run(block_ns: 1, into: buffer) { slots.append($0) }
    #expect(slots == [0, 1, 2, 0, 1])
  }

  @Test func aFullBufferEndsTheBlockAndOneInferenceIsTheLeast() {
    var timer = BlockTimer(clock: ScriptedClock(steps_ns: [1]), slotCount: 1)
    let buffer = LatencyBuffer(capacity: 5)
    #expect(timer.run(block_ns: 1000, into: buffer) { _ in } == BlockTiming(count: 5, elapsed_ns: 5))
    #expect(timer.run(block_ns: 0, into: buffer) { _ in }.count == 1)
    #expect(LatencyBuffer(capacity: -3).capacity == 1)
    #expect(buffer.prefix(99).count == 5 && buffer.prefix(-1).isEmpty)
  }

  @Test func aFailingInferenceEndsTheBlock() {
    var timer = BlockTimer(clock: ScriptedClock(steps_ns: [1]), slotCount: 4)
    let buffer = LatencyBuffer(capacity: 5)
    var calls = 0
    #expect(throws: Broken.self) {
      _ = try timer.run(block_ns: 1000, into: buffer) { (slot: Int) throws(Broken) in
        calls += 1
        if slot == 2 { throw Broken() }
      }
    }
    #expect(calls == 3)
  }

  private func warmUp(_ latencies: [UInt64], _ rule: WarmUpRule) -> (Int, WarmUpEnd)? {
    var progress = WarmUpProgress(rule)
    for (index, latency) in latencies.enumerated() {
      if let end = progress.record(latency) { return (index + 1, end) }
    }
    return nil
  }

  @Test func warmUpEndsWhenTwoWindowsAgree() throws {
    let rule = WarmUpRule(windowCount: 3, window_ns: 0, tolerance: 0.02)
    // Medians 900, 500, 102, 101: the last two are within 2 %.
    let end = try #require(warmUp([2000, 900, 800, 500, 510, 490, 102, 130, 101, 101, 99, 150, 7], rule))
    #expect(end == (12, .steady))
    // 3 % apart is not agreement.
    #expect(warmUp([103, 103, 103, 100, 100, 100], rule) == nil)
  }

  @Test func windowsLastTheirTime() throws {
    let rule = WarmUpRule(windowCount: 3, window_ns: 1000, tolerance: 0.02)
    let end = try #require(warmUp([UInt64](repeating: 100, count: 50), rule))
    #expect(end == (20, .steady))
  }

  @Test func warmUpIsBoundedButNeverBelowItsMinimum() throws {
    let rising = (1...1000).map { UInt64($0 * $0 * 100) }
    let byTime = WarmUpRule(windowCount: 3, window_ns: 0, maximum_ns: 100)
    let byTimeEnd = try #require(warmUp(rising, byTime))
    #expect(byTimeEnd == (3, .timeBound))
    let byCount = WarmUpRule(windowCount: 3, window_ns: 0, maximumCount: 8)
    let byCountEnd = try #require(warmUp(rising, byCount))
    #expect(byCountEnd == (8, .countBound))
  }

  @Test func warmUpKeepsEverySample() {
    // Readings in pairs around each inference: 7 ns pass between them, 100 ns elsewhere.
    let clock = ScriptedClock(steps_ns: (0..<100).map { $0.isMultiple(of: 2) ? 7 : 100 })
    var timer = BlockTimer(clock: clock, slotCount: 2)
    var slots: [Int] = []
    let result = timer.warmUp(until: WarmUpRule(windowCount: 2, window_ns: 0)) { slots.append($0) }
    #expect(result == WarmUp(latencies_ns: [7, 7, 7, 7], end: .steady))
    #expect(slots == [0, 1, 0, 1])
  }

  @Test func theMachineClockDoesNotGoBack() {
    let clock = MachineClock()
    var last = clock.now_ns()
    for _ in 0..<1000 {
      let now = clock.now_ns()
      #expect(now >= last)
      last = now
    }
  }

  /// S. Vigna's splitmix64.c with seed 1234567, as Rosetta Code ("Pseudo-random numbers/Splitmix64") prints it.
  @Test func theGeneratorIsSplitMix64() {
    var generator = SeededGenerator(seed: 1_234_567)
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
      16_408_922_859_458_223_821,
    ]
    #expect(expected == expected.map { _ in generator.next() })
  }

  @Test func indicesAndUnitsAreInRangeAndEven() {
    var generator = SeededGenerator(seed: 11)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<7000 { counts[generator.index(below: 7)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 1000) < 150 }, "\(counts)")
    let units = (0..<2000).map { _ in generator.unit() }
    #expect(units.allSatisfy { (0..<1).contains($0) } && abs(units.reduce(0, +) / 2000 - 0.5) < 0.03)
    let (one, other) = (SeededGenerator(seed: 1, stream: 2), SeededGenerator(seed: 2, stream: 1))
    #expect(one != other && one == SeededGenerator(seed: 1, stream: 2))
  }

  @Test func everyRoundIsAPermutationAndOrdersAreFair() {
    let schedule = BlockSchedule(runSeed: 3, launch: 0, members: 3, rounds: 600)
    var orders: [[Int]: Int] = [:]
    for round in schedule.rounds {
      #expect(round.sorted() == [0, 1, 2])
      orders[round, default: 0] += 1
    }
    #expect(orders.count == 6 && orders.values.allSatisfy { abs($0 - 100) < 50 }, "\(orders)")
    #expect(schedule == BlockSchedule(seed: schedule.seed, members: 3, rounds: 600))
    #expect(schedule.rounds != BlockSchedule(runSeed: 3, launch: 1, members: 3, rounds: 600).rounds)
    #expect(BlockSchedule(runSeed: 3, launch: 0, members: 0, rounds: 2).rounds == [[], []])
  }

  /// From a separate implementation in Python, of SplitMix64's and Lemire's papers; another machine or another version of
  /// Swift must draw the same.
  @Test func orderIsTheSameOnEveryMachine() {
    #expect(
      BlockSchedule(runSeed: 1, launch: 0, members: 4, rounds: 3).rounds == [
        [3, 0, 2, 1], [1, 2, 3, 0], [3, 0, 1, 2],
      ])
  }

  @Test func theControlKernelDoesTheSameWork() {
    let one = ControlKernel(integerSteps: 100, wordCount: 64).run()
    let again = ControlKernel(integerSteps: 100, wordCount: 64).run()
    let longer = ControlKernel(integerSteps: 101, wordCount: 64).run()
    #expect(one == again && one != longer)
  }
}
