import Testing

@testable import AssayPipeline

@Suite("Layouts of worker processes")
struct ProcessLayoutTests {
  @Test("Equal seeds give equal layouts, other seeds other ones")
  func drawn() {
    let layouts = (0..<200).map { ProcessLayout(seed: $0) }
    #expect(layouts == (0..<200).map { ProcessLayout(seed: $0) })
    #expect(Set(layouts).count == 200)
    #expect(Set(layouts.map { $0.environment.joined() }).count == 200)
  }

  @Test("Shifts stay within what is harmless, and the heap within its alignment")
  func ranges() {
    for seed in 0..<200 as Range<UInt64> {
      let layout = ProcessLayout(seed: seed)
      #expect((0..<4096).contains(layout.stack_B), "seed \(seed)")
      #expect((0..<4096).contains(layout.mapped_pages), "seed \(seed)")
      #expect((0..<65536).contains(layout.heap_B) && layout.heap_B.isMultiple(of: 16), "seed \(seed)")
    }
  }
}
