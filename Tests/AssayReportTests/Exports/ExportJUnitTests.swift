import AssayCore
import AssayJudge
import Foundation
import FoundationXML
import Testing

@testable import AssayReport

/// What a JUnit reader makes of a file: libxml2 reads it.
private final class JUnitReader: NSObject, XMLParserDelegate {
  struct Case {
    var suite: String
    var className: String
    var name: String
    /// `failure`, `error`, `skipped`; nil for a case that passed.
    var outcome: String?
    var message: String?
    var text = ""
  }
  var cases: [Case] = []
  var suites: [[String: String]] = []
  var root: [String: String] = [:]

  static func read(_ bytes: [UInt8]) -> JUnitReader? {
    let reader = JUnitReader()
    let parser = XMLParser(data: Data(bytes))
    parser.delegate = reader
    return parser.parse() ? reader : nil
  }

  func parser(
    _: XMLParser, didStartElement element: String, namespaceURI _: String?, qualifiedName _: String?,
    attributes: [String: String]
  ) {
    switch element {
    case "testsuites": root = attributes
    case "testsuite": suites.append(attributes)
    case "testcase":
      cases.append(
        Case(
          suite: suites.last?["name"] ?? "", className: attributes["classname"] ?? "", name: attributes["name"] ?? ""))
    case "failure", "error", "skipped":
      cases[cases.count - 1].outcome = element
      cases[cases.count - 1].message = attributes["message"]
    default: break
    }
  }

  func parser(_: XMLParser, foundCharacters text: String) {
    if !cases.isEmpty { cases[cases.count - 1].text += text }
  }
}

@Suite struct ExportJUnitTests {
  private func outcomes(_ reader: JUnitReader, _ name: String) -> [String?] {
    reader.cases.filter { $0.name.hasPrefix(name) }.map(\.outcome)
  }

  @Test(arguments: [false, true]) func isReadAndCounts(isHostile: Bool) throws {
    let input = isHostile ? ExportSamples.hostileInput : ExportSamples.input()
    let reader = try #require(JUnitReader.read(junitXML(input).bytes))
    for (attribute, outcome) in [("failures", "failure"), ("errors", "error"), ("skipped", "skipped")] {
      #expect(reader.root[attribute] == "\(reader.cases.count { $0.outcome == outcome })")
      #expect(
        reader.suites.reduce(0) { $0 + (Int($1[attribute] ?? "") ?? 0) } == reader.cases.count { $0.outcome == outcome }
      )
    }
    #expect(reader.root["tests"] == "\(reader.cases.count)")
    let names = reader.cases.map { "\($0.className) \($0.name)" }
    #expect(Set(names).count == names.count, "GitLab tells cases apart by class and name alone")
    // Two gates that did not pass and are not failures; six verdicts.
    #expect(reader.cases.count { $0.outcome == "failure" } == 2, "the failed gate and the regression")
    #expect(
      reader.cases.count { $0.outcome == "error" } == input.trials.count { $0.failure != nil } + 1,
      "the verdict 'failed' of a measured trial")
  }

  @Test func hostileTextComesBack() throws {
    let reader = try #require(JUnitReader.read(junitXML(ExportSamples.hostileInput).bytes))
    // XML 1.0 cannot hold NUL and ESC; everything else must be there.
    let expected = ExportSamples.hostile.replacing("\u{0}", with: "\u{FFFD}").replacing("\u{1B}", with: "\u{FFFD}")
    #expect(reader.suites.first?["hostname"] == expected)
    let failure = try #require(
      reader.cases.first { $0.outcome == "failure" && $0.message?.contains("::error") == true })
    #expect(failure.message?.contains(expected) == true)
    #expect(failure.text.contains(expected))
  }

  @Test func aRegressionFailsOnlyWhereItFailsTheCommand() throws {
    for scope in [Comparison.Scope.withinRun, .acrossRuns] {
      let input = ExportSamples.input(scope)
      let reader = try #require(JUnitReader.read(junitXML(input).bytes))
      let failed = reader.cases.filter { $0.outcome == "failure" }.map(\.name)
      #expect(failed.contains { $0.hasPrefix("gate ") })
      #expect(failed.contains { $0.hasPrefix("size.file") } == (scope == .acrossRuns))
    }
  }

  @Test func aFailedTrialIsOneErrorNotOneForEachMetric() throws {
    let record = ExportSamples.record()
    var comparison = ExportSamples.comparison(of: record, .acrossRuns)
    let failed = try #require(record.trials.first { $0.trial.variant == "float16" })
    for index in comparison.rows.indices {
      (comparison.rows[index].trial, comparison.rows[index].verdict) = (failed.trial, .failed)
    }
    let reader = try #require(JUnitReader.read(junitXML(ExportInput(record, comparison: comparison)).bytes))
    #expect(reader.cases.count { $0.className.hasSuffix("float16") && $0.outcome == "error" } == 1)
  }

  @Test func withoutVerdictsTrialsAreCases() throws {
    let input = ExportInput(ExportSamples.record())
    let reader = try #require(JUnitReader.read(junitXML(input).bytes))
    #expect(reader.cases.count == input.trials.count)
    #expect(reader.cases.count { $0.outcome == "error" } == 3, "float16, and too-old in both groups")
    #expect(reader.cases.count { $0.outcome == "skipped" } == input.trials.count { $0.skip != nil })
  }
}
