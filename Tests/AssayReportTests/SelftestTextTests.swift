import AssayCore
import AssayJudge
import Glibc
import Testing

@testable import AssayReport

struct SelftestTextTests {
  /// Launch scores that alternate around a change, so that intervals have a width.
  private static func scores(_ change: Double, scatter: Double = 0.002) -> [Double] {
    (0..<10).map { log1p(change) + ($0 % 2 == 0 ? scatter : -scatter) }
  }

  private static func comparison(_ number: Int, itself: Double, again: Double? = nil) -> SelftestComparison {
    let drift = 0.001 * Double(number % 3 - 1)
    return SelftestComparison(
      subjects: [
        SelftestSubject(
          slowdown: nil,
          scores: [
            "latency.p50": scores(itself), "latency.p90": scores(3 * itself, scatter: 0.04),
            "throughput": scores(-itself), "start.load": scores(drift, scatter: 0.3),
          ], confirmation: again.map { scores($0) }),
        SelftestSubject(
          slowdown: 0.03, scores: ["latency.p50": scores(0.03 + drift)], confirmation: scores(number == 4 ? 0 : 0.03)),
        SelftestSubject(slowdown: 0.1, scores: ["latency.p50": scores(0.1 + drift)], confirmation: scores(0.1)),
      ], measured_s: 9.5, pair_s: 5.5 + Double(number) / 10, confirmation_s: 7.25)
  }

  private static func record(_ comparisons: [SelftestComparison], planned: Int) -> SelftestRecord {
    SelftestRecord(
      programVersion: "0.1.0", startedAt: "2026-11-21T10:00:00Z", environment: SampleRun.record().environment,
      model: nil,
      engine: "onnxruntime", threads: 1, workerCPUs: [1], parentCPU: 0, noiseCPU: 0,
      settings: MeasureSettings(launches: 10, rounds: 15, block_ns: 10_000_000, seed: 7), plannedComparisons: planned,
      comparisons: comparisons)
  }

  @Test("A machine with a false alarm, interrupted")
  func falseAlarm() {
    var comparisons = (0..<6).map { Self.comparison($0, itself: 0.002 - 0.001 * Double($0)) }
    comparisons[2] = Self.comparison(2, itself: 0.025, again: 0.03)
    comparisons[5] = Self.comparison(5, itself: 0.025, again: 0)
    var record = Self.record(comparisons, planned: 40)
    record.remarks = ["2 threads asked for, 1 used:\nthe cgroup grants 1.5 CPUs"]
    expectGolden(selftestText(SelftestReport(record)), "selftest-false-alarm.txt")
  }

  @Test("A quiet machine")
  func quiet() {
    var record = Self.record((0..<40).map { Self.comparison($0, itself: 0.001 * Double($0 % 3 - 1)) }, planned: 40)
    record.noiseCPU = nil
    record.model = "m\u{1B}odel.onnx"
    for index in record.comparisons.indices { record.comparisons[index].confirmation_s = nil }
    expectGolden(selftestText(SelftestReport(record)), "selftest-quiet.txt")
  }

  @Test("Nothing measured is said, and nothing is divided by it")
  func nothing() {
    let text = selftestText(SelftestReport(Self.record([], planned: 3)))
    #expect(text.contains("0 of 0") && text.contains("after 0 of 3 comparisons") && !text.contains("nan"))
  }
}
