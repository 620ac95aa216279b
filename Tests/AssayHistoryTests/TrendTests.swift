import AssayCore
import AssayJudge
import AssayMeasure
import AssayTestSupport
import Testing

private func trend(_ runs: [HistoryRun], _ variant: String = "int8-static", _ metric: String = "latency.p50") -> Trend?
{
  TrendReport(runs, TrendReport.Selection(variants: [variant], metrics: [metric])).trends.first
}

struct TrendTests {
  @Test("A step is found where it is, with its size", arguments: [0.8, 1.12, 2])
  func step(factor: Double) throws {
    var generator = SeededGenerator(seed: 3)
    let runs = (0..<30).map { day in
      MadeHistory.run(day, ratio: 0.6 * (day < 17 ? 1 : factor) * (1 + 0.004 * (generator.unit() - 0.5)))
    }
    let found = try #require(trend(runs))
    #expect(found.terms == .ratioToBaseline)
    #expect(found.steps.map(\.run) == [17])
    #expect(abs((found.steps.first?.change ?? 0) - (factor - 1)) < 0.01)
    #expect(found.steps.first?.planChanged == false)
    #expect(found.segments.map(\.runs.count) == [17, 13])
    // The baseline itself, against the control kernel, made none.
    let baseline = try #require(trend(runs, "baseline"))
    #expect(baseline.terms == .ratioToControl && baseline.steps.isEmpty && baseline.segments.count == 1)
  }

  @Test("A change of machine is marked and never a step")
  func machines() throws {
    let other = MadeHistory.environment(host: "other", cpu: "Xeon")
    let runs = (0..<24).map { day in
      (8..<16).contains(day)
        ? MadeHistory.run(day, ratio: 1.4, control: 9, environment: other) : MadeHistory.run(day, ratio: 0.6)
    }
    let report = TrendReport(runs)
    #expect(report.machines.map(\.host) == ["builder", "other"])
    for trend in report.trends {
      #expect(trend.steps.isEmpty, "\(trend.trial.variant) \(trend.metric.name)")
      #expect(report.machineChanges(in: trend) == [8, 16])
    }
    let latency = try #require(trend(runs))
    #expect(latency.segments.map(\.machine) == [0, 1])
    #expect(latency.segments.map(\.runs.count) == [16, 8])
  }

  @Test("Another host of the same machine is the same machine")
  func hosts() {
    let runs = (0..<6).map { MadeHistory.run($0, environment: MadeHistory.environment(host: "runner-\($0)")) }
    #expect(TrendReport(runs).machines.count == 1)
  }

  @Test("What is counted makes a step at every change, and says when the plan changed")
  func counted() throws {
    let sizes = [100.0, 100, 120, 120, 120, 90]
    let runs = sizes.enumerated().map { MadeHistory.run($0, file_B: $1, plan: $0 < 5 ? "a" : "b") }
    let found = try #require(trend(runs, "int8-static", "size.file"))
    #expect(found.terms == .value)
    #expect(found.steps.map(\.run) == [2, 5])
    #expect(found.steps.map(\.before) == [100, 120] && found.steps.map(\.after) == [120, 90])
    #expect(found.steps.map(\.planChanged) == [false, true])
  }

  @Test("From nothing, one and two runs nothing is concluded")
  func few() {
    #expect(TrendReport([]).trends.isEmpty)
    for count in 1...2 {
      let report = TrendReport((0..<count).map { MadeHistory.run($0, ratio: 0.5 + 0.4 * Double($0)) })
      #expect(report.trends.count == 6)
      for trend in report.trends {
        #expect(trend.points.count == count && trend.steps.isEmpty && trend.segments.count == 1)
      }
    }
  }

  @Test("A run without the ratio leaves a gap, not a level")
  func gaps() throws {
    var runs = (0..<8).map { MadeHistory.run($0) }
    runs[3].trials[1].figures[0].change = nil
    runs[3].trials[1].figures[0].changeKind = nil
    let found = try #require(trend(runs))
    #expect(found.points.count == 8 && found.points[3].level == nil)
    #expect(found.segments.map(\.runs) == [[0, 1, 2, 4, 5, 6, 7]])
  }

  @Test("Suites, groups and variants are apart, the newest run's order first")
  func order() {
    let runs = [
      MadeHistory.run(0, suite: "old", variant: "z"), MadeHistory.run(1, suite: "new", variant: "b"),
      MadeHistory.run(2, suite: "new", variant: "a"),
    ]
    let trends = TrendReport(runs, TrendReport.Selection(metrics: ["size.file"])).trends
    #expect(trends.map(\.suite) == ["new", "new", "new", "old", "old"])
    #expect(trends.map(\.trial.variant) == ["baseline", "a", "b", "baseline", "z"])
    #expect(TrendReport(runs, TrendReport.Selection(baselines: ["none"])).trends.isEmpty)
  }

  @Test("A run record becomes figures with ratios to the baseline and to the control kernel")
  func record() throws {
    func launches(_ scale: UInt64) -> [LaunchRecord] {
      (0..<3).map { launch in
        LaunchRecord(
          launch: launch, phases: Phases(processStart_ns: 1_000, load_ns: 500 * scale, firstInference_ns: 3),
          warmUp: Samples([1]), blocks: (0..<2).map { block($0, 100 * scale) }, memory: MemoryFigures())
      }
    }
    func block(_ round: Int, _ time_ns: UInt64) -> BlockRecord {
      BlockRecord(
        round: round, position: 0, samples: Samples([time_ns, time_ns, time_ns]), elapsed_ns: 3 * time_ns,
        involuntarySwitches: 0)
    }
    var record = RunRecord(
      programVersion: "0.1.0", suite: "s", suitePath: "s.yaml", planHash: "p", startedAt: MadeHistory.time(1),
      command: [], environment: MadeHistory.environment(), settings: MeasureSettings())
    record.groups = [
      GroupRecord(
        group: MadeHistory.group,
        launches: (0..<3).map {
          GroupLaunch(
            launch: $0, seed: 1, cpus: [0], pinned: true, control: (0..<2).map { block($0, 50) }, conditions: [])
        })
    ]
    record.trials = [("baseline", 4), ("half", 2)].map { name, scale in
      TrialRecord(
        trial: Trial(variant: name, group: MadeHistory.group),
        result: .completed(
          TrialData(launches: launches(UInt64(scale)), answers: nil, execution: ExecutionReport())))
    }
    record.trials.append(
      TrialRecord(
        trial: Trial(variant: "gone", group: MadeHistory.group),
        result: .failed(TrialFailure(stage: .load, message: "no"))))
    let run = HistoryRun(record, commit: "c")
    #expect(run.trials.map(\.outcome) == [.completed, .completed, .failed])
    #expect(run.trials[2].figures.isEmpty && run.trials[0].engineVersion == "1.31.1")
    func figure(_ trial: Int, _ name: String) throws -> HistoryFigure {
      try #require(run.trials[trial].figures.first { $0.metric.name == name })
    }
    #expect(try figure(0, "latency.p50").change == nil)
    #expect(try abs((figure(0, "latency.p50").control?.value ?? 0) - 8) < 1e-12)
    #expect(try abs((figure(1, "latency.p50").control?.value ?? 0) - 4) < 1e-12)
    #expect(try abs((figure(1, "latency.p50").change?.value ?? 0) - 0.5) < 1e-12)
    #expect(try figure(0, "start.load").control?.value == 2_000.0 / 50)
    #expect(try figure(0, "throughput").control?.value == 1e9 / 400 * 50 / 1e9)
    #expect(run.trials[0].figures.allSatisfy { $0.measured.value.isFinite })
  }
}
