import AssayCore
import AssayRuntime
import FoundationEssentials
import Glibc
import Testing

@testable import AssayEngines

@Suite("Sessions of onnxruntime", .enabled(if: Fixture.hasLibrary, "no onnxruntime here: run scripts/setup"))
struct OnnxRuntimeSessionTests {
  @Test("Inputs and outputs are described with symbols")
  func descriptions() throws {
    let session = try Fixture.open("identity")
    #expect(session.inputs == [TensorDescription(name: "x", elementType: .float, shape: [.symbolic("N"), .fixed(4)])])
    #expect(session.outputs == [TensorDescription(name: "y", elementType: .float, shape: [.symbolic("N"), .fixed(4)])])
  }

  @Test("The engine's telemetry is off")
  func telemetry() throws {
    _ = try Fixture.open("identity")
    // The only thing that keeps official builds since 1.29 from collecting; they read it when the first session opens.
    #expect(getenv("ORT_DISABLE_TELEMETRY").map { String(cString: $0) } == "1")
  }

  // ONNX Runtime 1.31.1 fails when its environment is released and made at the same time.
  @Test("Sessions open and close on many threads at once")
  func concurrency() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<200 {
        group.addTask {
          let session = try Fixture.open("halve")
          #expect(try session.run(["x": Tensor([3 as Float], shape: [1])])[0].elements(Float.self) == [1.5])
        }
      }
      try await group.waitForAll()
    }
  }

  @Test("Every element type passes through, by run and by bind")
  func everyType() throws {
    let session = try Fixture.open("every-type")
    var given: [String: Tensor] = [:]
    for input in session.inputs {
      if input.elementType == .string {
        given[input.name] = Tensor(strings: [Array("Zahl ½\0x".utf8), [], [0xff]], shape: [3])
      } else {
        let count = try #require(input.elementType.byteCount(of: 3))
        let bytes = (0..<count).map { input.elementType == .bool ? UInt8($0 & 1) : UInt8($0 + 1) }
        given[input.name] = Tensor(input.elementType, shape: [3], bytes: Bytes(copying: bytes))
      }
    }
    #expect(given.count == 14)
    let expected = session.inputs.compactMap { given[$0.name] }
    #expect(try session.run(given) == expected)
    let bound = try session.bind([given])
    try bound.infer(0)
    #expect(try bound.outputs() == expected)
    #expect(try bound.outputs() == expected)
    #expect(try session.executionReport().notes.contains { $0.contains("allocated by the engine") })
  }

  @Test("Names, types and shapes of inputs are checked")
  func inputs() throws {
    let identity = try Fixture.open("identity")
    let good = Tensor([Float](repeating: 1, count: 4), shape: [1, 4])
    let wrongName = try #require(Fixture.error { () throws(EngineError) in try identity.run(["X": good]) })
    #expect(wrongName.code == .input && wrongName.description.contains("did you mean 'x'?"))
    let missing = try #require(Fixture.error { () throws(EngineError) in try identity.run([:]) })
    #expect(missing.description.contains("x: float[N, 4]"))
    let wrongType = try #require(
      Fixture.error { () throws(EngineError) in
        try identity.run(["x": Tensor([1, 2, 3, 4] as [Int64], shape: [1, 4])])
      })
    #expect(wrongType.code == .input && wrongType.message.contains("int64"))
    for shape in [[4], [1, 2, 2], [2, 2]] {
      let wrongShape = Fixture.error { () throws(EngineError) in try identity.run(["x": good.reshaped(shape)]) }
      #expect(wrongShape?.code == .input, "\(shape)")
    }
    #expect(try identity.run(["x": Tensor([Float](), shape: [0, 4])])[0].shape == [0, 4])
    let every = try Fixture.open("every-type")
    var unequal: [String: Tensor] = [:]
    for (index, input) in every.inputs.enumerated() {
      let count = index == 0 ? 2 : 1
      unequal[input.name] =
        input.elementType.byteCount(of: count).flatMap {
          Tensor(input.elementType, shape: [count], bytes: Bytes(copying: [UInt8](repeating: 0, count: $0)))
        } ?? Tensor(strings: [[]], shape: [1])
    }
    let symbols = try #require(Fixture.error { () throws(EngineError) in try every.run(unequal) })
    #expect(symbols.code == .input && symbols.description.contains("N=2"))
  }

  @Test("Denormals are flushed only where asked, whatever other sessions did on the thread")
  func denormals() throws {
    let smallest = Tensor([Float.leastNormalMagnitude], shape: [1])
    for flushes in [false, true, false, true] {
      let session = try Fixture.open("halve", SessionSettings(flushesDenormals: flushes))
      let expected: Float = flushes ? 0 : Float.leastNormalMagnitude / 2
      #expect(try session.run(["x": smallest])[0].elements(Float.self) == [expected])
      let bound = try session.bind([["x": smallest]])
      try bound.infer(0)
      #expect(try bound.outputs()[0].elements(Float.self) == [expected])
      // The thread itself is as before.
      #expect(Float.leastNormalMagnitude.nextDown + 0 > 0)
    }
  }

  @Test("The optimized graph is written where asked")
  func optimizedModel() throws {
    try Fixture.withFolder { folder in
      let path = folder + "/optimized.onnx"
      _ = try Fixture.open("float-conv", SessionSettings(optimizedModelPath: path))
      let bytes = try Data(contentsOf: URL(filePath: path))
      #expect(bytes.count > 100)
      #expect(throws: EngineError.self) {
        try Fixture.open("float-conv", SessionSettings(optimizedModelPath: folder + "/none/optimized.onnx"))
      }
    }
  }

  @Test("Without optimization the graph stays as it is")
  func unoptimized() throws {
    let kept = try Fixture.open("float-conv", SessionSettings(optimizesGraph: false)).executionReport()
    #expect(kept.operators == ["Conv": 1, "Relu": 1])
    let fused = try Fixture.open("float-conv").executionReport()
    #expect(fused.operators["Relu"] == nil)
  }

  @Test("Values inside the model are not fused away where they are asked for")
  func innerValues() throws {
    let session = try Fixture.open("inner-sum", SessionSettings(showsInnerValues: true))
    let outputs = try session.run(["x": Tensor([Float](repeating: 1, count: 48), shape: [1, 3, 4, 4])])
    // Worked out with onnxruntime 1.31.1 in Python, all optimizations off: Models/make.py writes the model.
    let inner = try #require(outputs.last).elements(Float.self)
    #expect(inner.count == 20)
    #expect(inner.prefix(4).allSatisfy { abs($0 - 0.170548) < 1e-5 })
  }

  @Test("The share of int8 is what really runs")
  func int8Share() throws {
    let half = try Fixture.open("half-int8").executionReport()
    #expect(half.int8Share == 24.0 / 36)
    #expect(half.floatNodes == ["second (MatMul)"])
    let quantized = try Fixture.open("qdq-conv").executionReport()
    #expect(quantized.int8Share == 1)
    #expect(quantized.floatNodes.isEmpty)
    #expect(quantized.operators["QLinearConv"] == 1)
    // Quantize and dequantize nodes alone make nothing run in int8.
    // (without optimization, so that no kernel in int8 is chosen).
    let unfused = try Fixture.open("qdq-conv", SessionSettings(optimizesGraph: false)).executionReport()
    #expect(unfused.int8Share == 0)
    #expect(unfused.floatNodes == ["conv (Conv)"])
    let floating = try Fixture.open("float-conv").executionReport()
    #expect(floating.int8Share == 0)
    #expect(floating.floatNodes == ["conv (FusedConv)"])
    // Channels that a blocked layout pads do not count.
    let mixed = try Fixture.open("mixed-conv").executionReport()
    #expect(mixed.int8Share == 864.0 / (864 + 5184))
    #expect(mixed.floatNodes == ["floating (Conv): its weight is not quantized; its output is an output of the model"])
    #expect(try Fixture.open("identity").executionReport().int8Share == nil)
  }

  @Test("The report is made with the shapes seen last")
  func reportShapes() throws {
    let session = try Fixture.open("half-int8")
    _ = try session.run(["x": Tensor([Float](repeating: 1, count: 12), shape: [3, 4])])
    #expect(try session.executionReport().int8Share == 24.0 / 36)
  }

  @Test("A report that cannot be made says so")
  func reportWithoutFile() throws {
    try Fixture.withFolder { folder in
      let path = folder + "/gone.onnx"
      try FileManager.default.copyItem(atPath: Fixture.model("half-int8"), toPath: path)
      let session = try OnnxRuntimeEngine().open(path: path, settings: SessionSettings())
      try FileManager.default.removeItem(atPath: path)
      let report = try session.executionReport()
      #expect(report.int8Share == nil && report.operators.isEmpty)
      #expect(report.notes.count == 1 && report.notes[0].contains("gone.onnx"))
    }
  }

  @Test("A device that is not there is named")
  func missingDevice() throws {
    let absent = ["tpu", "cuda:99"] + (Fixture.devices.contains("cuda:0") ? [] : ["cuda", "cuda:0"])
    for device in absent {
      let error = Fixture.error { () throws(EngineError) in
        try OnnxRuntimeEngine().open(path: Fixture.model("identity"), settings: SessionSettings(device: device))
      }
      #expect(error?.code == .missing)
      #expect(error?.message.contains("'\(device)'") == true)
    }
  }

  @Test("CUDA runs what it is asked to", .enabled(if: Fixture.devices.contains("cuda:0"), "no CUDA device here"))
  func cuda() throws {
    let session = try Fixture.open("float-conv", SessionSettings(device: "cuda:0"))
    let input = ["x": Tensor((0..<48).map { Float($0) / 48 }, shape: [1, 3, 4, 4])]
    let expected = try Fixture.open("float-conv").run(input)[0].elements(Float.self)
    let bound = try session.bind([input])
    try bound.infer(0)
    for (a, b) in zip(try bound.outputs()[0].elements(Float.self), expected) { #expect(abs(a - b) < 1e-2) }
    #expect(try session.executionReport().notes.isEmpty)
  }
}
