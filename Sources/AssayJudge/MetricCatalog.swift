public import AssayCore
import AssayMeasure

/// Every metric a summary can hold, in the order of reports: one literal list, then the accuracy metrics'.
public enum MetricCatalog {
  public static let latencyP50 = Metric("latency.p50", unit: "ns", .lowerIsBetter, .timed)
  public static let latencyP10 = Metric("latency.p10", unit: "ns", .lowerIsBetter, .timed)
  public static let latencyP90 = Metric("latency.p90", unit: "ns", .lowerIsBetter, .timed)
  public static let latencyP99 = Metric("latency.p99", unit: "ns", .lowerIsBetter, .timed)
  /// Rows answered in a second of the steady state.
  public static let throughput = Metric("throughput", unit: "1/s", .higherIsBetter, .timed)
  /// From spawning the worker to its first answer.
  public static let processStart = Metric("start.process", unit: "ns", .lowerIsBetter, .timed)
  public static let load = Metric("start.load", unit: "ns", .lowerIsBetter, .timed)
  public static let firstInference = Metric("start.first-inference", unit: "ns", .lowerIsBetter, .timed)
  /// Runnable file with its external data.
  public static let fileSize = Metric("size.file", unit: "B", .lowerIsBetter, .exact)
  public static let parameters = Metric("size.parameters", unit: "count", .lowerIsBetter, .exact)
  public static let nonzeros = Metric("size.nonzeros", unit: "count", .lowerIsBetter, .exact)
  /// Multiply-accumulates of one inference at batch 1.
  public static let macs = Metric("compute.macs", unit: "count", .lowerIsBetter, .exact)
  /// Multiply-accumulates whose weight is not zero.
  public static let effectiveMacs = Metric("compute.effective-macs", unit: "count", .lowerIsBetter, .exact)
  /// Share of multiply-accumulates that really run in int8.
  public static let int8Share = Metric("compute.int8", unit: "fraction", .neutral, .exact)
  /// Resident size after the load minus before it: what the model costs.
  public static let loadedMemory = Metric("memory.loaded", unit: "B", .lowerIsBetter, .memory)
  /// Largest resident size minus that before the load.
  public static let peakMemory = Metric("memory.peak", unit: "B", .lowerIsBetter, .memory)

  /// All metrics.
  public static let all: [Metric] =
    [
      latencyP50, latencyP10, latencyP90, latencyP99, throughput, processStart, load, firstInference, fileSize,
      parameters, nonzeros, macs, effectiveMacs, int8Share, loadedMemory, peakMemory,
    ] + AccuracyMetricCatalog.all.map(\.metric)

  /// The metric of a name; nil for an unknown one.
  public static func metric(named name: String) -> Metric? { all.first { $0.name == name } }
}
