/// The metrics that writers name: what they put into a column of its own.
public enum ReportMetric: String, Sendable, Hashable, CaseIterable {
  case accuracy = "accuracy.top1"
  case latencyP50 = "latency.p50"
  case latencyP90 = "latency.p90"
  case latencyP99 = "latency.p99"
  case throughput
  case load
  case fileSize = "size.file"
  case parameters
  case nonzeros
  case macs
  case memoryAfterLoad = "memory.load"
  case memoryPeak = "memory.peak"
  case int8Share = "int8.share"
}
