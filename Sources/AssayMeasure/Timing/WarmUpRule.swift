/// When a model counts as warm: the medians of two successive windows of inferences agree, within bounds.
///
/// A window is complete when it holds both `windowCount` inferences and `window_ns` of time, so that fast and slow models
/// are judged by comparable stretches.
public struct WarmUpRule: Sendable, Hashable {
  /// Fewest inferences in a window.
  public var windowCount: Int
  /// Least time in a window, in nanoseconds.
  public var window_ns: UInt64
  /// Largest relative difference of two medians that counts as agreement, of the smaller one.
  public var tolerance: Double
  /// Inferences made in any case; the bounds below do not cut them.
  public var minimumCount: Int
  /// Bound on the number of inferences.
  public var maximumCount: Int
  /// Bound on their total time, in nanoseconds.
  public var maximum_ns: UInt64

  public init(
    windowCount: Int = 3, window_ns: UInt64 = 5_000_000, tolerance: Double = 0.02, minimumCount: Int = 3,
    maximumCount: Int = 100_000, maximum_ns: UInt64 = 1_000_000_000
  ) {
    self.windowCount = max(1, windowCount)
    self.window_ns = window_ns
    self.tolerance = tolerance
    self.minimumCount = max(1, minimumCount)
    self.maximumCount = max(1, maximumCount)
    self.maximum_ns = maximum_ns
  }
}

/// Why a warm-up ended.
public enum WarmUpEnd: String, Sendable, Hashable {
  /// Two successive window medians agree.
  case steady
  /// The bound on time was reached first.
  case timeBound
  /// The bound on inferences was reached first.
  case countBound
}

/// All inferences before the steady state.
public struct WarmUp: Sendable, Hashable {
  /// Latencies in nanoseconds, in order; kept, never part of the steady state.
  public var latencies_ns: [UInt64]
  public var end: WarmUpEnd

  public init(latencies_ns: [UInt64], end: WarmUpEnd) {
    self.latencies_ns = latencies_ns
    self.end = end
  }
}

/// A warm-up in progress: fed with latencies one by one, says when it is over.
public struct WarmUpProgress: Sendable {
  private let rule: WarmUpRule
  private var window: [UInt64] = []
  private var windowTime_ns: UInt64 = 0
  private var previousMedian_ns: Double?
  private var count = 0
  private var time_ns: UInt64 = 0

  /// Begins with no inference made.
  public init(_ rule: WarmUpRule) { self.rule = rule }

  /// Takes the latency of one more inference; the reason when the warm-up is over, else nil.
  ///
  /// - Complexity: O(1), and O(w log w) when a window of w inferences is complete.
  public mutating func record(_ latency_ns: UInt64) -> WarmUpEnd? {
    count += 1
    time_ns &+= latency_ns
    window.append(latency_ns)
    windowTime_ns &+= latency_ns
    let agrees = closeWindow()
    guard count >= rule.minimumCount else { return nil }
    if agrees { return .steady }
    if time_ns >= rule.maximum_ns { return .timeBound }
    return count >= rule.maximumCount ? .countBound : nil
  }

  /// Whether the window is complete and its median agrees with the one before.
  private mutating func closeWindow() -> Bool {
    guard window.count >= rule.windowCount, windowTime_ns >= rule.window_ns else { return false }
    guard let median_ns = SortedValues(window)?.median else { return false }
    defer {
      previousMedian_ns = median_ns
      window.removeAll(keepingCapacity: true)
      windowTime_ns = 0
    }
    guard let previousMedian_ns else { return false }
    return abs(median_ns - previousMedian_ns) <= rule.tolerance * min(median_ns, previousMedian_ns)
  }
}
