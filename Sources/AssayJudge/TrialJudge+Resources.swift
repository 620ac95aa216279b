import AssayCore
import AssayMeasure

/// Figures of memory, energy and of a server's queue.
extension TrialJudge {
  /// All memory figures, in the order of `MetricCatalog.all`.
  func memory() -> [Figure] {
    [
      overLaunches(MetricCatalog.memoryBeforeLoad) { $0.memory.beforeLoad_B.map { Double($0) } },
      overLaunches(MetricCatalog.loadedMemory) { $0.memory.sinceStart(\.afterLoad_B) },
      overLaunches(MetricCatalog.memoryFirstInference) { $0.memory.sinceStart(\.afterFirstInference_B) },
      overLaunches(MetricCatalog.peakMemory) { $0.memory.sinceStart(\.peak_B) },
      overLaunches(MetricCatalog.proportionalMemory) { $0.memory.proportional_B.map { Double($0) } },
      differenceOverLaunches(MetricCatalog.memoryGrowth) { $0.memory.steadyStateGrowth_B.map { Double($0) } },
      differenceOverLaunches(MetricCatalog.memoryLeak) { LeakSlope($0)?.slope_B },
      Figure(MetricCatalog.deviceMemory, .unavailable(own.failure ?? "not available: \(deviceWords)"), count: 0),
    ]
  }

  private var deviceWords: String {
    let device = own.trial.trial.group.device
    return device == "cpu" ? "the model runs on the CPU" : "memory of \(device) is not read"
  }

  /// Joules an inference: median over launches of the energy of all blocks by the inferences of all blocks.
  func energy() -> Figure {
    let figure = overLaunches(MetricCatalog.energy, \.energy_J)
    guard figure.value == nil, own.failure == nil, own.data?.launches.isEmpty == false else { return figure }
    return Figure(
      MetricCatalog.energy, .unavailable("not available: no energy counter (RAPL) that may be read"), count: 0)
  }

  /// Utilization and backlog, for trials of the server scenario only.
  func server() -> [Figure] {
    guard scenario == .server else { return [] }
    return [
      overLaunches(MetricCatalog.serverUtilization, \.utilization),
      differenceOverLaunches(MetricCatalog.serverBacklog, \.backlog),
    ]
  }

  /// Median over launches of something that may be zero or negative; the change is the difference of medians, with the
  /// order-statistic interval of the launches' differences.
  private func differenceOverLaunches(_ metric: Metric, _ value: (LaunchRecord) -> Double?) -> Figure {
    guard let launches = own.data?.launches, let values = SortedValues(launches.compactMap(value)) else {
      return nothing(metric)
    }
    return Figure(
      metric, .value(values.median), interval: medianInterval(values, confidence: confidence), count: values.count,
      change: change(.difference) { baseline in
        let others = Dictionary(
          (baseline.data?.launches ?? []).map { ($0.launch, value($0)) }, uniquingKeysWith: { $1 })
        let differences = launches.compactMap { launch -> Double? in
          guard let mine = value(launch), let other = others[launch.launch] ?? nil else { return nil }
          return mine - other
        }
        guard let sorted = SortedValues(differences) else {
          return Change(.difference, .unavailable("no launch in common with the baseline"))
        }
        return Change(
          .difference, .value(sorted.median), interval: medianInterval(sorted, confidence: confidence))
      })
  }
}

extension MemoryFigures {
  /// A resident size minus that before the load, in bytes, not below zero; nil where either is not known.
  func sinceStart(_ size: KeyPath<MemoryFigures, Int?>) -> Double? {
    guard let value = self[keyPath: size], let before = beforeLoad_B else { return nil }
    return Double(max(0, value - before))
  }
}

extension LaunchRecord {
  /// Inferences of all blocks; requests given up are none.
  private var inferences: Double {
    blocks.reduce(0) { $0 + Double($1.answered) } * Double(inferencesPerSample ?? 1)
  }

  /// Energy an inference, in joules, over the blocks whose energy was read; nil when one was not, or nothing was counted.
  fileprivate var energy_J: Double? {
    var total_uJ = 0.0
    for block in blocks {
      guard let energy_uJ = block.energy_uJ else { return nil }
      total_uJ += Double(energy_uJ)
    }
    return inferences > 0 && total_uJ > 0 ? total_uJ / 1e6 / inferences : nil
  }

  /// Mean time of an inference times the rate of arrivals; nil without a request answered, and in other scenarios.
  var utilization: Double? {
    var (busy_ns, window_ns, arrived) = (0.0, 0.0, 0.0)
    for block in blocks {
      guard let server = block.server else { continue }
      busy_ns += Double(server.busy_ns)
      window_ns += Double(server.window_ns)
      arrived += Double(block.samples.count)
    }
    return inferences > 0 && window_ns > 0 ? busy_ns / inferences * arrived / window_ns : nil
  }

  /// Mean over blocks of the requests not answered when the arrivals ended; nil in other scenarios.
  fileprivate var backlog: Double? {
    let backlogs = blocks.compactMap { $0.server.map { Double($0.backlog) } }
    return backlogs.isEmpty ? nil : backlogs.reduce(0, +) / Double(backlogs.count)
  }
}
