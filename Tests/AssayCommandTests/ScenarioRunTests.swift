import AssayCore
import AssayTestSupport
import Testing

@testable import AssayPipeline

@Suite(.enabled(if: Repository.executable != nil, Comment(rawValue: commandIsMissing)))
struct ScenarioRunTests {
  @Test("Every scenario runs in the same launches of blocks, and the record says what was asked")
  func all() throws {
    try withTemporaryFolder { folder in
      try SmallSuite.write(
        to: folder,
        replacing: [
          ("launches: 2", "launches: 1"),
          ("block: 1 ms", "block: 1 ms, streams: 3, scenario: [single-stream, multi-stream, offline, server]"),
        ])
      let outcome = try assay(["run", "s.yaml", "-o", "r", "--only", "half"], in: folder)
      #expect(outcome.exitCode == 0, "\(outcome.error)")
      let record = try RunStore.load("\(folder)/r")
      #expect(record.groups.map(\.group.scenario) == Scenario.allCases)
      #expect(record.settings.requests == RequestSettings(streams: 3, serverBlock_ns: 1_000_000))
      for group in record.groups {
        #expect(group.launches.allSatisfy { ($0.parentShare ?? -1) >= 0 })
        let trials = record.trials.filter { $0.trial.group == group.group }
        #expect(trials.map(\.trial.variant) == ["baseline", "half"])
        for trial in trials {
          let launches = try #require(trial.result.data?.launches)
          let isQueries = group.group.scenario == .multiStream
          #expect(launches.allSatisfy { $0.inferencesPerSample == (isQueries ? 3 : nil) })
          let blocks = launches.flatMap(\.blocks)
          #expect(blocks.count == 2 && blocks.allSatisfy { $0.anonymous_B != nil })
          #expect(blocks.allSatisfy { ($0.server != nil) == (group.group.scenario == .server) })
        }
      }
    }
  }

  @Test("All variants of a server group get the same requests; the rate is found once or named")
  func server() throws {
    try withTemporaryFolder { folder in
      try SmallSuite.write(
        to: folder, replacing: [("block: 1 ms", "block: 2 ms, scenario: server, load: 0.2")])
      let outcome = try assay(["run", "s.yaml", "-o", "r"], in: folder)
      #expect(outcome.exitCode == 0, "\(outcome.error)")
      let record = try RunStore.load("\(folder)/r")
      let group = try #require(record.groups.first)
      let offered = try #require(group.offered)
      let capacity = try #require(offered.capacity_perSecond)
      #expect(group.launches.map(\.offered) == [offered, offered], "the later launch keeps what the first one found")
      #expect(abs(offered.rate_perSecond / capacity - 0.2) < 1e-9)
      let counts = record.trials.map { trial in
        (trial.result.data?.launches ?? []).map { $0.blocks.map(\.samples.count) }
      }
      #expect(counts.count == 3 && Set(counts).count == 1 && counts[0].count == 2, "\(counts)")

      try SmallSuite.write(
        to: folder, replacing: [("block: 1 ms", "block: 2 ms, scenario: server, rate: 4000 /s")])
      let named = try assay(["run", "s.yaml", "-o", "named", "--only", "half"], in: folder)
      #expect(named.exitCode == 0, "\(named.error)")
      let load = try RunStore.load("\(folder)/named").groups.first?.offered
      #expect(load == OfferedLoad(rate_perSecond: 4000, window_ns: 5_000_000), "time for 20 requests")
    }
  }
}
