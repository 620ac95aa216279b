import AssayCore
import AssayJudge
import Testing

private func parsed(_ text: String) -> Gate? { try? gate(text) }

private func errorText(_ text: String) -> String? {
  do {
    _ = try Gate(parsing: text, metrics: MetricCatalog.all)
    return nil
  } catch {
    return error.description
  }
}

struct GateParsingTests {
  @Test(
    "Limits in every unit",
    arguments: [
      ("latency.p90 <= 5 ms", 5e6), ("latency.p90<=5ms", 5e6), ("latency.p50 ≤ 250 µs", 250e3),
      ("latency.p50 <= 250 \u{3bc}s", 250e3), ("latency.p50 <= 1.5us", 1500), ("latency.p50 <= 7 ns", 7),
      ("latency.p50 <= 1e-3 s", 1e6), ("size.file <= 100 kB", 100_000), ("size.file <= 2 MB", 2e6),
      ("size.file <= 64 KiB", 65_536), ("size.file <= 1 MiB", 1_048_576), ("size.file <= 12 B", 12),
      ("throughput >= 1000 /s", 1000), ("throughput >= 1000", 1000), ("accuracy.top1 >= 97 %", 0.97),
      ("accuracy.top1 >= 0.97", 0.97), ("size.parameters <= 50000", 50_000), ("accuracy.log-loss <= 0.1 nat", 0.1),
      ("drift.sqnr >= 20 dB", 20), ("compute.int8 >= 90 %", 0.9), ("compute.int8 <= 0", 0),
      ("drift.agreement >= 99 %", 0.99),
    ])
  func limits(text: String, limit: Double) throws {
    let gate = try #require(parsed(text))
    #expect(gate.reference == .limit && gate.terms == .absolute && gate.limit == limit)
    #expect(gate.bound == (text.contains(">=") ? .atLeast : .atMost) && gate.variants.isEmpty)
  }

  @Test(
    "Changes against the baseline and against an earlier run",
    arguments: [
      ("accuracy.top1 drop <= 0.5 pp", Gate.Reference.baselineVariant, Gate.Terms.absolute, 0.005),
      ("accuracy.top1 drop <= 1 %", .baselineVariant, .relative, 0.01),
      ("latency.p50 rise <= 10 %", .baselineVariant, .relative, 0.1),
      ("latency.p50 rise <= 20 µs", .baselineVariant, .absolute, 20_000),
      ("size.file rise <= 0 %", .baselineVariant, .relative, 0),
      ("throughput drop <= 3 %", .baselineVariant, .relative, 0.03),
      ("latency.p50 regression <= 5 %", .earlierRun, .relative, 0.05),
      ("accuracy.top1 regression <= 0.5 pp", .earlierRun, .absolute, 0.005),
      ("memory.peak regression <= 1 MB", .earlierRun, .absolute, 1e6),
      ("drift.agreement regression <= 1 pp", .earlierRun, .absolute, 0.01),
    ])
  func changes(text: String, reference: Gate.Reference, terms: Gate.Terms, limit: Double) throws {
    let gate = try #require(parsed(text))
    #expect(gate.reference == reference && gate.terms == terms && gate.limit == limit && gate.bound == .atMost)
  }

  @Test(
    "What is wrong is told with what to write",
    arguments: [
      (
        "latency.p90",
        "the gate 'latency.p90' has no limit (write METRIC <= NUMBER UNIT, like latency.p90 <= 5 ms or accuracy.top1 drop <= 0.5 pp)"
      ),
      (
        "",
        "the gate '' has no limit (write METRIC <= NUMBER UNIT, like latency.p90 <= 5 ms or accuracy.top1 drop <= 0.5 pp)"
      ),
      (
        "<= 5 ms",
        "the gate '<= 5 ms' does not begin with a metric, or with a metric and a change (write METRIC <= NUMBER UNIT, like latency.p90 <= 5 ms or accuracy.top1 drop <= 0.5 pp)"
      ),
      (
        "latency.p90 < 5 ms",
        "the gate 'latency.p90 < 5 ms' has the bound '<' (write <=, or >= for what must not be lower)"
      ),
      ("throughput > 5", "the gate 'throughput > 5' has the bound '>' (write >=)"),
      ("latency.p9 <= 5 ms", "there is no metric 'latency.p9' (did you mean 'latency.p90'?)"),
      ("zzz <= 5 ms", "there is no metric 'zzz' ('assay list metrics' shows them)"),
      (
        "latency.p90 <= five ms",
        "the limit of 'latency.p90 <= five ms' is no number: 'five ms' (write METRIC <= NUMBER UNIT, like latency.p90 <= 5 ms or accuracy.top1 drop <= 0.5 pp)"
      ),
      (
        "latency.p90 <= 1e999 ms",
        "the limit of 'latency.p90 <= 1e999 ms' is no number: '1e999 ms' (write METRIC <= NUMBER UNIT, like latency.p90 <= 5 ms or accuracy.top1 drop <= 0.5 pp)"
      ),
      ("latency.p90 <= 5", "the limit of 'latency.p90 <= 5' has no unit (its units are ns, us, ms, s)"),
      ("latency.p90 <= 5 kB", "'kB' is no unit of a value for latency.p90 (its units are ns, us, ms, s)"),
      ("size.file <= 5 KB", "'KB' is no unit of a value for size.file (did you mean 'kB'?)"),
      ("size.parameters <= 5 k", "'k' is no unit of a value for size.parameters (write the number alone)"),
      ("latency.p90 <= 5 %", "'%' is no unit of a value for latency.p90 (its units are ns, us, ms, s)"),
      (
        "latency.p90 >= 5 ms",
        "latency.p90 is better when it is lower, so '>=' would forbid good values (write latency.p90 <= …)"
      ),
      (
        "accuracy.top1 <= 97 %",
        "accuracy.top1 is better when it is higher, so '<=' would forbid good values (write accuracy.top1 >= …)"
      ),
      ("accuracy.top1 rise <= 1 pp", "a rise of accuracy.top1 is an improvement (write accuracy.top1 drop <= …)"),
      ("latency.p50 drop <= 1 %", "a drop of latency.p50 is an improvement (write latency.p50 rise <= …)"),
      (
        "accuracy.top1 drop <= 0.005",
        "the limit of 'accuracy.top1 drop <= 0.005' has no unit (its units are pp, % (of the reference))"
      ),
      (
        "latency.p50 rise <= 1 pp",
        "'pp' is no unit of rise for latency.p50 (its units are ns, us, ms, s, % (of the reference))"
      ),
      ("latency.p50 dropp <= 1 %", "the gate 'latency.p50 dropp <= 1 %' has the change 'dropp' (did you mean 'drop'?)"),
      (
        "latency.p50 rise <= -1 %",
        "the gate 'latency.p50 rise <= -1 %' bounds a rise from below, or by less than nothing (a change for the worse has an upper bound: write latency.p50 rise <= 1.0 …)"
      ),
      (
        "latency.p50 rise >= 1 %",
        "the gate 'latency.p50 rise >= 1 %' bounds a rise from below, or by less than nothing (a change for the worse has an upper bound: write latency.p50 rise <= 1.0 …)"
      ),
      (
        "compute.int8 drop <= 1 pp",
        "compute.int8 is neither better higher nor lower, so it has no drop for the worse (write a limit: compute.int8 >= …)"
      ),
      (
        "drift.agreement drop <= 1 pp",
        "drift.agreement is a comparison with the baseline already (write a limit: drift.agreement >= …)"
      ),
    ])
  func errors(text: String, message: String) { #expect(errorText(text) == message) }

  @Test("Random texts are read or refused, never more")
  func random() {
    var generator = AssayCore.SeededGenerator(seed: 7)
    let parts = [
      "latency.p50", "accuracy.top1", " ", "<", "<=", ">=", "drop", "rise", "regression", "5", "-", "e", "1e400", "%",
      "pp", "ms", "µs", "é", "\u{0}", "≤", ".", "\n",
    ]
    var read = 0
    for _ in 0..<2000 {
      let text = (0..<generator.index(below: 8)).map { _ in parts[generator.index(below: parts.count)] }.joined()
      if let gate = parsed(text) {
        read += 1
        #expect(gate.limit.isFinite && MetricCatalog.metric(named: gate.metric) != nil, "\(text)")
      }
    }
    #expect(read < 2000)
  }

  @Test("An error knows its place")
  func place() {
    let place = Place(file: "s.yaml", line: 9)
    let error = #expect(throws: GateError.self) {
      try Gate(parsing: "latency.p9 <= 5 ms", metrics: MetricCatalog.all, at: place)
    }
    #expect(error?.place == place && error?.exitStatus == .usage)
  }
}
