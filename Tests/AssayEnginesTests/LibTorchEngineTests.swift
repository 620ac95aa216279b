import AssayCore
import AssayRuntime
import Testing

@testable import AssayEngines

private let libTorchIsThere: Bool = {
  if case .found = LibTorchEngine().probe() { true } else { false }
}()

@Suite("The engine of libtorch", .enabled(if: libTorchIsThere, "no libtorch here: run scripts/setup"))
struct LibTorchEngineTests {
  private func open(_ name: String, _ settings: SessionSettings = SessionSettings()) throws(EngineError) -> any Session
  {
    try LibTorchEngine().open(path: Fixture.model(name), settings: settings)
  }

  private func failure(_ name: String, _ settings: SessionSettings = SessionSettings()) throws -> EngineError {
    try #require(Fixture.error { () throws(EngineError) in try open(name, settings) })
  }

  private func add(_ a: [Float], _ b: [Float]) -> [String: Tensor] {
    ["a": Tensor(a, shape: [2]), "b": Tensor(b, shape: [2])]
  }

  @Test("It says version, path and devices, and starts")
  func probe() throws {
    guard case .found(let identity, let devices) = LibTorchEngine().probe() else {
      Issue.record("not found")
      return
    }
    #expect(identity.name == "libtorch")
    #expect(identity.version.hasPrefix("2."))
    #expect(identity.library?.hasSuffix(".so") == true)
    #expect(devices.first == "cpu")
    try LibTorchEngine().start()
  }

  @Test("A model runs, and tells its inputs and outputs")
  func running() throws {
    let session = try open("add")
    #expect(session.inputs.map(\.name) == ["a", "b"])
    #expect(session.outputs.map(\.shape) == [[.fixed(2)]])
    #expect(try session.run(add([1, 2], [3, 5])) == [Tensor([4, 7] as [Float], shape: [2])])
  }

  @Test("Each slot answers for its own inputs, in any order")
  func slots() throws {
    let bound = try open("add").bind([add([1, 2], [3, 4]), add([10, 20], [30, 40]), add([0, 0], [0, 1])])
    #expect(bound.poolCount == 3)
    #expect(Fixture.error { () throws(EngineError) in try bound.outputs() }?.code == .inference)
    let expected: [[Float]] = [[4, 6], [40, 60], [0, 1]]
    for slot in [0, 1, 2, 1, 0, 2, 2] {
      try bound.infer(slot)
      #expect(try bound.outputs()[0].elements(Float.self) == expected[slot])
    }
    for slot in [-1, 3, .max] {
      #expect(Fixture.error { () throws(EngineError) in try bound.infer(slot) }?.code == .input)
    }
  }

  @Test("It answers as the reference does, with any number of threads", arguments: ["float-conv", "qdq-conv"])
  func agreement(name: String) throws {
    let reference = try ReferenceEngine().open(path: Fixture.model(name), settings: SessionSettings())
    var generator = SeededGenerator(state: 5)
    for threads in [1, 2] {
      let session = try open(name, SessionSettings(threads: threads))
      let input = try #require(session.inputs.first)
      let shape = input.shape.map { $0.value ?? 3 }
      let values = (0..<shape.reduce(1, *)).map { _ in Float.random(in: -2...2, using: &generator) }
      let given = [input.name: Tensor(values, shape: shape)]
      let (found, expected) = (try session.run(given)[0], try reference.run(given)[0])
      #expect(found.shape == expected.shape)
      let differences = zip(found.elements(Float.self), expected.elements(Float.self)).map { abs($0 - $1) }
      // The output of qdq-conv has levels 0.1 apart; sums near the middle between two may fall to either.
      #expect(differences.allSatisfy { $0 < (name == "qdq-conv" ? 0.1001 : 1e-5) }, "\(threads) threads")
      #expect(differences.count { $0 > 1e-5 } <= differences.count / 20, "\(threads) threads")
    }
  }

  @Test("What it cannot be asked for is refused, with what to do")
  func refused() throws {
    #expect(try failure("add", SessionSettings(threads: 0)).code == .input)
    #expect(try failure("add", SessionSettings(flushesDenormals: true)).code == .unsupported)
    let device = try failure("add", SessionSettings(device: "cuda:99"))
    #expect(device.code == .missing && device.remedy?.contains("cpu") == true)
    #expect(try failure("add", SessionSettings(device: "tpu")).code == .missing)
  }

  @Test("A model it cannot run names file and node")
  func badModels() throws {
    #expect(try failure("none").code == .load)
    let unknown = try failure("unknown-operator")
    #expect(unknown.code == .unsupported)
    #expect(unknown.place?.file == Fixture.model("unknown-operator"))
    #expect(unknown.message.contains("Frobnicate"))
    #expect(try failure("sequence").code == .unsupported)
    #expect(try failure("missing-external").code == .load)
  }

  @Test("Inputs that do not fit are refused")
  func badInputs() throws {
    let session = try open("add")
    let wrong: [[String: Tensor]] = [
      ["a": Tensor([1, 2] as [Float], shape: [2])],
      ["a": Tensor([1, 2] as [Float], shape: [2]), "b": Tensor([1] as [Float], shape: [1])],
      ["a": Tensor([1, 2] as [Float], shape: [2]), "b": Tensor([1, 2] as [Double], shape: [2])],
      add([1, 2], [3, 4]).merging(["c": Tensor([1] as [Float], shape: [1])]) { first, _ in first },
    ]
    for inputs in wrong {
      let error = try #require(Fixture.error { () throws(EngineError) in try session.run(inputs) })
      #expect(error.code == .input, "\(error)")
      #expect(Fixture.error { () throws(EngineError) in try session.bind([inputs]) } != nil)
    }
    #expect(Fixture.error { () throws(EngineError) in try session.bind([]) }?.code == .input)
  }

  @Test("The report counts the operators that run")
  func report() throws {
    let report = try open("float-conv").executionReport()
    #expect(report.operators == ["Conv": 1, "Relu": 1])
    #expect(report.notes.first?.contains("nothing is fused") == true)
  }
}
