import AssayCore
import AssayMeasure
import AssayReport
import Glibc

/// A run record made up by a seeded generator: two baselines, strange names, failures, skips, a subset.
enum SampleRun {
  static let strange = "int8\nπ 100% \"q\", `touch pwned` @x_y ^z {w} \\ it's 漢字"
  static let strangeBaseline = "cnn, größe <50%> & \"more\""

  /// The report of `record()`, made once.
  static let model: ReportModel = {
    var model = ReportModel(record())
    // The words of a choice have tests of their own.
    model.recommendations = []
    return model
  }()

  static func record() -> RunRecord {
    var record = empty()
    add(
      to: &record, baseline: "digits-mlp", batch: 1, launches: 6, samples: 25,
      variants: [
        Recipe("baseline", latency_ns: 24_100, errors: 65, file_B: 216_960),
        Recipe("int8-static", latency_ns: 15_200, errors: 68, file_B: 61_004, int8: 1),
        Recipe("int8-dynamic", latency_ns: 19_800, errors: 65, file_B: 60_120, int8: 0.993),
        Recipe("pruned-90", latency_ns: 24_080, errors: 91, file_B: 216_960, density: 0.1),
        Recipe("float16", failure: "the engine has no float16 kernel for Gemm (choose another engine)"),
        Recipe("half-width", skip: "the model's fixed batch is 1"),
        Recipe(strange, latency_ns: 16_900, errors: 59, file_B: 58_200, int8: 1, spread: 0.35),
        Recipe("too-old", buildFailure: "opset 6 has no QuantizeLinear: raise the model's opset to 10 or later"),
      ])
    add(
      to: &record, baseline: "digits-mlp", batch: 32, launches: 6, samples: 25,
      variants: [
        Recipe("baseline", latency_ns: 301_000, errors: 65, file_B: 216_960),
        Recipe("int8-static", latency_ns: 143_000, errors: 68, file_B: 61_004, int8: 1),
        Recipe("int8-dynamic", latency_ns: 305_000, errors: 65, file_B: 60_120, int8: 0.993),
        Recipe("pruned-90", latency_ns: 300_000, errors: 91, file_B: 216_960, density: 0.1),
      ])
    add(
      to: &record, baseline: strangeBaseline, batch: 1, launches: 5, samples: 10,
      variants: [
        Recipe("baseline", latency_ns: 311_200, errors: 13, file_B: 314_049),
        Recipe("int8-static", latency_ns: 232_600, errors: 14, file_B: 100_183, int8: 1),
        Recipe("int8-dynamic", latency_ns: 1_778_800, errors: 13, file_B: 92_988, int8: 0.42),
        Recipe("pruned-90", latency_ns: 312_900, errors: 40, file_B: 314_049, density: 0.1),
        Recipe("crashed", failure: "the worker ended", signal: 11),
        Recipe("ß-½-size", latency_ns: 120_700, errors: 90, file_B: 82_113),
      ], int8IsTold: false)
    record.finishedAt = "2026-11-21T10:04:30Z"
    return record
  }

  /// One baseline with fifteen variants close to each other, for crowded pictures.
  static func crowdedRecord(_ count: Int = 16) -> RunRecord {
    var record = empty()
    let methods = [
      "prune-magnitude", "int8-static-percentile", "int8-static-entropy-per-channel", "cluster", "low-rank",
    ]
    let recipes = (0..<count).map { index in
      index == 0
        ? Recipe("baseline", latency_ns: 100_000, errors: 100, file_B: 1_067_168)
        : Recipe(
          "\(methods[index % methods.count])-\(index)", latency_ns: 100_000 * pow(0.94, Double(index % 9)),
          errors: 96 + (index * 7) % 40, file_B: 1_067_168 - 61_000 * index, int8: index.isMultiple(of: 2) ? 1 : 0,
          density: 1 - Double(index) / 20)
    }
    add(to: &record, baseline: "lenet300", batch: 1, launches: 5, samples: 40, variants: recipes)
    record.finishedAt = "2026-11-21T10:04:30Z"
    return record
  }

  static let rows = 1_797

  private static func empty() -> RunRecord {
    RunRecord(
      programVersion: "0.1.0", suite: "digits", suitePath: "suites/digits.yaml", planHash: "5ca1e",
      startedAt: "2026-11-21T10:00:00Z",
      command: ["assay", "run", "suites/digits.yaml", "--only", "it's"],
      environment: Environment(
        cpuModel: "AMD EPYC 7B13", cpuFeatures: CPUFeatures(flags: ["avx", "avx2", "fma", "f16c", "sse4_2"]),
        allowedCPUs: [0, 1], cgroupCPUs: 2, memory_B: 8_331_776_000, kernel: "6.1.0-18-amd64",
        operatingSystem: "Debian GNU/Linux 12 (bookworm)", host: "builder", governor: nil,
        engines: [EngineIdentity(name: "onnxruntime", version: "1.31.1", library: ".engines/libonnxruntime.so")]),
      settings: MeasureSettings(launches: 6, rounds: 8, block_ns: 10_000_000, seed: 7),
      datasets: [
        DatasetRecord(
          name: "digits test", availableRows: rows, rows: rows,
          labels: PackedIntegers((0..<rows).map { UInt64($0 % 10) }))
      ], harness_ns: 41)
  }

  struct Recipe {
    enum End { case measured, failed(String, Int32?), skipped(String), notBuilt(String) }
    var name: String
    var end: End
    var latency_ns = 0.0
    var errors = 0
    var file_B = 0
    var int8 = 0.0
    var density = 1.0
    var spread = 0.02

    init(
      _ name: String, latency_ns: Double, errors: Int, file_B: Int, int8: Double = 0, density: Double = 1,
      spread: Double = 0.02
    ) {
      self.name = name
      end = .measured
      (self.latency_ns, self.errors, self.file_B) = (latency_ns, errors, file_B)
      (self.int8, self.density, self.spread) = (int8, density, spread)
    }

    init(_ name: String, failure: String, signal: Int32? = nil) { (self.name, end) = (name, .failed(failure, signal)) }
    init(_ name: String, skip: String) { (self.name, end) = (name, .skipped(skip)) }
    init(_ name: String, buildFailure: String) { (self.name, end) = (name, .notBuilt(buildFailure)) }
  }

  static func add(
    to record: inout RunRecord, baseline: String, batch: Int, launches: Int, samples: Int, variants: [Recipe],
    int8IsTold: Bool = true
  ) {
    let group = ComparisonGroup(
      baseline: baseline, engine: "onnxruntime", threads: batch == 1 ? 1 : 2, batch: batch, scenario: .singleStream)
    for (index, recipe) in variants.enumerated() {
      if !record.variants.contains(where: { $0.baseline == baseline && $0.name == recipe.name }) {
        record.variants.append(variant(recipe, baseline: baseline))
      }
      let result: TrialResult
      switch recipe.end {
      case .notBuilt: continue
      case .failed(let message, let signal):
        result = .failed(TrialFailure(stage: signal == nil ? .load : .inference, message: message, signal: signal))
      case .skipped(let reason): result = .skipped(reason: reason)
      case .measured:
        result = .completed(
          data(recipe, seed: UInt64(index), launches: launches, samples: samples, int8IsTold: int8IsTold))
      }
      record.trials.append(TrialRecord(trial: Trial(variant: recipe.name, group: group), result: result))
    }
    record.groups.append(GroupRecord(group: group))
  }

  private static func variant(_ recipe: Recipe, baseline: String) -> VariantRecord {
    let parameters = 50_826
    let isBaseline = recipe.name == Trial.baselineVariant
    let steps = isBaseline ? [] : [Step(method: "quantize", options: ["bits": .integer(8)])]
    if case .notBuilt(let message) = recipe.end {
      return VariantRecord(baseline: baseline, name: recipe.name, steps: steps, build: .failed(message: message))
    }
    let reports =
      isBaseline
      ? []
      : [
        StepReport(
          step: "fold-batch-norm", isAutomatic: true, skips: [.init(node: "/fc1/Gemm", text: "no batch norm follows")]),
        StepReport(
          step: "quantize bits=8",
          changes: [
            .init(node: "/fc1/Gemm", text: "int8, per channel"), .init(node: "/fc2/Gemm", text: "int8, per channel"),
          ], skips: [.init(node: "/out|*Softmax*", text: "no int8 kernel")],
          notes: ["7-bit weights: no int8 dot product on this CPU"]),
      ]
    return VariantRecord(
      baseline: baseline, name: recipe.name, steps: steps,
      build: .built(
        BuiltVariant(
          path: ".assay/cache/\(recipe.file_B).onnx", sha256: "0f\(recipe.file_B)",
          figures: ModelFigures(
            file_B: recipe.file_B == 0 ? 216_960 : recipe.file_B, parameters: parameters,
            nonzeros: Int(Double(parameters) * recipe.density), macs: 50_432, effectiveMacs: nil,
            unknownOperators: recipe.name == "pruned-90" ? ["com.example.Odd"] : []),
          reports: reports, build_ns: isBaseline ? nil : 12_300_000)))
  }

  private static func data(
    _ recipe: Recipe, seed: UInt64, launches: Int, samples: Int, int8IsTold: Bool
  ) -> TrialData {
    var generator = SeededGenerator(seed: 11, stream: seed)
    var records: [LaunchRecord] = []
    for launch in 0..<launches {
      let luck = 1 + 0.006 * (generator.unit() - 0.5)
      let blocks = (0..<8).map { round -> BlockRecord in
        let values = (0..<samples).map { _ -> UInt64 in
          // A sum of uniform numbers is close to normal; now and then something interrupts.
          let noise = (generator.unit() + generator.unit() + generator.unit() - 1.5) * recipe.spread
          let interrupted = generator.unit() < 0.004 ? 3.0 + 20 * generator.unit() : 1
          let second = recipe.spread > 0.1 && generator.unit() < 0.3 ? 1.6 : 1
          return UInt64(recipe.latency_ns * luck * (1 + noise) * interrupted * second)
        }
        return BlockRecord(
          round: round, position: 0, samples: Samples(values), elapsed_ns: values.reduce(0, +), involuntarySwitches: 0)
      }
      records.append(
        LaunchRecord(
          launch: launch,
          phases: Phases(processStart_ns: 9_000_000, load_ns: 1_200_000 + seed * 31_000, firstInference_ns: 90_000),
          warmUp: Samples([90_000]), blocks: blocks,
          memory: MemoryFigures(
            beforeLoad_B: 21_000_000, afterLoad_B: 23_400_000 + Int(seed) * 90_000, peak_B: 24_800_000)))
    }
    let classes = (0..<rows).map { row -> UInt64 in
      // Wrong answers fall on the first rows, shifted a little so that some flip both ways.
      let isWrong = row >= Int(seed) && row < Int(seed) + recipe.errors
      return UInt64(isWrong ? (row + 1) % 10 : row % 10)
    }
    return TrialData(
      launches: records,
      answers: Answers(
        dataset: "digits test", classes: PackedIntegers(classes),
        metrics: ["accuracy.top1": 1 - Double(recipe.errors) / Double(rows)]),
      execution: ExecutionReport(
        int8Share: int8IsTold ? recipe.int8 : nil, operators: ["Gemm": 3, "Relu": 2],
        floatNodes: recipe.int8 == 1 ? [] : ["/fc1/Gemm", "/fc2/Gemm"],
        notes: ["ran on CPUExecutionProvider"]))
  }
}
