import AssayCore
import AssayMeasure
import Testing

@testable import AssayPipeline

struct BlockRequestTests {
  private func requests(
    _ scenario: Scenario, _ settings: RequestSettings? = nil, seed: UInt64 = 9, offered: OfferedLoad? = nil
  ) -> BlockRequests {
    BlockRequests(
      scenario: scenario, settings: MeasureSettings(block_ns: 5_000_000, requests: settings), seed: seed,
      offered: offered)
  }

  @Test("Single-stream and offline ask for blocks, multi-stream for queries")
  func blocks() {
    for scenario in [Scenario.singleStream, .offline] {
      guard case .block(5_000_000) = requests(scenario).request(round: 3) else {
        Issue.record("\(scenario)")
        continue
      }
      #expect(requests(scenario).inferencesPerSample == nil)
    }
    guard case .queries(5_000_000, 3) = requests(.multiStream, RequestSettings(streams: 3)).request(round: 0),
      case .queries(_, 8) = requests(.multiStream).request(round: 0)
    else {
      Issue.record("no queries")
      return
    }
    #expect(requests(.multiStream, RequestSettings(streams: 3)).inferencesPerSample == 3)
  }

  @Test("All members of a round get the same arrivals, other rounds and launches others")
  func arrivals() throws {
    let offered = OfferedLoad(rate_perSecond: 700, window_ns: 200_000_000)
    func arrivals(_ seed: UInt64, _ round: Int) throws -> WorkerArrivals {
      guard case .serve(let arrivals) = requests(.server, seed: seed, offered: offered).request(round: round) else {
        throw PipelineError(.worker, "not served")
      }
      return arrivals
    }
    let first = try arrivals(9, 0)
    #expect(first.rate_perSecond == 700 && first.window_ns == 200_000_000 && first.limit_ns == 800_000_000)
    #expect(try first == arrivals(9, 0) && first.seed != arrivals(9, 1).seed && first.seed != arrivals(8, 0).seed)
    let long = OfferedLoad(rate_perSecond: 1, window_ns: 25_000_000_000)
    guard case .serve(let arrivals) = requests(.server, offered: long).request(round: 0) else { return }
    #expect(arrivals.limit_ns == 55_000_000_000, "a block ends before the parent loses patience")
  }

  @Test("The load is a share of what the baseline does one after another")
  func load() throws {
    // The later half of the warm-up counts: its mean is 2 ms, so 500 a second.
    let warmUp = Samples([90_000_000, 8_000_000, 5_000_000, 2_000_000, 1_900_000, 2_100_000])
    let offered = try #require(OfferedLoad(RequestSettings(load: 0.5), warmUp: warmUp))
    #expect(offered == OfferedLoad(rate_perSecond: 250, window_ns: 200_000_000, capacity_perSecond: 500))
    let slow = try #require(OfferedLoad(RequestSettings(load: 0.5), warmUp: Samples([1_000_000_000])))
    #expect(slow.rate_perSecond == 0.5 && slow.window_ns == 30_000_000_000, "at most half a minute")
    let middling = try #require(OfferedLoad(RequestSettings(load: 0.5), warmUp: Samples([50_000_000])))
    #expect(middling.window_ns == 2_000_000_000, "time for 20 requests")
    #expect(
      OfferedLoad(RequestSettings(), warmUp: nil) == nil && OfferedLoad(RequestSettings(), warmUp: Samples()) == nil)
    #expect(OfferedLoad(RequestSettings(), warmUp: Samples([0, 0])) == nil)
    let named = OfferedLoad(RequestSettings(rate_perSecond: 40), warmUp: nil)
    #expect(named == OfferedLoad(rate_perSecond: 40, window_ns: 500_000_000))
  }
}

struct WaitedTimeTests {
  @Test("Waiting adds up, and its cost is a share of a core")
  func adds() {
    var waited = WaitedTime()
    #expect(waited.share == nil)
    waited.measure {}
    let once = waited
    waited.measure {}
    #expect(waited.wall_ns >= once.wall_ns && waited.since(once) + once == waited)
    #expect((waited.share ?? -1) >= 0)
  }
}
