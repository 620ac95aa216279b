import AssayCore
import AssayONNX
import AssayTestSupport
import FoundationEssentials
import Glibc
import Testing

private let tiny = ["--launches", "5", "--rounds", "2", "--block", "1ms"]

/// What `--json` holds, as far as it is looked at here.
private struct Outcome: Decodable {
  struct Tally: Decodable {
    var verdicts: [Verdict]
    var estimates: [Double]
  }

  var record: SelftestRecord
  var itself: Tally
  var slowdowns: [Tally]
}

@Suite(.serialized, .enabled(if: Repository.executable != nil, Comment(rawValue: commandIsMissing)))
struct SelftestTests {
  @Test("Every comparison measures the model, itself and each slowdown, beside noise")
  func selftest() throws {
    try withTemporaryFolder { folder in
      try SmallSuite.write(to: folder)
      let arguments = [
        "--aa", "2", "--inject", "50 %", "--noise", "--json", "s.json", "--seed", "9",
      ]
      let outcome = try assay(
        ["selftest", "--engine", "reference", "--model", "m.onnx"] + arguments + tiny, in: folder)
      #expect(outcome.exitCode == 0, "\(outcome.error)")
      #expect(outcome.error.isEmpty, "no progress where there is no terminal")
      for words in [
        "in 2 comparisons at a floor of 2 %", "found +50 %", "latency.p50", "every other second",
      ] {
        #expect(outcome.output.contains(words), "\(words) in \(outcome.output)")
      }
      let data = try #require(FileManager.default.contents(atPath: "\(folder)/s.json"))
      let told = try JSONDecoder().decode(Outcome.self, from: data)
      #expect(told.record.comparisons.count == 2 && told.record.settings.seed == 9 && told.record.model == "m.onnx")
      for comparison in told.record.comparisons {
        #expect(comparison.subjects.map(\.slowdown) == [nil, 0.5])
        for subject in comparison.subjects { #expect(subject.scores["latency.p50"]?.count == 5) }
        #expect(comparison.pair_s > 0 && comparison.pair_s < comparison.measured_s)
      }
      #expect(told.itself.verdicts.count == 2 && told.slowdowns.count == 1)
      #expect(told.slowdowns.allSatisfy { $0.verdicts.count == 2 && $0.estimates.count == 2 })
    }
  }

  @Test("Without a model one is made, and nothing stays behind")
  func generated() throws {
    try withTemporaryFolder { folder in
      let outcome = try assay(
        ["selftest", "--engine", "reference", "--aa", "1", "--inject", "10%"] + tiny, in: folder, ["TMPDIR": folder])
      #expect(outcome.exitCode == 0, "\(outcome.error)")
      #expect(outcome.output.contains("784-300-100-10"))
      let left = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("assay") }
      #expect(left.isEmpty)
    }
  }

  @Test("Ctrl-C ends it and its processes")
  func interrupted() throws {
    try withTemporaryFolder { folder in
      let command = try Command(["selftest", "--engine", "null", "--aa", "5000"] + tiny, in: folder)
      #expect(wait { command.hasEnded || command.children.count >= 2 })
      let children = command.children
      kill(command.pid, SIGINT)
      let outcome = command.finish()
      #expect(outcome.exitCode == 130, "\(outcome.error)")
      #expect(!children.isEmpty && children.allSatisfy { !isAlive($0) })
    }
  }

  @Test(
    "Wrong use is told before anything is measured",
    arguments: [
      (["--inject", "3"], 64, "--inject"), (["--inject", "-3%"], 64, "--inject"),
      (["--inject", "3%", "--inject", "3 %"], 64, "twice"), (["--aa", "0"], 64, "--aa must lie"),
      (["--launches", "4"], 64, "no test can reach its level"), (["--block", "10"], 64, "--block"),
      (["--threads", "0"], 64, "--threads must lie"), (["--engine", "nope"], 64, "there is no engine 'nope'"),
      (["--model", "none.onnx"], 65, "none.onnx: there is no such file"),
      (["--json", "nowhere/s.json"], 73, "cannot write to the folder 'nowhere'"),
    ] as [([String], Int32, String)])
  func wrongUse(arguments: [String], exitCode: Int32, message: String) throws {
    try withTemporaryFolder { folder in
      let engine = arguments.contains("--engine") ? [] : ["--engine", "null"]
      let outcome = try assay(["selftest"] + engine + arguments, in: folder)
      #expect(outcome.exitCode == exitCode && outcome.error.contains(message), "\(outcome.error)")
    }
  }

  @Test("A model that cannot be fed ends it with the reason")
  func unusable() throws {
    try withTemporaryFolder { folder in
      var graph = GraphBuilder()
      let inputs = ["a", "b"].map { graph.input($0, [1, 4]) }
      graph.node("Add", inputs, output: "y")
      try graph.model(outputs: ["y"]).write(to: "\(folder)/m.onnx")
      let outcome = try assay(["selftest", "--engine", "reference", "--model", "m.onnx"] + tiny, in: folder)
      #expect(outcome.exitCode == 2 && outcome.error.contains("m.onnx: the model could not be measured (load): "))
      #expect(outcome.error.contains("the model has 2 inputs"), "\(outcome.error)")
    }
  }
}
