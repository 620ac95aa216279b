import AssayCore
import AssayJudge
import AssayMeasure
import Glibc

/// A run made up by a seeded model of a shared machine: each process has luck of its own, each block noise, and a
/// neighbour slows some rounds by a quarter, all members alike.
struct MadeRun {
  /// A variant with known true figures.
  struct Variant {
    enum End { case measured, failed, skipped }
    var name: String
    /// Of the baseline's time.
    var time = 1.0
    var file_B = 4000
    var memory_B = 50_000_000
    /// Rows answered wrongly.
    var wrong: Set<Int> = []
    var end = End.measured
    var metrics: [String: Double] = [:]
    var sha256 = ""

    init(
      _ name: String, time: Double = 1, file_B: Int = 4000, memory_B: Int = 50_000_000, wrong: Set<Int> = [],
      end: End = .measured, metrics: [String: Double] = [:], sha256: String? = nil
    ) {
      (self.name, self.time, self.file_B, self.memory_B) = (name, time, file_B, memory_B)
      (self.wrong, self.end, self.metrics, self.sha256) = (wrong, end, metrics, sha256 ?? "sha of \(name)")
    }
  }

  var variants: [Variant]
  var seed: UInt64 = 1
  var launches = 10
  var rounds = 9
  /// Samples of a block.
  var count = 8
  /// Median latency of the baseline.
  var latency_ns = 24_000.0
  /// How long everything takes, the control kernel too: another moment of the same machine.
  var machine = 1.0
  /// How long the control kernel takes beyond that.
  var control = 1.0
  /// Standard deviations, as log ratios.
  var luck = 0.003
  var noise = 0.003
  var gates: [Gate] = []
  var cpuModel = "Test CPU"
  var host = "host"
  var engineVersion = "1"
  var scenario = Scenario.singleStream
  var suite = "made"
  /// How the measured times are changed in a second measurement; nil for none.
  var confirmation: (([Variant]) -> [Variant])?

  init(_ variants: [Variant], seed: UInt64 = 1) {
    self.variants = variants
    self.seed = seed
  }

  static let rows = 400
  var group: ComparisonGroup {
    ComparisonGroup(baseline: "net", engine: "onnxruntime", threads: 1, batch: 1, scenario: scenario)
  }

  func record() -> RunRecord {
    var random = Noise(seed: seed)
    let labels = (0..<Self.rows).map { UInt64($0 % 10) }
    var record = RunRecord(
      programVersion: "0.1.0", suite: suite, suitePath: "s.yaml", planHash: "", startedAt: "2026-11-21T10:00:00Z",
      command: [],
      environment: Environment(
        cpuModel: cpuModel, cpuFeatures: CPUFeatures(flags: ["avx2"]), allowedCPUs: [0, 1], cgroupCPUs: nil,
        memory_B: 8_000_000_000, kernel: "", operatingSystem: "", host: host, governor: nil,
        engines: [EngineIdentity(name: "onnxruntime", version: engineVersion, library: nil)]),
      settings: MeasureSettings(launches: launches, rounds: rounds),
      datasets: [
        DatasetRecord(name: "net", availableRows: Self.rows, rows: Self.rows, labels: PackedIntegers(labels))
      ], gates: gates.isEmpty ? nil : gates)
    record.finishedAt = "2026-11-21T10:01:00Z"
    let measured = measure(variants, &random)
    record.groups = [GroupRecord(group: group, launches: measured.control)]
    for variant in variants {
      record.variants.append(
        VariantRecord(
          baseline: "net", name: variant.name, steps: [],
          build: .built(
            BuiltVariant(
              path: "", sha256: variant.sha256,
              figures: ModelFigures(
                file_B: variant.file_B, parameters: 1000, nonzeros: 500, macs: 1000, effectiveMacs: nil),
              reports: [], build_ns: nil))))
      let classes = labels.enumerated().map { variant.wrong.contains($0.offset) ? ($0.element + 1) % 10 : $0.element }
      let result: TrialResult =
        switch variant.end {
        case .failed: .failed(TrialFailure(stage: .load, message: "no kernel for Foo"))
        case .skipped: .skipped(reason: "batch is fixed")
        case .measured:
          .completed(
            TrialData(
              launches: measured.members[variant.name] ?? [],
              answers: Answers(dataset: "net", classes: PackedIntegers(classes), metrics: variant.metrics),
              execution: ExecutionReport()))
        }
      record.trials.append(TrialRecord(trial: Trial(variant: variant.name, group: group), result: result))
    }
    if let confirmation {
      let again = measure(confirmation(variants), &random)
      record.confirmations = [
        ConfirmationRecord(
          group: group, launches: again.control,
          members: variants.map { .init(variant: $0.name, launches: again.members[$0.name] ?? []) })
      ]
    }
    return record
  }

  private func measure(
    _ variants: [Variant], _ random: inout Noise
  ) -> (members: [String: [LaunchRecord]], control: [GroupLaunch]) {
    let members = variants.filter { $0.end == .measured }
    var records: [String: [LaunchRecord]] = [:]
    var controls: [GroupLaunch] = []
    for launch in 0..<launches {
      let slow = (0..<rounds).map { _ in random.generator.unit() < 0.2 ? 1.25 : 1 }
      let orders = (0..<rounds).map { _ in random.generator.permutation(of: members.count + 1) }
      func blocks(_ member: Int, _ typical_ns: Double, _ count: Int) -> [BlockRecord] {
        (0..<rounds).map { round in
          let block = typical_ns * slow[round] * exp(noise * random.normal())
          let samples = (0..<count).map { _ in UInt64(max(1, block * (1 + 0.03 * (random.generator.unit() - 0.5)))) }
          return BlockRecord(
            round: round, position: orders[round][member], samples: Samples(samples),
            elapsed_ns: samples.reduce(0, +), involuntarySwitches: 0)
        }
      }
      controls.append(
        GroupLaunch(
          launch: launch, seed: 1, cpus: [0], pinned: true,
          control: blocks(members.count, 950_000 * machine * control, 3), conditions: []))
      for (index, member) in members.enumerated() {
        let time_ns = latency_ns * member.time * machine * exp(luck * random.normal())
        records[member.name, default: []].append(
          LaunchRecord(
            launch: launch,
            phases: Phases(
              processStart_ns: UInt64(5_000_000 * machine * exp(0.02 * random.normal())),
              load_ns: UInt64(time_ns * 500 * exp(0.01 * random.normal())), firstInference_ns: UInt64(time_ns * 10)),
            warmUp: Samples(), blocks: blocks(index, time_ns, count),
            memory: MemoryFigures(
              beforeLoad_B: 20_000_000, afterLoad_B: 20_000_000 + member.memory_B / 2,
              peak_B: 20_000_000 + member.memory_B + Int(50_000 * random.generator.unit()))))
      }
    }
    return (records, controls)
  }

  private struct Noise {
    var generator: AssayCore.SeededGenerator
    init(seed: UInt64) { generator = AssayCore.SeededGenerator(seed: seed) }
    mutating func normal() -> Double { normalQuantile(max(1e-12, generator.unit())) }
  }
}

/// The gate of a text.
func gate(_ text: String, _ variants: [String] = []) throws -> Gate {
  try Gate(parsing: text, metrics: MetricCatalog.all, variants: variants)
}

extension Comparison {
  func row(_ variant: String, _ metric: String) -> ComparisonRow? {
    rows.first { $0.trial.variant == variant && $0.metric.name == metric }
  }

  func verdict(_ variant: String, _ metric: String) -> Verdict? { row(variant, metric)?.verdict }

  func result(_ variant: String, _ gate: Int = 0) -> GateOutcome.Result? {
    let texts = gates.map(\.gate).reduce(into: [Gate]()) { if !$0.contains($1) { $0.append($1) } }
    guard gate < texts.count else { return nil }
    return gates.first { $0.trial.variant == variant && $0.gate == texts[gate] }?.result
  }
}
