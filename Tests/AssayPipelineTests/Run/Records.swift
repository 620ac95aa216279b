import AssayCore
import AssayTestSupport

@testable import AssayPipeline

/// A record with one trial of everything that is kept of one.
func smallRecord(planHash: String = "ab12") -> RunRecord {
  let group = ComparisonGroup(baseline: "net", engine: "reference", threads: 1, batch: 1, scenario: .singleStream)
  var record = RunRecord(
    programVersion: "0.1.0", suite: "small", suitePath: "s.yaml", planHash: planHash,
    startedAt: "2026-11-21T10:00:00Z", command: ["assay", "run", "s.yaml"],
    environment: Environment(
      cpuModel: "Test CPU", cpuFeatures: CPUFeatures(flags: ["avx2"]), allowedCPUs: [0], cgroupCPUs: nil,
      memory_B: 1 << 30, kernel: "Linux 6", operatingSystem: "Test OS", host: "host", governor: nil, engines: []),
    settings: MeasureSettings(launches: 1, rounds: 2))
  let block = BlockRecord(
    round: 0, position: 0, samples: Samples([300, 70_000]), elapsed_ns: 70_400, involuntarySwitches: 0)
  let launch = LaunchRecord(
    launch: 0, phases: Phases(processStart_ns: 1, load_ns: 2, firstInference_ns: 3), warmUp: Samples([500]),
    blocks: [block], memory: MemoryFigures())
  record.trials = [
    TrialRecord(
      trial: Trial(variant: "baseline", group: group),
      result: .completed(
        TrialData(
          launches: [launch],
          answers: Answers(dataset: "net", classes: PackedIntegers([1, 0]), metrics: ["accuracy.top1": 0.5]),
          execution: ExecutionReport(operators: ["Gemm": 1])))),
    TrialRecord(
      trial: Trial(variant: "half", group: group),
      result: .failed(TrialFailure(stage: .load, message: "no", signal: nil))),
  ]
  return record
}
