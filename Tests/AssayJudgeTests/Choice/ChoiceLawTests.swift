import AssayCore
import AssayJudge
import AssayMeasure
import Testing

/// Laws of the choice on runs made up by the noise model.
struct ChoiceLawTests {
  private func variants(_ random: inout AssayCore.SeededGenerator, _ count: Int) -> [MadeRun.Variant] {
    [MadeRun.Variant("baseline", wrong: Set(0..<8))]
      + (0..<count).map { index in
        MadeRun.Variant(
          "v\(index)", time: 0.3 + random.unit(), file_B: 1000 + Int(random.unit() * 4) * 1000,
          memory_B: 5_000_000 + Int(random.unit() * 60_000_000), wrong: Set(0..<(4 + Int(random.unit() * 14))))
      }
  }

  /// The best value among those that meet the drop of accuracy, by looking at every one.
  private func exhaustive(_ summary: RunSummary, _ metric: String, drop: Double) -> (variant: String, value: Double)? {
    let rows = summary.variants
    guard let base = rows.first(where: \.isBaseline)?.value("accuracy.top1") else { return nil }
    var best: (variant: String, value: Double)?
    for row in rows {
      guard let value = row.value(metric), let accuracy = row.value("accuracy.top1"), base - accuracy <= drop + 1e-12
      else { continue }
      if best.map({ value < $0.value }) ?? true { best = (row.trial.variant, value) }
    }
    return best
  }

  @Test("What is recommended is the optimum that looking at every variant finds", arguments: 1...12)
  func optimum(seed: UInt64) throws {
    var random = AssayCore.SeededGenerator(seed: seed)
    let run = MadeRun(variants(&random, 6), seed: seed)
    let record = run.record()
    let summary = RunSummary(record)
    for (priority, metric, tolerance) in [
      (Priority.speed, "latency.p50", 0.02), (.size, "size.file", 0), (.memory, "memory.peak", 0.05),
    ] {
      let goal = try Goal(priority, constraints: ["accuracy.drop <= 1 pp"])
      let choice = try #require(choices(record, goal: goal).first)
      let best = try #require(exhaustive(summary, metric, drop: 0.01))
      let name = try #require(choice.recommended)
      let value = try #require(summary.variants.first { $0.trial.variant == name }?.value(metric))
      // Within the tolerance the more accurate may go first.
      #expect(
        name == best.variant || value <= best.value * (1 + tolerance), "\(priority) seed \(seed): \(name), not \(best)")
      let other = try #require(choice.candidates.first)
      #expect(other.variant == name && other.fits)
    }
    let accurate = try #require(choices(record, goal: Goal(.accuracy)).first)
    let most = summary.variants.compactMap { $0.value("accuracy.top1") }.max()
    let recommended = accurate.recommended
    #expect(summary.variants.first { $0.trial.variant == recommended }?.value("accuracy.top1") == most, "seed \(seed)")
  }

  @Test("The order of the variants in the record does not change what is chosen", arguments: [3, 5, 8])
  func order(seed: UInt64) throws {
    var random = AssayCore.SeededGenerator(seed: seed)
    let record = MadeRun(variants(&random, 5), seed: seed).record()
    var reversed = record
    reversed.trials.reverse()
    reversed.variants.reverse()
    for priority in Priority.allCases {
      let (a, b) = (choices(record, goal: Goal(priority)), choices(reversed, goal: Goal(priority)))
      #expect(a.map(\.recommended) == b.map(\.recommended), "\(priority) seed \(seed)")
      #expect(a.map(\.headline) == b.map(\.headline), "\(priority) seed \(seed)")
    }
  }

  @Test(
    "A tighter constraint never gives a better variant, and no constraint costs less than nothing", arguments: 1...6)
  func tighter(seed: UInt64) throws {
    var random = AssayCore.SeededGenerator(seed: seed)
    let record = MadeRun(variants(&random, 6), seed: seed).record()
    var last: Double?
    for limit in [5.0, 2, 1, 0.5, 0] {
      let choice = try #require(
        choices(record, goal: try Goal(.size, constraints: ["accuracy.drop <= \(limit) pp"])).first)
      guard let name = choice.recommended else { continue }
      let value = try #require(choice.candidates.first { $0.variant == name }?.value)
      if let last { #expect(value >= last, "seed \(seed), \(limit) pp") }
      last = value
      #expect(choice.constraintCosts.allSatisfy { $0.factor >= 1 }, "seed \(seed)")
    }
  }

  @Test("A variant against its own copy is never called better for sure", arguments: 1...10)
  func copy(seed: UInt64) throws {
    let run = MadeRun(
      [
        MadeRun.Variant("baseline"), MadeRun.Variant("a", time: 0.5, file_B: 2000),
        MadeRun.Variant("b", time: 0.5, file_B: 2000),
      ], seed: seed)
    let choice = try #require(choices(run.record(), goal: Goal(.speed)).first)
    let second = try #require(choice.runnerUp)
    if case .recommended = choice.answer {
      // Then they were found to be the same, or differ by less than anybody cares about.
      #expect(second.text.contains("the same") || (second.factor ?? 2) < 1.02, "seed \(seed): \(second.text)")
    }
  }
}

struct LaunchEstimateTests {
  /// Numbers of Tests/AssayMeasureTests/Oracles/launch_estimate.py (numpy, scipy).
  @Test(arguments: [
    ([-0.5, 1.5, 0.5, -0.5, 1.5, 0.5, -0.5, 1.5, 0.5, 0.5], 0, 10),
    ([-0.5, 1.5, 0.5, -0.5, 1.5, 0.5, -0.5, 1.5, 0.5, 0.5], 3, 1), ([0.01, 0.03, -0.02, 0.04, -0.01], 0.02, 39),
    ([0.011, 0.012, 0.013, 0.012], 0, 2),
  ])
  func oracle(scores: [Double], tolerance: Double, expected: Int) {
    #expect(LaunchEstimate.more(scores: scores, tolerance: tolerance) == expected)
  }

  @Test("Either conclusion ends the question: the larger margin counts")
  func tolerance() throws {
    let scores = [-0.01, 0.012, 0.001, -0.003, 0.008, -0.006, 0.001, -0.001, 0.004, -0.009]
    let wide = try #require(LaunchEstimate.more(scores: scores, tolerance: 0.02))
    #expect(wide == 1, "the tolerance is wider than the interval already")
    #expect(LaunchEstimate.more(scores: scores, tolerance: 0) == nil, "a median of about nothing is never shown")
  }

  @Test("Too few to tell the spread: as many as an interval of 95 % needs")
  func few() {
    #expect(LaunchEstimate.more(scores: [], tolerance: 0.02) == 6)
    #expect(LaunchEstimate.more(scores: [0.1], tolerance: 0.02) == 5)
  }

  @Test("More spread needs more launches", arguments: 1...8)
  func growsWithSpread(seed: UInt64) throws {
    var random = AssayCore.SeededGenerator(seed: seed)
    let noise = (0..<12).map { _ in random.unit() - 0.5 }
    var last = 0
    for scale in [0.01, 0.02, 0.03] {
      let more = try #require(LaunchEstimate.more(scores: noise.map { 0.02 + scale * $0 }, tolerance: 0.02), "\(seed)")
      #expect(more >= last, "seed \(seed)")
      last = more
    }
  }
}

struct GoalParsingTests {
  @Test("Short names, no blanks, several in one text")
  func short() throws {
    let goal = try Goal(.speed, constraints: ["accuracy.drop<=1pp, latency.p90<=5ms", "size<=1MB", "memory.rise<=0%"])
    #expect(
      goal.constraints.map(\.metric) == ["accuracy.top1", "latency.p90", "size.file", "memory.peak"])
    #expect(goal.constraints.map(\.reference) == [.baselineVariant, .limit, .limit, .baselineVariant])
    #expect(goal.constraints.map(\.limit) == [0.01, 5e6, 1e6, 0])
  }

  @Test(
    "What cannot be met or read is told before anything is measured",
    arguments: [
      ("latenzy.p90 <= 5 ms", GateErrorCode.unknownMetric, "latency.p90"),
      ("latency.p90 <= 0 ms", .impossible, "above 0"),
      ("accuracy.top1 >= 101 %", .impossible, "between 0 and 100 %"),
      ("latency.p50 regression <= 5 %", .impossible, "earlier run"), ("latency.p90 >= 5 ms", .wrongDirection, "<="),
      ("accuracy.drop <= 1", .wrongUnit, "pp"), ("accuracy", .malformed, "limit"),
      ("compute.int8 >= 60 %, compute.int8 <= 40 %", .contradictory, "contradict"),
    ])
  func refused(text: String, code: GateErrorCode, words: String) {
    let error = #expect(throws: GateError.self) { try Goal(.speed, constraints: [text]) }
    #expect(error?.code == code)
    #expect(error.map { "\($0)" }?.contains(words) == true, "\(error.map { "\($0)" } ?? "")")
  }
}
