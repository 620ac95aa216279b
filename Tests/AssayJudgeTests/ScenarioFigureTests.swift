import AssayCore
import AssayJudge
import AssayMeasure
import Testing

/// Trials made up block by block.
private struct Made {
  var scenario = Scenario.singleStream
  var launches = 5
  var streams: Int?

  var group: ComparisonGroup {
    ComparisonGroup(baseline: "net", engine: "null", threads: 1, batch: 4, scenario: scenario)
  }

  func trial(
    _ name: String, memory: MemoryFigures = MemoryFigures(), block: (_ launch: Int, _ round: Int) -> BlockRecord
  ) -> TrialRecord {
    let records = (0..<launches).map { launch in
      LaunchRecord(
        launch: launch, phases: Phases(processStart_ns: 1, load_ns: 1, firstInference_ns: 1), warmUp: Samples([1]),
        blocks: (0..<10).map { block(launch, $0) }, memory: memory, inferencesPerSample: streams)
    }
    return TrialRecord(
      trial: Trial(variant: name, group: group),
      result: .completed(TrialData(launches: records, answers: nil, execution: ExecutionReport())))
  }

  func record(_ trials: [TrialRecord]) -> RunRecord { SyntheticRun().record(trials, []) }
}

private func block(
  _ round: Int, _ samples_ns: [UInt64], elapsed_ns: UInt64? = nil, anonymous_B: Int? = nil, energy_uJ: UInt64? = nil,
  server: ServerBlockRecord? = nil
) -> BlockRecord {
  BlockRecord(
    round: round, position: 0, samples: Samples(samples_ns), elapsed_ns: elapsed_ns ?? samples_ns.reduce(0, +),
    involuntarySwitches: 0, anonymous_B: anonymous_B, energy_uJ: energy_uJ, server: server)
}

struct ScenarioFigureTests {
  private func same(_ value: Double?, _ expected: Double) -> Bool {
    value.map { abs($0 - expected) <= 1e-9 * abs(expected) } ?? false
  }

  @Test("Offline is judged by throughput: no latency is shown, and the front is by throughput")
  func offline() throws {
    let made = Made(scenario: .offline)
    let baseline = made.trial("baseline") { _, round in block(round, [UInt64](repeating: 2000, count: 20)) }
    let fast = made.trial("fast") { _, round in block(round, [UInt64](repeating: 1000, count: 40)) }
    let rows = RunSummary(made.record([baseline, fast])).variants
    for metric in MetricCatalog.all where metric.name.hasPrefix("latency.") {
      #expect(rows[1][metric]?.reason == "the offline scenario is judged by throughput", "\(metric.name)")
    }
    let throughput = try #require(rows[1][MetricCatalog.throughput])
    #expect(same(throughput.value, 4e6) && same(throughput.change?.value, 2) && throughput.change?.interval != nil)
  }

  @Test("The front of an offline group is by time for a row")
  func offlineFront() {
    var run = SyntheticRun()
    let group = ComparisonGroup(baseline: "lenet", engine: "null", threads: 1, batch: 4, scenario: .offline)
    func offline(_ trial: TrialRecord) -> TrialRecord {
      TrialRecord(trial: Trial(variant: trial.trial.variant, group: group), result: trial.result)
    }
    let trials = [
      offline(run.trial("baseline", latency_ns: 24_000, wrong: [0])),
      offline(run.trial("quick", latency_ns: 12_000, wrong: Set(0..<50))),
      offline(run.trial("worst", latency_ns: 30_000, wrong: Set(0..<90))),
    ]
    #expect(RunSummary(run.record(trials, [])).paretoFront(in: group) == ["quick", "baseline"])
  }

  @Test("A multi-stream query's latency is the query's; its rows are those of all its inferences")
  func multiStream() throws {
    let made = Made(scenario: .multiStream, streams: 8)
    let trial = made.trial("baseline") { _, round in block(round, [UInt64](repeating: 16_000, count: 20)) }
    let row = RunSummary(made.record([trial])).variants[0]
    #expect(row.value("latency.p50") == 16_000 && row.value("latency.p90") == 16_000)
    #expect(same(row.value("throughput"), 4 * 8 / 16e-6))
  }

  @Test("A server's figures: latency from the schedule, the achieved rate, utilization and backlog")
  func server() throws {
    let made = Made(scenario: .server)
    let baseline = made.trial("baseline") { _, round in
      let server = ServerBlockRecord(window_ns: 100_000, busy_ns: 70_000, backlog: 0, unanswered: 0)
      return block(round, [UInt64](repeating: 9000, count: 10), elapsed_ns: 100_000, server: server)
    }
    let slow = made.trial("slow") { _, round in
      // Ten requests of 25 µs; two were given up.
      let server = ServerBlockRecord(
        window_ns: 100_000, busy_ns: 200_000, backlog: round % 2 == 0 ? 6 : 8, unanswered: 2)
      return block(round, [UInt64](repeating: 120_000, count: 10), elapsed_ns: 200_000, server: server)
    }
    let record = made.record([baseline, slow])
    let rows = RunSummary(record).variants
    #expect(same(rows[0].value("server.utilization"), 0.7) && rows[0].value("server.backlog") == 0)
    #expect(same(rows[0].value("throughput"), 4e5) && rows[0].value("latency.p50") == 9000)
    #expect(same(rows[1].value("server.utilization"), 2.5) && same(rows[1].value("server.backlog"), 7))
    #expect(same(rows[1].value("throughput"), 4 * 8 / 200e-6))
    let backlog = try #require(rows[1][MetricCatalog.serverBacklog]?.change)
    #expect(backlog.kind == .difference && backlog.value == 7)
    let remarks = trialRemarks(record)
    #expect(remarks.count == 1 && remarks[0].trial.variant == "slow")
    guard case .overloaded(let utilization)? = remarks.first?.kind else {
      Issue.record("not overloaded")
      return
    }
    #expect(same(utilization, 2.5))
    #expect(Made().record([]).trials.isEmpty && trialRemarks(Made().record([])).isEmpty)
  }

  @Test("Other scenarios have no queue")
  func noQueue() {
    let made = Made()
    let row = RunSummary(made.record([made.trial("baseline") { _, round in block(round, [5]) }])).variants[0]
    #expect(row[MetricCatalog.serverUtilization] == nil && row[MetricCatalog.serverBacklog] == nil)
  }

  @Test("Bounds of percentiles hold the percentiles, and need as many samples")
  func bounds() throws {
    var run = SyntheticRun()
    let many = run.trial("baseline", latency_ns: 24_000)
    let few = run.trial("few", latency_ns: 24_000, launches: 2, rounds: 2, count: 16)
    let rows = RunSummary(run.record([many, few], [])).variants
    for (bound, percentile) in [("latency.p90-bound", "latency.p90"), ("latency.p99-bound", "latency.p99")] {
      let (high, low) = (try #require(rows[0].value(bound)), try #require(rows[0].value(percentile)))
      #expect(high >= low && high < 1.5 * low)
    }
    #expect(rows[1][MetricCatalog.latencyP90Bound]?.value != nil, "64 samples are enough for p90")
    #expect(rows[1][MetricCatalog.latencyP99Bound]?.reason == "not enough samples (64 of 662)")
    #expect(rows[1][MetricCatalog.latencyP90Bound]?.change?.value != nil)
  }
}

struct ResourceFigureTests {
  @Test("Each memory figure is above the size before the load, but for those that are whole")
  func memory() throws {
    let made = Made()
    func figures(_ scale: Int) -> MemoryFigures {
      MemoryFigures(
        beforeLoad_B: 1000, afterLoad_B: 1000 + scale, afterFirstInference_B: 1000 + 2 * scale,
        peak_B: 1000 + 3 * scale,
        proportional_B: 500 * scale, steadyStateGrowth_B: scale - 10)
    }
    let rows = RunSummary(
      made.record([
        made.trial("baseline", memory: figures(10)) { _, round in block(round, [5]) },
        made.trial("large", memory: figures(40)) { _, round in block(round, [5]) },
      ])
    ).variants
    let names = ["before-load", "loaded", "first-inference", "peak", "proportional", "growth"]
    #expect(names.map { rows[1].value("memory.\($0)") } == [1000, 40, 80, 120, 20_000, 30])
    #expect(rows[1][MetricCatalog.memoryFirstInference]?.change?.value.map { abs($0 - 4) < 1e-12 } == true)
    // The baseline grew by nothing: a difference, no ratio.
    let growth = try #require(rows[1][MetricCatalog.memoryGrowth]?.change)
    #expect(growth.kind == .difference && growth.value == 30 && growth.interval?.contains(30) == true)
    #expect(rows[0][MetricCatalog.deviceMemory]?.reason == "not available: the model runs on the CPU")
    #expect(rows[0][MetricCatalog.memoryLeak]?.reason == "not measured", "no reading after blocks")
  }

  @Test("A leak is suspected only where every launch grows")
  func leak() throws {
    let made = Made()
    let leaking = made.trial("leaking") { launch, round in
      block(round, [UInt64](repeating: 5, count: 100), anonymous_B: 1_000_000 + launch * 777 + round * 50_000)
    }
    let once = made.trial("once") { launch, round in
      block(
        round, [UInt64](repeating: 5, count: 100), anonymous_B: launch == 1 ? 1_000_000 : 1_000_000 + round * 50_000)
    }
    let steady = made.trial("baseline") { _, round in
      block(round, [UInt64](repeating: 5, count: 100), anonymous_B: 1_000_000)
    }
    let record = made.record([steady, once, leaking])
    let rows = RunSummary(record).variants
    #expect(rows.map { $0.value("memory.leak") } == [0, 500, 500])
    #expect(rows[2][MetricCatalog.memoryLeak]?.change?.value == 500)
    #expect(trialRemarks(record) == [TrialRemark(trial: leaking.trial, kind: .suspectedLeak(slope_B: 500))])
  }

  @Test("Energy is that of all blocks by all inferences, or not available, never zero")
  func energy() throws {
    let made = Made()
    func joules(_ energy_uJ: @escaping (Int) -> UInt64?) -> Figure? {
      let trial = made.trial("baseline") { _, round in block(round, [5, 5], energy_uJ: energy_uJ(round)) }
      return RunSummary(made.record([trial])).variants[0][MetricCatalog.energy]
    }
    // 10 blocks of two inferences, 0 to 9 µJ.
    #expect(try #require(joules { UInt64($0) }?.value).distance(to: 45e-6 / 20).magnitude < 1e-15)
    let reason = "not available: no energy counter (RAPL) that may be read"
    #expect(joules { _ in nil }?.reason == reason)
    #expect(joules { $0 == 3 ? nil : 5 }?.reason == reason, "a part is not the whole")
    #expect(joules { _ in 0 }?.reason == reason, "a counter that stands still tells nothing")
  }
}
