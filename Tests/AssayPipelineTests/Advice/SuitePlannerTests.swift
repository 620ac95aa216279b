import AssayCore
import AssayData
import AssayMethods
import AssayONNX
import AssayTestSupport
import FoundationEssentials
import Testing

@testable import AssayPipeline

struct SuitePlannerTests {
  /// Convolutions (one depthwise with a gated activation), then dense layers.
  private func convolutional() -> Model {
    var random = SeededGenerator(seed: 1)
    var graph = GraphBuilder()
    let x = graph.input("x", dimensions: [.symbolic("N"), .fixed(3), .fixed(16), .fixed(16)])
    let a = graph.node(
      "Conv", [x, graph.constant(random.tensor([8, 3, 3, 3]))], [Attribute("pads", ints: [1, 1, 1, 1])])
    let gate = graph.node("Sigmoid", [a])
    let b = graph.node("Mul", [a, gate])
    let c = graph.node(
      "Conv", [b, graph.constant(random.tensor([8, 1, 3, 3]))],
      [Attribute("pads", ints: [1, 1, 1, 1]), Attribute("group", int: 8)])
    let d = graph.node("Relu", [c])
    let e = graph.node("Flatten", [d])
    let y = graph.node("Gemm", [e, graph.constant(random.tensor([2048, 10]))])
    return graph.model(outputs: [y], shape: [.symbolic("N"), .fixed(10)])
  }

  private func linear(_ outputs: Int = 10) -> Model {
    var random = SeededGenerator(seed: 1)
    var graph = GraphBuilder()
    graph.input("x", dimensions: [.symbolic("N"), .fixed(64)])
    let y = graph.node("MatMul", ["x", graph.constant(random.tensor([64, outputs]))])
    return graph.model(outputs: [y], shape: [.symbolic("N"), .fixed(outputs)])
  }

  private let data = PlanData(keys: [PlanData.Key("csv", "t.csv"), PlanData.Key("scale", "1/16")], rows: 1797)

  private func request(
    _ model: Model, _ goal: Priority = .balanced, data: PlanData?, flags: Set<String> = ["avx2", "avx512_vnni"],
    budget_s: Double? = nil, constraints: [String] = []
  ) -> PlanRequest {
    PlanRequest(
      model: ModelFacts(model), modelPath: "m.onnx", name: "m", data: data, goal: goal, constraints: constraints,
      budget_s: budget_s, cpu: CPUFeatures(flags: flags), engines: ["onnxruntime", "reference"], cpus: 2)
  }

  @Test("What a planner sees of a model")
  func facts() {
    let facts = ModelFacts(convolutional())
    #expect(facts.layers.map(\.kind) == [.convolution, .depthwise, .dense])
    // 16·16·8·27, 16·16·8·9, 2048·10
    #expect(facts.layers.map(\.macs) == [55_296, 18_432, 20_480])
    #expect(facts.macs == 94_208 && facts.hasSmoothActivations && !facts.isSimple)
    #expect(facts.facts == [.hasConvolutions, .hasDenseLayers, .hasDepthwise, .hasSmoothActivations])
    #expect(facts.inputElements == 768 && facts.outputElements == 10 && facts.fixedBatch == nil)
    let simple = ModelFacts(linear())
    #expect(simple.isSimple && simple.facts == [.hasDenseLayers, .isSimple])
  }

  @Test("Data, goal and processor decide what is planned, and in what order")
  func order() throws {
    func names(_ request: PlanRequest) -> [String] { planSuite(request).variants.map(\.name) }
    let fast = names(request(convolutional(), .speed, data: data))
    #expect(fast.first?.hasPrefix("int8") == true, "\(fast)")
    let old = names(request(convolutional(), .speed, data: data, flags: ["avx2"]))
    let (cut, integer) = (try #require(old.firstIndex(of: "half-width")), try #require(old.firstIndex(of: "int8")))
    #expect(cut < integer, "without int8 dot products cutting comes first: \(old)")
    #expect(fast.contains("int8-corrected"), "depthwise convolutions need it")
    let none = names(request(convolutional(), .size, data: nil))
    #expect(!none.contains("int8") && none.contains("weights-8") && none.contains("weights-4"), "\(none)")
    let small = names(request(linear(), data: data))
    #expect(!small.contains("half-width") && small.contains("float16"), "a simple model: \(small)")
  }

  @Test("What learns is planned where rows and something that trains are there, and the reason is told where not")
  func training() {
    func plan(train: PlanData?, problem: String? = nil) -> SuiteProposal {
      var request = request(convolutional(), .size, data: data)
      (request.train, request.trainerProblem, request.measuresPackedSize) = (train, problem, true)
      return planSuite(request)
    }
    func learns(_ proposal: SuiteProposal) -> Bool {
      proposal.variants.contains { $0.steps.contains { (try? $0.learns()) == true } }
    }
    #expect(learns(plan(train: data)))
    let none = plan(train: nil)
    #expect(!learns(none) && none.findings.contains("No training rows (--train): nothing is trained."))
    let missing = plan(train: data, problem: "libtorch is missing; run scripts/setup")
    #expect(!learns(missing))
    #expect(missing.findings.contains("libtorch is missing; run scripts/setup: nothing is trained."))
    var unlabelled = data
    unlabelled.hasTargets = false
    #expect(!learns(plan(train: unlabelled)))
  }

  @Test("A budget leaves out the least promising, three at least stay")
  func budget() {
    let all = planSuite(request(convolutional(), data: data))
    let some = planSuite(request(convolutional(), data: data, budget_s: 30))
    #expect(some.variants.count < all.variants.count && some.variants.count >= 3)
    #expect(some.variants.map(\.name) == Array(all.variants.map(\.name).prefix(some.variants.count)))
    #expect((some.variants + some.leftOut).map(\.name) == all.variants.map(\.name))
    #expect(planSuite(request(convolutional(), data: data, budget_s: 0.001)).variants.count == 3)
    #expect(planSuite(request(convolutional(), data: data, budget_s: 1e300)).leftOut.isEmpty)
  }

  @Test("Methods that this build does not have are not planned")
  func known() {
    let methods = Set(MethodCatalog.methods.map { $0.description.name })
    for priority in Priority.allCases {
      for variant in planSuite(request(convolutional(), priority, data: data)).variants {
        #expect(variant.steps.allSatisfy { methods.contains($0.method) }, "\(variant.name)")
        #expect(!variant.reason.isEmpty)
      }
    }
  }

  @Test(
    "The suite that is written is one that the reader takes, with the steps that were planned",
    arguments: Priority.allCases)
  func readable(priority: Priority) throws {
    for model in [convolutional(), linear()] {
      for data in [data, nil] {
        var request = request(
          model, priority, data: data, budget_s: 40, constraints: ["accuracy.drop <= 1 pp", "latency.p90 <= 5 ms"])
        request.name = "a: \"b\" # {c}"
        if data == nil {
          request.data = PlanData(keys: [PlanData.Key("csv", "noise.csv")], rows: 256, hasTargets: false)
        }
        let proposal = planSuite(request)
        let text = suiteText(proposal, request)
        let read = try suite(text)
        #expect(read.name == request.name)
        #expect(read.variants.map(\.name) == proposal.variants.map(\.name))
        #expect(read.variants.map(\.origin) == proposal.variants.map { .steps($0.steps) })
        #expect(read.goal?.priority == priority && read.goal?.constraints == request.constraints)
        #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count < 400 })
      }
    }
  }

  @Test(
    "Every model that is there gets a plan that the reader takes",
    .enabled(if: TestEnvironment.models != nil, Comment(rawValue: TestEnvironment.modelsAreMissing)))
  func models() throws {
    let folder = try #require(TestEnvironment.models)
    for path in TestEnvironment.files(under: folder, suffix: ".onnx") {
      let model = try Model(contentsOf: path)
      for goal in [Priority.speed, .size] {
        let request = request(model, goal, data: data)
        let proposal = planSuite(request)
        _ = try suite(suiteText(proposal, request))
        #expect(!proposal.variants.isEmpty, "\(path)")
      }
    }
  }
}

struct SuitePlaceTests {
  @Test(arguments: [
    ("s.yaml", "m.onnx", "m.onnx"), ("s.yaml", "models/m.onnx", "models/m.onnx"), ("s.yaml", "/m.onnx", "/m.onnx"),
    ("out/s.yaml", "m.onnx", "../m.onnx"), ("out/s.yaml", "out/m.onnx", "m.onnx"),
    ("a/b/s.yaml", "a/m.onnx", "../../a/m.onnx"), ("out/s.yaml", "${MODELS}/m.onnx", "${MODELS}/m.onnx"),
  ])
  func path(suite: String, path: String, expected: String) {
    #expect(SuitePlace(suite: suite).path(path) == expected)
  }

  @Test("What cannot be said from the suite's folder is said from the root")
  func absolute() {
    #expect(SuitePlace(suite: "/tmp/s.yaml").path("m.onnx").hasPrefix("/"))
    #expect(SuitePlace(suite: "../s.yaml").path("m.onnx").hasSuffix("/m.onnx"))
  }
}

struct PlanDataTests {
  private func facts(_ inputs: Int, _ outputs: Int) -> ModelFacts {
    var random = SeededGenerator(seed: 1)
    var graph = GraphBuilder()
    graph.input("x", dimensions: [.symbolic("N"), .fixed(inputs)])
    let y = graph.node("MatMul", ["x", graph.constant(random.tensor([inputs, outputs]))])
    return ModelFacts(graph.model(outputs: [y], shape: [.symbolic("N"), .fixed(outputs)]))
  }

  private func read(_ text: String, _ facts: ModelFacts, _ more: [String: OptionValue] = [:]) throws -> PlanData {
    try withTemporaryFolder { folder in
      let path = "\(folder)/t.csv"
      try Data(text.utf8).write(to: URL(filePath: path))
      return try PlanDataReader.read(
        more.merging(["csv": .text(path)]) { a, _ in a }, model: facts, rewritten: { _ in "t.csv" })
    }
  }

  @Test("Classes, values, and what a suite shall write")
  func targets() throws {
    let classes = try read("1,2,0\n3,1,2\n", facts(2, 3), ["label": .integer(3)])
    #expect(classes.keys == [PlanData.Key("csv", "t.csv"), PlanData.Key("label", "3")] && classes.rows == 2)
    let values = try read("1,2,0.5\n3,1,-2.25\n", facts(2, 1))
    #expect(values.keys.contains(PlanData.Key("regression", "true")))
    let counts = try read("1,2,7\n3,1,9\n", facts(2, 1))
    #expect(counts.keys.contains(PlanData.Key("regression", "true")), "one output cannot tell ten classes")
  }

  @Test("Rows that do not fit the model, and labels that it has no output for, are told")
  func mismatch() throws {
    for (text, facts, words) in [
      ("1,2,0\n", facts(3, 3), "rows of 3 numbers, the data have rows of 2"),
      ("1,2,9\n", facts(2, 3), "10 classes, the model has 3 outputs"),
    ] {
      let error = #expect(throws: DataError.self) { try read(text, facts) }
      #expect(error.map { "\($0)" }?.contains(words) == true)
    }
  }

  @Test("Large values are told: the model may have been trained on scaled ones")
  func scale() throws {
    let data = try read("1,255,0\n3,1,1\n", facts(2, 2))
    #expect(data.remarks.contains { $0.contains("scale: 1/255") })
    let scaled = try read("1,255,0\n3,1,1\n", facts(2, 2), ["scale": .text("1/255")])
    #expect(!scaled.remarks.contains { $0.contains("scale: 1/255") })
    #expect(scaled.keys.last == PlanData.Key("scale", "1/255"))
  }

  @Test("The name of a file tells its format, or it is asked for")
  func names() throws {
    #expect(try PlanDataReader.keys(forPath: "a/b.CSV") == ["csv": .text("a/b.CSV")])
    #expect(try PlanDataReader.keys(forPath: "b.tsv") == ["csv": .text("b.tsv"), "delimiter": .text("tab")])
    #expect(try PlanDataReader.keys(forPath: "b.npz") == ["npz": .text("b.npz")])
    let error = #expect(throws: DataError.self) { try PlanDataReader.keys(forPath: "b.parquet") }
    #expect(error.map { "\($0)" }?.contains("FORMAT=PATH") == true)
  }
}
