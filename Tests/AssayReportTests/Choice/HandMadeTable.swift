import AssayCore
import AssayJudge
import AssayReport
import Glibc

/// A result table made by hand: every launch has the time that is written here, so that the right choice is known.
struct HandMadeTable {
  struct Row {
    enum End { case measured, failed(String), skipped(String) }
    var name: String
    var steps: [Step]
    /// Of the baseline's time, with the launches spread around it by `spread`.
    var time: Double
    var spread: Double
    var file_B: Int
    var memory_B: Int?
    /// How many of the 1,000 rows are wrong, counted from the first.
    var wrong: Int
    var end: End

    init(
      _ name: String, _ steps: [Step] = [], time: Double = 1, spread: Double = 0.001, file_B: Int = 40_000,
      memory_B: Int? = 10_000_000, wrong: Int = 20, end: End = .measured
    ) {
      (self.name, self.steps, self.time, self.spread, self.file_B) = (name, steps, time, spread, file_B)
      (self.memory_B, self.wrong, self.end) = (memory_B, wrong, end)
    }
  }

  var rows: [Row]
  var launches = 10
  /// Which launches a variant took part in, where not all: by name.
  var only: [String: [Int]] = [:]
  var hasLabels = true
  var operators = ["Conv": 3, "Gemm": 2]
  var macs = 2_000_000
  var flags: Set<String> = ["avx2", "avx512_vnni"]
  var gates: [Gate] = []

  init(_ rows: [Row]) { self.rows = rows }

  static let latency_ns = 1_000_000.0
  static let rowCount = 1000
  /// Where a launch lies within the spread: fixed, with median 0.
  private static let pattern = [-1, 0.5, 0.2, -0.3, 0.8, -0.6, 0.1, -0.1, 0.4, -0.9]

  let group = ComparisonGroup(baseline: "net", engine: "onnxruntime", threads: 1, batch: 1, scenario: .singleStream)

  func record() -> RunRecord {
    let labels = (0..<Self.rowCount).map { UInt64($0 % 10) }
    var record = RunRecord(
      programVersion: "0.1.0", suite: "made", suitePath: "s.yaml", planHash: "", startedAt: "2026-11-21T10:00:00Z",
      command: [],
      environment: Environment(
        cpuModel: "Test CPU", cpuFeatures: CPUFeatures(flags: flags), allowedCPUs: [0, 1], cgroupCPUs: nil,
        memory_B: 8_000_000_000, kernel: "", operatingSystem: "", host: "host", governor: nil, engines: []),
      settings: MeasureSettings(launches: launches, rounds: 3),
      datasets: [
        DatasetRecord(
          name: "net", availableRows: Self.rowCount, rows: Self.rowCount,
          labels: PackedIntegers(hasLabels ? labels : []),
          classCount: hasLabels ? 10 : nil)
      ])
    for (index, row) in rows.enumerated() {
      record.variants.append(
        VariantRecord(
          baseline: "net", name: row.name, steps: row.steps,
          build: .built(
            BuiltVariant(
              path: "", sha256: row.name,
              figures: ModelFigures(
                file_B: row.file_B, parameters: 1000, nonzeros: 1000, macs: macs, effectiveMacs: nil), reports: [],
              build_ns: nil))))
      record.trials.append(
        TrialRecord(trial: Trial(variant: row.name, group: group), result: result(row, index, labels)))
    }
    return record
  }

  private func result(_ row: Row, _ index: Int, _ labels: [UInt64]) -> TrialResult {
    switch row.end {
    case .failed(let message): return .failed(TrialFailure(stage: .load, message: message))
    case .skipped(let reason): return .skipped(reason: reason)
    case .measured:
      let classes = labels.enumerated().map { $0.offset < row.wrong ? ($0.element + 1) % 10 : $0.element }
      return .completed(
        TrialData(
          launches: (only[row.name] ?? Array(0..<launches)).map { launch(row, index, $0) },
          answers: hasLabels
            ? Answers(
              dataset: "net", classes: PackedIntegers(classes),
              metrics: ["accuracy.top1": 1 - Double(row.wrong) / Double(Self.rowCount)]) : nil,
          execution: ExecutionReport(
            int8Share: row.name.hasPrefix("int8") ? 0.98 : 0, operators: row.name == "baseline" ? operators : [:])))
    }
  }

  private func launch(_ row: Row, _ index: Int, _ launch: Int) -> LaunchRecord {
    // Each variant takes the pattern up at another place, so that two of them do not go up and down together.
    let place = Self.pattern[(launch + 3 * index) % Self.pattern.count]
    let typical = Self.latency_ns * row.time * (1 + row.spread * place)
    let blocks = (0..<3).map { round in
      let samples = [UInt64](repeating: UInt64(typical), count: 30)
      return BlockRecord(
        round: round, position: index, samples: Samples(samples), elapsed_ns: samples.reduce(0, +),
        involuntarySwitches: 0)
    }
    let memory = row.memory_B.map { bytes in
      MemoryFigures(
        beforeLoad_B: 20_000_000, afterLoad_B: 20_000_000 + bytes / 2,
        peak_B: 20_000_000 + bytes + Int(1000 * place))
    }
    return LaunchRecord(
      launch: launch, phases: Phases(processStart_ns: 5_000_000, load_ns: 9_000_000, firstInference_ns: 2_000_000),
      warmUp: Samples(), blocks: blocks, memory: memory ?? MemoryFigures())
  }
}

extension HandMadeTable.Row {
  static func baseline(_ time: Double = 1, wrong: Int = 20, memory_B: Int? = 10_000_000) -> Self {
    Self("baseline", time: time, memory_B: memory_B, wrong: wrong)
  }

  static let int8Steps = [Step(method: "quantize", options: ["mode": .text("static")])]
  static let mseSteps = [Step(method: "quantize", options: ["mode": .text("static"), "calibration": .text("mse")])]
  static let prunedSteps = [Step(method: "prune", options: ["sparsity": .number(0.5)])]
  static let halfSteps = [Step(method: "prune", options: ["target": .text("unit"), "ratio": .number(0.5)])]
}
