import AssayCore
import AssayMeasure

/// The steady-state latencies of a trial, reduced to what drawing needs.
///
/// All quantiles from minimum to maximum in equal steps of probability, so that nothing of the shape is lost that could
/// be seen, however many samples there are. Samples of all launches are pooled: for the eye, never for a test.
public struct LatencyDistribution: Sendable, Hashable {
  /// Steps of probability between minimum and maximum.
  public static let steps = 400

  /// Number of samples.
  public var count: Int
  /// `steps + 1` latencies in nanoseconds, ascending: the quantiles 0, 1/`steps`, ... 1 (Hyndman and Fan's type 7).
  public var quantiles_ns: [Double]

  public init(count: Int, quantiles_ns: [Double]) {
    self.count = count
    self.quantiles_ns = quantiles_ns
  }

  /// Nil without samples.
  ///
  /// - Complexity: O(n log n).
  init?(_ launches: [LaunchRecord]) {
    var pooled: [UInt64] = []
    for launch in launches {
      for block in launch.blocks { pooled += block.samples.nanoseconds }
    }
    guard let sorted = SortedValues(pooled) else { return nil }
    self.init(
      count: sorted.count,
      quantiles_ns: (0...Self.steps).map { sorted.quantile(Double($0) / Double(Self.steps)) })
  }

  /// The quantile nearest to `probability`, in nanoseconds.
  public func quantile_ns(_ probability: Double) -> Double {
    let last = quantiles_ns.count - 1
    guard last >= 0 else { return .nan }
    return quantiles_ns[min(last, max(0, Int((probability * Double(last)).rounded())))]
  }
}
