import AssayTestSupport
import FoundationEssentials
import Testing

@Suite(.enabled(if: Repository.executable != nil, Comment(rawValue: commandIsMissing)))
struct ReportCommandTests {
  private static let environment = ["ASSAY_HISTORY": "off"]

  private func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }

  @Test("A run is shown as page, in the terminal, beside another, and on a site")
  func everyForm() throws {
    try withTemporaryFolder { folder in
      try SmallSuite.write(to: folder)
      for name in ["a", "b"] {
        let outcome = try assay(["run", "s.yaml", "--quiet", "-o", "runs/\(name)"], in: folder, Self.environment)
        #expect(outcome.exitCode == 0, "\(outcome.error)")
        #expect(outcome.output.contains("page        runs/\(name)/index.html"))
      }
      let page = text("\(folder)/runs/a/index.html")
      #expect(page.contains("<h1>small</h1>") && page.contains("run s.yaml"))

      let view = try assay(["view", "runs/a/run.json"], in: folder)
      #expect(view.exitCode == 0 && view.error.isEmpty)
      for word in ["small", "most", "latency of all samples"] { #expect(view.output.contains(word), "\(word)") }
      #expect(!view.output.contains("\u{1B}"))

      let both = try assay(["report", "runs/a", "runs/b", "-o", "both"], in: folder)
      #expect(both.exitCode == 0, "\(both.error)")
      #expect(both.output == "both/index.html\nboth/report.md\nboth/results.csv\n")
      #expect(text("\(folder)/both/index.html").contains("2 runs side by side"))

      try FileManager.default.createDirectory(atPath: "\(folder)/runs/broken", withIntermediateDirectories: true)
      try SmallSuite.file("{", "\(folder)/runs/broken/run.json")
      let site = try assay(["site", "runs"], in: folder)
      #expect(site.exitCode == 0, "\(site.error)")
      #expect(site.output == "runs/index.html: 2 runs, 1 not readable\n")
      let overview = text("\(folder)/runs/index.html")
      for word in ["a/index.html", "b/index.html", "broken: not a run record", "How the figures went"] {
        #expect(overview.contains(word), "\(word)")
      }
    }
  }

  @Test("What is no run is refused with what to do")
  func refusals() throws {
    try withTemporaryFolder { folder in
      let view = try assay(["view", "nothing"], in: folder)
      #expect(view.exitCode == 64 && view.error.contains("neither a baseline nor the folder of a run"))
      let site = try assay(["site", "nothing"], in: folder)
      #expect(site.exitCode == 65 && site.error.contains("there is no readable folder"))
      try SmallSuite.file("{}", "\(folder)/run.json")
      let one = try assay(["site", "."], in: folder)
      #expect(one.exitCode == 65 && one.error.contains("the folder of one run"))
      #expect(FileManager.default.contents(atPath: "\(folder)/index.html") == nil)
      let several = try assay(["report", ".", "nothing"], in: folder)
      #expect(several.exitCode == 65)
      let none = try assay(["report"], in: folder)
      #expect(none.exitCode == 64)
    }
  }
}
