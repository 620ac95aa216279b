import AssayCore
import AssayMeasure

/// What the members of a group are asked to do in each block, all the same.
struct BlockRequests {
  let scenario: Scenario
  let settings: MeasureSettings
  /// Seed of the launch.
  let seed: UInt64
  /// How fast requests arrive, in the server scenario.
  let offered: OfferedLoad?

  /// The block of a member in `round`; in the server scenario with the same arrivals for all members.
  func request(round: Int) -> WorkerRequest {
    switch scenario {
    case .singleStream, .offline: return .block(length_ns: settings.block_ns)
    case .multiStream: return .queries(length_ns: settings.block_ns, inferences: streams)
    case .server:
      guard let offered else { return .block(length_ns: settings.block_ns) }
      let limit_ns = min(offered.window_ns &* 4, offered.window_ns &+ Self.longestDrain_ns)
      return .serve(
        WorkerArrivals(
          rate_perSecond: offered.rate_perSecond, window_ns: offered.window_ns, limit_ns: limit_ns,
          seed: PoissonArrivals.seed(launchSeed: seed, round: round)))
    }
  }

  /// Inferences of a sample, where that is not one.
  var inferencesPerSample: Int? { scenario == .multiStream ? streams : nil }

  private var streams: Int { (settings.requests ?? RequestSettings()).streams }

  /// Time to answer what is left when the arrivals have ended, at most.
  private static let longestDrain_ns: UInt64 = 30_000_000_000
}

extension OfferedLoad {
  /// Requests a block should bring on average; the window is made as long as they take.
  private static let expectedRequests = 20.0
  private static let longestWindow_ns = 30e9

  /// The load that the settings ask for: the named rate, or a share of the baseline's capacity.
  ///
  /// The capacity is 1 / the mean latency of the later half of the warm-up samples: inferences one after another. The
  /// mean, for the load of a queue is arrival rate × mean service time, whatever disturbs some of the inferences.
  ///
  /// - Parameter warmUp: The baseline's warm-up in the group's first launch; nil when it has failed.
  /// - Returns: Nil when no rate is named and the capacity is not known.
  init?(_ settings: RequestSettings, warmUp: Samples?) {
    let late = warmUp.map { Array($0.nanoseconds.suffix(($0.count + 1) / 2)) } ?? []
    let sum_ns = late.reduce(0.0) { $0 + Double($1) }
    let capacity = sum_ns > 0 ? Double(late.count) * 1e9 / sum_ns : nil
    guard let rate = settings.rate_perSecond ?? capacity.map({ $0 * settings.load }), rate > 0, rate.isFinite
    else { return nil }
    let window_ns = max(
      Double(settings.serverBlock_ns), min(Self.longestWindow_ns, Self.expectedRequests / rate * 1e9))
    self.init(
      rate_perSecond: rate, window_ns: UInt64(window_ns),
      capacity_perSecond: settings.rate_perSecond == nil ? capacity : nil)
  }
}
