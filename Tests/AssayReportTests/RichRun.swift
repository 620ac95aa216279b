import AssayCore
import AssayJudge

@testable import AssayReport

/// A run that has something of everything that reports can show: batches, control kernel, sensitivities, learning curves.
enum RichRun {
  static let hostile = "<script>alert(1)</script><img src=x onerror='alert(2)'>\" onclick=\"alert(3)"

  /// The report of `record()` with its verdicts and a recommendation, made once.
  static let model = report(of: record())

  static func report(of record: RunRecord) -> ReportModel {
    var model = ReportModel(record, comparison: Comparison(withinRun: record))
    guard let group = model.groups.first else { return model }
    model.recommendations = [
      ReportRecommendation(
        purpose: "speed", baseline: group.group.baseline, conditions: group.conditions, variant: "int8",
        answer: "Take int8: 1.58 times as fast, accuracy −0.17 pp.",
        reasons: ["speed-int8: static int8 where the CPU has int8 dot products", "Second: pruned-90, 57 % slower."])
    ]
    for place in model.groups.indices {
      for index in model.groups[place].rows.indices {
        guard let file = model.groups[place].rows[index][MetricCatalog.fileSize]?.value else { continue }
        model.groups[place].rows[index].figures.removeAll { $0.metric.name.hasPrefix("size.packed") }
        let parts = [("", 0.5), (".values", 0.3), (".indices", 0.12), (".codebooks", 0.05), (".header", 0.03)]
        for (name, share) in parts {
          let metric = Metric("size.packed\(name)", unit: "B", .lowerIsBetter, .exact)
          model.groups[place].rows[index].figures.append(
            Figure(metric, .value((file * share).rounded()), count: 1))
        }
      }
    }
    return model
  }

  static func record(gates: [Gate] = []) -> RunRecord {
    var record = SampleRun.record()
    (record.trials, record.variants, record.groups) = ([], [], [])
    record.suite = "rich"
    record.gates = gates
    for (batch, factor) in [(1, 1.0), (2, 1.7), (8, 5.2)] {
      SampleRun.add(
        to: &record, baseline: "net", batch: batch, launches: 6, samples: 20,
        variants: [
          SampleRun.Recipe("baseline", latency_ns: 24_100 * factor, errors: 65, file_B: 216_960),
          SampleRun.Recipe("int8", latency_ns: 15_200 * factor, errors: 68, file_B: 61_004, int8: 1),
          SampleRun.Recipe("pruned-90", latency_ns: 23_900 * factor, errors: 91, file_B: 216_960, density: 0.1),
          SampleRun.Recipe(hostile, latency_ns: 19_000 * factor, errors: 59, file_B: 99_000),
          SampleRun.Recipe("broken", failure: "the engine has no kernel for Gemm"),
        ])
    }
    for index in record.trials.indices { record.trials[index].trial.group.threads = 1 }
    for index in record.groups.indices {
      record.groups[index].group.threads = 1
      record.groups[index].launches = control(seed: UInt64(index))
    }
    addAccounts(to: &record)
    return record
  }

  /// Zeros are counted, a step asked for sensitivities, another trained.
  private static func addAccounts(to record: inout RunRecord) {
    for index in record.variants.indices {
      guard case .built(var built) = record.variants[index].build else { continue }
      built.figures.effectiveMacs = record.variants[index].name == "pruned-90" ? 5_043 : 50_432
      if record.variants[index].name == "int8" {
        var layers: [LayerSensitivity] = []
        for layer in 0..<6 {
          let place = Double(layer)
          let noise: Double = 0.02 / (1 + place * place * 4)
          let changed: Double = 0.01 / (1 + place)
          layers.append(
            LayerSensitivity(
              node: "/fc\(layer + 1)/Gemm", macs: 8_000, noise: noise, changedAnswers: changed, isLeftAlone: layer == 0)
          )
        }
        built.reports[1].sensitivities = layers
      }
      if record.variants[index].name == "pruned-90" {
        var epochs: [TrainedEpoch] = []
        for epoch in 1...8 {
          let share = 1 / Double(epoch)
          epochs.append(
            TrainedEpoch(
              epoch: epoch, loss: 0.9 * share, accuracy: 1 - 0.3 * share, validationLoss: 0.05 + 0.95 * share,
              validationAccuracy: 0.96 - 0.3 * share, rate: 0.1))
        }
        built.reports[1].epochs = epochs
      }
      record.variants[index].build = .built(built)
    }
  }

  private static func control(seed: UInt64) -> [GroupLaunch] {
    var generator = SeededGenerator(seed: 5, stream: seed)
    var launches: [GroupLaunch] = []
    for launch in 0..<6 {
      var blocks: [BlockRecord] = []
      for round in 0..<8 {
        let disturbed = launch == 3 && round == 2 ? 1.2 : 1
        let value = UInt64((8_000 + 80 * generator.unit()) * disturbed)
        blocks.append(
          BlockRecord(
            round: round, position: 0, samples: Samples([value, value + 4]), elapsed_ns: 2 * value,
            involuntarySwitches: 0))
      }
      launches.append(
        GroupLaunch(launch: launch, seed: seed, cpus: [1], pinned: true, control: blocks, conditions: []))
    }
    return launches
  }
}
