public import AssayCore
import AssayMeasure

/// Every metric a summary can hold, in the order of reports: one literal list, then the accuracy metrics'.
public enum MetricCatalog {
  public static let latencyP50 = Metric("latency.p50", unit: "ns", .lowerIsBetter, .timed)
  public static let latencyP10 = Metric("latency.p10", unit: "ns", .lowerIsBetter, .timed)
  public static let latencyP90 = Metric("latency.p90", unit: "ns", .lowerIsBetter, .timed)
  public static let latencyP99 = Metric("latency.p99", unit: "ns", .lowerIsBetter, .timed)
  /// What the true p90 does not exceed, one-sided at 99 % confidence, whatever the distribution: MLPerf's early-stopping
  /// estimate. It takes samples as independent.
  public static let latencyP90Bound = Metric("latency.p90-bound", unit: "ns", .lowerIsBetter, .timed)
  /// The same for p99.
  public static let latencyP99Bound = Metric("latency.p99-bound", unit: "ns", .lowerIsBetter, .timed)
  /// Rows answered in a second of the steady state; in the server scenario the rate achieved.
  public static let throughput = Metric("throughput", unit: "1/s", .higherIsBetter, .timed)
  /// Server scenario: seconds of work that arrive in a second. From 1 on the queue grows without end: overloaded.
  public static let serverUtilization = Metric("server.utilization", unit: "fraction", .lowerIsBetter, .timed)
  /// Server scenario: requests not answered when the arrivals of a block end.
  public static let serverBacklog = Metric("server.backlog", unit: "count", .lowerIsBetter, .timed)
  /// From spawning the worker to its first answer.
  public static let processStart = Metric("start.process", unit: "ns", .lowerIsBetter, .timed)
  public static let load = Metric("start.load", unit: "ns", .lowerIsBetter, .timed)
  public static let firstInference = Metric("start.first-inference", unit: "ns", .lowerIsBetter, .timed)
  /// Runnable file with its external data.
  public static let fileSize = Metric("size.file", unit: "B", .lowerIsBetter, .exact)
  /// Every weight stored in its weight form, all else as in the runnable file.
  public static let packedSize = Metric("size.packed", unit: "B", .lowerIsBetter, .exact)
  public static let packedValues = Metric("size.packed.values", unit: "B", .neutral, .exact)
  public static let packedIndices = Metric("size.packed.indices", unit: "B", .neutral, .exact)
  public static let packedCodebooks = Metric("size.packed.codebooks", unit: "B", .neutral, .exact)
  public static let packedHeader = Metric("size.packed.header", unit: "B", .neutral, .exact)
  public static let parameters = Metric("size.parameters", unit: "count", .lowerIsBetter, .exact)
  public static let nonzeros = Metric("size.nonzeros", unit: "count", .lowerIsBetter, .exact)
  /// Multiply-accumulates of one inference at batch 1.
  public static let macs = Metric("compute.macs", unit: "count", .lowerIsBetter, .exact)
  /// Multiply-accumulates whose weight is not zero.
  public static let effectiveMacs = Metric("compute.effective-macs", unit: "count", .lowerIsBetter, .exact)
  /// Share of multiply-accumulates that really run in int8.
  public static let int8Share = Metric("compute.int8", unit: "fraction", .neutral, .exact)
  /// Resident size before the load: the process with the engine's library.
  public static let memoryBeforeLoad = Metric("memory.before-load", unit: "B", .lowerIsBetter, .memory)
  /// Resident size after the load minus before it: what the model costs.
  public static let loadedMemory = Metric("memory.loaded", unit: "B", .lowerIsBetter, .memory)
  /// Resident size after the first inference minus before the load.
  public static let memoryFirstInference = Metric("memory.first-inference", unit: "B", .lowerIsBetter, .memory)
  /// Largest resident size minus that before the load.
  public static let peakMemory = Metric("memory.peak", unit: "B", .lowerIsBetter, .memory)
  /// Resident size after the warm-up, each page that processes share counted by its share (`Pss`).
  public static let proportionalMemory = Metric("memory.proportional", unit: "B", .lowerIsBetter, .memory)
  /// Resident memory that no file backs, at the end of the steady state minus at its beginning.
  public static let memoryGrowth = Metric("memory.growth", unit: "B", .lowerIsBetter, .memory)
  /// Growth an inference over the steady state, by Theil and Sen over the blocks of a launch; median over launches.
  public static let memoryLeak = Metric("memory.leak", unit: "B", .lowerIsBetter, .memory)
  /// Memory of the GPU that the model runs on.
  public static let deviceMemory = Metric("memory.device", unit: "B", .lowerIsBetter, .memory)
  /// Energy of the processor packages an inference, everything else on them and idle time included (RAPL).
  public static let energy = Metric("energy.inference", unit: "J", .lowerIsBetter, .memory)

  /// Share of rows whose highest score is the true class.
  static let top1 = Metric("accuracy.top1", unit: "fraction", .higherIsBetter, .quality)

  /// What answers are judged by, in the order in which it is asked for: classes, anomaly scores, regression, and without labels
  /// drift.
  public static let qualities: [Metric] =
    ["accuracy.top1", "accuracy.auroc", "accuracy.mse", "drift.agreement", "drift.cosine"].compactMap(metric(named:))

  /// All metrics.
  public static let all: [Metric] =
    [
      latencyP50, latencyP10, latencyP90, latencyP99, latencyP90Bound, latencyP99Bound, throughput, serverUtilization,
      serverBacklog, processStart, load, firstInference, fileSize, packedSize, packedValues, packedIndices,
      packedCodebooks,
      packedHeader, parameters, nonzeros, macs, effectiveMacs, int8Share,
      memoryBeforeLoad, loadedMemory, memoryFirstInference, peakMemory, proportionalMemory, memoryGrowth, memoryLeak,
      deviceMemory, energy,
    ] + AccuracyMetricCatalog.all.map(\.metric)

  /// The metric of a name; nil for an unknown one.
  public static func metric(named name: String) -> Metric? { all.first { $0.name == name } }
}
