import AssayCore
import Testing

@testable import AssayPipeline

/// Some metrics, as the executable hands them in.
private let metrics = [
  Metric("latency.p90", unit: "ns", .lowerIsBetter, .timed), Metric("size.file", unit: "B", .lowerIsBetter, .exact),
  Metric("accuracy.top1", unit: "fraction", .higherIsBetter, .quality),
]

private func gated(_ gates: String) -> String { soundSuite + "\ngates: \(gates)\n" }

private func plan(_ gates: String) throws(PipelineError) -> Plan {
  try Plan(try suite(gated(gates)), Plan.Selection(), engines: ["e"], metrics: metrics)
}

struct SuiteGateTests {
  @Test("Gates are texts for all variants, or name theirs")
  func reading() throws {
    let plan = try plan(
      "[ latency.p90 <= 5 ms, { gate: accuracy.top1 drop <= 0.5 pp, variants: [half, baseline] }, { gate: size.file <= 1 kB, variants: half } ]"
    )
    #expect(plan.gates.map(\.text) == ["latency.p90 <= 5 ms", "accuracy.top1 drop <= 0.5 pp", "size.file <= 1 kB"])
    #expect(plan.gates.map(\.variants) == [[], ["half", "baseline"], ["half"]])
    #expect(plan.gates[0].limit == 5e6 && plan.gates[1].reference == .baselineVariant)
    #expect(plan.gates[0].place == Place(file: "suites/s.yaml", line: 8))
    let lines = try self.lines("\n  - latency.p90 <= 5 ms\n  - gate: size.file <= 1 kB\n    variants: [half]")
    #expect(lines == [9, 10])
    #expect(try suite(soundSuite).gates.isEmpty)
  }

  private func lines(_ gates: String) throws -> [Int?] { try plan(gates).gates.map(\.place?.line) }

  @Test(
    "What is wrong with a gate is told with its line",
    arguments: [
      (
        "latency.p90 <= 5 ms",
        "suites/s.yaml:8: 'gates' is 'latency.p90 <= 5 ms', but takes a list of gates, like [ latency.p90 <= 5 ms, accuracy.top1 drop <= 0.5 pp ]"
      ),
      (
        "[]",
        "suites/s.yaml:8: 'gates' is an empty list, but takes a list of gates, like [ latency.p90 <= 5 ms, accuracy.top1 drop <= 0.5 pp ]"
      ),
      (
        "[ [] ]",
        "suites/s.yaml:8: 'gates' is a list, but takes a gate, like latency.p90 <= 5 ms, or { gate: TEXT, variants: [names] }"
      ),
      (
        "[ { variants: [half] } ]", "suites/s.yaml:8: 'gates' has no key 'gate' (add gate: latency.p90 <= 5 ms)"
      ),
      (
        "[ { gate: size.file <= 1 kB, variant: half } ]",
        "suites/s.yaml:8: 'gates' has no key 'variant' (did you mean 'variants'?)"
      ),
      (
        "[ { gate: size.file <= 1 kB, variants: [haf] } ]",
        "suites/s.yaml:8: there is no variant 'haf' (did you mean 'half'?)"
      ),
      (
        "[ { gate: size.file <= 1 kB, variants: [] } ]",
        "suites/s.yaml:8: 'gates.variants' is an empty list, but takes the name of a variant or a list of them"
      ),
      (
        "[ size.file <= 1 kB, size.file <= 1 kB ]",
        "suites/s.yaml:8: 'gates' has 'size.file <= 1 kB' twice (remove one of the two)"
      ),
      ("[ latency.p9 <= 5 ms ]", "suites/s.yaml:8: there is no metric 'latency.p9' (did you mean 'latency.p90'?)"),
      (
        "[ size.file <= 5 ms ]",
        "suites/s.yaml:8: 'ms' is no unit of a value for size.file (its units are B, kB, MB, GB, KiB, MiB, GiB)"
      ),
      (
        "[ size.file drop <= 5 % ]",
        "suites/s.yaml:8: a drop of size.file is an improvement (write size.file rise <= …)"
      ),
    ])
  func errors(gates: String, message: String) {
    let error = #expect(throws: PipelineError.self) { try plan(gates) }
    #expect(error?.description == message && error?.exitStatus == .badInput)
  }

  @Test("Gates change nothing that is measured: the hash of the plan stays")
  func hash() throws {
    func hash(_ text: String) throws -> String {
      try Plan(try suite(text), Plan.Selection(), engines: ["e"], metrics: metrics).hash
    }
    let without = try hash(soundSuite)
    #expect(try hash(gated("[ latency.p90 <= 5 ms ]")) == without)
    #expect(try hash(gated("[ latency.p90 <= 6 ms, size.file <= 1 kB ]")) == without)
    #expect(try hash("# said in passing\n" + soundSuite) == without)
    #expect(try hash(soundSuite.replacing("sparsity: 0.5", with: "sparsity: 0.6")) != without)
    #expect(try hash(soundSuite.replacing("suite: sound", with: "suite: other")) != without)
    #expect(try hash(soundSuite.replacing("half:", with: "gates:")) != without)
  }

  @Test("Different content has different hashes")
  func content() throws {
    let texts = [
      "a: 1", "a: '1'", "a: [1]", "a: [[1]]", "a: [1, 2]", "a: [12]", "a: { b: 1 }", "a: { b: 1, c: 2 }",
      "a: { bc: 12 }",
      "b: 1", "a: 1\nb: 1", "a: ''", "a: []", "a: {}",
    ]
    let hashes = try texts.map { text in
      SuiteContent.sha256(try SuiteFile(path: "s", bytes: Array(text.utf8)).root(), without: ["gates"])
    }
    #expect(Set(hashes).count == texts.count)
    let same = try ["a: 1\ngates: 3", "gates: []\n# no\na:   1", "{a: 1}"].map { text in
      SuiteContent.sha256(try SuiteFile(path: "s", bytes: Array(text.utf8)).root(), without: ["gates"])
    }
    #expect(same.allSatisfy { $0 == hashes[0] })
  }
}
