import AssayCore
import Glibc

/// When the requests of a block arrive: a Poisson process, the same for every member of a group.
public struct PoissonArrivals: Sendable, Hashable {
  /// Arrivals after the begin of the block, in nanoseconds, ascending, each below `window_ns`; may be empty.
  public let offsets_ns: [UInt64]
  /// Length of the stretch in which requests arrive: what was asked for, or less where `limit` requests fill it.
  public let window_ns: UInt64

  /// Draws gaps from the exponential distribution, −ln(1 − u) / rate with u uniform in [0, 1).
  ///
  /// Law: the number of arrivals has the mean rate · window; equal seeds give equal arrivals.
  ///
  /// - Parameters:
  ///   - rate_perSecond: Mean arrivals a second; none when it is not a positive number.
  ///   - limit: Most requests drawn.
  public init(rate_perSecond: Double, window_ns: UInt64, seed: UInt64, limit: Int) {
    guard rate_perSecond > 0, rate_perSecond.isFinite, limit > 0 else {
      (offsets_ns, self.window_ns) = ([], window_ns)
      return
    }
    var generator = SeededGenerator(seed: seed)
    var offsets_ns: [UInt64] = []
    var time_ns = 0.0
    while true {
      time_ns += -log1p(-generator.unit()) / rate_perSecond * 1e9
      guard time_ns < Double(window_ns) else { break }
      if offsets_ns.count == limit {
        self.offsets_ns = offsets_ns
        self.window_ns = UInt64(time_ns)
        return
      }
      offsets_ns.append(UInt64(time_ns))
    }
    self.offsets_ns = offsets_ns
    self.window_ns = window_ns
  }

  /// Arrivals as given, ascending, for tests.
  init(offsets_ns: [UInt64], window_ns: UInt64) {
    self.offsets_ns = offsets_ns
    self.window_ns = window_ns
  }

  /// The seed of one block's arrivals: the same for all members of a launch, another one in each round.
  public static func seed(launchSeed: UInt64, round: Int) -> UInt64 {
    // Streams below 2³² are the launch's other purposes.
    var generator = SeededGenerator(seed: launchSeed, stream: 1 << 32 | UInt64(UInt32(truncatingIfNeeded: round)))
    return generator.next()
  }
}
