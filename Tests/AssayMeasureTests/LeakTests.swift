import AssayCore
import Testing

@testable import AssayMeasure

struct LeakTests {
  @Test("Slopes are SciPy's", arguments: try OracleTable("leak_slope").rows)
  func oracle(row: OracleTable.Row) throws {
    let slope = try #require(LeakSlope(inferences: row.numbers(1), memory_B: row.numbers(2)))
    #expect(agree(slope.slope_B, row.expected), "\(row.name): \(slope.slope_B) instead of \(row.expected)")
    let span = try #require(row.numbers(1).last) - row.numbers(1)[0]
    #expect(agree(slope.growth_B, row.expected * span))
  }

  private func launch(_ memory_B: [Int?], samples: Int = 100, streams: Int? = nil) -> LaunchRecord {
    let blocks = memory_B.enumerated().map { round, reading_B in
      BlockRecord(
        round: round, position: 0, samples: Samples([UInt64](repeating: 5, count: samples)), elapsed_ns: 1,
        involuntarySwitches: 0, anonymous_B: reading_B)
    }
    return LaunchRecord(
      launch: 0, phases: Phases(processStart_ns: 0, load_ns: 0, firstInference_ns: 0), warmUp: Samples(),
      blocks: blocks,
      memory: MemoryFigures(), inferencesPerSample: streams)
  }

  @Test("Growth is counted an inference, also in queries of several and beside blocks without a reading")
  func launches() throws {
    let steady = try #require(LeakSlope(launch((0..<15).map { $0 * 40_000 })))
    #expect(steady.slope_B == 400 && steady.growth_B == 14 * 40_000)
    let queries = try #require(LeakSlope(launch((0..<15).map { $0 * 40_000 }, streams: 8)))
    #expect(queries.slope_B == 50 && queries.growth_B == 14 * 40_000)
    #expect(try #require(LeakSlope(launch([0, nil, 2000, 3000, nil, 5000]))).slope_B == 10)
    #expect(LeakSlope(launch([nil, 5, 6])) == nil && LeakSlope(launch([])) == nil)
    #expect(LeakSlope(launch([1, 2, 3], samples: 0)) == nil, "no inference, no slope")
  }

  @Test("Many blocks are thinned out, not waited for")
  func many() throws {
    let count = 20_000
    let slope = try #require(
      LeakSlope(inferences: (0..<count).map { Double($0) }, memory_B: (0..<count).map { Double($0 * 3) }))
    #expect(slope.slope_B == 3)
  }

  @Test("A leak is suspected when every launch grows by more than the kernel may miscount")
  func suspicion() throws {
    func slope(_ step_B: Int) throws -> LeakSlope { try #require(LeakSlope(launch((0..<15).map { $0 * step_B }))) }
    let (leaking, small, flat) = (try slope(40_000), try slope(4096), try slope(0))
    #expect(LeakSlope.suspectsLeak([leaking, leaking]))
    #expect(!LeakSlope.suspectsLeak([leaking, flat]) && !LeakSlope.suspectsLeak([leaking, small]))
    #expect(!LeakSlope.suspectsLeak([]) && !LeakSlope.suspectsLeak([small]))
  }

  @Test("Memory without files is resident minus shared pages")
  func anonymous() {
    #expect(ProcessMemory.anonymous_B(statm: "900 300 120 5 0 70 0\n", page_B: 4096) == 180 * 4096)
    for text in ["", "1 2", "9 x 1", "9 1 3", "9 -5 -7", "9 9223372036854775807 0", "9 99999999999999999999 1"] {
      #expect(ProcessMemory.anonymous_B(statm: text, page_B: 4096) == nil, "\(text)")
    }
    #expect((ProcessMemory.anonymous_B() ?? 0) > 0 && ProcessMemory.anonymous_B(in: MachineFiles([:])) == nil)
  }
}

struct EnergyTests {
  private let root = "/sys/class/powercap"

  /// Two packages, their parts, the platform, and the first package again through memory-mapped registers.
  private func tree(_ first: String, _ second: String) -> [String: String] {
    [
      "\(root)/intel-rapl:0/name": "package-0\n", "\(root)/intel-rapl:0/energy_uj": "\(first)\n",
      "\(root)/intel-rapl:0/max_energy_range_uj": "1000000\n",
      "\(root)/intel-rapl:0:0/name": "core\n", "\(root)/intel-rapl:0:0/energy_uj": "777\n",
      "\(root)/intel-rapl:1/name": "package-1\n", "\(root)/intel-rapl:1/energy_uj": "\(second)\n",
      "\(root)/intel-rapl:2/name": "psys\n", "\(root)/intel-rapl:2/energy_uj": "888\n",
      "\(root)/intel-rapl-mmio:0/name": "package-0\n", "\(root)/intel-rapl-mmio:0/energy_uj": "999\n",
    ]
  }

  private func energy_uJ(_ before: (String, String), _ after: (String, String)) throws -> UInt64? {
    let counter = try EnergyCounter(files: MachineFiles(tree(before.0, before.1)))
    let later = try EnergyCounter(files: MachineFiles(tree(after.0, after.1)))
    return counter.energy_uJ(from: try #require(counter.now()), to: try #require(later.now()))
  }

  @Test("Packages are added, each once; a counter that begins again goes on")
  func packages() throws {
    let counter = try EnergyCounter(files: MachineFiles(tree("1", "2")))
    #expect(counter.domains.map(\.path) == ["\(root)/intel-rapl:0/energy_uj", "\(root)/intel-rapl:1/energy_uj"])
    #expect(try energy_uJ(("100", "50"), ("350", "55")) == 255)
    #expect(try energy_uJ(("999900", "50"), ("40", "50")) == 140)
    #expect(try energy_uJ(("100", "50"), ("100", "50")) == 0)
    #expect(try energy_uJ(("100", "50"), ("100", "40")) == nil, "the second package tells no range")
    #expect(try energy_uJ(("2000000", "50"), ("100", "50")) == nil, "beyond its own range")
  }

  @Test("AMD's packages are read where a driver of its own shows them")
  func amd() throws {
    let files = ["\(root)/amd-rapl:0/name": "package-0", "\(root)/amd-rapl:0/energy_uj": "12"]
    #expect(try EnergyCounter(files: MachineFiles(files)).now() != nil)
  }

  @Test("What cannot be read has a reason and is never zero")
  func missing() {
    let none = #expect(throws: EnergyCounter.Missing.self) { try EnergyCounter(files: MachineFiles([:])) }
    #expect(none == .noCounter && none?.words == "not available: the machine shows no energy counter (RAPL)")
    var files = tree("1", "2")
    files["\(root)/intel-rapl:1/energy_uj"] = nil
    let path = "\(root)/intel-rapl:1/energy_uj"
    let locked = #expect(throws: EnergyCounter.Missing.self) { try EnergyCounter(files: MachineFiles(files)) }
    #expect(
      locked == .notReadable(path: path) && locked?.words == "not available: \(path) may not be read by this user")
    for text in ["", "-5", "x", "99999999999999999999999"] {
      #expect(throws: EnergyCounter.Missing.self, "\(text)") {
        try EnergyCounter(files: MachineFiles(tree(text, "2")))
      }
    }
  }
}
