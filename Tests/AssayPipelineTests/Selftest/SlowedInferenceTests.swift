import AssayCore
import AssayMeasure
import AssayRuntime
import Testing

@testable import AssayPipeline

/// An inference that lets scripted time pass.
private final class ScriptedInference: BoundInference {
  let poolCount = 3
  private let clock: ScriptedClock
  private let latencies_ns: [UInt64]
  var slots: [Int] = []

  init(_ clock: ScriptedClock, _ latencies_ns: [UInt64]) {
    self.clock = clock
    self.latencies_ns = latencies_ns
  }

  func infer(_ slot: Int) throws(EngineError) {
    guard slot >= 0 else { throw EngineError(.inference, "no such slot") }
    clock.advance(by: latencies_ns[slots.count % latencies_ns.count])
    slots.append(slot)
  }

  func outputs() throws(EngineError) -> [Tensor] { [Tensor(scalar: Float(7))] }
}

struct SlowedInferenceTests {
  private static let reading_ns: UInt64 = 20

  /// Latencies that a block timer sees, with a clock whose reading takes 20 ns.
  private func latencies(_ own_ns: [UInt64], slowdown: Double?) -> [UInt64] {
    let clock = ScriptedClock(steps_ns: [Self.reading_ns])
    let scripted = ScriptedInference(clock, own_ns)
    let inference: any BoundInference =
      if let slowdown {
        SlowedInference(scripted, by: slowdown, clock: clock, reading_ns: Double(Self.reading_ns))
      } else {
        scripted
      }
    var timer = BlockTimer(clock: clock, slotCount: inference.poolCount)
    let buffer = LatencyBuffer(capacity: own_ns.count)
    let timing = timer.run(block_ns: .max, into: buffer) { slot in try? inference.infer(slot) }
    #expect(scripted.slots == (0..<own_ns.count).map { $0 % 3 })
    return buffer.prefix(timing.count)
  }

  @Test("A timer outside sees the share asked for, to half a reading of the clock", arguments: [0.03, 0.05, 0.1, 1])
  func share(slowdown: Double) {
    var generator = SeededGenerator(seed: 8)
    let own = (0..<200).map { _ in 5_000 + UInt64(generator.index(below: 20_000)) }
    let plain = latencies(own, slowdown: nil)
    #expect(plain == own.map { $0 + Self.reading_ns })
    let slowed = latencies(own, slowdown: slowdown)
    for (before, after) in zip(plain, slowed) {
      let error_ns = Double(after) - Double(before) * (1 + slowdown)
      #expect(abs(error_ns) <= 0.5 * Double(Self.reading_ns) + 1, "\(before) became \(after), seed 8")
    }
    let total = Double(slowed.reduce(0, +)) / Double(plain.reduce(0, +))
    #expect(abs(total - 1 - slowdown) < 1e-3, "in the mean the readings cancel, seed 8")
  }

  @Test("A share shorter than the readings costs the readings, and no share costs nothing")
  func small() {
    #expect(latencies([1000], slowdown: 0.001) == [1060])
    let clock = ScriptedClock(steps_ns: [1])
    let scripted = ScriptedInference(clock, [10])
    #expect(slowed(scripted, by: nil) === scripted && slowed(scripted, by: 0) === scripted)
    #expect(slowed(scripted, by: 0.1) !== scripted)
  }

  @Test("Everything else is passed on, errors too, and a wild share does not wait for ever")
  func passedOn() throws {
    let clock = ScriptedClock(steps_ns: [20])
    let slowed = SlowedInference(ScriptedInference(clock, [10]), by: 0.1, clock: clock, reading_ns: 20)
    #expect(slowed.poolCount == 3)
    #expect(try slowed.outputs() == [Tensor(scalar: Float(7))])
    #expect(throws: EngineError.self) { try slowed.infer(-1) }
    for share in [Double.infinity, .nan, 1e300, -3] {
      try SlowedInference(ScriptedInference(clock, [10]), by: share, clock: clock, reading_ns: 20).infer(0)
    }
  }

  @Test("The cost of a reading is the step of the clock")
  func reading() {
    #expect(readingCost_ns(ScriptedClock(steps_ns: [23])) == 23)
  }
}
