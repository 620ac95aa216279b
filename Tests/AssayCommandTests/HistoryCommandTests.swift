import AssayTestSupport
import FoundationEssentials
import Testing

@Suite(.enabled(if: Repository.executable != nil, Comment(rawValue: commandIsMissing)))
struct HistoryCommandTests {
  @Test("A run is kept as a baseline, added to a history, shown, drawn and deleted again")
  func wholeWay() throws {
    try withTemporaryFolder { folder in
      try SmallSuite.write(to: folder)
      let off = ["ASSAY_HISTORY": "off"]
      #expect(try assay(["run", "s.yaml", "-o", "r", "--quiet"], in: folder, off).exitCode == 0)
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/.assay/history.sqlite"))

      let save = ["baseline", "save", "main", "r"]
      #expect(try assay(save, in: folder).output == ".assay/baselines/main.json\n")
      let again = try assay(save, in: folder)
      #expect(again.exitCode == 73 && again.error.contains("there is a baseline 'main' already"))
      #expect(try assay(save + ["--force"], in: folder).exitCode == 0)
      #expect(try assay(["baseline", "save", "copy", "main", "--store", "b"], in: folder).exitCode != 0)
      let list = try assay(["baseline", "list"], in: folder)
      #expect(list.output.contains("main") && list.output.contains("small") && list.output.contains("half"))
      let show = try assay(["baseline", "show", "main"], in: folder)
      #expect(show.exitCode == 0 && show.output.contains("latency p50"))
      let unknown = try assay(["baseline", "show", "mian"], in: folder)
      #expect(unknown.exitCode == 64 && unknown.error.contains("did you mean 'main'?"))

      let none = try assay(["history"], in: folder)
      #expect(none.exitCode == 65 && none.error.contains("there is no history yet"))
      #expect(try assay(["history", "add", "r"], in: folder).output == "r: added\n")
      #expect(
        try assay(["history", "add", "r/run.json"], in: folder).output == "r/run.json: was there already\n")
      let shown = try assay(["history", "--chart", "p/h.svg"], in: folder)
      #expect(shown.exitCode == 0 && shown.output.contains("latency.p50"), "\(shown.error)")
      for name in ["h.svg", "h.gp"] { #expect(FileManager.default.fileExists(atPath: "\(folder)/p/\(name)")) }
      let csv = try assay(["history", "show", "--csv", "--variant", "half", "--metric", "size.file"], in: folder)
      #expect(csv.output.split(separator: "\n").count == 2)
      #expect(try assay(["history", "--chart", "x.pdf"], in: folder).exitCode == 64)
      #expect(try assay(["history", "--last", "0"], in: folder).exitCode == 64)

      #expect(try assay(["baseline", "delete", "main"], in: folder).exitCode == 0)
      #expect(try assay(["baseline", "list"], in: folder).output.isEmpty)
    }
  }

  @Test("Processes that write to one history at the same time lose nothing")
  func together() throws {
    try withTemporaryFolder { folder in
      try SmallSuite.write(to: folder)
      let names = ["r1", "r2", "r3", "r4"]
      for name in names {
        let arguments = ["run", "s.yaml", "-o", name, "--quick", "--quiet"]
        let outcome = try assay(arguments, in: folder, ["ASSAY_HISTORY": "off"])
        #expect(outcome.exitCode == 0)
      }
      let writers = try names.map { try Command(["history", "add", $0], in: folder) }
      for (name, writer) in zip(names, writers) {
        let outcome = writer.finish()
        #expect(outcome.exitCode == 0 && outcome.output == "\(name): added\n", "\(outcome.error)")
      }
      let csv = try assay(["history", "show", "--csv", "--variant", "half", "--metric", "size.file"], in: folder)
      #expect(csv.output.split(separator: "\n").count == 5)
    }
  }

  @Test("Bad input is told", arguments: [["baseline", "save", "../x", "r"], ["history", "add", "none"]])
  func bad(arguments: [String]) throws {
    try withTemporaryFolder { folder in
      let outcome = try assay(arguments, in: folder)
      #expect([64, 65].contains(outcome.exitCode) && outcome.error.hasPrefix("assay: error: "))
    }
  }
}
