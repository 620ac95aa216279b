import AssayCore
import AssayMeasure
import AssayMethods
import AssayONNX
import AssayRuntime
import AssayTestSupport
import Glibc
import Testing

@testable import AssayPipeline

/// An inference that takes as long as it is told, on a clock that stands still otherwise.
private final class TimedInference: BoundInference {
  let clock: ScriptedClock
  let latency_ns: (UInt64) -> UInt64
  var fails = false

  init(_ clock: ScriptedClock, _ latency_ns: @escaping (UInt64) -> UInt64) {
    (self.clock, self.latency_ns) = (clock, latency_ns)
  }

  var poolCount: Int { 3 }

  func infer(_ slot: Int) throws(EngineError) {
    if fails { throw EngineError(.inference, "it broke") }
    clock.advance(by: latency_ns(clock.now_ns()))
  }

  func outputs() throws(EngineError) -> [Tensor] { [] }
}

private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

@Test func membersAreComparedRoundByRoundWhateverTheMachineDoes() throws {
  let clock = ScriptedClock(steps_ns: [])
  // From 100 ms on everything takes three times as long.
  func slowed(_ latency_ns: UInt64) -> (UInt64) -> UInt64 { { now in now < 100_000_000 ? latency_ns : 3 * latency_ns } }
  let members = [slowed(100_000), slowed(50_000), slowed(200_000)].map { TimedInference(clock, $0) }
  let ratios = try InterleavedTimer(clock: clock, seed: 1).roundLogRatios(members)
  #expect(ratios.count == 3 && ratios.allSatisfy { $0.count == 41 })
  #expect(ratios[0].allSatisfy { $0 == 0 })
  #expect(abs(median(ratios[1]) - log(0.5)) < 1e-12 && abs(median(ratios[2]) - log(2)) < 1e-12)
}

@Test func slowModelsAreTimedInFewRounds() throws {
  let clock = ScriptedClock(steps_ns: [])
  let members = (0..<4).map { _ in TimedInference(clock) { _ in 200_000_000 } }
  let ratios = try InterleavedTimer(clock: clock, seed: 1).roundLogRatios(members)
  #expect(ratios.allSatisfy { $0.count == 9 })
  members[2].fails = true
  #expect(throws: EngineError.self) { try InterleavedTimer(clock: clock, seed: 1).roundLogRatios(members) }
  #expect(try InterleavedTimer(clock: clock, seed: 1).roundLogRatios([]).isEmpty)
}

private func matrix(_ rows: Int, _ columns: Int) -> Tensor {
  var generator = SeededGenerator(seed: 1)
  return generator.tensor([rows, columns])
}

/// Products with square matrices, one after another.
private func product(width: Int, repeated count: Int) -> Model {
  var graph = GraphBuilder()
  var value = graph.input("x", dimensions: [.symbolic("N"), .fixed(width)])
  for _ in 0..<count {
    value = graph.node("MatMul", [value, graph.constant(matrix(width, width))])
  }
  let output = graph.node("Relu", [value], output: "y")
  return graph.model(outputs: [output], shape: [.symbolic("N"), .fixed(width)])
}

@Test func anEngineTellsAlikeFromDifferent() throws {
  let rows = matrix(4, 64)
  let source = EngineLatencySource(rows: rows, engine: ReferenceEngine(), threads: 1, batch: 2, seed: 1)
  #expect(source.conditions.hasPrefix("reference ") && source.conditions.hasSuffix(", 1 thread, batch 2"))
  let one = product(width: 64, repeated: 1)
  let found = try source.latencies(of: [one, product(width: 64, repeated: 8)], against: one)
  #expect(found.count == 2 && found[0].ratio > 0.5 && found[0].ratio < 2)
  #expect(found[1].ratio > 3 && found[1].low > 1 && found[1].low <= found[1].high)
  #expect(try source.latencies(of: [], against: one).isEmpty)
  // Rows that do not fit the model.
  let error = #expect(throws: MethodError.self) {
    try source.latencies(of: [product(width: 8, repeated: 1)], against: one)
  }
  #expect(error?.code == .underlying && "\(error?.cause.map { "\($0)" } ?? "")".contains("64"))
}
