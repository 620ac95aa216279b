import AssayMeasure
import Testing

struct MemoryTests {
  @Test func figuresAreReadInBytes() {
    let status = "Name:\tassay\nVmPeak:\t  9000 kB\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\nThreads:\t1\n"
    let rollup = "5555-7fff ---p 00000000 00:00 0    [rollup]\nRss:     1752 kB\nPss:      447 kB\nPss_Dirty: 112 kB\n"
    let memory = ProcessMemory(status: status, smapsRollup: rollup)
    #expect(memory.resident_B == 1_048_576 && memory.peak_B == 2_097_152 && memory.proportional_B == 457_728)
    #expect(ProcessMemory(status: status).proportional_B == nil)
  }

  @Test(arguments: [
    "", "VmRSS:", "VmRSS: kB", "VmRSS: 12", "VmRSS: x kB", "VmRSS: -4 kB", "VmRSS: 9223372036854775807 kB",
    "VmRSS: 12 MB", "VmRSS 12 kB", "\u{0}\u{0}", "VmRSS: 99999999999999999999 kB",
  ])
  func malformedFiguresAreNotKnown(text: String) {
    #expect(ProcessMemory(status: text, smapsRollup: text) == ProcessMemory(status: ""))
  }

  @Test func thisProcessHasMemory() throws {
    let memory = ProcessMemory.now()
    let resident_B = try #require(memory.resident_B)
    #expect(resident_B > 0)
    #expect(ProcessMemory.now(in: MachineFiles([:])).resident_B == nil)
  }

  @Test func usageOnlyGrows() {
    let before = ResourceUsage.now()
    var sink = 0
    for index in 0..<10_000 { sink &+= index &* index }
    let used = ResourceUsage.now().since(before)
    #expect(sink != 1 && used.minorFaults >= 0 && used.involuntarySwitches >= 0 && used.peak_B > 0)
  }
}
