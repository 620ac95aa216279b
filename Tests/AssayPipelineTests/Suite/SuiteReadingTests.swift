import AssayCore
import AssayData
import AssayMethods
import AssayTestSupport
import FoundationEssentials
import Testing

@testable import AssayPipeline

/// A suite that uses everything the format has.
let generousSuite = """
  suite: "100 % \\"ü\\", and\\nmore"
  baselines:
    plain: { model: models/plain.onnx }
    'other, with a comma':
      model: "${MODELS:-elsewhere}/other.onnx"
      data: { mean: 0, std: [1, 2, 4], layout: nhwc, shape: [32, 32, 3] }
    lost: { model: "${NOWHERE}/lost.onnx" }
  data:
    root: "${DATA}"
    test:
      cifar10: [a.bin, b.bin]
      scale: 1/255
      mean: [0.5, 0.25, 0.125]
      std: &deviation 0.5
      count: 100
      seed: 7
    train: { npy: /data/x.npy, labels: y.npy, like: test, std: *deviation, scale: 2 }
    calibration: { from: train, count: 300 }
  variants:
    "a\\nb": &steps [ prune: { sparsity: 1/4, exclude: [first, "last*"] }, float16 ]
    same: *steps
    long:
      - prune:
          sparsity: 0.5
          scope: layer
      - float16:
    theirs: { model: "${DATA}/theirs.onnx" }
  engines: [ one, two ]
  measure:
    threads: [1, 2]
    batch: 8
    scenario: [single-stream, offline]
    launches: 20
    rounds: 30
    block: 500 µs
    seed: 18446744073709551615
    accuracy-rows: 1000
    hot-input: true
  """

struct SuiteReadingTests {
  private func generous() throws -> AssayPipeline.Suite {
    try suite(generousSuite, environment: ["DATA": "/data", "MODELS": ""])
  }

  @Test("Names keep line ends, quotes, percent signs, commas and letters of any script")
  func names() throws {
    let suite = try generous()
    #expect(suite.name == "100 % \"ü\", and\nmore")
    #expect(suite.baselines.map(\.name) == ["plain", "other, with a comma", "lost"])
    #expect(suite.variants.map(\.name) == ["a\nb", "same", "long", "theirs"])
    #expect(suite.engines == ["one", "two"])
  }

  @Test("Paths begin at the folder of the suite; a variable that is not set is told when the path is used")
  func paths() throws {
    let baselines = try generous().baselines
    #expect(baselines[0].model == .resolved("suites/models/plain.onnx"))
    #expect(baselines[1].model == .resolved("suites/elsewhere/other.onnx"))
    #expect(
      message { () throws(PipelineError) in _ = try baselines[2].model?.get() } == """
        suites/s.yaml:7: the environment variable NOWHERE in '${NOWHERE}/lost.onnx' is not set \
        (set it, as in: NOWHERE=/some/folder assay ...; or write ${NOWHERE:-folder})
        """)
  }

  @Test("A data set is read as it is written; like: copies the preparation only")
  func data() throws {
    let baseline = try generous().baselines[0]
    let test = try baseline.test.get()
    #expect(test.format == "cifar10")
    #expect(test.paths == ["/data/a.bin", "/data/b.bin"])
    #expect(test.subset == Subset(count: 100, seed: 7))
    #expect(test.preparation == Preparation(scale: try #require(Ratio("1/255")), mean: [0.5, 0.25, 0.125], std: [0.5]))

    let calibration = try #require(try baseline.calibration?.get())
    #expect(calibration.format == "npy")
    #expect(calibration.paths == ["/data/x.npy"])
    #expect(calibration.options == ["labels": .text("/data/y.npy")])
    #expect(calibration.subset == Subset(count: 300, seed: 1))
    #expect(
      calibration.preparation == Preparation(scale: try #require(Ratio("2")), mean: [0.5, 0.25, 0.125], std: [0.5]))
  }

  @Test("A baseline changes the preparation of all data, and only what it names")
  func override() throws {
    let baseline = try generous().baselines[1]
    let expected = Preparation(
      scale: try #require(Ratio("1/255")), mean: [0], std: [1, 2, 4], layout: .nhwc, shape: [32, 32, 3])
    #expect(try baseline.test.get().preparation == expected)
    #expect(try baseline.calibration?.get().preparation.std == [1, 2, 4])
  }

  @Test("A data root that is not set is told with how to get the data")
  func missingRoot() throws {
    let text = soundSuite.replacing("{ test: { csv: t.csv }", with: "{ root: \"${DATA}\", test: { idx: mnist/t10k }")
    let test = try suite(text).baselines[0].test
    let error = try #require(throws: PipelineError.self) { try test.get() }
    #expect(error.code == .variableMissing)
    #expect(error.message == "the environment variable DATA in '${DATA}/mnist/t10k' is not set")
    #expect(error.place == Place(file: "suites/s.yaml", line: 3))
    #expect(error.remedy?.contains("mnist/t10k-images-idx3-ubyte.gz") == true)
    let absolute = try suite(text.replacing("mnist/t10k", with: "/mnist/t10k"))
    #expect(try absolute.baselines[0].test.get().paths == ["/mnist/t10k"])
  }

  @Test("Steps are bare names or names with options; fractions are numbers; an alias repeats them")
  func steps() throws {
    let variants = try generous().variants
    let steps = [
      Step(method: "prune", options: ["sparsity": .number(0.25), "exclude": .list([.text("first"), .text("last*")])]),
      Step(method: "float16"),
    ]
    #expect(variants[0].origin == .steps(steps))
    #expect(variants[1].origin == .steps(steps))
    #expect(
      variants[2].origin
        == .steps([
          Step(method: "prune", options: ["sparsity": .number(0.5), "scope": .text("layer")]), Step(method: "float16"),
        ]))
    #expect(variants[3].origin == .model(.resolved("/data/theirs.onnx")))
    guard case .steps(let long) = variants[2].origin else { return }
    #expect(long.map(\.place?.line) == [23, 26])
  }

  @Test("Settings are as written, and else the defaults")
  func measure() throws {
    let measure = try generous().measure
    #expect(measure.threads == [1, 2])
    #expect(measure.batches == [8])
    #expect(measure.scenarios == [.singleStream, .offline])
    #expect(
      measure.settings
        == MeasureSettings(
          launches: 20, rounds: 30, block_ns: 500_000, seed: .max, accuracyRows: 1000, hotInput: true))
    #expect(try suite(soundSuite).measure == SuiteMeasure())
  }

  @Test(
    "How requests come is as written, and else the defaults",
    arguments: [
      ("scenario: server", RequestSettings()),
      ("scenario: server, rate: 500 /s", RequestSettings(rate_perSecond: 500)),
      ("scenario: server, rate: 2.5e2/s", RequestSettings(rate_perSecond: 250)),
      ("scenario: [single-stream, server], load: 0.25", RequestSettings(load: 0.25)),
      ("scenario: [server], block: 50 ms", RequestSettings(serverBlock_ns: 50_000_000)),
      ("scenario: multi-stream, streams: 3", RequestSettings(streams: 3)),
    ] as [(String, RequestSettings)])
  func requests(_ text: String, _ expected: RequestSettings) throws {
    #expect(try suite(soundSuite.replacing("threads: 1", with: text)).measure.settings.requests == expected)
  }

  @Test(
    "Times have units",
    arguments: [
      ("10 ms", 10_000_000), ("10ms", 10_000_000), ("1.5 s", 1_500_000_000), ("2000 ns", 2000), ("7 us", 7000),
      ("7 \u{3bc}s", 7000), ("7 \u{b5}s", 7000), ("1e-3 s", 1_000_000),
    ] as [(String, UInt64)])
  func durations(_ text: String, _ expected_ns: UInt64) throws {
    let measure = soundSuite.replacing("threads: 1", with: "block: \(text)")
    #expect(try suite(measure).measure.settings.block_ns == expected_ns)
  }

  @Test("A single baseline is named as it says, or by the stem of its file")
  func baselineNames() throws {
    #expect(try suite(soundSuite).baselines.map(\.name) == ["m"])
    let named = soundSuite.replacing("{ model: m.onnx }", with: "{ model: m.onnx, name: baseline }")
    #expect(try suite(named).baselines.map(\.name) == ["baseline"])
    let deep = soundSuite.replacing("m.onnx", with: "\"${M}/a.b/lenet.v2.onnx\"")
    #expect(try suite(deep).baselines.map(\.name) == ["lenet.v2"])
  }

  @Test(
    "Without variants the baselines are measured; one engine needs no list; a byte order mark and CR LF are no fault")
  func lenience() throws {
    let text = soundSuite.replacing("variants:\n  half: [ prune: { sparsity: 0.5 } ]\n", with: "")
      .replacing("[ e ]", with: "e")
    let read = try suite("\u{feff}" + text.replacing("\n", with: "\r\n"))
    #expect(read.variants.isEmpty)
    #expect(read.engines == ["e"])
    #expect(read.enginesPlace == Place(file: "suites/s.yaml", line: 4))
  }

  @Test("The hash is one of the content (oracle: sha256sum of \"p3:abc\")")
  func hash() throws {
    let root = try SuiteFile(path: "s.yaml", bytes: Array("abc".utf8)).root()
    #expect(
      SuiteContent.sha256(root, without: []) == "3a50463cfac1ff6a9e485dfc462c0299246224fca85e21eda4578d7745dfa20e")
  }
}

/// The suites that come with Assay.
struct ShippedSuiteTests {
  /// Up from this file to the root of the repository.
  private static let folder =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
    .joined(separator: "/") + "/suites"
  static let variants = [
    "pruned-50", "pruned-90", "pruned-90-per-layer", "dynamic-int8", "int8", "int8-percentile", "int8-entropy",
    "int8-mse", "int8-per-tensor", "int8-signed-activations", "float16", "pruned-int8",
  ]

  @Test(
    "Every shipped suite is sound",
    arguments: [
      ("mnist", ["lenet300", "lenet5", "ort_mnist", "mnist-net_256x4"]),
      ("cifar10", ["resnet8", "resnet_2b", "cifar10_small"]),
    ])
  func shipped(_ name: String, _ baselines: [String]) throws {
    let suite = try AssayPipeline.Suite.read(path: "\(Self.folder)/\(name).yaml", environment: [:])
    #expect(suite.baselines.map(\.name) == baselines)
    #expect(suite.variants.map(\.name) == Self.variants)
    for case .resolved(let path) in suite.baselines.map(\.model) {
      #expect(FileManager.default.fileExists(atPath: path), "\(path)")
    }
  }

  @Test("The mission on one page: every kind of method, two models of the repository, nothing from outside")
  func mission() throws {
    let plan = try Self.plan("digits")
    #expect(plan.suite.baselines.map(\.name) == ["digits-mlp", "digits-cnn"])
    for baseline in plan.suite.baselines {
      let model = try #require(baseline.model).get()
      #expect(FileManager.default.fileExists(atPath: model))
    }
    let methods = Set(plan.variants.flatMap(\.steps).map(\.method))
    #expect(methods == ["quantize", "float16", "prune", "finetune", "cluster", "hash", "distill"])
    let trained = plan.variants.filter { if case .trained = $0.origin { true } else { false } }
    #expect(trained.map(\.name) == ["small", "small"])
    // Baselines are files, so that something is measured where nothing can train.
    #expect(plan.variants.filter(\.isBaseline).allSatisfy { !$0.learns })
    #expect(plan.variants.count == 24 && plan.variants.count { !$0.learns } == 10)
  }

  @Test("The studies of training are sound: each repeats with three seeds and says all of its options")
  func studies() throws {
    let expected = [
      ("trained-hashing", ["narrow"], ["narrow-fast", "hashed-64"]), ("trained-distillation", ["plain"], ["taught"]),
      ("trained-pruning", ["lenet300", "lenet5"], ["pruned-90", "pruned-90-tuned"]),
      (
        "trained-quantization", ["resnet8"],
        ["int4", "int4-tuned", "int4-tensor", "int4-tensor-tuned", "tuned", "tuned-int4-tensor"]
      ),
    ]
    for (name, baselines, variants) in expected {
      let plan = try Self.plan(name)
      #expect(plan.suite.baselines.map(\.name) == baselines && plan.suite.variants.map(\.name) == variants)
      #expect(plan.learns && plan.variants.filter(\.learns).allSatisfy { $0.seeds == [1, 2, 3] }, "\(name)")
      for step in plan.variants.flatMap(\.steps) where ["finetune", "distill"].contains(step.method) {
        let options = ["epochs", "batch", "rate", "schedule"]
        #expect(options.allSatisfy { step.options[$0] != nil }, "\(name): \(step)")
      }
    }
  }

  private static func plan(_ name: String) throws -> Plan {
    let suite = try AssayPipeline.Suite.read(path: "\(folder)/\(name).yaml", environment: [:])
    return try Plan(suite, Plan.Selection(), engines: ["onnxruntime"])
  }

  @Test("The suite that trains is sound: every kind of learning, with three seeds")
  func trained() throws {
    let plan = try Self.plan("digits-trained")
    #expect(plan.learns && plan.variants.count == 12)
    #expect(plan.variants.allSatisfy { $0.seeds == [1, 2, 3] })
    let methods = Set(plan.variants.flatMap(\.steps).map(\.method))
    let wanted = ["distill", "hash", "cluster", "prune", "finetune", "quantize", "quantize-weights"]
    #expect(methods.isSuperset(of: wanted))
  }

  @Test("The embedded suite needs nothing from outside, and its rows are there")
  func digits() throws {
    let suite = try AssayPipeline.Suite.read(path: "\(Self.folder)/digits.yaml", environment: [:])
    for baseline in suite.baselines {
      let test = try baseline.test.get()
      #expect(try test.open().count == 1797)
      #expect(test.preparation == Preparation(scale: try #require(Ratio("1/16"))))
      #expect(try baseline.calibration?.get().open().count == 300)
    }
  }

  @Test(
    "The data of the other suites are there, prepared as each model reads them",
    .enabled(
      if: TestEnvironment.data != nil && TestEnvironment.models != nil, "ASSAY_DATA and ASSAY_MODELS are needed"),
    arguments: [("mnist", 10_000), ("cifar10", 1000)])
  func data(_ name: String, _ rows: Int) throws {
    let environment = ["ASSAY_DATA": TestEnvironment.data ?? "", "ASSAY_MODELS": TestEnvironment.models ?? ""]
    let suite = try AssayPipeline.Suite.read(path: "\(Self.folder)/\(name).yaml", environment: environment)
    for baseline in suite.baselines {
      let model = try #require(baseline.model).get()
      #expect(FileManager.default.fileExists(atPath: model))
      let test = try baseline.test.get().open()
      #expect(test.count == rows)
      let preparation = try baseline.test.get().preparation
      let expected = ["mnist-net_256x4": [784, 1], "cifar10_small": [32, 32, 3]][baseline.name]
      #expect(try test.preparedShape(preparation) == expected ?? (name == "mnist" ? [1, 28, 28] : [3, 32, 32]))
    }
  }
}
