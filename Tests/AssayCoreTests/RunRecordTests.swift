import AssayCore
import AssayTestSupport
import FoundationEssentials
import Glibc
import Testing

/// A record in which every kind of entry occurs once.
private func smallRecord() -> RunRecord {
  let group = ComparisonGroup(baseline: "net", engine: "reference", threads: 1, batch: 2, scenario: .singleStream)
  var record = RunRecord(
    programVersion: "0.1.0", suite: "small, \"quoted\" ü", suitePath: "suites/small.yaml", planHash: "ab12",
    startedAt: "2026-11-21T10:00:00Z", command: ["assay", "run", "suites/small.yaml"],
    environment: Environment(
      cpuModel: "Test CPU", cpuFeatures: CPUFeatures(flags: ["avx2"]), allowedCPUs: [0, 1], cgroupCPUs: 1.5,
      memory_B: 1_000_000_000, kernel: "Linux 6", operatingSystem: "Test OS", host: "host", governor: nil,
      engines: [EngineIdentity(name: "reference", version: "1", library: nil)]),
    settings: MeasureSettings(launches: 1, rounds: 1, block_ns: 1_000_000, seed: .max, accuracyRows: 2, hotInput: true))
  record.datasets = [DatasetRecord(name: "net", availableRows: 3, rows: 2, labels: PackedIntegers([1, 0]))]
  let figures = ModelFigures(
    file_B: 100, parameters: 12, nonzeros: 6, macs: nil, effectiveMacs: nil, unknownOperators: ["my:Thing"])
  let report = StepReport(
    step: "prune sparsity=0.5", changes: [StepReport.Entry(node: "fc", text: "6 of 12")],
    skips: [StepReport.Entry(node: "emb", text: "not a product")], notes: ["a note"])
  record.variants = [
    VariantRecord(
      baseline: "net", name: "pruned",
      steps: [Step(method: "prune", options: ["sparsity": .number(0.5), "exclude": .list([.text("a")])])],
      build: .built(BuiltVariant(path: "m.onnx", sha256: "cd", figures: figures, reports: [report], build_ns: 5))),
    VariantRecord(baseline: "net", name: "broken", steps: [], build: .failed(message: "too old")),
  ]
  let block = BlockRecord(
    round: 0, position: 1, samples: Samples([300, 70_000]), elapsed_ns: 70_400, involuntarySwitches: 1)
  record.groups = [
    GroupRecord(
      group: group,
      launches: [
        GroupLaunch(
          launch: 0, seed: 42, cpus: [1], pinned: true, control: [block],
          conditions: [RoundConditions(round: 0, stealShare: 0.25, frequency_MHz: nil, load1: 1.5, repeats: 1)])
      ])
  ]
  let launch = LaunchRecord(
    launch: 0, phases: Phases(processStart_ns: 1, load_ns: 2, firstInference_ns: 3), warmUp: Samples([500]),
    blocks: [block], memory: MemoryFigures(beforeLoad_B: 10, peak_B: 20))
  let data = TrialData(
    launches: [launch],
    answers: Answers(dataset: "net", classes: PackedIntegers([1, 1]), metrics: ["accuracy.top1": 0.5]),
    execution: ExecutionReport(int8Share: 0.5, operators: ["Gemm": 1], floatNodes: ["fc: float"], notes: ["n"]))
  record.trials = [
    TrialRecord(trial: Trial(variant: "pruned", group: group), result: .completed(data)),
    TrialRecord(
      trial: Trial(variant: "broken", group: group),
      result: .failed(TrialFailure(stage: .inference, message: "died", signal: 9))),
    TrialRecord(trial: Trial(variant: "fixed", group: group), result: .skipped(reason: "the batch is fixed to 1")),
  ]
  record.harness_ns = 55.5
  return record
}

private let goldenPath =
  #filePath.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/Goldens/run-schema-1.json"

private func encoded(_ record: RunRecord) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(record), as: UTF8.self) + "\n"
}

struct RunRecordTests {
  @Test("A record survives JSON")
  func roundTrip() throws {
    let record = smallRecord()
    #expect(try JSONDecoder().decode(RunRecord.self, from: try JSONEncoder().encode(record)) == record)
  }

  @Test("What the scenarios, memory and energy add survives JSON, and is absent where there is nothing")
  func additions() throws {
    var record = smallRecord()
    #expect(record.groups[0].offered == nil)
    record.settings.requests = RequestSettings(streams: 4, rate_perSecond: 250, load: 0.5, serverBlock_ns: 7)
    record.groups[0].launches[0].offered = OfferedLoad(
      rate_perSecond: 70.5, window_ns: 200_000_000, capacity_perSecond: 100.25)
    record.groups[0].launches[0].parentShare = 0.001
    let block = BlockRecord(
      round: 0, position: 0, samples: Samples([5, 6, 7]), elapsed_ns: 18, involuntarySwitches: 0, anonymous_B: 4096,
      energy_uJ: 12, server: ServerBlockRecord(window_ns: 15, busy_ns: 14, backlog: 2, unanswered: 1))
    record.groups[0].launches[0].control = [block]
    #expect(block.answered == 2 && record.groups[0].offered?.rate_perSecond == 70.5)
    #expect(try JSONDecoder().decode(RunRecord.self, from: try JSONEncoder().encode(record)) == record)
    let before = try encoded(smallRecord())
    for key in ["requests", "offered", "parentShare", "anonymous_B", "energy_uJ", "server", "inferencesPerSample"] {
      #expect(!before.contains("\"\(key)\""))
    }
  }

  @Test("What training adds survives JSON, and is absent where nothing is trained")
  func training() throws {
    var record = smallRecord()
    let build = record.variants[0].build
    record.variants[0].seeds = SeedMembers(
      members: [
        SeedRecord(
          seed: 1, build: build,
          answers: [
            SeedAnswers(
              engine: "reference", device: "cpu",
              answers: Answers(dataset: "net", classes: PackedIntegers([1]), metrics: ["accuracy.top1": 0.5])),
            SeedAnswers(engine: "other", device: "cpu", answers: nil, failure: "died"),
          ]), SeedRecord(seed: 2, build: .failed(message: "the loss became NaN")),
      ], representative: 1, followsBaseline: true)
    if case .built(var built) = build {
      built.reports[0].epochs = [
        TrainedEpoch(epoch: 1, loss: 2.5, accuracy: 0.25, validationLoss: 3, validationAccuracy: nil, rate: 0.001)
      ]
      record.variants[0].build = .built(built)
    }
    #expect(try JSONDecoder().decode(RunRecord.self, from: try JSONEncoder().encode(record)) == record)
    let before = try encoded(smallRecord())
    for key in ["seeds", "epochs", "representative"] { #expect(!before.contains("\"\(key)\"")) }
  }

  /// Raise `currentSchema`, and keep this golden beside the new one, when an old reader would misread a new record.
  @Test("The stored format does not change silently")
  func golden() throws {
    let text = try encoded(smallRecord())
    if let flag = getenv("ASSAY_RECORD_GOLDENS"), String(cString: flag) == "1" {
      try Data(text.utf8).write(to: URL(filePath: goldenPath))
      Issue.record("recorded \(goldenPath): read it, then run again without ASSAY_RECORD_GOLDENS")
      return
    }
    let golden = String(
      decoding: try #require(FileManager.default.contents(atPath: goldenPath), "no golden \(goldenPath)"), as: UTF8.self
    )
    #expect(text == golden)
    #expect(try JSONDecoder().decode(RunRecord.self, from: Data(golden.utf8)) == smallRecord())
    #expect(RunRecord.currentSchema == 1)
  }

  @Test("A key that a later version adds does not disturb this one")
  func laterKey() throws {
    let golden = try encoded(smallRecord()).replacing(#""schema" : 1"#, with: #""schema" : 1, "later" : [1, 2]"#)
    #expect(try JSONDecoder().decode(RunRecord.self, from: Data(golden.utf8)) == smallRecord())
  }
}
