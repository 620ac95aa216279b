import AssayCore
import AssayMethods
import Testing

@testable import AssayPipeline

extension BrokenSuite {
  /// Faults of what trains, of seeds and of teachers, in the suite reader and the plan.
  static let trainings: [BrokenSuite] = [
    BrokenSuite(
      "neither architecture nor model", lines: [2: "baseline: { train: { epochs: 3 } }"],
      "suites/s.yaml:2: 'train' names neither an architecture nor a model to start from "
        + "(add architecture: lenet-300-100, or model: PATH)"),
    BrokenSuite(
      "architecture and model", lines: [2: "baseline: { train: { architecture: mlp, model: m.onnx } }"],
      "suites/s.yaml:2: 'train' names both an architecture and a model to start from (leave one of the two out)"),
    BrokenSuite(
      "file and training", lines: [2: "baseline: { model: m.onnx, train: { architecture: mlp } }"],
      "suites/s.yaml:2: 'baseline' has both 'model' and 'train' "
        + "(to start the training from a file, write train: { model: PATH })"),
    BrokenSuite(
      "mistyped option", lines: [2: "baseline: { train: { architecture: mlp, epoch: 3 } }"],
      "suites/s.yaml:2: 'baseline.train' has no key 'epoch' (did you mean 'epochs'?)"),
    BrokenSuite(
      "option out of range", lines: [2: "baseline: { train: { architecture: mlp, epochs: 0 } }"],
      "suites/s.yaml:2: 'train': epochs is 0, but takes a whole number from 1 to 100000"),
    BrokenSuite(
      "patience without held-out rows",
      lines: [2: "baseline: { train: { architecture: mlp, patience: 2, validation: 0 } }"],
      "suites/s.yaml:2: patience needs held-out rows, and validation is 0 (give validation: 0.1, or leave it out)"),
    BrokenSuite(
      "no training rows",
      lines: [2: "baseline: { train: { architecture: mlp } }", 3: "data: { test: { csv: t.csv } }"],
      "suites/s.yaml:2: 'train' learns, but 'data' has no key 'train' (add train: { FORMAT: PATH } to data)"),
    BrokenSuite(
      "a variant that trains has nothing to start from", lines: [5: "  v: { train: { epochs: 3 } }"],
      "suites/s.yaml:5: 'train' names neither an architecture nor a model to start from "
        + "(add architecture: lenet-300-100, or model: PATH)"),
    BrokenSuite(
      "seeds of a file", lines: [2: "baseline: { model: m.onnx, seeds: 3 }"],
      "suites/s.yaml:2: 'baseline' has seeds, but its model is a file "
        + "(seeds repeat a training: put them beside train, or at the top of the suite)"),
    BrokenSuite(
      "no seeds", lines: [7: "seeds: 0"],
      "suites/s.yaml:7: 'seeds' is 0, but takes a whole number from 1 to 1000"),
    BrokenSuite(
      "seeds without steps", lines: [5: "  v: { seeds: 3 }"],
      "suites/s.yaml:5: 'variants.v' is a mapping with the key 'seeds', but takes a list of steps, like "
        + "[ prune: { sparsity: 0.5 } ], or { model: PATH }"),
    BrokenSuite(
      "unknown key beside steps", lines: [5: "  v: { steps: [ float16 ], seed: 3 }"],
      "suites/s.yaml:5: 'variants.v' has no key 'seed' (did you mean 'seeds'?)"),
    BrokenSuite(
      "other seeds than the baseline's",
      lines: [
        2: "baseline: { name: b, train: { architecture: mlp }, seeds: 3 }", 5: "  v: { steps: [ float16 ], seeds: 2 }",
      ],
      "suites/s.yaml:5: 'v' asks for 2 seeds, but each of its models is made from one of the 3 of the baseline 'b' "
        + "(leave its seeds out)"),
  ]
}

struct TrainingSuiteTests {
  @Test("Faults of trainings are told with their line and a remedy", arguments: BrokenSuite.trainings)
  func faults(_ broken: BrokenSuite) {
    #expect(
      message { () throws(PipelineError) in
        _ = try Plan(try suite(broken.text), Plan.Selection(), engines: ["e"])
      } == broken.message)
  }

  private func plan(
    _ lines: [Int: String], _ selection: Plan.Selection = Plan.Selection()
  ) throws(PipelineError) -> Plan {
    try Plan(try suite(BrokenSuite("sound", lines: lines, "").text), selection, engines: ["e"])
  }

  private func members(_ plan: Plan, _ name: String) -> [UInt64]? {
    plan.variants.first { $0.name == name }?.seeds
  }

  @Test("A trained baseline is named after its architecture or the file it starts from")
  func names() throws {
    #expect(try plan([2: "baseline: { train: { architecture: lenet-5 } }"]).suite.baselines[0].name == "lenet-5")
    let started = try plan([2: "baseline: { train: { model: nets/start.onnx } }"]).suite.baselines[0]
    #expect(started.name == "start" && started.training?.start == .resolved("suites/nets/start.onnx"))
    #expect(started.model == nil && started.training?.step.options.isEmpty == true)
  }

  @Test("Seeds: of the suite, of a baseline, of a variant")
  func seeds() throws {
    let trained = "baseline: { train: { architecture: mlp } }"
    #expect(try members(plan([2: trained]), "baseline") == nil)
    let suiteWide = try plan([2: trained, 7: "seeds: 3"])
    #expect(members(suiteWide, "baseline") == [1, 2, 3] && members(suiteWide, "half") == [1, 2, 3])
    #expect(suiteWide.variants.map(\.followsBaseline) == [false, true])
    let own = try plan([2: "baseline: { train: { architecture: mlp }, seeds: 2 }", 7: "seeds: 3"])
    #expect(members(own, "baseline") == [1, 2] && members(own, "half") == [1, 2])
    // Pruning a file learns nothing, so that the suite's seeds would give the same model again.
    #expect(try members(plan([7: "seeds: 3"]), "half") == nil)
    #expect(try members(plan([5: "  half: { steps: [ prune: { sparsity: 0.5 } ], seeds: 2 }"]), "half") == [1, 2])
    let anew = try plan([2: "baseline: { train: { architecture: mlp }, seeds: 2 }", 5: "  v: { train: { rate: 1 } }"])
    #expect(members(anew, "v") == [1, 2] && anew.variants[1].followsBaseline == false)
  }

  @Test("A variant that trains keeps what the baseline says and it does not")
  func inheritance() throws {
    let plan = try plan([
      2: "baseline: { train: { architecture: mlp, hidden: 3, rate: 0.5, epochs: 4 } }",
      5: "  v: { train: { rate: 0.25, activation: swish } }",
    ])
    guard case .trained(let training, let steps) = plan.variants[1].origin else {
      Issue.record("not trained")
      return
    }
    #expect(steps.isEmpty)
    #expect(
      training.step.options == [
        "architecture": .text("mlp"), "hidden": .integer(3), "rate": .number(0.25), "epochs": .integer(4),
        "activation": .text("swish"),
      ])
  }

  @Test("What is trained, and how, changes the plan's hash")
  func hashes() throws {
    var hashes = try [
      "baseline: { train: { architecture: mlp } }", "baseline: { train: { architecture: mlp, epochs: 3 } }",
      "baseline: { train: { architecture: mlp }, seeds: 2 }", "baseline: { train: { model: m.onnx } }",
    ].map { line in try plan([2: line]).hash }
    hashes.append(
      try plan([
        2: "baseline: { train: { architecture: mlp } }", 3: "data: { test: { csv: t.csv }, train: { csv: s.csv } }",
      ]).hash)
    #expect(Set(hashes).count == hashes.count)
  }
}

/// Teachers, as far as the order of building goes; no method needs to know the options.
struct VariantOrderTests {
  private func planned(_ name: String, teacher: OptionValue? = nil) throws -> Plan.PlannedVariant {
    let baseline = try suite(soundSuite).baselines[0]
    let options = teacher.map { ["teacher": $0] } ?? [:]
    return Plan.PlannedVariant(
      baseline: baseline, name: name,
      origin: .steps([Step(method: "distill", options: options, place: Place(file: "suites/s.yaml", line: 9))]))
  }

  @Test("Teachers are built before their students, wherever they stand")
  func order() throws {
    let order = try VariantOrder([
      try planned("student", teacher: .text("teacher")), try planned("other"), try planned("teacher"),
      try planned("both", teacher: .list([.text("teacher"), .text("file.onnx")])),
    ])
    #expect(order.variants.map(\.name) == ["teacher", "student", "other", "both"])
    #expect(order.needed(by: ["student"]).map(\.name) == ["teacher", "student"])
    #expect(order.needed(by: ["other"]).map(\.name) == ["other"])
  }

  @Test("A circle of teachers is refused with all its names")
  func circle() throws {
    let variants = [
      try planned("a", teacher: .text("b")), try planned("b", teacher: .text("c")),
      try planned("c", teacher: .text("a")),
    ]
    #expect(
      message { () throws(PipelineError) in _ = try VariantOrder(variants) }
        == "suites/s.yaml:9: variants learn from each other in a circle: 'a' from 'b' from 'c' from 'a' "
        + "(name another teacher)")
    let alone = [try planned("a", teacher: .text("a"))]
    #expect(
      message { () throws(PipelineError) in _ = try VariantOrder(alone) }
        == "suites/s.yaml:9: 'a' shall learn from itself (name another teacher)")
  }
}
