import AssayCore
import AssayRuntime
import Testing

@testable import AssayPipeline

/// Takes rows of three numbers; nothing runs.
private final class ThreeNumbers: Session {
  let inputs = [TensorDescription(name: "x", elementType: .float, shape: [.unknown, .fixed(3)])]
  let outputs: [TensorDescription] = []
  func run(_ inputs: [String: Tensor]) throws(EngineError) -> [Tensor] { [] }
  func bind(_ pool: [[String: Tensor]]) throws(EngineError) -> any BoundInference {
    throw EngineError(.inference, "nothing runs here")
  }
}

@Suite("Inputs that blocks walk through")
struct WorkerInputTests {
  /// Number in the first column of the first row of each set: the row's number.
  private func firsts(rows: Int, batch: Int, limit_B: Int, part: Int = 0, of parts: Int = 1) throws -> [Float] {
    let values = (0..<rows * 3).map { Float($0 / 3) }
    let input = try WorkerInput(rows: Tensor(values, shape: [rows, 3]), session: ThreeNumbers(), batch: batch)
    return input.pool(limit_B: limit_B, part: part, of: parts).map { $0["x"]?.elements(Float.self).first ?? -1 }
  }

  @Test("Complete batches from the start, as many as the limit allows")
  func whole() throws {
    #expect(try firsts(rows: 10, batch: 2, limit_B: 1 << 20) == [0, 2, 4, 6, 8])
    #expect(try firsts(rows: 10, batch: 3, limit_B: 1 << 20) == [0, 3, 6])
    #expect(try firsts(rows: 10, batch: 1, limit_B: 40) == [0, 1, 2])
    #expect(try firsts(rows: 10, batch: 1, limit_B: 1) == [0], "at least one")
  }

  @Test(
    "Shares are equally many, and meet only where there are fewer batches than shares", arguments: [1, 3, 7, 10, 23])
  func shares(parts: Int) throws {
    for rows in [1, 5, 10, 100] {
      let pools = try (0..<parts).map {
        try firsts(rows: rows, batch: 1, limit_B: 1 << 20, part: $0, of: parts)
      }
      #expect(Set(pools.map(\.count)) == [max(1, rows / parts)])
      if parts <= rows { #expect(Set(pools.joined()).count == parts * (rows / parts), "no row twice") }
    }
  }
}
