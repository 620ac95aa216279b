import AssayCore
import AssayTestSupport
import Testing

@testable import AssayPipeline

/// Two baselines, three variants, two engines; the paths depend on variables.
private let text = """
  suite: plans
  baselines:
    a: { model: "${MODELS:-m}/a.onnx" }
    b: { model: b.onnx, data: { scale: 1/2 } }
  data:
    test: { npy: "${ROWS:-d}/x.npy", labels: "${LABELS:-d}/y.npy", mean: 0.5, std: 0.25 }
    train: { csv: r.csv }
    calibration: { from: train, count: 3 }
  variants:
    half: [ prune: { sparsity: 0.5, scope: layer } ]
    most: [ prune: { sparsity: 0.9 } ]
    theirs: { model: "${THEIRS:-t}/t.onnx" }
  engines: [ one, two ]
  measure: { threads: [1, 2], batch: [1, 8], launches: 3, rounds: 4 }
  """

private let engines = ["one", "two", "three"]

private func plan(
  _ selection: Plan.Selection = Plan.Selection(), _ environment: [String: String] = [:], text: String = text
) throws(PipelineError) -> Plan {
  try Plan(try suite(text, environment: environment), selection, engines: engines)
}

struct PlanTests {
  @Test("Each baseline comes first among its variants; groups multiply")
  func whole() throws {
    let plan = try plan()
    #expect(
      plan.variants.map { "\($0.baseline.name) \($0.name)" } == [
        "a baseline", "a half", "a most", "a theirs", "b baseline", "b half", "b most", "b theirs",
      ])
    #expect(plan.variants.map(\.isBaseline) == [true, false, false, false, true, false, false, false])
    #expect(plan.groups.count == 2 * 2 * 2 * 2 && Set(plan.groups).count == plan.groups.count)
    #expect(
      plan.groups[0] == ComparisonGroup(baseline: "a", engine: "one", threads: 1, batch: 1, scenario: .singleStream))
  }

  @Test("A selection keeps the order of the suite, and always the baseline")
  func selection() throws {
    let plan = try plan(Plan.Selection(variants: ["most", "half"], baselines: ["b"], engines: ["three"]))
    #expect(plan.variants.map(\.name) == ["baseline", "half", "most"])
    #expect(Set(plan.groups.map(\.engine)) == ["three"] && Set(plan.groups.map(\.baseline)) == ["b"])
    #expect(try PlanTests.names(["baseline"]) == ["baseline"])
  }

  private static func names(_ variants: [String]) throws -> [String] {
    try plan(Plan.Selection(variants: variants, baselines: ["a"])).variants.map(\.name)
  }

  @Test("The effort changes launches, rounds and blocks")
  func effort() throws {
    let quick = try plan(Plan.Selection(effort: .quick)).suite.measure.settings
    #expect(quick.launches == 5 && quick.rounds == 15 && quick.block_ns == 5_000_000)
    #expect(try plan(Plan.Selection(effort: .rigorous)).suite.measure.settings.launches == 20)
    let standard = try plan().suite.measure.settings
    #expect(standard.launches == 3 && standard.rounds == 4)
  }

  @Test(
    "A name that is not there is told with the nearest",
    arguments: [
      (Plan.Selection(variants: ["haf"]), "there is no variant 'haf' (did you mean 'half'?)"),
      (
        Plan.Selection(variants: ["zzzzzzzzz"]),
        "there is no variant 'zzzzzzzzz' (there are half, most, theirs, baseline)"
      ),
      (Plan.Selection(baselines: ["c"]), "there is no baseline 'c' (did you mean 'a'?)"),
      (Plan.Selection(engines: ["thre"]), "there is no engine 'thre' (did you mean 'three'?)"),
    ])
  func unknown(selection: Plan.Selection, expected: String) {
    let error = #expect(throws: PipelineError.self) { try plan(selection) }
    #expect(error?.code == .unknownName && error?.exitStatus == .usage)
    #expect(error?.description == expected)
  }

  @Test("An engine of the suite that is not there is told with its line")
  func unknownEngine() {
    let error = #expect(throws: PipelineError.self) {
      try plan(text: text.replacing("[ one, two ]", with: "[ one, tow ]"))
    }
    #expect(error?.exitStatus == .badInput)
    #expect(error?.description == "suites/s.yaml:13: there is no engine 'tow' (did you mean 'two'?)")
  }

  @Test("Scenarios multiply with threads and batches; --quick shortens the server's blocks")
  func scenarios() throws {
    let every = text.replacing("batch: [1, 8]", with: "scenario: [single-stream, multi-stream, offline, server]")
    let plan = try plan(text: every)
    #expect(plan.groups.count == 2 * 2 * 2 * 4)
    #expect(plan.groups.prefix(4).map(\.scenario) == Scenario.allCases && plan.groups[4].threads == 2)
    #expect(plan.suite.measure.settings.requests == RequestSettings())
    func quick(_ text: String) throws -> MeasureSettings {
      try PlanTests.quick(text).suite.measure.settings
    }
    #expect(try quick(every).requests?.serverBlock_ns == 100_000_000)
    #expect(try quick(every.replacing("launches: 3", with: "block: 20 ms")).requests?.serverBlock_ns == 20_000_000)
    #expect(try quick(text).requests == nil)
  }

  private static func quick(_ text: String) throws -> Plan { try plan(Plan.Selection(effort: .quick), text: text) }
}

struct PlanHashTests {
  @Test("The same plan has the same hash, however it is asked for")
  func same() throws {
    let hash = try plan().hash
    #expect(hash.count == 64 && hash.allSatisfy { $0.isHexDigit })
    for _ in 0..<20 { #expect(try plan().hash == hash) }
    #expect(try plan(Plan.Selection(), ["UNUSED": "x", "MODELS": ""]).hash == hash)
    #expect(try plan(Plan.Selection(engines: ["one", "two"])).hash == hash)
    #expect(
      try plan(Plan.Selection(variants: ["half", "most"])).hash
        == plan(Plan.Selection(variants: ["most", "half"])).hash)
  }

  @Test("Whatever changes what is measured changes the hash")
  func different() throws {
    var hashes = [try plan().hash]
    for selection in [
      Plan.Selection(variants: ["half"]), Plan.Selection(baselines: ["a"]), Plan.Selection(engines: ["one"]),
      Plan.Selection(engines: ["two"]), Plan.Selection(effort: .quick), Plan.Selection(effort: .rigorous),
    ] {
      hashes.append(try plan(selection).hash)
    }
    for variable in ["MODELS", "ROWS", "LABELS", "THEIRS"] {
      hashes.append(try plan(Plan.Selection(), [variable: "/elsewhere"]).hash)
    }
    hashes.append(try plan(text: text.replacing("0.9", with: "0.8")).hash)
    hashes.append(try plan(text: text.replacing("launches: 3", with: "launches: 4")).hash)
    #expect(Set(hashes).count == hashes.count)
  }

  @Test("Where it is called from does not matter")
  func place() throws {
    func hash(_ path: String) throws -> String {
      let suite = try Suite(SuiteFile(path: path, bytes: Array(text.utf8)), environment: [:])
      return try Plan(suite, Plan.Selection(), engines: engines).hash
    }
    #expect(try hash("suites/s.yaml") == hash("s.yaml"))
    #expect(try hash("/somewhere/suites/s.yaml") == hash("../suites/s.yaml"))
  }
}
