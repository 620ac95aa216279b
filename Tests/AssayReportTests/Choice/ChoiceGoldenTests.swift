import AssayCore
import AssayJudge
import AssayReport
import Testing

/// Tables made by hand with known answers: the choice is asserted, its words are golden.
struct ChoiceGoldenTests {
  private typealias Row = HandMadeTable.Row

  private func choice(
    _ table: HandMadeTable, _ priority: Priority = .speed, _ constraints: [String] = []
  ) throws -> Choice {
    try #require(choices(table.record(), goal: try Goal(priority, constraints: constraints)).first)
  }

  private func text(_ choice: Choice) -> String { choiceText([choice], style: TerminalStyle(width: 110)) }

  private let ordinary = HandMadeTable([
    .baseline(), Row("int8", Row.int8Steps, time: 0.5, file_B: 11_000, memory_B: 9_000_000, wrong: 23),
    Row("int8-mse", Row.mseSteps, time: 0.53, file_B: 11_000, memory_B: 9_000_000, wrong: 21),
    Row("pruned-50", Row.prunedSteps, time: 1.001, wrong: 30),
    Row("half-width", Row.halfSteps, time: 0.3, file_B: 12_000, memory_B: 7_000_000, wrong: 90),
  ])

  @Test("The fastest that fits, with the constraint that is assumed, what it costs, and who comes second")
  func fastest() throws {
    let choice = try choice(ordinary)
    #expect(choice.answer == .recommended("int8"))
    #expect(choice.runnerUp?.variant == "int8-mse")
    #expect(choice.constraintCosts.map(\.variant) == ["half-width"])
    #expect(choice.front == ["half-width", "int8", "int8-mse", "baseline"])
    expectGolden(text(choice), "choice-speed.txt")
  }

  @Test(
    "Each priority has its own answer; of variants that are the same the more accurate goes first",
    arguments: [
      (Priority.size, "int8-mse"), (.memory, "int8-mse"), (.accuracy, "baseline"), (.balanced, "int8-mse"),
    ])
  func priorities(priority: Priority, expected: String) throws {
    let choice = try choice(ordinary, priority)
    #expect(choice.recommended == expected)
    expectGolden(text(choice), "choice-\(priority.rawValue).txt")
  }

  @Test("Crossing intervals: not enough evidence, and so many launches more")
  func crossing() throws {
    let table = HandMadeTable([
      .baseline(), Row("a", Row.int8Steps, time: 0.5, spread: 0.05, wrong: 21),
      Row("b", Row.mseSteps, time: 0.505, spread: 0.05, wrong: 21),
    ])
    let choice = try choice(table)
    guard case .undecided(let best, let rivals, let more) = choice.answer else {
      Issue.record("\(choice.answer)")
      return
    }
    #expect(best == "a" && rivals == ["b"])
    #expect((more ?? 0) > 0)
    expectGolden(text(choice), "choice-crossing.txt")
  }

  @Test("A time whose interval includes no change never reads like a gain")
  func openTime() throws {
    let table = HandMadeTable([
      .baseline(), Row("int8", Row.int8Steps, time: 0.85, spread: 0.5, file_B: 11_000, wrong: 20),
    ])
    let choice = try choice(table, .size)
    #expect(choice.answer == .recommended("int8"))
    #expect(choice.headline.contains("times as fast (not told from no change)"), "\(choice.headline)")
  }

  @Test("The same within the tolerance: the more accurate goes first")
  func tie() throws {
    let table = HandMadeTable([
      .baseline(), Row("a", Row.int8Steps, time: 0.5, wrong: 24), Row("b", Row.mseSteps, time: 0.502, wrong: 21),
    ])
    let choice = try choice(table)
    #expect(choice.answer == .recommended("b"))
    expectGolden(text(choice), "choice-tie.txt")
  }

  @Test("The same as the baseline in what counts, and worse in something else: the baseline stays")
  func sameAndWorse() throws {
    let table = HandMadeTable([
      .baseline(), Row("int8", Row.int8Steps, time: 1.5, file_B: 11_000, memory_B: 9_950_000, wrong: 18),
    ])
    #expect(try choice(table, .memory).recommended == "baseline")
    // Worse in nothing else it is taken.
    let better = HandMadeTable([
      .baseline(), Row("int8", Row.int8Steps, time: 1, file_B: 11_000, memory_B: 9_950_000, wrong: 18),
    ])
    #expect(try choice(better, .memory).recommended == "int8")
  }

  @Test("Balanced never takes a slower model unasked")
  func balancedTime() throws {
    let table = HandMadeTable([
      .baseline(), Row("slow", Row.int8Steps, time: 1.2, file_B: 4_000, memory_B: 5_000_000),
      Row("small", Row.mseSteps, time: 1.01, file_B: 30_000, memory_B: 9_000_000),
    ])
    let assumed = try choice(table, .balanced)
    #expect(assumed.recommended == "small" && assumed.constraints.count { $0.isAssumed } == 2)
    #expect(assumed.remarks.contains { $0.contains("'latency.p50 rise <= 5 %'") })
    // Who says something of time has said it.
    #expect(try choice(table, .balanced, ["latency.p50 <= 10 ms"]).recommended == "slow")
  }

  @Test("None fits: the nearest, and by how much it misses")
  func noneFits() throws {
    let choice = try choice(ordinary, .speed, ["latency.p50 <= 0.4 ms", "accuracy.drop <= 1 pp"])
    #expect(choice.answer == .noneFits(nearest: "int8"))
    #expect(choice.recommended == nil)
    expectGolden(text(choice), "choice-none-fits.txt")
  }

  @Test("A constraint whose limit the interval crosses: fits by its value, and who fits for sure")
  func notShown() throws {
    let table = HandMadeTable([
      .baseline(), Row("wide", Row.int8Steps, time: 0.498, spread: 0.02, wrong: 20),
      Row("sure", Row.halfSteps, time: 0.45, wrong: 29),
    ])
    let choice = try choice(table, .accuracy, ["latency.p50 <= 0.5 ms"])
    #expect(choice.recommended == "wide" && !choice.isGoalMet)
    expectGolden(text(choice), "choice-not-shown.txt")
  }

  @Test("Only failures")
  func failures() throws {
    let table = HandMadeTable([
      Row("baseline", end: .failed("no kernel for Foo")), Row("int8", Row.int8Steps, end: .failed("out of memory")),
    ])
    let choice = try choice(table)
    guard case .nothing = choice.answer else {
      Issue.record("\(choice.answer)")
      return
    }
    expectGolden(text(choice), "choice-failures.txt")
  }

  @Test("A failed baseline: no changes, so nothing is assumed of them")
  func failedBaseline() throws {
    let table = HandMadeTable([
      Row("baseline", end: .failed("no kernel for Foo")), Row("int8", Row.int8Steps, time: 0.5, file_B: 11_000),
      Row("pruned-50", Row.prunedSteps, time: 1),
    ])
    let choice = try choice(table)
    #expect(choice.answer == .recommended("int8"))
    expectGolden(text(choice), "choice-failed-baseline.txt")
  }

  @Test("One variant")
  func one() throws {
    let choice = try choice(HandMadeTable([.baseline()]), .balanced)
    #expect(choice.answer == .recommended("baseline") && choice.runnerUp == nil)
    expectGolden(text(choice), "choice-one.txt")
  }

  @Test("A metric that one variant lacks, and one that all lack")
  func missing() throws {
    let some = try choice(
      HandMadeTable([
        .baseline(), Row("int8", Row.int8Steps, time: 0.5, memory_B: nil),
        Row("half-width", Row.halfSteps, time: 0.4, memory_B: 6_000_000, wrong: 25),
      ]), .memory)
    #expect(some.answer == .recommended("half-width"))
    expectGolden(text(some), "choice-missing-one.txt")
    let all = try choice(
      HandMadeTable([.baseline(memory_B: nil), Row("int8", Row.int8Steps, time: 0.5, memory_B: nil)]), .memory)
    guard case .nothing = all.answer else {
      Issue.record("\(all.answer)")
      return
    }
    expectGolden(text(all), "choice-missing-all.txt")
  }

  @Test("Without labels accuracy does not count, and the answer says so")
  func unlabelled() throws {
    var table = ordinary
    table.hasLabels = false
    let fastest = try choice(table)
    #expect(fastest.answer == .recommended("half-width"))
    expectGolden(text(fastest), "choice-unlabelled.txt")
    guard case .nothing = try choice(table, .accuracy).answer else {
      Issue.record("accuracy without labels")
      return
    }
  }

  @Test("A simple model gains little, and the answer says so")
  func simple() throws {
    var table = HandMadeTable([
      .baseline(), Row("int8", Row.int8Steps, time: 1.02, file_B: 11_000, wrong: 20),
      Row("pruned-50", Row.prunedSteps, time: 1, wrong: 24),
    ])
    table.operators = ["Gemm": 2]
    table.macs = 12_000
    let choice = try choice(table)
    #expect(choice.recommended == "baseline")
    #expect(choice.remarks.contains { $0.contains("simple") })
    expectGolden(text(choice), "choice-simple.txt")
  }

  @Test("Variants measured in launches of their own are compared through the baseline; what was not tried is named")
  func searched() throws {
    var table = HandMadeTable([
      .baseline(), Row("int8", Row.int8Steps, time: 0.5, wrong: 21), Row("half", Row.halfSteps, time: 0.4, wrong: 25),
      Row("late", end: .skipped("\(RunRecord.notTried): the time was over")),
    ])
    table.launches = 20
    table.only = ["int8": Array(0..<10), "half": Array(10..<20)]
    let choice = try choice(table)
    #expect(choice.answer == .recommended("half"))
    expectGolden(text(choice), "choice-searched.txt")
  }

  @Test("As JSON, with every candidate")
  func json() throws {
    expectGolden(choiceJSON([try choice(ordinary)]), "choice.json")
    #expect(choiceJSON([]) == "[]\n")
  }

  @Test("A run without trials has no choices")
  func empty() throws {
    #expect(choices(HandMadeTable([]).record(), goal: Goal()).isEmpty)
  }
}
