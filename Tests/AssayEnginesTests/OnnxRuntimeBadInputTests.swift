import AssayCore
import AssayRuntime
import FoundationEssentials
import Testing

@testable import AssayEngines

@Suite("Bad models in onnxruntime", .enabled(if: Fixture.hasLibrary, "no onnxruntime here: run scripts/setup"))
struct OnnxRuntimeBadInputTests {
  private func failure(_ path: String, _ settings: SessionSettings = SessionSettings()) -> EngineError? {
    Fixture.error { () throws(EngineError) in try OnnxRuntimeEngine().open(path: path, settings: settings) }
  }

  @Test(
    "Each kind of bad model is named with its remedy",
    arguments: [
      ("newer-opset", EngineErrorCode.load, "too old for this model", "Opset 999"),
      ("newer-ir", .load, "too old for this model", "IR version: 99"),
      ("unknown-operator", .unsupported, "no kernel", "Frobnicate"),
      ("missing-external", .load, "outside the model file", "not-there.bin"),
      ("sequence", .unsupported, "not a tensor", "'y'"),
    ])
  func kinds(name: String, code: EngineErrorCode, words: String, detail: String) throws {
    let error = try #require(failure(Fixture.model(name)))
    #expect(error.code == code)
    #expect(error.message.contains(words), "\(error)")
    #expect(error.message.contains(detail), "\(error)")
    #expect(error.place?.file == Fixture.model(name))
    #expect(error.remedy != nil)
    #expect(!error.message.contains(".cc:") && !error.message.contains(".h:"), "\(error)")
    #expect(!error.message.contains("\n"))
  }

  @Test("The node of an unknown operator is named")
  func unknownOperatorNode() throws {
    #expect(try #require(failure(Fixture.model("unknown-operator"))).place?.node == "frob")
  }

  @Test("A missing file, a folder, an empty file")
  func paths() throws {
    #expect(failure("/nowhere/model.onnx")?.code == .load)
    #expect(failure("/")?.message.contains("folder") == true)
    try Fixture.withFolder { folder in
      try Fixture.write([], to: folder + "/empty.onnx")
      #expect(failure(folder + "/empty.onnx")?.code == .load)
      #expect(failure(folder + "/empty.onnx")?.message.contains("not an ONNX model") == true)
    }
  }

  @Test("No threads at all is refused")
  func threads() {
    for count in [0, -1, Int.max] {
      #expect(failure(Fixture.model("identity"), SessionSettings(threads: count))?.code == .input)
    }
  }

  @Test("Random bytes are refused", arguments: 0..<20)
  func randomBytes(seed: UInt64) throws {
    var random = SeededGenerator(state: seed)
    let bytes = (0..<Int.random(in: 1...5000, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
    try Fixture.withFolder { folder in
      try Fixture.write(bytes, to: folder + "/random.onnx")
      let error = failure(folder + "/random.onnx")
      #expect(error != nil, "seed \(seed)")
    }
  }

  @Test("A file cut short never loads as something else")
  func truncated() throws {
    let whole = try [UInt8](Data(contentsOf: URL(filePath: Fixture.model("half-int8"))))
    try Fixture.withFolder { folder in
      for count in stride(from: 0, to: whole.count, by: 13) {
        try Fixture.write(Array(whole.prefix(count)), to: folder + "/cut.onnx")
        #expect(failure(folder + "/cut.onnx") != nil, "first \(count) bytes")
      }
    }
  }
}

/// Models of the shared folder, where the environment names it.
@Suite(
  "Given models in onnxruntime",
  .enabled(if: Fixture.hasLibrary && Fixture.modelFolder != nil, "needs onnxruntime and ASSAY_MODELS"))
struct GivenModelTests {
  private func open(_ name: String) throws -> any Session {
    let folder = try #require(Fixture.modelFolder)
    return try OnnxRuntimeEngine().open(path: "\(folder)/\(name).onnx", settings: SessionSettings())
  }

  @Test(
    "Shapes are as documented",
    arguments: [
      ("digits-mlp", "image: float[batch, 64]"), ("digits-cnn", "image: float[batch, 64]"),
      ("ort_mnist", "Input3: float[1, 1, 28, 28]"), ("mnist-net_256x4", "0: float[1, 784, 1]"),
      ("resnet_2b", "input.1: float[1, 3, 32, 32]"),
    ])
  func shapes(name: String, declaration: String) throws {
    #expect(try open(name).inputs.map(\.declaration) == [declaration])
  }

  @Test("Float models run nothing in int8, whatever their layout", arguments: ["lenet300", "resnet8", "digits-cnn"])
  func floatModels(name: String) throws {
    let session = try open(name)
    let input = session.inputs[0]
    let shape = input.shape.map { $0.value ?? 2 }
    let zeros = ["\(input.name)": Tensor([Float](repeating: 0, count: shape.reduce(1, *)), shape: shape)]
    let bound = try session.bind([zeros])
    #expect(bound is OrtBoundRun)
    try bound.infer(0)
    #expect(try bound.outputs() == (try session.run(zeros)))
    let report = try session.executionReport()
    #expect(report.int8Share == 0)
    #expect(!report.floatNodes.isEmpty)
    #expect(report.notes.isEmpty)
  }
}
