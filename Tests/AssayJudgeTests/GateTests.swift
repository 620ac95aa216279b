import AssayCore
import AssayJudge
import AssayMeasure
import Testing

private typealias Variant = MadeRun.Variant

/// A gate of every kind, a run that meets it and one that does not.
struct GateCase: Sendable, CustomTestStringConvertible {
  var text: String
  var passes: MadeRun.Variant
  var fails: MadeRun.Variant
  /// The baseline; its figures are the variant's defaults otherwise.
  var baseline = MadeRun.Variant("baseline")

  var testDescription: String { text }

  init(_ text: String, passes: MadeRun.Variant, fails: MadeRun.Variant, baseline: MadeRun.Variant? = nil) {
    (self.text, self.passes, self.fails) = (text, passes, fails)
    if let baseline { self.baseline = baseline }
  }

  static let all: [GateCase] = [
    // Limits: timed, exact, memory, quality.
    GateCase("latency.p50 <= 26 µs", passes: Variant("v"), fails: Variant("v", time: 1.5)),
    GateCase("latency.p90 <= 32 µs", passes: Variant("v"), fails: Variant("v", time: 1.5)),
    GateCase("throughput >= 30000 /s", passes: Variant("v"), fails: Variant("v", time: 1.6)),
    GateCase("start.load <= 15 ms", passes: Variant("v"), fails: Variant("v", time: 1.5)),
    GateCase("size.file <= 4 kB", passes: Variant("v"), fails: Variant("v", file_B: 4001)),
    GateCase("memory.peak <= 51 MB", passes: Variant("v"), fails: Variant("v", memory_B: 52_000_000)),
    GateCase(
      "accuracy.top1 >= 97 %", passes: Variant("v", wrong: Set(0..<12)), fails: Variant("v", wrong: Set(0..<13))),
    GateCase(
      "accuracy.f1 >= 0.9", passes: Variant("v", metrics: ["accuracy.f1": 0.9]),
      fails: Variant("v", metrics: ["accuracy.f1": 0.899])),
    GateCase(
      "drift.agreement >= 99 %", passes: Variant("v", metrics: ["drift.agreement": 0.99]),
      fails: Variant("v", metrics: ["drift.agreement": 0.98])),
    // Against the baseline variant.
    GateCase("latency.p50 rise <= 10 %", passes: Variant("v", time: 1.05), fails: Variant("v", time: 1.15)),
    GateCase("latency.p90 rise <= 10 %", passes: Variant("v", time: 1.05), fails: Variant("v", time: 1.3)),
    GateCase("latency.p50 rise <= 2 µs", passes: Variant("v", time: 1.04), fails: Variant("v", time: 1.12)),
    GateCase("latency.p50 rise <= 0 %", passes: Variant("v", time: 0.9), fails: Variant("v", time: 1.1)),
    GateCase("throughput drop <= 10 %", passes: Variant("v", time: 1.05), fails: Variant("v", time: 1.2)),
    GateCase("start.load rise <= 10 %", passes: Variant("v"), fails: Variant("v", time: 1.3)),
    GateCase("size.file rise <= 0 %", passes: Variant("v"), fails: Variant("v", file_B: 4001)),
    GateCase("size.file rise <= 10 B", passes: Variant("v", file_B: 4010), fails: Variant("v", file_B: 4011)),
    GateCase(
      "memory.peak rise <= 10 %", passes: Variant("v", memory_B: 52_000_000), fails: Variant("v", memory_B: 60_000_000)),
    GateCase(
      "accuracy.top1 drop <= 5 pp", passes: Variant("v", wrong: Set(0..<2)), fails: Variant("v", wrong: Set(0..<40))),
    GateCase(
      "accuracy.f1 drop <= 0.5 pp", passes: Variant("v", metrics: ["accuracy.f1": 0.895]),
      fails: Variant("v", metrics: ["accuracy.f1": 0.89]),
      baseline: Variant("baseline", metrics: ["accuracy.f1": 0.9])),
    GateCase(
      "accuracy.log-loss rise <= 10 %", passes: Variant("v", metrics: ["accuracy.log-loss": 0.21]),
      fails: Variant("v", metrics: ["accuracy.log-loss": 0.23]),
      baseline: Variant("baseline", metrics: ["accuracy.log-loss": 0.2])),
  ]

  /// Gates against an earlier run in which the variant is as in `passes`.
  static let earlier: [GateCase] = [
    GateCase("latency.p50 regression <= 5 %", passes: Variant("v"), fails: Variant("v", time: 1.12)),
    GateCase("latency.p90 regression <= 10 %", passes: Variant("v"), fails: Variant("v", time: 1.3)),
    GateCase("throughput regression <= 5 %", passes: Variant("v"), fails: Variant("v", time: 1.12)),
    GateCase("start.load regression <= 10 %", passes: Variant("v"), fails: Variant("v", time: 1.3)),
    GateCase("size.file regression <= 1 %", passes: Variant("v"), fails: Variant("v", file_B: 4100)),
    GateCase("memory.peak regression <= 5 %", passes: Variant("v"), fails: Variant("v", memory_B: 60_000_000)),
    GateCase("memory.loaded regression <= 1 MB", passes: Variant("v"), fails: Variant("v", memory_B: 60_000_000)),
    GateCase("accuracy.top1 regression <= 0.5 pp", passes: Variant("v"), fails: Variant("v", wrong: Set(0..<40))),
    GateCase(
      "drift.agreement regression <= 1 pp", passes: Variant("v", metrics: ["drift.agreement": 0.99]),
      fails: Variant("v", metrics: ["drift.agreement": 0.97])),
  ]
}

@Suite("Each kind of gate can pass and can fail")
struct GateTests {
  @Test("Limits, and changes against the baseline variant", arguments: GateCase.all)
  func withinRun(_ example: GateCase) throws {
    for (variant, expected) in [(example.passes, GateOutcome.Result.passed), (example.fails, .failed)] {
      var run = MadeRun([example.baseline, variant])
      run.gates = [try gate(example.text, ["v"])]
      let comparison = Comparison(withinRun: run.record())
      #expect(comparison.result("v") == expected, "\(comparison.gates.map(\.reason))")
      #expect(comparison.exitStatus == (expected == .failed ? .regression : .success))
      #expect(comparison.gates.count == 1)
      if expected == .failed, let outcome = comparison.gates.first, outcome.gate.reference != .limit {
        #expect((outcome.value ?? 0) > outcome.gate.limit, "\(String(describing: outcome.value)) \(outcome.reason)")
      }
    }
  }

  @Test("Changes against an earlier run", arguments: GateCase.earlier)
  func acrossRuns(_ example: GateCase) throws {
    let base = MadeRun([example.baseline, example.passes], seed: 5).record()
    for (variant, expected) in [(example.passes, GateOutcome.Result.passed), (example.fails, .failed)] {
      var run = MadeRun([example.baseline, variant], seed: 6)
      run.gates = [try gate(example.text, ["v"])]
      let comparison = try Comparison(of: run.record(), against: base)
      #expect(comparison.result("v") == expected, "\(comparison.gates.map(\.reason))")
      #expect(comparison.exitStatus == (expected == .failed ? .regression : .success))
    }
  }

  @Test("A gate applies to the variants it names, or to all that it can")
  func variants() throws {
    var run = MadeRun([Variant("baseline"), Variant("a", file_B: 9000), Variant("b")])
    run.gates = [
      try gate("size.file <= 5 kB"), try gate("size.file rise <= 0 %"), try gate("size.file <= 5 kB", ["b"]),
      try gate("size.file <= 1 kB", ["nobody"]), try gate("latency.p50 regression <= 5 %"),
    ]
    let comparison = Comparison(withinRun: run.record())
    func trials(_ index: Int) -> [String] {
      comparison.gates.filter { $0.gate == run.gates[index] }.map(\.trial.variant).sorted()
    }
    #expect(trials(0) == ["a", "b", "baseline"] && trials(1) == ["a", "b"] && trials(2) == ["b"])
    #expect(trials(3).isEmpty && comparison.warnings.contains { $0.contains("applies to no trial") })
    #expect(comparison.gates.filter { $0.gate == run.gates[4] }.allSatisfy { $0.result == .notJudged })
    // Failed ones first.
    #expect(comparison.gates.map(\.result).first == .failed && comparison.gates.map(\.result).last == .passed)
    #expect(comparison.gates[0].trial.variant == "a")
  }

  @Test("What has no value is not judged, and said so")
  func noValue() throws {
    var run = MadeRun([Variant("baseline"), Variant("broken", end: .failed), Variant("v")])
    run.gates = [try gate("latency.p99 <= 5 ms"), try gate("accuracy.f1 >= 0.9"), try gate("latency.p50 rise <= 5 %")]
    run.rounds = 4
    let comparison = Comparison(withinRun: run.record())
    #expect(comparison.result("v", 0) == .notJudged)
    #expect(comparison.gates.contains { $0.reason == "not enough samples (320 of 662)" })
    #expect(comparison.gates.filter { $0.gate.metric == "accuracy.f1" }.allSatisfy { $0.result == .notJudged })
    #expect(
      comparison.gates.filter { $0.trial.variant == "broken" }.allSatisfy {
        $0.result == .notJudged && $0.reason == "failed: no kernel for Foo"
      })
  }

  @Test("Gates that a hand wrote into a record are no crash and no pass")
  func edited() {
    var run = MadeRun([Variant("baseline"), Variant("v")])
    run.gates = [
      Gate(text: "nonsense", metric: "nonsense", reference: .limit, terms: .absolute, limit: 1),
      Gate(text: "nan", metric: "latency.p50", reference: .limit, terms: .absolute, limit: .nan),
      Gate(text: "negative", metric: "latency.p50", reference: .baselineVariant, terms: .relative, limit: -1),
      Gate(text: "huge", metric: "throughput", reference: .baselineVariant, terms: .relative, limit: 1e300),
      Gate(
        text: "itself", metric: "latency.p50", reference: .baselineVariant, terms: .relative, limit: 0.1,
        variants: ["baseline"]),
      Gate(text: "neutral", metric: "compute.int8", reference: .baselineVariant, terms: .absolute, limit: 0.1),
    ]
    let comparison = Comparison(withinRun: run.record())
    func results(_ text: String) -> Set<GateOutcome.Result> {
      Set(comparison.gates.filter { $0.gate.text == text }.map(\.result))
    }
    #expect(results("nonsense") == [.notJudged] && results("nan") == [.notJudged])
    #expect(results("itself") == [.notJudged] && results("neutral") == [.notJudged])
    #expect(results("negative") != [.passed] && results("huge") == [.passed])
  }

  @Test("A percentile that crosses its limit is not proven")
  func crossing() throws {
    var run = MadeRun([Variant("baseline"), Variant("v")])
    run.luck = 0.03
    run.gates = [try gate("latency.p50 <= 24.2 µs", ["v"])]
    let comparison = Comparison(withinRun: run.record())
    #expect(comparison.result("v") == .notProven && comparison.gates[0].interval?.contains(24_200) == true)
    #expect(comparison.exitStatus == .success && comparison.gates[0].reason.contains("the interval crosses it"))
  }

  @Test("Two gates on one metric are judged each by its own limit, the row by the stricter")
  func two() throws {
    var run = MadeRun([Variant("baseline"), Variant("v", time: 1.08)])
    run.gates = [try gate("latency.p50 rise <= 20 %"), try gate("latency.p50 rise <= 4 %")]
    let comparison = Comparison(withinRun: run.record())
    #expect(comparison.gates.map(\.result) == [.failed, .passed])
    #expect(comparison.gates[0].gate == run.gates[1] && comparison.verdict("v", "latency.p50") == .regressed)
    #expect(comparison.rows.count { $0.metric.name == "latency.p50" } == 1)
  }
}
