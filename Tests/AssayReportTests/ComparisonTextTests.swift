import AssayCore
import AssayJudge
import AssayMeasure
import Testing

@testable import AssayReport

/// Comparisons made up by hand, so that the words are all that is tested.
private enum SampleComparison {
  static func trial(_ variant: String, batch: Int = 1) -> Trial {
    Trial(
      variant: variant,
      group: ComparisonGroup(
        baseline: "digits-mlp", engine: "onnxruntime", threads: 1, batch: batch, scenario: .singleStream))
  }

  static func ratio(_ value: Double, _ low: Double, _ high: Double, coverage: Double = 0.978) -> Change {
    Change(.ratio, .value(value), interval: ConfidenceInterval(low: low, high: high, coverage: coverage))
  }

  static let latencyGate = Gate(
    text: "latency.p50 regression <= 5 %", metric: "latency.p50", reference: .earlierRun, terms: .relative, limit: 0.05)
  static let sizeGate = Gate(
    text: "size.file <= 100 kB", metric: "size.file", reference: .limit, terms: .absolute, limit: 100_000)
  static let accuracyGate = Gate(
    text: "accuracy.top1 drop <= 0.5 pp", metric: "accuracy.top1", reference: .baselineVariant, terms: .absolute,
    limit: 0.005)
  static let tailGate = Gate(
    text: "latency.p99 <= 5 ms", metric: "latency.p99", reference: .limit, terms: .absolute, limit: 5e6)

  static func reference(_ startedAt: String) -> RunReference {
    var record = SampleRun.record()
    record.startedAt = startedAt
    return RunReference(record)
  }

  static func across() -> Comparison {
    Comparison(
      scope: .acrossRuns, base: reference("2026-11-20T10:00:00Z"), candidate: reference("2026-11-21T10:00:00Z"),
      rows: [
        ComparisonRow(
          trial: trial("float16"), metric: MetricCatalog.latencyP50, base: nil, candidate: nil, change: nil,
          verdict: .failed, reason: "load: no kernel for float16"),
        ComparisonRow(
          trial: trial("int8", batch: 32), metric: MetricCatalog.latencyP50, base: 24_100, candidate: 27_090,
          change: ratio(1.124, 1.098, 1.149), resolution: 0.025, p: 0.001, adjustedP: 0.004, verdict: .regressed,
          reason: "+12.4 % (95 % CI +9.8 to +14.9), threshold 5 %, p 0.004 after Holm's correction over 4 tests"),
        ComparisonRow(
          trial: trial("int8"), metric: MetricCatalog.fileSize, base: 61_004, candidate: 61_400,
          change: Change(.ratio, .value(1.0065)), verdict: .regressed, reason: "61 kB → 61.4 kB, +0.65 %, threshold 0 %"
        ),
        ComparisonRow(
          trial: trial("int8", batch: 32), metric: ReportMetricSample.accuracy, base: 0.9638, candidate: 0.9577,
          change: Change(
            .difference, .value(-0.0061), interval: ConfidenceInterval(low: -0.011, high: -0.001, coverage: 0.95)),
          verdict: .inconclusive, reason: "−0.61 pp: not proven within the margin 0.5 pp"),
        ComparisonRow(
          trial: trial("gone"), metric: MetricCatalog.latencyP50, base: nil, candidate: nil, change: nil,
          verdict: .missing, reason: "the candidate run does not have it"),
        ComparisonRow(
          trial: trial("pruned"), metric: MetricCatalog.latencyP50, base: 24_000, candidate: 24_010,
          change: ratio(1.0004, 0.999, 1.002), p: 0.4, adjustedP: 1, verdict: .same, reason: "inside"),
        ComparisonRow(
          trial: trial("hashed"), metric: MetricCatalog.latencyP50, base: 24_100, candidate: 16_970,
          change: ratio(0.704, 0.685, 0.725, coverage: 0.9375), p: 1, adjustedP: 1, verdict: .improved, reason: "faster"
        ),
        ComparisonRow(
          trial: trial("hashed"), metric: MetricCatalog.throughput, base: 41_500, candidate: 58_900,
          change: ratio(1.42, 1.38, 1.46), p: 1, verdict: .improved, reason: "faster"),
        ComparisonRow(
          trial: trial("hashed"), metric: MetricCatalog.loadedMemory, base: 0, candidate: 1_200_000,
          change: Change(.difference, .value(1_200_000)), verdict: .improved, reason: "grew"),
      ],
      gates: [
        GateOutcome(
          gate: latencyGate, trial: trial("int8", batch: 32), value: 0.124, result: .failed,
          reason: "+12.4 % (95 % CI +9.8 to +14.9), threshold 5 %, p 0.004 after Holm's correction over 4 tests"),
        GateOutcome(
          gate: accuracyGate, trial: trial("int8", batch: 32), value: 0.0061, result: .notProven,
          reason: "−0.61 pp: not proven within the margin 0.5 pp"),
        GateOutcome(
          gate: tailGate, trial: trial("int8"), value: nil, result: .notJudged,
          reason: "not enough samples (412 of 662)"),
        GateOutcome(
          gate: tailGate, trial: trial("hashed"), value: nil, result: .notJudged,
          reason: "not enough samples (412 of 662)"),
        GateOutcome(
          gate: latencyGate, trial: trial("hashed"), value: -0.3, result: .passed, reason: "faster"),
        GateOutcome(
          gate: sizeGate, trial: trial("int8"), value: 61_400, result: .passed, reason: "61.4 kB, limit 100 kB"),
        GateOutcome(
          gate: sizeGate, trial: trial("pruned"), value: 90_000, result: .passed, reason: "90 kB, limit 100 kB"),
      ], warnings: ["the runs are of different suites, 'a' and 'b'"])
  }

  static func comparison(
    _ results: [GateOutcome.Result], _ verdicts: [Verdict] = [], scope: Comparison.Scope = .withinRun
  ) -> Comparison {
    Comparison(
      scope: scope, base: scope == .acrossRuns ? reference("before") : nil, candidate: reference("now"),
      rows: verdicts.enumerated().map {
        ComparisonRow(
          trial: trial("v\($0.offset)"), metric: MetricCatalog.latencyP50, base: 1, candidate: 1, change: nil,
          verdict: $0.element, reason: "")
      },
      gates: results.enumerated().map { index, result in
        var gate = sizeGate
        gate.limit = Double(index)
        return GateOutcome(gate: gate, trial: trial("v\(index)"), value: 1, result: result, reason: "why")
      }, warnings: [])
  }
}

private enum ReportMetricSample {
  static let accuracy = Metric("accuracy.top1", unit: "fraction", .higherIsBetter, .quality)
}

struct ComparisonTextTests {
  @Test(arguments: [ComparisonDetail.gates, .changes, .everything])
  func textIsAsCommitted(detail: ComparisonDetail) {
    let text = comparisonText(SampleComparison.across(), style: TerminalStyle(width: 120), detail: detail)
    expectGolden(text, "comparison-\(detail).txt")
  }

  @Test func theReportBeginsWithVerdictGatesAndChanges() {
    expectGolden(verdictSection(SampleComparison.across()), "verdict-section.md")
  }

  @Test func theFirstLineIsTheVerdict() {
    let cases: [(Comparison, String)] = [
      (SampleComparison.across(), "FAILED: 1 of 4 gates, 2 regressions, 1 trial failed"),
      (SampleComparison.comparison([.passed, .passed], [.same]), "passed: 2 gates, 2 trials"),
      (SampleComparison.comparison([], [.regressed, .same]), "passed: no gates, 2 trials"),
      (
        SampleComparison.comparison([.passed, .notProven, .notJudged]),
        "passed with reservations: 1 of 3 gates, 1 not proven, 1 not judged, 3 trials"
      ),
      (SampleComparison.comparison([.failed, .passed]), "FAILED: 1 of 2 gates"),
      (SampleComparison.comparison([.passed], [.failed]), "FAILED: 1 trial failed; 1 gate"),
      (SampleComparison.comparison([], [.failed, .failed]), "FAILED: 2 trials failed"),
      (
        SampleComparison.comparison([], [.missing, .same, .same, .improved], scope: .acrossRuns),
        "passed: no gates, 1 missing, 2 same, 1 improved, 4 trials"
      ),
      (SampleComparison.comparison([], [.regressed], scope: .acrossRuns), "FAILED: 1 regression"),
    ]
    for (comparison, line) in cases {
      #expect(verdictLine(comparison) == line)
      #expect(verdictLine(comparison).hasPrefix("FAILED") == (comparison.exitStatus != .success))
      for style in [TerminalStyle(width: 120), TerminalStyle(width: 200)] {
        #expect(comparisonText(comparison, style: style).split(separator: "\n").first.map(String.init) == line)
      }
    }
  }

  @Test func noLineIsWiderThanTheTerminal() {
    for width in [40, 60, 100, 160] {
      let text = comparisonText(SampleComparison.across(), style: TerminalStyle(width: width), detail: .everything)
      for line in text.split(separator: "\n") { #expect(line.count <= width, "at \(width): \(line)") }
    }
  }

  @Test func hostileNamesStayOnTheirLine() {
    var comparison = SampleComparison.comparison([.failed], [.regressed], scope: .acrossRuns)
    comparison.rows[0].trial.variant = "a\nb\u{1b}[31m"
    comparison.gates[0].gate.text = "x\ny"
    comparison.warnings = ["p\nq"]
    let text = comparisonText(comparison, style: TerminalStyle(width: 100))
    #expect(!text.contains("\u{1b}") && text.contains("a↵b") && text.contains("x↵y") && text.contains("p↵q"))
  }
}
