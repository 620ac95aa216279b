import AssayCore
import AssayJudge
import AssayMeasure
import Testing

@testable import AssayReport

@Suite struct ExportGitHubTests {
  // MARK: Annotations

  /// A workflow command as GitHub's runner reads it (actions/runner, ActionCommand.cs: `::name key=value,key=value::data`).
  private struct Command {
    var name: String
    var properties: [String: String] = [:]
    var message: String

    init?(_ line: Substring) {
      guard line.hasPrefix("::"), let end = line.dropFirst(2).firstRange(of: "::") else { return nil }
      let head = line.dropFirst(2)[..<end.lowerBound]
      let blank = head.firstIndex(of: " ") ?? head.endIndex
      name = String(head[..<blank])
      for pair in head[blank...].dropFirst().split(separator: ",") {
        let parts = pair.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        properties[String(parts[0])] = Self.unescaped(String(parts[1]), isProperty: true)
      }
      message = Self.unescaped(String(line[end.upperBound...]), isProperty: false)
    }

    static func unescaped(_ text: String, isProperty: Bool) -> String {
      var text = text.replacing("%0D", with: "\r").replacing("%0A", with: "\n")
      if isProperty { text = text.replacing("%3A", with: ":").replacing("%2C", with: ",") }
      return text.replacing("%25", with: "%")
    }
  }

  private func commands(_ input: ExportInput) -> [Command?] {
    gitHubAnnotations(input).text.split(separator: "\n").map { Command($0) }
  }

  @Test func annotationsComeBackAsTheyWereMeant() throws {
    for input in [ExportSamples.input(), ExportSamples.hostileInput, ExportSamples.input(.withinRun)] {
      let commands = commands(input)
      let findings = input.findings
      #expect(commands.count == findings.count)
      for (command, finding) in zip(commands, findings) {
        let command = try #require(command)
        func visible(_ text: String) -> String {
          String(
            String.UnicodeScalarView(
              text.unicodeScalars.map { scalar in
                (scalar.value < 0x20 && scalar != "\n" && scalar != "\r") || (0x7F..<0xA0).contains(scalar.value)
                  ? "\u{FFFD}" : scalar
              }))
        }
        #expect(command.name == finding.severity.rawValue)
        #expect(command.message == visible(finding.message))
        #expect(command.properties["title"] == visible(finding.title))
        #expect(command.properties["file"] == finding.place?.file)
      }
    }
    #expect(commands(ExportSamples.input()).first??.properties["line"] == "12")
  }

  @Test func atMostTenOfAKind() throws {
    let record = ExportSamples.record()
    var comparison = ExportSamples.comparison(of: record, .acrossRuns)
    let (regressed, unconfirmed) = (
      try #require(comparison.rows.first { $0.verdict == .regressed }),
      try #require(comparison.rows.first { $0.verdict == .unconfirmed })
    )
    comparison.rows = (0..<40).map { _ in regressed } + (0..<11).map { _ in unconfirmed }
    let all = commands(ExportInput(record, comparison: comparison)).compactMap(\.self)
    #expect(all.count { $0.name == "error" } == 10)
    #expect(all.count { $0.name == "warning" } == 10)
    #expect(all.contains { $0.message.hasPrefix("35 more") }, "1 gate, 3 trials and 40 rows, of which 9 are shown")
    // Exactly ten are shown as they are.
    comparison.rows = (0..<6).map { _ in regressed }
    let ten = commands(ExportInput(record, comparison: comparison)).compactMap(\.self).filter { $0.name == "error" }
    #expect(ten.count == 10 && !ten.contains { $0.message.contains("more: see") })
  }

  @Test func nothingIsAnnotatedWhereAllIsWell() {
    var record = ExportSamples.record()
    record.trials = record.trials.filter { $0.result.data != nil }
    record.variants = record.variants.filter { $0.build.built != nil }
    var comparison = ExportSamples.comparison(of: record, .acrossRuns)
    comparison.rows = comparison.rows.filter { $0.verdict == .same || $0.verdict == .improved }
    comparison.gates = comparison.gates.filter { $0.result == .passed }
    comparison.warnings = []
    let input = ExportInput(record, comparison: comparison)
    #expect(gitHubAnnotations(input).bytes.isEmpty)
    #expect(gitHubSummary(input).text.hasPrefix("## ✅ digits: 1 gate passed and nothing regressed\n"))
    comparison.warnings = ["a contaminated run"]
    #expect(gitHubSummary(ExportInput(record, comparison: comparison)).text.hasPrefix("## ⚠️ digits: "))
  }

  // MARK: Summary

  @Test func theVerdictIsFirstAndTheWorstFollows() throws {
    let text = gitHubSummary(ExportSamples.input()).text
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0] == "## ❌ digits: 1 gate failed, 1 metric regressed and 3 trials failed")
    #expect(lines[1] == "<!-- assay -->")
    let regressed = try #require(text.firstRange(of: "**regressed**"))
    let folded = try #require(text.firstRange(of: "<details>"))
    #expect(regressed.lowerBound < folded.lowerBound)
    // A table needs a blank line before it.
    for (index, line) in lines.enumerated() where line.hasPrefix("|:---") { #expect(lines[index - 2].isEmpty) }
  }

  @Test func everyRowOfATableHasItsColumns() {
    for input in [ExportSamples.input(), ExportSamples.hostileInput, ExportSamples.input(.withinRun)] {
      var columns: Int?
      for line in gitHubSummary(input).text.split(separator: "\n", omittingEmptySubsequences: false) {
        guard line.hasPrefix("|") else {
          columns = nil
          continue
        }
        let count = line.replacing("\\|", with: "").count { $0 == "|" }
        #expect(columns == nil || columns == count, "\(line)")
        columns = count
      }
    }
  }

  @Test func hostileNamesAreNoMarkup() {
    let text = gitHubSummary(ExportSamples.hostileInput).text
    let lines = text.split(separator: "\n")
    #expect(!lines.contains { $0.hasPrefix("::") })
    #expect(!text.contains("<&>") && !text.contains(" @me") && !text.unicodeScalars.contains("\u{1B}"))
  }

  /// 5,000 trials compared in one metric each, with long names.
  private static let large: ExportInput = {
    let record = ExportSamples.record()
    var comparison = ExportSamples.comparison(of: record, .acrossRuns)
    let rows = comparison.rows
    comparison.rows = (0..<5_000).map { index in
      var row = rows[index % rows.count]
      row.trial.variant = "int8-static-entropy-per-channel-\(index)"
      return row
    }
    return ExportInput(record, comparison: comparison)
  }()

  @Test func fiveThousandRowsStayBelowTheLimit() {
    let file = gitHubSummary(Self.large)
    #expect(file.bytes.count < largestStepSummary_B)
    #expect(file.bytes.count > 500_000, "what fits is there")
    #expect(file.text.hasPrefix("## ❌ "))
    #expect(file.text.contains("more rows did not fit here"))
  }

  @Test(arguments: [0, 10, 700, 1_000, 3_000, 20_000, 200_000])
  func anyLimitIsKeptAndWhatIsOpenedIsClosed(limit_B: Int) {
    for input in [Self.large, ExportSamples.hostileInput] {
      let file = gitHubSummary(input, limit_B: limit_B)
      #expect(file.bytes.count <= limit_B)
      let text = file.text
      #expect(text.ranges(of: "<details>").count == text.ranges(of: "</details>").count)
    }
  }

  @Test func theStepSummaryIsAppendedToAndNeverOverfilled() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/summary.md"
    let input = ExportSamples.input()
    let first = try StepSummaryFile.append(input, to: path)
    let second = try StepSummaryFile.append(input, to: path)
    let text = try #require(contents(path))
    #expect(first == second && text.utf8.count == first + second)
    #expect(text.ranges(of: "<!-- assay -->").count == 2)
    var size = 0
    for _ in 0..<4 { size += try StepSummaryFile.append(Self.large, to: path) }
    let all = try #require(contents(path))
    #expect(all.utf8.count == first + second + size && all.utf8.count <= largestStepSummary_B)
    #expect(throws: ReportError.self) { try StepSummaryFile.append(input, to: folder.path + "/none/summary.md") }
  }
}
