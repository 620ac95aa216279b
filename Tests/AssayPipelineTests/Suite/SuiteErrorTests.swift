import AssayCore
import AssayTestSupport
import FoundationEssentials
import Testing

@testable import AssayPipeline

/// The suite in `text`, as if it stood in `suites/s.yaml`.
func suite(_ text: String, environment: [String: String] = [:]) throws(PipelineError) -> Suite {
  try Suite(SuiteFile(path: "suites/s.yaml", bytes: Array(text.utf8)), environment: environment)
}

/// The text of the error of `body`, or nil without one.
func message(of body: () throws(PipelineError) -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return error.description
  }
}

@Suite("What a suite file says wrong is told with its line and a remedy")
struct SuiteErrorTests {
  @Test("The suite that is broken below is sound")
  func sound() throws {
    #expect(try suite(soundSuite).variants.map(\.name) == ["half"])
  }

  @Test("Faults of structure, names, baselines and paths", arguments: BrokenSuite.structure)
  func structure(_ broken: BrokenSuite) {
    #expect(message { () throws(PipelineError) in _ = try suite(broken.text) } == broken.message)
  }

  @Test("Faults of data", arguments: BrokenSuite.data)
  func data(_ broken: BrokenSuite) {
    #expect(message { () throws(PipelineError) in _ = try suite(broken.text) } == broken.message)
  }

  @Test("Faults of variants, engines and measure", arguments: BrokenSuite.variants)
  func variants(_ broken: BrokenSuite) {
    #expect(message { () throws(PipelineError) in _ = try suite(broken.text) } == broken.message)
  }

  @Test(
    "A file that is no suite",
    arguments: [
      ("missing.yaml", "the suite cannot be read: No such file or directory (give the path of a suite file)"),
      (".", "this is a folder, not a suite file (give the path of a suite file)"),
      ("latin.yaml", "the suite is not UTF-8 text (save it as UTF-8)"),
      ("zeros.bin", "the file has 2000000 bytes, a suite at most 1048576 (give the path of a suite file)"),
      ("empty.yaml", "the suite is empty (a suite has at least the keys suite, baseline, data and engines)"),
    ])
  func file(_ name: String, _ expected: String) throws {
    try withTemporaryFolder { folder in
      try Data([0x61, 0x0a, 0xe4, 0x3a]).write(to: URL(fileURLWithPath: "\(folder)/latin.yaml"))
      try Data(count: 2_000_000).write(to: URL(fileURLWithPath: "\(folder)/zeros.bin"))
      try Data().write(to: URL(fileURLWithPath: "\(folder)/empty.yaml"))
      let path = "\(folder)/\(name)"
      let place = name == "latin.yaml" ? "\(path):2" : path
      let text = message { () throws(PipelineError) in _ = try Suite.read(path: path, environment: [:]) }
      #expect(text == "\(place): \(expected)")
    }
  }

  @Test("Every fault of a file is bad input")
  func exitStatus() {
    #expect(throws: PipelineError.self) { try suite("") }
    for code in [PipelineErrorCode.suiteUnreadable, .suiteInvalid, .variableMissing] {
      #expect(code.exitStatus == .badInput)
    }
  }

  /// Cuts, doubled pieces and changed bytes: what a person or a disk may do to a file.
  @Test("No change of a suite file makes the reader trap", arguments: 0..<40)
  func mutations(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let pieces = [
      "\t", "- ", ": ", "{", "}", "[", "]", "&a ", "*a", "? ", "!!int ", "'", "\"", "|\n", "#", "\u{0}", "é",
    ]
    .map { Array($0.utf8) }
    for round in 0..<50 {
      var bytes = Array(generousSuite.utf8)
      for _ in 0..<generator.integer(in: 1...6) {
        guard !bytes.isEmpty else { break }
        let at = generator.integer(in: 0...(bytes.count - 1))
        switch generator.integer(in: 0...4) {
        case 0: bytes[at] = UInt8(truncatingIfNeeded: generator.next())
        case 1: bytes.removeSubrange(at..<min(bytes.count, at + generator.integer(in: 1...40)))
        case 2: bytes.insert(contentsOf: pieces[generator.integer(in: 0...(pieces.count - 1))], at: at)
        case 3: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 60)], at: at)
        default: bytes.removeSubrange(at...)
        }
      }
      do {
        _ = try Suite(SuiteFile(path: "s.yaml", bytes: bytes), environment: [:])
      } catch {
        #expect(error.exitStatus == .badInput, "seed \(seed), round \(round)")
        #expect(error.place?.file == "s.yaml", "seed \(seed), round \(round): \(error)")
      }
    }
  }

  @Test("Deep nesting is an error, not a stack overflow", arguments: ["[", "{a: ", "- ", "? "])
  func nesting(_ opening: String) {
    #expect(throws: PipelineError.self) { try suite(String(repeating: opening, count: 20_000)) }
  }
}
