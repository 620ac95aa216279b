import AssayTestSupport
import Testing

@Suite(.enabled(if: Repository.executable != nil, Comment(rawValue: commandIsMissing)))
struct HelpTests {
  @Test(
    "Help says what the command does, and does not change unnoticed",
    arguments: [
      "", "plan", "run", "choose", "compare", "report", "view", "site", "export", "baseline", "history", "optimize",
      "inspect", "list", "doctor",
      "selftest",
    ])
  func help(command: String) throws {
    try withTemporaryFolder { folder in
      let outcome = try assay(command.isEmpty ? ["--help"] : [command, "--help"], in: folder)
      #expect(outcome.exitCode == 0 && outcome.error.isEmpty)
      try expectGolden(outcome.output, "help\(command.isEmpty ? "" : "-\(command)").txt")
    }
  }

  @Test("Lists are complete, and do not change unnoticed", arguments: ["methods", "engines", "metrics", "formats"])
  func lists(subject: String) throws {
    try withTemporaryFolder { folder in
      let outcome = try assay(["list", subject], in: folder)
      #expect(outcome.exitCode == 0 && outcome.error.isEmpty)
      try expectGolden(outcome.output, "list-\(subject).txt")
    }
  }

  @Test("Without a subcommand the help is shown")
  func nothing() throws {
    try withTemporaryFolder { folder in
      let outcome = try assay([], in: folder)
      let help = try assay(["--help"], in: folder)
      #expect(outcome.output + outcome.error == help.output)
    }
  }

  @Test("The worker is not for people, so the help does not name it")
  func hidden() throws {
    try withTemporaryFolder { folder in
      let words = try assay(["--help"], in: folder).output.split { !$0.isLetter }
      #expect(words.contains("doctor") && !words.contains("worker"))
    }
  }

  @Test("The version is one line")
  func version() throws {
    try withTemporaryFolder { folder in
      let outcome = try assay(["--version"], in: folder)
      #expect(outcome.exitCode == 0 && outcome.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
    }
  }

  @Test("The doctor looks at the machine, whatever is missing")
  func doctor() throws {
    try withTemporaryFolder { folder in
      let absent = ["ASSAY_ONNXRUNTIME": "\(folder)/none.so", "ASSAY_LIBTORCH": "\(folder)/none.so"]
      for environment in [[:], absent, ["PATH": folder + ":/usr/bin"]] {
        let outcome = try assay(["doctor"], in: folder, environment)
        #expect(outcome.exitCode == 0, "\(outcome.error)")
        for word in ["machine", "cpus", "engines", "onnxruntime", "libtorch", "reference", "gnuplot"] {
          #expect(outcome.output.contains(word), "\(word)")
        }
      }
      let missing = try assay(["doctor"], in: folder, absent)
      for variable in absent.keys {
        #expect(missing.output.contains("missing: \(variable) names '\(folder)/none.so', which is not there"))
      }
      #expect(missing.error == "some engines are missing; the others work\n")
    }
  }
}
