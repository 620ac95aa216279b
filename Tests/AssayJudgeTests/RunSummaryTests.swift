import AssayCore
import AssayJudge
import AssayMeasure
import Testing

/// A run made up from a seeded noise model: one baseline, variants with known true ratios.
struct SyntheticRun {
  var random = SeededGenerator(seed: 42)
  let group = ComparisonGroup(baseline: "lenet", engine: "null", threads: 1, batch: 4, scenario: .singleStream)
  let labels: [UInt64] = (0..<200).map { $0 % 10 }

  mutating func launch(_ launch: Int, latency_ns: Double, rounds: Int, count: Int) -> LaunchRecord {
    let luck = 1 + 0.004 * (random.unit() - 0.5)
    let blocks = (0..<rounds).map { round in
      // A neighbour slows some rounds, all members alike.
      let slow = (round + launch) % 5 == 0 ? 1.25 : 1
      let samples = (0..<count).map { _ in
        UInt64(latency_ns * luck * slow * (1 + 0.02 * random.unit()))
      }
      return BlockRecord(
        round: round, position: 0, samples: Samples(samples), elapsed_ns: samples.reduce(0, +), involuntarySwitches: 0)
    }
    return LaunchRecord(
      launch: launch,
      phases: Phases(
        processStart_ns: 5_000_000, load_ns: UInt64(latency_ns * 100), firstInference_ns: UInt64(latency_ns * 3)),
      warmUp: Samples([9, 9, 9]), blocks: blocks,
      memory: MemoryFigures(beforeLoad_B: 1000, afterLoad_B: 1000 + Int(latency_ns), peak_B: 5000))
  }

  mutating func trial(
    _ name: String, latency_ns: Double, wrong: Set<Int> = [], launches: Int = 5, rounds: Int = 10, count: Int = 20,
    int8Share: Double? = nil
  ) -> TrialRecord {
    let classes = labels.enumerated().map { wrong.contains($0.offset) ? ($0.element + 1) % 10 : $0.element }
    let data = TrialData(
      launches: (0..<launches).map { launch($0, latency_ns: latency_ns, rounds: rounds, count: count) },
      answers: Answers(
        dataset: "test", classes: PackedIntegers(classes), metrics: ["accuracy.f1": 0.5, "drift.agreement": 0.9]),
      execution: ExecutionReport(int8Share: int8Share))
    return TrialRecord(trial: Trial(variant: name, group: group), result: .completed(data))
  }

  func variant(_ name: String, file_B: Int, macs: Int? = 100) -> VariantRecord {
    VariantRecord(
      baseline: "lenet", name: name, steps: name == Trial.baselineVariant ? [] : [Step(method: "prune")],
      build: .built(
        BuiltVariant(
          path: "\(name).onnx", sha256: "",
          figures:
            ModelFigures(
              file_B: file_B, parameters: 1000, nonzeros: 100, macs: macs, effectiveMacs: nil,
              unknownOperators: macs == nil ? ["Foo"] : []), reports: [], build_ns: nil)))
  }

  func record(_ trials: [TrialRecord], _ variants: [VariantRecord]) -> RunRecord {
    RunRecord(
      programVersion: "0", suite: "s", suitePath: "s.yaml", planHash: "", startedAt: "", command: [],
      environment: Environment(
        cpuModel: "", cpuFeatures: CPUFeatures(flags: []), allowedCPUs: [0], cgroupCPUs: nil, memory_B: nil, kernel: "",
        operatingSystem: "", host: "", governor: nil, engines: []),
      settings: MeasureSettings(),
      datasets: [DatasetRecord(name: "test", availableRows: 200, rows: 200, labels: PackedIntegers(labels))],
      variants: variants, trials: trials)
  }
}

struct RunSummaryTests {
  private func summary() -> RunSummary {
    var run = SyntheticRun()
    let trials = [
      run.trial("fast", latency_ns: 12_000, wrong: Set(0..<30), int8Share: 1),
      run.trial("baseline", latency_ns: 24_000, wrong: [0, 1, 2, 190], int8Share: 0),
      run.trial("slow", latency_ns: 30_000, wrong: [0, 1, 2, 190]),
      TrialRecord(
        trial: Trial(variant: "broken", group: run.group),
        result: .failed(TrialFailure(stage: .load, message: "no kernel for Foo", signal: 6))),
      TrialRecord(trial: Trial(variant: "fixed", group: run.group), result: .skipped(reason: "batch is fixed at 1")),
    ]
    return RunSummary(
      run.record(
        trials,
        [
          run.variant("baseline", file_B: 4000), run.variant("fast", file_B: 1000),
          run.variant("slow", file_B: 4000, macs: nil), run.variant("broken", file_B: 2000),
        ]))
  }

  private func row(_ name: String) throws -> VariantSummary {
    let found = summary().rows(for: "lenet").first { $0.trial.variant == name }
    return try #require(found)
  }

  @Test func latencyIsPooledAndComparedByLaunches() throws {
    let fast = try row("fast")
    let p50 = try #require(fast[MetricCatalog.latencyP50])
    let value = try #require(p50.value)
    #expect(value > 12_000 && value < 12_300 && p50.count == 1000, "\(value)")
    #expect(p50.interval?.contains(value) == true && p50.interval?.coverage == 0.9375)
    let change = try #require(p50.change)
    let ratio = try #require(change.value)
    #expect(change.kind == .ratio && abs(ratio - 0.5) < 0.5 * 0.007 && change.interval?.contains(ratio) == true)
    let p90 = try #require(fast[MetricCatalog.latencyP90])
    #expect(p90.change?.interval != nil, "200 samples a launch are enough for p90")
    // 1,000 samples in all are enough for p99, 200 in a launch are not: a ratio without an interval.
    let p99 = try #require(fast[MetricCatalog.latencyP99])
    #expect(p99.value != nil && p99.change?.value != nil && p99.change?.interval == nil)
    #expect(try row("baseline")[MetricCatalog.latencyP50]?.change == nil)
  }

  @Test func tooFewSamplesAreSaidInsteadOfANumber() throws {
    var run = SyntheticRun()
    let trials = [run.trial("baseline", latency_ns: 1000, launches: 2, rounds: 2, count: 103)]
    let rows = RunSummary(run.record(trials, [run.variant("baseline", file_B: 1)])).rows(for: "lenet")
    let figure = try #require(rows[0][MetricCatalog.latencyP99])
    #expect(figure.value == nil && figure.reason == "not enough samples (412 of 662)")
    #expect(rows[0].value("latency.p90") != nil)
  }

  @Test func throughputCountsRows() throws {
    let fast = try #require(try row("fast")[MetricCatalog.throughput])
    // 4 rows in about 12.12 µs, a fifth of the rounds a quarter slower.
    let expected = 4 / (12.12e-6 * 1.05)
    #expect(abs((fast.value ?? 0) / expected - 1) < 0.01 && fast.count == 5)
    #expect(abs((fast.change?.value ?? 0) - 2) < 0.02 && fast.change?.interval != nil)
  }

  @Test func phasesMemoryAndCounts() throws {
    let fast = try row("fast")
    #expect(
      fast.value("start.load") == 1_200_000 && fast[MetricCatalog.load]?.change?.value.map { agreesTo($0, 0.5) } == true
    )
    #expect(fast.value("start.first-inference") == 36_000 && fast.value("start.process") == 5_000_000)
    #expect(fast.value("memory.loaded") == 12_000 && fast.value("memory.peak") == 4000)
    let size = try #require(fast[MetricCatalog.fileSize])
    #expect(size.value == 1000 && size.change?.value == 0.25 && size.interval == nil)
    #expect(fast.value("compute.int8") == 1 && fast[MetricCatalog.int8Share]?.change?.value == 1)
    let slow = try row("slow")
    #expect(slow[MetricCatalog.macs]?.reason == "not known for Foo")
    #expect(slow[MetricCatalog.int8Share]?.reason == "the engine does not tell")
  }

  private func agreesTo(_ value: Double, _ expected: Double) -> Bool { abs(value - expected) < 1e-12 }

  @Test func accuracyComesWithWilsonAndFlips() throws {
    let top1 = try #require(try row("fast").figure("accuracy.top1"))
    #expect(top1.value == 0.85 && top1.count == 200)
    #expect(top1.interval == wilsonInterval(successes: 170, count: 200))
    // Lost: 0..<30 without the three the baseline has wrong too; gained: row 190.
    let change = try #require(top1.change)
    #expect(change.kind == .difference && change.flips == PairedAnswers(rows: 200, lost: 27, gained: 1))
    #expect(agreesTo(change.value ?? 0, -0.13) && (change.p ?? 1) < 1e-5 && change.interval?.contains(-0.13) == true)
    let f1 = try #require(try row("fast").figure("accuracy.f1"))
    #expect(f1.value == 0.5 && f1.change?.value == 0 && f1.interval == nil)
    let drift = try #require(try row("fast").figure("drift.agreement"))
    #expect(drift.value == 0.9 && drift.change == nil)
  }

  @Test func aFailureKeepsItsRowAndItsSize() throws {
    let broken = try row("broken")
    #expect(broken.status == .failed("no kernel for Foo"))
    #expect(broken[MetricCatalog.latencyP50]?.reason == "failed: no kernel for Foo")
    #expect(broken.figure("accuracy.top1")?.reason == "failed: no kernel for Foo")
    #expect(broken.value("size.file") == 2000 && broken[MetricCatalog.fileSize]?.change?.value == 0.5)
    let skipped = try row("fixed")
    #expect(skipped.status == .skipped("batch is fixed at 1"))
    #expect(skipped[MetricCatalog.throughput]?.reason == "skipped: batch is fixed at 1")
    #expect(skipped[MetricCatalog.fileSize]?.reason == "not built")
  }

  @Test func withoutABaselineThereIsNoChange() throws {
    var run = SyntheticRun()
    let failed = TrialRecord(
      trial: Trial(variant: "baseline", group: run.group),
      result: .failed(TrialFailure(stage: .start, message: "killed")))
    let other = run.trial("a", latency_ns: 1000)
    let alone = RunSummary(run.record([other], [])).rows(for: "lenet")
    #expect(alone[0][MetricCatalog.latencyP50]?.change?.reading == .unavailable("the baseline was not measured"))
    let beside = RunSummary(run.record([failed, other], [])).rows(for: "lenet")
    #expect(beside[1][MetricCatalog.latencyP50]?.change?.reading == .unavailable("baseline failed: killed"))
    #expect(RunSummary(run.record([], [])).variants.isEmpty)
  }

  @Test func emptyLaunchesAreNotMeasured() throws {
    var run = SyntheticRun()
    let none = run.trial("baseline", latency_ns: 1000, launches: 0)
    let empty = run.trial("b", latency_ns: 1000, launches: 2, rounds: 0)
    let rows = RunSummary(run.record([none, empty], [])).variants
    #expect(rows[0][MetricCatalog.latencyP50]?.reason == "not measured")
    #expect(rows[0][MetricCatalog.load]?.reason == "not measured")
    #expect(rows[1][MetricCatalog.throughput]?.reason == "not measured" && rows[1].value("start.load") == 100_000)
  }

  @Test func theSummaryIsOrderedAndComplete() {
    let summary = summary()
    #expect(summary.baselines == ["lenet"] && summary.groups(for: "lenet").count == 1)
    #expect(summary.variants.map(\.trial.variant) == ["fast", "baseline", "slow", "broken", "fixed"])
    let order = MetricCatalog.all.map(\.name)
    #expect(Set(order).count == order.count)
    for row in summary.variants {
      let places = row.figures.compactMap { order.firstIndex(of: $0.metric.name) }
      #expect(places == places.sorted() && places.count == row.figures.count)
      for figure in row.figures { #expect((figure.value == nil) == (figure.reason != nil)) }
    }
    #expect(summary.rows(for: "other").isEmpty)
    #expect(MetricCatalog.metric(named: "latency.p90") == MetricCatalog.latencyP90)
  }

  @Test func theFrontHoldsFastAndBaseline() throws {
    let summary = summary()
    #expect(summary.paretoFront(in: summary.groups(for: "lenet")[0]) == ["fast", "baseline"])
  }

  /// A ruined model that is faster by less than can be told is no choice.
  @Test func nobodyStandsOnTheFrontByChance() throws {
    var run = SyntheticRun()
    let trials = [
      run.trial("baseline", latency_ns: 24_000, wrong: [0]),
      run.trial("ruined", latency_ns: 23_980, wrong: Set(0..<150)),
      run.trial("quick", latency_ns: 12_000, wrong: Set(0..<150)),
    ]
    let summary = RunSummary(run.record(trials, []))
    #expect(summary.paretoFront(in: run.group) == ["quick", "baseline"])
  }
}

struct ParetoFrontTests {
  @Test func equalPointsStandTogetherAndNaNStaysOut() {
    let points = [(2.0, 0.9), (1, 0.5), (2, 0.9), (3, 0.9), (1, 0.4), (.nan, 1), (9, 0.95)].map {
      ParetoPoint(cost: $0.0, benefit: $0.1)
    }
    #expect(paretoFront(points) == [1, 0, 2, 6])
    #expect(paretoFront([]) == [])
  }

  @Test(arguments: [UInt64](1...20))
  func theFrontIsWhatNobodyDominates(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let points = (0..<random.index(below: 30)).map { _ in
      ParetoPoint(cost: Double(random.index(below: 6)), benefit: Double(random.index(below: 6)))
    }
    func dominates(_ a: ParetoPoint, _ b: ParetoPoint) -> Bool {
      a.cost <= b.cost && a.benefit >= b.benefit && a != b
    }
    let expected = points.indices.filter { index in !points.contains { dominates($0, points[index]) } }
    #expect(paretoFront(points).sorted() == expected, "seed \(seed)")
  }
}
