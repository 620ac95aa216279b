import AssayCore
import Testing

@testable import AssayMeasure

/// A clock on which nothing passes but what is made to pass.
private func stillClock(at start_ns: UInt64 = 1000) -> ScriptedClock { ScriptedClock(start_ns: start_ns, steps_ns: []) }

struct MultiStreamTests {
  private struct Broken: Error {}

  @Test("A query's latency is that of all its inferences; slots go on rotating")
  func queries() {
    let clock = stillClock()
    var timer = BlockTimer(clock: clock, slotCount: 5)
    let buffer = LatencyBuffer(capacity: 8)
    var slots: [Int] = []
    let block = timer.runQueries(of: 3, block_ns: 71, into: buffer) { slot in
      slots.append(slot)
      clock.advance(by: UInt64(10 + slot))
    }
    // 10+11+12, then 13+14+10, then 11+12+13: the third query passes 70.
    #expect(buffer.prefix(block.count) == [33, 37, 36])
    #expect(block == BlockTiming(count: 3, elapsed_ns: 106))
    #expect(slots == [0, 1, 2, 3, 4, 0, 1, 2, 3])
    #expect(clock.readings == 4, "the clock is read once between two queries")
  }

  @Test("One inference a query is single-stream")
  func one() {
    func samples(_ run: (inout BlockTimer<ScriptedClock>, borrowing LatencyBuffer) -> BlockTiming) -> [UInt64] {
      let buffer = LatencyBuffer(capacity: 8)
      var timer = BlockTimer(clock: ScriptedClock(steps_ns: [3, 1, 4, 1, 5, 9, 2, 6]), slotCount: 2)
      return buffer.prefix(run(&timer, buffer).count)
    }
    let single = samples { timer, buffer in timer.run(block_ns: 20, into: buffer) { _ in } }
    #expect(single == [3, 1, 4, 1, 5, 9])
    #expect(samples { timer, buffer in timer.runQueries(of: 1, block_ns: 20, into: buffer) { _ in } } == single)
    #expect(samples { timer, buffer in timer.runQueries(of: 0, block_ns: 20, into: buffer) { _ in } } == single)
  }

  @Test("A failing inference ends the query; a full buffer the block")
  func ends() {
    var timer = BlockTimer(clock: ScriptedClock(steps_ns: [1]), slotCount: 4)
    let buffer = LatencyBuffer(capacity: 2)
    #expect(throws: Broken.self) {
      _ = try timer.runQueries(of: 3, block_ns: 99, into: buffer) { (slot: Int) throws(Broken) in
        if slot == 1 { throw Broken() }
      }
    }
    #expect(timer.runQueries(of: 3, block_ns: 99, into: buffer) { _ in }.count == 2)
  }
}

struct PoissonArrivalTests {
  @Test("Gaps are exponential: mean, and the share beyond a multiple of it", arguments: [UInt64](1...5))
  func exponential(seed: UInt64) {
    let arrivals = PoissonArrivals(rate_perSecond: 1000, window_ns: 20_000_000_000, seed: seed, limit: .max)
    let count = Double(arrivals.offsets_ns.count)
    // Poisson with mean 20,000: standard deviation 141.
    #expect(abs(count - 20_000) < 5 * 141, "seed \(seed): \(count)")
    let gaps = zip(arrivals.offsets_ns.dropFirst(), arrivals.offsets_ns).map { Double($0 - $1) / 1e6 }
    for multiple in [0.5, 1.0, 2.0, 4.0] {
      let share = Double(gaps.count { $0 > multiple }) / Double(gaps.count)
      let expected = [0.5: 0.606_530_66, 1: 0.367_879_44, 2: 0.135_335_28, 4: 0.018_315_64][multiple] ?? .nan
      let deviation = (expected * (1 - expected) / count).squareRoot()
      #expect(abs(share - expected) < 5 * deviation, "seed \(seed): \(share) beyond \(multiple)")
    }
    #expect(zip(arrivals.offsets_ns.dropFirst(), arrivals.offsets_ns).allSatisfy { $0 >= $1 })
    #expect(arrivals.offsets_ns.allSatisfy { $0 < arrivals.window_ns } && arrivals.window_ns == 20_000_000_000)
  }

  @Test("Equal seeds give equal arrivals; another round gives others")
  func seeds() {
    func arrivals(_ seed: UInt64) -> PoissonArrivals {
      PoissonArrivals(rate_perSecond: 500, window_ns: 200_000_000, seed: seed, limit: 1 << 16)
    }
    #expect(arrivals(9) == arrivals(9) && arrivals(9) != arrivals(10))
    let seeds = (0..<100).map { PoissonArrivals.seed(launchSeed: 42, round: $0) }
    #expect(Set(seeds).count == 100 && seeds != (0..<100).map { PoissonArrivals.seed(launchSeed: 43, round: $0) })
  }

  /// From a separate implementation in Python (SplitMix64 of the paper, math.log1p): Oracles/arrivals.py.
  @Test("Arrivals are the same on every machine")
  func known() {
    let arrivals = PoissonArrivals(rate_perSecond: 1000, window_ns: 12_000_000, seed: 1, limit: 100)
    #expect(
      arrivals.offsets_ns == [
        836_005, 2_205_567, 5_746_122, 6_333_755, 6_921_218, 8_360_468, 10_458_877, 11_199_257, 11_535_442,
      ])
  }

  @Test("At most as many as fit; the window then ends before the first that does not")
  func limit() {
    let all = PoissonArrivals(rate_perSecond: 1e6, window_ns: 1_000_000, seed: 3, limit: .max)
    let some = PoissonArrivals(rate_perSecond: 1e6, window_ns: 1_000_000, seed: 3, limit: 10)
    #expect(some.offsets_ns == Array(all.offsets_ns.prefix(10)) && some.window_ns == all.offsets_ns[10])
  }

  @Test("Rates that are none bring no arrivals", arguments: [0, -1, .nan, .infinity, 1e-300])
  func senseless(rate: Double) {
    #expect(PoissonArrivals(rate_perSecond: rate, window_ns: 1000, seed: 1, limit: 5).offsets_ns.isEmpty)
    #expect(PoissonArrivals(rate_perSecond: 1e9, window_ns: 1000, seed: 1, limit: 0).offsets_ns.isEmpty)
  }
}

struct ServerTimerTests {
  private struct Broken: Error {}

  /// Runs the arrivals on a scripted clock with these service times, which repeat.
  private func serve(
    _ arrivals: PoissonArrivals, _ services_ns: [UInt64], limit_ns: UInt64 = .max, capacity: Int = 1 << 12
  ) -> (timing: ServerTiming, latencies_ns: [UInt64]) {
    let clock = stillClock()
    var timer = ServerTimer(clock: clock, slotCount: services_ns.count)
    let buffer = LatencyBuffer(capacity: capacity)
    let timing = timer.run(arrivals, limit_ns: limit_ns, into: buffer) { clock.advance(by: services_ns[$0]) }
    return (timing, buffer.prefix(timing.count))
  }

  @Test("Latencies obey Lindley's recursion, at any load", arguments: [UInt64](1...30))
  func lindley(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    // Loads from a fifth to three times what can be done.
    let mean_ns = 20_000.0 + 280_000 * random.unit()
    let services_ns = (0..<211).map { _ in UInt64(mean_ns * 2 * random.unit()) }
    let arrivals = PoissonArrivals(rate_perSecond: 10_000, window_ns: 20_000_000, seed: seed, limit: .max)
    let (timing, latencies_ns) = serve(arrivals, services_ns)
    var waiting_ns: Int64 = 0
    var expected: [UInt64] = []
    var last: UInt64 = 0
    for (index, offset_ns) in arrivals.offsets_ns.enumerated() {
      let service_ns = Int64(services_ns[index % services_ns.count])
      if index > 0 {
        let before_ns = Int64(services_ns[(index - 1) % services_ns.count])
        waiting_ns = max(0, waiting_ns + before_ns - Int64(offset_ns - last))
      }
      last = offset_ns
      expected.append(UInt64(waiting_ns + service_ns))
    }
    #expect(latencies_ns == expected, "seed \(seed)")
    let ends_ns = zip(arrivals.offsets_ns, expected).map { $0 + $1 }
    #expect(timing.backlog == ends_ns.count { $0 > arrivals.window_ns }, "seed \(seed)")
    #expect(timing.unanswered == 0 && timing.count == expected.count)
    let busy_ns = (0..<expected.count).reduce(0) { $0 + services_ns[$1 % services_ns.count] }
    #expect(timing.busy_ns == busy_ns && timing.elapsed_ns == max(arrivals.window_ns, ends_ns.last ?? 0))
  }

  /// Khinchin and Pollaczek: with a service time that never changes the mean waiting is ρ/(2(1 − ρ)) services.
  @Test("The mean waiting is that of an M/D/1 queue")
  func waiting() {
    let arrivals = PoissonArrivals(rate_perSecond: 7000, window_ns: 20_000_000_000, seed: 5, limit: .max)
    let (_, latencies_ns) = serve(arrivals, [100_000], capacity: 1 << 20)
    let mean = latencies_ns.reduce(0.0) { $0 + Double($1) } / Double(latencies_ns.count)
    let expected = 100_000 * (1 + 0.7 / (2 * 0.3))
    #expect(abs(mean / expected - 1) < 0.03, "\(mean) against \(expected)")
  }

  @Test("A stall delays the requests that came meanwhile: nothing is omitted")
  func stall() {
    // Requests every 10 µs of work 1 µs; the third stalls for 50.
    let offsets_ns = (0..<10).map { UInt64($0) * 10_000 }
    let services_ns: [UInt64] = [1000, 1000, 50_000, 1000, 1000, 1000, 1000, 1000, 1000, 1000]
    let arrivals = PoissonArrivals(offsets_ns: offsets_ns, window_ns: 100_000)
    let (timing, latencies_ns) = serve(arrivals, services_ns)
    #expect(latencies_ns == [1000, 1000, 50_000, 41_000, 32_000, 23_000, 14_000, 5000, 1000, 1000])
    #expect(timing == ServerTiming(count: 10, elapsed_ns: 100_000, busy_ns: 59_000, backlog: 0, unanswered: 0))
  }

  @Test("What is overloaded has a backlog, and is given up at the limit with its age")
  func overload() {
    let arrivals = PoissonArrivals(offsets_ns: [0, 10, 20, 30, 40], window_ns: 50)
    let (timing, latencies_ns) = serve(arrivals, [60], limit_ns: 130)
    // Ends at 60, 120, 180; from 130 on nothing is begun.
    #expect(latencies_ns == [60, 110, 160, 150, 140])
    #expect(timing == ServerTiming(count: 5, elapsed_ns: 180, busy_ns: 180, backlog: 5, unanswered: 2))
  }

  @Test("No arrivals, too many for the buffer, and a failure")
  func edges() {
    let none = serve(PoissonArrivals(offsets_ns: [], window_ns: 50), [1])
    #expect(none.timing == ServerTiming(count: 0, elapsed_ns: 50, busy_ns: 0, backlog: 0, unanswered: 0))
    let many = serve(PoissonArrivals(offsets_ns: [0, 1, 2, 3], window_ns: 50), [1], capacity: 2)
    #expect(many.latencies_ns == [1, 1])
    var timer = ServerTimer(clock: stillClock(), slotCount: 2)
    let buffer = LatencyBuffer(capacity: 4)
    #expect(throws: Broken.self) {
      _ = try timer.run(PoissonArrivals(offsets_ns: [0, 1, 2], window_ns: 9), limit_ns: 99, into: buffer) {
        (slot: Int) throws(Broken) in if slot == 1 { throw Broken() }
      }
    }
  }

  @Test("The machine's clock waits until the deadline, and not at all for one that is over")
  func machineClock() {
    let clock = MachineClock()
    let deadline_ns = clock.now_ns() + 300_000
    #expect(clock.wait(until: deadline_ns) >= deadline_ns)
    #expect(clock.wait(until: 0) >= deadline_ns)
  }
}
