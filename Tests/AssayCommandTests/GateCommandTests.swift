import AssayTestSupport
import FoundationEssentials
import Testing

@Suite(.enabled(if: Repository.executable != nil, Comment(rawValue: commandIsMissing)))
struct GateCommandTests {
  private func firstLine(_ text: String) -> String { String(text.prefix { $0 != "\n" }) }

  /// A run of the small suite with these gates, in the folder `name`.
  private func run(_ name: String, gates: String, in folder: String, _ more: [String] = []) throws -> Command.Outcome {
    try SmallSuite.write(
      to: folder,
      replacing: [("engines: [ reference ]", "engines: [ reference ]\n" + (gates.isEmpty ? "" : "gates: \(gates)"))])
    return try assay(["run", "s.yaml", "-o", name, "--quiet"] + more, in: folder)
  }

  /// The record of a run with a text in it replaced, as another run.
  private func edit(_ name: String, _ copy: String, in folder: String, _ old: String, _ new: String) throws {
    let data = try #require(FileManager.default.contents(atPath: "\(folder)/\(name)/run.json"))
    let text = String(decoding: data, as: UTF8.self)
    #expect(text.contains(old))
    try FileManager.default.createDirectory(atPath: "\(folder)/\(copy)", withIntermediateDirectories: true)
    try SmallSuite.file(text.replacing(old, with: new), "\(folder)/\(copy)/run.json")
  }

  @Test("A run fails with its gates, and says so first")
  func gates() throws {
    try withTemporaryFolder { folder in
      let passed = try run("a", gates: "[ size.file <= 1 MB ]", in: folder)
      #expect(passed.exitCode == 0 && firstLine(passed.output) == "passed: 1 gate, 3 trials", "\(passed.error)")
      let failed = try run(
        "b", gates: "[ size.file <= 1 B, { gate: size.file <= 1 MB, variants: [half] } ]", in: folder)
      #expect(failed.exitCode == 1 && firstLine(failed.output) == "FAILED: 1 of 2 gates", "\(failed.error)")
      let report = try assay(["report", "b"], in: folder)
      #expect(report.exitCode == 0 && firstLine(report.output) == "FAILED: 1 of 2 gates")
      let added = try run("c", gates: "", in: folder, ["--gate", "size.file <= 1 B"])
      #expect(added.exitCode == 1 && firstLine(added.output) == "FAILED: 1 of 1 gate")
      // Another gate is no other plan.
      #expect(try run("d", gates: "[ size.file <= 1 MB ]", in: folder).exitCode == 0)
      let resumed = try run("d", gates: "[ size.file <= 1 B ]", in: folder, ["--resume"])
      #expect(resumed.exitCode == 1, "\(resumed.error)")
    }
  }

  @Test("A gate that cannot be read stops before anything is measured")
  func unreadable() throws {
    try withTemporaryFolder { folder in
      let inSuite = try run("a", gates: "[ size.fiel <= 1 B ]", in: folder)
      #expect(inSuite.exitCode == 65 && inSuite.error.contains("there is no metric 'size.fiel'"))
      let added = try run("b", gates: "", in: folder, ["--gate", "size.file < 1 B"])
      #expect(added.exitCode == 64 && added.error.contains("write <=") && added.output.isEmpty)
      let against = try run("c", gates: "", in: folder, ["--against", "nowhere"])
      #expect(against.exitCode == 64 && against.error.contains("nowhere"))
    }
  }

  @Test("Runs are compared, refused, and told apart by the exit code")
  func compare() throws {
    try withTemporaryFolder { folder in
      #expect(try run("a", gates: "", in: folder).exitCode == 0)
      let itself = try assay(["compare", "a", "a/run.json", "--all"], in: folder)
      #expect(itself.exitCode == 0 && firstLine(itself.output).hasPrefix("passed: no gates"), "\(itself.error)")
      #expect(itself.output.contains("size.file"))

      try edit("a", "larger", in: folder, "\"file_B\" : ", "\"file_B\" : 9")
      let larger = try assay(["compare", "a", "larger"], in: folder)
      #expect(larger.exitCode == 1 && firstLine(larger.output) == "FAILED: 3 regressions", "\(larger.output)")
      let smaller = try assay(["compare", "larger", "a"], in: folder)
      #expect(smaller.exitCode == 0 && smaller.output.contains("improved"))
      let tolerated = try assay(
        ["compare", "a", "larger", "--gate", "size.file regression <= 1 GB", "size.file <= 2 B"], in: folder)
      #expect(tolerated.exitCode == 1 && firstLine(tolerated.output) == "FAILED: 1 of 2 gates", "\(tolerated.output)")

      try edit("a", "elsewhere", in: folder, "\"cpuModel\" : \"", "\"cpuModel\" : \"Another ")
      let refused = try assay(["compare", "a", "elsewhere"], in: folder)
      #expect(refused.exitCode == 7 && refused.error.contains("different machines") && refused.output.isEmpty)
      let allowed = try assay(["compare", "a", "elsewhere", "--allow-other-machine"], in: folder)
      #expect(allowed.exitCode == 0 && allowed.output.contains("incomparable"), "\(allowed.output)")
      let ended = try run("z", gates: "", in: folder, ["--against", "elsewhere"])
      #expect(ended.exitCode == 7 && ended.output.contains("run record  z/run.json"))

      try edit("a", "other", in: folder, "\"baseline\" : \"m\"", "\"baseline\" : \"n\"")
      let other = try assay(["compare", "a", "other"], in: folder)
      #expect(other.exitCode == 65 && other.error.contains("no trial in common"), "\(other.error)")
      #expect(try assay(["compare", "a", "missing"], in: folder).exitCode == 64)
      #expect(try assay(["compare", "a", "a", "--gate", "nonsense"], in: folder).exitCode == 64)
    }
  }
}
